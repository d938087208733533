"""How much each metric of a design moves with each of its variables, from designs measured beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.space import AbstractVariable, Real
from genrf.core.workers import Task
from genrf.pipeline.paid import Paid

_STEP = 0.01  # of a real variable; wide enough for a grid of measured frequencies, small enough to be a slope
_NOISE = 1e-6  # of the metric: less is what a simulator's tolerance leaves


@dataclass(frozen=True)
class Sensitivity:
    """Changes of metrics, in their units, by steps of variables; NaN where a design beside could not be measured.

    The step of a real variable is one percent of its value (of its range at 0), that of any other leads to its next
    value. `without` names the spec's metrics that were not measured.
    """

    variables: tuple[str, ...]
    steps: tuple[str, ...]
    metrics: tuple[str, ...]
    changes: Float[np.ndarray, "variables metrics"]
    without: tuple[str, ...] = ()


def sensitivities(designs: Sequence[Design], paid: Paid) -> dict[str, Sensitivity]:
    """Those of the first designs, by id, as far as the search pays: of all the cheap metrics, then the costly ones.

    Each is the difference that one step makes to the spec's metrics as the search measures them; where it would leave
    the bounds, a step down tells.
    """
    cheap = glances(designs, paid)
    return cheap | completed(designs, cheap, paid)


def glances(designs: Sequence[Design], paid: Paid) -> dict[str, Sensitivity]:
    """`sensitivities` of the cheap metrics alone."""
    return _measured(designs, paid, "glance")


def completed(designs: Sequence[Design], cheap: Mapping[str, Sensitivity], paid: Paid) -> dict[str, Sensitivity]:
    """`sensitivities` of the designs of which `cheap` lacks metrics."""
    return _measured([one for one in designs if one.id in cheap and cheap[one.id].without], paid, "measure")


def _measured(designs: Sequence[Design], paid: Paid, action: Literal["glance", "measure"]) -> dict[str, Sensitivity]:
    """From the design itself, and from another one for each variable."""

    def tasks(design: Design, place: int) -> list[Task]:
        beside = [{name: value} for name, (value, _) in _steps(design).items()]
        return [Task(place, {**design.values, **one}, action=action) for one in ({}, *beside)]

    found = paid.measured(designs, tasks)
    return {design.id: _sensitivity(design, answers) for design, answers in zip(designs, found, strict=False)}


def _sensitivity(design: Design, answers: Sequence[Measurement]) -> Sensitivity:
    """From what it and those beside it came to."""
    problem, steps = design.problem, _steps(design)
    known = problem.spec.complete(answers[0].metrics)
    metrics = tuple(name for name in problem.spec.goals if name in known)
    here, *beside = (_read(answer.metrics, problem, metrics) for answer in answers)
    counts = np.array([count for _, count in steps.values()])[:, None]
    moved = np.array(beside).reshape(len(steps), len(metrics)) - here
    changes = np.divide(moved, counts, out=np.zeros_like(moved), where=counts != 0)
    changes[np.abs(changes) < _NOISE * np.abs(here)] = 0.0
    variables = problem.structure.space.variables
    return Sensitivity(
        tuple(variable.name for variable in variables),
        tuple("+1 %" if isinstance(variable, Real) else "next value" for variable in variables),
        metrics,
        changes,
        tuple(name for name in problem.spec.goals if name not in known),
    )


def _steps(design: Design) -> dict[str, tuple[float, float]]:
    """Another value of each variable, and how many steps up it lies; 0 where there is none."""
    variables = design.problem.structure.space.variables
    return {variable.name: _step(variable, design.values[variable.name]) for variable in variables}


def _step(variable: AbstractVariable, value: float) -> tuple[float, float]:
    if isinstance(variable, Real):
        step = _STEP * (abs(value) or variable.high - variable.low)
        other = value + step if value + step <= variable.high else max(value - step, variable.low)
        return other, (other - value) / step
    order = variable.values
    at = order.index(value)
    other = order[at + 1 if at + 1 < len(order) else max(at - 1, 0)]
    return other, order.index(other) - at


def _read(found: Mapping[str, float], problem: AbstractProblem, metrics: Sequence[str]) -> Float[np.ndarray, "m"]:
    complete = problem.spec.complete(found)
    return np.array([complete.get(name, np.nan) for name in metrics])
