"""The study of learned proposals: its specs, and what it counts."""

import numpy as np
import pytest

pytest.importorskip("torch")
from experiments.model_gain import __main__ as study


def test_specs_are_drawn_by_rule_and_not_those_of_the_data():
    assert study.goals(2024, 3) == study.goals(2024, 3) != study.goals(2024, 4)
    every = [study.goals(study.TESTED_ON, number) for number in range(200)]
    gains, powers = (np.array([each[name] for each in every]) for name in ("gain_db.min", "power_w.max"))
    assert 10 <= gains.min() < 11 and 19 < gains.max() <= 20
    assert np.median(powers) == pytest.approx(3e-3 * 5**0.5, rel=0.15)  # the middle of a logarithmic scale
    assert not {str(study.goals(*each)) for each in study.TRAINED_ON} & set(map(str, every))


def test_the_first_good_design_is_counted_from_one():
    assert study.first([False, False, True, True]) == 3
    assert study.first([False]) == float("inf")


def test_the_answer_has_a_line_for_each_way():
    text = study.answer({"diffusion": [0.5, 0.0]}, {"diffusion": [1, np.inf, 3], "NSGA-II": [np.inf] * 3})
    assert "| diffusion | 25.0 % | 0 to 50 % | 2 of 3 | 3 |" in text
    assert f"| NSGA-II |  |  | 0 of 3 | more than {study.BUDGET} |" in text
