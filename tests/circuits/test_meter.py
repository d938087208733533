"""What a meter makes of what procedures give it."""

from types import SimpleNamespace

import numpy as np

from genrf.circuits.meter import Meter
from genrf.core.spec import DesignSpec


def test_costly_curves_have_the_digits_of_a_metric():
    """Beyond them, a simulator in a process shows traces of the designs that it met before."""
    given = {"shares": {"m1": np.array([[1 / 3, 2e-17 / 3]])}, "level": 2 / 3, "wave": np.array([1j / 3]), "n": 3}
    bench = SimpleNamespace(extras=lambda setup: given, procedures=())
    found = Meter(bench, DesignSpec("any", {"gain": {"objective": "maximize"}}), None).extras(lambda: None)
    assert found["shares"]["m1"].tolist() == [[0.333333333, 6.66666667e-18]] and found["level"] == 0.666666667
    assert found["wave"] is given["wave"] and found["n"] == 3


def test_curves_of_a_sketch_have_the_digits_of_a_metric():
    bench = SimpleNamespace(curves=lambda setup: {"small_tones": {"iip3_dbm": -20 / 3}}, measures={})
    engine = SimpleNamespace(simulate=lambda testbench: {"op": {}})
    found = Meter(bench, DesignSpec("any", {"gain": {"objective": "maximize"}}), engine).sketch(None, lambda: None)
    assert found.curves == {"op": {}, "small_tones": {"iip3_dbm": -6.66666667}}
