"""Scripts for Virtuoso: read by a reader of SKILL, drawn on paper, evaluated on ngspice's vectors; lies are caught."""

import re
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.ocean import Ocean
from genrf.circuits.export.ocean_formula import printed
from genrf.circuits.export.sheets import Cell
from genrf.circuits.export.skill import Skill
from genrf.circuits.export.skill_drawn import drawn
from genrf.circuits.export.skill_names import check
from genrf.circuits.export.skill_reader import Binary, Call, Negative, Symbol, line_of, read, source
from genrf.circuits.measure import Measure
from genrf.circuits.testbench import Tran
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.spec import Metric
from tests.circuits.kinds import glanced
from tests.circuits.kinds import problem as kind
from tests.circuits.paper_virtuoso import ANALOG, TURNED, WIDE, Virtuoso, joined
from tests.circuits.process import problem
from tests.circuits.simulated_once import simulated_once
from tests.circuits.test_netlists import KINDS, VALUES, failures, unmeasured

PRINTED = {
    "vco_cross_coupled": {"resting_power_w", "frequency_hz", "swing_v", "power_w", "tuning_range"},
    "bandgap_banba": {
        "vref_error", "tc_ppm_k", "supply_current_a", "line_regulation_v_v", "minimum_supply_v", "psrr_db",
        "noise_v_rthz",
    },
    "ota_two_stage": {
        "dc_gain_db", "gbw_hz", "phase_margin_deg", "cmrr_db", "psrr_db", "noise_v_rthz", "offset_v", "power_w",
        "slew_v_s", "settling_s", "overshoot",
    },
    "mixer_gilbert": {"conversion_gain_db", "lo_rf_dbm", "lo_if_dbm", "power_w"}, "pa_class_ab": {"gain_db"},
    "bpf_coupled_resonators": {"insertion_loss_db", "rejection_db"}, "lna_differential_cascode": {"cmrr_db"},
}  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs" / "exporters.md"
KITS = {"analogLib": ANALOG, "turned": TURNED, "wide": WIDE}
FOUNDRY = {"nmos": Cell("foundry", "nch_rf", {"d": "D", "g": "G", "s": "S", "b": "B"}, {"fw": "w", "fingers": "nf"})}


@pytest.fixture(scope="module")
def design():
    sizing = problem("lna_cascode")
    return Design("000042", sizing, VALUES, sizing.verify(VALUES).metrics)


# The reader.


def test_operators_bind_as_in_skill():
    (one,) = read("x = 1 + 2*a~>b**2")
    assert one == Binary(
        "=", Symbol("x"), Binary("+", 1.0, Binary("*", 2.0, Binary("**", Binary("~>", Symbol("a"), Symbol("b")), 2.0)))
    )
    assert read("-a*b") == [Binary("*", Negative(Symbol("a")), Symbol("b"))]


@pytest.mark.parametrize(
    ("text", "arguments"), [("list(a -1)", 2), ("list(a - 1)", 1), ("list(a-1)", 1), ("list()", 0)]
)
def test_a_blank_decides_whether_a_minus_is_another_argument(text, arguments):
    (call,) = read(text)
    assert isinstance(call, Call) and len(call.arguments) == arguments


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r'"two\nlines"', "two\nlines"), (r'"\t\v\b\r\f"', "\x09\x0b\x08\x0d\x0c"), (r'"C:\\new"', r"C:\new"),
        (r'"\"in\"(ner)"', '"in"(ner)'), (r'"\007\1011\339"', "\x07A1\x1b9"), ('"One \\\nline"', "One line"),
    ],
)  # fmt: skip
def test_escapes_in_texts_are_those_of_skill(text, meant):
    """The table of the SKILL Language User Guide: octal codes have two or three digits, a newline may be hidden."""
    (call,) = read(f"printf({text})")
    assert isinstance(call, Call) and call.arguments == (meant,)
    assert read(source(call)) == [call] and "\n" not in source(call)


def test_a_backslash_carries_a_remark_on_to_the_next_line():
    script = read('list(1) ; gone: \\\nlist("gone")\nlist(2)')
    assert [call.arguments for call in script] == [(1.0,), (2.0,)] and line_of(script[1]) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schCheck(cellView", "ends inside of a parenthesis"),
        ("schCheck(cellView))", "line 1: '\\)' stands where a term should"),
        ('; a remark\nschCheck("open)', "line 2: cannot read"),
        ("schChek(cellView)", "line 1: no function 'schChek'"),
        ('schCreateWireLabel(cellView wire to net "lowerLeft")', "takes 9 to 9 arguments, got 5"),
        ("procedure( mine(a b) list(a b) )\nmine(1)", "line 2: mine takes 2 to 2 arguments, got 1"),
        ("procedure( mine(a) unknown(a) )", "no function 'unknown'"),
        ("procedure( mine(a) a )\nmine(1 ?b 2)", "line 2: mine takes no \\?b"),
        ("list()\n-5", "line 2: -5 does nothing"),
        ("schCheck(cellVeiw)", "line 1: nothing sets 'cellVeiw'"),
        ("list(gain)\ngain = 1", "line 1: nothing sets 'gain'"),
        ("procedure( mine(a) a )\nlist(a)", "line 2: nothing sets 'a'"),
        ("let( (a) a = 1 )\nlist(a)", "line 2: nothing sets 'a'"),
        ("foreach( a list(1) list(a))\nlist(a)", "line 2: nothing sets 'a'"),
        ("a = 1\nlist(a~>b c~>a)", "line 2: nothing sets 'c'"),
        ("list(then)", "nothing sets 'then'"),
        ("list(1)\nlist(1e400)", "line 2: 1e400 is too large"),
        ('list(1)\nprintf("100\\%")', r"line 2: \\% is no character to SKILL"),
        (r'printf("\7")', r"line 1: \\7 is no character"),
        (r'printf("\000")', r"line 1: \\000 is no character"),
        (r'printf("\400")', r"line 1: \\400 is no character"),
        ("list(1)\nlist(010)", "line 2: 010 is octal to SKILL"),
        ("list(1)\nprocedure()", "line 2: a procedure has no name with its arguments"),
        ("(" * 3000, "parentheses stand too deep"),
    ],
)
def test_what_virtuoso_would_refuse_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        check(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\nlist(a t nil)",
        "procedure( mine(a) b = a )\nmine(1)\nlist(b)",
        "let( (a b) a = list(1) b = a~>length )",
        "list(foreach( mapcar a list(1 2) a + 1) foreach( b list(1) list(b)))",
        "a = list(1)\nlist(setof(b a b > 0) exists(b a b > 0) forall(b a b > 0))",
        "a = 1\nif( a then list(a) else list())",
        "unless( boundp('a) a = 1)\nlist(a ?key 'b)",
    ],
)
def test_a_name_is_set_above_or_around(text):
    check(read(text))


def test_an_expression_is_written_as_it_is_read():
    text = 'a~>b = f(-1 \'x (y z) "w" ?key 2 * a)'
    (one,) = read(text)
    assert source(one).replace(" ~> ", "~>") == text and line_of(read(f"\n\n{text}")[0]) == 3


# The schematic.


@pytest.mark.parametrize(("spec", "name"), [("lna_2p4ghz", "lna_cascode"), *KINDS])
def test_every_kind_of_circuit_is_drawn(spec, name, tmp_path):
    design = unmeasured(kind(spec, name))
    paths = Skill({}).export(design, tmp_path)
    assert not failures(Skill({}), paths, design)


@pytest.mark.slow
def test_generated_circuits_are_drawn(tmp_path):
    made = parts("spec=lna_2p4ghz", "model=grammar")
    for structure in made.generator.generate(made.spec, 10, np.random.default_rng(7)):
        design = unmeasured(made.make_problem(structure=structure, spec=made.spec))
        assert not failures(Skill({}), Skill({}).export(design, tmp_path), design), structure.name


def test_a_foundrys_cells_take_the_place_of_analog_lib(design, tmp_path):
    exporter = Skill(FOUNDRY)
    paths = exporter.export(design, tmp_path)
    text = paths[0].read_text()
    assert 'genrfPlace(cellView "foundry" "nch_rf" "m1"' in text and "nmos4" not in text
    assert 'genrfSet(instance "fw" "2u")' in text and 'genrfSet(instance "fingers" "100")' in text
    assert not failures(exporter, paths, design)
    paths[0].write_text(text.replace('"fingers" "100"', '"fingers" "99"'))
    assert failures(exporter, paths, design)


@lru_cache
def on_paper(spec, name, kit):
    """What the script of a design draws with the symbols of one of `KITS`."""
    with TemporaryDirectory() as folder:
        script = read(Skill({}).export(unmeasured(kind(spec, name)), Path(folder))[0].read_text())
    return drawn(script), Virtuoso(KITS[kit]).run(script)


@pytest.mark.parametrize(
    ("spec", "name", "kit"),
    [("ota_two_stage", "ota_two_stage", kit) for kit in KITS] + [("lna_2p4ghz", "lna_cascode", "turned")],
)
def test_what_runs_in_virtuoso_connects_the_circuit(spec, name, kit):
    sheets, paper = on_paper(spec, name, kit)
    for sheet in sheets:
        wanted = {(one.name, end): {net} for one in sheet.instances for end, net in one.nets.items()}
        assert joined(paper.pages[sheet.cell]) == wanted and paper.pages[sheet.cell].checked


def test_symbols_are_turned_as_the_circuit_is_drawn():
    orients = {}
    for kit in ("analogLib", "turned"):
        _, paper = on_paper("ota_two_stage", "ota_two_stage", kit)
        orients[kit] = {one.name: one.transform[1] for one in paper.pages["ota_two_stage"].instances}
    assert orients["analogLib"]["m4"] == "R0" and orients["analogLib"]["m3"] == "MY"
    assert orients["turned"]["m4"] == "R270" and orients["turned"]["m3"] != "MY"


def test_a_net_has_no_wires_where_a_symbol_has_a_foreign_pin_in_their_way():
    wires = {kit: on_paper("ota_two_stage", "ota_two_stage", kit)[1].pages["ota_two_stage"].wires for kit in KITS}
    assert len(wires["wide"]) < len(wires["analogLib"])


def test_pins_stand_where_signals_come_in_and_go_out(design, tmp_path):
    (*_, top) = drawn(read(Skill({}).export(design, tmp_path)[0].read_text()))
    pins = {pin.net: pin for pin in top.pins}
    assert {net: pin.direction for net, pin in pins.items()} == {
        "in": "input", "out": "output", "bias": "inputOutput", "vdd": "inputOutput"
    }  # fmt: skip
    where = {one.name: one.at for one in top.instances}
    assert pins["in"].at[0] < where["cblock"][0] < where["m1"][0] < where["co"][0] < pins["out"].at[0]
    assert where["ls"][1] < where["m1"][1] < where["m2"][1] < where["ld"][1] <= pins["vdd"].at[1]


# OCEAN.


@pytest.mark.ngspice
@pytest.mark.parametrize(("spec", "name"), KINDS)
def test_oceans_formulas_give_what_was_measured(spec, name, tmp_path, short):
    design = glanced(spec, name)
    paths = Ocean().export(design, tmp_path)
    checks = Ocean().check(paths, design)
    assert {check.name for check in checks} >= {f"ocean {metric}" for metric in PRINTED[name]}
    assert not [check.detail for check in checks if not check.passed]


@pytest.mark.ngspice
@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "name"),
    [("vco_ring", "vco_ring"), ("mixer_2p4ghz", "mixer_passive"), ("ota_folded_cascode", "ota_folded_cascode")],
)
def test_a_verified_design_is_what_ocean_prints(spec, name, tmp_path, short):
    """The oscillation by splines and put right for the rule, the gain around an orbit: other ways to the same."""
    design = measured(spec, name)
    checks = {check.name: check for check in Ocean().check(Ocean().export(design, tmp_path), design)}
    assert not [check.detail for check in checks.values() if not check.passed]
    told = {
        "frequency_hz", "swing_v", "tuning_range", "conversion_gain_db", "lo_rf_dbm", "lo_if_dbm", "iip3_dbm",
        "power_w", "gbw_hz", "phase_margin_deg",
    }  # fmt: skip
    for metric in told & design.metrics.keys():
        assert f"measured {design.metrics[metric]:.7g}" in checks[f"ocean {metric}"].detail


@pytest.mark.ngspice
def test_what_a_design_was_given_up_before_is_not_in_its_script(tmp_path):
    """A ring that does not oscillate has no frequency to print."""
    resting = Design(
        "000001",
        kind("vco_ring", "vco_ring"),
        unmeasured(kind("vco_ring", "vco_ring")).values,
        {"resting_power_w": 1e-3},
    )
    text = Ocean().export(resting, tmp_path)[0].read_text()
    assert "resting_power_w" in text and "frequency" not in text


@pytest.mark.ngspice
def test_a_reference_far_from_flat_is_what_ocean_prints(tmp_path):
    """The output changes with temperature so much that the mean of points is not that of the lines between them."""
    design = measured("bandgap", "bandgap_banba", np.random.default_rng(5).random(99))
    assert design.metrics["tc_ppm_k"] > 3000.0
    assert not failures(Ocean(), Ocean().export(design, tmp_path), design)


SLOW = {  # a large mirror at a small current: its gates settle with 22 ns, 107 periods
    "nf_pair": 32.0, "w_finger": 1.406e-6, "nf_tail": 99.0, "w_tail": 1.461e-6, "l_tail": 2.135e-6, "i_bias": 37.38e-6,
    "n_coil": 4.802, "d_coil": 75.88e-6, "c_fixed": 112.5e-15, "nf_var": 10.0,
}  # fmt: skip


@pytest.mark.ngspice
@pytest.mark.slow
def test_an_oscillation_that_still_creeps_is_what_ocean_prints(tmp_path):
    """The transient of the script is longer than ours: the swing goes on by more than it changed while we looked."""
    sizing = kind("vco_5ghz", "vco_cross_coupled")
    oscillation = sizing.bench.strict().oscillation
    found = oscillation.measure(sizing.setup(SLOW, sizing.technology.at()))
    design = Design("000001", sizing, SLOW, found)
    checks = {check.name: check for check in Ocean().check(Ocean().export(design, tmp_path), design)}
    assert all(check.passed for check in checks.values()), checks
    later, ours = re.findall(r"(?:gives|measured) (\S+)", checks["ocean swing_v"].detail)
    assert 2.0 * oscillation.drift < 1.0 - float(later) / float(ours)


@pytest.mark.parametrize(("metric", "within"), [("frequency_hz", 5.2e-4), ("swing_v", 2e-3), ("power_w", 2e-3)])
def test_an_oscillation_agrees_as_far_as_the_docs_say(metric, within):
    bench = kind("vco_5ghz", "vco_cross_coupled").bench.strict()
    known = bench.oscillation.counterpart(bench.band).measures[metric]
    assert known.agrees(1.0 - 0.98 * within, 1.0) and not known.agrees(1.0 - 1.02 * within, 1.0)
    assert f"| {within:.1e}".replace(".0e", "e").replace("e-0", "e-") in DOCS.read_text()


def measured(spec, name, place=0.5):
    """A design at a place in its space, the middle, verified."""
    sizing = kind(spec, name)
    size = len(sizing.structure.space)
    values = sizing.structure.space.decode(np.resize(place, size))
    found = sizing.verify(values)
    assert found.status == "ok", found.message
    return Design("000001", sizing, values, found.metrics)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"ac_vprobe\" 1", 'ac_vprobe" 0', "the bench has no such analysis"),
        (r"ac_vsupply\" 1", 'ac_vsupply" 0', "the bench has no such analysis"),
        (r"_sources\.scs", "_step.scs", "it simulates|lies between"),
        (r"= 10\*\*value\(log10\(xval\(loop_gain\)\)", "= value(xval(loop_gain)", "its formula gives 3"),
        (
            r"xval\(loop_gain\)\) cross\(dB20\(loop_gain\) 0",
            "xval(loop_gain)) cross(dB20(loop_gain) 1",
            "its formula gives",
        ),
        (r"0 1 'falling", "0 1 'rising", "a formula reads nil"),
        (r"180 \+ value", "value", "its formula gives"),
        (r"voltage_inn\*current", "voltage_inn*voltage", "a formula reads nil"),
        (r"loop_gain = -1", "loop_gain = 1", "its formula gives"),
        (r"-v\(", "-1.01*v(", "its formula gives"),
        (r"0\.9 1 'rising", "0.8 1 'rising", "its formula gives"),
        (r"0\.01 -1 'falling", "0.02 -1 'falling", "its formula gives"),
        (r'maxstep "200p"', 'maxstep "400p"', "the bench has no such analysis"),
    ],
)
def test_a_loop_gain_that_lies_is_caught(old, new, said, tmp_path):
    caught(glanced("ota_two_stage", "ota_two_stage"), old, new, said, tmp_path)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("spec", "name", "old", "new"),
    [
        ("vco_ring", "vco_ring", r"frequency\(wave\)", "2*frequency(wave)"),
        ("vco_ring", "vco_ring", r"_hz = frequency\(wave\)", "_hz = frequency(oscillation_vdd*oscillation_i_vsupply)"),
        ("vco_ring", "vco_ring", r"tuned = frequency\(wave\)", "tuned = 1.01*frequency(wave)"),
        ("vco_ring", "vco_ring", r"= 2\*\(ymax", "= (ymax"),
        ("mixer_2p4ghz", "mixer_gilbert", r"watts = watts \+", "watts = 2*watts +"),
        ("vco_ring", "vco_ring", r"ymin\(wave\)\nprintf", "ymax(wave)\nprintf"),
        ("vco_ring", "vco_ring", r"= -average", "= average"),
        ("mixer_2p4ghz", "mixer_gilbert", r"= 2\*sqrt", "= sqrt"),
        ("mixer_2p4ghz", "mixer_gilbert", r"cos\(angle\)", "cos(2*angle)"),
        ("mixer_2p4ghz", "mixer_gilbert", r" - conversion_outn", " + conversion_outn"),
        ("mixer_2p4ghz", "mixer_gilbert", r"= -average", "= average"),
    ],
)
def test_a_transient_that_lies_is_caught(spec, name, old, new, tmp_path, short, monkeypatch):
    monkeypatch.setattr("genrf.circuits.export.ocean._simulated", simulated_once)
    caught(unmeasured(kind(spec, name)), old, new, "its formula gives", tmp_path)


def caught(design, old, new, said, folder):
    """The first failure of a script in which one thing was changed."""
    paths = Ocean().export(design, folder)
    text = paths[0].read_text()
    changed = re.sub(old, new, text)
    assert changed != text
    paths[0].write_text(changed)
    found = failures(Ocean(), paths, design)
    assert found and re.search(said, found[0]), found


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [  # of 1 V at 1 GHz beside 0.5 V, from 0 to 10 ns: on lines between points 5 ps apart within (2 pi h f)^2 / 8
        ("frequency(wave)", 1e9), ("cross(wave 0.5 1 'falling)", 0.5e-9), ("cross(wave 0.5 -1 'falling)", 9.5e-9),
        ("cross(wave 1 2 'rising)", (1 + 1 / 12) * 1e-9), ("value(wave 0.25n)", 1.5), ("average(wave)", 0.5),
        ("average(clip(wave 0 0.5n))", 0.5 + 2 / np.pi), ("ymax(clip(wave 3.5n 4n))", 0.5),
        ("average(wave*sin(6283185307.179586*xval(wave)))", 0.5), ("max(ymax(wave) 2)", 2.0),
        ("if(cross(wave 5 1 'rising) 1 2)", 2.0), ("if(cross(wave 1 1 'rising) 1 2)", 1.0),
    ],
)  # fmt: skip
def test_oceans_functions_of_a_sine(formula, wanted):
    time = np.arange(2001) * 5e-12
    tran = Tran(("time", "out"), 5e-12, 1e-8)
    waves = {"run": {"time": time, "out": 0.5 + np.sin(2e9 * np.pi * time)}}
    script = (
        'simulator(\'spectre)\ndesign("x")\nanalysis(\'tran ?stop "10n" ?outputstart "0" ?maxstep "5p")\nrun()\n'
        f'wave = v("out" ?result \'tran)\nfound = {formula}\nprintf("%g" found)\ndelete(\'analysis \'tran)\n'
    )
    assert printed(read(script), waves, {"run": tran}).metrics["found"] == pytest.approx(wanted, rel=2e-4)


@pytest.mark.ngspice
def test_a_script_that_prints_nothing_does_not_pass(design, tmp_path):
    paths = Ocean().export(design, tmp_path)
    paths[0].write_text(re.sub(r"printf\(.*\)\n", "", paths[0].read_text()))
    assert "print nothing" in failures(Ocean(), paths, design)[0]


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"/165\.0", "/85.0", "its formula gives"),
        (r'\?stop "125"', '?stop "85"', "the bench has no such analysis"),
        (r'\?param "temp"', '?dev "vsupply" ?param "dc"', "the bench has no such analysis"),
        (r"clip\(supply_out 1\.08", "clip(supply_out 0", "its formula gives"),
        (r"min\(ymin\(kept\) op_out", "min(ymin(kept) 0", "its formula gives"),
        (r"missed 0\.02 -1", "missed 0.1 -1", "its formula gives"),
        (r"end > 0\.02", "0.02 > end", "its formula gives"),
        (r" \+ ends/2", " + ends", "its formula gives"),
        (r"= ymax\(-i", "= -ymax(i", "its formula gives"),
        (r"rejection_out\) 10\.0", "rejection_out) 1e6", "its formula gives"),
    ],
)
def test_a_reference_that_lies_over_temperature_and_supply_is_caught(old, new, said, tmp_path):
    caught(glanced("bandgap", "bandgap_divided"), old, new, said, tmp_path)


@pytest.mark.ngspice
def test_every_goal_of_an_amplifier_is_printed(design, tmp_path):
    checks = Ocean().check(Ocean().export(design, tmp_path), design)
    assert all(check.passed for check in checks)
    assert {f"ocean {goal}" for goal in design.problem.spec.goals} <= {check.name for check in checks}


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"sp\(2 1", "sp(1 2", "its formula gives"),
        (r"290\.0", "300.0", "its formula gives"),
        (r'"2\.4G"', '"2.3G"', "the bench has no such analysis"),
        (r'"supply" 1\.2', '"supply" 1.3', "its variables are"),
        (r"_ports\.scs", "_sources.scs", "it simulates|lies between"),
        (r"run\(\)", "", "which no run has found"),
        (r"ymin", "ymean", "no function 'ymean'"),
        (r"printf\(\"mu.*\n", "", "does not print it"),
        (r"(?s)\nprintf[^\n]*(?=.*\nprintf)", "", "does not print it"),  # all but the last
        (r"printf\(\"mu.*\n", r"\g<0>\g<0>", r"line \d+: mu is printed twice"),
        (r"(?s)\ndesign.*?delete.*?\n", "", "it does not run band"),  # all runs
        (r"(?s)\ndesign[^\n]*\n[^\n]*_noise\".*?delete.*?\n", "", "it does not run noise"),
        (r"(?s)\ndesign.*?delete.*?\n", r"\g<0>\g<0>", r"line \d+: the bench has no such analysis, or it was run"),
        (r"temp\(27\)", "temp(99)", "at a temperature of 99"),
        (r"temp\(27\)\n", "", "at a temperature of None"),
        (r"temp\(27\)\n", r"\g<0>\g<0>", r"line \d+: temp is given twice"),
        (r"'spectre", "'hspice", "does not begin with simulator"),
        (r"simulator.*\n", "", "does not begin with simulator"),
        (r"simulator.*\n", r"\g<0>\g<0>", r"line \d+: simulator\('spectre\) is no part of a run"),
        (r"run\(\)", "run()\nrun()", r"line \d+: run stands after a run"),
        (r"run\(\)", "run(1)", r"line \d+: run\(1\) is no part of a run"),
        (r"run\(\)", 'run(?jobName "a")', "is no part of a run"),
        (r"run\(\)", "paramRun('supply)", r"line \d+: the bench has no such analysis"),
        (r"run\(\)", 'paramAnalysis("supply" ?values list(1.2 1.3))\nrun()', "what is run for several values"),
        (r"run\(\)", 'run()\ndesVar("supply" 1.3)', r"line \d+: desVar supply stands after a run"),
        (r"delete.*\n", "", "design stands after a run"),
        (r"delete.*\n\Z", "", "the script ends before the last analysis"),
        (r"delete\('analysis 'noise", "delete('analysis 'sp", r"line \d+: delete stands where"),
        (r"resultsDir.*\n", "", "go to None"),
        (r"_wide\"", '_band"', r"its results of wide go to \./lna_cascode_band"),
        (r"%g W", "%g mW", "it is printed as"),
        (r"= %g dB", "= %g", "it is printed as"),
        (r"\"vin\" \"vout\"", '"vout" "vin"', "its analysis for band is"),
        (r'iprobe "vin"', 'iprobe "vout"', "its analysis for noise is"),
        (r"\Z", 'printf("foo" 3)\n', r"line \d+: printf\(\"foo\" 3\) is no part of a run"),
        (r"\Z", 'design("./zzz.scs")\n', "the script ends before the last analysis"),
        (r"\Z", "supply\n", r"line \d+: supply is no part of a run|nothing sets"),
    ],
)
def test_a_script_that_lies_is_caught(old, new, said, design, tmp_path):
    caught(design, old, new, said, tmp_path)


@pytest.mark.parametrize(
    ("wanted", "found", "agree"),
    [  # a difference of 1e-6, or that share of what may be large: K of a circuit that hardly leads back is above 1000
        (1004.508, 1004.508 * (1 + 1e-9), True), (1004.508, 1004.508 * (1 + 5e-7), True),
        (1004.508, 1004.508 * (1 + 2e-6), False), (0.0, 5e-7, True), (0.0, 2e-6, False), (1.0, 1.0 + 2e-6, False),
    ],
)  # fmt: skip
def test_ratios_agree_by_difference_or_share(wanted, found, agree):
    assert Measure(Metric("", "K"), (), float).agrees(found, wanted) is agree
    assert not Measure(Metric("dB", "a gain"), (), float).agrees(1004.508 * (1 + 1e-7), 1004.508)


@pytest.mark.ngspice
def test_the_scripts_read_as_before(design, tmp_path, golden):
    for exporter in (Skill({}), Ocean()):
        path = exporter.export(design, tmp_path)[0]
        golden(path.name, re.sub(r" = \S+ ?\S*$", " = ...", path.read_text(), count=7, flags=re.MULTILINE))
