import hashlib
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genrf.api import parts as configured
from genrf.circuits import library
from genrf.circuits.export.schematic import Schematic
from genrf.circuits.schematic.__main__ import main
from genrf.circuits.schematic.circuit import Frame
from genrf.circuits.schematic.drawing import drawing
from genrf.circuits.schematic.faults import connections, faults, geometry
from genrf.circuits.schematic.lettering import TIMES
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.read import Drawing
from genrf.circuits.schematic.sheet import Sheet, sheet
from genrf.circuits.schematic.svg import svg
from genrf.circuits.schematic.values import named
from genrf.circuits.topology import Device, Topology
from genrf.core.problem import Design
from genrf.core.space import Space
from tests.circuits.kinds import problem

_DOCS = Path(__file__).parents[2] / "docs" / "schematics"


def _known(name):
    return importlib.import_module(f"{library.__name__}.{name}").topology()


def _read(topology):
    return Drawing.of(drawing(topology))


def _part(read, device):
    (found,) = [part for part in read.parts if device in part.devices]
    return found


def _own(devices, signals=("in", "out"), references=None):
    return Topology("own", "lna", "a circuit <of> & one's own", signals, references or {}, tuple(devices), Space(()))


def _resistor(name, a, b):
    return Device(name, "resistor", {"a": a, "b": b}, {"r": 50.0})


@pytest.mark.parametrize("name", sorted(module.name for module in pkgutil.iter_modules(library.__path__)))
def test_every_known_circuit_is_drawn_without_a_fault(name):
    topology = _known(name)
    currents = {net: str(drawn) for net, drawn in topology.references.items()}
    read = _read(topology)
    assert faults(read, topology, named, currents) == []
    plain = {name.net for name in read.names if name.style not in ("in", "out")}
    assert not plain & {*topology.signals}, "ports are arrows"
    assert max(x for wire in read.wires for x, _ in wire) - min(x for wire in read.wires for x, _ in wire) < 129, (
        "cells of 10 px: a page of 1032 px shows it in 0.8 of its size"
    )


@pytest.mark.slow
def test_generated_circuits_are_drawn_without_a_fault():
    made = configured("spec=lna_2p4ghz", "model=grammar")
    for topology in made.generator.generate(made.spec, 30, np.random.default_rng(7)):
        assert faults(_read(topology), topology) == [], topology.name


def test_signal_runs_from_left_to_right_and_current_down():
    # The textbook's cascode: input at the left, output at the right, the cascode right above the input transistor.
    read = _read(_known("lna_cascode"))
    ports = {name.net: name.at for name in read.names if name.style in ("in", "out")}
    assert ports["in"][0] < min(min(x for x, _ in part.pins.values()) for part in read.parts if part.devices != ("mb",)
                                and not part.devices[0].startswith(("cb", "reference")))  # fmt: skip
    assert ports["out"][0] > max(x for part in read.parts for x, _ in part.pins.values())
    stack = [_part(read, name) for name in ("ld", "m2", "m1", "ls")]
    column = {part.pins["d" if "d" in part.pins else "a"][0] for part in stack}
    heights = [part.pins["d" if "d" in part.pins else "a"][1] for part in stack]
    assert len(column) == 1 and heights == sorted(heights)
    gate = _part(read, "m1").pins["g"]
    assert {_part(read, name).pins["a"][1] for name in ("cblock", "lgate")} == {gate[1]}, "a straight line to the gate"


def test_the_only_port_of_a_reference_is_an_output_and_the_control_of_an_oscillator_an_input():
    styles = {name.net: name.style for name in _read(_known("bandgap_banba")).names}
    assert styles["out"] == "out"
    styles = {name.net: name.style for name in _read(_known("vco_ring")).names}
    assert (styles["tune"], styles["out"]) == ("in", "out")


def test_halves_of_a_differential_circuit_are_mirror_images():
    read = _read(_known("lna_differential_cascode"))
    pairs = [("m1p", "m1n"), ("m2p", "m2n"), ("lgatep", "lgaten"), ("ldp", "ldn"), ("cop", "con"), ("padinp", "padinn")]
    sums = set()
    for one, other in pairs:
        left, right = _part(read, one).pins, _part(read, other).pins
        sums |= {left[pin][0] + right[pin][0] for pin in left}
        assert all(left[pin][1] == right[pin][1] for pin in left)
    assert len(sums) == 1, "one axis for all"


def test_switches_of_one_tail_stand_side_by_side_and_outputs_leave_to_the_right():
    # As the double-balanced mixer is drawn in Razavi, RF Microelectronics, 2nd ed.: two pairs in a row.
    read = _read(_known("mixer_gilbert"))
    places = {name: _part(read, name).pins["s"][0] for name in ("m2p", "m3p", "m2n", "m3n")}
    assert [name[-1] for name in sorted(places, key=places.get)] == ["p", "p", "n", "n"]
    for circuit in ("mixer_gilbert", "mixer_passive"):
        read = _read(_known(circuit))
        furthest = max(x for part in read.parts if part.symbol == "nmos" for x, _ in part.pins.values())
        ends = [name.at[0] for name in read.names if name.style == "out"]
        assert len(ends) == 2 and min(ends) > furthest, circuit


def test_outputs_of_halves_lie_between_them_where_no_half_reaches_across():
    read = _read(_known("lna_differential_shunt_feedback"))
    (one,), (other,) = ([n.at for n in read.names if (n.net, n.style) == (net, "out")] for net in ("drainp", "drainn"))
    assert _part(read, "m2p").pins["d"][0] < one[0] < other[0] < _part(read, "m2n").pins["d"][0]


def test_equal_parallel_parts_are_one_symbol_that_names_them_all():
    read = _read(_known("mixer_gilbert"))
    load = _part(read, "rlp3")
    assert load.devices == tuple(f"rlp{k}" for k in range(1, 7))
    assert any(one.text.startswith(f"6 {TIMES} ") for one in read.writing)


def test_bulk_is_drawn_where_it_is_on_no_rail_of_its_kind():
    nets = {"d": "out", "g": "in", "s": "low", "b": "low"}
    topology = _own([Device("m1", "nmos", nets), _resistor("rs", "low", "0"), _resistor("rl", "vdd", "out")])
    read = _read(topology)
    assert set(_part(read, "m1").pins) == {"d", "g", "s", "b"} and faults(read, topology) == []


def test_device_without_a_symbol_is_a_box():
    coils = Device("t1", "transformer", {"p1": "in", "p2": "0", "s1": "out", "s2": "0", "tap": "bias"})
    topology = _own([coils, _resistor("r1", "bias", "0")])
    read = _read(topology)
    assert _part(read, "t1").symbol == "box" and faults(read, topology) == []


def test_text_of_a_netlist_does_not_become_markup():
    text = drawing(_own([Device('r<1>&"', "resistor", {"a": "in", "b": "out"}, {"r": 50.0})]))
    assert _part(Drawing.of(text), 'r<1>&"').devices == ('r<1>&"',) and "<1>" not in text


def test_parts_without_room_for_wires_are_joined_by_names(monkeypatch):
    topology = _known("ota_two_stage")
    monkeypatch.setattr("genrf.circuits.schematic.route._FAR", {True: -1.0, False: -1.0})
    monkeypatch.setattr("genrf.circuits.schematic.route._ANYWHERE", -1.0)
    monkeypatch.setattr(
        "genrf.circuits.schematic.sheet._moves", sys.modules["genrf.circuits.schematic.sheet"]._moves.__wrapped__
    )
    drawing_module = sys.modules["genrf.circuits.schematic.drawing"]
    monkeypatch.setattr(drawing_module, "_sheet", drawing_module._sheet.__wrapped__)
    read = _read(topology)
    assert read.wires == () and faults(read, topology) == []


def test_drawing_is_the_same_bytes_in_every_process():
    code = (
        "import hashlib; from tests.circuits.test_schematic import _known, drawing; "
        "print(hashlib.sha256(drawing(_known('lna_current_reuse')).encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert found == {hashlib.sha256(drawing(_known("lna_current_reuse")).encode()).hexdigest()}


def test_missing_wire_is_found():
    topology = _known("lna_cascode")
    text = drawing(topology)
    for wire in re.findall(r'<path class="wire".*/>\n', text):
        assert connections(Drawing.of(text.replace(wire, "")), topology) != [], wire


def test_missing_device_is_found():
    topology = _known("lna_cascode")
    text = drawing(topology)
    without = re.sub(r'<g class="part" data-devices="padin".*?</g>\n', "", text, flags=re.DOTALL)
    assert "padin: drawn 0 times" in connections(Drawing.of(without), topology)


def _lie(text, old, new, count=1):
    """The drawing of the cascode with something else in it: what its faults are, its values held too."""
    assert old in text
    topology = _known("lna_cascode")
    currents = {net: str(drawn) for net, drawn in topology.references.items()}
    return faults(Drawing.of(text.replace(old, new, count)), topology, named, currents)


@pytest.fixture(scope="module")
def cascode():
    return drawing(_known("lna_cascode"))


def _places(text, *shown):
    """The coordinates of the texts that are shown."""
    return [re.search(rf'x="[^"]*" y="[^"]*"(?=[^>]*>{re.escape(one)}<)', text)[0] for one in shown]


def _moved(text, shown, old, new):
    return re.sub(rf"{re.escape(old)}(?=[^>]*>{re.escape(shown)}<)", new, text, count=1)


@pytest.mark.parametrize(
    ("shown", "instead", "found"),
    [
        (">bias<", ">vdd<", "the name 'vdd' at (0, -6) stands on net bias"),
        (">vdd<", ">bias<", "the name 'bias' at (12, -12) stands on net vdd"),
        (">vdd<", ">vcc<", "the name 'vcc' at (12, -12) stands on net vdd"),
        (">out<", ">in<", "a drawn net joins several: in, out"),
        (">out<", ">outer<", "net out is not named as such"),
        (">bias<", "><", "a name is missing at (0, -6), on net bias"),
        (">m1<", ">m9<", "m1: the name 'm9' stands beside it in place of 'm1'"),
        (">m1<", "><", "m1: the name 'nf_1 x w_finger' stands beside it in place of 'm1'".replace("x", TIMES, 1)),
        (">padin<", "><", "padin: the name 'padin' is missing"),
        (">i(bias)<", ">i(vdd)<", "reference bias: the name 'i(vdd)' stands beside it in place of 'i(bias)'"),
    ],
)
def test_name_that_is_not_the_circuits_is_found(cascode, shown, instead, found):
    """By the letters that are drawn; the marks for programs are as they were."""
    topology = _known("lna_cascode")
    assert found in faults(Drawing.of(cascode.replace(shown, instead, 1)), topology)


@pytest.mark.parametrize(
    ("shown", "instead", "found"),
    [
        (">10 kΩ<", ">1 kΩ<", "rb: the value '1 kΩ' stands beside it in place of '10 kΩ'"),
        (">10 kΩ<", "><", "rb: the value '10 kΩ' is missing"),
        (">⌀ d_load<", "><", "ld: the value '⌀ d_load' is missing"),
        (">i_bias<", ">2 i_bias<", "reference bias: the value '2 i_bias' stands beside it in place of 'i_bias'"),
    ],
)
def test_value_that_is_not_the_designs_is_found(cascode, shown, instead, found):
    assert _lie(cascode, shown, instead) == [found]


def test_exchanged_values_and_names_are_found(cascode):
    exchanged = cascode.replace(">10 kΩ<", ">2 pF <").replace(">2 pF<", ">10 kΩ<").replace(">2 pF <", ">2 pF<")
    assert _lie(exchanged, "", "") == [
        "cb: the value '10 kΩ' stands beside it in place of '2 pF'",
        "rb: the value '2 pF' stands beside it in place of '10 kΩ'",
    ]
    first, second = _places(cascode, "m1", "m2")
    moved = _moved(_moved(cascode, "m1", first, second), "m2", second, first)
    assert {f"the lines of {one} are not below each other" for one in ("m1", "m2")} <= {*_lie(moved, "", "")}
    first, second = _places(cascode, "padin", "padout")
    moved = _moved(_moved(cascode, "padin", first, second), "padout", second, first)
    assert any(one.startswith("'padin' of padin stands nearer to padout") for one in _lie(moved, "", ""))
    here, there = _places(cascode, "in", "out")
    assert "the name 'in' is not at (24, -10), which it names" in _lie(_moved(cascode, "in", here, there), "", "")


def test_marks_that_are_not_what_is_written_are_found(cascode):
    found = _lie(cascode, 'data-net="out"', 'data-net="outer"')
    assert found == ["the name 'out' at (89, -22) is marked 'outer'"]
    found = _lie(cascode, 'data-devices="m1"', 'data-devices="m9"')
    assert {"m1: drawn 0 times", "m9: the name 'm1' stands beside it in place of 'm9'"} <= {*found}


def test_fold_of_another_count_or_name_is_found():
    topology = _known("mixer_gilbert")
    text = drawing(topology)
    five = re.sub(rf"(>rlp1…rlp6<.*?>)6(?= {TIMES})", r"\g<1>5", text, count=1, flags=re.DOTALL)
    found = faults(Drawing.of(five), topology)
    assert found == [f"rlp1…rlp6: '6 {TIMES}' is not beside it, for 6 devices"]
    assert "rlp1: the name 'rlp1…rlp5' stands beside it in place of 'rlp1…rlp6'" in faults(
        Drawing.of(text.replace(">rlp1…rlp6<", ">rlp1…rlp5<", 1)), topology
    )


def test_writing_and_lines_that_are_no_ones_are_found(cascode):
    over = '<text class="net" x="300" y="-200" text-anchor="start">vdd</text>\n</svg>'
    assert _lie(cascode, "</svg>", over) == ["'vdd' stands beside nothing"]
    for stranger in (
        '<path d="M0 0L10 0"/>',
        '<use href="#a"/>',
        '<g class="other"/>',
        '<g class="tag" transform="a"/>',
    ):
        with pytest.raises(ValueError, match="no drawing of ours has that"):
            _lie(cascode, "</svg>", f"{stranger}</svg>")
    with pytest.raises(ValueError, match="no drawing of ours has that"):
        _lie(cascode, ">10 kΩ<", "><tspan>10 kΩ</tspan><")


def test_sign_that_is_not_its_name_s_is_refused(cascode):
    """Ground with the lines of a supply, a port whose arrow points the other way."""
    with pytest.raises(ValueError, match=r"0: what is drawn is not the sign 'ground' at \(3, -2\)"):
        _lie(cascode, "M25.8 -7.5L34.2 -7.5", "M25.8 -17.5L34.2 -17.5")
    with pytest.raises(ValueError, match=r"in: what is drawn is not the sign 'in' at \(24, -10\)"):
        _lie(cascode, "M240 -100L234 -107L214.3 -107L214.3 -93L234 -93L240 -100",
             "M214.3 -100L220.3 -107L240 -107L240 -93L220.3 -93L214.3 -100")  # fmt: skip


def test_port_above_a_lying_gate_is_an_arrow_that_points_down():
    text = drawing(_known("mixer_passive"))
    tag = re.search(r'<g class="tag" data-net="lop".*?</g>', text, re.DOTALL)[0]
    tip, *_, foot, _, _ = re.findall(r"[-\d.]+ [-\d.]+", re.search(r' d="([^"]*)"', tag)[1])
    assert float(foot.split()[1]) < float(tip.split()[1]), "it comes from above"
    upside = tag.replace(tip, f"{tip.split()[0]} {float(tip.split()[1]) - 20:g}")
    with pytest.raises(ValueError, match="lop: what is drawn is not the sign 'in'"):
        Drawing.of(text.replace(tag, upside))


def test_names_of_the_pins_of_a_box_are_read():
    coils = Device("t1", "transformer", {"p1": "in", "p2": "0", "s1": "out", "s2": "0", "tap": "bias"})
    text = drawing(_own([coils, _resistor("r1", "bias", "0")]))
    with pytest.raises(ValueError, match="t1: what is written in its symbol are not the names of its pins"):
        Drawing.of(text.replace(">s1<", ">s3<"))


def test_bridge_between_nets_is_found():
    topology = _known("lpf_ladder")
    text = drawing(topology)
    read = Drawing.of(text)
    (x0, y0), (x1, y1) = _part(read, "l2").pins.values()
    bridge = f'<path class="wire" d="M{10 * x0:g} {10 * y0:g}L{10 * x1:g} {10 * y1:g}"/>'
    found = faults(Drawing.of(text.replace("</svg>", bridge + "</svg>")), topology)
    assert any("joins several" in one for one in found) and any("runs through l2" in one for one in found)


def test_symbol_that_is_not_where_it_says_is_refused():
    text = drawing(_known("lpf_ladder"))
    with pytest.raises(ValueError, match=r"c1: what is drawn is not a capacitor at"):
        Drawing.of(re.sub(r'(data-devices="c1".*?data-x=")(-?\d+)', lambda m: f"{m[1]}{int(m[2]) + 1}", text, count=1))


def test_overlap_missing_dot_and_upside_down_are_found():
    topology = _known("lpf_ladder")
    text = drawing(topology)
    assert any("no dot" in one for one in geometry(Drawing.of(re.sub(r"<circle.*?/>", "", text, count=1))))
    pin = _part(Drawing.of(text), "c3").pins["a"]
    moved = text.replace(
        "</svg>", f'<text x="{10 * pin[0]:g}" y="{10 * pin[1] + 14:g}" text-anchor="start">over</text></svg>'
    )
    assert any("'over'" in one and "c3" in one for one in geometry(Drawing.of(moved)))
    flipped = sheet((Part(("r1",), "resistor", {"a": "vdd", "b": "0"}, ("r1",)),), Frame(()))
    turned = {"supply": "ground", "ground": "supply"}
    tags = tuple(tag._replace(style=turned[tag.style]) for tag in flipped.tags)
    upside = svg(Sheet(flipped.parts, flipped.spots, tags, (), ()), "upside down")
    assert geometry(Drawing.of(upside)) != []


def test_exported_schematic_says_the_sizes_and_passes_its_check(tmp_path):
    sizing = problem("ota_two_stage", "ota_two_stage")
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.5))
    design = Design("1", sizing, {**values, "r_zero": 1234.0, "c_miller": 2.2e-12}, {})
    (path,) = Schematic().export(design, tmp_path)
    read = Drawing.of(path.read_text(encoding="utf-8"))
    assert "<desc>design 1 for ota_two_stage in generic130, genrf " in path.read_text(encoding="utf-8")
    said = {one.text for one in read.writing}
    assert {"1.23 kΩ", "2.2 pF", "rz", "cc"} <= said and any(one.endswith(f" {TIMES} 2 µm") for one in said)
    (check,) = Schematic().check([path], design)
    joined = "its lines join 30 pins as the circuit does"  # 8 transistors, 3 others
    assert check.passed and check.detail == f"{joined}, names and values are the design's"
    good = path.read_text(encoding="utf-8")
    for lie, found in (
        (good.replace(">1.23 kΩ<", ">1.24 kΩ<"), "rz: the value '1.24 kΩ' stands beside it in place of '1.23 kΩ'"),
        (good.replace(">rz<", ">ry<"), "rz: the name 'ry' stands beside it in place of 'rz'"),
        (good.replace("</svg>", "<use/></svg>"), "<use>: no drawing of ours has that"),
        (good.replace("</svg>", ""), "no element found"),
    ):
        assert lie != good
        path.write_text(lie, encoding="utf-8")
        (check,) = Schematic().check([path], design)
        assert not check.passed and found in check.detail


def test_the_command_makes_its_folder_and_names_what_it_does_not_know(tmp_path):
    main(str(tmp_path / "new" / "folder"), "lpf_ladder", "ota_two_stage")
    for name in ("lpf_ladder", "ota_two_stage"):
        assert (tmp_path / "new" / "folder" / f"{name}.svg").read_text(encoding="utf-8") == drawing(_known(name))
    with pytest.raises(SystemExit, match="'lna_casode'; did you mean 'lna_cascode'"):
        main(str(tmp_path / "other"), "lpf_ladder", "lna_casode")
    assert not (tmp_path / "other").exists()
    with pytest.raises(SystemExit, match=r"usage: .*schematic FOLDER CIRCUIT .*, lna_cascode"):
        main()


@pytest.mark.parametrize("path", sorted(_DOCS.glob("*.svg")), ids=lambda path: path.stem)
def test_drawings_of_the_documentation_are_those_circuits(path):
    topology = _known(path.stem)
    currents = {net: str(drawn) for net, drawn in topology.references.items()}
    assert faults(Drawing.of(path.read_text(encoding="utf-8")), topology, named, currents) == []
