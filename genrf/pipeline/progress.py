"""What a person sees while a run is going on: a bar on a terminal, plain log lines elsewhere."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.spec import DesignSpec
from genrf.core.units import engineering

log = logging.getLogger("genrf")
_EVERY = 5.0  # seconds between log lines
_NOTICED = 0.1  # seconds that a batch may take to choose before a person wants to know


class Score:
    """Counts of what was measured, and the best feasible value of each objective."""

    def __init__(self, spec: DesignSpec) -> None:
        self.spec = spec
        self.begin = time.monotonic()
        self.designs = 0
        self.feasible = 0
        self.best: dict[str, tuple[float, str]] = {}
        self.thinking = list[float]()  # seconds that each batch took to choose

    def add(self, problem: AbstractProblem, measured: Measurement) -> None:
        """Count one measurement."""
        self.designs += 1
        if measured.status != "ok" or self.spec.violation(measured.metrics) > 0:
            return
        metrics = self.spec.complete(measured.metrics)
        if any(goal.metric not in metrics for goal in self.spec.objectives):
            return  # a formula without a value
        self.feasible += 1
        for goal in self.spec.objectives:
            value, pick = metrics[goal.metric], max if goal.objective == "maximize" else min
            old = self.best.get(goal.metric, (value, ""))[0]
            self.best[goal.metric] = (pick(old, value), problem.known[goal.metric].unit)

    def __str__(self) -> str:
        rate = self.designs / max(time.monotonic() - self.begin, 1e-9)
        best = ", ".join(f"{name} {engineering(value, unit, 3)}" for name, (value, unit) in self.best.items())
        slow = self.thinking and self.thinking[-1] > _NOTICED
        thought = f", {engineering(self.thinking[-1], 's', 2)} to choose a batch" if slow else ""
        speed = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.2g}/s"  # of oscillators and receivers
        return f"{speed}, {self.feasible} feasible" + (f", best {best}" if best else "") + thought


class Bar:
    """A live bar on the terminal."""

    def __init__(self, score: Score, total: int, progress: Progress) -> None:
        self.score = score
        self.progress = progress
        self.task = progress.add_task("simulate", total=total, score="")

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None:
        """Move the bar on by one design; drawn at the bar's own rate."""
        self.score.add(problem, measured)
        drawn = {"score": str(self.score)} if self.score.designs % 32 == 0 else {}
        self.progress.update(self.task, description=stage, advance=1, **drawn)  # type: ignore[arg-type]

    def thought(self, seconds: float) -> None:
        """Shown at once where it is long: with few designs a second the next drawing may be far."""
        self.score.thinking.append(seconds)
        if seconds > _NOTICED:
            self.progress.update(self.task, score=str(self.score))


class Lines:
    """A log line now and then."""

    def __init__(self, score: Score, total: int) -> None:
        self.score = score
        self.total = total
        self.last = time.monotonic()

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None:
        """Count, and speak when it is time."""
        self.score.add(problem, measured)
        if time.monotonic() - self.last > _EVERY:
            self.last = time.monotonic()
            log.info("%s: %d/%d designs, %s", stage, self.score.designs, self.total, self.score)

    def thought(self, seconds: float) -> None:
        """Shown in the next line."""
        self.score.thinking.append(seconds)


@contextmanager
def watch(spec: DesignSpec, total: int) -> Iterator[Bar | Lines]:
    """The watcher that suits where the output goes."""
    score = Score(spec)
    if not sys.stderr.isatty():
        yield Lines(score, total)
        return
    rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # what a narrow terminal has no room for
    columns = (
        TextColumn("{task.description:>8}"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[score]}", table_column=rest),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as progress:
        yield Bar(score, total, progress)
