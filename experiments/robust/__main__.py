"""`python -m experiments.robust`: nominal, corner and yield searches of one amplifier on equal simulations.

Each robust search has `DESIGNS` designs and its extra simulations; the nominal one has as many designs as
both together.
What comes out is held against dies that no search has seen. Writes `table.md` beside itself after each search.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.fronts import table
from genrf.api import parts
from genrf.core.workers import Workers
from genrf.core.yields import Yield
from genrf.pipeline.montecarlo import MonteCarloAnalysis
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

HERE = Path(__file__).parent
DESIGNS, SEEDS = int(os.environ.get("BUDGET", "3000")), int(os.environ.get("SEEDS", "3"))
DIES, FRESH = int(os.environ.get("DIES", "1000")), 77
SEARCHES = ("corners", "yield")
LNA = ("spec=lna_2p4ghz", "model.only=[lna_cascode]", "cache=none", "exporter=[]", "designs=3", "front=20", "workers=2")
HEADS = (
    "seed", "search", "designs", "extra per design", "simulations", "front", "yield of the recommended design",
    "its estimate", "yields of three of the front", "its NF / gain / power",
)  # fmt: skip


def searched(*settings: str) -> Outcome:
    """One search, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return design(parts(*LNA, *settings), Path(folder))


def extra(outcome: Outcome) -> float:
    """Simulations beside the nominal ones, all over the search."""
    return sum(row.metrics.get("extra", 0.0) for row in outcome.results)


def yields(outcome: Outcome) -> list[Yield]:
    """Of each chosen design, over fresh dies."""
    analysis = MonteCarloAnalysis(DIES, FRESH)
    with Workers(outcome.problems, 2, 10.0) as pool:
        return [analysis.of(outcome.problems, 0, one.values, pool).overall() for one in outcome.designs]


def line(seed: int, name: str, outcome: Outcome) -> tuple[str, ...]:
    """What one search came to."""
    designs, more = len(outcome.results), extra(outcome)
    cells = [str(seed), name, str(designs), f"{more / designs:.2f}", f"{designs + more:.0f}", str(len(outcome.front))]
    if not outcome.designs:
        return (*cells, "no design", "", "", "")
    found, best = yields(outcome), outcome.designs[0].metrics
    estimate = f"{100 * best['yield']:.1f} %" if "yield" in best else ""
    others = ", ".join(f"{100 * one.share:.1f} %" for one in found)
    said = f"{best['nf_db']:.2f} dB / {best['gain_db']:.1f} dB / {1e3 * best['power_w']:.2f} mW"
    return (*cells, str(found[0]), estimate, others, said)


def lines(seed: int) -> Sequence[tuple[str, ...]]:
    """The robust searches of a seed, and a nominal one with the simulations of the dearer of them."""
    found = {name: searched(f"robust={name}", f"seed={seed}", f"budget={DESIGNS}") for name in SEARCHES}
    most = max(len(outcome.results) + extra(outcome) for outcome in found.values())
    found["nominal"] = searched(f"seed={seed}", f"budget={int(np.ceil(most))}")
    return [line(seed, name, outcome) for name, outcome in found.items()]


def main() -> None:
    """All seeds."""
    rows = list[tuple[str, ...]]()
    for seed in range(1, SEEDS + 1):
        rows += lines(seed)
        (HERE / "table.md").write_text(table(HEADS, rows))
        print(*(" | ".join(row) for row in rows[-3:]), sep="\n", flush=True)


if __name__ == "__main__":
    main()
