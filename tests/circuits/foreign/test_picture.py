"""Netlists from outside are drawn: supplies above and below, signals from left to right, every element once."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.schematic import Schematic
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Instance, Subcircuit
from genrf.circuits.schematic.faults import faults
from genrf.circuits.schematic.read import Drawing
from genrf.core.problem import Design
from tests.circuits.foreign.test_graph import LINES, REST

CORPUS = Path(os.environ.get("GENRF_NETLISTS", "../shared/netlists"))
CARDS = ".model nch nmos level=1\n.model pch pmos level=1\n.model npnx npn\n.model dx d\n.model jx njf\n"
ANALYSES = ".param free=1\n.op\n.ac dec 2 1k 1g\n.end\n"
SPEC = """variables: {free: {low: 0.5, high: 2}}
meas: {gain: "ac: db(v(OUT)) at freq = 1k"}
goals: {gain: {min: 0, objective: maximize}}
"""
STAGE = """vdd vcc 0 3.3
vb bias 0 0.9
vin in 0 dc 0.7 ac 1
m1 d in 0 0 nch w={20u*free} l=1u
m2 out bias d 0 nch w=10u l=1u
r1 vcc out 5k
x1 out load
.subckt load top
c1 top 0 1p
.ends
"""


def drawn(folder, text, spec=None, out="out"):
    """The problem of a netlist, its picture and its drawing."""
    (folder / "own.sp").write_text(f"a netlist\n{text}\n{CARDS}{ANALYSES}")
    (folder / "own.yaml").write_text(spec or SPEC.replace("OUT", out))
    made = parts(f"netlist={folder / 'own.sp'}")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    problem = made.make_problem(structure=structure, spec=made.spec)
    values = structure.defaults()
    return problem, problem.pictured(values), Drawing.of(problem.drawing(values))


def styles(read):
    return {name.net: name.style for name in read.names}


def test_supply_input_and_output_are_told_by_sources_and_measurements(tmp_path):
    _, picture, read = drawn(tmp_path, STAGE)
    assert faults(read, picture) == []
    assert styles(read) == {"vcc": "supply", "0": "ground", "in": "in", "out": "out"}
    devices = {device for part in read.parts for device in part.devices}
    assert devices == {"vdd", "vb", "vin", "m1", "m2", "r1", "c1"}, "a sole subcircuit needs no path"


def test_two_devices_of_one_name_keep_their_paths(tmp_path):
    _, picture, _ = drawn(tmp_path, STAGE.replace("c1 top 0 1p", "c1 top 0 1p\nr1 top 0 1k"))
    assert {"r1", "x1.r1", "c1"} <= {device.name for device in picture.devices}


def test_sizes_stand_beside_the_symbols_and_follow_the_design(tmp_path):
    problem, _, read = drawn(tmp_path, STAGE)
    said = {one.text for one in read.writing}
    assert {"20 µm / 1 µm", "5 kΩ", "1 pF", "3.3 V", "700 mV", "ac 1"} <= said
    again = Drawing.of(problem.drawing({"free": 0.5}))
    assert "10 µm / 1 µm" in {one.text for one in again.writing}
    assert [part._replace(text=()) for part in again.parts] == [part._replace(text=()) for part in read.parts]


def test_two_supplies_stand_above_and_below(tmp_path):
    """An emitter follower between 5 V and -5 V: of the two rails the lower one is drawn under its resistor."""
    text = "vp vcc 0 5\nvn vee 0 -5\nvin in 0 ac 1\nq1 vcc in out npnx\nre out vee 1k"
    _, picture, read = drawn(tmp_path, text)
    assert picture.rails == (("vcc",), ("vee", "0")) and faults(read, picture) == []
    assert styles(read)["vee"] == "negative" and styles(read)["vcc"] == "supply"
    (re_,) = [part for part in read.parts if part.devices == ("re",)]
    assert re_.pins["b"][1] > re_.pins["a"][1]


def test_a_bias_voltage_is_no_supply(tmp_path):
    """1.2 V at the gate of the cascode and 0.8 V through which no current runs; only the highest one feeds."""
    text = "v1 top 0 1.8\nv2 casc 0 1.2\nv3 in 0 dc 0.8 ac 1\nr1 top out 1k\nm2 out casc d 0 nch\nm1 d in 0 0 nch"
    _, picture, _ = drawn(tmp_path, text)
    assert picture.rails == (("top",), ("0",)) and picture.signals == ("in", "out") and picture.inputs == ("in",)


def test_every_kind_of_element_is_drawn(tmp_path):
    more = ["d1 z k dx", "j1 d2 z 0 jx", "b1 y2 0 v=v(z)*2", "r9 y2 0 1k", "h1 y3 0 vs 10", "r8 y3 0 1k", "i1 vdd k 1u"]
    _, picture, read = drawn(tmp_path, "\n".join([*LINES, *more, REST]), out="z")
    assert faults(read, picture) == []
    count = len(LINES) + len(more) + 1  # x1 holds two
    assert sum(len(part.devices) for part in read.parts) == len(picture.devices) == count
    symbols = {part.symbol for part in read.parts}
    assert {"voltage source", "current source", "vcvs", "vccs_turned", "njf", "diode", "npn", "box"} <= symbols


@pytest.mark.parametrize(("stages", "symbols"), [(10, {"nmos", "resistor"}), (30, {"box"}), (250, {"box"})])
def test_subcircuits_of_a_large_netlist_are_boxes(tmp_path, stages, symbols):
    """Each stage is two devices; above 45 devices each is a box, above 200 boxes there is one for all."""
    rows = [f"x{k} n{k} {'out' if k == stages - 1 else f'n{k + 1}'} vdd stage" for k in range(stages)]
    stage = ".subckt stage a b vdd\nm1 b a 0 0 nch w=1u l=1u\nr1 vdd b 1k\n.ends"
    _, picture, read = drawn(tmp_path, "\n".join(["vdd vdd 0 1.8", "vin n0 0 dc 0.7 ac 1", *rows, stage]))
    assert symbols <= {part.symbol for part in read.parts} and faults(read, picture) == []
    assert len(picture.devices) == {10: 22, 30: 32, 250: 1}[stages]
    box = next((part for part in read.parts if part.symbol == "box"), None)
    assert box is None or set(box.pins) == ({"a", "b", "vdd"} if stages == 30 else {"n0", "out", "vdd", "0"})


def test_a_device_of_a_library_is_one_symbol(tmp_path, monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(tmp_path / "pdk"))
    (tmp_path / "pdk").mkdir()
    (tmp_path / "pdk" / "own.lib").write_text(
        ".subckt fab__nfet d g s b w=1 l=1\nm1 d g1 s b core w={w} l={l}\nrg g g1 10\n.model core nmos level=1\n.ends\n"
        ".subckt fab__cap c0 c1 w=1 l=1\nc1 c0 c1 {w*l*1e-15}\n.ends\n"
    )
    text = '.include "$PDK_ROOT/own.lib"\nvdd vdd 0 1.8\nvin in 0 ac 1\nxm out in 0 0 fab__nfet w=4 l=2\nr1 vdd out 1k'
    _, picture, read = drawn(tmp_path, f"{text}\nxc out 0 fab__cap w=3 l=3")
    assert faults(read, picture) == []
    kinds = {device: part.symbol for part in read.parts for device in part.devices}
    assert kinds == {
        "vdd": "voltage source",
        "vin": "voltage source",
        "xm": "nmos",
        "r1": "resistor",
        "xc": "capacitor",
    }


def test_a_drawing_that_is_another_circuit_fails_its_check(tmp_path):
    problem, _, _ = drawn(tmp_path, STAGE)
    design = Design("1", problem, problem.structure.defaults(), {})
    (path,) = Schematic().export(design, tmp_path)
    (check,) = Schematic().check([path], design)
    assert path.name == "own.svg" and check.passed, check.detail
    path.write_text(re.sub(r'<path class="wire".*/>\n', "", path.read_text(), count=1))
    (check,) = Schematic().check([path], design)
    assert not check.passed


def test_a_circuit_whose_drawing_could_be_misread_is_drawn_as_boxes(tmp_path, monkeypatch):
    monkeypatch.setattr("genrf.circuits.foreign.sketch.faults", lambda *_: ["one and another overlap"])
    _, picture, read = drawn(tmp_path, STAGE)
    assert {part.symbol for part in read.parts} == {"box"} and faults(read, picture) == []
    assert {name.net for name in read.names} == {"vcc", "0", "bias", "in", "d", "out"}


CHOSEN = ("telescopic_ota", "cascode_current_mirror_ota", "five_transistor_ota", "double_tail_sense_amplifier")


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no {CORPUS}; set GENRF_NETLISTS to a folder of netlists")
@pytest.mark.parametrize("name", CHOSEN)
def test_netlists_of_others_are_drawn_without_a_fault(tmp_path, name):
    text = "* theirs\n" + (CORPUS / "align" / "examples" / name / f"{name}.sp").read_text()
    source = parse(text)
    last = [one for one in source.body if isinstance(one, Subcircuit)][-1]
    masters = {one.master for one in source.walk() if isinstance(one, Instance) and one.name[0] in "mM"}
    cards = [f".model {one} {one[0]}mos level=1" for one in sorted(masters)]
    sources = [f"v_{port} {port} 0 {_volts(port)}" for port in last.ports if port != "0" and "out" not in port]
    top = f"xtop {' '.join(last.ports)} {last.name}"
    _, picture, read = drawn(tmp_path, "\n".join([text, *cards, top, *sources]), out=last.ports[-1])
    assert faults(read, picture) == []
    assert len(picture.devices) == len(sources) + sum(isinstance(one, Instance) for one in source.walk())


def _volts(port):
    return {"vdd": "1.8", "vss": "0"}.get(port[:3].lower(), "0.8")
