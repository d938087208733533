"""Bayesian optimization: what its models are shown, where it searches, and what comes of it."""

import logging
import sys

import numpy as np
import pytest

from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.optimizer import FAILED
from genrf.core.pareto import hypervolume
from genrf.core.space import Choice, Integer, Real, Space
from genrf.optimize import bayesian
from genrf.optimize.bayesian import BayesianOptimizer
from genrf.optimize.outcomes import Outcomes
from genrf.optimize.regions import Region, centres, improved
from genrf.optimize.sobol import Random

OPTIMIZER = BayesianOptimizer(batch=4, most=60, local=20)


def space(dimensions):
    return Space(tuple(Real(f"x{i}", 0, 1) for i in range(dimensions)))


def zdt1(U):
    """Zitzler, Deb, Thiele 2000, with the reference point (1.1, 1.1) as limits: hypervolume 1.21 - 1/3 = 0.8767."""
    g = 1 + 9 * U[:, 1:].mean(axis=1)
    F = np.column_stack([U[:, 0], g * (1 - np.sqrt(U[:, 0] / g))])
    return F, (F - 1.1) / 1.1


def searched(optimizer, measure, where, budget, constraints=2, seed=1):
    search, F, G, U = optimizer.start(where, 2, constraints, np.random.default_rng(seed)), [], [], []
    while sum(map(len, F)) < budget:
        U.append(search.ask())
        f, g = measure(U[-1])
        search.tell(U[-1], f, g)
        F.append(f)
        G.append(g)
    return np.concatenate(U), np.concatenate(F), np.concatenate(G)


@pytest.mark.slow
def test_it_finds_the_front_of_zdt1_where_chance_finds_nothing():
    volumes = []
    for optimizer in (OPTIMIZER, Random(4)):
        _, F, _ = searched(optimizer, zdt1, space(4), 23)
        volumes.append(hypervolume(F, np.array([1.1, 1.1])))
    assert 0.7 < volumes[0] <= 1.21 - 1 / 3 and volumes[0] > 2 * volumes[1]


@pytest.mark.parametrize(("batch", "kernels"), [(1, [False]), (4, [False, True, False, True])])
def test_both_kernels_choose_in_turn(batch, kernels, monkeypatch):
    asked = []

    def chosen(surrogate, box, *_):
        asked.append(surrogate.smooth)
        return box[:1] + 0.1 * len(asked)

    monkeypatch.setattr(bayesian, "best_design", chosen)
    search = BayesianOptimizer(batch, 60, 20).start(space(2), 2, 2, np.random.default_rng(1))
    search.tell(U := search.ask(), *zdt1(U))
    assert len(search.ask()) == batch and asked == kernels


@pytest.mark.slow
def test_the_same_seed_asks_for_the_same_and_another_for_others():
    runs = [searched(OPTIMIZER, zdt1, space(2), 17, seed=seed)[0] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


@pytest.mark.slow
def test_limits_are_respected_and_designs_that_fail_are_avoided():
    def measure(U):
        """Two objectives at odds along x, an allowed half of y, and a third of x where nothing can be measured."""
        F = np.column_stack([U[:, 0], 1 - U[:, 0]]) + U[:, 1:]
        G = np.column_stack([0.5 - U[:, 1], np.zeros(len(U))])
        failed = U[:, 0] > 2 / 3
        return np.where(failed[:, None], 0.0, F), np.where(failed[:, None], FAILED, G)

    U, _, G = searched(OPTIMIZER, measure, space(2), 33)
    late = slice(-16, None)
    assert (G[late, 0] <= 0.0).mean() > 0.7  # of points by chance, a third
    assert (U[late, 0] <= 2 / 3 + 0.02).mean() > 0.8
    assert U[late, 1].mean() < 0.65  # at the limit, where the objectives are best


@pytest.mark.parametrize("doubt", [0.0, None])
def test_who_knows_a_piece_of_the_front_looks_for_others(doubt, monkeypatch):
    """Of a front along x what lies at 0.4 to 0.6 is feasible and well known; one of four designs tries its very end."""
    if doubt is not None:
        monkeypatch.setattr(bayesian, "_DOUBT", doubt)

    def measure(U):
        F = np.column_stack([U[:, 0], 1 - U[:, 0]]) + (U[:, 1:] - 0.5) ** 2
        return F, np.column_stack([np.expm1(30 * (np.abs(U[:, 0] - 0.5) - 0.1)), (F - 1.1) / 1.1])

    x = np.concatenate([np.linspace(0.41, 0.59, 10), [0.05, 0.2, 0.33, 0.67, 0.8, 0.95]])
    U = np.column_stack([x, np.full(len(x), 0.5)])
    search = OPTIMIZER.start(space(2), 2, 3, np.random.default_rng(1))
    search.tell(U, *measure(U))
    away = np.abs(search.ask()[:, 0] - 0.5)
    assert (away[:3] < 0.15).all() and (away[3] == 0.5) == (doubt is None)


@pytest.mark.slow
def test_whole_numbers_and_choices_are_asked_for_as_they_are_built():
    where = Space((Integer("n", 1, 4), Choice("c", (1.0, 2.0, 5.0)), Real("x", 0, 1)))

    def measure(U):
        return np.column_stack([U[:, 2], 1 - U[:, 0]]) + U[:, 1:2], -np.ones((len(U), 1))

    U, F, _ = searched(OPTIMIZER, measure, where, 24, constraints=1)
    again = np.array([where.encode(where.decode(u)) for u in U])
    np.testing.assert_allclose(U, again, atol=1e-9)
    assert F[-8:, 0].min() < 0.3


@pytest.mark.slow
def test_one_objective_and_many_have_their_own_improvement(caplog):
    for objectives in (1, 5):
        search = OPTIMIZER.start(space(2), objectives, 0, np.random.default_rng(0))
        U = np.random.default_rng(1).random((12, 2))
        F = U.sum(axis=1, keepdims=True) + U[:, :1] * np.arange(objectives)
        search.tell(U, F, np.zeros((12, 0)))
        with caplog.at_level(logging.DEBUG, "genrf"):
            asked = search.ask()
        assert asked.shape == (4, 2) and asked[0].sum() < U.sum(axis=1).min()  # all objectives are least at the origin
    assert "bayesian: 4 designs, 12 known: " in caplog.text


@pytest.mark.slow
def test_many_variables_are_searched_in_regions_around_the_front():
    optimizer = BayesianOptimizer(batch=2, most=30, local=3)
    search = optimizer.start(space(4), 2, 2, np.random.default_rng(0))
    U = np.random.default_rng(1).random((40, 4))
    search.tell(U, *zdt1(U))
    search._regions = [Region(0.1, 2), Region(0.1, 2)]
    F, G = zdt1(U)
    around = U[centres(F, np.maximum(G, 0).sum(axis=1), 2)]
    asked = search.ask()
    assert np.abs(asked - around).max() <= 0.05 + 1e-9


@pytest.mark.parametrize("dimensions", [20, 21])
def test_beyond_so_many_variables_and_not_before_designs_come_from_regions(dimensions, monkeypatch):
    boxes = []

    def chosen(surrogate, box, *_):
        boxes.append(box)
        return box.mean(axis=0, keepdims=True)

    monkeypatch.setattr(bayesian, "best_design", chosen)
    search = OPTIMIZER.start(space(dimensions), 2, 2, np.random.default_rng(0))
    search.tell(U := np.random.default_rng(1).random((12, dimensions)), *zdt1(U))
    assert len(search.ask()) == len(boxes) == 4
    if dimensions == 20:
        np.testing.assert_array_equal(boxes, np.broadcast_to([[[0.0], [1.0]]], (4, 2, 20)))
        return
    around = U[centres(zdt1(U)[0], np.maximum(zdt1(U)[1], 0).sum(axis=1), 2)]
    for box, centre in zip(boxes, around[[0, 0, 1, 1]], strict=True):  # two regions share a batch
        # Eriksson et al., NeurIPS 2019: a trust region begins with sides of 0.8
        np.testing.assert_allclose(box, np.clip([centre - 0.4, centre + 0.4], 0, 1), atol=1e-12)


def test_before_anything_is_known_it_spreads_its_designs():
    search = OPTIMIZER.start(space(3), 2, 1, np.random.default_rng(0))
    first = search.ask()
    assert first.shape == (8, 3)
    search.tell(first, np.zeros((8, 2)), np.full((8, 1), FAILED))
    assert search.ask().shape == (4, 3)  # none could be measured


def test_of_too_many_designs_the_models_see_the_best_and_some_others():
    search = OPTIMIZER.start(space(2), 2, 2, np.random.default_rng(0))
    U = np.random.default_rng(1).random((500, 2))
    search.tell(U, *zdt1(U))
    seen = search._seen()
    best = centres(zdt1(U)[0], np.maximum(zdt1(U)[1], 0).sum(axis=1), 5)
    assert len(seen) == 60 == len(set(seen)) and set(best) <= set(seen)


def test_a_limit_on_an_objective_needs_no_model_and_the_order_is_kept():
    rng = np.random.default_rng(3)
    F = np.column_stack([rng.standard_normal(50), rng.standard_normal(50) ** 9])  # the second has far outliers
    g = rng.standard_normal(50)
    found = Outcomes.of(F, np.column_stack([(F[:, 0] - 0.3) / 2, (0.1 - F[:, 1]) * 4, g, np.full(50, -1.0)]))
    assert found.Y.shape == (50, 3) and [limit.column for limit in found.limits] == [0, 1, 2]
    np.testing.assert_allclose(found.Y.mean(axis=0), 0, atol=1e-12)
    for column, f in enumerate(F.T):
        np.testing.assert_array_equal(np.argsort(-found.Y[:, column]), np.argsort(f))
    assert [found.keeps(y) for y in found.Y] == ((F[:, 0] <= 0.3) & (F[:, 1] >= 0.1) & (g <= 0)).tolist()
    assert np.abs(found.Y[:, 1]).max() < 10 < np.abs(F[:, 1] / F[:, 1].std()).max() * 2


def test_a_region_doubles_after_three_successes_and_halves_after_its_patience():
    region = Region(0.4, patience=2)
    for _ in range(3):
        region = region.after(True)
    assert region.length == 0.8
    for _ in range(2):
        region = region.after(False)
    assert region.length == 0.4 and region.failures == 0
    assert Region(0.5**7, patience=1).after(False).length == 0.8  # too small to matter: it begins anew
    np.testing.assert_allclose(Region(0.4, 1).box(np.array([0.1, 0.5])), [[0.0, 0.3], [0.3, 0.7]])


def test_a_success_is_a_larger_front_or_a_smaller_violation():
    F = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.05, 1.05]])
    assert improved(F, np.zeros(4), 2, [np.array([2]), np.array([3])]) == [True, False]
    assert improved(F, np.array([2.0, 1.0, 0.5, 1.5]), 2, [np.array([2]), np.array([3])]) == [True, False]


def test_without_botorch_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(bayesian, "find_spec", lambda name: None)
    with pytest.raises(ToolNotFound, match=r"needs the package botorch; pip install genrf\[bayesian\]"):
        BayesianOptimizer(4, 300, 20)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((0, 300, 20), "optimizer.batch must be at least 1, got 0"),
        ((4, 5, 20), "optimizer.most must be at least 10, got 5"),
    ],
)
def test_numbers_that_cannot_be_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        BayesianOptimizer(*settings)


def test_neither_torch_nor_botorch_is_imported_for_the_name():
    import subprocess

    code = "import sys, genrf; genrf.BayesianOptimizer; print('torch' in sys.modules or 'botorch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
