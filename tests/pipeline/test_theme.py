"""How figures get into the page: as small as a screen allows for designs that were not chosen."""

import json

import numpy as np
import pytest

from genrf.pipeline.theme import encode, thinned


def only(**trace):
    return thinned({"data": [trace]})["data"][0]


def test_a_long_line_keeps_every_second_point_and_four_digits():
    x = np.linspace(1.0, 2.0, 201)
    found = only(mode="lines", x=x, y=-x, name="gain")
    np.testing.assert_array_equal(found["x"], np.round(x[::2], 3))
    np.testing.assert_array_equal(found["y"], -found["x"])
    assert found["name"] == "gain" and json.loads(encode(found))["x"][1] == 1.01


def test_points_that_are_no_line_and_short_lines_are_all_there():
    x = np.linspace(1.0, 2.0, 201)
    assert len(only(mode="markers", x=x)["x"]) == 201
    assert len(only(mode="lines", x=x[:50])["x"]) == 50


@pytest.mark.parametrize("late", [0.0, 1e-7, 1e-6])
def test_times_late_in_a_transient_can_be_told_apart(late):
    """A nanosecond after a microsecond: three digits in common, and three to tell its points apart."""
    times = late + np.linspace(0.0, 1e-9, 100)
    np.testing.assert_allclose(only(mode="lines", x=times)["x"], times, rtol=0, atol=1e-11)


def test_curves_without_a_span_or_with_gaps_stay():
    np.testing.assert_array_equal(only(x=np.full(3, 1.23456))["x"], 1.23456)
    np.testing.assert_array_equal(only(x=np.array([1.0, np.nan, 2.0]))["x"], [1.0, np.nan, 2.0])
    np.testing.assert_array_equal(only(x=np.full(3, np.nan))["x"], np.nan)
    assert len(only(x=np.array([]))["x"]) == 0
