"""A search over corners: who is charged for them, in what order, and what the spec makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from genrf.core.examiner import Examiner
from genrf.core.problem import Measurement
from genrf.core.results import Row
from genrf.core.robust import Corners
from genrf.core.spec import DesignSpec
from genrf.core.workers import Task

GOALS = {"gain": {"min": 10.0, "objective": "maximize"}, "power": {"max": 2.0, "objective": "minimize"}}
PLAIN = DesignSpec("robust", GOALS)
SHIFTS = {"": 0.0, "hot": -2.0, "cold": 1.0, "slow": -1.0}


class Amplifiers:
    """gain = x, shifted at corners; power = p everywhere; it does not converge cold below x = 11.5."""

    def __init__(self):
        self.asked = []

    def evaluate(self, tasks, on_answer=None):
        self.asked += [(task.values["x"], task.corner) for task in tasks]
        answers = [(self.measured(task), 1.0) for task in tasks]
        for place, (measured, _) in enumerate(answers):
            if on_answer is not None:
                on_answer(place, measured)
        return answers

    def measured(self, task):
        if task.corner == "cold" and task.values["x"] < 11.5:
            return Measurement("no_convergence", message="singular matrix")
        return Measurement("ok", {"gain": task.values["x"] + SHIFTS[task.corner], "power": task.values["p"]})


def examined(*designs, corners=("hot", "cold"), cost=10.0, before=()):
    """Each design is (x, p): their answers' metrics, the corners asked for of each, and the examiner."""
    pool = Amplifiers()
    examiner = Examiner(pool, Corners(PLAIN, corners), cost)
    examiner.learn(before)
    answers = examiner.evaluate([Task(0, {"x": x, "p": p}) for x, p in designs])
    asked = {x: [corner for at, corner in pool.asked if at == x and corner] for x, _ in designs}
    return [measured for measured, _ in answers], asked, examiner


def row(measured, spec):
    return Row.of("0", "s", "optimize", {}, measured, 1.0, spec)


def test_a_design_that_fails_nominally_is_charged_no_more():
    (found,), asked, examiner = examined((9.0, 1.0))
    assert asked == {9.0: []} and found.metrics == {"gain": 9.0, "power": 1.0}
    assert examiner.robust.spec.violation(found.metrics) == pytest.approx(0.1 + 1.0 + 1.0)  # a limit for each unknown


def test_the_spec_judges_by_the_worst_corner():
    (found,), asked, examiner = examined((12.5, 1.0))
    spec = examiner.robust.spec
    assert asked == {12.5: ["hot", "cold"]} and found.metrics["extra"] == 2
    assert spec.violation(found.metrics) == 0.0 and spec.F(found.metrics) == pytest.approx([-10.5, 1.0])


def test_who_fails_at_the_first_corner_is_not_taken_to_the_others():
    (found,), asked, examiner = examined((11.6, 1.0))
    assert asked == {11.6: ["hot"]}
    assert examiner.robust.spec.violation(found.metrics) == pytest.approx(0.04 + 2.0)  # 9.6 hot; cold is unknown


def test_the_corner_that_most_failed_at_comes_first():
    spec = Corners(PLAIN, ("cold", "slow", "hot")).spec
    failed = {"gain": 11.0, "gain@cold": 12.0, "gain@hot": 9.0, "power": 1.0, "power@cold": 1.0, "power@hot": 1.0}
    before = [row(Measurement("ok", failed), spec)]
    _, asked, _ = examined((12.5, 1.0), corners=("cold", "slow", "hot"), before=before)
    assert asked == {12.5: ["hot", "cold", "slow"]}


def test_who_is_worse_at_a_corner_than_a_robust_design_goes_no_further():
    spec = Corners(PLAIN, ("hot", "cold")).spec
    better = {
        f"{name}{at}": value for name, value in {"gain": 13.0, "power": 1.0}.items() for at in ("", "@hot", "@cold")
    }
    before = [row(Measurement("ok", better), spec)]
    found, asked, _ = examined((12.5, 1.0), (12.6, 0.9), before=before)
    assert asked == {12.5: ["hot"], 12.6: ["hot", "cold"]}
    assert spec.violation(found[0].metrics) > 0 >= spec.violation(found[1].metrics)  # unknown is never feasible


def test_the_extra_simulations_are_bounded_and_go_to_the_best():
    # four designs at one extra each: four in all. One corner for each of those that hold, then one is left for one
    found, asked, _ = examined((12.5, 1.0), (12.6, 0.9), (12.7, 0.8), (5.0, 1.0), cost=1.0)
    assert sum(map(len, asked.values())) == 4
    assert asked[12.7] == ["hot", "cold"] and [one.metrics.get("extra") for one in found] == [1, 1, 2, None]


def test_what_early_designs_leave_over_is_for_later_ones():
    idle = [row(Measurement("ok", {"gain": 1.0, "power": 1.0}), PLAIN)] * 4
    _, asked, _ = examined((12.5, 1.0), cost=0.4, before=idle)  # five designs at 0.4
    assert asked == {12.5: ["hot", "cold"]}
    _, asked, _ = examined((12.5, 1.0), cost=0.4)
    assert asked == {12.5: []}


def test_a_corner_that_cannot_be_measured_keeps_nothing_and_says_why():
    (found,), _, examiner = examined((11.0, 1.0), corners=("cold",))
    assert found.message == "cold: no_convergence singular matrix"
    assert examiner.robust.spec.violation(found.metrics) > 1.0


def test_without_corners_nothing_changes():
    assert PLAIN.F({"gain": 12.0, "power": 1.0}) == pytest.approx([-12.0, 1.0])
    assert PLAIN.G({"gain": 12.0, "power": 1.0}) == pytest.approx([-0.2, -0.5])


def test_a_metric_that_was_not_measured_is_one_limit_away_and_never_nan():
    assert PLAIN.G({"gain": 9.0}) == pytest.approx([0.1, 1.0])
    assert np.isfinite(replace(PLAIN).F({"gain": 9.0})).all()
