"""Points spread evenly over a space, for screening and as an honest baseline."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError
from genrf.core.optimizer import AbstractOptimizer, AbstractSearch
from genrf.core.space import Space


def sobol(dimensions: int, count: int, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
    """`count` points of a scrambled Sobol sequence (Owen 1998; directions of Joe and Kuo 2008, as in SciPy)."""
    from scipy.stats import qmc  # half a second of import, wanted only here

    power = max(count - 1, 1).bit_length()  # whole powers of two keep the sequence balanced
    return np.asarray(qmc.Sobol(dimensions, rng=rng).random_base2(power))[:count]


@dataclass(frozen=True)
class Random(AbstractOptimizer):
    """Independent uniform points: what every other optimizer has to beat."""

    batch: int

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> "RandomSearch":
        return RandomSearch(len(space), self.batch, rng)


class _Blind(AbstractSearch):
    """Learns nothing from what it is told."""

    def tell(
        self,
        U: Float[np.ndarray, "n d"],
        F: Float[np.ndarray, "n m"],
        G: Float[np.ndarray, "n k"],
    ) -> None:
        pass


class RandomSearch(_Blind):
    """Draws on."""

    def __init__(self, dimensions: int, batch: int, rng: np.random.Generator) -> None:
        self._shape = (batch, dimensions)
        self._rng = rng

    def ask(self) -> Float[np.ndarray, "n d"]:
        return self._rng.random(self._shape)


@dataclass(frozen=True)
class Sobol(AbstractOptimizer):
    """One scrambled Sobol sequence, batch after batch: the most even spread that learns nothing.

    Raises ConfigError when `batch` is no power of two, which would leave the sequence unbalanced.
    """

    batch: int

    def __post_init__(self) -> None:
        if self.batch < 1 or self.batch & (self.batch - 1):
            near = 1 << max(self.batch, 1).bit_length()
            raise ConfigError(f"optimizer.batch: a Sobol sequence wants a power of two, got {self.batch}; take {near}")

    def start(self, space: Space, objectives: int, constraints: int, rng: np.random.Generator) -> "SobolSearch":
        return SobolSearch(len(space), self.batch, rng)


class SobolSearch(_Blind):
    """Goes on along its own sequence, whatever it is told."""

    def __init__(self, dimensions: int, batch: int, rng: np.random.Generator) -> None:
        from scipy.stats import qmc

        self._sequence = qmc.Sobol(dimensions, rng=rng)
        self._batch = batch

    def ask(self) -> Float[np.ndarray, "n d"]:
        return np.asarray(self._sequence.random(self._batch))
