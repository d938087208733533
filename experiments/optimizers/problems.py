"""Problems with known fronts, and an amplifier, all as one function of points in the unit cube.

The reference point of the hypervolume is a limit on each objective, as a spec has limits: every method is told of it in
the way it has for that. Reference points and largest hypervolumes are those of botorch.test_functions.multi_objective
unless said otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genrf.core.space import Real, Space

Measured = tuple[np.ndarray, np.ndarray]  # objectives and constraints of each point, `G <= 0` feasible


@dataclass(frozen=True)
class Benchmark:
    """Objectives and constraints beside the limits on objectives, which `reference` says."""

    name: str
    space: Space
    reference: np.ndarray
    constraints: int
    measure: Callable[[np.ndarray], Measured]
    best: float | None = None  # hypervolume of the true front

    @property
    def objectives(self) -> int:
        return len(self.reference)


def zdt1(U: np.ndarray) -> Measured:
    """Zitzler, Deb, Thiele, Evolutionary Computation 8 (2000) 173: a convex front."""
    g = 1 + 9 * U[:, 1:].mean(axis=1)
    return np.column_stack([U[:, 0], g * (1 - np.sqrt(U[:, 0] / g))]), _none(U)


def zdt2(U: np.ndarray) -> Measured:
    """The same with a concave front."""
    g = 1 + 9 * U[:, 1:].mean(axis=1)
    return np.column_stack([U[:, 0], g * (1 - (U[:, 0] / g) ** 2)]), _none(U)


def dtlz2(U: np.ndarray) -> Measured:
    """Deb, Thiele, Laumanns, Zitzler, CEC 2002, with two objectives: a quarter of a circle."""
    g = ((U[:, 1:] - 0.5) ** 2).sum(axis=1)
    angle = U[:, 0] * np.pi / 2
    return np.column_stack([(1 + g) * np.cos(angle), (1 + g) * np.sin(angle)]), _none(U)


def c2dtlz2(U: np.ndarray) -> Measured:
    """Deb and Jain, IEEE Trans. Evol. Comput. 18 (2014) 602: three pieces of that circle."""
    F, _ = dtlz2(U)
    ends = np.minimum((F[:, 0] - 1) ** 2 + F[:, 1] ** 2, (F[:, 1] - 1) ** 2 + F[:, 0] ** 2) - 0.2**2
    middle = ((F - 1 / np.sqrt(2)) ** 2).sum(axis=1) - 2 * 0.2**2
    return F, np.minimum(ends, middle)[:, None]


def branin_currin(U: np.ndarray) -> Measured:
    """Belakaria, Deshwal, Doppa, NeurIPS 2019."""
    x, y = U[:, 0], U[:, 1]
    a, b = 15 * x - 5, 15 * y
    branin = (b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6) ** 2
    branin += 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10
    bent = 1 - np.exp(-1 / (2 * np.maximum(y, 1e-9)))
    currin = bent * (2300 * x**3 + 1900 * x**2 + 2092 * x + 60) / (100 * x**3 + 500 * x**2 + 4 * x + 20)
    return np.column_stack([branin, currin]), _none(U)


def _none(U: np.ndarray) -> np.ndarray:
    return np.empty((len(U), 0))


def _cube(dimensions: int) -> Space:
    return Space(tuple(Real(f"x{i}", 0.0, 1.0) for i in range(dimensions)))


ANALYTIC = (
    Benchmark("zdt1", _cube(6), np.array([1.1, 1.1]), 0, zdt1, 1.21 - 1 / 3),  # 1.1^2 less the area under 1 - sqrt(f)
    Benchmark("zdt2", _cube(6), np.array([1.1, 1.1]), 0, zdt2, 1.21 - 2 / 3),
    Benchmark("dtlz2", _cube(6), np.array([1.1, 1.1]), 0, dtlz2, 1.21 - np.pi / 4),
    Benchmark("c2dtlz2", _cube(6), np.array([1.1, 1.1]), 1, c2dtlz2, 0.3996406303723544),
    Benchmark("branin_currin", _cube(2), np.array([18.0, 6.0]), 0, branin_currin, 59.36011874867746),
)
