"""Which points are kept of a picture that has too many."""

from itertools import islice

import numpy as np
import pytest

from genrf.pipeline.spread import farthest_first, scaled


def test_a_line_is_halved_and_halved_again():
    order = list(farthest_first(np.arange(17.0)[:, None], []))
    assert order[:3] == [0, 16, 8] and [set(order[3:5]), set(order[5:9])] == [{4, 12}, {2, 6, 10, 14}]
    assert sorted(order) == list(range(17))


def test_given_points_and_the_ends_of_each_metric_come_first():
    points = np.array([[0, 1], [0.5, 0.5], [0.4, 0.7], [1, 0], [0.6, 0.4]])
    assert list(islice(farthest_first(points, [4]), 3)) == [4, 0, 3]


def test_points_that_lie_on_each_other_come_once_each():
    order = list(farthest_first(np.array([[1.0, 2], [1, 2], [0, 3], [1, 2]]), [1]))
    assert (
        sorted(order) == [0, 1, 2, 3] and set(order[:2]) == {1, 2} and list(farthest_first(np.empty((0, 2)), [])) == []
    )


def test_a_crowd_does_not_hide_and_no_gap_is_twice_as_wide_as_another():
    """Gonzalez 1985: what is left out lies no farther from what is kept than the kept points from each other."""
    points = np.append(np.random.default_rng(0).normal(0, 0.01, (900, 2)), np.random.default_rng(1).random((100, 2)), 0)
    kept = points[list(islice(farthest_first(points, []), 60))]
    far = np.linalg.norm(kept[:, None] - kept, axis=2) + 10 * np.eye(60)
    left = np.linalg.norm(points[:, None] - kept, axis=2).min(axis=1)
    assert left.max() <= far[4:, 4:].min() + 1e-12


def test_metrics_count_by_their_range_over_all_fronts():
    one, other, none = scaled([np.array([[0, 1e9], [1, np.nan]]), np.array([[4, 3e9]]), np.empty((0, 2))])
    assert one == pytest.approx(np.array([[0, 0.5], [0.25, 0]])) and other == pytest.approx(np.array([[1, 1.5]]))
    assert none.shape == (0, 2)
