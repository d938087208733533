"""Curves of a front's other designs: for how many a search pays."""

import base64
import zlib
from dataclasses import replace

import pytest

from genrf.core.problem import Design, Measurement
from genrf.core.results import Row
from genrf.core.workers import Inline
from genrf.pipeline.paid import Paid
from genrf.pipeline.run import design
from genrf.pipeline.sketches import extras, sketches
from tests.analytic import FormulaProblem, Formulas
from tests.pipeline.test_report import packed
from tests.pipeline.test_stages import SPEC, made


class Traced(FormulaProblem):
    """Its curve is its first value, a costly one is twice that."""

    def survey(self, values):
        return Measurement("ok", {}, curves={"x0": values["x0"]})

    def extras(self, values):
        return Measurement("ok", {}, curves={"twice": 2 * values["x0"]})


class Failing(Traced):
    """Has no curves beyond 3."""

    def survey(self, values):
        return super().survey(values) if values["x0"] <= 3 else Measurement("invalid")


class Priced(Inline):
    """Says of each design that it took so many seconds, and of its costly curves that they took others."""

    seconds = 1.0
    more = 1e9

    def evaluate(self, tasks, on_answer=None):
        prices = [self.more if task.action == "extras" else self.seconds for task in tasks]
        return [(one, price) for (one, _), price in zip(super().evaluate(tasks, on_answer), prices, strict=True)]


def sketched_of(price, searched, here, count=40, more=1e9, kind=Traced):
    """Those of `count` designs that a search of `searched` designs of a price pays for, `here` seconds each."""
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = kind(structure, SPEC)
    designs = [Design(str(k), problem, {"x0": float(k)}, {}) for k in range(count)]
    rows = [Row(str(k), structure.name, "optimize", "", "ok", "", price, 0.0, {}, {}) for k in range(searched)]
    pool = Priced([problem])
    pool.seconds, pool.more = here, more
    paid = Paid([problem], pool, rows)
    return extras(sketches(designs, paid), paid)


@pytest.mark.parametrize(
    ("price", "searched", "here", "count"),
    [
        (0.02, 8000, 0.02, 40),  # 64 s pay for all
        (0.25, 800, 4.0, 20),  # four tenths of 200 s
        (1e-6, 100, 1.875, 24),  # 45 s are free
        (1e-6, 100, 0.0, 40),  # as from a cache
        (46.0, 1, 46.0, 0),  # one takes more than what is free
        (1e-6, 100, 24.0, 1),  # dearer than the search said: no more after the first
    ],
)
def test_sketches_take_four_tenths_of_the_search(price, searched, here, count):
    found, _ = sketched_of(price, searched, here)
    found = [replace(one, curves=one.curves and {"x0": one.curves["x0"]}) for one in found]
    assert [one.id for one in found] == [str(k) for k in range(40)]
    own = [{"x0": float(k)} for k in range(count)]
    assert [one.curves for one in found] == [*own, *[None] * (40 - count)]


@pytest.mark.parametrize(("more", "whole"), [(0.125, 40), (1.8735, 24), (7.485, 6), (46.0, 1)])
def test_costly_curves_have_what_the_others_left(more, whole):
    """45 s are free; what they cost is not known before the first."""
    found, ids = sketched_of(1e-6, 100, 1e-6, more=more)
    both = [{"x0": float(k), "twice": 2.0 * k} for k in range(whole)]
    assert [one.curves for one in found] == [*both, *({"x0": float(k)} for k in range(whole, 40))]
    assert ids == {str(k) for k in range(whole)}


def test_what_is_asked_for_first_leaves_less_for_the_next():
    _, ids = sketched_of(1e-6, 100, 0.75, more=1.4985)  # 30 s for 40 designs, and 15 s for their costly curves
    assert ids == {str(k) for k in range(10)}


def test_a_design_whose_curves_cannot_be_had_is_not_asked_for_more():
    found, ids = sketched_of(1e-6, 100, 1e-6, count=6, more=1e-6, kind=Failing)
    assert [one.curves is None for one in found] == [False] * 4 + [True] * 2
    assert ids == {"0", "1", "2", "3"}


def test_nothing_is_sketched_of_an_empty_front():
    assert sketched_of(1.0, 10, 1.0, count=0) == ([], set())


@pytest.mark.parametrize("designs", [0, 1])
def test_a_run_without_designs_measures_none_of_its_front_for_the_page(designs, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(Paid, "_evaluated", lambda self, lot: asked.append(lot) or [[Measurement("ok")]] * len(lot))
    outcome = design(made(problem=Traced, designs=designs, sensitivity=0), tmp_path)
    assert len(outcome.sketched) == len(outcome.front) - designs > 0, "the page has every design's numbers"
    assert bool(asked) == bool(designs)
    html = (tmp_path / "report.html").read_text()
    first = zlib.decompress(base64.b64decode(packed(html)[outcome.sketched[0].id])).decode()
    assert ("which a run with <code>designs=0</code> does not measure" in first) == (not designs)
    assert ("what a run spends on this page" in first) == bool(designs)
