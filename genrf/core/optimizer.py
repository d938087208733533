"""Ask and tell: how every optimizer looks from outside. Points lie in the unit cube; all objectives are minimised."""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float

from genrf.core.space import Space


class AbstractSearch(ABC):
    """One running search. The state lives here; the settings stay in the optimizer that started it."""

    @abstractmethod
    def ask(self) -> Float[np.ndarray, "n d"]:
        """The points to be measured next."""

    @abstractmethod
    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        """What was measured at `U`, all of it finite: objectives `F` and constraints `G` (`G <= 0` is feasible)."""


class AbstractOptimizer(ABC):
    """Settings of a method, from which searches are started."""

    @abstractmethod
    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> AbstractSearch:
        """A new search in `space`. What was measured before may be told to it, best first, before it is asked."""
