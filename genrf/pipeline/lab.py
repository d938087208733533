"""Where the stages have designs measured: numbered, in batches, each batch on disk before the next begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from genrf.core.cache import Pool
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.examiner import Examiner
from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.results import Row
from genrf.core.spec import DesignSpec
from genrf.core.workers import Answer, Task


class Watcher(Protocol):
    """Sees each measurement as it comes, and how long an optimizer took to choose each batch."""

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None: ...

    def thought(self, seconds: float) -> None: ...


class Writer(Protocol):
    """Keeps each batch of rows before the next begins."""

    def append(self, rows: Sequence[Row]) -> None: ...


@dataclass
class Lab:
    """Measures designs over a pool and writes the rows. Rows in `known` (a resumed run) are not simulated again."""

    problems: Sequence[AbstractProblem]
    pool: Pool
    writer: Writer
    watcher: Watcher
    known: Mapping[str, Row] = field(default_factory=dict)
    count: int = 0
    examiner: Examiner | None = None  # of a robust search

    @property
    def spec(self) -> DesignSpec:
        """What judges the designs."""
        return self.problems[0].spec if self.examiner is None else self.examiner.robust.spec

    def measure(self, stage: str, tasks: Sequence[Task]) -> list[Row]:
        """One row per task, in order, on disk when this returns.

        Raises GenrfError when not one of the designs could be measured and all failed in the same way.
        """
        ids = self._number(len(tasks))
        known = self._known(ids, tasks)
        if known is None:
            answers = (self.examiner or self.pool).evaluate(
                tasks, lambda i, m: self.watcher.saw(stage, self._problem(tasks[i]), m)
            )
            rows = [self._row(id, stage, task, answer) for id, task, answer in zip(ids, tasks, answers, strict=True)]
            self.writer.append(rows)
        else:
            rows = known
            for task, row in zip(tasks, rows, strict=True):
                self.watcher.saw(stage, self._problem(task), Measurement(row.status, row.metrics, row.message))
        if self.examiner is not None:
            self.examiner.learn(rows)
        _raise_if_all_crashed(rows)
        return rows

    def remeasure(self, stage: str, designs: Sequence[Row]) -> list[Row]:
        """`designs` measured more strictly and at each corner, one row each, with `parent` naming the design.

        Corner values stand in the metrics as `<metric>@<corner>`; a corner that fails leaves a message instead.
        """
        places = {problem.structure.name: place for place, problem in enumerate(self.problems)}
        ids = self._number(len(designs))
        nominal = [Task(places[row.structure], dict(row.values), action="verify") for row in designs]
        known = self._known(ids, nominal)
        if known is not None:
            return known
        # corner by corner, so that a simulator that keeps a circuit loaded changes it seldom
        corners = dict.fromkeys(corner for task in nominal for corner in self._problem(task).corners)
        at = [(i, c) for c in corners for i, task in enumerate(nominal) if c in self._problem(task).corners]
        tasks = [replace(nominal[i], corner=c, action="measure") for i, c in at]
        last = self._last(nominal)
        answers = self.pool.evaluate([*nominal, *tasks, *(task for _, task in last)])
        answers[: len(nominal)] = self._examined(answers[: len(nominal)], last, answers[len(nominal) + len(tasks) :])
        found: list[dict[str, Measurement]] = [{} for _ in nominal]
        for (i, c), (measured, _) in zip(at, answers[len(nominal) :], strict=False):
            found[i][c] = measured
        rows = [
            _with_corners(replace(self._row(id, stage, task, answer), parent=design.id), own, self.spec)
            for id, design, task, answer, own in zip(ids, designs, nominal, answers, found, strict=False)
        ]
        self.writer.append(rows)
        return rows

    def survey(self, designs: Sequence[Design]) -> list[Design]:
        """`designs` with their curves; without where they cannot be had."""
        places = {problem.structure.name: place for place, problem in enumerate(self.problems)}
        tasks = [Task(places[d.problem.structure.name], dict(d.values), action="survey") for d in designs]
        answers = self.pool.evaluate(tasks)
        return [replace(design, curves=measured.curves) for design, (measured, _) in zip(designs, answers, strict=True)]

    def _last(self, nominal: Sequence[Task]) -> list[tuple[int, Task]]:
        """What a robust search measures of the front beside the corners, by the place of the design."""
        robust = None if self.examiner is None else self.examiner.robust
        return [] if robust is None else [(i, task) for i, own in enumerate(nominal) for task in robust.last(own)]

    def _examined(
        self, nominal: Sequence[Answer], last: Sequence[tuple[int, Task]], found: Sequence[Answer]
    ) -> list[Answer]:
        """The nominal answers, of those that could be measured with what came of `last`."""
        if self.examiner is None or not last:
            return list(nominal)
        own: list[list[tuple[Task, Measurement]]] = [[] for _ in nominal]
        for (i, task), (measured, _) in zip(last, found, strict=True):
            own[i].append((task, measured))
        joined = self.examiner.robust.joined
        return [
            (joined(measured, extra) if measured.status == "ok" else measured, seconds)
            for (measured, seconds), extra in zip(nominal, own, strict=True)
        ]

    def _problem(self, task: Task) -> AbstractProblem:
        return self.problems[task.problem]

    def _number(self, count: int) -> list[str]:
        first, self.count = self.count, self.count + count
        return [f"{i:06d}" for i in range(first, self.count)]

    def _known(self, ids: Sequence[str], tasks: Sequence[Task]) -> list[Row] | None:
        if not ids or not all(id in self.known for id in ids):
            return None
        rows = [self.known[id] for id in ids]
        for row, task in zip(rows, tasks, strict=True):
            if row.values != task.values:
                raise ConfigError(
                    f"resume: design {row.id} on disk is another one than this config asks for; is genrf the same?"
                )
        return rows

    def _row(self, id: str, stage: str, task: Task, answer: Answer) -> Row:
        problem = self._problem(task)
        return Row.of(id, problem.structure.name, stage, task.values, *answer, self.spec)


def _with_corners(row: Row, corners: Mapping[str, Measurement], spec: DesignSpec) -> Row:
    metrics = dict(row.metrics)
    failed = [row.message] if row.message else []
    for corner, measured in corners.items():
        metrics |= {f"{name}@{corner}": value for name, value in measured.metrics.items()}
        if measured.status != "ok":
            failed.append(f"{corner}: {measured.status} {measured.message}".rstrip())
    metrics = dict(spec.complete(metrics))
    violation = spec.violation(metrics) if row.status == "ok" else row.violation
    return replace(row, metrics=metrics, message="; ".join(failed), violation=violation)


def _raise_if_all_crashed(rows: Sequence[Row]) -> None:
    if len(rows) > 1 and {row.status for row in rows} == {"crashed"} and len({row.message for row in rows}) == 1:
        raise GenrfError(f"all {len(rows)} designs of a batch failed in the same way: {rows[0].message}")
