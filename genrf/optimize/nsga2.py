"""NSGA-II by pymoo, behind ask and tell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.optimizer import AbstractOptimizer
from genrf.core.space import Space
from genrf.optimize.genetic import GeneticSearch


@dataclass(frozen=True)
class NSGA2(AbstractOptimizer):
    """Elitist genetic search with non-dominated sorting and constrained domination (Deb et al. 2002,
    doi:10.1109/4235.996017).

    A generation is half a population, so that good designs have children sooner than in the paper: on equal designs
    the front comes further (experiments/optimizers).
    """

    population: int
    crossover_eta: float = 15.0  # distribution index of simulated binary crossover
    mutation_eta: float = 20.0  # as in the paper

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> GeneticSearch:
        return GeneticSearch(self._algorithm, self.population, len(space), objectives, constraints, rng)

    def _algorithm(self, first: Float[np.ndarray, "n d"]) -> Any:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM

        return Algorithm(
            pop_size=self.population,
            n_offsprings=max(1, self.population // 2),
            sampling=first,
            crossover=SBX(eta=self.crossover_eta, prob=0.9),
            mutation=PM(eta=self.mutation_eta),
        )
