"""Oscillators: start-up, frequency and swing, phase noise, each against closed forms or an independent simulation."""

import math
from dataclasses import replace

import numpy as np
import pytest

from genrf.circuits.checks import faults
from genrf.circuits.measure import BOLTZMANN
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.nodal import NoiseSource, linearised, unknowns
from genrf.circuits.oscillation import Oscillation
from genrf.circuits.oscillator import Merit
from genrf.circuits.phase_noise import PhaseNoise, derivative
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.quasistatic import held
from genrf.circuits.resistance import resistance
from genrf.circuits.startup import Growth, Rest, StartUpMargin
from genrf.circuits.testbench import Op, Testbench, Tran
from genrf.circuits.topology import resolve
from genrf.core.errors import ConfigError
from tests.circuits.oscillators import (
    BAND,
    F0,
    SIZES,
    SUPPLY,
    W0,
    C,
    Q,
    R,
    inverter_ring,
    library,
    problem,
    setup,
    shift,
    square_law_pair,
    tank,
    van_der_pol,
)
from tests.circuits.process import draw, technology

pytestmark = pytest.mark.ngspice
OSCILLATION = Oscillation("p", "n")
OFFSET = 1e6
PAIR = Oscillation("outp", "outn")
RING = Oscillation("out", "0", cycles=30)  # it has no tank that would have to settle


def decibel(ratio):
    return 10 * math.log10(ratio)


def leeson(amplitude, r=R, q=Q, f0=F0, kelvin=300.15):
    """Phase noise of a sine in a resonator whose own R is all noise: 4 k T R / A^2 (f0 / (2 Q f))^2.

    Leeson, Proc. IEEE 54 (1966) 329, with F = 1. A charge q moves the phase by -q sin(phi) / (C A), and 4kT/R does so
    at random: S_phi = 4kT/R / (2 C^2 A^2 w^2), of which either sideband has half; and 1/C = w0 R / Q.
    """
    return decibel(4 * BOLTZMANN * kelvin * r / amplitude**2 * (f0 / (2 * q * OFFSET)) ** 2)


# The settled oscillation.


@pytest.mark.parametrize(("amplitude", "margin"), [(1.0, 2.0), (0.2, 1.5), (3.0, 4.0)])
def test_van_der_pols_oscillator(amplitude, margin):
    """w = w0 (1 - eps^2/16 + 17 eps^4/3072) and the peak A (1 + eps^2/192) with eps = (margin - 1)/Q.

    Source: Andersen and Geer, Power series expansions for the frequency and period of the limit cycle of the van der
    Pol equation, SIAM J. Appl. Math. 42 (1982) 678.
    """
    eps = (margin - 1) / Q
    found = OSCILLATION.measure(van_der_pol(amplitude, margin))
    assert found["frequency_hz"] == pytest.approx(F0 * (1 - eps**2 / 16 + 17 * eps**4 / 3072), rel=2e-5)
    assert found["swing_v"] == pytest.approx(2 * amplitude * (1 + eps**2 / 192), rel=3e-4)
    assert found["power_w"] == pytest.approx(1.2**2 / 1200, rel=1e-6)


def test_coarse_steps_do_not_move_the_frequency():
    found = [Oscillation("p", "n", points=points).measure(van_der_pol())["frequency_hz"] for points in (60, 240)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_a_tank_that_rings_down_does_not_oscillate():
    with pytest.raises(NotMeasurable, match="frequency_hz: no oscillation, .* V are left after 100 periods"):
        OSCILLATION.measure(van_der_pol(margin=0.9))


def test_an_oscillation_that_still_grows_has_not_settled():
    with pytest.raises(NotMeasurable, match="the oscillation has not settled after 200 periods"):
        Oscillation("p", "n", kick=1e-2, cycles=25).measure(van_der_pol(margin=1.01))


def test_an_oscillation_beyond_its_band_is_refused():
    with pytest.raises(NotMeasurable, match="points per period, below 40: it oscillates far above the band's 1e"):
        OSCILLATION.measure(replace(van_der_pol(), band=(0.5e9, 1e9)))
    with pytest.raises(NotMeasurable, match="fewer than half of the periods"):
        OSCILLATION.measure(replace(van_der_pol(), band=(15e9, 20e9)))


def test_transients_of_other_tolerance_are_other_benches():
    circuit = Netlist((Element("r1", ("a", "0"), 1.0),))
    fine, coarse = (Testbench(circuit, {"t": Tran(("time", "a"), 1.0, 9.0, 0.0, a)}, 27.0) for a in (1e-15, 1e-12))
    assert fine.changes(coarse) is None and fine.changes(fine) == []


# Start-up.


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.5])
def test_a_negative_resistance_beside_a_resonator(margin):
    """-margin/R: s = -(1 - margin)/(2 R C) +- j w0 sqrt(1 - ((1 - margin)/(2 Q))^2)."""
    circuit = tank(Element("rneg", ("p", "n"), -R / margin))
    found = StartUpMargin("p", "n").measure(circuit)
    assert found == pytest.approx({"startup_margin": margin, "resonance_hz": F0}, rel=1e-6)
    s = complex((margin - 1) / (2 * Q), math.sqrt(1 - ((1 - margin) / (2 * Q)) ** 2)) * W0
    assert Growth().natural(circuit) == pytest.approx(s, rel=1e-4, abs=W0 * 1e-5)
    growth = 2 * math.pi * s.real / s.imag
    measured = Growth().measure(circuit)
    assert measured["startup_growth"] == pytest.approx(growth, rel=1e-3, abs=1e-4)
    assert measured["natural_hz"] == pytest.approx(s.imag / (2 * math.pi), rel=1e-4)


def test_the_power_at_rest_is_that_of_the_supply():
    """1.2 V into 1.2 kohm, and nothing into the resonator: 1.2 mW."""
    assert Rest().measure(tank(*SUPPLY)) == pytest.approx({"resting_power_w": 1.2e-3}, rel=1e-6)


def test_the_margin_of_a_square_law_pair():
    """A pair at rest is -gm/2, gm = sqrt(2 kp W/L I/2)."""
    found = StartUpMargin("p", "n").measure(square_law_pair(60e-6, 2e-3))
    assert found["startup_margin"] == pytest.approx(math.sqrt(2 * 200e-6 * 60 * 1e-3) * 447 / 2, rel=1e-6)


def test_a_circuit_without_a_resonance_says_so():
    with pytest.raises(NotMeasurable, match="startup_margin: no resonance between"):
        StartUpMargin("p", "n").measure(replace(tank(), band=(8 * F0, 9 * F0)))
    with pytest.raises(NotMeasurable, match="no natural frequency of the circuit oscillates"):
        Growth().measure(setup(Element("r1", ("p", "0"), 1e3), Element("c1", ("p", "0"), C)))


def test_a_tank_without_loss_has_no_margin_and_says_so():
    ideal = (
        Element("l1", ("p", "n"), 1e-9),
        Element("c1", ("p", "n"), 1 / (W0**2 * 1e-9)),
        Element("l2", ("n", "0"), 1e-9),
    )
    with pytest.raises(NotMeasurable, match="startup_margin: nothing in the tank has a loss"):
        StartUpMargin("p", "n").measure(setup(*ideal))


def test_what_draws_nothing_from_the_supply_has_no_figure_of_merit():
    """An oscillator of the user's own that has its supply inside."""
    elements = tuple(e for e in van_der_pol().circuit.elements if "vdd" not in e.nets)
    alone = setup(*elements, Element("vsupply", ("vdd", "0"), 1.2))
    with pytest.raises(NotMeasurable, match="fom_dbc_hz: power_w must be above 0, got"):
        Merit(PhaseNoise(OSCILLATION, OFFSET)).measure(alone)


# The equations along the orbit.


def test_the_derivative_is_exact_for_harmonics():
    phase = np.arange(21) / 21
    for k in (0, 1, 10):
        wave, slope = np.sin(2 * np.pi * k * phase + 0.3), 2 * np.pi * k * np.cos(2 * np.pi * k * phase + 0.3)
        np.testing.assert_allclose(derivative(21, 1.0) @ wave, slope, atol=1e-11)
    with pytest.raises(ValueError, match="samples must be odd, got 20"):
        derivative(20, 1.0)


@pytest.mark.parametrize(
    "element",
    [
        Element("g1", ("p", "0"), flags="cur='1e-3*v(p)'"),
        Element("e1", ("p", "0"), flags="vol='2*v(p)'"),
        Element("l1", ("p", "0"), flags="l='1e-9'"),
    ],
)
def test_an_element_without_an_equation_is_named(element):
    """A controlled source or a coil without a value would pass for a short."""
    with pytest.raises(ConfigError, match=f"element '{element.name}': no linear equation for it"):
        linearised(setup(element), {"p": np.zeros(1)}, F0)


@pytest.mark.parametrize(
    ("element", "out"),
    [
        (Element("e1", ("o", "0", "i", "0"), 3.0), 3.0),
        (Element("g1", ("o", "0", "i", "0"), 2e-3), -2e-3 * 500.0),  # a current out of `o`, through 500 ohm
        (Element("f1", ("o", "0"), 4.0, model="vs"), 4.0 * 1e-2 * 500.0),  # the branch carries -10 mA per volt
        (Element("h1", ("o", "0"), 7.0, model="vs"), -7.0 * 1e-2),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_controlled_sources_follow_a_voltage_or_a_current(element, out):
    """1 V at `i` on 100 ohm; ngspice's own signs: a branch's current flows into its source at the first net."""
    elements = (
        Element("vs", ("i", "0"), 1.0),
        Element("ri", ("i", "0"), 100.0),
        element,
        Element("ro", ("o", "0"), 500.0),
    )
    circuit = setup(*elements)
    names = unknowns(circuit.circuit)
    equations = linearised(circuit, dict.fromkeys(names, np.zeros(1)), F0)
    right = np.zeros(len(names))
    right[names.index("vs#branch")] = -1.0
    assert np.linalg.solve(equations.conductance[0], right)[names.index("o")] == pytest.approx(out)
    assert circuit.simulate((), {"op": Op(("o",))})["op"]["o"][0] == pytest.approx(out)


def test_the_unknowns_are_nets_and_branches():
    assert unknowns(tank(*SUPPLY).circuit) == ("p", "n", "vdd", "lt#branch", "vsupply#branch")


def test_a_behavioural_element_is_held_at_its_voltages():
    """i = v^3 has the conductance 3 v^2 between its nets."""
    cubic = Element("b1", ("a", "b"), flags="i=v(a,b)*v(a,b)*v(a,b)")
    found = held(setup(cubic), cubic, np.array([[0.5, 0.1], [1.0, 0.0]]), 1e9)
    np.testing.assert_allclose(found.conductance, [[[g, -g], [-g, g]] for g in (0.48, 3.0)], rtol=1e-6)
    assert np.abs(found.capacitance).max() < 1e-20 and found.noise == ()


def test_a_junction_has_shot_noise_and_its_slope():
    """2 q I, and g = I / Vt with Vt = k T / q; at 0.65 V the saturation current does not count."""
    q, vt = 1.602176634e-19, BOLTZMANN * 300.15 / 1.602176634e-19
    diode = Element("d1", ("a", "b"), model="ideal")
    found = held(setup(diode, models=(".model ideal d is=1e-16",)), diode, np.array([[0.65, 0.0]]), 1e9, OFFSET)
    current = 1e-16 * math.exp(0.65 / vt)
    assert found.conductance[0, 0, 0] == pytest.approx(current / vt, rel=2e-3)
    assert found.noise[0].white[0] == pytest.approx(2 * q * current, rel=2e-3, abs=0.0)


def test_a_gates_resistance_is_a_lag_and_its_noise_a_charges():
    """K = Cgg^2 Rg and 4 k T Rg Cgg^2 of charge, where a gate of 8 ohm per square has little else at rest.

    Rg = 8 (W/3 + 0.15 um) / L over 10 fingers of 5 um by 1 um less twice 15 nm (BSIM4 manual, section 7.2).
    """
    (gate,) = (
        technology()
        .device("nmos")
        .elements("1", {"d": "d", "g": "g", "s": "s", "b": "b"}, {"w": 5e-6, "l": 1e-6, "nf": 10.0})
    )
    bench = library("vco_cross_coupled", 0.6)
    found, twice = (held(bench, gate, np.array([[0.0, -0.5, 0.0, 0.0]]), f, OFFSET) for f in (2e9, 4e9))
    c, rg = found.capacitance[0, 1, 1], 8 * (5 / 3 + 0.15) / 1.0 / 10
    assert found.lag[0, 1, 1] == pytest.approx(c**2 * rg, rel=0.05, abs=0.0)
    assert twice.lag[0, 1, 1] == pytest.approx(found.lag[0, 1, 1], rel=1e-2, abs=0.0)
    charge = found.noise[1].charge[0]
    assert found.noise[1].white[0] == 0.0 and charge == pytest.approx(twice.noise[1].charge[0], rel=1e-2, abs=0.0)
    assert charge == pytest.approx(4 * BOLTZMANN * 300.15 * rg * c**2, rel=0.1, abs=0.0)


# Phase noise.


@pytest.mark.parametrize("amplitude", [1.0, 0.2])
@pytest.mark.parametrize(("celsius", "coefficient"), [(27.0, 0.0), (85.0, 3.6e-3)])
def test_the_noise_of_a_tank_is_leesons(amplitude, celsius, coefficient):
    hot = 1 + coefficient * (celsius - 27)
    circuit = van_der_pol(amplitude, 2.0, flags=f"tc1={coefficient}", temperature=celsius)
    found = PhaseNoise(OSCILLATION, OFFSET).measure(circuit)
    # the active conductance is 2/R whatever the temperature, and the amplitude follows what is left of it
    actual = amplitude * math.sqrt(2 - 1 / hot)
    wanted = leeson(actual, r=R * hot, q=Q * hot, kelvin=celsius + 273.15)
    assert found["phase_noise_dbc_hz"] == pytest.approx(wanted, abs=0.02)
    assert found["flicker_corner_hz"] == 0.0


def test_phase_noise_falls_by_twenty_decibels_a_decade():
    near, far = (PhaseNoise(OSCILLATION, f).measure(van_der_pol())["phase_noise_dbc_hz"] for f in (1e5, 1e6))
    assert near - far == pytest.approx(20.0, abs=1e-6)


def test_the_sensitivity_of_a_sine():
    """A charge q beside C moves a sine of amplitude A by q / (C A w0) times its quadrature."""
    found = PhaseNoise(OSCILLATION, OFFSET).sensitivity(van_der_pol(2.0, 1.2))
    phase = 2 * np.pi * np.arange(81) / 81
    np.testing.assert_allclose(found.between(("n", "p")) * C * 2.0 * W0, np.cos(phase), atol=0.02)
    assert found.closure < 1e-3


NONE, ONE, COSINE = np.zeros(81), np.ones(81), np.cos(2 * np.pi * np.arange(81) / 81)


@pytest.mark.parametrize(
    ("white", "charge", "modulation", "share"),
    [
        (ONE, NONE, NONE, 1 / 2),  # the mean square of w
        (COSINE**2, NONE, NONE, 3 / 8),
        (NONE, ONE / W0**2, NONE, 1 / 2),  # that of its derivative
        (NONE, COSINE**2 / W0**2, NONE, 1 / 8),
        (NONE, NONE, ONE, 0.0),  # the square of its mean: what does not change has no effect
        (NONE, NONE, COSINE, 1 / 4),
    ],
)
def test_how_noise_of_each_kind_counts_beside_a_sine(white, charge, modulation, share):
    """Of w = cos/(C A w0) and 1 pA/sqrt(Hz) or as much charge."""
    found = PhaseNoise(OSCILLATION, OFFSET).sensitivity(van_der_pol(1.0, 1.2))
    source = NoiseSource("x", ("p", "n"), 1e-24 * white, 1e-24 * charge, 1e-12 * modulation)
    alone = replace(found, equations=replace(found.equations, noise=(source,)))
    whole = (found.frequency / OFFSET) ** 2 / 2 * (1e-12 / (C * W0)) ** 2
    assert sum(alone.contributions(OFFSET)["x"]) / whole == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(("width", "tail"), [(60e-6, 2e-3), (100e-6, 2e-3), (1000e-6, 2e-3)])
def test_a_square_law_pair_adds_two_thirds(width, tail):
    """F = 1 + gamma, gamma = 2/3 in a long channel, however hard the pair switches.

    Source: Bank, A harmonic-oscillator design methodology based on describing functions, Chalmers 2006; Mazzanti and
    Andreani, IEEE J. Solid-State Circuits 43 (2008) 2716; Murphy, Rael, Abidi, IEEE Trans. Circuits Syst. I 57
    (2010) 1187. Exact as far as the voltage is a sine.
    """
    found = PhaseNoise(OSCILLATION, OFFSET, samples=161).sensitivity(square_law_pair(width, tail)).contributions(OFFSET)
    ratio = (found["m1"][0] + found["m2"][0]) / found["rt"][0]
    assert decibel(1 + ratio) == pytest.approx(decibel(1 + 2 / 3), abs=0.05)
    swing = OSCILLATION.measure(square_law_pair(width, tail))["swing_v"]
    assert decibel(found["rt"][0]) == pytest.approx(leeson(swing / 2, 447.0, 447.0 / (W0 * 1e-9), F0), abs=0.05)


def test_noise_of_the_tail_comes_through_about_even_harmonics():
    """A square-law pair passes half of its tail's current to the tank, times v / sqrt(2 S - v^2) up to the v^2 = S at
    which one side takes all: S = 2 I / (kp W/L) for a tail of I. With v = A sin and w = cos that leaves even harmonics,
    2 f0 most of all, and nothing at direct current (Hajimiri and Lee, JSSC 34 (1999) 717; Rael and Abidi, CICC 2000).
    """
    width, tail = 1000e-6, 2e-3
    bench = square_law_pair(width, tail)
    found = PhaseNoise(OSCILLATION, OFFSET, samples=161).sensitivity(bench)
    amplitude = OSCILLATION.measure(bench)["swing_v"] / 2
    phase = 2 * np.pi * np.arange(4096) / 4096
    v, s = amplitude * np.sin(phase), 2 * tail / (200e-6 * width / 1e-6)
    passed = np.where(v**2 < s, v / np.sqrt(np.maximum(2 * s - v**2, s)), np.sign(v)) / 2
    tank, own = (found.between(nets) for nets in (("p", "n"), ("s", "0")))
    share = np.mean((passed * np.cos(phase)) ** 2) / 0.5
    assert np.mean(own**2) / np.mean(tank**2) == pytest.approx(share, rel=0.02)
    assert abs(np.mean(own)) < 0.01 * np.sqrt(np.mean(own**2))


@pytest.mark.parametrize("stages", [3, 5])
def test_a_ring_of_square_law_inverters_is_abidis(stages):
    """White noise of an inverter ring: 2kT/I ((gamma_n + gamma_p)/(Vdd - Vt) + 1/Vdd) (f0/f)^2, I that of full drive.

    Source: Abidi, IEEE J. Solid-State Circuits 41 (2006) 1803. An estimate, which takes each edge to be driven by a
    saturated transistor alone: it is met within 0.7 dB for three stages and 1.3 dB for five.
    """
    supply, threshold, ring = 1.8, 0.4, Oscillation("x0", "0")
    bench = inverter_ring(stages, supply, threshold)
    found = PhaseNoise(ring, OFFSET).measure(bench)["phase_noise_dbc_hz"]
    current = 0.5 * 200e-6 * 10 * (supply - threshold) ** 2
    volts = (2 / 3 + 2 / 3) / (supply - threshold) + 1 / supply
    cycles = ring.measure(bench)["frequency_hz"] / OFFSET
    wanted = decibel(2 * BOLTZMANN * 300.15 / current * volts * cycles**2)
    assert found == pytest.approx(wanted, abs=1.5)


def test_an_orbit_that_is_not_its_equations_is_refused():
    with pytest.raises(NotMeasurable, match="the orbit misses its own linear equations by"):
        PhaseNoise(PAIR, OFFSET, samples=21, tolerance=1e-9).measure(library("vco_cross_coupled", 0.6))


@pytest.mark.parametrize(
    ("name", "oscillation", "element"), [("vco_cross_coupled", PAIR, "ibias"), ("vco_ring", RING, "vtune")]
)
def test_the_mean_sensitivity_is_how_far_a_direct_current_or_voltage_pulls(name, oscillation, element):
    """d(time shift)/dt = mean(w) di: df/f of two more transients. It is what turns flicker into phase noise."""
    bench = library(name, 0.8)
    found = PhaseNoise(oscillation, OFFSET, samples=121).sensitivity(bench)
    step = 1e-3

    def moved(share):
        def scaled(e):
            return e._replace(value=e.value * (1 + share)) if e.name == element else e

        circuit = Netlist(tuple(map(scaled, bench.circuit.elements)), bench.circuit.models)
        return 1 / replace(oscillation, drift=2e-6).settled(replace(bench, circuit=circuit)).period

    pulled = (moved(step) - moved(-step)) / (2 * step)
    value = next(e.value for e in bench.circuit.elements if e.name == element)
    if element == "ibias":
        wanted = found.frequency * value * np.mean(found.between(("vdd", "bias")))
        # the mirror's direct current flickers beside it: narrow-band frequency modulation, L = S_f / (2 f^2)
        flicker = next(n.modulation[0] ** 2 for n in found.equations.noise if n.element == "mmb")
        share = (pulled / value) ** 2 * flicker / (2 * OFFSET**2)
        assert found.contributions(OFFSET)["mmb"][1] == pytest.approx(share, rel=0.06, abs=0.0)
    else:
        own = found.equations.unknowns.index("vtune#branch")
        wanted = found.frequency * value * np.mean(-found.w[:, own])
    assert pulled == pytest.approx(wanted, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "oscillation", "nets", "charge", "wait"),
    [
        ("vco_cross_coupled", PAIR, ("outp", "tail", "bias"), 5e-15, 100),
        ("vco_ring", RING, ("out", "one_high"), 1e-15, 20),
    ],
)
def test_a_charge_in_a_transient_shifts_the_oscillation_as_far(name, oscillation, nets, charge, wait):
    """The left null vector against what it says: transients with a charge put into a net at a phase."""
    bench = library(name, 0.6)
    found = PhaseNoise(oscillation, OFFSET, samples=121).sensitivity(bench)
    settled = oscillation.settled(bench)
    at = np.array([12, 45, 76])
    for net in nets:
        w = found.w[:, found.equations.unknowns.index(net)]
        seen = [
            shift(
                oscillation,
                bench,
                net,
                settled.crossing + float(k) / 121 * settled.period,
                charge,
                wait * settled.period,
            )
            for k in at
        ]
        np.testing.assert_allclose(seen, w[at], atol=0.03 * np.abs(w).max())


# The library's oscillators.


@pytest.mark.parametrize("name", SIZES)
def test_the_librarys_oscillators_are_sound_and_stay_within_the_process(name):
    topology = problem(name).structure
    assert faults(topology, technology()) == [] and topology.family == "vco"
    assert set(topology.space.names) == set(SIZES[name])
    corners = [topology.space.decode([u] * len(topology.space)) for u in (0.0, 1.0)]
    for values in [*draw(topology.space, 50), *corners]:
        for device in topology.devices:
            limits = technology().device(device.kind).limits()
            for key, drawn in device.drawn.items():
                assert limits[key].low <= resolve(drawn, values, {}) <= limits[key].high, (device.name, key)


@pytest.mark.parametrize(("name", "oscillation"), [("vco_cross_coupled", PAIR), ("vco_ring", RING)])
def test_a_higher_tuning_voltage_raises_the_frequency(name, oscillation):
    found = [oscillation.measure(library(name, tune)) for tune in (0.6, 0.8, 1.0)]
    frequencies = [one["frequency_hz"] for one in found]
    assert frequencies == sorted(frequencies) and frequencies[-1] > 1.03 * frequencies[0]
    assert all(0.5 < one["swing_v"] < 4.0 and 0.5e-3 < one["power_w"] < 20e-3 for one in found)


def test_phase_noise_of_the_cross_coupled_pair_has_a_figure_of_merit_of_its_kind():
    """L - 20 log(f0/f) + 10 log(P/mW): published cross-coupled VCOs of 130 nm lie between -170 and -195 dBc/Hz."""
    bench = library("vco_cross_coupled", 0.0)
    noise, found = PhaseNoise(PAIR, OFFSET).measure(bench), PAIR.measure(bench)
    merit = noise["phase_noise_dbc_hz"] - 20 * math.log10(found["frequency_hz"] / OFFSET)
    assert -195 < merit + decibel(found["power_w"] / 1e-3) < -170
    assert 1e4 < noise["flicker_corner_hz"] < 2e6
    assert StartUpMargin("outp", "outn").measure(bench)["startup_margin"] > 2
    assert Growth().measure(bench)["startup_growth"] > 0.2


def test_a_pair_of_too_little_current_does_not_start():
    bench = library("vco_cross_coupled", 0.6, i_bias=10e-6)
    assert StartUpMargin("outp", "outn").measure(bench)["startup_margin"] < 1
    assert Growth().measure(bench)["startup_growth"] < 0
    with pytest.raises(NotMeasurable, match="no oscillation"):
        PAIR.measure(bench)


def test_the_varactor_goes_from_overlap_to_oxide():
    """160 um by 0.22 um of oxide, 3.9 eps0 / 2.7 nm, and 0.25 to 0.3 fF/um of overlap and fringe on either side."""
    device = technology().device("varactor")
    (varactor,) = device.elements("v", {"gate": "g", "tune": "t"}, {"w": 4e-6, "l": 0.25e-6, "nf": 40.0})
    bench = replace(library("vco_cross_coupled", 0.6), band=BAND)
    gates = np.linspace(-0.6, 1.8, 25)
    volts = np.stack([np.zeros_like(gates), gates, np.zeros_like(gates), np.zeros_like(gates)], axis=1)
    assert varactor.nets == ("t", "g", "t", "0")
    c = held(bench, varactor, volts, 1e9).capacitance[:, 1, 1]
    oxide, sides = 3.9 * 8.8541878e-12 / 2.7e-9 * 160e-6 * 0.22e-6, 2 * 160e-6 * 0.275e-9
    assert c[-1] == pytest.approx(oxide + sides, rel=0.1, abs=0.0)
    assert c.max() / c.min() > 2.5 and c[0] > 0.5 * sides
    assert resistance(Element("r1", ("a", "b"), 10.0, flags="tc1=0.01"), 37.0) == pytest.approx(11.0)


def test_a_resistor_without_value_and_card_is_named():
    with pytest.raises(ConfigError, match="resistor 'r1' has no resistance; it wants a value, or w, l and a card"):
        resistance(Element("r1", ("a", "b"), None, "poly", {"w": 1e-6}), 27.0)
