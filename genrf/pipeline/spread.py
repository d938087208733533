"""Which points of a picture to keep, where it has too many: those that lie farthest apart, its edges first."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float


def scaled(fronts: Sequence[Float[np.ndarray, "_ m"]]) -> list[Float[np.ndarray, "_ m"]]:
    """The points of each front as shares of each column's range over all; zero for what is not finite."""
    every = np.concatenate(fronts)
    every = every[np.isfinite(every).all(axis=1)]
    span = np.ptp(every, axis=0) if len(every) else np.ones(every.shape[1])
    return [np.where(np.isfinite(one), one, 0.0) / np.where(span > 0, span, 1.0) for one in fronts]


def farthest_first(points: Float[np.ndarray, "n m"], first: Sequence[int]) -> Iterator[int]:
    """The numbers of all points: `first`, then the ends of each column, then each the farthest from all before.

    Source: Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5. Cost O(k n m) for the first k.
    """
    if not len(points):
        return
    ends = [int(choose(column)) for column in points.T for choose in (np.argmin, np.argmax)]
    begun, apart = list(dict.fromkeys([*first, *ends])), np.full(len(points), np.inf)
    for step in range(len(points)):
        number = begun[step] if step < len(begun) else int(np.argmax(apart))
        yield number
        apart = np.minimum(apart, np.linalg.norm(points - points[number], axis=1))
        apart[number] = -np.inf  # never again, though others lie on it
