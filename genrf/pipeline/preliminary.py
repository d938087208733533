"""Designs made on the way to another design, such as the stages of a chain: screened and searched, nothing written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genrf.core.cache import Cache, Cached
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.results import Results, Row
from genrf.core.units import quantity
from genrf.core.workers import Inline, Workers
from genrf.pipeline import stages
from genrf.pipeline.lab import Lab


@dataclass(frozen=True)
class Preliminary:
    """Searches problems with an optimizer over processes of its own; what it measures is kept in the cache alone."""

    optimizer: AbstractOptimizer
    cache: Cache
    workers: int | None
    time_limit: float
    memory_limit: Any

    def __call__(
        self, problems: Sequence[AbstractProblem], samples: int, budget: int, rng: np.random.Generator
    ) -> Results:
        """All designs that were measured: `samples` of each problem, then a search up to `budget` in all.

        Raises ToolNotFound when something outside is missing, GenrfError when all designs fail in the same way.
        """
        for problem in problems:
            problem.require()
        with self._pool(problems) as processes:
            lab = Lab(problems, Cached(processes, self.cache, problems), _Nowhere(), _Nobody())
            screened = stages.simulate(lab, samples, rng)
            return stages.optimize(lab, screened, self.optimizer, max(0, budget - len(screened)), rng)

    def _pool(self, problems: Sequence[AbstractProblem]) -> Inline | Workers:
        count = len(os.sched_getaffinity(0)) if self.workers is None else self.workers
        limit = float("inf") if self.memory_limit is None else quantity(self.memory_limit, "memory_limit")
        return Workers(problems, count, self.time_limit, limit) if count else Inline(problems)


class _Nowhere:
    """Rows go nowhere."""

    def append(self, rows: Sequence[Row]) -> None:
        return


class _Nobody:
    """Nobody watches."""

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None:
        return
