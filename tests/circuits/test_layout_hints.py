"""Hints for the layout: groups and sides that a person finds in the same circuits, currents by hand, lies caught."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.ammeters import ammeter_currents
from genrf.circuits.export.layout_hints import LayoutHints
from genrf.circuits.export.layout_hints_relations import Relations
from genrf.circuits.export.matching import groups
from genrf.circuits.export.matching_sides import symmetry
from genrf.circuits.export.net_currents import net_currents
from genrf.circuits.generate.grammar import sentences, topology
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.pieces.drawing import nmos
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.core.problem import Design
from genrf.core.units import engineering
from tests.circuits import pdk
from tests.circuits.kinds import LIBRARY
from tests.circuits.kinds import problem as kind
from tests.circuits.process import problem
from tests.circuits.test_netlists import VALUES, failures, made_in, unmeasured

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
        ("halves", frozenset({"l1", "l2"})), ("halves", frozenset({"v1", "v2"})),
    }  # fmt: skip
    assert {
        ("mirror", frozenset({"mb", "mb2", "mb3", "m0"})), ("pair", frozenset({"m1", "m2"})),
        ("mirror", frozenset({"m9", "m10"})), ("cascodes", frozenset({"m5", "m6"})),
        ("cascodes", frozenset({"m7", "m8"})),
    } <= found_groups("ota_folded_cascode", "ota_folded_cascode")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted", "ratio", "resistors"),
    [  # one emitter against eight: Banba et al. 1999; the divided one's output diode has one emitter, too
        ("bandgap_banba", ("q1", "q2"), (1, 8), {"rptat", "rone", "rmany", "rout", "rstart"}),
        ("bandgap_divided", ("q1", "q2", "q3"), (1, 8, 1), {"rptat", "rup", "rdown", "rstart"}),
    ],
)
def test_the_diodes_of_a_bandgap_match_with_their_ratio(name, wanted, ratio, resistors):
    found = groups(*middle(kind("bandgap", name)))
    assert [(one.devices, one.ratio) for one in found if one.why == "junctions"] == [(wanted, ratio)]
    assert {frozenset(one.devices) for one in found if one.why == "ratio"} == {frozenset(resistors)}


@pytest.mark.parametrize(
    "name", ["lna_differential_cascode", "lna_differential_common_gate", "lna_differential_shunt_feedback"]
)
def test_every_device_on_the_chip_matches_that_of_the_other_half(name):
    structure, drawn = middle(kind("lna_2p4ghz_differential", name))
    together = [set(group.devices) for group in groups(structure, drawn)]
    on_chip = [d.name for d in structure.devices if d.kind in ("nmos", "spiral", "resistor", "mim")]
    halves = [(one, f"{one[:-1]}n") for one in on_chip if f"{one[:-1]}n" in on_chip and one.endswith("p")]
    assert {"ldp", "rdp", "cdp", "m1p", "m2p"} <= {one for one, _ in halves}
    assert all(any({one, other} <= group for group in together) for one, other in halves)


def test_inputs_over_coils_are_a_pair_and_what_lies_on_them_cascodes():
    found = found_groups("lna_2p4ghz_differential", "lna_differential_cascode")
    assert {
        ("pair", frozenset({"m1p", "m1n"})), ("cascodes", frozenset({"m2p", "m2n"})),
        ("halves", frozenset({"lsp", "lsn"})), ("halves", frozenset({"ldp", "ldn"})),
        ("divider", frozenset({"ru", "rl"})),
    } <= found  # fmt: skip
    assert not any(devices & {"cblockp", "lgatep", "padinp"} for _, devices in found)  # on the board, or not drawn


# Razavi, Design of Analog CMOS Integrated Circuits, section 5.2: a mirror may be closed over its cascode, and cascodes
# as wide as the transistors below them hold both drains at one voltage, so both couples match.
MIRRORED = {
    "csl_series_replica_cascode_tank_coupled": {("mirror", "mb m1"), ("cascodes", "mbc m2")},
    "csl_pi_replica_peaking_resistive_driven": {("mirror", "mb m1 mt"), ("cascodes", "mbc m2")},  # over a coil
    "cs_direct_replica_bled_diode_miller_driven": {("mirror", "mb m1 mt"), ("cascodes", "mbc m2")},
    "csl_ell_replica_lowered_peaked_driven": {("mirror", "mb m1 mt")},  # a divider holds the gate of m2
    "csl_series_replica_regulated_tank_coupled": {("mirror", "mb m1")},  # another stage does
    "cgl_direct_replica_cascode_coil_divided": {("mirror", "mb m1"), ("cascodes", "mbc m2")},
    "csr_direct_replica_cascode_tank_miller_coupled": set(),  # a resistor lifts m1, its current is not in a ratio
    "cgi_direct_stacked_cascode_tank_coupled": {("mirror", "mb ms"), ("cascodes", "mbu m1")},  # through rb
    "csl_series_mirror_cascode_tank_coupled": {("mirror", "mb m1")},  # m2 alone
}


def generated(name, change=lambda devices: devices):
    """An amplifier of the grammar, or what becomes of its devices."""
    made = parts("spec=lna_2p4ghz", "model=grammar")
    amplifier = topology(next(sentence for sentence in sentences() if str(sentence) == name))
    return made.make_problem(structure=replace(amplifier, devices=change(amplifier.devices)), spec=made.spec)


def of_transistors(sizing):
    found = groups(*middle(sizing))
    return {(one.why, " ".join(one.devices)) for one in found if one.why in ("mirror", "cascodes", "pair")}


@pytest.mark.parametrize("name", MIRRORED)
def test_the_reference_of_a_generated_amplifier_matches_what_it_steers(name):
    assert of_transistors(generated(name)) == MIRRORED[name]


def asked(sizing):
    """Two by two, what the check wants."""
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    return {(why, frozenset({one, other})) for why, one, other in Relations(sizing, values).wanted()}


def told(sizing):
    found = [one for one in groups(*middle(sizing)) if one.why != "halves"]
    return {(one.why, frozenset(two)) for one in found for two in combinations(one.devices, 2)}


def test_groups_of_generated_amplifiers_are_what_the_check_asks_of_each_two():
    made = parts("spec=lna_2p4ghz", "model=grammar")
    for sentence in sentences()[::150]:
        sizing = made.make_problem(structure=topology(sentence), spec=made.spec)
        assert told(sizing) == asked(sizing), str(sentence)


REPLICA = "csl_series_replica_cascode_tank_coupled"


def parted(devices):
    """A second transistor takes part of the reference's current away, so that it is no longer that of `mb`."""
    return (*devices, nmos("mx", "vdd", "bias", "below", 10.0))


def leveled(devices):
    """The cascode of the reference is a switch on a diode: closed it holds no voltage."""
    nets = {"mb": {"d": "below", "g": "below"}, "rb": {"a": "below"}}
    return tuple(replace(one, nets={**one.nets, **nets.get(one.name, {})}) for one in devices)


def copied(devices):
    """A third branch of the mirror, with a cascode that is like that of the reference."""
    branch = nmos("m3", "third", "bias", "0", 10.0), nmos("m4", "vdd", "vdd", "third", 10.0)
    return (*devices, *branch)


def raised(devices):
    """Two cascodes on the reference, the upper of which has none beside it."""
    lower = tuple(replace(one, nets={**one.nets, "d": "upper"}) if one.name == "mbc" else one for one in devices)
    return (*lower, nmos("mbd", "bias", "vdd", "upper", 10.0))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (raised, {("mirror", "mb m1"), ("cascodes", "mbc m2")}),
        (parted, {("pair", "mbc mx")}),
        (leveled, {("mirror", "mb m1")}),
        (copied, {("mirror", "mb m1 m3"), ("cascodes", "mbc m2 m4")}),
    ],
)
def test_only_a_cascode_that_its_mirror_is_closed_over_leads_others(change, wanted):
    sizing = generated(REPLICA, change)
    assert of_transistors(sizing) == wanted
    assert told(sizing) == asked(sizing)


def without(why):
    def lie(matching):
        matching[:] = [one for one in matching if one["why"] != why]

    return lie


def partner(why, name, ratio):
    def lie(matching):
        group = next(one for one in matching if one["why"] == why)
        group["devices"][1], group["ratio"] = name, ratio

    return lie


@pytest.mark.parametrize(
    ("name", "lie", "said"),
    [
        (REPLICA, without("mirror"), "mirror m1, mb is missing"),
        (REPLICA, without("cascodes"), "cascodes m2, mbc is missing"),
        (REPLICA, partner("mirror", "mbc", [1.0, 1.0]), "mb and mbc are no mirror"),
        (REPLICA, partner("cascodes", "mb", [1.0, 1.0]), "mb and mbc are no cascodes"),
        (
            "csl_ell_replica_lowered_peaked_driven",
            lambda found: found.append({"why": "cascodes", "devices": ["mbc", "m2"], "ratio": [1.0, 4.4]}),
            "m2 and mbc are no cascodes",
        ),
    ],
)
def test_false_groups_of_a_replica_are_caught(name, lie, said, tmp_path):
    design = unmeasured(generated(name))
    paths = LayoutHints().export(design, tmp_path)
    assert not failures(LayoutHints(), paths, design)
    read = json.loads(paths[0].read_text())
    lie(read["matching"])
    paths[0].write_text(json.dumps(read, indent=2))
    assert said in failures(LayoutHints(), paths, design)[0]


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


@pytest.mark.parametrize("currents", [net_currents, ammeter_currents])
def test_currents_are_those_of_ohms_law(currents):
    """2 V over 1 kohm, then 1 kohm beside a current source of 0.4 mA, and a coil that joins two nets: 0.8 V there."""
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
    found = currents(netlist, 27.0, NgSpiceBatchEngine(30.0))
    assert found == pytest.approx(dict.fromkeys(("top", "middle", "low", "0"), 1.2e-3), rel=1e-6)


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


@pytest.mark.parametrize("name", LIBRARY)
def test_hints_of_every_circuit_hold_against_it(name, tmp_path):
    design = unmeasured(kind(LIBRARY[name], name))
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


@pdk.needs_pdk
@pytest.mark.parametrize(
    ("process", "spec", "name"),
    [
        ("sky130", "bandgap", "bandgap_banba"),
        ("sky130", "lna_2p4ghz_differential", "lna_differential_shunt_feedback"),  # nets of 1e-19 A
        ("gf180mcu", "pa_2p4ghz", "pa_class_ab"),  # 1 % of its drain's current goes into the substrate
        ("gf180mcu", "lna_2p4ghz_differential", "lna_differential_cascode"),
        ("ihp_sg13g2", "lna_28ghz", "lna_cascode_hbt_mmwave"),
    ],
)
def test_hints_of_a_foundry_s_process_hold_against_the_circuit(process, spec, name, tmp_path, monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(pdk.ROOT))
    design = made_in(process, name, spec)
    paths = LayoutHints().export(design, tmp_path)
    assert not failures(LayoutHints(), paths, design)


def no_matching(read):
    read["matching"] = []


def false_pair(read):
    read["matching"].append({**read["matching"][0], "why": "pair"})


def other_reason(read):
    next(one for one in read["matching"] if one["why"] == "pair")["why"] = "mirror"


def no_reason(read):
    read["matching"][0]["why"] = "looks"


def other_ratio(read):
    next(one for one in read["matching"] if one["why"] == "pair")["ratio"] = [1.0, 2.0]


def no_group(read):
    read["matching"][0]["devices"] = ["m1", "l1"]


def twice(read):
    read["matching"].append(read["matching"][0])


def no_symmetry(read):
    read["symmetry"] = []


def wrong_pair(read):
    read["symmetry"] = [["m1", "m2"]]


def half_symmetry(read):
    read["symmetry"].remove(["c1", "c2"])


def unequal_sides(read):
    read["symmetry"].append(["mt", "mb"])


def no_ring(read):
    read["guard_rings"][0]["devices"].remove("m1")


def two_rings(read):
    read["guard_rings"].append(read["guard_rings"][0])


def wrong_bulk(read):
    read["guard_rings"][0]["tied_to"] = "vdd"


def wrong_well(read):
    read["guard_rings"][0]["ring"] = "n+ in the n-well"


def no_net(read):
    del read["nets"]["tail"]


def too_narrow(read):
    read["nets"]["vdd"]["minimum_width_m"] /= 2


def a_tenth(read):
    net = read["nets"]["outp"]
    current, width = net["current_a"] / 10, net["minimum_width_m"] / 10
    shown = f"{engineering(current, 'A')}, at least {engineering(width, 'm')} wide"
    net.update(current_a=current, minimum_width_m=width, shown=shown)


def no_current(read):
    read["nets"]["outp"].update(current_a=0.0, minimum_width_m=0.0, shown="0 A")


def other_text(read):
    read["nets"]["vdd"]["shown"] = "1 nA"


def other_width_in_text(read):
    net = read["nets"]["vdd"]
    net["shown"] = f"{engineering(net['current_a'], 'A')}, at least 20 nm wide"


def no_width_in_text(read):
    net = read["nets"]["vdd"]
    net["shown"] = engineering(net["current_a"], "A")


def dense(read):
    """The widths go with it, as they would."""
    read["track"]["density_a_per_m"] = 1e9
    for net in read["nets"].values():
        net["minimum_width_m"] = net["current_a"] / 1e9
        net["shown"] = engineering(net["current_a"], "A")


def another(key, value):
    def lie(read):
        read[key] = value

    lie.__name__ = f"another_{key}"
    return lie


def no_part(read):
    del read["guard_rings"]


def no_hints(read):
    read["matching"] = 7


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (no_matching, "pair m1, m2 is missing"), (false_pair, "mb and mt are no pair"),
        (other_reason, "m1 and m2 are no mirror"), (no_reason, "mb and mt are no looks"),
        (other_ratio, "m1, m2 are not as 1.0 to 2.0"), (no_group, "m1, l1 cannot match"),
        (twice, "mirror mb, mt is given twice"), (no_symmetry, "leaves out that outp and outn change places"),
        (wrong_pair, "when m1 and m2 change places"), (half_symmetry, "another circuit's when"),
        (unequal_sides, "mt is not the size of mb"), (no_ring, "rings around m1"), (two_rings, "are too many"),
        (wrong_bulk, "m1 is tied to vdd, its bulk to 0"), (wrong_well, "m1, nmos, is p+ in the substrate, not n+"),
        (no_net, "its nets differ in tail"), (too_narrow, "net vdd is"), (a_tenth, "net outp carries"),
        (no_current, "net outp carries"), (other_text, "net vdd is shown as '1 nA'"),
        (other_width_in_text, "net vdd is shown as"), (no_width_in_text, "net vdd is shown as"),
        (dense, "track is {'kind': 'spiral', 'density_a_per_m': 1000000000.0}, not"),
        (another("process", "sky130"), "process is sky130, not generic130"),
        (another("ports", ["outp", "tune", "outn", "bias", "vdd"]), "ports is"),
        (another("circuit", "vco_ring"), "circuit is vco_ring, not vco_cross_coupled"),
        (another("design", "000002"), "design is 000002"), (another("spec", "vco_ring"), "spec is vco_ring"),
        (another("genrf", "0"), "genrf is 0"), (no_part, "missing or too many: guard_rings"),
        (no_hints, "not to be read as hints"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)  # fmt: skip
def test_hints_that_lie_are_caught(lie, said, oscillator, written, tmp_path):
    """The lie stands in the macro, too, as if both had been written from it."""
    text, program = written
    read = json.loads(text)
    lie(read)
    paths = [tmp_path / "layout_hints.json", tmp_path / "layout_hints.lym"]
    told = json.dumps(read, indent=2)
    paths[0].write_text(told + "\n")
    paths[1].write_text(program.replace(text.strip(), told))
    (hints,) = failures(LayoutHints(), paths, oscillator)
    assert said in hints


@pytest.fixture(scope="module")
def written(oscillator, tmp_path_factory):
    return [path.read_text() for path in LayoutHints().export(oscillator, tmp_path_factory.mktemp("hints"))]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"why": "pair"', '"why": "mirror"', "it holds other hints"),
        ('yield "nets"', 'yield "wires"', "its program is not that which lists hints"),
        ("</klayout-macro>", "", "no XML"),
    ],
)
def test_a_macro_that_lists_something_else_is_caught(old, new, said, oscillator, written, tmp_path):
    paths = [tmp_path / "layout_hints.json", tmp_path / "layout_hints.lym"]
    assert old in written[1]
    for path, text in zip(paths, (written[0], written[1].replace(old, new)), strict=True):
        path.write_text(text)
    (macro,) = failures(LayoutHints(), paths, oscillator)
    assert said in macro


def test_strips_beside_each_other_are_no_sides(tmp_path):
    design = unmeasured(kind("mixer_2p4ghz", "mixer_gilbert"))
    paths = LayoutHints().export(design, tmp_path)
    read = json.loads(paths[0].read_text())
    read["symmetry"].append(["rlp1", "rlp2"])
    paths[0].write_text(json.dumps(read, indent=2))
    assert "rlp1 and rlp2 lie in parallel" in failures(LayoutHints(), paths, design)[0]


def test_diodes_of_another_ratio_and_a_forgotten_one_are_caught(tmp_path):
    design = unmeasured(kind("bandgap", "bandgap_divided"))
    paths = LayoutHints().export(design, tmp_path)
    true = paths[0].read_text()
    lies = {"not as 1 to 4 to 1": {"ratio": [1, 4, 1]}, "q1, q3 is missing": {"devices": ["q1", "q2"], "ratio": [1, 8]}}
    for said, change in lies.items():
        read = json.loads(true)
        next(one for one in read["matching"] if one["why"] == "junctions").update(change)
        paths[0].write_text(json.dumps(read, indent=2))
        assert said in failures(LayoutHints(), paths, design)[0]
