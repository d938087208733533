"""`python -m experiments.kinds`: one search for each kind of circuit, on generic130, with the budget written beside it.

Writes `fronts.svg` and `table.md` beside itself, and the run folders to outputs/kinds. Names on the command line choose
some of the specs.
"""

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from genrf.api import parts
from genrf.core.spec import Goal
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
OUTPUT = Path("outputs/kinds")
BUDGETS = {
    "lna_900mhz": 4000, "lna_5p8ghz": 4000, "lna_uwb": 4000, "ota_two_stage": 1000, "ota_folded_cascode": 1000,
    "vco_5ghz": 240, "vco_ring": 160, "pa_2p4ghz": 160, "mixer_2p4ghz": 120,
}  # fmt: skip


def run(spec: str, folder: Path, *settings: str) -> tuple[Outcome, float]:
    """The four stages, and their seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    begin = time.perf_counter()
    made = parts(f"spec={spec}", "designs=1", "cache=none", *settings)
    return design(made, folder), time.perf_counter() - begin


def row(spec: str, outcome: Outcome, seconds: float) -> str:
    """One line of the table: the recommended design beside its limits."""
    goals = outcome.problems[0].spec.goals.values()
    best = outcome.designs[0] if outcome.designs else None
    known = outcome.problems[0].metrics
    reached = (
        f"{goal.metric} {engineering(best.metrics[goal.metric], known[goal.metric].unit)} ({limits(goal)})"
        for goal in goals
        if best is not None
    )
    name = best.problem.structure.name if best else "no design meets the spec"
    cells = (spec, f"{len(outcome.results):,}", f"{seconds:.0f} s", str(len(outcome.front)), name, "; ".join(reached))
    return f"| {' | '.join(cells)} |"


def limits(goal: Goal) -> str:
    """The limits of a goal, or what it is pushed to."""
    return goal.limits() or str(goal.objective)


def table(rows: Sequence[str]) -> str:
    """The lines under their heads."""
    heads = ["spec", "designs", "time on two cores", "front", "recommended", "metrics (limits)"]
    return "\n".join([f"| {' | '.join(heads)} |", "| " + " | ".join("---" for _ in heads) + " |", *rows]) + "\n"


def figure(outcomes: dict[str, Outcome]) -> plt.Figure:
    """Two objectives of each spec: the verified front over the feasible designs."""
    mpl.rcParams |= {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "genrf"}
    columns = 3
    drawn, axes = plt.subplots(-(-len(outcomes) // columns), columns, figsize=(10.0, 8.5), layout="constrained")
    for axis in np.ravel(axes)[len(outcomes) :]:
        axis.set_visible(False)
    for axis, (spec, outcome) in zip(np.ravel(axes), outcomes.items(), strict=False):
        x, y = (goal.metric for goal in outcome.problems[0].spec.objectives[:2])
        feasible = [one.metrics for one in outcome.results if one.feasible]
        front = [one.metrics for one in outcome.front]
        axis.plot([m[x] for m in feasible], [m[y] for m in feasible], ".", ms=3, color="#b9c2cc")
        axis.plot([m[x] for m in front], [m[y] for m in front], ".", ms=6, color="#0b5fa5")
        axis.set(title=spec, xlabel=x, ylabel=y)
    return drawn


def main() -> None:
    """All specs, or those that are named."""
    outcomes, rows = {}, []
    for spec in sys.argv[1:] or BUDGETS:
        outcomes[spec], seconds = run(spec, OUTPUT / spec, f"budget={BUDGETS[spec]}")
        rows.append(row(spec, outcomes[spec], seconds))
        print(rows[-1], flush=True)
    (HERE / "table.md").write_text(table(rows))
    figure(outcomes).savefig(HERE / "fronts.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
