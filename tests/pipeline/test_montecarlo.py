"""Dies of the designs of a front: how many, and of which."""

import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.results import Row
from genrf.core.spec import DesignSpec, Metric
from genrf.core.workers import Inline
from genrf.core.yields import Dies
from genrf.pipeline import paid as paid_for
from genrf.pipeline.charts import histograms
from genrf.pipeline.montecarlo import MonteCarloAnalysis
from genrf.pipeline.paid import Paid
from genrf.pipeline.run import design
from genrf.pipeline.summary import show
from tests.analytic import FormulaProblem, Formulas
from tests.pipeline.kills import SPEC, Varying
from tests.pipeline.test_stages import made


@pytest.mark.parametrize(
    ("dies", "designs", "seen", "each"),
    [
        (400, 10, 10, 40),  # shared out
        (5000, 10, 10, 100),  # no more of one than a histogram needs
        (100, 10, 5, 20),  # too few of each would say nothing
        (19, 10, 0, 20),
        (400, 0, 0, 100),
    ],
)
def test_designs_share_as_many_dies_as_there_are(dies, designs, seen, each):
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = Varying(structure, SPEC)
    values = problem.structure.space.decode(np.full(len(problem.structure.space), 0.5))
    front = [Design(str(k), problem, values, {}) for k in range(designs)]
    found = MonteCarloAnalysis(dies, seed=1).among(front, [problem], Inline([problem]))
    assert {name: len(own.metrics) for name, own in found.items()} == {str(k): each for k in range(seen)}
    alone = MonteCarloAnalysis(each, seed=1).run(problem, values)
    assert all(own.metrics == alone.metrics for own in found.values())


def test_a_run_that_was_not_asked_draws_a_hundred_dies_of_chosen_designs_and_twenty_of_others(tmp_path):
    outcome = design(made(problem=Varying, dies=None, front=8), tmp_path)
    chosen = {one.id for one in outcome.designs}
    assert {name: len(own.metrics) for name, own in outcome.dies.items()} == dict.fromkeys(chosen, 100)
    others = {row.parent for row in outcome.front} - chosen
    assert {name: len(own.metrics) for name, own in outcome.fewer.items()} == dict.fromkeys(others, 20)
    assert len(pq.read_table(tmp_path / "dies.parquet")) == 100 * len(chosen)


@pytest.mark.parametrize(("settings", "problem"), [({"dies": 0}, Varying), ({"dies": None}, FormulaProblem)])
def test_a_run_without_dies_or_without_statistics_draws_none(tmp_path, settings, problem):
    outcome = design(made(problem=problem, **settings), tmp_path)
    assert not outcome.dies and not outcome.fewer and not (tmp_path / "dies.parquet").exists()


def test_dies_that_nothing_can_draw_are_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(ConfigError, match="dies=5: FormulaProblem knows no statistics"):
        design(made(dies=5), tmp_path)


@pytest.mark.parametrize(
    ("price", "seen", "each"), [(0.02, 5, 100), (0.05, 5, 20), (0.2, 1, 20), (1.0, 0, 0)]
)  # 45 s pay, a quarter of it for this
def test_what_a_search_pays_for_decides_on_dies_that_nobody_asked_for(price, seen, each):
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = Varying(structure, SPEC)
    values = problem.structure.space.decode(np.full(len(problem.structure.space), 0.5))
    chosen = [Design(str(k), problem, values, {}) for k in range(5)]
    rows = [Row("0", structure.name, "optimize", "", "ok", "", price, 0.0, {}, {})]
    paid = Paid([problem], Inline([problem]), rows)
    found = MonteCarloAnalysis(seed=1).unasked(chosen, paid)
    assert {name: len(own.metrics) for name, own in found.items()} == {str(k): each for k in range(seen)}


class _Dear:
    """A pool that answers as if each die had taken a second."""

    def __init__(self, problem):
        self.inner, self.asked = Inline([problem]), 0

    def evaluate(self, tasks, on_answer=None):
        self.asked += len(tasks)
        return [(measured, 1.0) for measured, _ in self.inner.evaluate(tasks)]


def test_dies_that_cost_more_than_they_seemed_to_end_what_a_search_pays_for():
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = Varying(structure, SPEC)
    values = problem.structure.space.decode(np.full(len(problem.structure.space), 0.5))
    chosen = [Design(str(k), problem, values, {}) for k in range(5)]
    pool = _Dear(problem)
    paid = Paid([problem], pool, [Row("0", structure.name, "optimize", "", "ok", "", 0.0, 0.0, {}, {})])
    analysis = MonteCarloAnalysis(seed=1)
    assert len(analysis.unasked(chosen, paid)) == 5 and paid.left < 0 and pool.asked == 500
    assert not analysis.glimpses(chosen, paid) and not analysis.unasked(chosen, paid) and pool.asked == 500


def test_page_and_terminal_say_that_a_search_does_not_pay_for_dies(tmp_path, monkeypatch):
    monkeypatch.setattr(paid_for, "_FREE", 0.0)
    monkeypatch.setattr(paid_for, "_SHARE", 0.0)
    outcome = design(made(problem=Varying, dies=None, front=8), tmp_path)
    assert outcome.designs and not outcome.dies and not outcome.fewer
    said = io.StringIO()
    show(outcome, Console(file=said))
    assert f"a yield of 3 of {len(outcome.designs)} chosen designs (dies=100 asks for yields)" in said.getvalue()
    page = (tmp_path / "report.html").read_text()
    assert "dies would have taken" in page and "3 of the chosen designs" in page
    again = io.StringIO()
    show(design(made(problem=Varying, dies=0, front=8), tmp_path / "unasked"), Console(file=again))
    assert "yield" not in again.getvalue(), "who asks for none is not told"


@pytest.mark.parametrize("spread", [1e-7, 1e-3, 0.3])
@pytest.mark.parametrize("goal", [{"min": 1.0}, {"max": 1.0}, {"min": 1.0, "max": 1.2}])
def test_no_bar_of_a_histogram_lies_on_both_sides_of_its_limit(spread, goal):
    """Of 100 dies, 20 of which lie on the lower side of one."""
    spec = DesignSpec("near", {"mu": {**goal, "objective": "maximize"}})
    found = 1.0 + spread * (np.arange(100) - 19.5) / 100
    (bars,) = histograms(Dies(spec, [{"mu": value} for value in found], []), {"mu": Metric("", "")})["data"]
    assert bars["y"].sum() == 100 and bars["y"][bars["x"] < 1.0].sum() == 20
    assert not np.any(np.abs(bars["x"] - 1.0) < 0.499 * bars["width"])
