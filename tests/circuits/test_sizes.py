"""Compiled sizes are the elements' own, or there are none."""

import math
import pickle

import numpy as np
import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.sizes import SizedNetlist, sizes
from tests.circuits.process import LIBRARY, draw, problem

SAMPLES = [{"x": 1.5, "y": 0.25}, {"x": 3.0, "y": 0.5}]


def made(element):
    return sizes(lambda v: Netlist((element(v),)), ["x", "y"], SAMPLES)


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("corner", ["", "ss_hot"])
def test_every_circuit_of_the_default_process_is_compiled_and_sets_what_its_elements_say(name, corner):
    sizing = problem(name)
    conditions = sizing.technology.at(corner)
    old, new = (sizing.testbench(values, corner) for values in draw(sizing.structure.space, 2))
    assert isinstance(new.netlist, SizedNetlist)
    plain_old, plain_new = (
        sizing._around(b.netlist.values, conditions=conditions, bench=sizing.bench) for b in (old, new)
    )
    wanted = dict(command.rsplit(" ", 1) for command in plain_new.changes(plain_old))
    given = dict(command.rsplit(" ", 1) for command in ";".join(new.changes(old)).split(";"))
    assert wanted.items() <= given.items()
    assert new.netlist.elements == plain_new.elements
    assert new.changes(new) == []


def test_lines_stay_within_what_ngspice_reads():
    old, new = (problem().testbench(values) for values in draw(problem().structure.space, 2))
    assert max(map(len, new.changes(old))) < 1023


def test_arithmetic_is_compiled_in_the_order_in_which_it_is_written():
    found = made(lambda v: Element("r1", ("a", "0"), (2.0 - v["x"]) * v["y"] / 3.0 + v["x"] ** 2 * 1e-3))
    assert found.numbers({"x": 0.1, "y": 0.7}) == ((2.0 - 0.1) * 0.7 / 3.0 + 0.1**2 * 1e-3,)
    assert found.commands((5.0,)) == ["alter r1 5.0"]


@pytest.mark.parametrize(
    "element",
    [
        lambda v: Element("r1", ("a", "0"), math.sqrt(v["x"])),
        lambda v: Element("r1", ("a", "0"), max(v["x"], 2.0)),
        lambda v: Element("r1", ("a", "0"), float(int(v["x"]))),
        lambda v: Element("r1", ("a", "0"), 1.0 if v["x"] > 2.0 else 2.0),
        lambda v: Element("m1", ("a", "0"), model="wide" if v["x"] > 2.0 else "narrow", parameters={"w": v["y"]}),
    ],
    ids=["root", "maximum", "whole", "condition", "bin"],
)
def test_what_is_more_than_arithmetic_is_not_compiled(element):
    assert made(element) is None


def test_a_problem_that_was_used_still_travels_to_a_worker():
    sizing = problem()
    (values,) = draw(sizing.structure.space, 1)
    sizing.testbench(values)
    again = pickle.loads(pickle.dumps(sizing))
    assert again.testbench(values).netlist.elements == sizing.testbench(values).netlist.elements


def test_numbers_of_numpy_are_numbers():
    sizing = problem()
    old, values = draw(sizing.structure.space, 2)
    bench, loaded = sizing.testbench({name: np.float64(value) for name, value in values.items()}), sizing.testbench(old)
    assert bench.changes(loaded) == sizing.testbench(values).changes(loaded)


def test_other_sizes_of_another_circuit_are_another_circuit():
    first, second = problem("lna_cascode"), problem("lna_common_gate")
    a, b = (p.testbench(p.structure.space.decode(np.full(len(p.structure.space), 0.5))) for p in (first, second))
    assert a.changes(b) is None
