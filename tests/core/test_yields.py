"""Yield against closed forms: a linear circuit whose margins are Gaussian."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from genrf.core.spec import DesignSpec
from genrf.core.yields import Dies, Yield

SPEC = DesignSpec("linear", {"gain": {"min": 10.0, "objective": "maximize"}, "power": {"max": 2.0}})


def linear(count, seed=0):
    """gain = 11 + 0.8 a + 0.6 b and power = 1.5 + 0.25 b, for independent normal a, b and an idle c."""
    z = np.random.default_rng(seed).standard_normal((count, 3))
    metrics = [{"gain": 11 + 0.8 * a + 0.6 * b, "power": 1.5 + 0.25 * b} for a, b, _ in z]
    return Dies(SPEC, metrics, [dict(zip("abc", row, strict=True)) for row in z])


@pytest.mark.parametrize(
    ("passed", "of", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(passed, of, low, high):
    assert Yield(passed, of).interval() == pytest.approx((low, high), abs=6e-5)


def test_the_yield_of_a_linear_circuit_is_the_gaussian_integral():
    phi = NormalDist().cdf
    dies = linear(20_000)
    gain, power = dies.by_goal()["gain"], dies.by_goal()["power"]
    assert gain.share == pytest.approx(phi(1.0), abs=4 * math.sqrt(0.16 * 0.84 / 20_000))
    assert power.share == pytest.approx(phi(2.0), abs=4 * math.sqrt(0.023 / 20_000))
    assert dies.overall().share <= min(gain.share, power.share)


def test_the_interval_holds_the_true_yield_as_often_as_it_says():
    true = NormalDist().cdf(1.0)
    inside = 0
    for seed in range(200):
        low, high = linear(100, seed).by_goal()["gain"].interval()
        inside += low <= true <= high
    assert inside / 200 == pytest.approx(0.95, abs=0.045)  # three standard deviations of 200 trials


def test_the_parameter_that_costs_most_is_named_with_what_it_costs():
    """Without a the gain's margin is 1 / 0.6 deviations, without b it is 1 / 0.8 and the power is sure."""
    costs, phi = linear(20_000).costs(), NormalDist().cdf
    now = linear(20_000).overall().share
    assert next(iter(costs)) == "a"
    assert costs["b"] == pytest.approx(phi(1 / 0.8) - now, abs=0.01)
    assert costs["c"] == pytest.approx(0.0, abs=0.002)


def test_the_worst_die_of_each_limit_is_found():
    dies = linear(500)
    number, value = dies.worst()["gain"]
    assert value == min(metrics["gain"] for metrics in dies.metrics) == dies.metrics[number]["gain"]
    assert dies.worst()["power"][1] == max(metrics["power"] for metrics in dies.metrics)


def test_a_die_that_cannot_be_measured_fails():
    dies = Dies(SPEC, [{"gain": 20.0, "power": 1.0}, {}], [{}, {}])
    assert (dies.overall().passed, dies.overall().dies) == (1, 2)
    assert str(dies.overall()).startswith("50.0 % (9.5 to 90.5 %)")
    assert dies.costs() == {}


def test_a_metric_is_judged_by_the_dies_that_have_it():
    """The power takes long, and is not measured of a die that misses the gain: it is no worse for that."""
    whole = linear(20_000)
    lacking = [one if one["gain"] >= 10.0 else {"gain": one["gain"]} for one in whole.metrics]
    dies, phi = Dies(SPEC, lacking, whole.deviates), NormalDist().cdf
    gain, power = dies.by_goal()["gain"], dies.by_goal()["power"]
    assert gain == whole.by_goal()["gain"] and dies.overall() == whole.overall()
    assert power.dies == gain.passed < gain.dies and power.passed == dies.overall().passed
    assert dies.costs()["a"] == pytest.approx(whole.costs()["a"], abs=0.01), "the model stands in for the power"
    assert dies.costs()["a"] == pytest.approx(phi(1 / 0.6) - whole.overall().share, abs=0.03)
    nobody = Dies(SPEC, [{"gain": 9.0}] * 5, whole.deviates[:5])
    assert nobody.costs() == {} and nobody.by_goal()["gain"] == Yield(0, 5)
    assert math.isnan(nobody.by_goal()["power"].share) and nobody.by_goal()["power"].interval() == (0.0, 1.0)
