"""Symbols against schemdraw, whose elements they are made of, and against what their terminals mean."""

import pytest
from schemdraw import elements

from genrf.circuits.schematic.elements import UNIT, symbols

SYMBOLS = symbols()
TWO = {
    "resistor": elements.Resistor,
    "capacitor": elements.Capacitor,
    "inductor": elements.Inductor,
    "diode": elements.Diode,
    "current": elements.SourceI,
    "voltage source": elements.SourceV,
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_every_pin_is_on_the_grid_and_at_the_end_of_a_straight_lead(name):
    symbol = SYMBOLS[name]
    for pin in symbol.pins.values():
        assert all(place == round(place) for place in pin)
        leads = [line for one in symbol.strokes for line in (one.points, one.points[::-1]) if line[0] == pin]
        assert leads, "no stroke reaches the pin"
        assert all(0.0 in (a[0] - b[0], a[1] - b[1]) for a, b, *_ in leads)


@pytest.mark.parametrize("name", TWO)
def test_a_body_is_as_wide_and_as_long_as_schemdraw_draws_it(name):
    box = TWO[name]().get_bbox()
    body = SYMBOLS[name].body
    assert body.bottom - body.top == pytest.approx(UNIT * (box.xmax - box.xmin), abs=2e-2)
    assert body.right == -body.left == pytest.approx(UNIT * max(box.ymax, -box.ymin), abs=2e-2)


def tips(name):
    """Where the arrows of a symbol point to: nothing else is filled."""
    return [stroke.points[0] for stroke in SYMBOLS[name].strokes if stroke.filled]


@pytest.mark.parametrize(
    ("name", "into"),
    [("current", "into"), ("current source", "n"), ("vccs", "n"), ("vccs_turned", "n"), ("npn", "e"), ("nmos", "s")],
)
def test_an_arrow_points_where_the_current_goes(name, into):
    """SPICE's sources drive current from their first node through themselves to the second."""
    (tip,) = tips(name)
    y = SYMBOLS[name].pins[into][1]
    assert tip[1] * y > 0


@pytest.mark.parametrize(("name", "outwards"), [("nmos4", False), ("pmos4", True)])
def test_an_arrow_at_a_bulk_points_from_p_to_n(name, outwards):
    """Of equal sides, as schemdraw draws it, on the lead between the channel at -1 and the bulk's pin."""
    (head,) = (stroke.points for stroke in SYMBOLS[name].strokes if stroke.filled)
    tip, *ends = head
    assert tip == (0.0 if outwards else -1.0, 0.0)
    assert {x for x, _ in ends} == {-0.6 if outwards else -0.4}


@pytest.mark.parametrize(("name", "out_of"), [("pnp", "e"), ("pnp_substrate", "e"), ("pmos", "s")])
def test_an_arrow_at_a_p_type_comes_from_its_source(name, out_of):
    (tip,) = tips(name)
    assert tip[1] * SYMBOLS[name].pins[out_of][1] > 0 and tip[0] < -0.5, "towards the device"


@pytest.mark.parametrize("name", ["voltage source", "vcvs", "vcvs_turned"])
def test_plus_is_at_the_positive_end(name):
    level = [one.points for one in SYMBOLS[name].strokes if len({y for _, y in one.points}) == 1]
    inside = {line[0][1] for line in level if all(abs(x) < 0.5 for x, _ in line)}
    upright = [one.points for one in SYMBOLS[name].strokes if len({x for x, _ in one.points}) == 1]
    crossed = {y for y in inside for line in upright if min(line)[1] < y < max(line)[1] and abs(line[0][0]) < 0.1}
    (plus,) = crossed
    assert len(inside) == 2 and plus * SYMBOLS[name].pins["p"][1] > 0
