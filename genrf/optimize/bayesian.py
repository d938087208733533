"""Bayesian optimization by BoTorch, behind ask and tell: for designs that take seconds each."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
from jaxtyping import Bool, Float, Int

from genrf.core import pareto
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.optimizer import FAILED, AbstractOptimizer, AbstractSearch
from genrf.core.space import Choice, Real, Space
from genrf.optimize.acquisition import best_design
from genrf.optimize.outcomes import Outcomes
from genrf.optimize.regions import Region, centres, improved, whole
from genrf.optimize.sobol import sobol
from genrf.optimize.surrogate import Surrogate, repeatable

log = logging.getLogger("genrf")

_FIRST = 2  # designs per variable before there is a model, where none were told
_REGIONS = 2  # boxes that share a batch
_DOUBT = 0.3  # of what models take for infeasible, once a piece of the front is known: there may be others
_DOUBTING = 4  # one design of so many is chosen with that doubt, and the others without


@dataclass(frozen=True)
class BayesianOptimizer(AbstractOptimizer):
    """Gaussian processes of all objectives and limits, and the designs of greatest expected hypervolume improvement.

    `batch` designs at a time, each chosen as if those before it had come out as expected. A model sees `most` designs
    at the most, which bounds the time of a batch: some 20 s of a processor with 300. With more than `local` variables
    the designs come from trust regions around points of the front.
    Raises ToolNotFound when BoTorch is not installed, ConfigError for numbers that cannot be.
    """

    batch: int
    most: int
    local: int

    def __post_init__(self) -> None:
        if find_spec("botorch") is None:
            raise ToolNotFound("optimizer=bayesian needs the package botorch; pip install genrf[bayesian]")
        for name, least in {"batch": 1, "most": 10, "local": 0}.items():
            if getattr(self, name) < least:
                raise ConfigError(f"optimizer.{name} must be at least {least}, got {getattr(self, name)}")

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> "BayesianSearch":
        return BayesianSearch(self, space, objectives, constraints, rng)


class BayesianSearch(AbstractSearch):
    """All that was told, and the trust regions. Counts bound its time, not a clock: it repeats itself exactly."""

    def __init__(
        self, settings: BayesianOptimizer, space: Space, objectives: int, constraints: int, rng: np.random.Generator
    ) -> None:
        self._settings = settings
        self._space = space
        self._rng = rng
        self._free = np.array([isinstance(variable, Real) for variable in space.variables])
        self._choices = {
            column: tuple(variable.encode(value) for value in variable.options)
            for column, variable in enumerate(space.variables)
            if isinstance(variable, Choice) and len(variable.options) > 2
        }
        self._U = np.empty((0, len(space)))
        self._F = np.empty((0, objectives))
        self._G = np.empty((0, constraints))
        self._chosen = 0
        local = len(space) > settings.local
        self._regions = [Region.fresh(len(space), settings.batch)] * min(_REGIONS, settings.batch) if local else []

    def ask(self) -> Float[np.ndarray, "n d"]:
        begin, first = time.perf_counter(), _FIRST * (len(self._space) + 1)
        if self._measurable().sum() < 2:
            count = self._settings.batch if len(self._U) else first
            return self._snapped(sobol(len(self._space), count, self._rng))
        with repeatable(int(self._rng.integers(2**31))):
            asked = np.vstack([self._batch(box, known, count) for box, known, count in self._boxes()])
        log.debug("bayesian: %d designs, %d known: %.2f s", len(asked), len(self._U), time.perf_counter() - begin)
        return asked

    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        before = len(self._U)
        self._U, self._F, self._G = np.vstack([self._U, U]), np.vstack([self._F, F]), np.vstack([self._G, G])
        if self._regions and before:
            shares = np.array_split(np.arange(before, len(self._U)), len(self._regions))
            better = improved(self._F, self._violation(), before, shares)
            self._regions = [region.after(success) for region, success in zip(self._regions, better, strict=True)]

    def _boxes(self) -> Iterator[tuple[Float[np.ndarray, "2 d"], Int[np.ndarray, "k"], int]]:
        """Where to search: a box, the designs that its models see, how many designs to ask for."""
        if not self._regions:
            yield whole(len(self._space)), self._seen(), self._settings.batch
            return
        around = self._U[centres(self._F, self._violation(), len(self._regions))]
        shares = np.array_split(np.arange(self._settings.batch), len(self._regions))
        for region, centre, share in zip(self._regions, around, shares, strict=False):
            away = np.abs(self._U - centre).max(axis=1)
            known = np.sort(np.argsort(away, kind="stable")[: self._settings.most])
            yield region.box(centre), known, len(share)

    def _seen(self) -> Int[np.ndarray, "k"]:
        """Which designs the models see: of too many the best half, and others by chance."""
        most, order = self._settings.most, pareto.best_first(self._F, self._violation())
        if len(order) <= most:
            return np.arange(len(order))
        others = self._rng.choice(order[most // 2 :], most - most // 2, replace=False)
        return np.sort(np.concatenate([order[: most // 2], others]))

    def _batch(
        self, box: Float[np.ndarray, "2 d"], known: Int[np.ndarray, "k"], count: int
    ) -> Float[np.ndarray, "n d"]:
        """Models with either kernel choose in turn: neither is right everywhere, and each looks elsewhere.

        One design of some doubts them: to believe them is to stay with the piece of the front that is known.
        """
        models = [replace(self._surrogate(known), smooth=smooth).fitted() for smooth in (False, True)[:count]]
        chosen: list[Float[np.ndarray, "1 d"]] = []
        for place in range(count):
            self._chosen += 1
            doubt = 0.0 if self._chosen % _DOUBTING else _DOUBT
            chosen.append(best_design(models[place % len(models)], box, self._snapped, self._free, self._rng, doubt))
            models = [model.believing(chosen[-1]) for model in models] if place < count - 1 else models
        return np.vstack(chosen)

    def _surrogate(self, known: Int[np.ndarray, "k"]) -> Surrogate:
        there = self._measurable()
        good = known[there[known]]
        outcomes = Outcomes.of(self._F[good], self._G[good])
        measurable = np.where(there[known], 1.0, -1.0)
        return Surrogate(outcomes, self._U[good], self._U[known], measurable, self._choices)

    def _measurable(self) -> Bool[np.ndarray, "n"]:
        """Which designs could be measured; without any constraint there is no telling."""
        return ~np.all(self._G >= FAILED, axis=1) if self._G.shape[1] else np.ones(len(self._U), dtype=bool)

    def _violation(self) -> Float[np.ndarray, "n"]:
        return np.asarray(np.maximum(self._G, 0.0).sum(axis=1))

    def _snapped(self, U: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """`U` where whole numbers and choices lie in the middle of their shares, so that models see what is built."""
        U = np.array(U)
        for column in np.flatnonzero(~self._free):
            variable = self._space.variables[column]
            U[:, column] = [variable.encode(variable.decode(float(u))) for u in U[:, column]]
        return U
