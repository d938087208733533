"""`python -m experiments.references`: each bandgap of the library sized for `spec=bandgap`, at corners and over dies.

Writes `references.svg` and `table.md` beside itself, and the run folders to outputs/references. A number on the command
line is another budget for each circuit.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from genrf.api import parts
from genrf.circuits.problem import SizingProblem
from genrf.core.problem import Design
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/references")
CIRCUITS = ("bandgap_banba", "bandgap_divided")
BUDGET, DIES = 1000, 60
COLOURS = {"bandgap_banba": "#0b5fa5", "bandgap_divided": "#b8541a"}


def run(circuit: str, budget: int, dies: int) -> Outcome:
    """The four stages for one circuit."""
    folder = OUTPUT / circuit
    shutil.rmtree(folder, ignore_errors=True)
    settings = (f"model.only=[{circuit}]", f"budget={budget}", f"samples={budget // 4}", f"dies={dies}")
    return design(parts("spec=bandgap", *settings, "front=10", "designs=1", "workers=1", "cache=none"), folder)


def table(outcomes: dict[str, Outcome]) -> str:
    """The recommended design of each circuit: nominal, worst corner, share of dies, by goal."""
    heads = [
        "metric",
        "limit",
        *(f"{name}: {what}" for name in outcomes for what in ("nominal", "worst corner", "dies")),
    ]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    problem = next(iter(outcomes.values())).problems[0]
    for name, goal in problem.spec.goals.items():
        cells = [name, goal.limits()]
        for outcome in outcomes.values():
            cells += _cells(outcome, name, problem.metrics[name].unit)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(outcome: Outcome, metric: str, unit: str) -> list[str]:
    if not outcome.designs:
        return ["no design meets the spec", "", ""]
    best, goal = outcome.designs[0], outcome.problems[0].spec.goals[metric]
    found = [value for name, value in best.metrics.items() if name.startswith(f"{metric}@")]
    worst = engineering((min if goal.minimum is not None else max)(found), unit) if found else "none"
    assert isinstance(best.problem, SizingProblem)
    if len(found) < len(best.problem.corners):  # no convergence, or a cheap limit missed before a costly metric
        worst += f" ({len(found)} of {len(best.problem.corners)})"
    dies = outcome.dies.get(best.id)
    told = dies.by_goal()[metric] if dies else None
    share = f"{100 * told.share:.0f} %" if told and told.dies else ""
    return [engineering(best.metrics[metric], unit), worst, share]


def curves(best: Design) -> dict[str, Any]:
    """What the survey of a design shows, its slow starts included."""
    assert isinstance(best.problem, SizingProblem)
    return dict(best.problem.survey(best.values).curves)


def figure(outcomes: dict[str, Outcome]) -> plt.Figure:
    """Front, reference over temperature, over a rising supply, and at a slow start."""
    mpl.rcParams |= {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    drawn, axes = plt.subplots(1, 4, figsize=(12.0, 3.0), layout="constrained")
    for name, outcome in outcomes.items():
        colour = COLOURS[name]
        front = [row.metrics for row in outcome.front]
        current, tc = ([m[key] for m in front] for key in ("supply_current_a", "tc_ppm_k"))
        axes[0].plot(1e6 * np.array(current), tc, "o", ms=3, color=colour, label=name)
        if outcome.designs:
            _waves(axes, curves(outcome.designs[0]), colour)
    axes[0].set(xlabel="supply current in uA, at its highest", ylabel="temperature coefficient in ppm/K")
    axes[0].legend(frameon=False)
    axes[1].set(xlabel="temperature in degrees Celsius", ylabel="reference in mV")
    axes[2].set(xlabel="supply, rising slowly, in V", ylabel="reference in V")
    axes[3].set(xlabel="time in us, supply up after 1 ms", ylabel="reference in V (dashed: 125 degrees)")
    return drawn


def _waves(axes: Any, shown: dict[str, Any], colour: str) -> None:
    temperature, supply = shown["temperature"]["out"], shown["supply"]["out"]
    axes[1].plot(np.linspace(-40.0, 125.0, len(temperature)), 1e3 * temperature, color=colour)
    axes[2].plot(np.linspace(0.0, 1.32, len(supply)), supply, color=colour)
    for at, style in (("-40", "-"), ("125", "--")):
        start = shown["startup"]
        axes[3].plot(1e6 * start[f"time@{at}"], start[f"out@{at}"], style, color=colour)


def main() -> None:
    """Both circuits."""
    budget = int(sys.argv[1]) if len(sys.argv) > 1 else BUDGET
    outcomes = {circuit: run(circuit, budget, DIES) for circuit in CIRCUITS}
    (HERE / "table.md").write_text(table(outcomes))
    print(table(outcomes))
    figure(outcomes).savefig(HERE / "references.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
