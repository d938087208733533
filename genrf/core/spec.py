"""What is wanted: goals on metrics, as objectives F and constraints G. All minimised; `G <= 0` is feasible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.constraints import ConstraintHandler
from genrf.core.errors import ConfigError, choices
from genrf.core.formula import ObjectiveFunction, completed
from genrf.core.goal import Goal, Metric

__all__ = ["DesignSpec", "Goal", "Metric"]


@dataclass(frozen=True)
class DesignSpec:
    """A named set of goals with the conditions they hold under (band, load, corners: the problem reads those).

    `goals` maps metric names to `{min, max, objective}`; quantities may be written `10m`. Every goal must hold at each
    of `corners` too, where there are any. `formulas` maps names of metrics of one's own to expressions over measured
    ones, `{fom: gain_db - nf_db}`; each may use those before it, and goals may be set on it. `beyond` are metrics that
    no single measurement gives, as a yield: they have no value at a corner.
    Raises ConfigError for unknown keys, swapped limits, a formula that cannot be read, or when there is no objective.
    """

    name: str
    goals: Mapping[str, Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    corners: tuple[str, ...] = ()
    formulas: Mapping[str, Any] = field(default_factory=dict)
    beyond: Mapping[str, Metric] = field(default_factory=dict)

    def __post_init__(self) -> None:
        goals = {name: goal if isinstance(goal, Goal) else Goal.read(name, goal) for name, goal in self.goals.items()}
        formulas = {
            name: one if isinstance(one, ObjectiveFunction) else ObjectiveFunction.read(name, one)
            for name, one in self.formulas.items()
        }
        object.__setattr__(self, "goals", goals)
        object.__setattr__(self, "formulas", formulas)
        if not self.objectives:
            raise ConfigError(f"spec {self.name!r}: no goal has an objective; give at least one `objective: minimize`")

    @cached_property
    def objectives(self) -> tuple[Goal, ...]:
        """The goals that the search pushes, in order."""
        return tuple(goal for goal in self.goals.values() if goal.objective)

    @cached_property
    def constraints(self) -> ConstraintHandler:
        """The limits, which judge metrics that are complete."""
        return ConstraintHandler(self.goals, self.corners)

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The metrics that goals or formulas read: those worth measuring where that is costly."""
        return frozenset({*self.goals, *(name for formula in self.formulas.values() for name in formula.names)})

    @property
    def derived(self) -> dict[str, Metric]:
        """The metrics that formulas or several measurements make, with their units."""
        made = {
            name: Metric(one.unit, one.description or f"{name} = {one.formula}") for name, one in self.formulas.items()
        }
        return {**made, **self.beyond}

    def complete(self, metrics: Mapping[str, float]) -> Mapping[str, float]:
        """`metrics` with those that formulas make of them, nominally and at each corner that is there."""
        return completed(self.formulas, metrics)[0] if self.formulas else metrics

    def F(self, metrics: Mapping[str, float]) -> Float[np.ndarray, "m"]:
        """The objectives, all to be minimised, in the metrics' own units."""
        metrics = self.complete(metrics)
        return np.array(
            [
                max((_sign(goal) * value for value in self.constraints.values(goal, metrics)), default=0.0)
                for goal in self.objectives
            ]
        )

    def G(self, metrics: Mapping[str, float]) -> Float[np.ndarray, "k"]:
        """The constraints, `<= 0` where they hold, each relative to its limit."""
        return self.constraints.G(self.complete(metrics))

    def violation(self, metrics: Mapping[str, float]) -> float:
        """Sum of the limits' relative excesses; 0 exactly when every limit holds."""
        return self.constraints.violation(self.complete(metrics))

    def misses(self, metrics: Mapping[str, float]) -> bool:
        """Whether any of `metrics` lies beyond a limit; those that are not there are not asked for."""
        return self.constraints.misses(self.complete(metrics))

    def holds(self, metrics: Mapping[str, float], corners: Sequence[str]) -> bool:
        """Whether every limit is kept at every one of `corners`; a corner without a result keeps none."""
        goals = {name: goal for name, goal in self.goals.items() if name not in self.beyond}
        return ConstraintHandler(goals).holds(self.complete(metrics), corners)

    def check(self, measured: Mapping[str, Metric]) -> None:
        """Raise ConfigError when a goal or a formula names a metric that the problem cannot measure."""
        known = {*measured, *self.beyond}
        for name, formula in self.formulas.items():
            if name in measured:
                raise ConfigError(f"spec {self.name!r}: formula {name!r} has the name of a metric that is measured")
            for used in formula.names:
                if used not in known:
                    raise ConfigError(
                        f"spec {self.name!r}: formula {name!r} uses {used!r}, which is no metric; "
                        f"{choices(used, known)}"
                    )
            known.add(name)
        for name in self.goals:
            if name not in known:
                raise ConfigError(f"spec {self.name!r}: this problem has no metric {name!r}; {choices(name, known)}")


def _sign(goal: Goal) -> float:
    return -1.0 if goal.objective == "maximize" else 1.0
