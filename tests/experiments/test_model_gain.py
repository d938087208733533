"""The study of learned proposals: its specs, and what it counts."""

import numpy as np
import pytest

pytest.importorskip("torch")
from experiments.model_gain import __main__ as study
from experiments.model_gain.searches import first, volume
from experiments.model_gain.specs import TESTED_ON, goals
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec


def test_specs_are_drawn_by_rule():
    assert goals(2024, 3) == goals(2024, 3) != goals(2024, 4)
    every = [goals(TESTED_ON, number) for number in range(200)]
    gains, powers = (np.array([each[name] for each in every]) for name in ("gain_db.min", "power_w.max"))
    assert 10 <= gains.min() < 11 and 19 < gains.max() <= 20
    assert np.median(powers) == pytest.approx(3e-3 * 5**0.5, rel=0.15)  # the middle of a logarithmic scale


def test_the_first_good_design_is_counted_from_one():
    assert first([False, False, True, True]) == 3
    assert first([False]) == float("inf")


def test_the_answer_has_a_line_for_each_way():
    text = study.answer({"diffusion": [[0.5, 0.0], [0.5, 0.5]]}, {"diffusion": [[1, 3], [2, 2]], "NSGA-II": [[np.inf]]})
    assert "| diffusion | 37.5 % (25.0 to 50.0) | 2 to 2 of 2 | 2, 2 |" in text
    assert f"| NSGA-II |  | 0 to 0 of 1 | > {study.SEARCHES['NSGA-II'].most} |" in text


def test_the_volume_is_that_of_the_box_beyond_the_limits():
    goals = {"gain_db": {"min": 10, "objective": "maximize"}, "nf_db": {"max": 2, "objective": "minimize"},
             "power_w": {"max": 0.01, "objective": "minimize"}}  # fmt: skip
    spec = DesignSpec("s", goals)
    good = {"gain_db": 15.0, "nf_db": 1.0, "power_w": 0.0025}
    rows = [
        Row("0", "a", "optimize", "", "ok", "", 0.0, spec.violation(m), {}, m) for m in (good, {**good, "nf_db": 3})
    ]
    assert volume(Results(spec, tuple(rows))) == pytest.approx(0.5 * 0.5 * 0.75)
