"""A validation in a process of its own: confined, limited, and able to crash alone. For netlists from outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genrf.circuits.rules.finding import Finding
from genrf.circuits.validator import Validation
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.spec import Metric
from genrf.core.workers import Task, Workers

_SECONDS = 60.0
_BYTES = 2e9


@dataclass(frozen=True)
class _Looking(AbstractProblem):
    """A validation as the task of a worker."""

    look: Callable[[], Validation]
    foreign = True

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {}

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        return Measurement("ok", curves=self.look())


def confined(look: Callable[[], Validation]) -> Validation:
    """What `look` finds; an error where its process did not live to say so. `look` travels to that process."""
    with Workers([_Looking(look)], 1, _SECONDS, _BYTES) as workers:
        ((measured, _),) = workers.evaluate([Task(0, {})])
    if measured.status == "ok":
        found: Validation = measured.curves
        return found
    return Validation((Finding("operating point", "", f"{measured.status}: {measured.message}", "error"),))
