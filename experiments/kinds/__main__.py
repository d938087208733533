"""`python -m experiments.kinds`: one search for each kind of circuit, on generic130, with the budget written beside it.

Writes `fronts.svg` and `table.md` beside itself, and the run folders to outputs/kinds. Names on the command line choose
some of the specs.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import BLUE, GREY, HEADS, row, run, save, style, table
from genrf.pipeline.outcome import Outcome

HERE = Path(__file__).parent
OUTPUT = Path("outputs/kinds")
BUDGETS = {
    "lna_900mhz": 4000, "lna_5p8ghz": 4000, "lna_uwb": 4000, "ota_two_stage": 1000, "ota_folded_cascode": 1000,
    "vco_5ghz": 240, "vco_ring": 160, "pa_2p4ghz": 160, "mixer_2p4ghz": 120,
}  # fmt: skip


def figure(outcomes: dict[str, Outcome]) -> plt.Figure:
    """Two objectives of each spec: the verified front over the feasible designs."""
    style()
    columns = 3
    drawn, axes = plt.subplots(-(-len(outcomes) // columns), columns, figsize=(10.0, 8.5), layout="constrained")
    for axis in np.ravel(axes)[len(outcomes) :]:
        axis.set_visible(False)
    for axis, (spec, outcome) in zip(np.ravel(axes), outcomes.items(), strict=False):
        x, y = (goal.metric for goal in outcome.problems[0].spec.objectives[:2])
        feasible = [one.metrics for one in outcome.results if one.feasible]
        front = [one.metrics for one in outcome.front]
        axis.plot([m[x] for m in feasible], [m[y] for m in feasible], ".", ms=3, color=GREY)
        axis.plot([m[x] for m in front], [m[y] for m in front], ".", ms=6, color=BLUE)
        axis.set(title=spec, xlabel=x, ylabel=y)
    return drawn


def main() -> None:
    """All specs, or those that are named."""
    outcomes, rows = {}, []
    for spec in sys.argv[1:] or BUDGETS:
        outcomes[spec], seconds = run(spec, OUTPUT / spec, f"budget={BUDGETS[spec]}")
        rows.append(row(spec, outcomes[spec], seconds))
        print(" | ".join(rows[-1]), flush=True)
    (HERE / "table.md").write_text(table(HEADS, rows))
    save(figure(outcomes), HERE / "fronts.svg")


if __name__ == "__main__":
    main()
