"""`python -m experiments.mixers`: an active and a passive mixer over intermediate frequency and oscillator power.

Writes `mixers.svg` and `table.md` beside itself. The designs are known ones; nothing is searched.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from experiments.fronts import BLUE, RED, save, style, table
from genrf.api import parts
from genrf.circuits.conversion import Conversion, decibel, noise_figures
from genrf.circuits.measure import Z0
from genrf.circuits.mixer import MixerBench
from genrf.circuits.mixer_intermodulation import MixedIntercept
from genrf.circuits.mixer_ports import MixerPorts
from genrf.circuits.periodic import transfer
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.core.units import engineering
from genrf.pipeline.run import problems_of

HERE = Path(__file__).parent
COLOURS = {"mixer_gilbert": BLUE, "mixer_passive": RED}
SIZES = {
    "mixer_gilbert": {
        "nf_1": 18.0, "nf_2": 16.0, "w_finger": 2.8e-6, "r_load": 130.0, "r_bleed": 1.1e3, "i_bias": 0.78e-3,
    },
    "mixer_passive": {"nf_1": 36.0, "w_finger": 1.04e-6, "r_up": 9.56e3, "r_down": 5.01e3},
}  # fmt: skip
INTERMEDIATE = np.geomspace(1e3, 120e6, 13)  # Hz
DRIVES = np.arange(-5.0, 11.0, 2.5)  # dBm
LO_DBM, LOAD = 5.0, 1e3  # of the spec


@dataclass(frozen=True)
class Swept:
    """One mixer: power in W, noise figure over `INTERMEDIATE`; gain, noise figure and intercept over `DRIVES`."""

    circuit: str
    power: float
    noise: Float[np.ndarray, "n"]
    gain: Float[np.ndarray, "m"]
    nf: Float[np.ndarray, "m"]
    intercept: Float[np.ndarray, "m"]

    @property
    def corner(self) -> float:
        """The intermediate frequency in Hz below which flicker noise is more than all else; NaN if lower than all."""
        over = self.noise - self.noise.min()
        if over[0] < 10.0 * math.log10(2.0):
            return math.nan
        falling = slice(int(np.argmin(self.noise)), None, -1)
        return float(np.exp(np.interp(10.0 * math.log10(2.0), over[falling], np.log(INTERMEDIATE[falling]))))


def swept(circuit: str) -> Swept:
    """A known design, all else than the axis of each sweep as the spec has it."""
    problem = problems_of(parts("spec=mixer_2p4ghz", f"model.only=[{circuit}]"), np.random.default_rng(0))[0]
    assert isinstance(problem, SizingProblem) and isinstance(problem.bench, MixerBench)
    setup, ports = problem.setup(SIZES[circuit], problem.technology.at()), problem.bench.ports
    over = np.array([at_drive(setup, ports, float(power)) for power in DRIVES]).T
    return Swept(circuit, Conversion(ports).measure(setup)["power_w"], noise_over(setup, ports), *over)


def noise_over(setup: Setup, ports: MixerPorts) -> Float[np.ndarray, "n"]:
    """DSB noise figure in dB at every intermediate frequency, from one orbit."""
    settled = Conversion(ports).settled(setup)
    found = (transfer(settled.equations(f), ports.output, f, ports.lo) for f in INTERMEDIATE.tolist())
    return np.array([noise_figures(one)[0] for one in found])


def at_drive(setup: Setup, ports: MixerPorts, power_dbm: float) -> tuple[float, float, float]:
    """Gain, DSB noise figure and intercept with an oscillator of that power; NaN for no intercept to be believed."""
    driven = replace(ports, oscillator=replace(ports.oscillator, lo_dbm=power_dbm))
    small = Conversion(driven).measure(setup)
    try:
        intercept = MixedIntercept(driven).measure(setup)["iip3_dbm"]
    except NotMeasurable:
        intercept = math.nan
    return small["conversion_gain_db"], small["nf_dsb_db"], intercept


def ideal_gain_db(load: float) -> float:
    """Voltage gain in dB of switches without loss between 50 ohm and `load` in ohm, over the matched voltage.

    2/pi by chopping, and twice the matched voltage in a load so high that the source is not loaded at all.
    Source: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, section 6.2.1.
    """
    return decibel(2.0 / math.pi * 2.0 * load / (load + Z0))


def figure(found: Sequence[Swept]) -> plt.Figure:
    """Noise over the intermediate frequency; gain, noise and intercept over the oscillator's power."""
    style(9.0)
    drawn, axes = plt.subplots(1, 4, figsize=(12.0, 3.2), layout="constrained")
    for one in found:
        line = {"color": COLOURS[one.circuit], "label": one.circuit, "lw": 1.2, "marker": "o", "ms": 3}
        axes[0].semilogx(INTERMEDIATE, one.noise, **line)
        if not math.isnan(one.corner):
            axes[0].axvline(one.corner, color=COLOURS[one.circuit], lw=0.8, ls="--")
        for axis, values in zip(axes[1:], (one.gain, one.nf, one.intercept), strict=True):
            there = np.isfinite(values)
            axis.plot(DRIVES[there], values[there], **line)
    axes[0].set(xlabel="intermediate frequency in Hz (dashed: corner)", ylabel="DSB noise figure in dB")
    labels = ("conversion gain in dB", "DSB noise figure in dB", "IIP3 in dBm")
    for axis, label in zip(axes[1:], labels, strict=True):
        axis.set(xlabel="oscillator power in dBm", ylabel=label, xlim=(DRIVES[0] - 0.5, DRIVES[-1] + 0.5))
        axis.axvline(LO_DBM, color="black", lw=0.5)
    axes[1].axhline(ideal_gain_db(LOAD), color=RED, lw=0.8, ls=":", label="ideal switches")
    axes[1].legend(fontsize=7)
    return drawn


def rows(one: Swept) -> list[Sequence[str]]:
    """Lines of the table: one for every power of the oscillator."""
    corner = "< 1 kHz" if math.isnan(one.corner) else engineering(one.corner, "Hz")
    head = (one.circuit, engineering(one.power, "W"), corner)
    lines: list[Sequence[str]] = []
    for power, gain, noise, intercept in zip(DRIVES, one.gain, one.nf, one.intercept, strict=True):
        shown = "none" if math.isnan(intercept) else f"{intercept:.1f}"
        lines.append((*head, f"{power:g}", f"{gain:.1f}", f"{noise:.1f}", shown))
    return lines


def main() -> None:
    """Both circuits."""
    found = [swept(circuit) for circuit in COLOURS]
    heads = (
        "circuit", "power at 5 dBm", "flicker corner", "oscillator (dBm)", "gain (dB)", "DSB NF (dB)", "IIP3 (dBm)",
    )  # fmt: skip
    text = table(heads, [line for one in found for line in rows(one)])
    (HERE / "table.md").write_text(text)
    print(text)
    save(figure(found), HERE / "mixers.svg")


if __name__ == "__main__":
    main()
