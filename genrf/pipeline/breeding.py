"""Designs bred from measured ones, so that a data set holds good designs where chance alone finds none.

Each child is wanted under limits of its own, drawn by chance: children of one structure spread along its whole front.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from genrf.core.errors import ConfigError, choices
from genrf.core.spec import DesignSpec
from genrf.core.units import quantity

_PARENTS = 6  # the best under a child's limits, from which its difference is taken
_STEPS = (0.5, 0.8)  # of a difference: between these values differential evolution converges on most problems
_SPREAD = 0.05  # of the noise on each variable, of its range


@dataclass(frozen=True)
class Limits:
    """Limits on `metrics`, each between `low` and `high`; `signs` are 1 for at least and -1 for at most."""

    metrics: tuple[str, ...]
    signs: Float[np.ndarray, "k"]
    low: Float[np.ndarray, "k"]
    high: Float[np.ndarray, "k"]

    @classmethod
    def of(cls, spec: DesignSpec, ranges: Mapping[str, Any]) -> "Limits":
        """The limits of `spec`, drawn from `ranges` (`{gain_db: [10, 20]}`) where those name their metric.

        Raises ConfigError for a range of a metric that `spec` does not limit, or one that is not two rising numbers
        of one sign.
        """
        limited = {
            name: (sign, limit)
            for name, goal in spec.goals.items()
            for sign, limit in ((1.0, goal.minimum), (-1.0, goal.maximum))
            if limit is not None
        }
        for name in ranges:
            if name not in limited:
                raise ConfigError(f"task.ranges: {name!r} has no limit in spec {spec.name!r}; {choices(name, limited)}")
        ends = np.array(
            [_ends(name, ranges[name]) if name in ranges else (limit, limit) for name, (_, limit) in limited.items()]
        )
        signs = np.array([sign for sign, _ in limited.values()])
        return cls(tuple(limited), signs, *ends.reshape(-1, 2).T)

    def draw(self, count: int, rng: np.random.Generator) -> Float[np.ndarray, "n k"]:
        """`count` sets of limits, each even on a logarithmic scale."""
        wide = np.where(self.low == self.high, 1.0, self.high / np.where(self.low == 0, 1.0, self.low))
        return np.asarray(self.low * wide ** rng.random((count, len(self.low))))

    def short(self, found: Float[np.ndarray, "m k"], limits: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n m"]:
        """By how much each of `found` misses each set of `limits`; infinite for a design that was not measured.

        Far beyond a limit only the order counts, so that no single metric drowns the others.
        """
        short = np.zeros((len(limits), len(found)))
        for sign, limit, reached in zip(self.signs, limits.T[..., None], found.T, strict=True):  # one at a time: memory
            beyond = np.maximum(sign * (limit - reached) / np.where(limit == 0, 1.0, np.abs(limit)), 0.0)
            short += np.nan_to_num(np.log1p(beyond), nan=np.inf, posinf=np.inf)
        return short


def _ends(name: str, given: Sequence[Any]) -> tuple[float, float]:
    ends = [quantity(one, f"task.ranges.{name}") for one in given]
    if len(ends) != 2 or not ends[0] < ends[1] or ends[0] * ends[1] <= 0:
        raise ConfigError(f"task.ranges.{name}: two rising numbers of one sign are wanted, got {list(given)}")
    return ends[0], ends[1]


def bred(
    points: Float[np.ndarray, "m d"],
    found: Float[np.ndarray, "m k"],
    limits: Limits,
    count: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "n d"]:
    """`count` points of the unit cube near the best of `points`, of which the metrics of `limits` are `found`.

    Each is the best under limits of its own, moved by the difference of two others of the best in some of the
    variables (Storn and Price 1997, doi:10.1023/A:1008202821328), with a little noise, reflected at the cube's faces.
    Where fewer than three are known, they are drawn by chance.
    """
    if len(points) < 3:
        return np.asarray(rng.random((count, points.shape[1])))
    order = np.stack([_least(short, _PARENTS) for short in limits.short(found, limits.draw(count, rng))])
    pairs = np.array([rng.permutation(np.arange(1, order.shape[1]))[:2] for _ in range(count)])
    best, one, other = order[:, 0], *np.take_along_axis(order, pairs, axis=1).T
    shape = (count, points.shape[1])
    moved = rng.choice(_STEPS, (count, 1)) * (rng.random(shape) < 0.5) * (points[one] - points[other])
    children = points[best] + moved + _SPREAD * rng.standard_normal(shape)
    return _reflected(children)


def _reflected(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    return np.asarray(np.clip(1.0 - np.abs(1.0 - np.abs(points)), 0.0, 1.0))


def _least(values: Float[np.ndarray, "m"], count: int) -> Int[np.ndarray, "n"]:
    """Where the least of `values` lie, in order, the first of equals first: of many values faster than a whole sort."""
    count = min(count, len(values))
    candidates = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
    return np.asarray(candidates[np.argsort(values[candidates], kind="stable")[:count]])
