"""Transistors of one size keep their own gate resistance."""

import numpy as np
import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.sizes_apart import sizes_apart
from genrf.circuits.testbench import Ac, Grid, Testbench
from tests.circuits.process import technology

PAIR, TAIL = (33.5e-6, 0.13e-6, 23.0), (16e-6, 0.25e-6, 4.0)  # width and length in m, fingers


def transistors(*sizes):
    """One beside the other, each gate driven by an alternating volt."""
    elements = []
    for number, (width, length, fingers) in enumerate(sizes):
        parameters = {"w": width, "l": length, "nf": fingers}
        elements += [
            Element(f"m{number}", (f"d{number}", f"g{number}", "0", "0"), model="nch", parameters=parameters),
            Element(f"vd{number}", (f"d{number}", "0"), 1.0),
            Element(f"vg{number}", (f"g{number}", "0"), flags="dc 0.6 ac 1"),
        ]
    return Netlist(tuple(elements), technology().at().models)


def gates(netlist, engine):
    """The resistance of each gate in ohm: the real part of its impedance."""
    count = sum(element.name[0] == "m" for element in netlist.elements)
    currents = tuple(f"vg{number}#branch" for number in range(count))
    bench = Testbench(netlist, {"ac": Ac(currents, Grid("lin", 1, 1e9, 1e9))}, 27.0)
    found = engine.simulate(bench)["ac"]
    return [float((-1.0 / found[current][0]).real) for current in currents]


def closed_form(width, length, fingers):
    """BSIM4.8 manual, eq. 7.17: rshg (xgw + weffcj / (3 ngcon)) / (ngcon (l - xgl) nf), by the cards of generic130."""
    rshg, xgw, dwj = 8.0, 0.15e-6, 5e-9
    return rshg * (xgw + (width / fingers - 2.0 * dwj) / 3.0) / (length * fingers)


@pytest.mark.ngspice
@pytest.mark.parametrize("engine", [NgSpiceEngine(), NgSpiceBatchEngine(30.0)], ids=["in process", "fresh"])
def test_a_pair_has_the_gates_of_its_own_length_whatever_stands_between(engine):
    sizes = (PAIR, TAIL, PAIR, TAIL)
    found = gates(sizes_apart(transistors(*sizes)), engine)
    assert found == pytest.approx([closed_form(*size) for size in sizes], rel=1e-3)


@pytest.mark.ngspice
def test_this_ngspice_gives_the_second_of_a_pair_the_gate_of_another_length():
    found = gates(transistors(PAIR, TAIL, PAIR), NgSpiceBatchEngine(30.0))
    wrong = closed_form(*PAIR) * PAIR[1] / TAIL[1]
    assert sorted(found[::2]) == pytest.approx([wrong, closed_form(*PAIR)], rel=0.03)


def test_only_widths_change_and_by_less_than_anybody_can_draw():
    given = transistors(PAIR, TAIL, PAIR)
    apart = sizes_apart(given)
    widths = [element.parameters["w"] for element in apart.elements if element.name[0] == "m"]
    assert len(set(widths)) == 3
    np.testing.assert_allclose(widths, [PAIR[0], TAIL[0], PAIR[0]], rtol=1e-13)
    assert [one._replace(parameters={}) for one in apart.elements] == [
        one._replace(parameters={}) for one in given.elements
    ]
