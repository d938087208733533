"""What was measured, as a Gaussian process likes it: a few columns of about unit spread, larger is better."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

_FENCE = 3.0  # interquartile ranges beyond the upper quartile: Tukey's outer fence
_SAME = 1e-9  # of a constraint's spread, within which it is the limit of an objective


@dataclass(frozen=True)
class Limit:
    """A limit on column `column` of minus `Y`: `sign * (-Y - threshold) <= 0` where it holds."""

    column: int
    sign: float
    threshold: float


@dataclass(frozen=True)
class Outcomes:
    """Columns to be modelled, all maximised: first the objectives, then the constraints that are no limit of one.

    `Y` has zero mean and unit spread. A few very bad designs would take all of a model's attention, so an objective
    grows with the logarithm only beyond Tukey's outer fence (Exploratory Data Analysis, 1977), a constraint with the
    logarithm on both sides of its limit (Eriksson and Poloczek, Scalable constrained Bayesian optimization, AISTATS
    2021, section 3). Both keep the order, and so the front and who is feasible.
    """

    Y: Float[np.ndarray, "n c"]
    limits: tuple[Limit, ...]
    objectives: int
    feasible: Bool[np.ndarray, "n"]

    @classmethod
    def of(cls, F: Float[np.ndarray, "n m"], G: Float[np.ndarray, "n k"]) -> "Outcomes":
        """From objectives and constraints (`G <= 0` is feasible) of designs that could be measured."""
        scales = [_Scale.of(f) for f in F.T]
        columns = [scale(f) for scale, f in zip(scales, F.T, strict=True)]
        limits: list[Limit] = []
        for g in G.T:
            owner = _owner(g, F)
            if owner is not None:
                column, slope, at = owner
                limits.append(Limit(column, float(np.sign(slope)), float(scales[column](np.array(at)))))
            elif np.ptp(g) > 0:  # what is the same for all tells nothing
                bent = np.sign(g) * np.log1p(np.abs(g))
                mean, spread = float(bent.mean()), float(bent.std())
                limits.append(Limit(len(columns), 1.0, -mean / spread))
                columns.append((bent - mean) / spread)
        return cls(-np.column_stack(columns), tuple(limits), F.shape[1], np.all(G <= 0, axis=1))

    def front(self) -> Float[np.ndarray, "n m"]:
        """The objectives' columns of the designs that keep every limit."""
        return self.Y[self.feasible, : self.objectives]

    def keeps(self, y: Float[np.ndarray, "c"]) -> bool:
        """Whether a design with these columns keeps every limit."""
        return all(limit.sign * (-y[limit.column] - limit.threshold) <= 0 for limit in self.limits)


@dataclass(frozen=True)
class _Scale:
    """One objective, bent beyond its fence, to zero mean and unit spread."""

    fence: float
    width: float
    mean: float
    spread: float

    @classmethod
    def of(cls, f: Float[np.ndarray, "n"]) -> "_Scale":
        low, high = np.percentile(f, [25, 75])
        width = float(high - low) or 1.0
        plain = cls(float(high) + _FENCE * width, width, 0.0, 1.0)
        bent = plain(f)
        return cls(plain.fence, width, float(bent.mean()), float(bent.std()) or 1.0)

    def __call__(self, f: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        beyond = np.maximum(f - self.fence, 0.0)
        bent = np.minimum(f, self.fence) + self.width * np.log1p(beyond / self.width)
        return np.asarray((bent - self.mean) / self.spread)


def _owner(g: Float[np.ndarray, "n"], F: Float[np.ndarray, "n m"]) -> tuple[int, float, float] | None:
    """The objective of which `g` is but the limit (`g = slope * (f - at)`), so that it needs no model of its own."""
    for column, f in enumerate(F.T):
        low, high = int(np.argmin(f)), int(np.argmax(f))
        if f[low] == f[high] or g[low] == g[high]:
            continue
        slope = float((g[high] - g[low]) / (f[high] - f[low]))
        if np.allclose(g, g[low] + slope * (f - f[low]), rtol=0.0, atol=_SAME * float(np.ptp(g))):
            return column, slope, float(f[low] - g[low] / slope)
    return None
