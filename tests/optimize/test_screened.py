"""A pre-screen: what it chooses, and that it pays where the model can know."""

import numpy as np
import pytest

from experiments.optimizers.methods import ours
from experiments.optimizers.problems import ANALYTIC
from genrf.core.errors import ConfigError
from genrf.core.optimizer import FAILED
from genrf.core.pareto import hypervolume
from genrf.core.space import Real, Space
from genrf.optimize.halving import Halving
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.screened import Screened, _predicted
from genrf.optimize.sobol import Random

SPACE = Space((Real("x", 0, 1), Real("y", 0, 1)))


def rng():
    return np.random.default_rng(3)


def valley(U):
    """One objective, the distance from (0.3, 0.7); y must not exceed 0.6."""
    return np.linalg.norm(U - [0.3, 0.7], axis=1)[:, None], (U[:, 1] - 0.6)[:, None]


def test_the_model_goes_through_what_was_measured_also_where_two_designs_are_one():
    U = rng().random((200, 3))
    U[1] = U[0]
    Y = np.column_stack([np.sin(3 * U).sum(axis=1), U @ [1.0, 2.0, -1.0]])
    np.testing.assert_allclose(_predicted(U, Y, U), Y, atol=1e-3)
    fresh = rng().random((50, 3)) * 0.6 + 0.2
    true = np.column_stack([np.sin(3 * fresh).sum(axis=1), fresh @ [1.0, 2.0, -1.0]])
    np.testing.assert_allclose(_predicted(U, Y, fresh), true, atol=0.05)  # of a range of 4


def test_of_many_points_those_are_measured_that_should_be_best():
    search = Screened(Random(16), 10, 0.25).start(SPACE, 1, 1, rng())
    known = rng().random((200, 2))
    search.tell(known, *valley(known))
    asked = search.ask()
    assert asked.shape == (16, 2)
    F, G = valley(asked[4:])  # a quarter is the inner optimizer's own
    assert (G <= 0.01).all() and F.max() < 0.3  # of 156 points at random a twelfth: the best 12 lie within about 0.22
    assert np.median(valley(asked[:4])[0]) > 0.2


def test_designs_that_could_not_be_measured_teach_where_not_to_look():
    search = Screened(Random(16), 10, 0.0).start(SPACE, 1, 2, rng())
    known = rng().random((300, 2))
    F, G = valley(known)
    failed = known[:, 0] < 0.4  # which is where the best would be
    G = np.column_stack([np.where(failed[:, None], FAILED, G), np.where(failed, FAILED, 0.0)])
    search.tell(known, np.where(failed[:, None], 0.0, F), G)
    assert (search.ask()[:, 0] > 0.38).all()


@pytest.mark.parametrize("inner", [NSGA2(12), Random(12)])
def test_the_same_seed_asks_for_the_same(inner):
    searches = [Screened(inner, 3, 0.25).start(SPACE, 1, 1, rng()) for _ in range(2)]
    for _ in range(4):
        one, two = (search.ask() for search in searches)
        assert one.shape[1] == 2 and one.min() >= 0 and one.max() <= 1
        np.testing.assert_array_equal(one, two)
        for search in searches:
            search.tell(one, *valley(one))


@pytest.mark.parametrize("name", ["zdt1", "dtlz2", "c2dtlz2"])
def test_on_equal_simulations_it_is_ahead_of_the_search_inside(name):
    (problem,) = (one for one in ANALYTIC if one.name == name)

    def volume(optimizer, seed):
        found = []

        def measure(U):
            F, G = problem.measure(U)
            found.append(np.where((G <= 0).all(axis=1)[:, None], F, problem.reference + 1))
            return F, G

        ours(optimizer, problem, measure, 200, seed)
        return hypervolume(np.vstack(found), problem.reference)

    plain, screened = (
        [volume(optimizer, seed) for seed in range(10, 15)] for optimizer in (NSGA2(20), Screened(NSGA2(20), 10, 0.25))
    )
    assert np.median(screened) > np.median(plain)


def test_structures_are_looked_at_when_the_inner_optimizer_says():
    assert Screened(Halving(NSGA2(20)), 4, 0.25).looks(4, 1000) == [500]
    assert Screened(NSGA2(20), 4, 0.25).looks(4, 1000) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inner": 3}, "optimizer.inner must be an optimizer, got int"),
        ({"factor": 1}, "optimizer.factor must be at least 2, or there is nothing to choose, got 1"),
        ({"share": 1.0}, "optimizer.share must be at least 0 and below 1, got 1"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        Screened(**{"inner": NSGA2(20), "factor": 4, "share": 0.25, **settings})


def test_a_forecast_chooses_before_anything_was_measured():
    search = Screened(Random(16), 10, 0.0).start(SPACE, 1, 1, rng())
    search.foresee(valley)
    F, G = valley(search.ask())
    assert (G <= 0).all() and F.max() < 0.36  # the best tenth of 160: half a disc of this radius, and a little


def test_what_was_measured_corrects_a_forecast():
    # the forecast's valley lies elsewhere, and it sees no limit
    search = Screened(Random(16), 10, 0.0).start(SPACE, 1, 1, rng())
    search.foresee(lambda U: (np.linalg.norm(U - [0.9, 0.1], axis=1)[:, None], np.full((len(U), 1), -1.0)))
    known = rng().random((200, 2))
    search.tell(known, *valley(known))
    F, G = valley(search.ask())
    assert (G <= 0.01).all() and F.max() < 0.36


def test_an_inner_search_is_told_of_the_forecast_too():
    search = Screened(Screened(Random(16), 10, 0.0), 2, 0.0).start(SPACE, 1, 1, rng())
    search.foresee(valley)
    assert valley(search.ask())[0].max() < 0.36
