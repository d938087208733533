"""Optimizers through ask and tell alone."""

import numpy as np
import pytest

from genrf.core.errors import ConfigError
from genrf.core.pareto import hypervolume
from genrf.core.space import Real, Space
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.nsga3 import NSGA3, directions
from genrf.optimize.sobol import Random, Sobol, sobol

SPACE = Space((Real("x", 0, 1), Real("y", 0, 1)))


def measure(U):
    """Two objectives at odds along x; y should be 0, and x + y at least 0.2."""
    F = np.column_stack([U[:, 0], 1 - U[:, 0]]) + U[:, 1:]
    return F, (0.2 - U.sum(axis=1))[:, None]


def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("optimizer", [NSGA2(16), NSGA3(16), Random(16), Sobol(16)])
def test_points_lie_in_the_unit_cube_and_the_same_seed_asks_for_the_same(optimizer):
    searches = [optimizer.start(SPACE, 2, 1, rng()) for _ in range(2)]
    for _ in range(4):
        one, two = (search.ask() for search in searches)
        assert one.shape[1] == 2 and one.min() >= 0 and one.max() <= 1
        np.testing.assert_array_equal(one, two)
        for search in searches:
            search.tell(one, *measure(one))


@pytest.mark.parametrize("optimizer", [NSGA2(20), NSGA3(20)])
def test_a_genetic_search_pushes_the_useless_variable_to_its_end(optimizer):
    search = optimizer.start(SPACE, 2, 1, rng())
    for _ in range(30):
        U = search.ask()
        search.tell(U, *measure(U))
    assert np.median(search.ask()[:, 1]) < 0.05


@pytest.mark.parametrize("optimizer", [NSGA2(20), NSGA3(20)])
def test_what_is_told_first_is_the_first_generation_and_costs_nothing(optimizer):
    known = np.column_stack([np.linspace(0.2, 1, 50), np.full(50, 0.01)])
    search = optimizer.start(SPACE, 2, 1, rng())
    search.tell(known, *measure(known))
    assert np.median(search.ask()[:, 1]) < 0.1  # offspring of what was told, not of chance


@pytest.mark.parametrize("optimizer", [NSGA2(20), NSGA3(20)])
def test_a_generation_may_be_cut_short_by_the_budget(optimizer):
    search = optimizer.start(SPACE, 2, 1, rng())
    search.tell((U := search.ask()), *measure(U))
    U = search.ask()[:7]
    search.tell(U, *measure(U))
    assert len(search.ask()) == 10  # half a population


def test_sobol_points_fill_every_stratum():
    # a (0, m, 2)-net in base 2 has one point in each of the 16 x 16 elementary boxes' 256 cells of either side
    points = sobol(2, 256, rng())
    cells = set(map(tuple, (points * 16).astype(int)))
    assert len(cells) == 256
    assert sobol(3, 100, rng()).shape == (100, 3)


def test_a_sobol_search_goes_on_along_one_sequence():
    # four batches of 64 are one net of 256 points, with one in each of the 16 x 16 boxes
    search = Sobol(64).start(SPACE, 2, 1, rng())
    points = np.concatenate([search.ask() for _ in range(4)])
    assert len(set(map(tuple, (points * 16).astype(int)))) == 256


def test_a_batch_that_unbalances_the_sequence_is_named():
    with pytest.raises(ConfigError, match="optimizer.batch: a Sobol sequence wants a power of two, got 60; take 64"):
        Sobol(60)


# Deb and Jain 2014, table I: 91 directions for 3 objectives, 210 for 5, 156 for 8 and 275 for 10 in two layers
@pytest.mark.parametrize(("objectives", "most", "count"), [(1, 20, 1), (3, 92, 91), (5, 212, 210), (8, 156, 156),
                                                           (10, 276, 275)])  # fmt: skip
def test_reference_directions_are_as_many_as_in_the_paper(objectives, most, count):
    found = directions(objectives, most)
    assert found.shape == (count, objectives)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert len(np.unique(found.round(9), axis=0)) == count


def test_a_population_smaller_than_the_objectives_is_named():
    with pytest.raises(ConfigError, match="optimizer.population: 5 objectives need at least as many, got 4"):
        NSGA3(4).start(SPACE, 5, 0, rng())


def test_nsga3_fills_the_sphere_of_four_objectives_better_than_chance():
    # DTLZ2 with four objectives, whose front is the unit sphere: 1 - pi^2/32 = 0.6916 lies beyond it in the unit cube
    space = Space(tuple(Real(f"x{i}", 0, 1) for i in range(8)))
    volumes = []
    for optimizer in (NSGA3(60), Random(60)):
        search, found = optimizer.start(space, 4, 0, rng()), []
        while sum(map(len, found)) < 2400:
            U = search.ask()
            found.append(dtlz2(U, 4))
            search.tell(U, found[-1], np.zeros((len(U), 0)))
        volumes.append(hypervolume(np.concatenate(found), np.ones(4)))
    best = 1 - np.pi**2 / 32
    assert 0 < best - volumes[0] < 0.4 * (best - volumes[1])


def test_nsga3_keeps_a_design_near_each_of_its_directions():
    """Deb and Jain 2014, equation 8: on the sphere of DTLZ2 a direction z aims at z / |z|."""
    search = NSGA3(28).start(Space(tuple(Real(f"x{i}", 0, 1) for i in range(4))), 3, 0, rng())
    for _ in range(100):
        U = search.ask()
        search.tell(U, dtlz2(U, 3), np.zeros((len(U), 0)))
    aims = directions(3, 28)
    aims /= np.linalg.norm(aims, axis=1, keepdims=True)
    kept = search._algorithm.pop.get("F")
    nearest = np.linalg.norm(kept - aims[:, None], axis=2).min(axis=1)
    apart = np.linalg.norm(aims - aims[:, None], axis=2)[np.triu_indices(28, 1)].min()
    assert len(kept) == 28 and nearest.mean() < apart / 4  # of as many points by chance about two thirds


def dtlz2(U, objectives):
    """Deb, Thiele, Laumanns, Zitzler, CEC 2002: all objectives minimised, g over the variables beyond the angles."""
    angles, rest = U[:, : objectives - 1] * np.pi / 2, U[:, objectives - 1 :]
    F = np.tile(1 + np.sum((rest - 0.5) ** 2, axis=1)[:, None], objectives)
    for i in range(objectives):
        F[:, i] *= np.prod(np.cos(angles[:, : objectives - 1 - i]), axis=1)
        F[:, i] *= np.sin(angles[:, objectives - 1 - i]) if i else 1.0
    return F
