"""Voltages and currents against the limits of generic130."""

from dataclasses import replace

import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.rules.limits import DeviceLimits
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.validator import CircuitValidator
from genrf.core.errors import ConfigError
from tests.circuits.process import technology
from tests.circuits.rules.known import SHORT, SUPPLY, gate, load, nmos, report, told

pytestmark = pytest.mark.ngspice


def test_three_volts_on_a_gate_of_a_process_of_1_2_volts():
    found = report(gate(3.0), load(1e3), nmos(model="nch", size=SHORT), process=technology())
    stress = {one.what: one for one in found.findings if one.rule == "breakdown"}
    one = stress["voltage between g and s"]
    assert (one.device, one.value, one.limit, one.severity) == ("m1", 3.0, 1.32, "error")
    assert set(stress) == {"voltage between g and s", "voltage between g and b", "voltage between d and g"}


def test_a_supply_at_its_very_limit_keeps_it():
    high = Element("vhigh", ("g", "0"), 1.32)
    assert not told(report(high, load(10.0), nmos(model="nch", size=SHORT), process=technology()), "error")
    high = Element("vhigh", ("g", "0"), 1.3201)
    assert ("breakdown", "m1") in told(report(high, load(10.0), nmos(model="nch", size=SHORT), process=technology()))


def test_a_model_of_the_same_name_on_another_oxide_is_not_the_process_s():
    thick = ".model nch nmos level=54 version=4.8 toxe=7e-9 vth0=0.6"
    elements = (SUPPLY, gate(3.0), load(1e3), nmos(model="nch"))
    found = CircuitValidator(technology()).report(Netlist(elements, (thick,)), 27.0, NgSpiceEngine())
    assert ("breakdown", "m1") not in told(found)
    assert any("does not know the models of m1" in one.what for one in found.findings)


def test_without_a_process_or_its_limits_a_note_says_what_was_not_checked():
    circuit = (gate(3.0), load(1e3), nmos(model="nch", size=SHORT))
    cards = technology().at().models
    for process, who in ((None, "no process is given"), (replace(technology(), limits={}), "process generic130 gives")):
        found = CircuitValidator(process).report(Netlist((SUPPLY, *circuit), cards), 27.0, NgSpiceEngine())
        (note,) = [one for one in found.findings if one.rule == "limits"]
        assert note.severity == "note" and note.what.startswith(who)


def test_a_process_that_limits_its_coils_alone_says_what_it_leaves_unchecked():
    process = replace(technology(), limits={"spiral": DeviceLimits(density=1e4)})
    known = {"m1": "nmos", "rd": "resistor"}
    found = report(gate(3.0), load(1e3), nmos(model="nch", size=SHORT), process=process, kinds=known)
    assert {one.what for one in found.findings if one.rule == "limits"} == {
        "process generic130 gives no voltages of m1: their voltages were not checked",
        "process generic130 gives no current density of rd: their currents were not checked",
    }


def test_an_inductor_that_carries_too_much_current():
    """10 mA/um times 10 um of width are 100 mA; 1.2 V over 11 ohm are 109 mA."""
    coil = Element("lload", ("vdd", "d"), 1e-9)
    for ohm, expected in ((11.0, [("current density", "lload")]), (13.0, [])):
        found = report(coil, load(ohm, "d", "0"), process=technology(), kinds={"lload": "spiral"})
        assert told(found) == expected
    one = report(coil, load(11.0, "d", "0"), process=technology(), kinds={"lload": "spiral"}).findings[0]
    assert one.value == pytest.approx(1.2 / 11.0) and one.limit == pytest.approx(0.1) and one.unit == "A"


@pytest.mark.parametrize(("ohm", "expected"), [(1e3, [("current density", "r1")]), (1.3e3, [])])
def test_a_resistor_that_carries_too_much_current(ohm, expected):
    """0.5 mA/um times 2 um are 1 mA."""
    heater = Element("r1", ("vdd", "0"), ohm)
    assert told(report(heater, process=technology(), kinds={"r1": "resistor"})) == expected


def test_currents_of_unknown_width_are_a_note():
    found = report(Element("r1", ("vdd", "0"), 1e3), process=technology())
    assert [one.what for one in found.findings] == [
        "currents were not checked: the widths of resistors and inductors (1) are not known"
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"voltage": {"gg": 1.2}}, "voltage 'gg' must be two different terminals"),
        ({"voltage": {"gate": 1.2}}, "voltage 'gate' must be two different terminals"),
        ({"voltage": {"gs": 0.0}}, "voltage 'gs' must be above 0 V, got 0"),
        ({"density": -1.0}, "density must be above 0 A/m, got -1"),
    ],
)
def test_a_limit_that_is_none_is_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        DeviceLimits(**wrong)


def test_limits_of_a_device_that_the_process_lacks_are_refused():
    with pytest.raises(ConfigError, match="limits of 'nmso'; did you mean 'nmos'"):
        replace(technology(), limits={"nmso": DeviceLimits()})
