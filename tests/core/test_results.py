"""Rows of measured designs, added to batch by batch."""

import numpy as np
import pytest

from genrf.core.problem import Measurement
from genrf.core.results import Results, Row
from tests.core.test_spec import GOOD, SPEC


def row(number, status="ok"):
    metrics = {"gain_db": 15.0 + number, "s11_db": -12.0, "power_w": 1e-3 * (1 + number)} if status == "ok" else {}
    return Row.of(f"{number:06d}", "amp", "optimize", {}, Measurement(status, metrics), 0.0, SPEC)


def test_what_was_looked_at_before_and_then_added_to_has_the_objectives_of_its_rows():
    results = Results(SPEC, (row(0), row(1, "no_convergence")))
    assert results.F.shape == (2, 2)
    results += [row(2), row(3)]
    results += []
    expected = [[-15.0, 1e-3], [np.inf, np.inf], [-17.0, 3e-3], [-18.0, 4e-3]]
    np.testing.assert_allclose(results.F, expected)
    np.testing.assert_allclose(results.only([False, True, False, True]).F, [expected[1], expected[3]])
    assert [one.id for one in results.front()] == ["000000", "000002", "000003"]


@pytest.mark.parametrize("name", ["gain_db", "s11_db", "power_w"])
def test_a_metric_that_is_no_number_is_infinitely_far_from_its_limit(name):
    assert SPEC.violation({**GOOD, name: np.nan}) == np.inf
