"""Mixers against an ideal multiplier and an ideal quad of switches, whose gain and noise are closed forms."""

import math
import subprocess
import sys

import numpy as np
import pytest

from genrf.circuits.conversion import Conversion
from genrf.circuits.measure import T0
from genrf.circuits.mixer import MixerBench
from genrf.circuits.mixer_intermodulation import ConfirmedMixedIntercept, MixedIntercept, MixedTwoTone
from genrf.circuits.mixer_ports import MixerPorts, Oscillator
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.periodic import transfer
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.shooting import orbit
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Ac, Grid, Noise
from genrf.circuits.tones import dbm
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from tests.circuits.kinds import check_sound, problem

pytestmark = pytest.mark.ngspice
LIBRARY = ["mixer_gilbert", "mixer_passive"]
KELVIN = 300.15 / T0
PORTS = MixerPorts(Oscillator(2.4e9, 10.0, 0.8, 0.0, 0.0), 120e6, 50.0)
GILBERT = {"nf_1": 18.0, "nf_2": 16.0, "w_finger": 2.8e-6, "r_load": 130.0, "r_bleed": 1.1e3, "i_bias": 0.78e-3}
PASSIVE = {"nf_1": 36.0, "w_finger": 1.04e-6, "r_up": 9.56e3, "r_down": 5.01e3}
PHASES = 257
AMPLITUDE = math.sqrt(800.0 * 10e-3)  # V between `lop` and `lon` for 10 dBm from 100 ohm into nothing


def setup(*elements, temperature=27.0):
    supply = (Element("vsupply", ("vdd", "0"), 1.2), Element("rquiet", ("vdd", "0"), 1e3))
    grounds = (Element(f"rground{net}", (net, "0"), 1e9) for net in ("lop", "lon", "outn"))
    return Setup(Netlist((*elements, *grounds, *supply)), temperature, (2.4e9, 2.64e9), NgSpiceEngine())


def multiplier(*more, a1=1.0, a3=0.0, rin=50.0, temperature=27.0):
    """(a1 v - a3 v^3) times the oscillator's voltage, behind `rin` and before 50 ohm."""
    v = "(v(inp)-v(inn))"
    return setup(
        Element("rin", ("inp", "inn"), rin),
        Element("bmixed", ("outn", "outp"), flags=f"i=({a1}*{v}-{a3}*{v}*{v}*{v})*(v(lop)-v(lon))/50"),
        Element("rout", ("outn", "outp"), 50.0),
        *more,
        temperature=temperature,
    )


def quad(ron, extra=()):
    """Four switches of `ron` each, of which two conduct at any time."""
    switches = [("inp", "outp", "lop", "lon"), ("inn", "outn", "lop", "lon"),
                ("inp", "outn", "lon", "lop"), ("inn", "outp", "lon", "lop")]  # fmt: skip
    elements = []
    for number, (a, b, p, n) in enumerate(switches):
        closed = f"100*(0.5+0.5*tanh(200*(v({p})-v({n}))))"
        elements += [
            Element(f"r{number}", (a, f"x{number}"), ron),
            Element(f"b{number}", (f"x{number}", b), flags=f"i={closed}*(v(x{number})-v({b}))"),
        ]
    return setup(*elements, *extra)


def test_a_multiplier_converts_by_half_the_oscillator():
    """v lo sin: half of it at the difference frequency, and half of that in 50 of 100 ohm."""
    found = Conversion(PORTS).measure(multiplier())
    assert found["conversion_gain_db"] == pytest.approx(20 * math.log10(AMPLITUDE / 4), abs=0.01)
    assert found["power_w"] == pytest.approx(1.2**2 / 1e3, rel=1e-6)
    assert found["lo_if_dbm"] < -150 and found["lo_rf_dbm"] < -150


@pytest.mark.parametrize("ron", [1e-3, 5.0, 25.0])
def test_switches_convert_by_two_over_pi(ron):
    """2/pi = -3.92 dB without loss (Razavi, RF Microelectronics, section 6.2.1), the divider of Rs, 2 Ron, RL else."""
    found = Conversion(PORTS, PHASES).measure(quad(ron))
    wanted = 20 * math.log10(2 / math.pi * 100.0 / (100.0 + 2 * ron + 0.02))
    assert found["conversion_gain_db"] == pytest.approx(wanted, abs=0.03)


def test_leakage_is_what_comes_out_of_either_side():
    """A resistor from `lop` to one side of the load, which is RL/2 to its middle: a divider by hand."""
    ports = MixerPorts(Oscillator(2.4e9, 0.0, 0.8, 0.0, 0.0), 120e6, 50.0)
    bridge = Element("rbridge", ("lop", "outp"), 1e4)
    found = Conversion(ports).measure(setup(bridge, Element("rin", ("inp", "inn"), 50.0)))
    middle = 1 / (2j * math.pi * 2.4e9 * 3e-12)
    side = math.sqrt(800e-3) / 2 * 25.0 / abs(1e4 + 50.0 + 25.0 + middle)
    assert found["lo_if_dbm"] == pytest.approx(dbm(side * math.sqrt(2)), abs=0.05)


@pytest.mark.parametrize("db, degrees", [(0.5, 0.0), (0.0, 5.0)])
def test_a_balun_that_is_off_lets_both_sides_move_alike(db, degrees):
    """Half the sum of the sides A e^(j phi/2) k and -A e^(-j phi/2) / k, on two resistors that meet at the input."""
    ports = MixerPorts(Oscillator(2.4e9, 0.0, 0.8, db, degrees), 120e6, 50.0)
    bridges = [Element(f"r{side}", (f"lo{side}", "inp"), 1e4) for side in "pn"]
    found = Conversion(ports).measure(setup(*bridges, Element("rload", ("outp", "outn"), 50.0)))
    more, turned = 10 ** (db / 40), np.exp(0.5j * math.radians(degrees))
    total = math.sqrt(800e-3) / 2 * abs(more * turned - 1 / more / turned)
    conductance = 1 / (1e4 + 50.0)
    at = total * conductance / (2 * conductance + 1 / 25.0)
    assert found["lo_rf_dbm"] == pytest.approx(dbm(at * math.sqrt(2)), abs=0.05)


@pytest.mark.parametrize("procedure", [MixedIntercept, ConfirmedMixedIntercept])
@pytest.mark.parametrize(("a1", "a3"), [(1.0, 2.0), (3.0, 0.5)])
def test_intercept_of_a_cubic_before_a_multiplier(a1, a3, procedure):
    """The multiplier is linear: A_IIP3 = sqrt(4/3 a1/a3), as of the cubic alone (Razavi, section 2.2)."""
    found = procedure(PORTS).measure(multiplier(a1=a1, a3=a3))
    assert found["iip3_dbm"] == pytest.approx(dbm(math.sqrt(4 / 3 * a1 / a3)), abs=0.05)


@pytest.mark.parametrize("procedure", [MixedIntercept, ConfirmedMixedIntercept])
def test_of_unequal_tones_the_weaker_counts_and_of_their_products_the_stronger(procedure):
    """A pole of 60 MHz behind the multiplier: of tones at 100 and 140 MHz and products at 60 and 180 MHz those at 140
    and 60 are left, so that the intercept lies by half of their difference below that of the cubic."""
    behind = 1 / (2 * math.pi * 25.0 * 60e6)
    found = procedure(PORTS).measure(multiplier(Element("cout", ("outp", "outn"), behind), a1=1.0, a3=2.0))
    weaker, stronger = (-10 * math.log10(1 + (f / 60e6) ** 2) for f in (140e6, 60e6))
    wanted = dbm(math.sqrt(4 / 3 / 2.0)) + 0.5 * (weaker - stronger)
    assert found["iip3_dbm"] == pytest.approx(wanted, abs=0.05)


def test_a_linear_mixer_has_no_intercept_and_says_so():
    with pytest.raises(NotMeasurable, match="small tones give no product of third order"):
        MixedIntercept(PORTS).measure(multiplier())


@pytest.mark.parametrize("temperature", [27.0, 85.0])
@pytest.mark.parametrize("rin", [50.0, 200.0])
def test_noise_of_a_multiplier_between_resistors(rin, temperature):
    """A sine has no harmonics to fold, so that both sidebands of the source are all there is of it.

    Into the load of 50 ohm, with h = rin / (rin + 50) and c = A^2/8 the mean square of half the oscillator: source
    4kT0 50 h^2 c, input resistor 4kT (50^2/rin) h^2 c, output resistor 4kT 50/4.
    """
    found = Conversion(PORTS).measure(multiplier(rin=rin, temperature=temperature))
    h, c, kelvin = rin / (rin + 50.0), AMPLITUDE**2 / 8, (temperature + 273.15) / T0
    source = 50.0 * h**2 * c
    wanted = 1 + kelvin * (2500.0 / rin * h**2 * c + 12.5) / source
    assert found["nf_dsb_db"] == pytest.approx(10 * math.log10(wanted), abs=0.01)
    assert found["nf_ssb_db"] == pytest.approx(10 * math.log10(2 * wanted), abs=0.01)


@pytest.mark.parametrize("ron", [1e-3, 5.0, 25.0])
def test_noise_of_switches_folds_all_odd_harmonics(ron):
    """A square wave has 8/pi^2 of its power in its fundamental: F = pi^2/8 (1 + 2 Ron T / (Rs T0)).

    Source: Terrovitis and Meyer, IEEE J. Solid-State Circuits 34 (1999) 772, for instant switching.
    """
    found = Conversion(PORTS, PHASES).measure(quad(ron))
    wanted = math.pi**2 / 8 * (1 + 2 * ron / 50.0 * KELVIN)
    assert found["nf_dsb_db"] == pytest.approx(10 * math.log10(wanted), abs=0.06)  # a jump lies between two phases


def test_what_capacitances_remember_is_in_gain_and_noise():
    """Poles of 2.5 GHz before and of 60 MHz behind a multiplier: each sideband has the gain of its own frequency.

    Both the source and the 50 ohm at the input pass the first pole at two frequencies; the output's 50 ohm see none of
    it, and the load's capacitance takes signal and noise alike.
    """
    before = 1 / (2 * math.pi * 25.0 * 2.5e9)
    behind = 1 / (2 * math.pi * 25.0 * 60e6)
    found = Conversion(PORTS).measure(
        multiplier(Element("cin", ("inp", "inn"), before), Element("cout", ("outp", "outn"), behind))
    )
    upper, lower = (1 / (1 + (f / 2.5e9) ** 2) for f in (2.52e9, 2.28e9))
    gain = AMPLITUDE**2 / 16 * upper / (1 + (120e6 / 60e6) ** 2)
    assert found["conversion_gain_db"] == pytest.approx(10 * math.log10(gain), abs=0.01)
    assert found["image_rejection_db"] == pytest.approx(10 * math.log10(upper / lower), abs=0.005)
    kept = 50.0 * AMPLITUDE**2 / 64 * np.array([upper, lower])  # V^2 per 4kT0, of the source in the output
    wanted = (kept.sum() * (1 + KELVIN) + 12.5 * KELVIN) / kept.sum()
    assert found["nf_dsb_db"] == pytest.approx(10 * math.log10(wanted), abs=0.01)


def test_the_swept_gain_falls_with_the_pole_behind_a_multiplier():
    behind = Element("cout", ("outp", "outn"), 1 / (2 * math.pi * 25.0 * 60e6))
    frequency = np.array([1e6, 60e6, 240e6])
    found = Conversion(PORTS).swept(multiplier(behind), frequency)
    wanted = 20 * math.log10(AMPLITUDE / 4) - 10 * np.log10(1 + (frequency / 60e6) ** 2)
    np.testing.assert_allclose(found["gain_db"], wanted, atol=0.01)
    np.testing.assert_allclose(found["nf_ssb_db"] - found["nf_dsb_db"], 10 * math.log10(2), atol=0.01)


def test_the_sources_of_noise_are_the_resistors_in_their_shares():
    """The formulas of the noise of a multiplier between resistors, above."""
    found = Conversion(PORTS).sources(multiplier(rin=200.0))
    source = 50.0 * (200.0 / 250.0) ** 2 * AMPLITUDE**2 / 8
    assert found["rin"] / found["source"] == pytest.approx(50.0 / 200.0 * KELVIN, rel=2e-3)
    output = sum(power for name, power in found.items() if name not in ("rin", "source"))
    assert output / found["source"] == pytest.approx(12.5 * KELVIN / source, rel=2e-3)


@pytest.mark.parametrize(("name", "values"), [("mixer_gilbert", GILBERT), ("mixer_passive", PASSIVE)])
def test_gain_around_the_orbit_is_that_of_a_transient(name, values):
    """Two tones of -40 dBm in a transient: another solver, without any linearisation."""
    sizing = problem("mixer_2p4ghz", name)
    setup, ports = sizing.setup(values, sizing.technology.at()), sizing.bench.ports
    spectrum = MixedTwoTone(ports).spectrum(setup, -40.0)
    settled = Conversion(ports).settled(setup)
    for share in (5, 7):
        frequency = share / 6 * ports.intermediate
        around = transfer(settled.equations(frequency), ports.output, frequency, ports.lo)
        gain = 20 * math.log10(2 * abs(around.gain("vtone1", 1)))
        assert gain == pytest.approx(dbm(spectrum[share]) + 40.0, abs=0.05)


def test_without_an_oscillator_it_is_the_simulators_own_small_signal_analysis():
    """An amplifier of one transistor beside an oscillator that touches nothing: `.ac` and `.noise`."""
    sizing = problem("mixer_2p4ghz", "mixer_gilbert")
    model = sizing.technology.at().models
    stage = (
        Element("vgate", ("gate", "0"), 0.6), Element("cin", ("inp", "g"), 1e-12), Element("rg", ("g", "gate"), 1e4),
        Element("m1", ("outp", "g", "0", "0"), None, "nch", {"w": 40e-6, "l": 0.13e-6, "nf": 20.0}),
        Element("rl", ("vdd", "outp"), 300.0), Element("vsupply", ("vdd", "0"), 1.2),
        *(Element(f"rground{net}", (net, "0"), 1e9) for net in ("lop", "lon", "outn", "inn")),
    )  # fmt: skip
    setup = Setup(Netlist(stage, model), 27.0, (2.4e9, 2.64e9), NgSpiceEngine())
    around = orbit(setup, PORTS.driven((), 0.0), PORTS.lo, 9)
    found = transfer(around.equations(500e6), ("outp", "outn"), 500e6, PORTS.lo)
    grid = Grid("lin", 3, 500e6, 600e6)
    wanted = setup.simulate(
        PORTS.driven((), 0.0),
        {"ac": Ac(("outp", "outn"), grid), "noise": Noise("outp,outn", "vtone1", grid, ("onoise_spectrum",))},
    )
    assert found.gain("vtone1", 0) == pytest.approx(complex((wanted["ac"]["outp"] - wanted["ac"]["outn"])[0]), rel=5e-3)
    density = wanted["noise"]["onoise_spectrum"][0] ** 2
    assert sum(found.noise().values()) == pytest.approx(density, rel=0.02)


@pytest.mark.parametrize("name", LIBRARY)
def test_each_circuit_is_electrically_sound_and_stays_within_the_process(name):
    check_sound(problem("mixer_2p4ghz", name))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lo": None}, "condition 'lo' is missing, for example `lo: 2.4G`"),
        ({"if": "70M"}, "lo must be a multiple of if"),
        ({"lo_db": 3}, "unknown condition 'lo_db'; did you mean 'lo_dbm'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    known = {"lo": "2.4G", "if": "120M", "lo_dbm": 5, "lo_level": 0.8, "load": "1k"}
    with pytest.raises(ConfigError, match=message):
        MixerBench.read({**known, **change}, "mine")


@pytest.mark.parametrize(("lo", "intermediate"), [("1.003G", "17M"), ("1.029G", "21M")])
def test_a_multiple_in_decimals_is_one_in_binary_too(lo, intermediate):
    """1.003e9 is 1.19e-7 Hz short of 59 times 17 MHz as a float."""
    known = {"lo": lo, "if": intermediate, "lo_dbm": 5, "lo_level": 0.8, "load": "1k"}
    assert MixerBench.read(known, "mine").ports.intermediate == float(intermediate[:-1]) * 1e6


def test_the_figures_show_what_was_measured():
    sizing = problem("mixer_2p4ghz", "mixer_passive")
    values = {"nf_1": 30.0, "w_finger": 2e-6, "r_up": 10e3, "r_down": 4e3}
    surveyed = sizing.survey(values)
    own = Design("000001", sizing, values, surveyed.metrics, 1, surveyed.curves)
    spectrum, conversion, noise, *_ = sizing.panels([own])
    (trace,) = spectrum.figure["data"]
    lines = dict(zip(*surveyed.curves["spectrum"].values(), strict=True))
    assert trace["x"][0] == pytest.approx(20e6) and trace["y"][1] == pytest.approx(dbm(lines[1]))
    assert max(lines, key=lines.get) in (5, 7)
    assert [panel.title for panel in (conversion, noise)] == ["Conversion gain and noise figure", "Sources of noise"]
    measured = sizing.measure(values).metrics
    for trace, metric in zip(conversion.figure["data"], ("conversion_gain_db", "nf_dsb_db"), strict=True):
        assert np.interp(120e6, trace["x"], trace["y"]) == pytest.approx(measured[metric], abs=0.1), metric
    names, shares = noise.figure["data"][0]["cells"]["values"]
    assert "source" in names and sum(float(share[:-2]) for share in shares) == pytest.approx(100.0, abs=0.5)
    assert sizing.panels([Design("2", sizing, values, {}, 2)]) == []


@pytest.mark.parametrize(("name", "values"), [("mixer_gilbert", GILBERT), ("mixer_passive", PASSIVE)])
def test_either_circuit_can_meet_the_spec(name, values):
    sizing = problem("mixer_2p4ghz", name)
    found = sizing.measure(values)
    assert found.status == "ok", found.message
    assert sizing.spec.violation(found.metrics) == 0, found.metrics


@pytest.mark.slow
def test_a_small_run_meets_the_spec(tmp_path):
    command = [sys.executable, "-m", "genrf", "spec=mixer_2p4ghz", "model.only=[mixer_passive]", "workers=1",
               "budget=18", "samples=16", "front=1", "designs=1", "cache=none", "require_feasible=true",
               f"hydra.run.dir={tmp_path}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=290, check=False)
    assert done.returncode == 0, done.stderr
    assert "Spectrum" in (tmp_path / "report.html").read_text()
