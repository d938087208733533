"""A netlist of one's own in the bench of a kind of circuit: closed forms, and the library's circuits as text."""

import json
import re

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.export.own_netlist import OwnNetlist
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.spec import DesignSpec
from tests.circuits.process import draw

pytestmark = pytest.mark.ngspice
LOSS = 10 ** (6.0 / 10)  # of the pad, as a power ratio
SERIES, SHUNT = 50 * (LOSS - 1) / (2 * LOSS**0.5), 50 * (LOSS**0.5 + 1) / (LOSS**0.5 - 1)  # a matched pi
PAD = f"""a pad
.param rs={SERIES!r} rp={SHUNT!r}
.subckt pad left right vss
r1 left vss {{rp}}
r2 left right {{rs}}
r3 right vss {{rp}}
.ends
.end
"""
PAD_SPEC = """variables: {rs: {low: 10, high: 100}}
bench:
  kind: amplifier
  circuit: pad
  ports: {in: left, out: right, 0: vss}
  band: [1G, 2G]
  stability: [100M, 10G]
temperature: 16.85
meas: {excess: "nf_db + gain_db"}
goals: {nf_db: {max: 7, objective: minimize}}
"""
BUFFER = """an amplifier of two poles
.param gain=1000 vdd=1.8
vsup vcc 0 {vdd}
vin p 0 dc 0.9 ac 1
vfb m 0 0.9
g1 0 x p m {gain*1e-3}
rx x 0 1k
cx x 0 {1/(2*pi*1e4*1e3)}
e1 y 0 x 0 1
ry y out 1k
rload vcc 0 10k
.param pi=3.141592653589793
.op
.end
"""
BUFFER_SPEC = """variables: {gain: {low: 10, high: 10k, log: true}}
bench:
  kind: op_amp
  ports: {inp: p, inn: m, vdd: vcc}
  band: [1, 1G]
  common_mode: 0.9
  load: 10p
  noise_at: 1k
  step: 0.2
  duration: 2u
corners: {low: {vdd: 1.5}}
goals:
  phase_margin_deg: {min: 30, objective: maximize}
  slew_v_s: {min: 1k}
"""


def sizing(folder, netlist, spec):
    (folder / "mine.sp").write_text(netlist)
    (folder / "mine.yaml").write_text(spec)
    made = parts(f"netlist={folder / 'mine.sp'}")
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(0))
    problem = made.make_problem(structure=structure, spec=made.spec)
    problem.spec.check(problem.metrics)
    return problem


def test_noise_figure_of_a_matched_pad_at_290_kelvin_is_its_loss(tmp_path):
    found = sizing(tmp_path, PAD, PAD_SPEC).measure({"rs": SERIES}).metrics
    assert found["nf_db"] == pytest.approx(6.0, abs=1e-5) and found["gain_db"] == pytest.approx(-6.0, abs=1e-6)
    assert found["s11_db"] < -100 and found["power_w"] == 0
    assert found["excess"] == pytest.approx(0.0, abs=1e-5)  # an expression over what the bench measures


def test_a_bare_netlist_is_measured_without_its_own_sources(tmp_path):
    """A loop gain of 1000 with poles at 10 kHz and 1/(2 pi 1 kohm 10 pF) = 15.9 MHz."""
    problem = sizing(tmp_path, BUFFER, BUFFER_SPEC)
    found = problem.verify({"gain": 1000.0}).metrics
    second = 1 / (2 * np.pi * 1e3 * 10e-12)
    unity = np.sqrt((np.sqrt(second**4 + 4 * (1e7 * second) ** 2) - second**2) / 2)  # far above the first pole
    assert found["dc_gain_db"] == pytest.approx(60.0, abs=1e-3)
    assert found["gbw_hz"] == pytest.approx(unity, rel=2e-3)
    margin = 180 - np.degrees(np.arctan(unity / 1e4) + np.arctan(unity / second))
    assert found["phase_margin_deg"] == pytest.approx(margin, abs=0.1)
    assert found["power_w"] == pytest.approx(1.8**2 / 10e3)
    assert problem.measure({"gain": 1000.0}, "low").metrics["power_w"] == pytest.approx(1.5**2 / 10e3)
    assert found["slew_v_s"] > 1e5  # the costly one, as every cheap limit holds


def as_text(sizing_problem, values, ports):
    """A circuit of the library as a subcircuit in a file."""
    cards = "\n".join(sizing_problem.technology.at().models)
    lines = "\n".join(element.line() for element in sizing_problem.elements(values))
    return f"from the library\n.param unused=1\n{cards}\n.subckt dut {ports}\n{lines}\n.ends\n.end\n"


@pytest.mark.parametrize(
    ("spec", "name", "kind", "ports"),
    [
        ("lna_2p4ghz", "lna_cascode", "amplifier", "{in: in, out: out}"),
        ("ota_two_stage", "ota_two_stage", "op_amp", "{inp: inp, inn: inn, out: out}"),
    ],
)
def test_a_circuit_of_the_library_is_the_same_as_a_netlist(tmp_path, spec, name, kind, ports):
    made = parts(f"spec={spec}")
    known = [one for one in made.generator.generate(made.spec, 9, np.random.default_rng(0)) if one.name == name]
    wanted = made.make_problem(structure=known[0], spec=made.spec)
    values = draw(wanted.structure.space, 1)[0]
    conditions = {key: value for key, value in made.spec.conditions.items() if key != "family"}
    (reference,) = wanted.references(values).items()
    bench = "".join(f"  {key}: {value}\n" for key, value in conditions.items())
    text = (
        f"variables: {{unused: {{low: 0, high: 1}}}}\nbench:\n  kind: {kind}\n  circuit: dut\n  supply: 1.2\n"
        f"  currents: {{{reference[0]}: {reference[1]!r}}}\n{bench}goals: {{power_w: {{objective: minimize}}}}\n"
    )
    nets = " ".join((*wanted.structure.signals, *wanted.structure.references, "vdd"))
    found = sizing(tmp_path, as_text(wanted, values, nets), text).measure({"unused": 1.0})
    small = {key: value for key, value in wanted.measure(values).metrics.items() if key in wanted.bench.measures}
    assert found.status == "ok" and found.metrics == pytest.approx(small, rel=1e-6)


CROSS_COUPLED = {
    "nf_pair": 12, "w_finger": 2e-6, "nf_tail": 40, "w_tail": 3e-6, "l_tail": 0.4e-6, "i_bias": 0.3e-3, "n_coil": 2.5,
    "d_coil": 120e-6, "c_fixed": 300e-15, "nf_var": 20,
}  # fmt: skip
PASSIVE = {"nf_1": 36.0, "w_finger": 1.04e-6, "r_up": 9.56e3, "r_down": 5.01e3}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "name", "kind", "values", "goals"),
    [
        (
            "vco_5ghz",
            "vco_cross_coupled",
            "oscillator",
            CROSS_COUPLED,
            ("startup_margin", "frequency_hz", "swing_v", "power_w", "tuning_range", "phase_noise_dbc_hz"),
        ),
        ("mixer_2p4ghz", "mixer_passive", "mixer", PASSIVE, ("conversion_gain_db", "nf_dsb_db", "lo_rf_dbm")),
        ("pa_2p4ghz", "pa_class_a", "power_amplifier", None, ("gain_db", "k_factor", "op1db_dbm", "pae")),
    ],
)
def test_what_costs_more_is_the_same_of_a_circuit_of_the_library_as_a_netlist(
    tmp_path, spec, name, kind, values, goals
):
    native = parts(f"spec={spec}", f"model.only=[{name}]")
    (structure,) = native.generator.generate(native.spec, 1, np.random.default_rng(0))
    wanted_goals = {goal: {"objective": "minimize"} for goal in goals}  # without a limit that would end it early
    wanted = native.make_problem(structure=structure, spec=DesignSpec(spec, wanted_goals, native.spec.conditions))
    values = values or draw(structure.space, 1, seed=3)[0]
    known = wanted.measure(values)
    assert known.status == "ok" and set(goals) <= known.metrics.keys(), known.message
    conditions = {key: value for key, value in native.spec.conditions.items() if key != "family"}
    text = {
        "variables": {"unused": {"low": 0, "high": 1}},
        "bench": {
            "kind": kind, "circuit": "dut", "supply": wanted.technology.at().supply,
            "currents": wanted.references(values), **conditions,
        },
        "goals": wanted_goals,
    }  # fmt: skip
    ports = (*structure.signals, *structure.references, *(["vdd"] if structure.supplied else []))
    made = sizing(tmp_path, as_text(wanted, values, " ".join(ports)), json.dumps(text))
    found = made.measure({"unused": 1.0})
    assert found.status == "ok", found.message
    assert found.metrics == pytest.approx(known.metrics, rel=1e-4)


def exported(tmp_path, problem, values):
    design = Design("000001", problem, values, problem.verify(values).metrics, 1)
    exporter = OwnNetlist()
    paths = exporter.export(design, tmp_path / "out")
    return exporter.check(paths, design)


@pytest.mark.parametrize(
    ("netlist", "spec", "values", "said"),
    [(PAD, PAD_SPEC, {"rs": 40.0}, "rs=40"), (BUFFER, BUFFER_SPEC, {"gain": 1.1e3 * 1.1}, "gain=1.21k")],
)
def test_a_fresh_ngspice_finds_the_same_in_the_bench(tmp_path, netlist, spec, values, said):
    (tmp_path / "out").mkdir()
    problem = sizing(tmp_path, netlist, spec)
    (check,) = exported(tmp_path, problem, values)
    assert check.passed, check.detail
    text = (tmp_path / "out" / "mine.sp").read_text()
    assert re.search(rf"^\* design 000001 for {problem.spec.name}, genrf \d+\.\d+", text, re.MULTILINE)
    assert f" {said} " in text
    (goal, *_) = problem.spec.goals
    wrong = Design("000001", problem, values, {**problem.verify(values).metrics, goal: 1.0}, 1)
    (check,) = OwnNetlist().check([tmp_path / "out" / "mine.sp"], wrong)
    assert not check.passed


@pytest.mark.parametrize(
    ("netlist", "spec", "message"),
    [
        (None, ("kind: amplifier", "kind: amplifyer"), "the `kind` of circuit, got 'amplifyer'; did you mean 'ampli"),
        (None, ("circuit: pad", "circuit: pat"), "no subcircuit 'pat'; did you mean 'pad'"),
        (None, ("out: right, ", ""), "which net is 'out'"),
        (None, (", 0: vss", ""), "port 'vss' of 'pad' is on nothing"),
        (None, ("in: left", "inn: left"), "ports: this bench has no 'inn'; did you mean 'in'"),
        (None, ("in: left", "in: lift"), "ports: the circuit has no net 'lift'; did you mean 'left'"),
        (None, ("out: right", "out: left"), "two of them are one net"),
        (None, ("band: [1G, 2G]", "band: [2G, 1G]"), "band must rise"),
        (None, ("band: [1G, 2G]", "brand: [2G, 1G]"), "unknown condition 'brand'; did you mean 'band'"),
        (None, ("excess:", "nf_db:"), "the bench measures 'nf_db' already"),
        (None, ("circuit: pad", "circuit: pad\n  currents: {gate: 1u}"), "currents: the circuit has no net 'gate'"),
        (("right vss\n", "right vss vcc\nr9 vcc vss 1k\n"), ("0: vss", "0: vss, vdd: vcc"), "say the supply in V"),
        (None, ("nf_db: {max", "nf_dd: {max"), "no metric 'nf_dd'; did you mean 'nf_db'"),
    ],
)  # fmt: skip
def test_a_bench_that_does_not_fit_is_told_what_is_wrong(tmp_path, netlist, spec, message):
    with pytest.raises(ConfigError, match=message):
        sizing(tmp_path, PAD.replace(*netlist) if netlist else PAD, PAD_SPEC.replace(*spec))


def test_an_element_that_reads_the_current_of_a_source_that_is_gone_is_named(tmp_path):
    with pytest.raises(ConfigError, match="reads the current of v.xdut.vin, which the bench replaces"):
        sizing(tmp_path, BUFFER.replace("rx x 0 1k", "rx x 0 1k\nf1 x 0 vin 2"), BUFFER_SPEC)


def test_internal_nets_keep_out_of_the_way_of_the_benchs_names(tmp_path):
    """The pad's inner net is called `vdd` and an element `vin`; both are the pad's own."""
    split = PAD.replace("r2 left right {rs}", "r2 left vdd {rs/2}\nr4 vdd right {rs/2}\nvin vin 0 1\nr5 vin 0 1k")
    found = sizing(tmp_path, split, PAD_SPEC).measure({"rs": SERIES}).metrics
    assert found["nf_db"] == pytest.approx(6.0, abs=1e-5) and found["power_w"] == 0


def test_the_record_holds_the_graph_with_the_benchs_ports(tmp_path):
    record = sizing(tmp_path, PAD, PAD_SPEC).record()
    assert record["ports"]["in"] == "signal 0" and record["ports"]["out"] == "signal 1" and record["key"]
    assert [(one["kind"], one["nets"]) for one in record["devices"]][1] == ("resistor", {"a": "in", "b": "out"})
    assert json.loads(json.dumps(record)) == record
