"""Limits drawn by chance, and what is bred under them."""

import numpy as np
import pytest

from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec
from genrf.pipeline.breeding import Limits, _least, bred

SPEC = DesignSpec("s", {"gain": {"min": 10, "objective": "maximize"}, "power": {"max": "10m"}, "s11": {"max": -10}})


def test_limits_lie_in_their_ranges_and_the_others_stay():
    rng = np.random.default_rng(0)
    limits = Limits.of(SPEC, {"gain": [5, 20], "s11": [-20, -8]}).draw(2000, rng)
    gain, power, s11 = limits.T
    assert 5 <= gain.min() < 5.1 and 19.9 < gain.max() <= 20
    assert -20 <= s11.min() < -19.9 and -8.1 < s11.max() <= -8
    np.testing.assert_allclose(power, 0.01)
    assert np.median(gain) == pytest.approx(10, rel=0.03)  # the middle of the logarithmic scale, not 12.5


def test_what_is_short_is_counted_relative_to_the_limit():
    limits = Limits.of(SPEC, {})
    found = np.array([[10.0, 0.01, -10.0], [5.0, 0.02, -12.0], [20.0, 0.005, -5.0], [np.nan] * 3])
    short = limits.short(found, np.array([[10.0, 0.01, -10.0]]))
    np.testing.assert_allclose(short, [[0.0, np.log(1.5) + np.log(2.0), np.log(1.5), np.inf]])


def test_children_gather_where_their_limits_are_kept():
    """One variable, gain 20 u: designs that have at least 15 lie above 0.75."""
    rng = np.random.default_rng(1)
    points = rng.random((200, 1))
    found = np.column_stack([20 * points[:, 0], np.full(200, 0.001), np.full(200, -20.0)])
    children = bred(points, found, Limits.of(SPEC, {"gain": [14.9, 15.0]}), 300, rng)
    assert children.shape == (300, 1) and children.min() >= 0 and children.max() <= 1
    assert np.mean(children > 0.75) > 0.6  # 0.25 by chance


def test_few_designs_breed_nothing():
    rng = np.random.default_rng(2)
    assert bred(np.zeros((2, 3)), np.zeros((2, 3)), Limits.of(SPEC, {}), 5, rng).shape == (5, 3)


@pytest.mark.parametrize("values", [[3.0, 1.0, 2.0, 1.0, 0.0], [0.0] * 9, [np.inf, 1.0, np.inf, np.inf], [2.0]])
def test_the_least_are_those_of_a_stable_sort(values):
    """Many designs keep all of easy limits, and those that could not be measured miss all: both are equals."""
    np.testing.assert_array_equal(_least(np.array(values), 3), np.argsort(values, kind="stable")[:3])


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"gian": [1, 2]}, "task.ranges: 'gian' has no limit in spec 's'.*gain"),
        ({"gain": [20, 10]}, r"task.ranges.gain: two rising numbers of one sign are wanted, got \[20, 10\]"),
        ({"s11": [-8, 8]}, "task.ranges.s11: two rising numbers of one sign"),
        ({"power": ["1 volt", 3]}, "task.ranges.power"),
    ],
)
def test_ranges_that_cannot_be(ranges, said):
    with pytest.raises(ConfigError, match=said):
        Limits.of(SPEC, ranges)
