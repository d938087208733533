"""Scales and the limits that are asked for."""

import numpy as np
import pytest
from scipy.stats import kstest

from genrf.circuits.learned.metrics import Scale, Wanted
from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec

RNG = np.random.default_rng(0)
TAILED = np.exp(3 * RNG.standard_normal(5000))


def test_a_heavy_tail_becomes_a_standard_normal():
    assert kstest(Scale.of("k", TAILED).normal(TAILED), "norm").pvalue > 0.01


def test_values_come_back_and_order_is_kept():
    scale = Scale.of("k", TAILED)
    values = np.quantile(TAILED, [0.01, 0.2, 0.5, 0.9, 0.99])
    assert scale.value(scale.normal(values)) == pytest.approx(values, rel=1e-9)
    assert (np.diff(scale.normal(np.sort(TAILED))) >= 0).all()


def test_a_crowd_at_one_value_is_told_from_its_neighbours():
    crowded = np.r_[np.ones(4000), 1 + 1e-6 * RNG.random(500), RNG.random(500)]
    below, at, above = Scale.of("mu", crowded).normal(np.array([0.9, 1.0, 1.0 + 1e-6]))
    assert below < at < above


def test_beyond_the_data_it_ends_at_four_sigma():
    scale = Scale.of("x", RNG.random(1000))
    assert scale.normal(np.array([-1e9, 1e9])).tolist() == [-4.0, 4.0]
    assert np.isnan(scale.normal(np.array([np.nan]))).all()


@pytest.mark.parametrize("values", [np.full(5, 3.0), np.full(5, np.nan), np.array([])])
def test_a_metric_that_never_differs_is_refused(values):
    with pytest.raises(ConfigError, match="metric 'nf_db': the data hold . values and no two that differ"):
        Scale.of("nf_db", values)


def test_limits_lie_on_the_side_that_the_spec_says_and_open_ones_are_nan():
    data = {"gain_db": RNG.normal(10, 5, 4000), "nf_db": RNG.normal(3, 1, 4000), "power_w": RNG.random(4000)}
    goals = {"gain_db": {"min": 15}, "nf_db": {"max": 2}, "power_w": {"objective": "minimize"}}
    wanted = Wanted.of(DesignSpec("s", goals), data)
    assert wanted.senses == ("min", "max", "max")
    gain, nf, power = wanted.limits(DesignSpec("s", goals))
    assert (gain, nf) == (pytest.approx(1, abs=0.08), pytest.approx(-1, abs=0.08))  # one sigma up, one down
    assert np.isnan(power)


def test_a_goal_without_data_is_named():
    with pytest.raises(ConfigError, match="spec 's': the data have no metric 'nf_db'; known: gain_db"):
        Wanted.of(DesignSpec("s", {"nf_db": {"objective": "minimize"}}), {"gain_db": TAILED})


def goals(**given):
    return DesignSpec("s", {"x": {"objective": "minimize"}, **given})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"gain_db": {"min": 20}, "power_w": {"max": "1m"}}, ""),  # at the ends of the ranges
        ({"gain_db": {"min": -1000}, "power_w": {"max": 1000}}, ""),  # what all of the data keep
        ({"gain_db": {"min": 20.1}}, "beyond its data: gain_db min 20.1 (it learnt from -10 to 20)"),
        ({"power_w": {"max": "0.9m"}}, "beyond its data: power_w max 0.0009 (it learnt from 0.001 to 0.5)"),
        ({"nf_db": {"max": 2}}, "it was never asked for a limit of nf_db max 2"),
        ({"gain_db": {"max": 15}}, "it was never asked for a limit of gain_db max 15"),  # on the other side
        (
            {"gain_db": {"min": 1000}, "nf_db": {"max": 2}},
            "it was never asked for a limit of nf_db max 2; "
            "beyond its data: gain_db min 1000 (it learnt from -10 to 20)",
        ),
    ],
)
def test_a_single_limit_that_was_not_learnt_is_named_with_its_range(given, said):
    scale = Scale.of("x", RNG.random(1000))
    wanted = Wanted(("gain_db", "power_w"), ("min", "max"), (scale, scale))
    assert wanted.unlearnt(goals(**given), np.array([[-10.0, 20.0], [1e-3, 0.5]])) == said


def test_ranges_of_scales_end_with_their_outermost_quantiles():
    uniform = RNG.random(100_000)
    made = Wanted(("x",), ("min",), (Scale.of("x", uniform),))
    assert made.ranges == pytest.approx(np.array([[0.5 / 201, 1 - 0.5 / 201]]), abs=1e-3)
