"""How far limits lie from what designs reach together."""

import numpy as np
import pytest

from genrf.circuits.learned.reach import Reach

SIGNS = np.array([1.0, -1.0])  # at least the first, at most the second


def reach(learnt, held=(), signs=SIGNS):
    return Reach.of([np.array(learnt)], [np.array(held).reshape(-1, len(signs))], signs, 0)


def test_the_distance_is_that_to_the_nearest_design_over_all_limits_together():
    made = reach([[1.0, 1.0], [0.0, 0.0], [-1.0, 2.0]])  # the last one is bettered by both
    assert len(made.front) == 2
    assert made.distance(np.array([1.0, 1.0]), SIGNS) == 0.0
    assert made.distance(np.array([0.5, 0.5]), SIGNS) == pytest.approx(0.5)  # each of both misses one limit by it
    assert made.distance(np.array([4.0, -3.0]), SIGNS) == pytest.approx(5.0)  # (0, 0) is 4 and 3 short, (1, 1) 3 and 4
    assert made.distance(np.array([np.nan, -3.0]), SIGNS) == pytest.approx(3.0)  # what is open is not missed


def test_the_share_of_the_designs_that_keep_all_limits():
    made = reach(np.random.default_rng(0).standard_normal((200_000, 2)))
    # a quarter of two independent normals lies above 0 in one and below 0 in the other; 8,192 are looked at
    assert made.share(np.zeros(2), SIGNS) == pytest.approx(0.25, abs=0.02)
    assert made.share(np.full(2, np.nan), SIGNS) == 1.0


def test_a_metric_that_was_not_measured_keeps_no_limit():
    made = reach([[np.nan, 0.0], [-1.0, 1.0]])
    assert made.distance(np.array([-1.0, np.nan]), SIGNS) == 0.0
    assert made.distance(np.array([-1.0, 0.0]), SIGNS) == pytest.approx(1.0)
    assert made.share(np.array([-1.0, np.nan]), SIGNS) == 0.5


def test_designs_held_back_say_how_far_to_trust():
    # on the line y = x one design at 0: of a design at (d, d) the first metric is d short, the second kept
    held = np.linspace(0.0, 1.0, 1001)[1:, None] * np.array([1.0, 1.0])
    assert reach([[0.0, 0.0]], held).trusted == pytest.approx(0.95, abs=0.01)
    assert reach([[0.0, 0.0]], held[:5]).trusted == 0.5  # too few to tell


def test_a_range_leaves_out_a_thousandth_of_the_designs_at_either_end():
    # of 4,001 evenly spaced designs the fifth from either end; two more that were not measured do not count
    normals = np.r_[np.linspace(-2.0, 2.0, 4001), np.nan, np.nan]
    made = reach(np.stack([normals, np.full(len(normals), np.nan)], axis=1))
    assert made.ranges()[0] == pytest.approx([-1.996, 1.996], abs=0.006)
    assert np.isnan(made.ranges()[1]).all()
    assert reach([[0.0, 1.0], [1.0, 0.0]]).ranges() == pytest.approx(np.array([[0.0, 1.0]] * 2), abs=0.006)


def test_what_the_nearest_design_misses():
    made = reach([[1.0, 1.0], [0.0, 0.0], [np.nan, -3.0]])
    assert made.missed(np.array([1.0, 1.0]), SIGNS) == []
    assert made.missed(np.array([0.0, -0.5]), SIGNS) == [(1, 0.0)]
    assert made.missed(np.array([4.0, 0.0]), SIGNS) == [(0, 1.0), (1, 1.0)]  # 3 and 1 short, nearer than 4
    (first, normal), second = made.missed(np.array([-1.0, -20.0]), SIGNS)  # 8 for what it lacks, and 17: nearer than 20
    assert first == 0 and np.isnan(normal) and second == (1, -3.0)


def test_the_crowd_at_a_limit_keeps_it_in_16_bits():
    value = 0.123456789
    made = reach(np.full((3, 2), value))
    assert made.distance(np.full(2, value), SIGNS) == 0.0 and made.share(np.full(2, value), SIGNS) == 1.0
