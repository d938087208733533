"""The limits of a spec as constraints G: what is wanted holds where `G <= 0`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from genrf.core.goal import Goal


@dataclass(frozen=True)
class ConstraintHandler:
    """Holds metrics against the limits of `goals`, nominally and at each of `corners`.

    A value that is not there (what is costly is measured only where what is cheap holds) counts as one whole limit
    beyond the worst that is.
    """

    goals: Mapping[str, Goal]
    corners: tuple[str, ...] = ()

    def G(self, metrics: Mapping[str, float]) -> Float[np.ndarray, "k"]:
        """The constraints, `<= 0` where they hold, each relative to its limit."""
        return np.array([g for goal in self.goals.values() for g in self._excess(goal, metrics)])

    def violation(self, metrics: Mapping[str, float]) -> float:
        """Sum of the limits' relative excesses; 0 exactly when every limit holds."""
        beyond = (g for goal in self.goals.values() for g in self._excess(goal, metrics) if not g <= 0)  # NaN too
        total = sum(beyond, 0.0)
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

    def values(self, goal: Goal, metrics: Mapping[str, float]) -> list[float]:
        """What was found of a goal's metric, nominally and at the corners."""
        return [metrics[name] for name in self._names[goal.metric] if name in metrics]

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """Where the values of each metric are found: asked for of every design, so put together once."""
        return {name: (name, *(f"{name}@{corner}" for corner in self.corners)) for name in self.goals}

    def _excess(self, goal: Goal, metrics: Mapping[str, float]) -> list[float]:
        found = [goal.excess(value) for value in self.values(goal, metrics)]
        if len(found) == 1 and not self.corners:
            return found[0]
        worst = [max(column) for column in zip(*found, strict=True)] or [0.0] * len(goal.excess(0.0))
        absent = len(found) < 1 + len(self.corners)
        return [max(excess, 0.0) + 1.0 for excess in worst] if absent else worst
