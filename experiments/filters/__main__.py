"""`python -m experiments.filters`: loss against rejection of every filter in the library, by the Q of its coils.

Writes `fronts.svg` and `table.md` beside itself, and the run folders to outputs/filters. BUDGET is the number of
designs of each search.
"""

import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import BLUE, GREEN, RED, run, save, style, table
from genrf.pipeline.outcome import Outcome

HERE = Path(__file__).parent
OUTPUT = Path("outputs/filters")
BUDGET = os.environ.get("BUDGET", "3000")
CIRCUITS = {
    "bpf_2p4ghz": ("bpf_coupled_resonators", "bpf_trap_coupled"), "lpf_100mhz": ("lpf_ladder", "lpf_elliptic"),
}  # fmt: skip
QUALITIES = {"bpf_2p4ghz": (30, 60, 120), "lpf_100mhz": (15, 30, 60)}
WIDER = {  # limits that do not cut the fronts short
    "bpf_2p4ghz": ("insertion_loss_db.max=6", "rejection_db.min=15"),
    "lpf_100mhz": ("insertion_loss_db.max=3", "rejection_db.min=25"),
}
ASKED_DB = {"bpf_2p4ghz": 25.0, "lpf_100mhz": 35.0}  # rejection at which the table compares
COLOURS = (RED, BLUE, GREEN)
CENTRE, STOP = 2.45e9, (1.8e9, 3.2e9)


@dataclass(frozen=True)
class Front:
    """One circuit with coils of one Q: loss and rejection in dB of its verified front, by rising loss."""

    spec: str
    circuit: str
    quality: int
    loss: np.ndarray
    rejection: np.ndarray

    def cheapest(self) -> float:
        """The least loss in dB with the rejection that is asked for; infinite where none has it."""
        return float(np.min(self.loss[self.rejection >= ASKED_DB[self.spec]], initial=np.inf))


def search(spec: str, circuit: str, quality: int) -> Front:
    """One search."""
    goals = [f"spec.goals.{limit}" for limit in WIDER[spec]]
    own = (f"model.only=[{circuit}]", f"spec.conditions.off_chip_q={quality}", f"budget={BUDGET}")
    outcome, _ = run(spec, OUTPUT / f"{circuit}_{quality}", *own, *goals)
    return Front(spec, circuit, quality, *sides(outcome))


def sides(outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Loss and rejection of the front."""
    rows = sorted((row.metrics["insertion_loss_db"], row.metrics["rejection_db"]) for row in outcome.front)
    loss, rejection = np.array(rows, dtype=float).reshape(-1, 2).T
    return loss, rejection


def cohn(quality: float) -> tuple[np.ndarray, np.ndarray]:
    """Loss at the centre and rejection of three resonators with the response of Butterworth, over their bandwidth.

    4.343 sum(g) / (FBW Q) dB, and 10 log(1 + W^6) with W = |f/f0 - f0/f| / FBW at the stop edge that is nearer.
    Source: Cohn, Dissipation loss in multiple-coupled-resonator filters, Proc. IRE 47 (1959) 1342.
    """
    fbw = np.linspace(0.05, 0.5, 200)
    detuned = min(abs(f / CENTRE - CENTRE / f) for f in STOP)
    return 4.343 * (1.0 + 2.0 + 1.0) / (fbw * quality), 10.0 * np.log10(1.0 + (detuned / fbw) ** 6)


def figure(fronts: list[Front]) -> plt.Figure:
    """Both specs: circuits by line style, Q by colour, Cohn's three resonators dotted."""
    style(9.0)
    drawn, axes = plt.subplots(1, len(CIRCUITS), figsize=(10.0, 4.0), layout="constrained")
    for axis, spec in zip(axes, CIRCUITS, strict=True):
        axis.set(title=spec, xlabel="insertion loss in dB", ylabel="rejection in dB")
        for front in (one for one in fronts if one.spec == spec):
            first = front.circuit == CIRCUITS[spec][0]
            colour = COLOURS[QUALITIES[spec].index(front.quality)]
            label = f"{front.circuit}, Q {front.quality}"
            axis.plot(front.loss, front.rejection, "o-" if first else "s--", ms=3, lw=1, color=colour, label=label)
        limits = (axis.get_xlim(), axis.get_ylim())
        if spec == "bpf_2p4ghz":
            for quality, colour in zip(QUALITIES[spec], COLOURS, strict=False):
                axis.plot(*cohn(quality), ":", lw=1, color=colour, label=f"Cohn, three resonators, Q {quality}")
            axis.set(xlim=limits[0], ylim=limits[1])
        axis.legend(fontsize=7, loc="lower right")
    return drawn


def compared(fronts: list[Front]) -> str:
    """The least loss of each at the rejection asked for."""
    heads = ("spec", "circuit", "Q", "designs on the front", "rejection (dB)", "least loss (dB)", "most rejection (dB)")
    lines = []
    for one in fronts:
        least = f"{one.cheapest():.2f}" if np.isfinite(one.cheapest()) else "none"
        most = f"{one.rejection.max(initial=0.0):.1f}"
        asked = f">= {ASKED_DB[one.spec]:g}"
        lines.append((one.spec, one.circuit, f"{one.quality}", f"{len(one.loss)}", asked, least, most))
    return table(heads, lines)


def main() -> None:
    """All circuits with coils of every Q."""
    fronts = [
        search(spec, circuit, quality)
        for spec, circuits in CIRCUITS.items()
        for circuit, quality in product(circuits, QUALITIES[spec])
    ]
    save(figure(fronts), HERE / "fronts.svg")
    (HERE / "table.md").write_text(compared(fronts))
    print(compared(fronts))


if __name__ == "__main__":
    main()
