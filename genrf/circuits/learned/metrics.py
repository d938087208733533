"""Metrics as a network sees them: each through its own rank in the data, so that every one is a standard normal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec

Sense = Literal["min", "max"]
_KNOTS = 201
_FARTHEST = 4.0


@dataclass(frozen=True)
class Scale:
    """A rising, piecewise linear map from a metric to a standard normal, by its quantiles in the data.

    Heavy tails (a stability factor) and crowds (a `mu` of 1) need no care of their own: equal shares of the data get
    equal shares of the scale. Beyond the data the outermost piece goes on, to four standard deviations at the most.
    """

    values: tuple[float, ...]
    normals: tuple[float, ...]

    @classmethod
    def of(cls, metric: str, values: Float[np.ndarray, "n"]) -> "Scale":
        """The scale of what was measured. Raises ConfigError when all values are the same, or none is there."""
        known = values[np.isfinite(values)]
        if not len(known) or known.min() == known.max():
            raise ConfigError(f"metric {metric!r}: the data hold {len(known)} values and no two that differ")
        shares = np.linspace(0.5 / _KNOTS, 1 - 0.5 / _KNOTS, _KNOTS)
        knots, first, counts = np.unique(np.quantile(known, shares), return_index=True, return_counts=True)
        middles = shares[first] + (counts - 1) / 2 / _KNOTS  # of knots that agree, the middle rank
        if len(knots) < 2:
            knots, middles = np.array([known.min(), known.max()]), np.array([shares[0], shares[-1]])
        return cls(tuple(knots.tolist()), tuple(ndtri(middles).tolist()))

    def normal(self, values: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """`values` on the normal scale; NaN stays NaN."""
        return np.clip(_extended(values, np.array(self.values), np.array(self.normals)), -_FARTHEST, _FARTHEST)

    def value(self, normals: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """The inverse of `normal`."""
        return _extended(normals, np.array(self.normals), np.array(self.values))


@dataclass(frozen=True)
class Wanted:
    """The limits that a model can be asked for: metrics, each with the side on which its limit lies, and its scale."""

    metrics: tuple[str, ...]
    senses: tuple[Sense, ...]
    scales: tuple[Scale, ...]

    @classmethod
    def of(cls, spec: DesignSpec, values: Mapping[str, Float[np.ndarray, "n"]]) -> "Wanted":
        """One limit for each goal of `spec`, scales from the data. Raises ConfigError for a metric without data."""
        for name in spec.goals:
            if name not in values:
                raise ConfigError(f"spec {spec.name!r}: the data have no metric {name!r}; known: {', '.join(values)}")
        senses: list[Sense] = [
            "min" if goal.minimum is not None or goal.objective == "maximize" else "max" for goal in spec.goals.values()
        ]
        names = tuple(spec.goals)
        return cls(names, tuple(senses), tuple(Scale.of(name, values[name]) for name in names))

    def beside(self, other: "Wanted") -> "Wanted":
        """All of this one, on its scales, then what `other` has beside.

        Limits keep their meaning to a network that goes on learning: a sigma is as many decibels as before, also
        where designs of other data are spread otherwise.
        """
        new = [place for place, name in enumerate(other.metrics) if name not in self.metrics]
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("metrics", "senses", "scales"))
        return Wanted(*((*own, *(more[place] for place in new)) for own, more in pairs))

    def normals(self, columns: Sequence[Float[np.ndarray, "n"]]) -> Float[np.ndarray, "n m"]:
        """Measured values on their normal scales, a column a metric; NaN where one is missing."""
        return np.stack([scale.normal(column) for scale, column in zip(self.scales, columns, strict=True)], axis=1)

    def limits(self, spec: DesignSpec) -> Float[np.ndarray, "m"]:
        """The limits of `spec` on the normal scales; NaN where it leaves a metric open."""
        return np.array([self._limit(place, spec) for place in range(len(self.metrics))])

    @property
    def ranges(self) -> Float[np.ndarray, "m 2"]:
        """The outermost quantiles of the data that the scales hold, in the units of the metrics."""
        return np.array([(scale.values[0], scale.values[-1]) for scale in self.scales])

    def unlearnt(self, spec: DesignSpec, ranges: Float[np.ndarray, "m 2"]) -> str:
        """Why single limits of `spec` are not to be asked for, in words; empty when all are.

        They are of a metric that is not there, or on its other side; or harder to keep than either end of `ranges`,
        which are in the units of the metrics. What is easier than all of the data is kept by all of them.
        """
        sides, unasked, outside = dict(zip(self.metrics, self.senses, strict=True)), list[str](), list[str]()
        for name, side, limit in _limits(spec):
            if sides.get(name) != side:
                unasked.append(f"{name} {side} {limit:.4g}")
                continue
            low, high = ranges[self.metrics.index(name)]
            if limit > high if side == "min" else limit < low:
                outside.append(f"{name} {side} {limit:.4g} (it learnt from {low:.4g} to {high:.4g})")
        said = [f"it was never asked for a limit of {', '.join(unasked)}"] if unasked else []
        return "; ".join([*said, f"beyond its data: {', '.join(outside)}"] if outside else said)

    @property
    def signs(self) -> Float[np.ndarray, "m"]:
        """+1 where more than the limit keeps it, -1 where less does."""
        return np.array([1.0 if sense == "min" else -1.0 for sense in self.senses])

    def _limit(self, place: int, spec: DesignSpec) -> float:
        goal = spec.goals.get(self.metrics[place])
        limit = None if goal is None else goal.minimum if self.senses[place] == "min" else goal.maximum
        return float("nan") if limit is None else float(self.scales[place].normal(np.array(limit)))


def _limits(spec: DesignSpec) -> Iterator[tuple[str, Sense, float]]:
    for name, goal in spec.goals.items():
        if goal.minimum is not None:
            yield name, "min", goal.minimum
        if goal.maximum is not None:
            yield name, "max", goal.maximum


def _extended(x: Float[np.ndarray, "*n"], xs: Float[np.ndarray, "k"], ys: Float[np.ndarray, "k"]) -> np.ndarray:
    """Linear interpolation between the points, with the outermost slopes beyond them."""
    slopes = np.diff(ys) / np.diff(xs)
    place = np.clip(np.searchsorted(xs, x, "right") - 1, 0, len(slopes) - 1)
    return np.asarray(ys[place] + slopes[place] * (x - xs[place]))
