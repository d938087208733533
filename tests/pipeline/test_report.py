"""The page: it opens without a network, says what was measured, and trusts no text."""

import json
import re
from dataclasses import replace

import pytest

from genrf.core.problem import Check, Panel
from genrf.core.results import Results
from genrf.core.spec import DesignSpec
from genrf.pipeline.report import page
from genrf.pipeline.run import design
from tests.analytic import FormulaProblem
from tests.pipeline.test_stages import Hopeless, Patchy, made

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return design(made(), tmp_path_factory.mktemp("run"))


def words(html):
    """The text of the page without scripts and tags."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def figures(html):
    """The figures' JSON, as the page's own script reads it."""
    return [
        json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    ]


def test_the_page_loads_nothing_from_outside(outcome):
    html = page(outcome)
    assert not re.search(r"<(script|link|img|iframe|object)[^>]+(src|href|data)=", html)
    assert "@import" not in re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert "Plotly" in html and len(html) > 1_000_000


def test_verdict_counts_and_designs_are_on_it(outcome):
    text = words(page(outcome))
    assert outcome.verdict in text and f"{len(outcome.results):,}" in text
    for chosen in outcome.designs:
        assert chosen.id in text


def test_the_worst_corner_is_named(outcome):
    assert "high" in words(page(outcome))


def test_figures_are_plain_json_with_finite_numbers(outcome):
    drawn = figures(page(outcome))
    assert drawn and any("data" in figure for figure in drawn)


def test_without_a_feasible_design_it_says_what_blocks(tmp_path):
    text = words(page(design(made(problem=Hopeless), tmp_path)))
    assert "no design meets the spec" in text and "Which limits block" in text


def test_failed_simulations_are_counted(tmp_path):
    assert "no_convergence" in words(page(design(made(problem=Patchy), tmp_path)))


def test_one_objective_needs_no_pair_of_axes(tmp_path):
    spec = DesignSpec("one", {"f1": {"objective": "minimize"}, "c": {"max": 0}})
    assert "one" in words(page(design(made(spec=spec), tmp_path)))


def test_text_from_outside_is_escaped(outcome):
    class Hostile(FormulaProblem):
        def panels(self, designs):
            return [Panel(EVIL, {"data": [{"name": EVIL}], "layout": {}}, EVIL)]

    hostile = Hostile(replace(outcome.problems[0].structure, name=EVIL), outcome.problems[0].spec)
    spec = replace(outcome.results.spec, name=EVIL)
    results = Results(spec, tuple(replace(row, structure=EVIL) for row in outcome.results))
    front = Results(spec, tuple(replace(row, structure=EVIL) for row in outcome.front))
    designs = [replace(chosen, id=EVIL, problem=hostile) for chosen in outcome.designs]
    evil = replace(
        outcome, problems=[hostile], results=results, front=front, designs=designs, checks=[Check(EVIL, False, EVIL)]
    )
    assert EVIL not in page(evil)


def test_a_failed_check_is_seen(outcome):
    text = words(page(replace(outcome, checks=[Check("spice tb_x.sp", False, "prints nothing")])))
    assert "prints nothing" in text and "0 of 1 passed" in text
