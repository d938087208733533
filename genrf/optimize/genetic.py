"""The genetic algorithms of pymoo behind ask and tell: one population, whatever selects its survivors."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.optimizer import AbstractSearch

Make = Callable[[Float[np.ndarray, "n d"]], Any]  # from a first generation to an algorithm of pymoo


class GeneticSearch(AbstractSearch):
    """One population. The best of what is told before the first `ask` are its first generation."""

    def __init__(
        self, make: Make, population: int, dimensions: int, objectives: int, constraints: int, rng: np.random.Generator
    ) -> None:
        self._make = make
        self._population = population
        self._problem = _problem(dimensions, objectives, constraints)
        self._rng = rng
        self._algorithm: Any = None
        self._asked: Any = None

    def ask(self) -> Float[np.ndarray, "n d"]:
        if self._algorithm is None:
            self._algorithm = self._begin(self._rng.random((self._population, self._problem.n_var)))
        self._asked = self._algorithm.ask()
        return np.asarray(self._asked.get("X"), dtype=float)

    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        if self._algorithm is None:
            U, F, G = (rows[: self._population] for rows in (U, F, G))
            self._algorithm = self._begin(U)
            self._asked = self._algorithm.ask()
        told = self._told(U)
        told.set("F", F, "G", G)
        for individual in told:
            individual.evaluated.update({"F", "G", "H"})
        self._algorithm.tell(infills=told)

    def _told(self, U: Float[np.ndarray, "n d"]) -> Any:
        """What was asked for last, as far as it was measured; other points where these were."""
        from pymoo.core.population import Population

        asked = self._asked[: len(U)]  # shorter where the budget ended inside a generation
        return asked if np.array_equal(asked.get("X"), U) else Population.new(X=U)

    def _begin(self, first: Float[np.ndarray, "n d"]) -> Any:
        from pymoo.core.termination import NoTermination

        algorithm = self._make(first)
        algorithm.setup(self._problem, termination=NoTermination(), seed=int(self._rng.integers(2**31)), verbose=False)
        return algorithm


def _problem(dimensions: int, objectives: int, constraints: int) -> Any:
    from pymoo.core.problem import Problem

    return Problem(n_var=dimensions, n_obj=objectives, n_ieq_constr=constraints, xl=0.0, xu=1.0)
