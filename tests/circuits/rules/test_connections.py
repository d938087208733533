"""Faults of the graph, and circuits with more than one operating point."""

from itertools import combinations

import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.rules.connections import connections
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.startup import _guesses
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from tests.circuits.process import technology
from tests.circuits.rules.known import ENGINE, SUPPLY, gate, inverter, load, nmos, report, told

pytestmark = pytest.mark.ngspice


def faults(*elements):
    return [(one.device, one.what, one.severity) for one in connections(Netlist((SUPPLY, *elements)))]


def capacitor(a, b, name="c1"):
    return Element(name, (a, b), 1e-12)


def test_a_floating_gate_is_an_error_at_its_device():
    assert faults(capacitor("vdd", "g"), load(1e3), nmos()) == [
        ("m1", "floating gate of m1: no direct current reaches net g", "error")
    ]


def test_a_net_between_capacitors_has_no_dc_path():
    assert faults(capacitor("vdd", "x"), capacitor("x", "0", "c2")) == [
        ("x", "no DC path to ground from net x", "error")
    ]


def test_a_current_source_gives_no_dc_path_and_a_part_is_told_once():
    """Whatever voltage the source finds is as good as any other."""
    feeding, apart = Element("i1", ("vdd", "x"), 1e-6), Element("r1", ("x", "y"), 1e3)
    assert faults(feeding, apart, capacitor("y", "0")) == [("x", "no DC path to ground from net x, y", "error")]


@pytest.mark.parametrize(
    "joining",
    [
        Element("r9", ("x", "0"), 1e9),
        Element("l9", ("x", "0"), 1e-9),
        Element("d9", ("0", "x"), model="dd"),
        Element("q9", ("vdd", "x", "0"), model="qn"),
        Element("e9", ("x", "0", "vdd", "0"), 1.0),
        Element("b9", ("x", "0"), flags="v=v(vdd)"),
        Element("m9", ("x", "vdd", "0", "0"), model="n1"),
    ],
)
def test_what_conducts_joins(joining):
    assert not faults(capacitor("vdd", "x"), joining)


@pytest.mark.parametrize(
    "parting",
    [
        Element("g9", ("x", "0", "vdd", "0"), 1.0),
        Element("b9", ("x", "0"), flags="i=v(vdd)"),
        Element("m9", ("vdd", "x", "0", "x"), model="n1"),
    ],
)
def test_what_does_not_conduct_does_not_join(parting):
    assert len(faults(capacitor("vdd", "x"), parting)) == 1


def test_two_sources_side_by_side_are_a_loop_without_resistance():
    assert faults(Element("v2", ("vdd", "0"), 1.0)) == [("v2", "a loop without resistance: v2, vdd", "error")]
    coils = (Element("l1", ("vdd", "x"), 1e-9), Element("l2", ("x", "0"), 1e-9))
    ((device, what, severity),) = faults(*coils)
    assert (device, severity) == ("l2", "error") and set(what.split(": ")[1].split(", ")) == {"vdd", "l1", "l2"}


def test_a_port_has_its_resistance_inside():
    port = Element("vin", ("vdd", "0"), flags="dc 0 ac 1 portnum 1 z0 50")
    assert not faults(port)


def test_a_loose_end_is_a_warning_unless_an_expression_reads_it():
    loose = load(1e3, "x")
    assert faults(loose, load(1e3, "0")) == [("x", "loose end: only rx touches this net", "warning")]
    reading = Element("b1", ("y", "0"), flags="v=2*v(x, vdd)")
    assert not faults(loose, reading, load(1e3, "y"))


def test_a_device_with_both_ends_on_one_net_is_a_warning():
    assert faults(load(1e3, "vdd")) == [("rvdd", "both ends are on net vdd", "warning")]


LATCH = (*inverter("1", "a", "b"), *inverter("2", "b", "a"))


@pytest.mark.parametrize("engine", [ENGINE, NgSpiceBatchEngine(20.0)])
def test_a_latch_has_two_operating_points(engine):
    """From no guess at all Newton's iteration ends where both halves balance."""
    found = report(*LATCH, process=technology(), engine=engine)
    (one,) = found.findings
    assert (one.rule, one.severity, one.unit) == ("start-up", "warning", "V") and one.device in ("a", "b")
    assert min(one.value, 1.2 - one.value) < 1e-3 and 0.4 < one.limit < 0.8


def test_a_latch_among_other_nets_is_found_too():
    chain = [inverter(str(k), f"n{k}", f"n{k + 1}") for k in range(5, 15)]
    driven = Element("vi", ("n5", "0"), 0.0)
    found = report(*LATCH, driven, *(one for pair in chain for one in pair), capacitor("n15", "0"))
    assert [one.rule for one in found.findings if one.severity == "warning"] == ["start-up"]


def test_a_self_biased_reference_may_stay_without_current():
    """Two bipolars that hold each other's base: all off is as stable as all on."""
    thyristor = (
        Element("q1", ("p", "n", "0"), model="qn"),
        Element("q2", ("n", "p", "e"), model="qp"),
        Element("re", ("vdd", "e"), 1e3),
        Element("rn", ("n", "0"), 100e3),
        Element("rp", ("e", "p"), 100e3),
    )
    assert "start-up" in [rule for rule, _ in told(report(*thyristor))]


def test_inverters_in_a_row_have_one_operating_point():
    found = report(gate(0.0), *inverter("1", "g", "b"), *inverter("2", "b", "c"), capacitor("c", "0"))
    assert not told(found)


def test_a_net_held_by_leakage_alone_is_no_second_operating_point():
    stack = nmos("m1", "nch", nets=("vdd", "0", "x", "0")), nmos("m2", "nch", nets=("x", "0", "0", "0"))
    assert not told(report(*stack))


def test_second_operating_points_are_not_looked_for_where_something_floats(monkeypatch):
    """A net that nothing holds may stay wherever the first guess puts it."""
    found = Finding("start-up", "g", "two operating points", "warning")
    monkeypatch.setattr("genrf.circuits.validator.startup", lambda *_, **__: [found])
    assert ("start-up", "g") in told(report(Element("rg", ("vdd", "g"), 1e3), load(1e3), nmos()))
    assert ("start-up", "g") not in told(report(capacitor("vdd", "g"), load(1e3), nmos()))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9])
def test_any_two_nets_begin_apart_in_one_of_the_guesses(count):
    free = [f"n{k}" for k in range(count)]
    found = list(_guesses(free, 1.2, False))
    assert set(found[0].values()) == {0.0} and set(found[1].values()) == {1.2}
    for a, b in combinations(free, 2):
        assert {(0.0, 1.2), (1.2, 0.0)} <= {(guess[a], guess[b]) for guess in found}
    assert len(list(_guesses(free, 1.2, True))) == 2 and not list(_guesses([], 1.2, False))


def test_a_circuit_without_an_operating_point_says_why():
    found = report(Element("v2", ("vdd", "0"), 1.0))
    assert told(found) == [("connection", "v2"), ("operating point", "")] and not found.passed
    assert "op: " in found.findings[1].what and found.summary == "2 errors, 0 warnings, 1 note"


def test_a_voltage_that_no_circuit_has_is_an_error():
    """1 mA through 10 Mohm are 10 kV."""
    found = report(Element("i1", ("0", "x"), 1e-3), Element("rx", ("x", "0"), 10e6), Element("rv", ("vdd", "0"), 1e3))
    (one,) = [one for one in found.findings if one.severity == "error"]
    assert (one.rule, one.device, one.unit) == ("operating point", "x", "V") and one.value == pytest.approx(1e4)
    half = report(Element("i1", ("0", "x"), 1e-3), Element("rx", ("x", "0"), 0.9e6), Element("rv", ("vdd", "0"), 1e3))
    assert half.passed


def test_a_circuit_of_a_hundred_transistors_is_looked_at_whole():
    chain = [inverter(str(k), f"node{k}", f"node{k + 1}") for k in range(60)]
    found = report(
        Element("vi", ("node0", "0"), 0.0), *(one for pair in chain for one in pair), capacitor("node60", "0")
    )
    assert len(found.transistors) == 120 and not told(found)
