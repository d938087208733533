"""`python -m experiments.lna_three_processes`: one 2.4 GHz amplifier in three processes, in one figure and one table.

Reads the models below PDK_ROOT (../shared/pdk where it is not set); writes `fronts.svg` and `table.md` beside itself,
and the three run folders to outputs/.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from genrf.api import parts
from genrf.core.results import Row
from genrf.core.spec import Goal
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/lna_three_processes")
BUDGET, DIES = os.environ.get("BUDGET", "8000"), os.environ.get("DIES", "1000")
LIMITS = {  # what differs from spec=lna_2p4ghz: a bipolar transistor gives more gain for less power
    "generic130": {"gain_db": 15.0, "nf_db": 2.0, "power_w": 10e-3},
    "sky130": {"gain_db": 15.0, "nf_db": 2.5, "power_w": 10e-3},
    "ihp_sg13g2": {"gain_db": 18.0, "nf_db": 2.5, "power_w": 8e-3},
}
SIDES = {"gain_db": "min", "nf_db": "max", "power_w": "max"}


@dataclass(frozen=True)
class Study:
    """One process: its limits and what its run came to."""

    tech: str
    outcome: Outcome

    def nominal(self, metric: str) -> np.ndarray:
        """A metric over the verified front."""
        return np.array([row.metrics[metric] for row in self.outcome.front])

    def worst(self, metric: str) -> np.ndarray:
        """The same at the corner that is hardest on it."""
        goal = self.outcome.results.spec.goals[metric]
        return np.array([worst(row, goal, self.outcome.results.spec.corners) for row in self.outcome.front])


def worst(row: Row, goal: Goal, corners: Sequence[str]) -> float:
    """The worst value of a metric over nominal and corners."""
    values = [row.metrics[name] for name in (goal.metric, *(f"{goal.metric}@{c}" for c in corners))]
    return min(values) if goal.objective == "maximize" else max(values)


def run(tech: str) -> Study:
    """Search with every limit at every corner, and draw dies of the chosen designs."""
    goals = [f"spec.goals.{metric}.{SIDES[metric]}={value}" for metric, value in LIMITS[tech].items()]
    made = parts("spec=lna_2p4ghz", f"tech={tech}", "robust=corners", f"budget={BUDGET}", f"dies={DIES}", *goals)
    folder = OUTPUT / tech
    shutil.rmtree(folder, ignore_errors=True)
    return Study(tech, design(made, folder))


def figure(studies: Sequence[Study]) -> plt.Figure:
    """Noise figure over power of each front, nominally and at its worst corner; colour is gain."""
    mpl.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    drawn, axes = plt.subplots(1, len(studies), figsize=(11.0, 4.0), sharey=True, layout="constrained")
    scale = mpl.colors.Normalize(14.0, 30.0)
    for place, (study, axis) in enumerate(zip(studies, axes, strict=True)):
        goals = study.outcome.results.spec.goals
        axis.set(title=study.tech, xlabel="power in mW", xlim=(0, 11))
        axis.axhspan(goals["nf_db"].maximum, 4, color="#b5402a", alpha=0.08, lw=0)
        axis.axvspan(1e3 * goals["power_w"].maximum, 11, color="#b5402a", alpha=0.08, lw=0)
        above = False
        ends = [study.worst("power_w") * 1e3, study.worst("nf_db")]
        axis.scatter(*ends, s=13, facecolors="none", edgecolors="#8a94a0", lw=0.7, label="at the worst corner")
        points = axis.scatter(
            study.nominal("power_w") * 1e3, study.nominal("nf_db"), s=16, c=study.nominal("gain_db"), norm=scale,
            cmap="viridis", lw=0, label="nominal",
        )  # fmt: skip
        for one in sorted(study.outcome.designs, key=lambda one: one.metrics["power_w"]):
            spot = (one.metrics["power_w"] * 1e3, one.metrics["nf_db"])
            above = not above
            share = 100 * study.outcome.dies[one.id].overall().share
            text = f"{one.rank}: {share:.1f} %"
            axis.annotate(
                text, spot, (5, 7) if above else (5, -13), textcoords="offset points", fontsize=7.5, fontweight="bold"
            )
            axis.plot(*spot, "o", ms=7, mfc="none", mec="black", mew=1.0)
        if place == 0:
            axis.set(ylabel="noise figure in dB", ylim=(0.5, 3.0))
            axis.legend(frameon=False, loc="upper right", fontsize=8)
    drawn.colorbar(points, ax=axes, label="gain in dB", pad=0.01)
    return drawn


def table(studies: Sequence[Study]) -> str:
    """Each chosen design: nominal, at its worst corner, and its yield."""
    lines = [
        "| process | design | structure | gain (dB) | NF (dB) | S11 (dB) | S22 (dB) | power | yield, 95 % interval |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for study in studies:
        spec = study.outcome.results.spec
        for one in study.outcome.designs:
            row = next(row for row in study.outcome.front if (row.parent or row.id) == one.id)
            cells = [
                _cell(row, spec.goals[m], spec.corners) for m in ("gain_db", "nf_db", "s11_db", "s22_db", "power_w")
            ]
            dies = study.outcome.dies[one.id].overall()
            lines.append(f"| {study.tech} | {one.rank} | {row.structure} | {' | '.join(cells)} | {dies} |")
    return "\n".join(lines) + "\n"


def _cell(row: Row, goal: Goal, corners: Sequence[str]) -> str:
    unit = "W" if goal.metric == "power_w" else ""
    return " / ".join(engineering(x, unit, 3) for x in (row.metrics[goal.metric], worst(row, goal, corners)))


def main() -> None:
    """All three, and what they come to."""
    os.environ.setdefault("PDK_ROOT", str(Path("../shared/pdk").absolute()))
    studies = [run(tech) for tech in LIMITS]
    figure(studies).savefig(HERE / "fronts.svg", metadata={"Date": None})
    figure(studies).savefig(OUTPUT / "fronts.png", dpi=110)
    (HERE / "table.md").write_text(table(studies))
    print(table(studies))


if __name__ == "__main__":
    main()
