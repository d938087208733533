"""NSGA-II by pymoo, behind ask and tell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.optimizer import AbstractOptimizer, AbstractSearch
from genrf.core.space import Space


@dataclass(frozen=True)
class NSGA2(AbstractOptimizer):
    """Elitist genetic search with non-dominated sorting and constrained domination (Deb et al. 2002,
    doi:10.1109/4235.996017).
    """

    population: int
    crossover_eta: float = 15.0  # distribution index of simulated binary crossover
    mutation_eta: float = 20.0  # as in the paper

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> "NSGA2Search":
        return NSGA2Search(self, len(space), objectives, constraints, rng)


class NSGA2Search(AbstractSearch):
    """One population. The best of what is told before the first `ask` are its first generation."""

    def __init__(self, settings: NSGA2, dimensions: int, objectives: int, constraints: int, rng: np.random.Generator):
        self._settings = settings
        self._problem = _problem(dimensions, objectives, constraints)
        self._rng = rng
        self._algorithm: Any = None
        self._asked: Any = None

    def ask(self) -> Float[np.ndarray, "n d"]:
        if self._algorithm is None:
            self._algorithm = self._begin(self._rng.random((self._settings.population, self._problem.n_var)))
        self._asked = self._algorithm.ask()
        return np.asarray(self._asked.get("X"), dtype=float)

    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        if self._algorithm is None:
            U, F, G = (rows[: self._settings.population] for rows in (U, F, G))
            self._algorithm = self._begin(U)
            self._asked = self._algorithm.ask()
        if len(F) < len(self._asked):  # the budget ended inside a generation
            self._asked = self._asked[: len(F)]
        self._asked.set("F", F, "G", G)
        for individual in self._asked:
            individual.evaluated.update({"F", "G", "H"})
        self._algorithm.tell(infills=self._asked)

    def _begin(self, first: Float[np.ndarray, "n d"]) -> Any:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.core.termination import NoTermination
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM

        algorithm = Algorithm(
            pop_size=self._settings.population,
            sampling=first,
            crossover=SBX(eta=self._settings.crossover_eta, prob=0.9),
            mutation=PM(eta=self._settings.mutation_eta),
        )
        algorithm.setup(self._problem, termination=NoTermination(), seed=int(self._rng.integers(2**31)), verbose=False)
        return algorithm


def _problem(dimensions: int, objectives: int, constraints: int) -> Any:
    from pymoo.core.problem import Problem

    return Problem(n_var=dimensions, n_obj=objectives, n_ieq_constr=constraints, xl=0.0, xu=1.0)
