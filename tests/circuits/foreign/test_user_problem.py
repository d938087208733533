"""A netlist of one's own from the command line: a yaml beside it, a front, and the netlist back with its values."""

import json
import subprocess
import sys

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Parameters
from genrf.core.errors import ConfigError
from genrf.core.parts import parts as parts_of
from genrf.core.parts import read_rows
from genrf.core.units import quantity

pytestmark = pytest.mark.ngspice
NETLIST = """A common-source stage with a buffer
.param w1=20u rl=5k vdd=1.8
.subckt buffer in out
g1 0 out in 0 2m
r1 out 0 500
c1 out 0 1p
.ends
.model nch nmos level=1 vto=0.4 kp=200u lambda=0.05
vdd vdd 0 {vdd}
vin in 0 dc 0.7 ac 1
m1 d in 0 0 nch w={w1} l=1u
r1 vdd d {rl}
x1 d out buffer
.op
.ac dec 20 1k 10g
.end
"""
SPEC = """variables:
  w1: {low: 2u, high: 100u, log: true, unit: m}
  rl: {low: 500, high: 20k, log: true, unit: ohm}
meas:
  gain_db: "db(v(out)) at freq = 1k"
  bandwidth: "freq at db(v(out)) = gain_db - 3.0103"
  drain: "op: v(d)"
units: {gain_db: dB, bandwidth: Hz, drain: V}
corners:
  low: {vdd: 1.62, temp: 85}
goals:
  gain_db: {min: 6, objective: maximize}
  power_w: {max: 5m, objective: minimize}
  bandwidth: {min: 10M}
  drain: {min: 0.3}
budget: 200
samples: 60
front: 12
designs: 2
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stage.sp").write_text(NETLIST)
    (tmp_path / "stage.yaml").write_text(SPEC)
    return tmp_path


def problem(folder, *overrides):
    made = parts(f"netlist={folder / 'stage.sp'}", *overrides)
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    return made.make_problem(structure=structure, spec=made.spec)


def test_metrics_are_the_closed_forms_of_the_circuit(folder):
    """Level 1 at Vds > Vgs - Vt: Id = kp W / 2 L (Vgs - Vt)^2 (1 + lambda Vds); the buffer has a gain of one."""
    values = {"w1": 10e-6, "rl": 3e3}
    measured = problem(folder).measure(values)
    current = lambda vds: 200e-6 * 10 / 2 * 0.3**2 * (1 + 0.05 * vds)  # noqa: E731
    vds = (1.8 - 3e3 * current(0.0)) / (1 + 3e3 * 200e-6 * 10 / 2 * 0.09 * 0.05)
    gm, gds = 2 * current(vds) / 0.3, 200e-6 * 10 / 2 * 0.09 * 0.05
    gain = gm / (1 / 3e3 + gds)
    assert measured.metrics["drain"] == pytest.approx(vds, rel=1e-6)
    assert measured.metrics["gain_db"] == pytest.approx(20 * np.log10(gain), abs=1e-3)
    assert measured.metrics["power_w"] == pytest.approx(1.8 * current(vds), rel=1e-6)
    assert measured.metrics["bandwidth"] == pytest.approx(1 / (2 * np.pi * 500 * 1e-12), rel=1e-3)


def test_a_corner_is_other_values_of_parameters(folder):
    sizing = problem(folder)
    low = sizing.measure({"w1": 10e-6, "rl": 3e3}, "low").metrics
    nominal = sizing.measure({"w1": 10e-6, "rl": 3e3}).metrics
    assert low["drain"] < nominal["drain"] - 0.15
    assert sizing.corners == ("low",)


def test_a_search_begins_with_the_netlists_own_values(folder):
    assert problem(folder).starts == (pytest.approx({"w1": 20e-6, "rl": 5e3}),)
    (folder / "stage.yaml").write_text(SPEC.replace("low: 500,", "low: 7k,"))  # above the netlist's own 5 kohm
    assert problem(folder).starts == (pytest.approx({"w1": 20e-6, "rl": 7e3}),)


def run(folder, *more):
    command = [sys.executable, "-m", "genrf", f"netlist={folder / 'stage.sp'}", f"hydra.run.dir={folder / 'run'}",
               "cache=none", *more]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)


@pytest.mark.slow
def test_one_command_sizes_the_netlist_and_writes_it_back(folder):
    done = run(folder)
    assert done.returncode == 0, done.stderr
    record = json.loads((folder / "run" / "run.json").read_text())
    assert all(check["passed"] for check in record["checks"]) and record["checks"]
    begun = read_rows(parts_of(folder / "run" / "evaluations"))[0]
    assert begun.values == pytest.approx({"w1": 20e-6, "rl": 5e3})  # the netlist's own
    (first,) = (folder / "run" / "designs").glob("1_*/stage.sp")
    written = parse(first.read_text())
    lines = [one.assigned for one in written.body if isinstance(one, Parameters)]
    assigned = {key: value for line in lines for key, value in line.items()}
    assert quantity(assigned["w1"], "w1") != 20e-6 and assigned["vdd"] == "1.8"
    assert "Waveforms of .ac" in (folder / "run" / "report.html").read_text()
    assert "sandbox: Landlock" in (folder / "run" / "genrf.log").read_text() and "sandbox" not in done.stderr


@pytest.mark.parametrize(
    ("spec", "netlist", "message"),
    [
        (("w1: {low", "w9: {low"), None, "has no .param 'w9' to vary; known: rl, vdd, w1"),
        (("v(out)) at", "v(outt)) at"), None, "meas 'gain_db': the netlist has no net 'outt'; did you mean 'out'"),
        (None, (".op\n", ""), "reads 'op', but the netlist has no .op; it has ac"),
        (("gain_db - 3", "gain_dd - 3"), None, "'gain_dd' is no parameter and no measurement before it"),
        (("  gain_db: {min", "  gain: {min"), None, "no metric 'gain'; did you mean 'gain_db'"),
        (("low: 2u, high: 100u", "low: 100u, high: 2u"), None, "low must be below high"),
        (("low: 2u, ", ""), None, "variable 'w1' has no 'low'"),
        (("meas:", "mess:"), None, "unknown condition 'mess'; did you mean 'meas'"),
        (("goals:", "goal:"), None, "no `goals`; give at least one"),
        (("variables:", "variables: ["), None, "while parsing"),
        (None, (".op\n.ac dec 20 1k 10g\n", ""), "asks for no analysis; add one"),
        (None, (".ac dec 20 1k", ".ac dec 20 10g"), r".ac dec 20 10g 10g: frequencies must rise"),
        (None, ("simulator", "simulator"), None),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, spec, netlist, message):
    if message is None:
        (folder / "stage.sp").write_text("simulator lang=spectre\nR0 (a b) resistor r=1\n")
        message = "Spectre's language is read and written, but not simulated yet"
    if spec:
        (folder / "stage.yaml").write_text(SPEC.replace(*spec))
    if netlist:
        (folder / "stage.sp").write_text((folder / "stage.sp").read_text().replace(*netlist))
    with pytest.raises(ConfigError, match=message):
        made = problem(folder)
        made.spec.check(made.metrics)


def test_a_netlist_without_a_spec_beside_it_is_told_what_is_missing(folder):
    (folder / "stage.yaml").unlink()
    with pytest.raises(ConfigError, match="stage.yaml beside it that says what to vary"):
        parts(f"netlist={folder / 'stage.sp'}")
    with pytest.raises(ConfigError, match="say which: netlist=path/to/lna_2p4ghz.sp"):
        made = parts("model=netlist", "problem=netlist")
        made.generator.generate(made.spec, 1, np.random.default_rng(0))


def test_a_measurement_may_use_a_parameter_that_does_not_vary(folder):
    (folder / "stage.yaml").write_text(SPEC.replace('  drain: "op', '  share: "op: v(d) / vdd"\n  drain: "op'))
    found = problem(folder).measure({"w1": 10e-6, "rl": 3e3}).metrics
    assert found["share"] == pytest.approx(found["drain"] / 1.8)
    low = problem(folder).measure({"w1": 10e-6, "rl": 3e3}, "low").metrics
    assert low["share"] == pytest.approx(low["drain"] / 1.62)
