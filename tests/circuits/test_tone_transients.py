"""What OCEAN scripts and ngspice's benches find by tones: closed forms, genrf's own procedures, and lies."""

import math
import re
from functools import lru_cache

import numpy as np
import pytest

from genrf.circuits.compression import drives
from genrf.circuits.drive import DriveSweep
from genrf.circuits.export.ocean import Ocean
from genrf.circuits.export.ocean_formula import printed
from genrf.circuits.export.skill_reader import read
from genrf.circuits.export.spice import Spice
from genrf.circuits.intermodulation import METRICS, ConfirmedIntercept, plan
from genrf.circuits.measure import metrics
from genrf.circuits.tones import emf
from genrf.core.problem import Design
from tests.circuits.kinds import problem as kind
from tests.circuits.simulated_once import simulated_once
from tests.circuits.test_netlists import VALUES, failures
from tests.circuits.test_virtuoso import caught

BAND = (2.4e9, 2.4835e9)
A1, A3 = 8.0, 20.0  # V/V and V/V^3, of the matched voltage: half of the electromotive force


def cubic(volts):
    return A1 * volts - A3 * volts**3


def sampled(tran, tones, amplitude):
    """What a cubic makes of sines at the points of a transient, which a simulator begins where it likes."""
    time = np.arange(tran.start - 0.7 * tran.step, tran.stop, tran.step)
    inner = sum(0.5 * amplitude * np.sin(2.0 * np.pi * tone * time) for tone in tones)
    still = np.ones_like(time)
    return {"time": time, "out": cubic(inner), "vdd": 1.2 * still, "vsupply#branch": -0.01 * still}


def by_ocean(counterpart, waves):
    """What the formulas of a counterpart give on waveforms, run as scripts run them."""
    ((name, tran),) = counterpart.analyses.items()
    times = {"stop": tran.stop, "outputstart": tran.start, "maxstep": tran.step, "strobeperiod": tran.step}
    asked = " ".join(f'?{key} "{time!r}"' for key, time in times.items())
    lines = ["simulator('spectre)", 'design("x")', f"analysis('tran {asked})"]
    if counterpart.swept:
        variable, values = counterpart.swept.variable, " ".join(map(repr, counterpart.swept.values))
        lines += [f'desVar("{variable}" 1)', f'paramAnalysis("{variable}" ?values list({values}))']
        lines += [f"paramRun('{variable})"]
    else:
        lines.append("run()")
    for metric, measure in counterpart.measures.items():
        for vector in ("out", "vdd"):
            lines.append(f'{vector} = v("{vector}" ?result \'tran)')
        lines.append('supply = i("vsupply:p" ?result \'tran)')
        said = measure.ocean.replace(f"{name}.vsupply#branch", "supply").replace(f"{name}.", "")
        lines += [said.replace("result =", f"{metric} ="), f'printf("%g" {metric})']
    lines.append("delete('analysis 'tran)")
    return printed(read("\n".join(lines)), waves, counterpart.analyses).metrics


def test_two_tones_through_a_cubic_meet_at_its_intercept():
    """Two sines of A: lines (a1 - 9/4 a3 A^2) A, products 3/4 a3 A^3 (Razavi, RF Microelectronics, section 2.1)."""
    meets = math.sqrt(4.0 / 3.0 * A1 / A3)  # V at the input, its electromotive force twice that
    expected = 10.0 * math.log10((2.0 * meets) ** 2 / (8.0 * 50.0) / 1e-3)
    (one,) = ConfirmedIntercept().counterparts(BAND, {"iip3_dbm": expected})
    level = float(round(expected - 35.0))
    low, high, _ = plan(BAND)
    waves = {"two_tones": sampled(one.analyses["two_tones"], (low, high), emf(level))}
    found = by_ocean(one, waves)
    assert found.keys() == {"iip3_dbm", "oip3_dbm"}
    wanted = {"iip3_dbm": expected, "oip3_dbm": expected + 20.0 * math.log10(A1)}
    assert metrics(waves, one.measures) == pytest.approx(wanted, abs=0.02)  # the tones are compressed by 0.008 dB
    assert found == pytest.approx(wanted, abs=0.05)  # parts of a step at both ends leave 2e-7 of the tones in products


def test_a_cubic_is_compressed_and_saturates_where_it_must():
    """The line is (a1 - 3/4 a3 A^2) A: 1 dB less at A^2 = 4/3 (1 - 10^-0.05) a1/a3, greatest at A^2 = 4/9 a1/a3."""

    def dbm(volts):
        return 10.0 * math.log10(volts**2 / 0.1)

    point, peak = math.sqrt(4.0 / 3.0 * (1.0 - 10.0**-0.05) * A1 / A3), math.sqrt(4.0 / 9.0 * A1 / A3)
    powers = [dbm(point) + beside for beside in np.arange(-4.3, 10.0)]
    sweep = drives(BAND, powers)
    one = sweep.counterpart(DriveSweep().metrics)
    tran = one.analyses["drive"]
    waves = {
        name: sampled(tran, (sweep.tone,), value)
        for name, value in zip(one.swept.runs("drive"), one.swept.values, strict=True)
    }
    line = {volts: A1 * volts - 0.75 * A3 * volts**3 for volts in (point, peak)}
    wanted = {
        "p1db_dbm": dbm(point), "op1db_dbm": dbm(line[point]), "psat_dbm": dbm(line[peak]),
        "pae_p1db": (line[point] ** 2 - point**2) / 100.0 / 0.012,
    }  # fmt: skip
    for found in (by_ocean(one, waves), metrics(waves, one.measures)):
        assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=0.04)
        volts = np.linspace(0.5 * peak, 1.5 * peak, 1001)
        efficiency = (cubic_line(volts) ** 2 - volts**2) / 100.0 / 0.012
        assert found["pae"] == pytest.approx(efficiency.max(), rel=0.01)


def cubic_line(volts):
    return A1 * volts - 0.75 * A3 * volts**3


def test_what_is_not_known_has_no_level():
    for procedure in (ConfirmedIntercept(), DriveSweep()):
        assert procedure.counterparts(BAND, {"gain_db": 15.0}) == []


@pytest.fixture
def once(monkeypatch):
    monkeypatch.setattr("genrf.circuits.export.ocean._simulated", simulated_once)


@lru_cache
def toned(spec, name):
    """A design in the middle of its space, measured by what procedures do with tones."""
    sizing = kind(spec, name)
    values = VALUES if name == "lna_cascode" else sizing.structure.space.decode([0.5] * len(sizing.structure.space))
    setup, found = sizing.setup(values, sizing.technology.at()), {}
    told = {*METRICS, *DriveSweep().metrics}
    for procedure in sizing.bench.strict().procedures:
        found |= procedure.measure(setup) if told & procedure.metrics.keys() else {}
    for metric, value in sizing.verify(values).metrics.items():
        found.setdefault(metric, value)
    return Design("000001", sizing, values, found)


AMPLIFIERS = {
    ("lna_2p4ghz_linear", "lna_cascode"): {"iip3_dbm", "oip3_dbm", "p1db_dbm", "op1db_dbm"},
    ("lna_2p4ghz_linear", "lna_current_reuse"): {"iip3_dbm", "oip3_dbm", "p1db_dbm", "op1db_dbm"},
    ("pa_2p4ghz", "pa_class_a"): {"p1db_dbm", "op1db_dbm", "psat_dbm", "pae", "pae_p1db"},
    ("pa_2p4ghz", "pa_class_ab"): {"p1db_dbm", "op1db_dbm", "psat_dbm", "pae", "pae_p1db"},
}


@pytest.mark.ngspice
@pytest.mark.parametrize(("spec", "name"), AMPLIFIERS)
def test_tones_of_a_script_find_what_procedures_measure(spec, name, tmp_path, once):
    """Those bracket, step and fit; the script sweeps, and projects on sines."""
    design = toned(spec, name)
    checks = {check.name: check for check in Ocean().check(Ocean().export(design, tmp_path), design)}
    assert not [check.detail for check in checks.values() if not check.passed]
    for metric in AMPLIFIERS[spec, name]:
        assert f"measured {design.metrics[metric]:.7g}" in checks[f"ocean {metric}"].detail


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("lna_cascode", r"below = 2\*sqrt.*", "below = 0.9*low", "its formula gives"),
        ("lna_cascode", r"\)/2\nprintf\(\"iip3", ')/3\nprintf("iip3', "its formula gives"),
        ("lna_cascode", r"min\(low high\)", "max(below above)", "its formula gives"),
        ("lna_cascode", r"2\*line/xval", "line/xval", "its formula gives"),
        ("lna_cascode", r"small-1 1 'falling", "small-2 1 'falling", "its formula gives"),
        ("lna_cascode", r"small-1 1 'falling", "small-20 1 'falling", "a formula reads nil"),
        ("lna_cascode", r'strobeperiod "\S+"', 'strobeperiod "1p"', "the bench has no such analysis"),
        ("lna_cascode", r"paramAnalysis.*\n", "", "drive is not run for ampl_vtone1 of"),
        ("lna_cascode", r"\?values list\(\S+ ", "?values list(", "drive is not run for ampl_vtone1 of"),
        ("lna_cascode", r"paramRun\(.*\)", "run()", "the bench has no such analysis"),
        ("pa_class_ab", r"supplied = -", "supplied = -2*", "its formula gives"),
        ("pa_class_ab", r"small-6", "small-1", "its formula gives"),
        ("pa_class_ab", r"ymax\(clip\(eff", "ymin(clip(eff", "its formula gives"),
    ],
)
def test_a_script_that_lies_about_tones_is_caught(name, old, new, said, tmp_path, once):
    spec = "pa_2p4ghz" if name.startswith("pa") else "lna_2p4ghz_linear"
    caught(toned(spec, name), old, new, said, tmp_path)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("spec", "name", "goals", "pattern", "instead"),
    [
        ("lna_2p4ghz_linear", "lna_cascode", {"p1db_dbm"}, r"\+ 1\)/", "+ 0.5)/"),
        ("pa_2p4ghz", "pa_class_ab", {"op1db_dbm", "psat_dbm", "pae"}, "sin] = .*", "sin] = [ 0 100m 2.44139304496G ]"),
        ("pa_2p4ghz", "pa_class_ab", {"psat_dbm", "pae"}, r"gain\[0\] - 6 ", "gain[0] - 1 "),
        ("pa_2p4ghz", "pa_class_ab", {"pae"}, "let supplied = -power", "let supplied = -2*power"),
    ],
)
def test_ngspice_prints_what_a_raised_drive_does_and_lies_are_caught(spec, name, goals, pattern, instead, tmp_path):
    """Procedures bracket, step and fit; the bench sweeps, and integrates over a period."""
    design = toned(spec, name)
    paths = Spice().export(design, tmp_path)
    checks = Spice().check(paths, design)
    assert all(check.passed for check in checks), checks
    bench = paths[-1]
    assert bench.name == "tb_drive.sp"
    text = bench.read_text()
    bench.write_text(re.sub(pattern, instead, text))
    assert bench.read_text() != text
    failed = {check.name for check in Spice().check([paths[0], bench], design) if not check.passed}
    alone = len(re.findall("^print ", text, re.MULTILINE)) == 1
    assert failed == {"spice tb_drive.sp" if alone else f"spice tb_drive.sp {goal}" for goal in goals}


@pytest.mark.ngspice
def test_a_bench_whose_source_does_not_move_is_caught(tmp_path, once):
    design = toned("pa_2p4ghz", "pa_class_ab")
    paths = Ocean().export(design, tmp_path)
    (bench,) = (path for path in paths if path.name.endswith("_drive.scs"))
    bench.write_text(bench.read_text().replace("ampl=ampl_vtone1", "ampl=0.1"))
    (failure,) = failures(Ocean(), paths, design)
    assert failure.startswith("vtone1 is read with")


@pytest.mark.parametrize(
    ("spec", "name", "known"),
    [
        ("pa_2p4ghz", "pa_class_ab", {"p1db_dbm": 5.0, "op1db_dbm": 12.0, "psat_dbm": 14.0, "pae": 0.4}),
        ("lna_2p4ghz_linear", "lna_common_gate", {"iip3_dbm": 1.0, "p1db_dbm": -9.0}),
    ],
)
def test_scripts_with_tones_read_as_before(spec, name, known, tmp_path, golden):
    sizing = kind(spec, name)
    values = sizing.structure.space.decode([0.5] * len(sizing.structure.space))
    script = Ocean().export(Design("000001", sizing, values, known), tmp_path)[0]
    golden(script.name, script.read_text())
