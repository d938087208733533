"""Ideal current sources without room, by Ohm's law."""

import pytest

from genrf.circuits.netlist import Element
from tests.circuits.rules.known import load, report, told

pytestmark = pytest.mark.ngspice
LEAST = 4.0 * 1.380649e-23 * 300.15 / 1.602176634e-19  # 4 kT/q at 27 degrees: 103.5 mV


def fed(current, nets=("vdd", "d")):
    """A current source, and 10 kohm from net `d` to ground."""
    return report(Element("ibias", nets, current), load(10e3, to="0"))


@pytest.mark.parametrize(("current", "across"), [(115e-6, 0.05), (130e-6, -0.1)])
def test_a_source_without_room_is_told_with_what_a_transistor_needs(current, across):
    """115 uA drop 1.15 V of 1.2 V, and 130 uA would lift the net above the supply."""
    (found,) = (one for one in fed(current).findings if one.rule == "headroom")
    assert (found.device, found.severity, found.unit) == ("ibias", "warning", "V")
    assert found.value == pytest.approx(across, abs=1e-6) and found.limit == pytest.approx(LEAST, rel=1e-6)


def test_a_source_with_room_and_a_load_are_fine():
    """100 uA leave 0.2 V; a load draws its current out of the net."""
    assert not told(fed(100e-6))
    assert not told(report(Element("iload", ("d", "0"), 50e-6), load(10e3)))


@pytest.mark.parametrize(("current", "nets"), [(50e-6, ("0", "d")), (-50e-6, ("d", "0"))])
def test_a_source_that_pulls_its_current_out_of_ground_is_a_battery(current, nets):
    """Its power comes from no supply."""
    (found,) = (one for one in fed(current, nets).findings if one.rule == "headroom")
    assert found.value == pytest.approx(-0.5, abs=1e-6)
