"""Successive halving over structures, around any optimizer: after each rung of the budget the worse half goes."""

import math
from dataclasses import dataclass

import numpy as np

from genrf.core.errors import ConfigError
from genrf.core.optimizer import AbstractOptimizer, AbstractSearch
from genrf.core.space import Space


@dataclass(frozen=True)
class Halving(AbstractOptimizer):
    """`inner` searches each structure; all of them share each rung of the budget equally.

    There are as many rungs as halvings until one or two structures are left (Karnin, Koren, Somekh, Almost optimal
    exploration in multi-armed bandits, ICML 2013, algorithm 1), so that the last ones get as much as all first ones.
    Who is worse, and why the last two may both stay, says `genrf.optimize.race`.
    """

    inner: AbstractOptimizer

    def __post_init__(self) -> None:
        if not isinstance(self.inner, AbstractOptimizer):
            raise ConfigError(f"optimizer.inner must be an optimizer, got {type(self.inner).__name__}")

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> AbstractSearch:
        return self.inner.start(space, objectives, constraints, rng)

    def looks(self, structures: int, budget: int) -> list[int]:
        rungs = max(1, math.ceil(math.log2(structures)))
        return [budget * rung // rungs for rung in range(1, rungs)]
