"""Curves of a front's other designs: for how many a search pays."""

import pytest

from genrf.core.problem import Design, Measurement
from genrf.core.results import Row
from genrf.core.workers import Inline
from genrf.pipeline.sketches import sketches
from tests.analytic import FormulaProblem, Formulas
from tests.pipeline.test_stages import SPEC


class Traced(FormulaProblem):
    """Its curve is its first value."""

    def survey(self, values):
        return Measurement("ok", {}, curves={"x0": values["x0"]})


class Priced(Inline):
    """Says of each design that it took so many seconds."""

    seconds = 1.0

    def evaluate(self, tasks, on_answer=None):
        return [(measured, self.seconds) for measured, _ in super().evaluate(tasks, on_answer)]


def sketched_of(price, searched, here, count=40):
    """Those of `count` designs that a search of `searched` designs of a price pays for, `here` seconds each."""
    (structure,) = Formulas().generate(SPEC, 1, None)
    problem = Traced(structure, SPEC)
    designs = [Design(str(k), problem, {"x0": float(k)}, {}) for k in range(count)]
    rows = [Row(str(k), structure.name, "optimize", "", "ok", "", price, 0.0, {}, {}) for k in range(searched)]
    pool = Priced([problem])
    pool.seconds = here
    return sketches(designs, [problem], pool, rows)


@pytest.mark.parametrize(
    ("price", "searched", "here", "count"),
    [
        (0.01, 8000, 0.01, 40),  # 8 s pay for all
        (0.125, 800, 0.5, 20),  # a tenth of 100 s
        (1e-6, 100, 0.125, 16),  # 2 s are free
        (1e-6, 100, 0.0, 40),  # as from a cache
        (3.0, 4, 3.0, 0),  # one takes more than what is free
        (1e-6, 100, 5.0, 2),  # dearer than the search said: no more after the first lot, which is of two
    ],
)
def test_sketches_take_a_tenth_of_the_search(price, searched, here, count):
    found = sketched_of(price, searched, here)
    assert [one.id for one in found] == [str(k) for k in range(40)]
    own = [{"x0": float(k)} for k in range(count)]
    assert [one.curves for one in found] == [*own, *[None] * (40 - count)]


def test_nothing_is_sketched_of_an_empty_front():
    assert sketched_of(1.0, 10, 1.0, count=0) == []
