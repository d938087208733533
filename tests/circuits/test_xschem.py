"""Sheets for xschem, netted by xschem itself where it is installed; what it nets is compared and simulated."""

import re
import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.xschem import XSCHEM, Xschem
from genrf.circuits.export.xschem_symbols import Labels
from genrf.circuits.schematic.items import Spot, Text
from genrf.circuits.schematic.symbols import Turn
from genrf.core.problem import Design
from tests.circuits import kinds, oscillators, pdk
from tests.circuits.process import draw, problem
from tests.circuits.test_export import VALUES
from tests.circuits.test_netlists import unmeasured

needs_xschem = pytest.mark.skipif(shutil.which("xschem") is None, reason="xschem is not on PATH; apt install xschem")
pytestmark = pytest.mark.ngspice
DYNAMICS = {  # what only a circuit that moves has, by its kind
    **{kind: {"gain_db", "s11_db"} for kind in ("lna", "lna_wideband", "pa")},
    "lna_differential": {"gain_db", "cmrr_db"}, "bandgap": {"psrr_db", "noise_v_rthz"},
    **{kind: {"insertion_loss_db", "rejection_db"} for kind in ("filter_bandpass", "filter_lowpass")},
    "mixer": {"conversion_gain_db", "power_w"},
    "op_amp": {"gbw_hz", "phase_margin_deg", "cmrr_db", "slew_v_s"}, "vco": {"frequency_hz", "swing_v", "power_w"},
}  # fmt: skip


@pytest.fixture(scope="module")
def design():
    sizing = problem("lna_cascode")
    return Design("000042", sizing, VALUES, sizing.verify(VALUES).metrics)


def checked(design, folder):
    return Xschem().check(Xschem().export(design, folder), design)


@needs_xschem
def test_its_netlist_is_the_circuit_and_simulates_to_the_same_values(design, tmp_path):
    circuit, *metrics = checked(design, tmp_path)
    assert circuit.passed and "xschem reads 49 elements" in circuit.detail, circuit
    assert {check.name.split()[-1] for check in metrics} == set(design.problem.spec.goals)
    assert all(check.passed for check in metrics), metrics


def chosen(name):
    """A circuit of the library with what ngspice finds of our own netlist in every bench."""
    space = kinds.problem(kinds.LIBRARY[name], name).structure.space
    # in the middle of its space this reference has two states, and the order of elements says which is found
    values = draw(space, 3, seed=1)[-1] if name == "bandgap_banba" else None
    return kinds.glanced(kinds.LIBRARY[name], name, values)


def widened(folder):
    """Make the first transistor of a circuit, or its first part if it has none, half as large again."""
    sheets = sorted(path for path in (folder / "xschem").glob("*.sch") if not path.name.startswith("tb_"))
    texts = {path: path.read_text() for path in sheets}
    for pattern in (r"(?<= w=)[\d.]+(?=u)", r"(?<= value=)[\d.]+"):
        for path, text in texts.items():
            changed = re.sub(pattern, lambda size: f"{1.5 * float(size[0]):.12g}", text, count=1)
            if changed != text:
                return path.write_text(changed)
    raise AssertionError("no sheet has an element")


@needs_xschem
@pytest.mark.parametrize("name", kinds.LIBRARY)
def test_every_circuit_is_netted_as_it_is_and_moves_as_ours_does(name, tmp_path, short):
    """Its netlist is the circuit and gives what depends on its dynamics; that of a wider transistor does neither."""
    design = chosen(name)
    paths = Xschem().export(design, tmp_path)
    checks = {check.name.removeprefix(f"xschem tb_{name}"): check for check in Xschem().check(paths, design)}
    assert checks[".sch"].passed and "xschem reads" in checks[".sch"].detail, checks
    assert {said.split()[-1] for said in checks} >= DYNAMICS[design.problem.structure.family], checks
    assert all(check.passed for check in checks.values()), checks
    widened(tmp_path)
    circuit, *metrics = Xschem().check(paths, design)
    assert not circuit.passed and "is read with" in circuit.detail
    assert not all(
        check.passed for check in metrics if check.name.split()[-1] in DYNAMICS[design.problem.structure.family]
    )


@needs_xschem
@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "name"),
    [("bandgap", "bandgap_banba"), ("ota_two_stage", "ota_two_stage"), ("vco_5ghz", "vco_cross_coupled"),
     ("mixer_2p4ghz", "mixer_gilbert"), ("bpf_2p4ghz", "bpf_coupled_resonators"), ("pa_2p4ghz", "pa_class_ab")],
)  # fmt: skip
def test_other_kinds_simulate_to_what_was_measured(spec, name, tmp_path):
    sizing = kinds.problem(spec, name)
    wanted = DYNAMICS[sizing.structure.family] - {"slew_v_s"}  # which only those that keep all limits before have
    drawn = (oscillators.SIZES.get(name), *draw(sizing.structure.space, 20, seed=1))
    measured = ((values, sizing.verify(values)) for values in drawn if values)
    values, found = next((values, found) for values, found in measured if found.metrics.keys() >= wanted)
    checks = checked(Design("1", sizing, values, found.metrics), tmp_path)
    assert {check.name.split()[-1] for check in checks} >= wanted
    assert all(check.passed for check in checks), checks


@needs_xschem
@pdk.needs_pdk
@pytest.mark.parametrize(
    ("spec", "tech", "name"),
    [("lna_2p4ghz", "sky130", "lna_cascode"), ("lna_2p4ghz", "ihp_sg13g2", "lna_cascode_hbt"),
     ("lna_28ghz", "ihp_sg13g2", "lna_cascode_hbt_mmwave")],
)  # fmt: skip
def test_a_foundry_s_devices_have_their_computed_cards(spec, tech, name, tmp_path, monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(pdk.ROOT))
    made = parts(f"spec={spec}", f"tech={tech}", f"model.only=[{name}]")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    circuit, *_ = checked(unmeasured_values(made.make_problem(structure=structure, spec=made.spec)), tmp_path)
    assert circuit.passed, circuit


def unmeasured_values(sizing):
    """A design in the middle of its space whose metrics nothing is compared with."""
    middle = unmeasured(sizing)
    return Design(middle.id, sizing, middle.values, dict.fromkeys(sizing.metrics, 0.0))


@needs_xschem
@pytest.mark.parametrize(
    ("file", "pattern", "instead", "said"),
    [
        ("lna_cascode_lgate.sch", r"value=6n", "value=7n", "llgate is read with"),
        ("lna_cascode.sch", r"lab=source", "lab=gate", "lies between"),
        ("lna_cascode.sch", r"^C \{lna_cascode_rd.*\n", "", "rrd is missing"),
        ("tb_lna_cascode.sch", r"vth0=0.395", "vth0=0.4", "model nch differs in vth0"),
    ],
)
def test_sheets_that_are_not_the_design_are_caught(design, tmp_path, file, pattern, instead, said):
    circuit, *_ = changed(design, tmp_path, file, pattern, instead)
    assert not circuit.passed and said in circuit.detail, circuit


def changed(design, folder, file, pattern, instead):
    """The checks of a design in one of whose sheets something was changed."""
    paths = Xschem().export(design, folder)
    path = folder / "xschem" / file
    text = re.sub(pattern, instead, path.read_text(), flags=re.MULTILINE)
    assert text != path.read_text()
    path.write_text(text)
    return Xschem().check(paths, design)


@needs_xschem
@pytest.mark.parametrize(
    ("name", "sheet", "pattern", "instead", "wrong"),
    [
        ("vco_cross_coupled", "tb_vco_cross_coupled.sch", "value=0.6}", "value=0.7}", "frequency_hz"),
        ("vco_cross_coupled", "tb_vco_cross_coupled.sch", "value=1.2}", "value=1.25}", "power_w"),
        ("vco_cross_coupled", "tb_vco_cross_coupled.sch", "^tran .*$", "", "frequency_hz"),
        ("mixer_gilbert", "tb_mixer_gilbert.sch", "value=500 ", "value=550 ", "conversion_gain_db"),
        ("mixer_gilbert", "tb_mixer_gilbert.sch", "value=1.2}", "value=1.21}", "power_w"),
        ("ota_two_stage", "tb_ota_two_stage.sch", "value=2p", "value=3p", "gbw_hz"),
        ("ota_two_stage", "tb_ota_two_stage_step.sch", "value=2p", "value=3p", "slew_v_s"),
        ("vco_cross_coupled", "tb_vco_cross_coupled.sch", "rise=12", "rise=11", "frequency_hz"),
        ("vco_cross_coupled", "tb_vco_cross_coupled.sch", r"wave = v\(outp\) - ", "wave = v(outp) + ", "swing_v"),
        ("mixer_gilbert", "tb_mixer_gilbert.sch", r"cos\(angle\)", "cos(2*angle)", "conversion_gain_db"),
        ("ota_two_stage", "tb_ota_two_stage.sch", r"-1/\(1 - 1", "1/(1 - 1", "phase_margin_deg"),
        (
            "ota_two_stage",
            "tb_ota_two_stage.sch",
            r"plot_current = \$curplot",
            "plot_current = $plot_voltage",
            "gbw_hz",
        ),
    ],
)
def test_a_bench_that_is_not_ours_is_caught(name, sheet, pattern, instead, wrong, tmp_path, short):
    checks = changed(chosen(name), tmp_path, sheet, pattern, instead)
    assert checks[0].passed
    assert f"xschem {sheet} {wrong}" in {check.name for check in checks if not check.passed}, checks


def test_sources_are_drawn_as_what_they_are_and_ports_with_their_level(design, tmp_path):
    Xschem().export(design, tmp_path)
    place = tmp_path / "xschem"
    bench = (place / "tb_lna_cascode.sch").read_text()
    drawn = {name: symbol for symbol, name in re.findall(r"^C \{(\S+)\}.*\{name=([vi]\w+)", bench, re.MULTILINE)}
    assert drawn == {
        "vsupply": "voltage_source.sym", "ibias": "current.sym", "vin": "voltage_source_2.sym",
        "vout": "voltage_source_2.sym",
    }  # fmt: skip
    supply, port = ((place / f"voltage_source{number}.sym").read_text() for number in ("", "_2"))
    assert "T {@value}" in supply and "T {@flags}" in port
    for text in (supply, port):
        assert "@@p @@n" in text and "-22.5 2.5 -17.5 {name=p " in text and "fill=true" not in text  # no arrow


@needs_xschem
def test_every_sheet_can_be_drawn(design, tmp_path):
    """xschem 2.8 ends with signal 11 at a letter that it has no strokes for."""
    place = tmp_path / "xschem"
    for path in Xschem().export(design, tmp_path):
        path.read_text(encoding="ascii")
        if path.suffix == ".sch":
            command = ["xschem", "-x", "-r", "-q", "--svg", path.name]
            subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
            assert "</svg>" in (place / "plot.svg").read_text()


def strokes_of(place, sheet):
    """The lines that xschem draws of a sheet by their layer, (n, 4): 1 names of nets, 3 other text, 4 symbols.

    Two marks at the corners keep names in view. Without a window xschem 2.8 draws into one point every other time.
    """
    text = (place / sheet).read_text()
    at = np.array([line.split("}")[1].split()[:2] for line in text.splitlines() if line.startswith("C {")], float)
    (left, top), (right, bottom) = at.min(axis=0) - 200, at.max(axis=0) + 300
    marks = f"L 4 {left} {top} {left + 1} {top} {{}}\nL 4 {right} {bottom} {right + 1} {bottom} {{}}\n"
    (place / "drawn.sch").write_text(text + marks)
    for _ in range(30):
        command = ["xschem", "-x", "-r", "-q", "--svg", "drawn.sch"]
        subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
        drawn = re.findall(r'class="l(\d+)" d="M(\S+) (\S+?)L(\S+) ([-\d.]+)', (place / "plot.svg").read_text())
        if len({line[1:3] for line in drawn}) > 100:
            break
    return {layer: np.array([line[1:] for line in drawn if line[0] == layer], float) for layer in "134"}


def crossing(some, others):
    """How many pairs of lines, one of each, have a point in common."""
    p, q = some[:, None, :2], some[:, None, 2:]
    r, s = others[None, :, :2], others[None, :, 2:]
    return int(np.sum((side(p, q, r) * side(p, q, s) < 0) & (side(r, s, p) * side(r, s, q) < 0)))


def side(a, b, c):
    """Above zero where c lies at one side of the line from a to b, below where at the other."""
    along, aside = b - a, c - a
    return along[..., 0] * aside[..., 1] - along[..., 1] * aside[..., 0]


@needs_xschem
@pytest.mark.parametrize("name", ["lna_cascode", "lna_differential_cascode", "mixer_gilbert"])
def test_no_text_of_a_bench_lies_on_a_symbol_or_on_a_name(name, tmp_path):
    """Names of nets beside the pins of the circuit and of boxes; what was drawn is what xschem draws."""
    sizing = kinds.problem(kinds.LIBRARY[name], name)
    sheets = [path for path in Xschem().export(unmeasured_values(sizing), tmp_path) if path.name.startswith("tb_")]
    for sheet in (path.name for path in sheets if path.suffix == ".sch"):
        drawn = strokes_of(tmp_path / "xschem", sheet)
        assert all(map(len, drawn.values())), sheet
        said = {f"{one} on {other}": crossing(drawn[one], drawn[other]) for one, other in ("14", "34", "13")}
        assert not any(said.values()), (sheet, said)


@pytest.mark.parametrize("name", ["lna_differential_cascode", "lna_differential_common_gate", "mixer_gilbert"])
def test_names_of_nets_beside_each_other_are_apart(name, tmp_path):
    """A letter is 4.8 of xschem's units wide, of which a cell has 10; names begin and end 3 beside their pins."""
    Xschem().export(unmeasured_values(kinds.problem(kinds.LIBRARY[name], name)), tmp_path)
    text = (tmp_path / "xschem" / f"tb_{name}.sch").read_text()
    labels = re.findall(r"^C \{(label|label_left)\.sym\} (\S+) (\S+) .*lab=(\w+)\}", text, re.MULTILINE)
    rows = {}
    for symbol, x, y, net in labels:
        near, far = int(x) + 3, int(x) + 3 + 4.8 * len(net)
        ends = (near, far) if symbol == "label" else (int(x) - (far - int(x)), int(x) - 3)
        rows.setdefault(int(y), []).append(ends)
    gaps = [begin - end for row in rows.values() for (_, end), (begin, _) in pairwise(sorted(row))]
    assert len(gaps) > 5 and min(gaps) > 0


@needs_xschem
def test_its_buttons_write_spice_and_start_ngspice(design, tmp_path):
    Xschem().export(design, tmp_path)
    place = tmp_path / "xschem"
    pressed = (
        "xschem netlist",
        "proc task {command folder how} {puts started:$command}",
        "simulate tb_lna_cascode.spice",
        "exit",
    )
    done = subprocess.run(
        ["xschem", "-x", "-r", "tb_lna_cascode.sch"], cwd=place, input="\n".join(pressed) + "\n", timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"started:.* ngspice -i tb_lna_cascode.spice", done.stdout), done
    printed = subprocess.run(
        ["ngspice", "-i", "tb_lna_cascode.spice"], cwd=place, input="quit\n", timeout=60,
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert all(re.search(f"^{goal} = ", printed, re.MULTILINE) for goal in design.problem.spec.goals)


def test_without_xschem_the_check_says_so(design, tmp_path, monkeypatch):
    monkeypatch.setenv("GENRF_XSCHEM", "no_such_program")
    (check,) = checked(design, tmp_path)
    assert check.passed is None and check.detail.startswith("not opened: GENRF_XSCHEM=no_such_program is not a program")
    assert XSCHEM.package == "xschem"


def test_files_say_whose_they_are_and_are_the_same_again(design, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        Xschem().export(design, folder)
    files = sorted(path.name for path in (one / "xschem").iterdir())
    for name in files:
        assert (one / "xschem" / name).read_bytes() == (two / "xschem" / name).read_bytes()
    sheet = (one / "xschem" / "lna_cascode.sch").read_text()
    assert "in generic130, genrf" in sheet and "# ports: in out bias vdd" in sheet
    assert "w=200u l=130n nf=100" in sheet and not re.search(r"=[\d.]{15}", sheet)
    assert "\nsp lin 41 2.4G 2.4835G\n" in (one / "xschem" / "tb_lna_cascode.sch").read_text()
    assert all(str(tmp_path) not in (one / "xschem" / name).read_text() for name in files)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", range(4))
def test_text_is_upright_where_it_was_drawn(mirrored, quarters):
    """xschem turns the text of a symbol as the symbol; by its source, a mirrored one's turned text by two more."""
    spot = Spot(0, 10, 20, Turn(mirrored, quarters), Text(("name",), 12.0, 17.0, "start"))
    labels = Labels.where_drawn(spot)
    dx, dy = spot.turn.of(labels.at)
    assert (spot.x + dx, spot.y + dy) == pytest.approx((12.0, 17.0))
    seen = labels.quarters + quarters + (2 if mirrored and labels.quarters % 2 else 0)
    assert seen % 4 == 0 and labels.mirrored == mirrored
