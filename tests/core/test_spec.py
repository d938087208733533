import numpy as np
import pytest

from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec, Goal, Metric

SPEC = DesignSpec(
    "amp",
    {
        "gain_db": {"min": 15, "objective": "maximize"},
        "s11_db": {"max": -10},
        "power_w": {"max": "10m", "objective": "minimize"},
    },
)
GOOD = {"gain_db": 18.0, "s11_db": -12.0, "power_w": 5e-3}


def test_objectives_are_all_minimised():
    np.testing.assert_allclose(SPEC.F(GOOD), [-18.0, 5e-3])


def test_constraints_are_relative_to_their_limits():
    np.testing.assert_allclose(SPEC.G(GOOD), [(15 - 18) / 15, (-12 + 10) / 10, (5e-3 - 10e-3) / 10e-3])


def test_violation_is_zero_exactly_when_every_limit_holds():
    assert SPEC.violation(GOOD) == 0
    assert SPEC.violation({**GOOD, "gain_db": 15.0}) == 0
    assert SPEC.violation({**GOOD, "gain_db": 12.0, "s11_db": -9.0}) == pytest.approx(0.2 + 0.1)


@pytest.mark.parametrize(
    ("goals", "message"),
    [
        ({"gain_db": {"min": 20, "max": 10, "objective": "maximize"}}, r"min=20, max=10 \(swapped\?\)"),
        ({"gain_db": {"mni": 20}}, "unknown key 'mni'; did you mean 'min'"),
        ({"gain_db": {"objective": "best"}}, "objective must be minimize or maximize, got 'best'"),
        ({"gain_db": {}}, "wants nothing"),
        ({"gain_db": {"min": 15}}, "no goal has an objective"),
        ({"gain_db": {"min": "15 apples", "objective": "maximize"}}, "'15 apples' is not a quantity"),
    ],
)
def test_a_wrong_goal_is_named(goals, message):
    with pytest.raises(ConfigError, match=message):
        DesignSpec("amp", goals)


def test_a_metric_that_the_problem_lacks_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match="no metric 's11_db'; did you mean 's21_db'"):
        SPEC.check({"gain_db": Metric("dB", ""), "power_w": Metric("W", ""), "s21_db": Metric("dB", "")})


def test_a_goal_may_want_a_window():
    goal = Goal("z", 40.0, 60.0)
    assert goal.limits() == ">= 40 and <= 60"
    assert Goal("f", minimum=4.8e9, maximum=5.25e9).limits("Hz") == ">= 4.8 GHz and <= 5.25 GHz"
    assert max(goal.excess(50.0)) < 0 < max(goal.excess(66.0))
