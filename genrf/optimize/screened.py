"""A pre-screen around any optimizer: of more points than are wanted, a cheap model chooses which are measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from genrf.core import pareto
from genrf.core.errors import ConfigError
from genrf.core.optimizer import FAILED, AbstractOptimizer, AbstractSearch, Forecast
from genrf.core.space import Space
from genrf.optimize.outcomes import Outcomes

_FIRST = 4  # designs per variable before the model is asked
_NEIGHBOURS = 64  # measured designs that a prediction rests on, which bounds its time
_MODEL: Mapping[str, Any] = {
    "kernel": "multiquadric", "epsilon": 1.0, "degree": 0, "smoothing": 1e-6,  # two designs may lie on one another
}  # fmt: skip


@dataclass(frozen=True)
class Screened(AbstractOptimizer):
    """`inner` is asked `factor` times for each batch, and the points that a model of what was measured expects most of
    are measured. A `share` of the batch, between 0 and 1, are the inner optimizer's own, whatever the model says of
    them: it learns most where it is wrong.

    The model interpolates each objective and limit through the nearest measured designs, in about a tenth
    of a millisecond for each point asked for. Where there is a forecast, it interpolates what that was off by, and
    chooses from the first batch on. Raises ConfigError for numbers that cannot be.
    """

    inner: AbstractOptimizer
    factor: int
    share: float

    def __post_init__(self) -> None:
        if not isinstance(self.inner, AbstractOptimizer):
            raise ConfigError(f"optimizer.inner must be an optimizer, got {type(self.inner).__name__}")
        if self.factor < 2:
            raise ConfigError(f"optimizer.factor must be at least 2, or there is nothing to choose, got {self.factor}")
        if not 0 <= self.share < 1:
            raise ConfigError(f"optimizer.share must be at least 0 and below 1, got {self.share:g}")

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> "ScreenedSearch":
        inner = self.inner.start(space, objectives, constraints, rng)
        return ScreenedSearch(self, inner, len(space), objectives, constraints)

    def looks(self, structures: int, budget: int) -> list[int] | None:
        found = self.inner.looks(structures, budget)
        return None if found is None else list(found)


class ScreenedSearch(AbstractSearch):
    """The inner search, and all that was told."""

    def __init__(
        self, settings: Screened, inner: AbstractSearch, dimensions: int, objectives: int, constraints: int
    ) -> None:
        self._settings = settings
        self._inner = inner
        self._U = np.empty((0, dimensions))
        self._F = np.empty((0, objectives))
        self._G = np.empty((0, constraints))
        self._forecast: Forecast | None = None
        self._foreseen = self._F, self._G  # at what was measured

    def foresee(self, forecast: Forecast) -> None:
        self._inner.foresee(forecast)
        self._forecast = forecast

    def ask(self) -> Float[np.ndarray, "n d"]:
        own = self._inner.ask()
        if self._forecast is None and self._measurable().sum() < _FIRST * self._U.shape[1]:
            return own
        kept = own[: round(self._settings.share * len(own))]
        others = [self._inner.ask() for _ in range(self._settings.factor - 1)]
        open_to_choice = np.vstack([own[len(kept) :], *others])
        return np.vstack([kept, open_to_choice[self._best(open_to_choice, len(own) - len(kept))]])

    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        self._inner.tell(U, F, G)
        self._U, self._F, self._G = np.vstack([self._U, U]), np.vstack([self._F, F]), np.vstack([self._G, G])
        if self._forecast:
            self._foreseen = _stacked(self._foreseen, self._forecast(U))

    def _best(self, points: Float[np.ndarray, "n d"], count: int) -> Int[np.ndarray, "c"]:
        """The points that are expected to come first in the order of constrained domination."""
        there = self._measurable()
        outcomes, Y = self._expected(there, points)
        beyond = [limit.sign * (-Y[:, limit.column] - limit.threshold) for limit in outcomes.limits]
        violation = np.sum(np.maximum(beyond, 0.0), axis=0) if beyond else np.zeros(len(points))
        if not there.all():
            fails = _predicted(self._U, np.where(there, -1.0, 1.0)[:, None], points)[:, 0]
            violation = violation + FAILED * np.maximum(fails, 0.0)
        return pareto.best_first(-Y[:, : outcomes.objectives], violation)[:count]

    def _expected(
        self, there: Bool[np.ndarray, "n"], points: Float[np.ndarray, "n d"]
    ) -> tuple[Outcomes, Float[np.ndarray, "n c"]]:
        """What the model makes of `points`, from the designs that are `there`."""
        U, measured = self._U[there], (self._F[there], self._G[there])
        if self._forecast is None:
            outcomes = Outcomes.of(*measured)
            return outcomes, _predicted(U, outcomes.Y, points)
        foreseen = self._foreseen[0][there], self._foreseen[1][there]
        outcomes = Outcomes.of(*_stacked(measured, foreseen, self._forecast(points)))  # all on the same scales
        Y, at_measured, at_points = np.split(outcomes.Y, [len(U), 2 * len(U)])
        return outcomes, at_points + (_predicted(U, Y - at_measured, points) if len(U) else 0.0)

    def _measurable(self) -> Bool[np.ndarray, "n"]:
        return ~np.all(self._G >= FAILED, axis=1) if self._G.shape[1] else np.ones(len(self._U), dtype=bool)


def _stacked(*told: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Objectives and constraints of one after the other."""
    return np.vstack([F for F, _ in told]), np.vstack([G for _, G in told])


def _predicted(
    U: Float[np.ndarray, "k d"], Y: Float[np.ndarray, "k c"], points: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, "n c"]:
    """Y at `points`: multiquadrics of the cube's width through the nearest of `U` (Hardy, J. Geophys. Res. 76 (1971)
    1905), which need no fitting of scales.
    """
    from scipy.interpolate import RBFInterpolator

    neighbours = min(_NEIGHBOURS, len(U))
    return np.asarray(RBFInterpolator(U, Y, neighbors=neighbours, **_MODEL)(points))
