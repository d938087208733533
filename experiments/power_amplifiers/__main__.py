"""`python -m experiments.power_amplifiers`: gain and efficiency over the drive, class A against class AB.

Writes `drive.svg` and `table.md` beside itself. The designs are known ones; nothing is searched.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from experiments.fronts import BLUE, RED, save, style, table
from genrf.api import parts
from genrf.circuits.drive import Drive, DriveSweep, drive
from genrf.circuits.problem import SizingProblem
from genrf.pipeline.run import problems_of

HERE = Path(__file__).parent
COLOURS = {"pa_class_a": BLUE, "pa_class_ab": RED}
SIZES = {
    "pa_class_a": {
        "nf_1": 123.0, "nf_2": 54.0, "l_gate": 1.603e-9, "i_bias": 2.167e-3, "r_bias": 66.62, "l_feed": 3e-9,
        "l_out": 0.8509e-9, "c_out": 1.562e-12,
    },
    "pa_class_ab": {
        "nf_1": 66.0, "r_feedback": 675.7, "c_feedback": 3.112e-12, "c_drain": 2.236e-12, "l_gate": 3.6e-9,
        "i_bias": 0.889e-3, "r_bias": 280.2, "l_feed": 2.024e-9, "l_out": 1.743e-9, "c_out": 2.21e-12,
    },
}  # fmt: skip
STEP_DB, BACK_OFF_DB = 1.0, (0.0, 3.0, 6.0, 10.0)
FIRST_DBM = -25.0


@dataclass(frozen=True)
class Driven:
    """The design of a class, what a sweep of the drive measures of it, and the drive itself to saturation."""

    circuit: str
    metrics: Mapping[str, float]
    points: tuple[Drive, ...]

    @property
    def backed_off(self) -> Float[np.ndarray, "n"]:
        """Output power in dB above the 1 dB compression point."""
        return np.array([point.output_dbm for point in self.points]) - self.metrics["op1db_dbm"]

    def at(self, back_off: float, name: str) -> float:
        """`gain_db`, `pae` or `dc_w` at some dB below the 1 dB compression point."""
        rising = int(np.argmax(self.backed_off)) + 1
        return float(np.interp(-back_off, self.backed_off[:rising], self.values(name)[:rising]))

    def values(self, name: str) -> Float[np.ndarray, "n"]:
        """A value along the drive."""
        return np.array([getattr(point, name) for point in self.points])


def driven(circuit: str) -> Driven:
    """The known design of a class, 1 dB after 1 dB up to its saturation."""
    problem = problems_of(parts("spec=pa_2p4ghz", f"model.only=[{circuit}]"), np.random.default_rng(0))[0]
    assert isinstance(problem, SizingProblem)
    setup = problem.setup(SIZES[circuit], problem.technology.at())
    metrics = DriveSweep().measure(setup)
    levels = np.arange(FIRST_DBM, metrics["p1db_dbm"] + 6.0, STEP_DB)
    return Driven(circuit, metrics, tuple(drive(setup, power) for power in levels.tolist()))


def ideal(back_off_db: Float[np.ndarray, "n"], of: str) -> Float[np.ndarray, "n"]:
    """Drain efficiency of an ideal stage that swings over the whole supply at no back-off: class `A` or `B`.

    Source: Cripps, RF Power Amplifiers for Wireless Communications, 2nd ed., Artech House 2006, chapters 2 and 3: half,
    falling with the power, and pi/4, falling with its root.
    """
    share = 10.0 ** (-back_off_db / 10.0)
    return 0.5 * share if of == "A" else math.pi / 4.0 * np.sqrt(share)


def figure(found: Sequence[Driven]) -> plt.Figure:
    """Gain, efficiency and what the supply gives, over the output power below the compression point."""
    style(9.0)
    drawn, (gain, efficiency, supply) = plt.subplots(1, 3, figsize=(11.0, 3.4), layout="constrained")
    for one in found:
        line = {"color": COLOURS[one.circuit], "label": one.circuit, "lw": 1.2, "marker": "o", "ms": 2.5}
        gain.plot(one.backed_off, one.values("gain_db"), **line)
        efficiency.plot(one.backed_off, 100.0 * one.values("pae"), **line)
        supply.plot(one.backed_off, 1e3 * one.values("dc_w"), **line)
    span = np.linspace(0.0, 15.0, 100)
    for of, colour in (("A", BLUE), ("B", RED)):
        efficiency.plot(-span, 100.0 * ideal(span, of), ":", color=colour, lw=1, label=f"ideal class {of}, drain")
    for axis, label in ((gain, "gain in dB"), (efficiency, "power-added efficiency in %"), (supply, "supply in mW")):
        axis.set(xlabel="output power over OP1dB in dB", ylabel=label, xlim=(-15.0, 4.0))
        axis.axvline(0.0, color="black", lw=0.5)
    gain.set_ylim(6.0, None)
    supply.set_ylim(0.0, None)
    efficiency.legend(fontsize=7)
    return drawn


def rows(one: Driven) -> list[Sequence[str]]:
    """Lines of the table: one for every back-off."""
    m = one.metrics
    head = (one.circuit, f"{m['op1db_dbm']:.1f}", f"{m['psat_dbm']:.1f}", f"{100.0 * m['pae']:.1f}")
    lines: list[Sequence[str]] = []
    for back_off in BACK_OFF_DB:
        gain, pae, watts = (one.at(back_off, name) for name in ("gain_db", "pae", "dc_w"))
        ideals = (f"{100.0 * float(ideal(np.array(back_off), of)):.0f}" for of in "AB")
        lines.append((*head, f"{back_off:g}", f"{gain:.1f}", f"{100.0 * pae:.1f}", *ideals, f"{1e3 * watts:.0f}"))
    return lines


def main() -> None:
    """Both classes."""
    found = [driven(circuit) for circuit in COLOURS]
    heads = (
        "circuit", "OP1dB (dBm)", "Psat (dBm)", "highest PAE (%)", "back-off (dB)", "gain (dB)", "PAE (%)",
        "ideal A (%)", "ideal B (%)", "supply (mW)",
    )  # fmt: skip
    text = table(heads, [line for one in found for line in rows(one)])
    (HERE / "table.md").write_text(text)
    print(text)
    save(figure(found), HERE / "drive.svg")


if __name__ == "__main__":
    main()
