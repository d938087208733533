"""The in-process engine against closed forms, fresh loads, and the traps of ngspice 39."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from genrf.circuits.amplifier import AmplifierBench
from genrf.circuits.measure import BOLTZMANN, Z0, metrics, noise_figure, scattering
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Grid, Noise, Op, Sp, Testbench
from genrf.core.errors import ConfigError, ToolNotFound

pytestmark = pytest.mark.ngspice
ENGINE = NgSpiceEngine()
BENCH = AmplifierBench((2.4e9, 2.5e9), (1e7, 2e10), off_chip_q=40.0)
# a plain BSIM4 card: enough transistor for the traps, no process meant
NMOS = (
    ".model n1 nmos level=54 version=4.5 toxe=2.7e-9 vth0=0.36 u0=0.04 vsat=1e5 rdsw=150 cgso=2e-10 cgdo=2e-10 "
    "rgatemod=1 rshg=8"
)
# no junction currents and no base resistance noise beyond rb: the noise of this stage has a closed form
NPN = ".model q1 npn is=1e-16 bf=100 rb=0"


def two_port(*elements, models=(), temperature=27.0, bench=BENCH):
    return bench.testbench(Netlist(elements, models), 1.2, {}, temperature)


def pad(loss_db):
    """A matched T attenuator of `loss_db`."""
    k = 10 ** (loss_db / 20)
    series, shunt = Z0 * (k - 1) / (k + 1), 2 * Z0 * k / (k**2 - 1)
    return (
        Element("r1", ("in", "mid"), series),
        Element("r2", ("mid", "0"), shunt),
        Element("r3", ("mid", "out"), series),
    )


def transistor(width=100e-6, load=300.0):
    return (
        Element("cin", ("in", "g"), 10e-12),
        Element("rg", ("g", "b"), 5e3),
        Element("vb", ("b", "0"), 0.55),
        Element("m1", ("d", "g", "0", "0"), model="n1", parameters={"w": width, "l": 0.13e-6, "nf": 10.0}),
        Element("rd", ("vdd", "d"), load),
        Element("cout", ("d", "out"), 10e-12),
    )


def test_rc_lowpass_equals_its_abcd_closed_form():
    r, c = 75.0, 1.3e-12
    sp = ENGINE.simulate(two_port(Element("r1", ("in", "out"), r), Element("c1", ("out", "0"), c)))["wide"]
    omega = 2 * np.pi * BENCH.sweep().frequencies()
    y = 1j * omega * c
    a, b, cc, d = 1 + r * y, r, y, 1  # series R, then shunt C: Pozar, Microwave Engineering, table 4.1
    total = a + b / Z0 + cc * Z0 + d  # table 4.2
    np.testing.assert_allclose(sp["S_2_1"], 2 / total, rtol=1e-9)
    np.testing.assert_allclose(sp["S_1_1"], (a + b / Z0 - cc * Z0 - d) / total, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(sp["S_2_2"], (-a + b / Z0 - cc * Z0 + d) / total, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss_db", [1.0, 3.0, 10.0])
def test_the_noise_figure_of_a_matched_pad_is_its_loss(loss_db):
    at_t0 = two_port(*pad(loss_db), temperature=290.0 - 273.15)  # a pad at the source's own temperature
    found = metrics(ENGINE.simulate(at_t0))
    assert found["nf_db"] == pytest.approx(loss_db, abs=2e-4)
    assert found["gain_db"] == pytest.approx(-loss_db, abs=1e-9)
    assert found["s11_db"] < -200


def test_a_hotter_pad_adds_its_share_over_290_k():
    # Friis: F = 1 + (L - 1) T / T0
    found = metrics(ENGINE.simulate(two_port(*pad(3.0), temperature=127.0)))
    loss = 10**0.3
    assert found["nf_db"] == pytest.approx(10 * math.log10(1 + (loss - 1) * 400.15 / 290.0), abs=2e-4)


def test_the_noise_figure_of_a_bipolar_stage_is_the_textbook_one():
    # Gray, Hurst, Lewis, Meyer, Analysis and Design of Analog Integrated Circuits, 5th ed., section 11.5:
    # F - 1 = (2 q Ib |Rs|^2 + 2 q Ic |re + Rs / beta|^2) / (4 k T0 Rs) without rb and at low frequency
    q, thermal = 1.602176634e-19, BOLTZMANN * 300.15 / 1.602176634e-19
    stage = (
        Element("cin", ("in", "b"), 1e-3),
        Element("ib", ("0", "b"), 10e-6),
        Element("q1", ("c", "b", "0"), model="q1"),
        Element("lc", ("vdd", "c"), 1.0),
        Element("cout", ("c", "out"), 1e-3),
    )
    bench = AmplifierBench((1e6, 2e6), (1e6, 1e8), off_chip_q=1.0)
    found = metrics(ENGINE.simulate(two_port(*stage, models=(NPN,), bench=bench)))
    ic, ib = 1e-3, 1e-5
    excess = 2 * q * ib * Z0**2 + 2 * q * ic * (thermal / ic + Z0 / 100) ** 2
    assert found["nf_db"] == pytest.approx(10 * math.log10(1 + excess / (4 * BOLTZMANN * 290.0 * Z0)), abs=0.01)


def test_the_noise_figure_of_sp_is_wrong_in_this_ngspice_and_not_what_we_report():
    """Trap 2. Where `.sp` gets it right (ngspice 43 on), this test says so and the guard may be looked at again."""
    bench = two_port(*transistor(), models=(NMOS,))
    ours = metrics(ENGINE.simulate(bench))["nf_db"]
    deck = [*bench.deck()[:-1], ".control", "set num_threads=1", "sp lin 11 2.4e9 2.5e9 1", "print NF", ".endc", ".end"]
    done = subprocess.run(
        ["ngspice", "-n", "-b", "/dev/stdin"], input="\n".join(deck), capture_output=True, text=True, check=False
    )
    rows = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
    theirs = max(float(row[2].rstrip(",")) for row in rows)
    assert abs(theirs - ours) > 0.1 or ENGINE.version().split()[-1] >= "43"


def test_values_altered_in_place_equal_a_fresh_load():
    widths = [20e-6, 35e-6, 200e-6, 20e-6]
    in_place = [metrics(ENGINE.simulate(two_port(*transistor(w, 100 + w * 1e6), models=(NMOS,)))) for w in widths]
    for width, found in zip(widths, in_place, strict=True):
        ENGINE.simulate(two_port(*pad(3.0)))  # another circuit: the next one is loaded anew
        fresh = metrics(ENGINE.simulate(two_port(*transistor(width, 100 + width * 1e6), models=(NMOS,))))
        assert found == pytest.approx(fresh, rel=1e-9)
    assert in_place[0] == in_place[3]


@pytest.mark.parametrize(
    ("name", "nets", "sign"),
    [
        ("e1", ("out", "0", "in", "0"), 1),
        ("g1", ("0", "out", "in", "0"), 1),
        ("f1", ("0", "out"), -1),  # the current of `v1` flows out of its positive end
        ("h1", ("out", "0"), -1),
    ],
)
def test_the_gain_of_a_controlled_source_is_altered_in_place(name, nets, sign):
    """One volt into one ohm: the output is the gain, of the first circuit and of the next."""
    for gain in (2.0, 5.0):
        source = Element(name, nets, gain, model="v1" if name[0] in "fh" else "")
        loads = (Element("v1", ("in", "0"), 1.0), Element("rin", ("in", "0"), 1.0), Element("rl", ("out", "0"), 1.0))
        bench = Testbench(Netlist((*loads, source)), {"op": Op(("out",))}, 27.0)
        assert ENGINE.simulate(bench)["op"]["out"][0] == pytest.approx(sign * gain)


def test_only_what_changed_is_altered():
    old, new = (Netlist(transistor(w, 300.0), (NMOS,)) for w in (1e-5, 2e-5))
    assert new.changes(Netlist(pad(3.0), (NMOS,))) is None and new.changes(Netlist(old.elements)) is None
    assert new.changes(old) == ["alter @m1[w] = 2e-05"]


def test_an_analysis_that_does_not_converge_says_why_and_leaves_the_engine_usable():
    loop = (
        Element("v1", ("a", "0"), 1.0),
        Element("v2", ("a", "0"), 2.0),  # two sources at odds: no solution
        Element("r1", ("a", "out"), 50.0),
        Element("r2", ("in", "out"), 50.0),
    )
    with pytest.raises(NoConvergence, match="sp: .*"):
        ENGINE.simulate(two_port(*loop))
    assert metrics(ENGINE.simulate(two_port(*pad(3.0))))["gain_db"] == pytest.approx(-3.0)


def test_a_deck_that_ngspice_cannot_read_is_no_convergence_with_its_reason():
    with pytest.raises(NoConvergence, match="nosuch"):
        ENGINE.simulate(two_port(Element("m1", ("out", "in", "0", "0"), model="nosuch")))
    assert metrics(ENGINE.simulate(two_port(*pad(3.0))))["gain_db"] == pytest.approx(-3.0)


def test_a_mere_warning_on_stderr_is_no_error():
    """PySpice's own policy would raise here: BSIM4 warns about the version of its card."""
    found = metrics(ENGINE.simulate(two_port(*transistor(), models=(NMOS + " version=4.2 pdiblcb=-2",))))
    assert math.isfinite(found["gain_db"])


def test_wnflag_is_in_every_deck_so_that_bins_go_by_the_width_of_a_finger():
    """Trap 4: of two cards binned by width, a device of ten 2 um fingers must take the one for 2 um."""
    cards = [
        NMOS.replace("n1", f"b.{i}").replace("vth0=0.36", f"vth0={vth} wmin={low} wmax={high} lmin=1e-7 lmax=1e-6")
        for i, (low, high, vth) in enumerate([(1e-6, 5e-6, 0.36), (5e-6, 1e-3, 0.9)], start=1)
    ]
    device = [
        Element(e.name, e.nets, e.value, "b" if e.name == "m1" else e.model, e.parameters) for e in transistor(20e-6)
    ]
    power = metrics(ENGINE.simulate(two_port(*device, models=tuple(cards))))["power_w"]
    plain = metrics(ENGINE.simulate(two_port(*transistor(20e-6), models=(NMOS,))))["power_w"]
    assert power == pytest.approx(plain, rel=1e-6)


def test_noise_parameters_of_the_grid_are_those_ngspice_visits():
    grids = {"a": Grid("lin", 7, 1e9, 3e9), "b": Grid("dec", 8, 1e7, 2e10), "c": Grid("dec", 10, 1e7, 1e9)}
    bench = two_port(*pad(3.0))
    analyses = {name: Sp(grid) for name, grid in grids.items()} | {"n": Noise("out", "vin", grids["b"])}
    waveforms = ENGINE.simulate(Testbench(bench.netlist, analyses, 27.0))
    for name, grid in grids.items():
        assert scattering(waveforms[name]).shape == (len(grid.frequencies()), 2, 2)
    density = waveforms["n"]["inoise_spectrum"]
    np.testing.assert_allclose(noise_figure(density), noise_figure(density)[0], rtol=1e-9)


def test_the_environment_keeps_openmp_from_spinning():
    """Trap 1: the limit must stand before libgomp is loaded, and in the workers too."""
    code = (
        "from genrf.circuits.simulate import _libngspice; _libngspice.library()\n"
        "import os; print(os.environ['OMP_THREAD_LIMIT'])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OMP_THREAD_LIMIT"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "1"


def test_a_missing_library_is_named_with_the_way_to_get_it():
    code = "from genrf.circuits.simulate.ngspice import NgSpiceEngine; NgSpiceEngine().require()"
    environment = {**os.environ, "NGSPICE_LIBRARY_PATH": "/nowhere/libngspice.so"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert ToolNotFound.__name__ in done.stderr
    assert (
        "NGSPICE_LIBRARY_PATH=/nowhere/libngspice.so cannot be loaded; install it (apt install libngspice0)"
        in done.stderr
    )


def test_the_operating_point_gives_the_supply_power():
    bench = two_port(Element("rload", ("vdd", "0"), 144.0), *pad(3.0))
    assert ENGINE.simulate(Testbench(bench.netlist, {"op": Op(("vdd", "vsupply#branch"))}, 27.0))["op"]["vdd"][
        0
    ] == pytest.approx(1.2)
    assert metrics(ENGINE.simulate(bench))["power_w"] == pytest.approx(1.2**2 / 144.0)


def test_a_decade_sweep_shorter_than_its_step_is_refused():
    """ngspice 39 would never end it."""
    with pytest.raises(ConfigError, match="grid dec 1 .*: 2.4e[+]09 to 2.41e[+]09 Hz is shorter than one step"):
        Grid("dec", 1, 2.4e9, 2.41e9)
