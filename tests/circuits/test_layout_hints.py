"""Hints for the layout: groups and sides that a person finds in the same circuits, currents by hand, lies caught."""

import json

import numpy as np
import pytest

from genrf.circuits.export.layout_hints import LayoutHints
from genrf.circuits.export.matching import groups, symmetry
from genrf.circuits.export.net_currents import net_currents
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.core.problem import Design
from tests.circuits import pdk
from tests.circuits.kinds import problem as kind
from tests.circuits.process import problem
from tests.circuits.test_netlists import KINDS, VALUES, failures, made_in, unmeasured

pytestmark = pytest.mark.ngspice


def middle(sizing):
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    return sizing.structure, {one.name: sizing.drawn(one, values) for one in sizing.structure.devices}


def found_groups(spec, name):
    return {(group.why, frozenset(group.devices)) for group in groups(*middle(kind(spec, name)))}


@pytest.fixture(scope="module")
def oscillator():
    """Its supply's current is measured nowhere else at rest: a design without metrics will do."""
    return unmeasured(kind("vco_5ghz", "vco_cross_coupled"))


def test_groups_are_those_of_the_schematic():
    assert found_groups("lna_2p4ghz", "lna_cascode") == {("mirror", frozenset({"mb", "m1"}))}  # through rb and ls
    assert found_groups("vco_5ghz", "vco_cross_coupled") == {
        ("mirror", frozenset({"mt", "mb"})), ("pair", frozenset({"m1", "m2"})), ("ratio", frozenset({"c1", "c2"})),
    }  # fmt: skip
    assert {
        ("mirror", frozenset({"mb", "mb2", "mb3", "m0"})), ("pair", frozenset({"m1", "m2"})),
        ("mirror", frozenset({"m9", "m10"})),
    } <= found_groups("ota_folded_cascode", "ota_folded_cascode")  # fmt: skip


def test_the_sides_of_an_oscillator_are_its_halves():
    pairs = symmetry(*middle(kind("vco_5ghz", "vco_cross_coupled")))
    assert {frozenset(pair) for pair in pairs} == {frozenset({f"{one}1", f"{one}2"}) for one in ("l", "c", "v", "m")}


def test_every_device_of_a_differential_amplifier_has_another_side_or_lies_on_the_axis():
    structure, drawn = middle(kind("lna_2p4ghz_differential", "lna_differential_cascode"))
    pairs = symmetry(structure, drawn)
    assert {one[:-1] + "n" for one, _ in pairs} == {other for _, other in pairs}  # `halves.both` names them so
    assert {one for one, _ in pairs} == {d.name for d in structure.devices if d.name.endswith("p")} - {"mup"}


def test_a_double_balanced_mixer_is_symmetric_in_two_of_its_three_ports():
    structure, drawn = middle(kind("mixer_2p4ghz", "mixer_gilbert"))
    pairs = {frozenset(pair) for pair in symmetry(structure, drawn)}
    assert frozenset({"m1p", "m1n"}) in pairs and len({name for pair in pairs for name in pair}) == 2 * len(pairs)


def test_unequal_sides_are_no_symmetry():
    structure, drawn = middle(kind("vco_5ghz", "vco_cross_coupled"))
    assert symmetry(structure, {**drawn, "m2": {**drawn["m2"], "nf": drawn["m2"]["nf"] + 1}}) == []
    assert symmetry(*middle(problem("lna_cascode"))) == []


def test_currents_are_those_of_ohms_law():
    """2 V over 1 kohm, then 1 kohm beside a current source of 0.4 mA, and a coil that joins two nets."""
    netlist = Netlist(
        (
            Element("v1", ("top", "0"), 2.0),
            Element("r1", ("top", "middle"), 1e3),
            Element("l1", ("middle", "low"), 1e-9),
            Element("r2", ("low", "0"), 1e3),
            Element("i1", ("low", "0"), 0.4e-3),
            Element("c1", ("low", "0"), 1e-12),
        )
    )
    found = net_currents(netlist, 27.0, NgSpiceBatchEngine(30.0))
    wanted = {"top": 1.2e-3, "middle": 1.2e-3, "low": 1.2e-3, "0": 1.2e-3}  # v(low) = 0.8 V
    assert found == pytest.approx(wanted, rel=1e-6)


def test_currents_of_a_bipolar_transistor_add_up():
    """A diode-connected transistor of gain 9 in a branch of 1 mA: base 0.1 mA, collector 0.9 mA, emitter both."""
    netlist = Netlist(
        (
            Element("i1", ("0", "base"), 1e-3),
            Element("vc", ("base", "collector"), 0.0),
            Element("q1", ("collector", "base", "0"), model="hand"),
        ),
        (".model hand npn bf=9 is=1e-16",),
    )
    found = net_currents(netlist, 27.0, NgSpiceBatchEngine(30.0))
    assert found == pytest.approx({"base": 1e-3, "collector": 0.9e-3, "0": 1e-3}, rel=1e-3)


@pytest.mark.parametrize(("spec", "name"), [("lna_2p4ghz", "lna_cascode"), *KINDS])
def test_hints_of_every_kind_hold_against_the_circuit(spec, name, tmp_path):
    design = unmeasured(kind(spec, name))
    paths = LayoutHints().export(design, tmp_path)
    assert not failures(LayoutHints(), paths, design)


def test_the_current_of_the_supply_is_the_power_that_was_measured(tmp_path):
    sizing = problem("lna_cascode")
    design = Design("000042", sizing, VALUES, sizing.verify(VALUES).metrics)
    paths = LayoutHints().export(design, tmp_path)
    assert not failures(LayoutHints(), paths, design)
    read = json.loads(paths[0].read_text())
    carried = read["nets"]["vdd"]["current_a"]
    assert carried == pytest.approx(design.metrics["power_w"] / 1.2, rel=1e-4)
    assert read["nets"]["vdd"]["minimum_width_m"] == pytest.approx(carried / 1e4)  # 10 mA/um in conf/tech/generic130
    numbers = [net[key] for net in read["nets"].values() for key in ("current_a", "minimum_width_m")]
    assert numbers == [float(f"{number:.6g}") for number in numbers]
    other = Design("000042", sizing, VALUES, {**design.metrics, "power_w": 2 * design.metrics["power_w"]})
    assert any("net vdd carries" in one for one in failures(LayoutHints(), paths, other))


@pdk.needs_pdk
@pytest.mark.parametrize(
    ("process", "name", "density"),
    [
        # google/skywater-pdk-libs-sky130_fd_sc_hd, tech/sky130_fd_sc_hd.tlef: met4 6.8, met5 10.17 mA/um
        ("sky130", "lna_cascode", 6.8),
        # google/gf180mcu-pdk, design manual, table 14.3 at 110 degrees: below the top metal 1, 11 kA of top metal 2.2
        ("gf180mcu", "lna_cascode", 1.0),
        # IHP-Open-PDK, sg13g2_tech.lef: TopMetal1 15, TopMetal2 16
        ("ihp_sg13g2", "lna_cascode_hbt", 15.0),
    ],
)
def test_nets_of_a_foundry_s_process_are_as_wide_as_its_metals_want(process, name, density, tmp_path, monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(pdk.ROOT))
    design = made_in(process, name)
    paths = LayoutHints().export(design, tmp_path)
    assert not failures(LayoutHints(), paths, design)
    supply = json.loads(paths[0].read_text())["nets"]["vdd"]
    assert supply["current_a"] > 1e-4
    assert supply["minimum_width_m"] == pytest.approx(supply["current_a"] / (density * 1e3), rel=1e-5)  # mA/um


def no_group(read):
    read["matching"][0]["devices"] = ["m1", "l1"]


def wrong_pair(read):
    read["symmetry"] = [["m1", "m2"]]


def no_ring(read):
    read["guard_rings"][0]["devices"].remove("m1")


def wrong_bulk(read):
    read["guard_rings"][0]["tied_to"] = "vdd"


def no_net(read):
    del read["nets"]["tail"]


def too_narrow(read):
    read["nets"]["vdd"]["minimum_width_m"] /= 2


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (no_group, "m1, l1 cannot match"), (wrong_pair, "does not lie as"), (no_ring, "rings around m1"),
        (wrong_bulk, "not tied to their bulks"), (no_net, "its nets differ in tail"), (too_narrow, "net vdd is"),
    ],
)  # fmt: skip
def test_hints_that_lie_are_caught(lie, said, oscillator, tmp_path):
    paths = LayoutHints().export(oscillator, tmp_path)
    read = json.loads(paths[0].read_text())
    lie(read)
    paths[0].write_text(json.dumps(read, indent=2))
    hints, macro = failures(LayoutHints(), paths, oscillator)
    assert said in hints and "it holds other hints" in macro
