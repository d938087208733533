"""Yields from few dies, held against distributions of which they are known."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from genrf.core.errors import ConfigError
from genrf.core.examiner import Examiner
from genrf.core.problem import Measurement
from genrf.core.spec import DesignSpec
from genrf.core.statistical import Yielding, estimate, normal_share
from genrf.core.workers import Task

SPEC = DesignSpec("dies", {"a": {"min": 1.0, "objective": "maximize"}, "b": {"max": 1.0}})


def margins(dies, means, spreads, correlation=0.0, seed=0):
    """Normal margins of two limits."""
    cov = np.outer(spreads, spreads) * np.array([[1.0, correlation], [correlation, 1.0]])
    return np.random.default_rng(seed).multivariate_normal(means, cov, dies)


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.9])
def test_many_normal_dies_have_the_yield_of_their_distribution(correlation):
    exact = multivariate_normal.cdf([1.5, 2.0], cov=[[1.0, correlation], [correlation, 1.0]])
    found = normal_share(margins(20_000, [1.5, 2.0], [1.0, 1.0], correlation))
    assert found == pytest.approx(exact, abs=4 * sqrt(exact * (1 - exact) / 8192))


def test_independent_limits_multiply():
    found = normal_share(margins(20_000, [0.3, 0.2], [0.2, 0.1]))
    assert found == pytest.approx(norm.cdf(1.5) * norm.cdf(2.0), abs=0.012)


def test_of_few_dies_the_estimate_is_nearer_to_the_truth_than_their_count():
    exact = norm.cdf(1.645)
    dies = [margins(8, [1.645, 50.0], [1.0, 1.0], seed=seed) for seed in range(300)]
    by_count = [np.mean(np.all(one >= 0, axis=1)) for one in dies]
    ours = [estimate(one) for one in dies]
    error, counted = (sqrt(np.mean((np.array(found) - exact) ** 2)) for found in (ours, by_count))
    assert counted == pytest.approx(sqrt(exact * (1 - exact) / 8), rel=0.15)  # the binomial's
    assert error < 0.85 * counted


def test_of_many_dies_their_count_stands_whatever_the_distribution():
    """Exponential margins: P(x >= 0.05) with x of mean 1 is exp(-0.05); a normal distribution would say 0.83."""
    found = np.random.default_rng(0).exponential(1.0, (20_000, 1)) - 0.05
    assert estimate(found) == pytest.approx(np.exp(-0.05), abs=0.006)
    assert normal_share(found) < 0.85


def test_a_die_that_cannot_be_measured_keeps_nothing():
    good = margins(10, [50.0, 50.0], [1.0, 1.0])
    assert estimate(np.vstack([good, np.full((10, 2), -np.inf)])) == pytest.approx(0.5)
    assert estimate(np.full((4, 2), -np.inf)) == 0.0


class Dies:
    """a = x + 0.1 z, b = 0: the yield is Phi((x - 1) / 0.1)."""

    def __init__(self):
        self.asked = []

    def evaluate(self, tasks, on_answer=None):
        self.asked += tasks
        return [(self.measured(task), 1.0) for task in tasks]

    def measured(self, task):
        z = np.random.default_rng(task.die).normal() if task.action == "vary" else 0.0
        return Measurement("ok", {"a": task.values["x"] + 0.1 * z, "b": 0.0})


def examined(*xs, target=0.95, cost=200.0):
    pool = Dies()
    examiner = Examiner(pool, Yielding(SPEC, target, seed=1), cost)
    return [measured.metrics for measured, _ in examiner.evaluate([Task(0, {"x": x}) for x in xs])], examiner


def test_few_dies_are_spent_on_who_is_far_from_the_target_and_many_on_who_is_near():
    found, _ = examined(0.9, 1.02, 1.2)
    assert [one.get("extra") for one in found] == [None, 8.0, 96.0]  # nominally bad; 0.579; 0.977
    error = sqrt(0.95 * 0.05 / 104)  # of 96 dies and an estimate that counts as eight, less which a search counts on
    assert found[2]["yield"] == pytest.approx(norm.cdf(2.0) - error, abs=3 * sqrt(0.977 * 0.023 / 96))


def test_the_yield_is_a_limit_like_any_other():
    found, examiner = examined(1.02, 1.4)
    spec = examiner.robust.spec
    assert spec.violation(found[0]) == pytest.approx((0.95 - found[0]["yield"]) / 0.95)
    assert spec.violation(found[1]) == 0.0 < spec.violation({"a": 1.4, "b": 0.0})  # unknown is missed


def test_the_front_is_verified_on_dies_that_the_search_has_not_seen():
    robust = Yielding(SPEC, 0.95, seed=1)
    task = Task(0, {"x": 1.2})
    seen = {own.die for step in range(robust.steps) for own in robust.tasks(task, step)}
    last = {own.die for own in robust.last(task)}
    assert len(seen) == 96 and len(last) == 200 and not seen & last and not any(seed == 1 for seed, _ in seen | last)


def test_without_limits_there_is_no_yield():
    with pytest.raises(ConfigError, match="robust=yield: spec 'free' has no limit that a die could miss"):
        Yielding(DesignSpec("free", {"a": {"objective": "maximize"}}), 0.95, 1)
