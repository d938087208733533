"""Robust searches through all four stages, on a problem whose corners and yield are known exactly."""

import os
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm

from genrf.core.errors import ConfigError
from genrf.core.parts import parts
from genrf.core.problem import Measurement
from genrf.core.spec import DesignSpec, Metric
from genrf.pipeline.run import design
from tests.analytic import FormulaProblem
from tests.pipeline.test_stages import made

SPREAD = 0.1
SPEC = DesignSpec("margin", {"price": {"objective": "minimize"}, "other": {"objective": "minimize"}, "a": {"min": 0.5}})


class Margin(FormulaProblem):
    """a = x0 must be at least 0.5, and spreads by 0.1 over dies; it is 0.2 less hot, and 0.1 more cold.

    The price is x0 + x1, the other (1 - x1)^2. So x0 = 0.5 is best nominally, 0.7 over corners, and for a yield of 95 %
    0.5 + 1.645 * 0.1 = 0.664.
    """

    shifts: Mapping[str, float] = {"": 0.0, "hot": -0.2, "cold": 0.1}

    @property
    def metrics(self):
        return {name: Metric("", name) for name in ("price", "other", "a")}

    @property
    def corners(self):
        return ("cold", "hot")

    def measure(self, values, corner=""):
        x0, x1 = values["x0"], values["x1"]
        return Measurement("ok", {"price": x0 + x1, "other": (1 - x1) ** 2, "a": x0 + self.shifts[corner]})

    def vary(self, values, seed, number):
        z = float(np.random.default_rng([seed, number]).normal())
        found = self.measure(values)
        return replace(found, metrics={**found.metrics, "a": found.metrics["a"] + SPREAD * z}, curves={"z": z})


def run(folder, **settings):
    return design(made(spec=SPEC, problem=Margin, **{"budget": 1500, "front": 40, **settings}), folder)


def least(outcome):
    """The least x0 of the front, towards which the search pushes all of it."""
    return min(row.values["x0"] for row in outcome.front)


def added(outcome):
    """Extra simulations per design, as the rows say."""
    return sum(row.metrics.get("extra", 0.0) for row in outcome.results) / len(outcome.results)


def test_a_nominal_search_ends_at_the_limit_and_half_of_its_dies_fail(tmp_path):
    outcome = run(tmp_path, dies=400)
    assert least(outcome) == pytest.approx(0.5, abs=0.01)
    worst = min(dies.overall().share for dies in outcome.dies.values())
    assert worst == pytest.approx(norm.cdf(0.0), abs=0.1)


def test_a_search_over_corners_ends_where_the_worst_of_them_holds(tmp_path):
    outcome = run(tmp_path, robust="corners")
    assert least(outcome) == pytest.approx(0.7, abs=0.01) and least(outcome) >= 0.7
    assert added(outcome) <= 2.0  # the corners that there are


def test_a_search_for_a_yield_ends_near_the_quantile(tmp_path):
    outcome = run(tmp_path, robust="yield", robust_cost=20.0, dies=1000)
    # of 40 designs on the front the luckiest on 200 dies: three standard errors of the quantile, 0.015 / 0.103 each
    assert 0.664 - 3 * 0.015 <= least(outcome) <= 0.664 + 0.045
    assert added(outcome) <= 20.0
    for one in outcome.designs:
        exact = norm.cdf((one.values["x0"] - 0.5) / SPREAD)
        assert one.metrics["yield"] == pytest.approx(exact, abs=4 * np.sqrt(0.95 * 0.05 / 200))
        assert outcome.dies[one.id].overall().share == pytest.approx(exact, abs=4 * np.sqrt(0.95 * 0.05 / 1000))


def test_the_yield_is_a_column_and_a_line_of_the_report(tmp_path):
    run(tmp_path, robust="yield", robust_cost=20.0)
    front = pq.read_table(tmp_path / "front.parquet")
    assert min(front["m.yield"].to_pylist()) >= 0.95 and set(front["m.extra"].to_pylist()) == {200.0}
    assert "m.yield@hot" not in front.column_names and "m.a@hot" in front.column_names
    assert "share of dies that keep every limit" in front.schema.field("m.yield").metadata[b"description"].decode()
    assert "yield" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("robust", ["corners", "yield"])
@pytest.mark.parametrize("cost", [0.5, 2.0])
def test_no_search_costs_more_than_it_may(tmp_path, robust, cost):
    assert added(run(tmp_path, robust=robust, robust_cost=cost)) <= cost


@pytest.mark.parametrize("robust", ["corners", "yield"])
def test_a_robust_run_stopped_half_way_goes_on_to_the_same_front(tmp_path, robust):
    whole = run(tmp_path / "whole", robust=robust)
    run(tmp_path / "torn", robust=robust)
    for path in parts(tmp_path / "torn" / "evaluations")[8:]:
        path.unlink()
    os.unlink(tmp_path / "torn" / "front.parquet")
    again = run(tmp_path / "torn", robust=robust)
    assert [(r.id, r.values, r.metrics) for r in again.results] == [(r.id, r.values, r.metrics) for r in whole.results]
    assert [(row.id, row.metrics) for row in again.front] == [(row.id, row.metrics) for row in whole.front]


class Fixed(Margin):
    vary = FormulaProblem.vary


def test_without_statistics_there_is_no_yield_to_search_for(tmp_path):
    with pytest.raises(ConfigError, match="robust=yield: Fixed knows no statistics; robust=corners may serve"):
        design(made(spec=SPEC, problem=Fixed, robust="yield"), tmp_path)
