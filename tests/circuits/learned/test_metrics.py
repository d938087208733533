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
