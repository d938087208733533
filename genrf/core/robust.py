"""What a robust search wants beside the nominal values of a design: here, every limit at every corner."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from genrf.core.goal import Metric
from genrf.core.problem import Measurement
from genrf.core.results import Row
from genrf.core.spec import DesignSpec
from genrf.core.workers import Task

Extra = Sequence[tuple[Task, Measurement]]

EXTRA = "extra"  # the metric that says how many simulations a design took beside the nominal one
_EXTRA = Metric("", "simulations beside the nominal one")


class AbstractRobustness(ABC):
    """What is measured of a promising design beside its nominal values, in steps, and the `spec` that judges it all.

    Whoever fails a step is taken no further; what is left unknown then counts as a limit that is missed.
    """

    beyond: ClassVar[Mapping[str, Metric]] = {EXTRA: _EXTRA}  # metrics that it adds
    spec: DesignSpec
    steps: int

    @abstractmethod
    def tasks(self, task: Task, step: int) -> list[Task]:
        """What to measure in a step of the design of the nominal `task`."""

    @abstractmethod
    def joined(self, nominal: Measurement, extra: Extra) -> Measurement:
        """`nominal` with all that was found since."""

    @abstractmethod
    def promising(self, nominal: Measurement, extra: Extra) -> bool:
        """Whether the design may still keep what is wanted, after what was found."""

    def last(self, task: Task) -> list[Task]:
        """What to measure of a design of the front, beside its corners; nothing by default."""
        return []

    def saw(self, rows: Sequence[Row]) -> None:
        """Learn from measured designs which step is the hardest; nothing by default."""
        return


class Corners(AbstractRobustness):
    """Every limit at every one of `corners`, objectives at their worst: first at the corner that most failed at."""

    steps = 2

    def __init__(self, spec: DesignSpec, corners: Sequence[str]) -> None:
        self.spec = replace(spec, corners=tuple(corners), beyond=self.beyond)
        self._failures = Counter[str]()

    def tasks(self, task: Task, step: int) -> list[Task]:
        hardest_first = sorted(self.spec.corners, key=lambda corner: -self._failures[corner])
        chosen = hardest_first[1:] if step else hardest_first[:1]
        return [replace(task, corner=corner) for corner in chosen]

    def joined(self, nominal: Measurement, extra: Extra) -> Measurement:
        metrics, failed = {**nominal.metrics, EXTRA: float(len(extra))}, []
        for task, found in extra:
            metrics |= {f"{name}@{task.corner}": value for name, value in found.metrics.items()}
            if found.status != "ok":
                failed.append(f"{task.corner}: {found.status} {found.message}".rstrip())
        return replace(nominal, metrics=metrics, message="; ".join(failed))

    def promising(self, nominal: Measurement, extra: Extra) -> bool:
        return self.spec.holds(self.joined(nominal, extra).metrics, [task.corner for task, _ in extra])

    def saw(self, rows: Sequence[Row]) -> None:
        for row in rows:
            for corner in _measured(row.metrics):
                self._failures[corner] += not self.spec.holds(row.metrics, [corner])


def _measured(metrics: Mapping[str, float]) -> set[str]:
    return {name.partition("@")[2] for name in metrics if "@" in name}
