"""Problems with known fronts, and an amplifier, all as one function of points in the unit cube.

The reference point of the hypervolume is a limit on each objective, as a spec has limits: every method is told of it in
the way it has for that. Reference points and largest hypervolumes are those of botorch.test_functions.multi_objective
unless said otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import gamma, pi

import numpy as np

from genrf.core.space import Choice, Integer, Real, Space

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


def dtlz2_many(U: np.ndarray) -> Measured:
    """DTLZ2 with four objectives: a piece of the unit sphere."""
    g = ((U[:, 3:] - 0.5) ** 2).sum(axis=1)
    angles = U[:, :3] * np.pi / 2
    ones = np.ones((len(U), 1))
    cosines = np.hstack([np.cumprod(np.cos(angles), axis=1)[:, ::-1], ones])
    sines = np.hstack([ones, np.sin(angles)[:, ::-1]])
    return (1 + g)[:, None] * cosines * sines, _none(U)


def dtlz2_mixed(U: np.ndarray) -> Measured:
    """DTLZ2 of two real variables, two whole numbers and a choice whose options have no order.

    The front is that of `dtlz2`, at 5 of 0 to 10 and the one good option.
    """
    values = np.array([list(one.values()) for one in MIXED.decode_all(U)])
    steps, option = values[:, 2:4] / 10, values[:, 4].astype(int)
    offsets = np.array([0.3, 0.5, 0.1, 0.4])[option]  # 0.5 is best, as for the others
    return dtlz2(np.column_stack([values[:, :2], steps, offsets]))


_REAL, _WHOLE = (Real("x0", 0.0, 1.0), Real("x1", 0.0, 1.0)), (Integer("n0", 0, 10), Integer("n1", 0, 10))
MIXED = Space((*_REAL, *_WHOLE, Choice("option", (0, 1, 2, 3))))


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

_SPHERE = pi**2 / (gamma(3.0) * 2**4)  # the part of the unit ball in four dimensions where nothing is negative
LARGE = (
    Benchmark("zdt1, 30 variables", _cube(30), np.array([1.1, 1.1]), 0, zdt1, 1.21 - 1 / 3),
    Benchmark("dtlz2, 4 objectives", _cube(8), np.full(4, 1.1), 0, dtlz2_many, 1.1**4 - _SPHERE),
    Benchmark("dtlz2, mixed", MIXED, np.array([1.1, 1.1]), 0, dtlz2_mixed, 1.21 - np.pi / 4),
)
