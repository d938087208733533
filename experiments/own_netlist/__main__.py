"""`python -m experiments.own_netlist`: two netlists from outside, each sized in the bench of its kind.

Writes `fronts.svg` and `table.md` beside itself, and the run folders to outputs/own_netlist.
"""

import os
import shutil
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from genrf.api import parts
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/own_netlist")
NETLISTS = ("lna", "amplifier")
BUDGET = os.environ.get("BUDGET", "")


def run(name: str) -> Outcome:
    """The four stages on `<name>.sp` after `<name>.yaml`."""
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    fewer = [f"budget={BUDGET}", f"samples={BUDGET}"] if BUDGET else []
    return design(parts(f"netlist={Path(__file__).parent / name}.sp", "cache=none", *fewer), folder)


def rows(name: str, outcome: Outcome) -> list[str]:
    """Lines of the table: each goal of the recommended design, nominally and at the corners."""
    problem = outcome.problems[0]
    if not outcome.designs:
        return [f"| {name} | no design meets the spec | | | |"]
    best = outcome.designs[0].metrics
    lines = []
    for goal in problem.spec.goals.values():
        unit = problem.metrics[goal.metric].unit
        at = [best.get(f"{goal.metric}@{corner}") for corner in problem.corners]
        shown = ", ".join("none" if value is None else engineering(value, unit) for value in at)
        lines.append(f"| {name} | {goal.metric} | {goal.limits()} | {engineering(best[goal.metric], unit)} | {shown} |")
    return lines


def figure(outcomes: dict[str, Outcome]) -> plt.Figure:
    """The two objectives of each: the verified front over what was feasible in the search."""
    mpl.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    drawn, axes = plt.subplots(1, len(outcomes), figsize=(9.0, 3.6), layout="constrained", squeeze=False)
    for axis, (name, outcome) in zip(np.ravel(axes), outcomes.items(), strict=True):
        y, x = (goal.metric for goal in outcome.problems[0].spec.objectives[:2])
        for points, size, colour in (
            ([one.metrics for one in outcome.results if one.feasible], 3, "#b9c2cc"),
            ([one.metrics for one in outcome.front], 6, "#0b5fa5"),
        ):
            axis.plot([m[x] for m in points], [m[y] for m in points], ".", ms=size, color=colour)
        axis.set(title=f"{name}.sp", xlabel=x, ylabel=y)
    return drawn


def main() -> None:
    """Both netlists, one after the other."""
    outcomes = {name: run(name) for name in NETLISTS}
    heads = ["netlist", "metric", "limit", "nominal", "at the corners"]
    table = [f"| {' | '.join(heads)} |", "| " + " | ".join("---" for _ in heads) + " |"]
    for name, outcome in outcomes.items():
        table += rows(name, outcome)
        failed = [check.name for check in outcome.checks if check.passed is False]
        print(f"{name}: {len(outcome.front)} on the front, checks failed: {', '.join(failed) or 'none'}")
    (HERE / "table.md").write_text("\n".join(table) + "\n")
    figure(outcomes).savefig(HERE / "fronts.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
