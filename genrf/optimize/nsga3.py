"""NSGA-III by pymoo, behind ask and tell: for more than three objectives."""

from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError
from genrf.core.optimizer import AbstractOptimizer
from genrf.core.space import Space
from genrf.optimize.genetic import GeneticSearch


@dataclass(frozen=True)
class NSGA3(AbstractOptimizer):
    """Genetic search that keeps a front spread by reference directions (Deb and Jain 2014,
    doi:10.1109/TEVC.2013.2281535; constraints as in part II, doi:10.1109/TEVC.2013.2281534).

    Where crowding sees all points as neighbours of none, with more than three objectives, directions still tell them
    apart. A generation is half a population, as NSGA2's here and for the same reason. Raises ConfigError when
    `population` is too small to hold one direction per objective.
    """

    population: int
    crossover_eta: float = 30.0  # as in the paper: far parents give near children where there are many objectives
    mutation_eta: float = 20.0

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> GeneticSearch:
        make = partial(self._algorithm, directions(objectives, self.population))
        return GeneticSearch(make, self.population, len(space), objectives, constraints, rng)

    def _algorithm(self, spread: Float[np.ndarray, "r m"], first: Float[np.ndarray, "n d"]) -> Any:
        from pymoo.algorithms.moo.nsga3 import NSGA3 as Algorithm
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM

        return Algorithm(
            ref_dirs=spread,
            pop_size=self.population,
            n_offsprings=max(1, self.population // 2),
            sampling=first,
            crossover=SBX(eta=self.crossover_eta, prob=1.0),
            mutation=PM(eta=self.mutation_eta),
        )


def directions(objectives: int, most: int) -> Float[np.ndarray, "r m"]:
    """At most `most` directions spread evenly over the unit simplex, each of sum one.

    The lattice of Das and Dennis (SIAM J. Optim. 8 (1998) 631) with as many steps as fit. With fewer steps than
    objectives it has no point inside, so a second layer lies at half the distance to the centre (Deb and Jain 2014,
    section V, for eight objectives and more). Raises ConfigError when `most` is less than the number of objectives.
    """
    if most < objectives:
        raise ConfigError(f"optimizer.population: {objectives} objectives need at least as many, got {most}")
    steps = _steps(objectives, most)
    outer = _lattice(objectives, steps)
    if steps >= objectives or len(outer) + objectives > most:
        return outer
    inner = _lattice(objectives, min(steps, _steps(objectives, most - len(outer))))
    return np.concatenate([outer, 0.5 * inner + 0.5 / objectives])


def _steps(objectives: int, most: int) -> int:
    """The most steps along an edge of the simplex whose lattice has at most `most` points."""
    steps = 1
    while objectives > 1 and comb(steps + objectives, objectives - 1) <= most:
        steps += 1
    return steps


def _lattice(objectives: int, steps: int) -> Float[np.ndarray, "r m"]:
    from pymoo.util.ref_dirs import get_reference_directions

    return np.asarray(get_reference_directions("das-dennis", objectives, n_partitions=steps))
