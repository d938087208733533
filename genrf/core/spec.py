"""What is wanted: goals on metrics, as objectives F and constraints G. All minimised; `G <= 0` is feasible."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError, choices
from genrf.core.units import quantity

Direction = Literal["minimize", "maximize"]
_GOAL_KEYS = ("min", "max", "objective")


@dataclass(frozen=True)
class Metric:
    """A number that a problem can measure: its unit and what it says in words."""

    unit: str
    description: str


@dataclass(frozen=True)
class Goal:
    """What is wanted of one metric: limits, and whether the search pushes it further."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None
    objective: Direction | None = None

    def __post_init__(self) -> None:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:
            raise ConfigError(
                f"goal {self.metric!r}: min must not exceed max, got min={low:g}, max={high:g} (swapped?)"
            )
        if self.objective not in (None, "minimize", "maximize"):
            raise ConfigError(f"goal {self.metric!r}: objective must be minimize or maximize, got {self.objective!r}")
        if low is None and high is None and self.objective is None:
            raise ConfigError(f"goal {self.metric!r} wants nothing; give min, max or objective")

    @classmethod
    def read(cls, metric: str, wanted: Mapping[str, Any]) -> Self:
        """The goal as yaml writes it: `{min: 15, objective: maximize}`."""
        for key in wanted:
            if key not in _GOAL_KEYS:
                raise ConfigError(f"goal {metric!r}: unknown key {key!r}; {choices(key, _GOAL_KEYS)}")
        low, high = (
            None if wanted.get(key) is None else quantity(wanted[key], f"goal {metric!r} {key}")
            for key in ("min", "max")
        )
        return cls(metric, low, high, wanted.get("objective"))

    def excess(self, value: float) -> list[float]:
        """How far `value` lies beyond each limit, as a share of the limit; at most 0 where the limit holds."""
        beyond = []
        if self.minimum is not None:
            beyond.append((self.minimum - value) / (abs(self.minimum) or 1.0))
        if self.maximum is not None:
            beyond.append((value - self.maximum) / (abs(self.maximum) or 1.0))
        return beyond

    def limits(self) -> str:
        """The limits as a reader wants them: `>= 15`."""
        parts = [f">= {self.minimum:g}"] if self.minimum is not None else []
        parts += [f"<= {self.maximum:g}"] if self.maximum is not None else []
        return " and ".join(parts)


@dataclass(frozen=True)
class DesignSpec:
    """A named set of goals with the conditions they hold under (band, load, corners: the problem reads those).

    `goals` maps metric names to `{min, max, objective}`; quantities may be written `10m`. Every goal must hold at each
    of `corners` too, where there are any. A value that is not there (what is costly is measured only where what is
    cheap holds) counts as one whole limit beyond the worst that is.
    Raises ConfigError for unknown keys, swapped limits, or when there is no objective.
    """

    name: str
    goals: Mapping[str, Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    corners: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read = {name: goal if isinstance(goal, Goal) else Goal.read(name, goal) for name, goal in self.goals.items()}
        object.__setattr__(self, "goals", read)
        if not self.objectives:
            raise ConfigError(f"spec {self.name!r}: no goal has an objective; give at least one `objective: minimize`")

    @property
    def objectives(self) -> tuple[Goal, ...]:
        """The goals that the search pushes, in order."""
        return tuple(goal for goal in self.goals.values() if goal.objective)

    def F(self, metrics: Mapping[str, float]) -> Float[np.ndarray, "m"]:
        """The objectives, all to be minimised, in the metrics' own units."""
        return np.array(
            [
                max((_sign(goal) * value for value in self._found(goal, metrics)), default=0.0)
                for goal in self.objectives
            ]
        )

    def G(self, metrics: Mapping[str, float]) -> Float[np.ndarray, "k"]:
        """The constraints, `<= 0` where they hold, each relative to its limit."""
        return np.array([g for goal in self.goals.values() for g in self._excess(goal, metrics)])

    def _excess(self, goal: Goal, metrics: Mapping[str, float]) -> list[float]:
        found = [goal.excess(value) for value in self._found(goal, metrics)]
        worst = [max(column) for column in zip(*found, strict=True)] or [0.0] * len(goal.excess(0.0))
        absent = len(found) < 1 + len(self.corners)
        return [max(excess, 0.0) + 1.0 for excess in worst] if absent else worst

    def _found(self, goal: Goal, metrics: Mapping[str, float]) -> list[float]:
        names = (goal.metric, *(f"{goal.metric}@{corner}" for corner in self.corners))
        return [metrics[name] for name in names if name in metrics]

    def violation(self, metrics: Mapping[str, float]) -> float:
        """Sum of the limits' relative excesses; 0 exactly when every limit holds."""
        total = float(np.sum(np.maximum(self.G(metrics), 0.0)))
        return total if math.isfinite(total) else math.inf

    def misses(self, metrics: Mapping[str, float]) -> bool:
        """Whether any of `metrics` lies beyond a limit; those that are not there are not asked for."""
        return any(
            max(goal.excess(metrics[name]), default=0.0) > 0 for name, goal in self.goals.items() if name in metrics
        )

    def holds(self, metrics: Mapping[str, float], corners: Sequence[str]) -> bool:
        """Whether every limit is kept at every one of `corners`; a corner without a result keeps none."""
        found = [(goal, metrics.get(f"{goal.metric}@{corner}")) for goal in self.goals.values() for corner in corners]
        return all(value is not None and max(goal.excess(value), default=0.0) <= 0 for goal, value in found)

    def check(self, known: Mapping[str, Metric]) -> None:
        """Raise ConfigError when a goal names a metric that the problem cannot measure."""
        for name in self.goals:
            if name not in known:
                raise ConfigError(f"spec {self.name!r}: this problem has no metric {name!r}; {choices(name, known)}")


def _sign(goal: Goal) -> float:
    return -1.0 if goal.objective == "maximize" else 1.0
