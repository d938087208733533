import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genrf.core import pareto

POINTS = arrays(float, (20, 3), elements=st.floats(0, 1, width=16))


def dominates(a, b):
    return np.all(a <= b) and np.any(a < b)


@given(POINTS)
def test_no_row_of_the_front_is_dominated_and_all_others_are(F):
    on_front = pareto.front(F, np.zeros(len(F)))
    for i, f in enumerate(F):
        dominated = any(dominates(g, f) for g in F)
        twin_before = any(np.array_equal(F[j], f) for j in range(i))
        assert on_front[i] == (not dominated and not twin_before)


def test_an_infeasible_row_is_never_on_the_front():
    F = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert pareto.front(F, np.array([0.1, 0.0])).tolist() == [False, True]
    assert not pareto.front(F, np.array([0.1, np.inf])).any()


def test_hypervolume_of_zdt1_front():
    # f2 = 1 - sqrt(f1) on [0, 1] (Zitzler, Deb, Thiele 2000): the area below (1, 1) is the integral of sqrt, 2/3
    f1 = np.linspace(0, 1, 20001)
    assert pareto.hypervolume(np.column_stack([f1, 1 - np.sqrt(f1)]), np.array([1.0, 1.0])) == pytest.approx(
        2 / 3, abs=1e-4
    )


def test_best_first_follows_constrained_domination():
    F = np.array([[0.5, 0.5], [0.0, 1.0], [9.0, 9.0], [0.6, 0.6], [0.0, 0.0], [np.inf, np.inf]])
    violation = np.array([0.0, 0.0, 0.3, 0.0, 0.1, np.inf])
    order = pareto.best_first(F, violation).tolist()
    assert set(order[:2]) == {0, 1} and order[2:] == [3, 4, 2, 5]


def test_the_knee_is_the_row_nearest_to_the_ideal_point():
    F = np.array([[0.0, 100.0], [1.0, 0.0], [0.2, 20.0], [0.5, 40.0]])
    assert pareto.knee(F, np.arange(4)) == 2
    assert pareto.knee(F, np.array([0, 3])) == 3


def test_without_a_feasible_row_the_least_violation_comes_first():
    assert pareto.best_first(np.zeros((3, 2)), np.array([2.0, np.inf, 1.0])).tolist() == [2, 0, 1]
