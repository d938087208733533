"""A power amplifier driven into saturation, against an ideal class-B stage and a memoryless cubic."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from genrf.circuits.drive import DriveSweep, drive
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.tones import dbm, emf
from genrf.core.problem import Design
from tests.circuits.kinds import check_sound, problem
from tests.circuits.process import draw

pytestmark = pytest.mark.ngspice
BAND = (2.4e9, 2.4835e9)
OMEGA = 2 * math.pi * math.sqrt(BAND[0] * BAND[1])
LIBRARY = ["pa_class_a", "pa_class_ab"]


def setup(*elements):
    return Setup(Netlist(elements), 27.0, BAND, NgSpiceEngine())


def watt(level):
    return 1e-3 * 10 ** (level / 10)


def class_b(gm, supply=1.0, quality=10.0):
    """Half sines of current into a tank across 50 ohm, which shorts their harmonics; the input is matched."""
    c = quality / (OMEGA * 50.0)
    return setup(
        Element("vsupply", ("vdd", "0"), supply),
        Element("rin", ("in", "0"), 50.0),
        Element("bdrain", ("out1", "0"), flags=f"i={gm}*max(v(in),0)"),
        Element("ltank", ("vdd", "out1"), 1.0 / (OMEGA**2 * c)),
        Element("ctank", ("out1", "0"), c),
        Element("ccouple", ("out1", "out"), 1e-9),
    )


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_an_ideal_class_b_stage_has_its_efficiency(share):
    """With a swing of `share` of the supply, Pout / Pdc = share pi/4: Cripps, RF Power Amplifiers, section 3.2."""
    gm, power = 0.4, 0.0
    peak = gm * emf(power) / 2
    supply = peak / 2 * 50.0 / share
    found = drive(class_b(gm, supply), power)
    assert found.output_dbm == pytest.approx(dbm(peak / 2 * 50.0), abs=0.03)
    assert found.dc_w == pytest.approx(supply * peak / math.pi, rel=2e-3)
    wanted = share * math.pi / 4 - watt(power) / (supply * peak / math.pi)
    assert found.pae == pytest.approx(wanted, rel=5e-3)


def cubic(a1, a3):
    """v(o) = a1 v - a3 v^3 between matched 50 ohm, beside a supply of 0.1 W."""
    return setup(
        Element("vsupply", ("vdd", "0"), 1.0),
        Element("rquiet", ("vdd", "0"), 10.0),
        Element("rin", ("in", "0"), 50.0),
        Element("bout", ("o", "0"), flags=f"v={a1}*v(in)-{a3}*v(in)*v(in)*v(in)"),
        Element("rout", ("o", "out"), 50.0),
    )


@pytest.mark.parametrize(("a1", "a3"), [(3.0, 0.5), (10.0, 500.0)])
def test_saturation_and_efficiency_of_a_cubic(a1, a3):
    """The fundamental a1 A - 3/4 a3 A^3 is largest at A^2 = 4 a1 / (9 a3), where it is 2/3 a1 A."""
    found = DriveSweep().measure(cubic(a1, a3))
    at = math.sqrt(4 * a1 / (9 * a3))
    assert found["psat_dbm"] == pytest.approx(dbm(2 / 3 * a1 * at / 2), abs=0.02)
    compressed = math.sqrt((1 - 10 ** (-1 / 20)) * 4 / 3 * a1 / a3)
    assert found["p1db_dbm"] == pytest.approx(dbm(compressed), abs=0.01)
    assert found["op1db_dbm"] == pytest.approx(dbm(compressed) - 1 + 20 * math.log10(a1 / 2), abs=0.01)
    added = watt(found["op1db_dbm"]) - watt(found["p1db_dbm"])
    assert found["pae_p1db"] == pytest.approx(added / 0.1, rel=2e-3)
    swing = np.linspace(0.0, 1.5 * at, 10_001)
    added = ((a1 * swing - 0.75 * a3 * swing**3) / 2) ** 2 / 100.0 - swing**2 / 100.0
    assert found["pae"] == pytest.approx(added.max() / 0.1, rel=5e-3)


def test_an_amplifier_that_never_saturates_says_so():
    with pytest.raises(NotMeasurable, match="p1db_dbm: the gain has not fallen by 1 dB at 20 dBm"):
        DriveSweep().measure(class_b(0.4))


@pytest.mark.parametrize("name", LIBRARY)
def test_each_circuit_is_electrically_sound_and_stays_within_the_process(name):
    check_sound(problem("pa_2p4ghz", name))


def test_the_bench_measures_no_noise_and_checks_on_finer_grids():
    bench = problem("pa_2p4ghz", "pa_class_a").bench
    assert "nf_db" not in bench.metrics and {"gain_db", "psat_dbm", "pae"} <= bench.metrics.keys()
    assert bench.analyses.keys() == {"band", "op", "wide"}
    assert bench.strict().analyses["wide"].grid.stop == 2 * bench.analyses["wide"].grid.stop


def test_the_sweep_is_drawn_as_measured():
    sizing = problem("pa_2p4ghz", "pa_class_a")
    (values,) = draw(sizing.structure.space, 1)
    surveyed = sizing.survey(values)
    curve = surveyed.curves["drive"]
    np.testing.assert_allclose(curve["gain_db"], curve["output_dbm"] - curve["available_dbm"])
    panels = sizing.panels([Design("000001", sizing, values, surveyed.metrics, 1, surveyed.curves)])
    assert [panel.title for panel in panels] == [
        "Power sweep", "S-parameters", "Input and output match", "Stability", "Stability circles",
    ]  # fmt: skip
    shown = panels[0].figure["data"]
    assert [trace["xaxis"] for trace in shown] == ["x", "x2", "x3"]
    np.testing.assert_array_equal(shown[2]["y"], curve["pae"])
    assert sizing.panels([Design("2", sizing, values, {}, 2)]) == []


def test_the_smith_charts_are_those_of_its_own_two_port():
    """On the circles the other port reflects all, by Gonzalez, Microwave Transistor Amplifiers, section 3.3."""
    sizing = problem("pa_2p4ghz", "pa_class_ab")
    (values,) = draw(sizing.structure.space, 1)
    surveyed = sizing.survey(values)
    one = Design("000001", sizing, values, surveyed.metrics, 1, surveyed.curves)
    panels = {panel.title: panel for panel in sizing.panels([one])}
    edge = {name: surveyed.curves["band"][name][0] for name in ("S_1_1", "S_1_2", "S_2_1", "S_2_2")}
    circles = {trace["subplot"]: trace["circle"] for trace in panels["Stability circles"].figure["data"][:2]}
    for subplot, (near, far) in {"smith": ("S_2_2", "S_1_1"), "smith2": ("S_1_1", "S_2_2")}.items():
        u, v, radius = circles[subplot]
        end = u + 1j * v + radius * np.exp(1j * np.linspace(0.0, 6.0, 7))
        reflected = edge[near] + edge["S_1_2"] * edge["S_2_1"] * end / (1.0 - edge[far] * end)
        assert np.abs(reflected) == pytest.approx(1.0, rel=1e-6), subplot
    match = panels["Input and output match"]
    within = [trace for trace in match.figure["data"] if trace.get("line", {}).get("width") == 4.0]
    for trace, name in zip(within, ("S_1_1", "S_2_2"), strict=True):
        z = trace["real"][0] + 1j * trace["imag"][0]
        assert (z - 1.0) / (z + 1.0) == pytest.approx(edge[name])
    limited = any(name in sizing.spec.goals for name in ("s11_db", "s22_db"))
    assert ("red circle" in match.caption) == limited
    both = [panel.title for panel in sizing.panels([one, replace(one, id="000002", rank=2)])]
    assert "Stability circles" not in both and "Input and output match" in both


@pytest.mark.slow
def test_a_small_run_meets_the_spec(tmp_path):
    command = [sys.executable, "-m", "genrf", "spec=pa_2p4ghz", "workers=1", "budget=40", "samples=32", "front=1",
               "designs=1", "cache=none", "require_feasible=true", f"hydra.run.dir={tmp_path}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=290, check=False)
    assert done.returncode == 0, done.stderr
    assert "Power sweep" in (tmp_path / "report.html").read_text()
