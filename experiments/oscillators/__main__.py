"""`python -m experiments.oscillators`: phase noise against power of an LC oscillator and a ring, and its sources.

Writes `oscillators.svg` and `table.md` beside itself. The designs are known ones, three LC oscillators and a ring
that is made wider and narrower; nothing is searched.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import BLUE, GREEN, RED, save, style, table
from experiments.oscillators.tank import lc_limit_db, quality, ring_limit_db
from genrf.api import parts
from genrf.circuits.oscillator import OscillatorBench
from genrf.circuits.phase_noise import PhaseNoise
from genrf.circuits.problem import SizingProblem
from genrf.core.units import engineering
from genrf.pipeline.run import problems_of

HERE = Path(__file__).parent
LC = (
    {
        "nf_pair": 10.0, "w_finger": 2.301e-6, "nf_tail": 33.0, "w_tail": 1.495e-6, "i_bias": 86.01e-6,
        "l_tail": 0.4e-6, "n_coil": 5.046, "d_coil": 66.7e-6, "c_fixed": 115e-15, "nf_var": 11.0,
    },
    {
        "nf_pair": 4.0, "w_finger": 1.041e-6, "nf_tail": 120.0, "w_tail": 1.957e-6, "i_bias": 120.9e-6,
        "l_tail": 0.4e-6, "n_coil": 5.146, "d_coil": 66.74e-6, "c_fixed": 28.09e-15, "nf_var": 26.0,
    },
    {
        "nf_pair": 20.0, "w_finger": 1.426e-6, "nf_tail": 46.0, "w_tail": 3.412e-6, "i_bias": 360.8e-6,
        "l_tail": 0.4e-6, "n_coil": 1.509, "d_coil": 244.7e-6, "c_fixed": 508.2e-15, "nf_var": 23.0,
    },
)  # fmt: skip
RING = {"nf_stage": 8.0, "w_n": 2e-6, "w_p": 5e-6, "l_gate": 0.13e-6, "c_stage": 50e-15}
WIDTHS = (0.5, 1.0, 2.0)  # of the ring: fingers and capacitors together, which leaves its frequency
AT_HZ, OFFSET_HZ = 5e9, 1e6  # where the figure compares; white phase noise goes with the square of the frequency
ROLES = {
    "m1": "pair", "m2": "pair", "mt": "tail source", "mb": "bias mirror", "mnb": "bias mirror", "mpb": "bias mirror",
    "l1": "tank", "l2": "tank", "c1": "tank", "c2": "tank", "v1": "tank", "v2": "tank", "mps": "current sources",
    "mns": "current sources", "mp": "inverters", "mn": "inverters",
}  # fmt: skip
SHADES = {
    "tank": GREEN, "pair": BLUE, "inverters": BLUE, "tail source": RED, "current sources": RED,
    "bias mirror": "#d9a441",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One oscillator: frequency in Hz, power in W, and the white and flicker share of each role in L(1 MHz)."""

    name: str
    frequency: float
    power: float
    shares: Mapping[str, tuple[float, float]]
    quality: float | None = None

    @property
    def white(self) -> float:
        """L(1 MHz) of white noise alone, a ratio of powers per hertz."""
        return sum(white for white, _ in self.shares.values())

    @property
    def flicker(self) -> float:
        """L(1 MHz) of flicker noise alone, a ratio of powers per hertz."""
        return sum(flicker for _, flicker in self.shares.values())

    @property
    def level(self) -> float:
        """L(1 MHz) in dBc/Hz."""
        return 10.0 * math.log10(self.white + self.flicker)

    @property
    def scaled(self) -> float:
        """L(1 MHz) in dBc/Hz as if divided to `AT_HZ`."""
        return self.level + 20.0 * math.log10(AT_HZ / self.frequency)

    @property
    def merit(self) -> float:
        """-L + 20 log10(f0 / 1 MHz) - 10 log10(P / 1 mW) in dBc/Hz."""
        return 20.0 * math.log10(self.frequency / OFFSET_HZ) - 10.0 * math.log10(self.power / 1e-3) - self.level

    @property
    def limit(self) -> float:
        """The highest figure of merit of such an oscillator in dBc/Hz."""
        return ring_limit_db() if self.quality is None else lc_limit_db(self.quality)


def looked_at(name: str, problem: SizingProblem, values: Mapping[str, float]) -> Found:
    """A design, with the noise of each element added up by what the element is for."""
    bench = problem.bench
    assert isinstance(bench, OscillatorBench)
    setup = problem.setup(values, problem.technology.at())
    settled = bench.oscillation.measure(setup)
    by_element = PhaseNoise(bench.oscillation, OFFSET_HZ).sensitivity(setup).contributions(OFFSET_HZ)
    roles, shares = roles_of(problem, values), defaultdict[str, tuple[float, float]](lambda: (0.0, 0.0))
    for element, (white, flicker) in by_element.items():
        role = roles.get(element, "bench")
        shares[role] = (shares[role][0] + white, shares[role][1] + flicker)
    tank = None if problem.structure.name == "vco_ring" else quality(setup, bench.outputs)
    return Found(name, settled["frequency_hz"], settled["power_w"], dict(shares), tank)


def roles_of(problem: SizingProblem, values: Mapping[str, float]) -> dict[str, str]:
    """What each element of the netlist is for, by the device that it belongs to."""
    made = problem.technology.at().devices
    return {
        element.name: ROLES[device.name.split("_")[0]]
        for device in problem.structure.devices
        if device.name.split("_")[0] in ROLES
        for element in made[device.kind].elements(device.name, device.nets, problem.drawn(device, values))
    }


def rings() -> list[Found]:
    """The ring at every width."""
    problem = problems_of(parts("spec=vco_ring"), np.random.default_rng(0))[0]
    assert isinstance(problem, SizingProblem)
    wider = ({**RING, "nf_stage": RING["nf_stage"] * by, "c_stage": RING["c_stage"] * by} for by in WIDTHS)
    return [looked_at(f"ring x {by:g}", problem, values) for by, values in zip(WIDTHS, wider, strict=True)]


def tanks() -> list[Found]:
    """The LC oscillators by rising power."""
    problem = problems_of(parts("spec=vco_5ghz"), np.random.default_rng(0))[0]
    assert isinstance(problem, SizingProblem)
    return [looked_at(f"LC {number}", problem, values) for number, values in enumerate(LC, 1)]


def figure(lc: Sequence[Found], ring: Sequence[Found]) -> plt.Figure:
    """Noise over power with both limits, what it is made of, and how it falls with the offset."""
    style(9.0)
    drawn, (power, made_of, offset) = plt.subplots(1, 3, figsize=(12.0, 3.6), layout="constrained")
    _power(power, lc, ring)
    chosen = list({one.name: one for one in (lc[0], lc[-1], ring[len(ring) // 2])}.values())
    _shares(made_of, chosen)
    offsets = np.geomspace(1e4, 1e8, 50)
    for one, colour in zip(chosen, (BLUE, GREEN, RED), strict=False):
        scale = 20.0 * math.log10(AT_HZ / one.frequency)
        level = one.white * (OFFSET_HZ / offsets) ** 2 + one.flicker * (OFFSET_HZ / offsets) ** 3
        offset.semilogx(offsets, 10.0 * np.log10(level) + scale, color=colour, label=one.name)
        corner = OFFSET_HZ * one.flicker / one.white
        at = 10.0 * math.log10(2.0 * one.white * (OFFSET_HZ / corner) ** 2) + scale
        offset.plot([corner], [at], "o", ms=4, color=colour)
    offset.set(xlabel="offset in Hz (dots: flicker corners)", ylabel="phase noise in dBc/Hz, as at 5 GHz")
    offset.legend()
    return drawn


def _power(axis: plt.Axes, lc: Sequence[Found], ring: Sequence[Found]) -> None:
    for found, colour, label in ((lc, BLUE, "LC, three designs"), (ring, RED, "ring, three widths")):
        axis.semilogx([1e3 * one.power for one in found], [one.scaled for one in found], "o", ms=4, color=colour,
                      label=label)  # fmt: skip
    milliwatts = np.geomspace(0.2, 10.0, 3)
    for found, colour, label in ((lc, BLUE, "LC limit, Q {:.1f}"), (ring, RED, "ring limit")):
        best = max(found, key=lambda one: one.limit)
        level = 20.0 * math.log10(AT_HZ / OFFSET_HZ) - 10.0 * np.log10(milliwatts) - best.limit
        axis.semilogx(milliwatts, level, ":", color=colour, label=label.format(best.quality or 0.0))
    axis.set(xlabel="power in mW", ylabel="phase noise at 1 MHz in dBc/Hz, as at 5 GHz")
    axis.legend(fontsize=7)


def _shares(axis: plt.Axes, chosen: Sequence[Found]) -> None:
    """Bars of shares: flicker hatched, each role in its colour."""
    labelled: set[str] = set()
    for place, one in enumerate(chosen):
        below, whole = 0.0, one.white + one.flicker
        for role, shade in SHADES.items():
            for share, hatch in zip(one.shares.get(role, (0.0, 0.0)), ("", "////"), strict=True):
                name = role + (", flicker" if hatch else "")
                label = name if share > 0.005 * whole and name not in labelled else None
                labelled |= {name} if label else set()
                axis.bar(place, 100.0 * share / whole, 0.6, below, color=shade, hatch=hatch, edgecolor="white", lw=0.4,
                         label=label)  # fmt: skip
                below += 100.0 * share / whole
    axis.set_xticks(range(len(chosen)), [one.name for one in chosen])
    axis.set(ylabel="share of the noise at 1 MHz in %", xlim=(-0.5, len(chosen) + 2.2))
    axis.legend(fontsize=7, loc="upper right")


def row(one: Found) -> Sequence[str]:
    """One line of the table."""
    whole, corner = one.white + one.flicker, OFFSET_HZ * one.flicker / one.white
    loudest = sorted(one.shares.items(), key=lambda item: -sum(item[1]))[:2]
    named = ", ".join(f"{role} {100.0 * sum(share) / whole:.0f} %" for role, share in loudest)
    cells = (engineering(one.frequency, "Hz"), engineering(one.power, "W"), f"{one.level:.1f}", f"{one.merit:.1f}")
    tank = "" if one.quality is None else f"{one.quality:.1f}"
    return one.name, *cells, tank, f"{one.limit:.1f}", engineering(corner, "Hz"), named


def main() -> None:
    """Table and figure."""
    lc, ring = tanks(), rings()
    heads = (
        "design", "frequency", "power", "L(1 MHz) (dBc/Hz)", "figure of merit", "Q of the tank", "its limit",
        "flicker corner", "the two loudest",
    )  # fmt: skip
    text = table(heads, [row(one) for one in (*lc, *ring)])
    (HERE / "table.md").write_text(text)
    print(text)
    save(figure(lc, ring), HERE / "oscillators.svg")


if __name__ == "__main__":
    main()
