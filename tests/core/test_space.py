import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrf.core.errors import ConfigError
from genrf.core.space import Choice, Integer, Real, Space

SPACE = Space((Real("w", 1e-6, 1e-4, "m", log=True), Real("v", -1.0, 2.0, "V"), Integer("nf", 2, 64)))


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_decoding_what_was_encoded_gives_the_same_values(u):
    values = SPACE.decode(np.array(u))
    again = SPACE.decode(SPACE.encode(values))
    assert again["nf"] == values["nf"]
    assert again["w"] == pytest.approx(values["w"], rel=1e-12)
    assert again["v"] == pytest.approx(values["v"], abs=1e-12)


@given(st.floats(-1, 2), st.sampled_from(SPACE.variables))
def test_values_stay_within_their_bounds(u, variable):
    assert variable.low <= variable.decode(u) <= variable.high


def test_each_whole_number_is_equally_likely():
    drawn = [Integer("n", 1, 4).decode(u) for u in np.linspace(0.0005, 0.9995, 1000)]
    assert [drawn.count(n) for n in (1, 2, 3, 4)] == pytest.approx([250] * 4, abs=2)


def test_a_logarithmic_scale_has_the_geometric_mean_in_its_middle():
    assert Real("w", 1e-6, 1e-4, log=True).decode(0.5) == pytest.approx(1e-5)


def test_the_nearest_values_are_in_the_space():
    space = Space((*SPACE.variables, Choice("m", (1.0, 2.0, 8.0))))
    inside = {"w": 3.3e-6, "v": 0.7, "nf": 7.0, "m": 2.0}
    assert space.nearest(inside) == inside
    assert space.nearest({"w": 1.0, "v": -3.0, "nf": 2.6, "m": 4.9}) == {"w": 1e-4, "v": -1.0, "nf": 3.0, "m": 2.0}
    assert space.nearest({"w": -1.0, "v": 9.0, "nf": 999.0, "m": 5.1}) == {"w": 1e-6, "v": 2.0, "nf": 64.0, "m": 8.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Real("W1", 2e-5, 1e-6), r"Real 'W1': low must be below high, got low=2e-05, high=1e-06 \(swapped\?\)"),
        (lambda: Real("W1", 0.0, 1.0, log=True), "logarithmic scale needs low above 0, got low=0"),
        (lambda: Space((Real("a", 0, 1), Real("a", 0, 2))), "variable 'a' is there twice"),
    ],
)
def test_bad_bounds_are_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
