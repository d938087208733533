"""The transistors of a sketched design, as the report shows them."""

import pytest

from genrf.circuits.signoff import signoff
from genrf.core.problem import Design
from tests.circuits.process import asked, problem
from tests.circuits.test_export import VALUES

pytestmark = pytest.mark.ngspice


def columns(panel):
    trace = panel.figure["data"][0]
    return dict(zip(trace["header"]["values"], trace["cells"]["values"], strict=True))


def test_a_sketched_design_shows_its_operating_points_once():
    """The same as its validation finds, and as its power says: the mirror's current, and that of both in the stack."""
    sizing = problem()
    sketched = sizing.sketch(VALUES)
    panels = sizing.panels([Design("1", sizing, VALUES, sketched.metrics, curves=sketched.curves)])
    (points,) = (columns(panel) for panel in panels if panel.title == "Operating points")
    validated = {one.device: one for one in signoff(sizing, VALUES, sketched.metrics).transistors}
    assert points["transistor"] == [name.removeprefix("m") for name in validated], "as the schematic calls them"
    assert {*points["transistor"]} <= {device.name for device in sizing.structure.devices}
    assert points["region"] == [one.region for one in validated.values()]
    milliamperes = [float(text.removesuffix(" mA").removesuffix(" uA")) for text in points["current"]]
    stack = max(one for one, text in zip(milliamperes, points["current"], strict=True) if text.endswith("mA"))
    supply = sizing.technology.at().supply
    assert supply * (1e-3 * stack + VALUES["i_bias"]) == pytest.approx(sketched.metrics["power_w"], rel=2e-3)


@pytest.mark.parametrize(("spec", "costly"), [("lna_2p4ghz", set()), ("lna_2p4ghz_linear", {"two_tone"})])
def test_a_sketch_is_a_survey_without_transients(spec, costly):
    sizing = asked(spec)
    sketched, surveyed = sizing.sketch(VALUES), sizing.survey(VALUES)
    assert surveyed.curves.keys() - sketched.curves.keys() == costly
    whole, part = (
        [panel.title for panel in sizing.panels([Design("1", sizing, VALUES, {}, curves=one.curves)])]
        for one in (surveyed, sketched)
    )
    assert part == [*whole, "Operating points"] and {"Third-order intercept", "Sources of noise"} < {*part}


def test_many_designs_are_drawn_each_with_its_own_values():
    """On one sheet, which has room for the widest texts; each is read back as the circuit that it is."""
    from genrf.circuits.schematic.faults import faults
    from genrf.circuits.schematic.read import Drawing

    sizing = problem()
    others = [VALUES, {**VALUES, "r_load": 612.0, "nf_1": 7.0}, {**VALUES, "c_load": 123.4e-15}]
    drawn = sizing.drawings(others)
    assert ["612 Ω" in one for one in drawn] == [False, True, False]
    assert ["123 fF" in one for one in drawn] == [False, False, True]
    assert all(faults(Drawing.of(one), sizing.structure) == [] for one in drawn)
