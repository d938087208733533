"""How much each metric of a design moves with each of its variables, from designs measured beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.core.cache import Pool
from genrf.core.problem import AbstractProblem, Design
from genrf.core.results import Row
from genrf.core.space import AbstractVariable, Choice, Integer, Real
from genrf.core.workers import Task

_STEP = 0.01  # of a real variable; wide enough for a grid of measured frequencies, small enough to be a slope
_SHARE = 0.1  # of the search's own seconds, which all sensitivities together may take
_FREE = 10.0  # seconds of a processor that they may take after the shortest search
_NOISE = 1e-6  # of the metric: less is what a simulator's tolerance leaves


@dataclass(frozen=True)
class Sensitivity:
    """Changes of metrics, in their units, by steps of variables; NaN where a design beside could not be measured.

    The step of a real variable is one percent of its value (of its range at 0), that of any other leads to its next
    value.
    """

    variables: tuple[str, ...]
    steps: tuple[str, ...]
    metrics: tuple[str, ...]
    changes: Float[np.ndarray, "variables metrics"]
    seconds: float  # of processors, for all designs beside


def sensitivities(
    designs: Sequence[Design], problems: Sequence[AbstractProblem], pool: Pool, searched: Iterable[Row]
) -> dict[str, Sensitivity]:
    """Those of the first designs, by id, for as long as they cost little beside the search that measured `searched`.

    What a design will cost is told by what feasible ones of its structure did cost, and by the sensitivities so far.
    """
    rows = list(searched)
    left = max(_FREE, _SHARE * sum(row.seconds for row in rows))
    found: dict[str, Sensitivity] = {}
    each = 0.0  # seconds of a design beside, as measured here
    for design in designs:
        count = 2 * len(design.problem.structure.space)
        if count * max(each, cost(rows, design.problem.structure.name)) > left:
            break
        found[design.id] = made = sensitivity(design, problems, pool)
        left, each = left - made.seconds, max(each, made.seconds / max(1, count))
    return found


def cost(rows: Sequence[Row], structure: str) -> float:
    """Mean seconds of designs that keep every limit, as nothing was spared there; of all where none does."""
    own = [row for row in rows if row.structure == structure]
    seconds = [row.seconds for row in own if row.feasible] or [row.seconds for row in own]
    return sum(seconds) / max(1, len(seconds))


def sensitivity(design: Design, problems: Sequence[AbstractProblem], pool: Pool) -> Sensitivity:
    """Central differences of the spec's metrics about `design`, measured over `pool`; one-sided at a bound."""
    problem, metrics = design.problem, tuple(design.problem.spec.goals)
    place = next(i for i, one in enumerate(problems) if one.structure.name == problem.structure.name)
    variables = problem.structure.space.variables
    beside = [_beside(variable, design.values[variable.name]) for variable in variables]
    tasks = [
        Task(place, {**design.values, variable.name: value})
        for variable, ends in zip(variables, beside, strict=True)
        for value in ends
    ]
    answers = pool.evaluate(tasks)
    measured = (_read(answer.metrics, problem, metrics) for answer, _ in answers)
    changes = np.array(
        [_change(variable, ends, measured) for variable, ends in zip(variables, beside, strict=True)]
    ).reshape(len(variables), len(metrics))
    changes[np.abs(changes) < _NOISE * np.abs(_read(design.metrics, problem, metrics))] = 0.0
    return Sensitivity(
        tuple(variable.name for variable in variables),
        tuple("+1 %" if isinstance(variable, Real) else "next value" for variable in variables),
        metrics,
        changes,
        sum(seconds for _, seconds in answers),
    )


def _beside(variable: AbstractVariable, value: float) -> tuple[float, float]:
    """The values below and above, within the variable's bounds."""
    if isinstance(variable, Real):
        step = _STEP * (abs(value) or variable.high - variable.low)
        return max(value - step, variable.low), min(value + step, variable.high)
    order = _values(variable)
    at = order.index(value)
    return order[max(at - 1, 0)], order[min(at + 1, len(order) - 1)]


def _values(variable: AbstractVariable) -> list[float]:
    """All values of a variable that has but a few."""
    if isinstance(variable, Choice):
        return list(variable.options)
    assert isinstance(variable, Integer)
    return [float(value) for value in range(variable.low, variable.high + 1)]


def _read(found: Mapping[str, float], problem: AbstractProblem, metrics: Sequence[str]) -> Float[np.ndarray, "m"]:
    complete = problem.spec.complete(found)
    return np.array([complete.get(name, np.nan) for name in metrics])


def _change(
    variable: AbstractVariable, ends: tuple[float, float], measured: Iterator[Float[np.ndarray, "m"]]
) -> Float[np.ndarray, "m"]:
    low, high = next(measured), next(measured)
    if ends[0] == ends[1]:
        return np.zeros_like(low)
    if isinstance(variable, Real):
        percent = _STEP * 0.5 * abs(ends[0] + ends[1]) or 0.5 * (ends[1] - ends[0])
        return np.asarray((high - low) / (ends[1] - ends[0]) * percent)
    order = _values(variable)
    return np.asarray((high - low) / (order.index(ends[1]) - order.index(ends[0])))
