"""Ask and tell: how every optimizer looks from outside. Points lie in the unit cube; all objectives are minimised."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from genrf.core.space import Space

Forecast = Callable[[Float[np.ndarray, "n d"]], tuple[Float[np.ndarray, "n m"], Float[np.ndarray, "n k"]]]

FAILED = 1e3  # each constraint of a design that could not be measured: beyond any that could


class AbstractSearch(ABC):
    """One running search. The state lives here; the settings stay in the optimizer that started it."""

    def foresee(self, forecast: Forecast) -> None:
        """A model says what objectives and constraints to expect at any points, right or not.

        It is given before anything is told, and only to be used by searches that can do with a wrong one.
        """
        return

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
        """What was measured at `U`, all of it finite: objectives `F` and constraints `G` (`G <= 0` is feasible).

        Of a design that could not be measured every constraint is `FAILED`, and the objectives say nothing.
        """


class AbstractOptimizer(ABC):
    """Settings of a method, from which searches are started."""

    @abstractmethod
    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> AbstractSearch:
        """A new search in `space`. What was measured before may be told to it, best first, before it is asked."""

    def looks(self, structures: int, budget: int) -> Sequence[int] | None:
        """After how many designs of the `budget` the worse of several structures leave; None for every few batches."""
        return None
