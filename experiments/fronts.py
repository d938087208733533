"""What the studies share: a search with its time, a table in markdown, the look of their figures."""

import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from genrf.api import parts
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.run import design

BLUE, RED, GREEN, GREY = "#0b5fa5", "#b5402a", "#2d7d46", "#b9c2cc"
HEADS = ("spec", "designs", "time", "front", "recommended", "metrics (limits)")


def run(spec: str, folder: Path, *settings: str) -> tuple[Outcome, float]:
    """The four stages in a fresh `folder`, every design simulated anew, and their seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    begin = time.perf_counter()
    made = parts(f"spec={spec}", "designs=1", "cache=none", *settings)
    return design(made, folder), time.perf_counter() - begin


def row(spec: str, outcome: Outcome, seconds: float) -> tuple[str, ...]:
    """One search under `HEADS`: the recommended design beside its limits."""
    best = outcome.designs[0] if outcome.designs else None
    known = outcome.problems[0].metrics
    reached = (
        f"{goal.metric} {engineering(best.metrics[goal.metric], known[goal.metric].unit)} "
        f"({goal.limits(known[goal.metric].unit) or goal.objective})"
        for goal in outcome.problems[0].spec.goals.values()
        if best is not None
    )
    name = best.problem.structure.name if best else "no design meets the spec"
    return spec, f"{len(outcome.results):,}", f"{seconds:.0f} s", str(len(outcome.front)), name, "; ".join(reached)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in markdown."""
    lines = [heads, ["---" for _ in heads], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def style(size: float = 8.0) -> None:
    """The look of all figures, with names in the svg that do not change from run to run."""
    mpl.rcParams |= {"font.size": size, "axes.spines.top": False, "axes.spines.right": False}
    mpl.rcParams |= {"svg.hashsalt": "genrf", "legend.frameon": False}


def save(drawn: plt.Figure, path: Path) -> None:
    """Write a figure without its date."""
    drawn.savefig(path, metadata={"Date": None})
    plt.close(drawn)
