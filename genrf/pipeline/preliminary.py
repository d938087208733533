"""Designs made on the way to another design, such as the stages of a chain: screened and searched, nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genrf.core.cache import Cache, Cached
from genrf.core.cluster import Dask
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.pools import pool
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.results import Results, Row
from genrf.core.units import quantity
from genrf.pipeline import stages
from genrf.pipeline.lab import Lab


@dataclass(frozen=True)
class Preliminary:
    """Searches problems with an optimizer, measured where the run's are; the cache alone keeps what it measures."""

    optimizer: AbstractOptimizer
    cache: Cache
    workers: int | str | None
    cluster: Dask | None
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
        memory = float("inf") if self.memory_limit is None else quantity(self.memory_limit, "memory_limit")
        with pool(problems, self.workers, self.cluster, self.time_limit, memory, budget) as processes:
            lab = Lab(problems, Cached(processes, self.cache, problems), _Nowhere(), _Nobody())
            screened = stages.simulate(lab, samples, rng)
            return stages.optimize(lab, screened, self.optimizer, max(0, budget - len(screened)), rng)


class _Nowhere:
    """Rows go nowhere."""

    def append(self, rows: Sequence[Row]) -> None:
        return


class _Nobody:
    """Nobody watches."""

    def saw(self, stage: str, problem: AbstractProblem, measured: Measurement) -> None:
        return

    def thought(self, seconds: float) -> None:
        return
