"""Optimizers through ask and tell alone."""

import numpy as np
import pytest

from genrf.core.space import Real, Space
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.sobol import Random, sobol

SPACE = Space((Real("x", 0, 1), Real("y", 0, 1)))


def measure(U):
    """Two objectives at odds along x; y should be 0, and x + y at least 0.2."""
    F = np.column_stack([U[:, 0], 1 - U[:, 0]]) + U[:, 1:]
    return F, (0.2 - U.sum(axis=1))[:, None]


def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("optimizer", [NSGA2(20), Random(20)])
def test_points_lie_in_the_unit_cube_and_the_same_seed_asks_for_the_same(optimizer):
    searches = [optimizer.start(SPACE, 2, 1, rng()) for _ in range(2)]
    for _ in range(4):
        one, two = (search.ask() for search in searches)
        assert one.shape == (20, 2) and one.min() >= 0 and one.max() <= 1
        np.testing.assert_array_equal(one, two)
        for search in searches:
            search.tell(one, *measure(one))


def test_nsga2_pushes_the_useless_variable_to_its_end():
    search = NSGA2(20).start(SPACE, 2, 1, rng())
    for _ in range(30):
        U = search.ask()
        search.tell(U, *measure(U))
    assert np.median(search.ask()[:, 1]) < 0.05


def test_what_is_told_first_is_the_first_generation_and_costs_nothing():
    known = np.column_stack([np.linspace(0.2, 1, 50), np.full(50, 0.01)])
    search = NSGA2(20).start(SPACE, 2, 1, rng())
    search.tell(known, *measure(known))
    assert np.median(search.ask()[:, 1]) < 0.1  # offspring of what was told, not of chance


def test_a_generation_may_be_cut_short_by_the_budget():
    search = NSGA2(20).start(SPACE, 2, 1, rng())
    search.tell((U := search.ask()), *measure(U))
    U = search.ask()[:7]
    search.tell(U, *measure(U))
    assert search.ask().shape == (20, 2)


def test_sobol_points_fill_every_stratum():
    # a (0, m, 2)-net in base 2 has one point in each of the 16 x 16 elementary boxes' 256 cells of either side
    points = sobol(2, 256, rng())
    cells = set(map(tuple, (points * 16).astype(int)))
    assert len(cells) == 256
    assert sobol(3, 100, rng()).shape == (100, 3)
