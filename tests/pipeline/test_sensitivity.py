"""What a step of a variable does to a metric, against derivatives in closed form."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.results import Row
from genrf.core.space import Choice, Integer, Real, Space
from genrf.core.spec import DesignSpec, Metric
from genrf.core.workers import Inline
from genrf.pipeline import tables
from genrf.pipeline.paid import Paid
from genrf.pipeline.run import _look_at
from genrf.pipeline.sensitivity import sensitivities

SPACE = Space((Real("r", 1.0, 10.0), Integer("n", 1, 5), Choice("b", (2.0, 4.0, 8.0)), Real("idle", -1.0, 1.0)))


@dataclass
class Powers:
    name: str = "powers"
    space: Space = field(default_factory=lambda: SPACE)


@dataclass
class PowerProblem(AbstractProblem):
    """p = r^2 n b: changed by 2 % for each percent of r, by 1/n for each step of n; q is missing above r = 5."""

    structure: Powers = field(default_factory=Powers)
    spec: DesignSpec = field(
        default_factory=lambda: DesignSpec("s", {"p": {"objective": "minimize"}, "q": {"max": 1000}})
    )

    @property
    def metrics(self):
        return {"p": Metric("W", ""), "q": Metric("", "")}

    def measure(self, values, corner=""):
        r, n, b, _ = values.values()
        return Measurement("ok", {"p": r**2 * n * b, **({"q": 1.0} if r <= 5.0 else {})})


def found(structure=None, **values):
    problem = PowerProblem(structure or Powers())
    values = {"r": 2.0, "n": 3.0, "b": 4.0, "idle": 0.0, **values}
    design = Design("d", problem, values, problem.measure(values).metrics)
    return sensitivities([design], Paid([problem], Inline([problem]), ()))["d"]


def test_steps_are_a_percent_or_the_next_value():
    """At p = 2^2 * 3 * 4 = 48: 2.01 % of it, a third of it, 96 - 48 for the next choice; nothing for the idle one."""
    got = found()
    assert got.steps == ("+1 %", "next value", "next value", "+1 %")
    assert got.changes[:, 0] == pytest.approx([0.9648, 16.0, 48.0, 0.0])


def test_at_a_bound_a_step_down_tells():
    """At r = 10: 12 (10^2 - 9.9^2); at n = 5: a fifth of 80; at b = 8: 96 - 48."""
    assert found(r=10.0).changes[0, 0] == pytest.approx(12 * 1.99)
    assert found(n=5.0).changes[1, 0] == pytest.approx(16.0)
    assert found(b=8.0).changes[2, 0] == pytest.approx(48.0)


def test_near_a_bound_a_step_may_be_short():
    """r = 1.005 of 1 to 1.01, where a percent up leaves the bounds and a percent down does too."""
    space = Space((Real("r", 1.0, 1.01), *SPACE.variables[1:]))
    got = found(Powers(space=space), r=1.005)
    assert got.changes[0, 0] == pytest.approx(12 * (1.005**2 - 1) * 0.01005 / 0.005)


class Priced(Inline):
    """Says of each design that it took so many seconds."""

    seconds = 1.0

    def evaluate(self, tasks, on_answer=None):
        return [(measured, self.seconds) for measured, _ in super().evaluate(tasks, on_answer)]


def measured_of(price, searched, count=5, here=None):
    """For how many of five designs a search of `searched` designs of a price pays the sensitivities."""
    problem = PowerProblem()
    values = {"r": 2.0, "n": 3.0, "b": 4.0, "idle": 0.0}
    metrics = problem.measure(values).metrics
    designs = [Design(str(k), problem, values, metrics) for k in range(count)]
    rows = [Row(str(k), "powers", "optimize", "", "ok", "", price, 0.0, values, metrics) for k in range(searched)]
    pool = Priced([problem])
    pool.seconds = price if here is None else here
    return list(sensitivities(designs, Paid([problem], pool, rows)))


@pytest.mark.parametrize(
    ("price", "searched", "measured"),
    [
        (0.001, 8000, 5),  # 45 s are free; five take 5 designs of 1 ms each
        (1.0, 8000, 5),  # 3,200 s are four tenths; five take 25
        (4.0, 40, 3),  # 64 s: three of 20
        (3.0, 30, 3),  # 45 s are free: three of 15
        (10.0, 10, 0),  # one takes 50 s
    ],
)
def test_sensitivities_take_four_tenths_of_the_search(price, searched, measured):
    assert measured_of(price, searched) == [str(k) for k in range(measured)]


def test_what_sensitivities_cost_in_truth_ends_them_too():
    """Rows that say 1 ms each, as from a cache, and designs of 5.4 s: the first one takes 27 of the 45 s."""
    assert measured_of(0.001, 100, here=5.4) == ["0"]


class Glancing(PowerProblem):
    """Its q takes longer than p."""

    def glance(self, values):
        return Measurement("ok", {"p": self.measure(values).metrics["p"]})


@pytest.mark.parametrize(("price", "without"), [(4.0, [("q",)] * 2), (3.0, [(), ("q",)])])
def test_of_all_designs_what_is_cheap_comes_first(price, without):
    """Of 45 s two glances at five designs of 4 s take 40, of 3 s 30; then the q of the first takes what is left."""
    problem, pool = Glancing(), Priced([Glancing()])
    pool.seconds = price
    values = {"r": 2.0, "n": 3.0, "b": 4.0, "idle": 0.0}
    designs = [Design(name, problem, values, problem.measure(values).metrics) for name in "ab"]
    rows = [Row("a", "powers", "optimize", "", "ok", "", price, 0.0, values, designs[0].metrics)]
    got = sensitivities(designs, Paid([problem], pool, rows))
    assert [one.without for one in got.values()] == without
    assert got["b"].metrics == ("p",) and got["b"].changes[:, 0] == pytest.approx([0.9648, 16.0, 48.0, 0.0])


def test_what_could_not_be_measured_beside_is_said_to_be_none():
    lines = tables.changes(found(r=5.0), PowerProblem().known)  # a percent up there is no q
    assert np.isnan(found(r=5.0).changes[0, 1]) and lines[0][2][1].text == "none"


def test_the_strongest_variable_of_a_metric_weighs_one():
    lines = tables.changes(found(), PowerProblem().known)
    assert [cells[0].text for _, _, cells in lines] == ["+965 mW", "+16 W", "+48 W", "0"]
    assert [cells[0].weight for _, _, cells in lines] == pytest.approx([0.9648 / 48, 16 / 48, 1.0, 0.0])


class Drawn(Glancing):
    """Its costly curve takes longer than both metrics."""

    def sketch(self, values):
        return Measurement("ok", curves={"p": 1.0})

    def extras(self, values):
        return Measurement("ok", curves={"q": 1.0})


class Listening(Inline):
    """Takes down what it is asked for."""

    def evaluate(self, tasks, on_answer=None):
        self.heard = [*getattr(self, "heard", []), *(task.action for task in tasks)]
        return super().evaluate(tasks, on_answer)


def test_what_is_cheap_of_all_comes_before_what_is_costly_of_any():
    """Two designs, four variables: tone sweeps that take all that is left cost nobody the sensitivities."""
    problem, pool = Drawn(), Listening([Drawn()])
    values = {"r": 2.0, "n": 3.0, "b": 4.0, "idle": 0.0}
    designs = [Design(name, problem, values, problem.measure(values).metrics) for name in "ab"]
    outcome = SimpleNamespace(sensitivities={}, designs=[], dies={})
    _look_at(designs, outcome, SimpleNamespace(designs=2, sensitivity=1, dies=0), Paid([problem], pool, ()))
    assert pool.heard == ["sketch"] * 2 + ["glance"] * 10 + ["extras"] * 2 + ["measure"] * 10
    assert outcome.whole == {"a", "b"} and [one.without for one in outcome.sensitivities.values()] == [(), ()]


def test_chosen_designs_that_are_not_asked_for_at_once_come_before_those_that_were_not_chosen():
    problem, pool = Drawn(), Listening([Drawn()])
    values = {"r": 2.0, "n": 3.0, "b": 4.0, "idle": 0.0}
    first, second, other = (Design(name, problem, values, problem.measure(values).metrics) for name in "abc")
    outcome = SimpleNamespace(sensitivities={"a": found()}, designs=[first, second], dies={})
    _look_at([other], outcome, SimpleNamespace(designs=2, sensitivity=1, dies=0), Paid([problem], pool, ()))
    assert list(outcome.sensitivities) == ["a", "b", "c"] and outcome.whole == {"c"}
