"""A search over corners: who is charged for them, and what the spec makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from genrf.core.problem import Measurement
from genrf.core.robust import everywhere
from genrf.core.spec import DesignSpec

GOALS = {"gain": {"min": 10.0, "objective": "maximize"}, "power": {"max": 2.0, "objective": "minimize"}}
SPEC = DesignSpec("robust", GOALS, corners=("hot", "cold"))


class Amplifier:
    """gain = x nominally, x - 2 hot, x + 1 cold; it does not converge cold below x = 11.5."""

    spec = SPEC

    def __init__(self):
        self.asked = []

    def measure(self, values, corner):
        self.asked.append(corner)
        if corner == "cold" and values["x"] < 11.5:
            return Measurement("no_convergence", message="singular matrix")
        return Measurement("ok", {"gain": values["x"] + {"hot": -2, "cold": 1}[corner], "power": 1.0})


def measured(x):
    amplifier = Amplifier()
    nominal = Measurement("ok", {"gain": x, "power": 1.0})
    return everywhere(amplifier, {"x": x}, nominal), amplifier.asked


def test_a_design_that_fails_nominally_is_charged_no_more():
    found, asked = measured(9.0)
    assert asked == [] and found.metrics == {"gain": 9.0, "power": 1.0}
    assert SPEC.violation(found.metrics) == pytest.approx(0.1 + 1.0 + 1.0)  # its own, and a limit for each unknown


def test_the_spec_judges_by_the_worst_corner():
    found, asked = measured(12.5)
    assert asked == ["hot", "cold"]
    assert SPEC.violation(found.metrics) == 0.0
    assert SPEC.F(found.metrics) == pytest.approx([-10.5, 1.0])
    assert SPEC.violation(measured(11.6)[0].metrics) == pytest.approx(0.04)  # 9.6 hot, against 10


def test_a_corner_that_cannot_be_measured_keeps_nothing_and_says_why():
    found, _ = measured(11.0)
    assert found.message == "cold: no_convergence singular matrix"
    assert SPEC.violation(found.metrics) > 1.0


def test_without_corners_nothing_changes():
    plain = replace(SPEC, corners=())
    assert plain.F({"gain": 12.0, "power": 1.0}) == pytest.approx([-12.0, 1.0])
    assert plain.G({"gain": 12.0, "power": 1.0}) == pytest.approx([-0.2, -0.5])


def test_a_metric_that_was_not_measured_is_one_limit_away_and_never_nan():
    plain = replace(SPEC, corners=())
    assert plain.G({"gain": 9.0}) == pytest.approx([0.1, 1.0])
    assert np.isfinite(plain.F({"gain": 9.0})).all()
