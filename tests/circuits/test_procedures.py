"""Measures that take several benches, each against a circuit whose answer is a closed form."""

import math

import numpy as np
import pytest

from genrf.circuits.compression import Compression
from genrf.circuits.intermodulation import ConfirmedIntercept, Intercept, Sample, TwoTone, confirmed, intercept, plan
from genrf.circuits.measure import BOLTZMANN, T0
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.noise_chart import _available, _gain_circles
from genrf.circuits.noise_parameters import FourSources, NoiseParameters, circle
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Grid
from genrf.circuits.tones import dbm, emf, fitted, response
from genrf.core.spec import DesignSpec
from tests.circuits.process import draw, problem

pytestmark = pytest.mark.ngspice
BAND = (2.4e9, 2.4835e9)
CENTRE = math.sqrt(BAND[0] * BAND[1])


def setup(*elements, temperature=27.0):
    return Setup(Netlist(elements), temperature, BAND, NgSpiceEngine())


def cubic(a1, a3):
    """v(o) = a1 v - a3 v^3 between matched 50 ohm; a power by `^` would drop the sign of v in ngspice."""
    return setup(
        Element("rin", ("in", "0"), 50.0),
        Element("bout", ("o", "0"), flags=f"v={a1}*v(in)-{a3}*v(in)*v(in)*v(in)"),
        Element("rout", ("o", "out"), 50.0),
    )


# Linearity. A memoryless cubic has A_IIP3 = sqrt(4/3 a1/a3) and A_1dB = A_IIP3 sqrt(1 - 10^(-1/20)): Razavi, RF
# Microelectronics, section 2.2.


@pytest.mark.parametrize(("a1", "a3"), [(10.0, 20.0), (3.0, 0.5), (10.0, 500.0)])
def test_intercept_of_a_cubic(a1, a3):
    found = TwoTone().measure(cubic(a1, a3))
    wanted = dbm(math.sqrt(4 / 3 * a1 / a3))
    assert found["iip3_dbm"] == pytest.approx(wanted, abs=0.02)
    assert found["oip3_dbm"] == pytest.approx(wanted + 20 * math.log10(a1 / 2), abs=0.02)
    assert found["im3_floor_dbc"] < -120


def test_a_sweep_of_two_tones_rises_one_and_three_to_one_where_they_are_weak():
    """A cubic: 30 dB and more below the intercept the product is 2 (P - IIP3) below the carrier, within 1 % of bend."""
    a1, a3 = 10.0, 20.0
    found = Intercept().curves(cubic(a1, a3))["two_tone"]
    wanted = dbm(math.sqrt(4 / 3 * a1 / a3))
    assert found["level_dbm"] == pytest.approx([wanted - below for below in (35, 30, 25, 20, 15, 10, 5)], abs=0.02)
    weak = found["level_dbm"][:2]
    assert found["carrier_dbm"][:2] == pytest.approx(weak + 20 * math.log10(a1 / 2), abs=0.05)
    assert found["product_dbm"][:2] == pytest.approx(3 * weak - 2 * wanted + 20 * math.log10(a1 / 2), abs=0.1)


def polynomial(a1, a2, a3, *more):
    """a1 v + a2 v^2 + a3 v^3 of current out of matched 50 ohm at `out` into `s` or ground, against which v is."""
    v = "(v(in)-v(s))" if more else "v(in)"
    return setup(
        Element("rin", ("in", "0"), 50.0),
        Element("bout", ("out", "s" if more else "0"), flags=f"i={a1}*{v}+{a2}*{v}*{v}+{a3}*{v}*{v}*{v}"),
        Element("rout", ("out", "0"), 50.0),
        *more,
    )


@pytest.mark.parametrize(("a1", "a3"), [(0.2, -0.4), (0.06, 0.01), (0.2, -10.0)])
def test_intercept_of_small_tones_through_a_cubic(a1, a3):
    found = Intercept().measure(polynomial(a1, 0.5, a3))
    wanted = dbm(math.sqrt(4 / 3 * abs(a1 / a3)))
    assert found["iip3_dbm"] == pytest.approx(wanted, abs=1e-3)
    assert found["oip3_dbm"] == pytest.approx(wanted + 20 * math.log10(a1 * 25), abs=1e-3)


@pytest.mark.parametrize("c", [1e-18, 3e-12, 1e-9])
def test_a_square_that_is_fed_back_makes_a_product_of_third_order(c):
    """i = g v + b v^2 with v = v(in) - Z i and Z = R beside C at `s`, order by order by hand.

    With D(w) = 1 + g Z(w): v1 = u / D(w1); the square leaves -b Z v1^2 / D at 2 w1 and -2 b Z v1 v2' / D at w1 - w2,
    and these with v1 and v2' again 2 b (...) at 2 w1 - w2, divided by D there. Source: Wambacq, Sansen, chapter 5.
    """
    g, b, r = 0.05, 0.4, 40.0
    found = Intercept().measure(polynomial(g, b, 0.0, Element("rs", ("s", "0"), r), Element("cs", ("s", "0"), c)))

    def z(f):
        return r / (1 + 2j * math.pi * f * r * c)

    def d(f):
        return 1 + g * z(f)

    def wanted(f, other):
        v, back = 1 / d(f), 1 / d(-other)
        double, beat = -b * z(2 * f) * v**2 / d(2 * f), -2 * b * z(f - other) * v * back / d(f - other)
        return abs(2 * b * (double * back + beat * v) / d(2 * f - other) / 4)

    low, high, _ = plan(BAND)
    lines, products = [abs(g / d(f)) for f in (low, high)], [wanted(low, high), wanted(high, low)]
    # emf / 2 stands at the input
    assert found["iip3_dbm"] == pytest.approx(dbm(math.sqrt(min(lines) / max(products))), abs=1e-3)


def test_intercept_of_an_exponential():
    """i = Ic exp(v / Vt) at a base without resistance: A_IIP3 = sqrt(4/3 a1/a3) = sqrt(8) Vt."""
    vt = BOLTZMANN * 300.15 / 1.602176634e-19
    stage = setup(
        Element("rin", ("in", "0"), 50.0),
        Element("cin", ("in", "b"), 1e-6),
        Element("vb", ("vb", "0"), 0.7),
        Element("lb", ("vb", "b"), 1e-3),
        Element("q1", ("out", "b", "0"), model="hand"),
        Element("lc", ("out", "vc"), 1e-3),
        Element("vc", ("vc", "0"), 2.0),
        Element(".model hand", (), model="npn bf=1e9 is=1e-15"),
    )
    assert Intercept().measure(stage)["iip3_dbm"] == pytest.approx(dbm(math.sqrt(8) * vt), abs=0.06)


def test_intercept_of_a_charge_is_that_of_transients():
    """A varactor across the line bends by its charge alone; a transistor in a library amplifier by all that it has."""
    varactor = setup(
        Element("rt", ("in", "out"), 1e-3),
        Element("vb", ("vb", "0"), -0.5),
        Element("lb", ("vb", "x"), 1e-6),
        Element("cx", ("in", "x"), 1e-9),
        Element("d1", ("x", "0"), model="var"),
        Element(".model var", (), model="d is=1e-18 cjo=3p vj=0.8 m=0.5"),
    )
    transient = TwoTone().measure(varactor)["iip3_dbm"]
    assert Intercept().measure(varactor)["iip3_dbm"] == pytest.approx(transient, abs=0.1)
    sizing = problem()
    amplifier = sizing.setup(draw(sizing.structure.space, 1)[0], sizing.technology.at())
    transient = TwoTone().measure(amplifier)["iip3_dbm"]
    assert Intercept().measure(amplifier)["iip3_dbm"] == pytest.approx(transient, abs=0.1)


def test_an_expression_of_voltage_has_the_intercept_of_two_tones():
    assert Intercept().measure(cubic(10.0, 20.0)) == TwoTone().measure(cubic(10.0, 20.0))


def test_two_tones_are_left_to_settle_until_small_ones_confirm_them():
    asked = []

    def slow(level, longer):
        asked.append((level, longer))
        return Sample(
            level, 3.0 * level + (20.0 if longer > 20 else 12.0 + longer), -300.0
        )  # -10 dBm, too much too soon

    level, found = confirmed(-10.2, slow)
    assert (level, found.intercept_dbm(level)) == (asked[-1][0], pytest.approx(-10.0))
    assert asked == [(pytest.approx(level), longer) for level, longer in ((-35.2, 1.0), (-40.2, 5.0), (-45.2, 25.0))]


def test_two_tones_that_agree_among_themselves_are_believed_and_those_that_never_do_are_not():
    """Products that rise three to one above the bend of a threshold; products that follow no power at all."""
    level, found = confirmed(3.0, lambda level, longer: Sample(level, 3.0 * level + 20.0, -300.0))
    assert (level, found.intercept_dbm(level)) == (pytest.approx(-27.0), pytest.approx(-10.0))
    with pytest.raises(NotMeasurable, match="5.0 dB above the numerical floor"):
        confirmed(3.0, lambda level, longer: Sample(level, 3.0 * level - 6.0, 3.0 * level - 11.0))
    with pytest.raises(NotMeasurable, match=r"-21\.00 dBm by two tones of -32\.0 dBm, .* 3\.00 dBm by small signals"):
        confirmed(3.0, lambda level, longer: Sample(level, level - 22.0, -300.0))


@pytest.mark.slow
def test_tones_that_move_a_bias_are_confirmed_only_when_it_has_settled():
    """A current-reuse stage whose coupling capacitors take a microsecond: soon after the start 4 dB too good."""
    sizing = problem("lna_current_reuse")
    values = draw(sizing.structure.space, 4, 3)[0]
    late = ConfirmedIntercept().measure(sizing.setup(values, sizing.technology.at()))["iip3_dbm"]
    soon = TwoTone().measure(sizing.setup(values, sizing.technology.at()))["iip3_dbm"]
    assert late == pytest.approx(sizing.measure(values).metrics.get("iip3_dbm", late), abs=0.5)
    assert soon > late + 3.0


@pytest.mark.parametrize(("a1", "a3"), [(10.0, 20.0), (3.0, 0.5), (10.0, 2000.0)])
def test_compression_of_a_cubic(a1, a3):
    found = Compression().measure(cubic(a1, a3))
    wanted = dbm(math.sqrt((1 - 10 ** (-1 / 20)) * 4 / 3 * a1 / a3))
    assert found["p1db_dbm"] == pytest.approx(wanted, abs=0.01)
    assert found["op1db_dbm"] == pytest.approx(wanted - 1 + 20 * math.log10(a1 / 2), abs=0.01)


def test_a_linear_circuit_has_no_intercept_and_says_so():
    with pytest.raises(NotMeasurable, match="no level gives a product of third order above the numerical floor"):
        TwoTone().measure(cubic(10.0, 0.0))
    with pytest.raises(NotMeasurable, match="small tones give no product of third order"):
        Intercept().measure(polynomial(0.2, 0.0, 0.0))
    with pytest.raises(NotMeasurable, match="the gain has not fallen by 1 dB at 20 dBm"):
        Compression().measure(cubic(10.0, 0.0))


def test_a_fifth_order_product_is_not_taken_for_a_third_order_one():
    """v - v^5 has no third-order coefficient, and its product at 2 f1 - f2 rises five to one."""
    fifth = setup(
        Element("rin", ("in", "0"), 50.0),
        Element("bout", ("o", "0"), flags="v=v(in)-1e7*v(in)*v(in)*v(in)*v(in)*v(in)"),
        Element("rout", ("o", "out"), 50.0),
    )
    with pytest.raises(NotMeasurable):
        TwoTone().measure(fifth)


def test_a_level_whose_floor_is_high_by_chance_does_not_stop_the_search_for_one():
    """An ideal product of third order that compresses from -25 dBm, with a bad floor at -30 dBm alone."""

    def sample(level):
        product = 3.0 * level + 20.0 if level < -22.0 else 2.0 * level - 2.0
        return Sample(level, product, -75.0 if level == -30.0 else -300.0)

    level, found = intercept(sample, -30.0)
    assert level < -30.0
    assert level + 0.5 * (found.carrier_dbm - found.product_dbm) == pytest.approx(-10.0)


def test_a_tone_through_a_filter_has_the_gain_of_ac():
    """A low-pass of 50 ohm, its C at the load: |H| = 1/2 / sqrt(1 + (w R C / 2)^2), driven through its transient."""
    c = 2e-12
    lines = response(
        setup(Element("rt", ("in", "out"), 1e-3), Element("c", ("out", "0"), c)), (CENTRE,), CENTRE / 4, -20.0, 20e-9
    )
    wanted = 0.5 * emf(-20.0) / math.sqrt(1 + (2 * math.pi * CENTRE * 25.0 * c) ** 2)
    assert lines.power_dbm(CENTRE) == pytest.approx(dbm(wanted), abs=0.02)


def test_lines_are_found_on_uneven_points():
    rng = np.random.default_rng(0)
    time = np.sort(rng.uniform(0, 1e-6, 4000))
    wave = 0.3 + 1.0 * np.sin(2 * np.pi * 40e6 * time + 0.4) + 1e-6 * np.cos(2 * np.pi * 39e6 * time)
    lines = fitted(time, wave, 1e6, [39, 40, 41])
    assert lines.amplitude[40] == pytest.approx(1.0, rel=1e-9)
    assert lines.amplitude[39] == pytest.approx(1e-6, rel=1e-6)
    assert lines.amplitude[41] < 1e-12


@pytest.mark.parametrize("band", [BAND, (1e9, 1.001e9), (1e9, 6e9)])
def test_tones_are_coherent_and_about_the_centre(band):
    low, high, common = plan(band)
    assert low / common == pytest.approx(round(low / common), abs=1e-9)
    assert high - low == pytest.approx(common)
    assert 0.5 * (low + high) == pytest.approx(math.sqrt(band[0] * band[1]))
    assert common <= 0.1 * math.sqrt(band[0] * band[1]) * 1.06


# Noise parameters.


@pytest.mark.parametrize("temperature", [27.0, 85.0])
def test_a_matched_pad_makes_the_noise_of_its_loss(temperature):
    """F = 1 + (L - 1) T / T0, best at 50 ohm; its Rn follows from <uu> of an open-circuited pad."""
    k = 10 ** (6 / 20)
    arm, leg = 50 * (k - 1) / (k + 1), 100 * k / (k * k - 1)
    pad = setup(
        Element("r1", ("in", "m"), arm),
        Element("r2", ("m", "0"), leg),
        Element("r3", ("m", "out"), arm),
        temperature=temperature,
    )
    found = FourSources().parameters(pad, Grid("lin", 3, *BAND))
    kelvin = temperature + 273.15
    assert found.f_min == pytest.approx(1 + (k * k - 1) * kelvin / T0, rel=1e-6)
    assert found.gamma_opt == pytest.approx(0.0, abs=1e-6)
    assert FourSources().measure(pad)["nfmin_db"] == pytest.approx(10 * math.log10(found.f_min[0]), abs=1e-6)


def test_a_capacitor_at_the_input_is_tuned_out_by_the_best_source():
    """What the pad wants is 20 mS; behind C it wants 20 mS - j w C, and its minimum is the same."""
    c, omega = 0.5e-12, 2 * math.pi * 2.4e9
    k = 10 ** (6 / 20)
    arm, leg = 50 * (k - 1) / (k + 1), 100 * k / (k * k - 1)
    pad = setup(
        Element("c1", ("in", "0"), c),
        Element("r1", ("in", "m"), arm),
        Element("r2", ("m", "0"), leg),
        Element("r3", ("m", "out"), arm),
    )
    found = FourSources().parameters(pad, Grid("lin", 1, 2.4e9, 2.4e9))
    assert found.y_opt[0] == pytest.approx(0.02 - 1j * omega * c, rel=1e-5)
    assert found.f_min[0] == pytest.approx(1 + (k * k - 1) * 300.15 / T0, rel=1e-6)


def test_a_series_resistor_is_all_noise_voltage():
    """<uu> = 4 k T R and no <ii>: Rn = R T / T0, Fmin = 1 at an open source; Ys from 50 ohm gives F = 1 + Rn / 50."""
    found = FourSources().parameters(setup(Element("r1", ("in", "out"), 20.0)), Grid("lin", 3, *BAND))
    assert found.rn == pytest.approx(20.0 * 300.15 / T0, rel=1e-5)
    assert found.factor(np.full(3, 0.02 + 0j)) == pytest.approx(1 + 20.0 / 50.0 * 300.15 / T0, rel=1e-5)


def test_a_bipolar_stage_follows_its_shot_noise_by_hand():
    """Without reactance: u = Ic shot noise over gm, i = Ib shot noise + u gm / beta.

    With r_b = 0 and beta = 100: <uu> = 2 q Ic / gm^2, <ii> = 2 q Ib + 2 q Ic / beta^2, <ui*> = 2 q Ic / (gm beta), and
    Fmin = 1 + (sqrt(<uu><ii>) + <ui*>) / (2 k T0), Gopt = sqrt(<ii>/<uu>). Source: Gray, Meyer, chapter 11.
    """
    q, beta, vt = 1.602176634e-19, 100.0, BOLTZMANN * 300.15 / 1.602176634e-19
    stage = setup(
        Element("vcc", ("vcc", "0"), 3.0),
        Element("ib", ("vcc", "b"), 10e-6),
        Element("cin", ("in", "b"), 1e-3),
        Element("q1", ("c", "b", "0"), model="hand"),
        Element("lc", ("vcc", "c"), 1.0),
        Element("cout", ("c", "out"), 1e-3),
        Element(".model hand", (), model="npn bf=100 is=1e-16"),
    )
    found = FourSources().parameters(stage, Grid("lin", 1, 1e9, 1e9))
    ic, ib = 1e-3, 10e-6
    gm = ic / vt
    uu, ii, ui = 2 * q * ic / gm**2, 2 * q * ib + 2 * q * ic / beta**2, 2 * q * ic / (gm * beta)
    assert found.rn[0] == pytest.approx(uu / (4 * BOLTZMANN * T0), rel=2e-3)
    assert found.f_min[0] == pytest.approx(1 + (math.sqrt(uu * ii) + ui) / (2 * BOLTZMANN * T0), rel=2e-3)
    assert found.y_opt[0].real == pytest.approx(math.sqrt(ii / uu), rel=5e-3)


def test_noise_parameters_of_an_amplifier_give_its_noise_figure_in_50_ohm():
    """Four benches with other sources against the one `.noise` with the port."""
    sizing = problem()
    for values in draw(sizing.structure.space, 5):
        found = FourSources().parameters(
            sizing.setup(values, sizing.technology.at()), Grid("lin", sizing.bench.band_points, *BAND)
        )
        wanted = sizing.measure(values).metrics["nf_db"]
        assert 10 * np.log10(found.factor(np.full(3, 0.02 + 0j))).max() == pytest.approx(wanted, rel=1e-6)


def test_noise_circles_carry_their_noise_figure():
    found = NoiseParameters(np.array([1.2]), np.array([12.0]), np.array([0.01 - 0.004j]))
    centre, radius = circle(found, 0, 2.0)
    gamma = centre + radius * np.exp(1j * np.linspace(0, 6, 7))
    y = (1 - gamma) / (1 + gamma) / 50.0
    f = 1.2 + 12.0 / y.real * np.abs(y - found.y_opt[0]) ** 2
    assert 10 * np.log10(f) == pytest.approx(2.0, abs=1e-9)


def test_gain_circles_carry_their_available_gain():
    s = np.array([[0.3 + 0.2j, 0.02j], [3.0 - 1.0j, 0.4 - 0.1j]])
    for trace in _gain_circles(s):
        u, v, radius = trace["circle"]
        gain = _available(s, u + 1j * v + radius * np.exp(1j * np.linspace(0.0, 6.0, 50)))
        shown = float(trace["name"].split()[1])
        assert np.nanmax(np.abs(10 * np.log10(gain) - shown)) < 0.051


# The order of costs.


def linear_problem(**goals):
    sizing = problem()
    spec = DesignSpec("costs", {"nf_db": {"objective": "minimize"}, **goals}, sizing.spec.conditions)
    return type(sizing)(sizing.structure, spec, sizing.technology, sizing.engine, sizing.kind)


def test_what_is_costly_is_measured_only_where_what_is_cheap_holds(monkeypatch):
    asked = []
    monkeypatch.setattr(Intercept, "measure", lambda self, setup: asked.append("iip3") or {"iip3_dbm": -30.0})
    monkeypatch.setattr(Compression, "measure", lambda self, setup: asked.append("p1db") or {"p1db_dbm": -20.0})
    (values,) = draw(problem().structure.space, 1)
    costly = {"iip3_dbm": {"min": -10}, "p1db_dbm": {"min": -20}}
    hopeless = linear_problem(gain_db={"min": 90}, **costly).measure(values)
    assert asked == [] and "iip3_dbm" not in hopeless.metrics and hopeless.status == "ok"
    half = linear_problem(gain_db={"min": -90}, **costly).measure(values)
    assert asked == ["iip3"] and "p1db_dbm" not in half.metrics  # -30 misses its limit, and ends it
    assert linear_problem(gain_db={"min": -90}).measure(values).metrics.keys().isdisjoint(costly)


def test_a_measure_that_cannot_be_defended_makes_the_design_invalid(monkeypatch):
    def refuse(self, setup):
        raise NotMeasurable("iip3_dbm: no level")

    monkeypatch.setattr(Intercept, "measure", refuse)
    found = linear_problem(iip3_dbm={"min": -10}).measure(draw(problem().structure.space, 1)[0])
    assert (found.status, found.message) == ("invalid", "iip3_dbm: no level")
