"""Where transistors work: closed forms of the square law and of the exponential."""

import pytest

from genrf.circuits.netlist import Element
from tests.circuits.process import technology
from tests.circuits.rules.known import SHORT, gate, inverter, load, nmos, report, told

pytestmark = pytest.mark.ngspice
# Level 1, Vt 0.4 V, kp W/L = 2 mA/V2. In saturation Id = 1 mA/V2 (Vgs - Vt)^2 and Vdsat = Vgs - Vt.


def test_a_transistor_in_saturation_has_the_margin_of_the_square_law():
    found = report(gate(0.6), load(5e3), nmos())
    (one,) = found.transistors
    assert one.region == "saturation" and not told(found)
    assert one.current == pytest.approx(40e-6, rel=1e-6)
    assert one.margin == pytest.approx(1.2 - 5e3 * 40e-6 - 0.2, rel=1e-6)


def test_a_transistor_in_triode_is_told_with_vds_and_vdsat():
    """Id = 2 mA/V2 (0.6 V - Vds/2) Vds through 10 kohm from 1.2 V: 10 Vds^2 - 13 Vds + 1.2 = 0, so Vds = 0.1 V."""
    found = report(gate(1.0), load(10e3), nmos())
    (one,) = found.findings[:1]
    assert (one.rule, one.device, one.severity, one.unit) == ("region", "m1", "warning", "V")
    assert one.value == pytest.approx(0.1, rel=1e-6) and one.limit == pytest.approx(0.6, rel=1e-6)


@pytest.mark.parametrize(("ohm", "margin"), [(24e3, 0.04), (23e3, 0.08)])
def test_the_edge_of_saturation_begins_50_mv_above_vdsat(ohm, margin):
    """Vds = 1.2 V - R 40 uA against Vdsat = 0.2 V."""
    found = report(gate(0.6), load(ohm), nmos())
    assert found.transistors[0].margin == pytest.approx(1.0 - ohm * 40e-6, rel=1e-5) == pytest.approx(margin, rel=1e-5)
    assert told(found) == ([("region", "m1")] if margin < 0.05 else [])


@pytest.mark.parametrize("level", [1, 2, 3, 8, 49, 14, 54])
@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_every_model_that_is_understood_gives_threshold_and_region_of_the_same_sign(level, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where ngspice writes what it thinks of bare cards
    sign = 1.0 if kind == "nmos" else -1.0
    name = "vto" if level < 4 else "vth0"
    more = "" if level < 8 else " toxe=2.7e-9" if level in (14, 54) else " tox=2.7e-9"
    card = f".model mx {kind} level={level} {name}={sign * 0.4}{more}"
    rails = Element("vss", ("vss", "0"), sign * 1.2)
    device = nmos(model="mx", nets=("d", "g", "0", "0"))
    found = report(gate(sign * 0.8), rails, load(100.0, to="vss"), device, models=(card,))
    (one,) = found.transistors
    assert one.region == "saturation"
    assert one.voltages["vth"] == pytest.approx(0.4, abs=0.15) and one.voltages["vgs"] == pytest.approx(0.8)
    assert one.margin == pytest.approx(one.voltages["vds"] - one.voltages["vdsat"])


def test_drain_and_source_may_change_places():
    found = report(gate(1.0), Element("vx", ("x", "0"), 0.1), nmos(nets=("0", "g", "x", "0")))
    (one,) = found.transistors
    assert one.region == "triode" and one.voltages["vds"] == pytest.approx(0.1)
    assert one.voltages["vgs"] == pytest.approx(1.0)  # to the terminal that now is the source


def test_weak_inversion_wants_four_thermal_voltages():
    """Below the threshold Vdsat of BSIM4 is near nothing, but the current saturates at 4 kT/q = 0.103 V."""
    fed = Element("vd", ("d", "0"), 0.09)
    found = report(gate(0.3), fed, nmos(model="nch", size=SHORT), process=technology())
    assert found.transistors[0].region == "triode"
    assert found.transistors[0].voltages["vdsat"] == pytest.approx(4 * 8.617e-5 * 300.15, rel=1e-3)
    fed = Element("vd", ("d", "0"), 0.3)
    assert report(gate(0.3), fed, nmos(model="nch", size=SHORT), process=technology()).transistors[0].region == (
        "weak inversion"
    )


def test_logic_at_rest_gives_notes_and_no_warnings():
    found = report(gate(0.0), *inverter("1", "g", "b"), process=technology())
    assert [one.region for one in found.transistors] == ["off", "closed switch"] and not told(found)


def test_a_transistor_wired_as_a_capacitor_has_no_region():
    found = report(gate(1.0), nmos(nets=("0", "g", "0", "0")), Element("r1", ("vdd", "0"), 1e3))
    assert not found.transistors and not told(found)


@pytest.mark.parametrize(
    ("ohm", "vbe", "region"), [(1e3, 0.7, "forward active"), (1e5, 0.8, "saturation (bipolar)"), (1e3, 0.0, "off")]
)
def test_a_bipolar_saturates_when_its_collector_junction_conducts(ohm, vbe, region):
    """0.7 V give 1e-16 exp(0.7 / 25.86 mV) = 57 uA; 0.8 V would give 2.7 mA, of which 100 kohm let 12 uA pass."""
    found = report(Element("vb", ("b", "0"), vbe), load(ohm, "c"), Element("q1", ("c", "b", "0"), model="qn"))
    (one,) = found.transistors
    assert one.region == region and told(found) == ([("region", "q1")] if region.startswith("sat") else [])
    if region == "forward active":
        assert one.current == pytest.approx(57e-6, rel=0.02)
        assert one.margin == pytest.approx(0.4 - (0.7 - (1.2 - 1e3 * one.current)), rel=1e-6)


def test_a_pnp_is_looked_at_with_its_own_sign():
    base, device = Element("vb", ("vdd", "b"), 0.7), Element("q1", ("c", "b", "vdd"), model="qp")
    assert report(base, load(1e3, "c", "0"), device).transistors[0].region == "forward active"


def test_a_bipolar_upside_down_is_told():
    device = Element("q1", ("0", "b", "e"), model="qn")
    found = report(Element("vb", ("b", "0"), 0.75), load(1e3, "e"), device)
    assert found.transistors[0].region == "reverse" and told(found) == [("region", "q1")]
