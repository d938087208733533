"""The substrate pnp and the bench of references against closed forms; the library's bandgaps against their formulas."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.constants import elementary_charge, k

from genrf.api import parts
from genrf.circuits.measure import metrics
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.ramp import StartUp
from genrf.circuits.reference import ReferenceBench, minimum_supply, regulation
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.startup import Damping
from genrf.circuits.topology import variables_of
from genrf.core.errors import ConfigError
from genrf.pipeline.run import design
from tests.circuits.kinds import check_sound, problem
from tests.circuits.ngspice_batch import column, run
from tests.circuits.process import technology

pytestmark = pytest.mark.ngspice
ZERO = 273.15
INSIDE = NgSpiceEngine()
CONDITIONS = {
    "family": "bandgap", "target": "500m", "temperatures": [-40, 125], "supplies": [1.08, 1.32], "band": [10, "1k"],
    "noise_at": "1k", "load": "1p", "ramps": ["1u", "1m"], "duration": "200u",
}  # fmt: skip
BENCH = ReferenceBench.read(CONDITIONS, "test")
BY_HAND = {
    "nf_mirror": 10, "l_mirror": 4e-6, "r_ptat": 21e3, "nf_in": 30, "l_in": 1e-6, "nf_load": 8,
    "l_load": 4e-6, "nf_tail": 8, "l_tail": 2e-6, "c_loop": 5e-12, "nf_watch": 4, "nf_kick": 1, "ratio_start": 40.0,
}  # fmt: skip
BANBA = {**BY_HAND, "ratio_ctat": 10.0, "ratio_out": 4.19, "nf_watch": 3}
DIVIDED = {**BY_HAND, "nf_diode": 10, "ratio_up": 10.0, "ratio_down": 7.14}


# The transistor of generic130


def emitter_voltage(current, emitters=1, temperature="temp -40 125 15"):
    """Temperatures in degrees Celsius and the voltage of a diode-connected pnp."""
    lines = [f"i1 0 e {current}", f"q1 0 0 e vpnp m={emitters}"]
    table = column(run(lines, [f"dc {temperature}", "print v(e)"], technology().at().models))
    return table[:, 0], table[:, 1]


def closed_form(current, celsius):
    """Solved for V of I_E = I_S(T) (1 + 1/B(T)) exp(V/V_T), and what the emitter's and base's resistances drop.

    I_S(T) as in Tsividis, IEEE J. Solid-State Circuits 15 (1980) 1076, with the constants of the card.
    """
    t, t0 = celsius + ZERO, 27.0 + ZERO
    thermal, beta = k * t / elementary_charge, 6.0 * (t / t0) ** 1.7
    saturation = 1.5e-17 * (t / t0) ** 4.3 * np.exp(1.14 / thermal * (t / t0 - 1.0))
    resistive = current * (10.0 + 150.0 / (1.0 + beta))
    return thermal * np.log(current / (saturation * (1.0 + 1.0 / beta))) + resistive


def test_emitter_voltage_is_the_closed_form_and_of_the_published_size():
    celsius, found = emitter_voltage(10e-6)
    assert found == pytest.approx(closed_form(10e-6, celsius), abs=2e-4)
    assert 0.68 < np.interp(27.0, celsius, found) < 0.72
    assert -2.0e-3 < np.polyfit(celsius, found, 1)[0] < -1.6e-3  # V/K


def test_difference_of_two_densities_is_proportional_to_absolute_temperature():
    celsius, one = emitter_voltage(1e-6)
    _, many = emitter_voltage(1e-6, emitters=8)
    slope = k / elementary_charge * np.log(8.0)  # 179.2 uV/K
    assert np.polyfit(celsius, one - many, 1)[0] == pytest.approx(slope, rel=5e-3)
    assert one - many == pytest.approx(slope * (celsius + ZERO), rel=5e-3)


def test_dies_differ_by_the_matching_of_the_emitters():
    sizing, spread = problem("bandgap", "bandgap_divided"), []
    for number in range(200):
        drawn = technology().drawn(lambda name, number=number: np.random.default_rng([number, len(name)]).normal())
        elements = {element.name: element for element in sizing.elements(DIVIDED, drawn)}
        spread.append(elements["qq2"].parameters["area"])
    assert np.std(spread) == pytest.approx(1e-8 / np.sqrt(2 * 8 * 25e-12), rel=0.15)


# The bench


def measured(*elements, engine=INSIDE):
    testbench = BENCH.testbench(Netlist(elements), 1.2, {}, 27.0)
    return metrics(engine.simulate(testbench), BENCH.measures)


@pytest.mark.parametrize("engine", [NgSpiceEngine(), NgSpiceBatchEngine(60.0)])
def test_box_method_on_a_parabola(engine):
    """V = 0.5 (1 - 1e-6/K^2 (t - 35)^2), at its top at 35 degrees and lowest at 125, where it lacks 0.81 %."""
    law = "v=0.5*(1-1e-6*(temper-35)*(temper-35))"
    found = measured(Element("rs", ("vdd", "0"), 1e5), Element("bref", ("out", "0"), flags=law), engine=engine)
    mean = 1.0 - 1e-6 * np.mean((np.linspace(-40.0, 125.0, 12) - 35.0) ** 2)
    assert found["tc_ppm_k"] == pytest.approx(1e6 * 0.0081 / mean / 165.0, rel=1e-4)
    assert found["vref_error"] == pytest.approx(6.4e-5, rel=1e-3)  # 8 K from the top
    assert found["line_regulation_v_v"] == pytest.approx(0.0, abs=1e-9)
    assert found["supply_current_a"] == pytest.approx(12e-6, rel=1e-6)


def test_a_resistive_divider_regulates_nothing():
    upper, lower = 140e3, 100e3
    found = measured(Element("ru", ("vdd", "out"), upper), Element("rl", ("out", "0"), lower))
    share, parallel = lower / (upper + lower), upper * lower / (upper + lower)
    assert found["vref_v"] == pytest.approx(0.5) and found["tc_ppm_k"] == pytest.approx(0.0, abs=1e-3)
    assert found["line_regulation_v_v"] == pytest.approx(share, rel=1e-6)
    assert found["psrr_db"] == pytest.approx(-20 * np.log10(share), abs=1e-6)
    assert found["noise_v_rthz"] == pytest.approx(np.sqrt(4 * k * 300.15 * parallel), rel=1e-4)
    assert found["minimum_supply_v"] == pytest.approx(1.32 * 1.1)  # a tenth too high at 1.32 V


def test_minimum_supply_is_where_the_curve_enters_for_good():
    grid = np.array([0.0, 0.5, 1.0, 1.5])
    left = np.array([0.0, 0.5, 0.4, 0.5])
    assert minimum_supply(left, grid, 0.5, 0.02) == pytest.approx(1.45)  # 0.49 V between 0.4 and 0.5
    assert minimum_supply(np.zeros(4), grid, 0.5) == pytest.approx(3.0)  # never: the sweep's end, twice


def test_a_curve_without_current_below_a_lucky_operating_point_is_not_flat():
    grid = np.linspace(0.0, 1.32, 45)
    assert regulation({"out": np.array([0.5])}, {"out": np.zeros(45)}, grid, (1.08, 1.32)) == pytest.approx(0.5 / 0.24)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": None}, "condition 'target' is missing, for example `target: 500m`"),
        ({"temperatures": [125, -40]}, r"temperatures must rise from above -273.15, got 125 to -40 \(swapped"),
        ({"supplies": 1.2}, r"condition 'supplies' must be \[low, high\], for example `supplies: \[1.08, 1.32\]`"),
        ({"ramp": ["1u", "1m"]}, "unknown condition 'ramp'; did you mean 'ramps'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        ReferenceBench.read({**CONDITIONS, **change}, "test")


def test_damping_of_a_series_resonance():
    """R / 2 sqrt(C / L), the load being part of C."""
    resistance, inductance, capacitance = 20.0, 1e-6, 100e-12
    elements = (
        Element("vsupply", ("vdd", "0"), 1.2, flags="ac 1"), Element("r1", ("vdd", "a"), resistance),
        Element("l1", ("a", "out"), inductance), Element("c1", ("out", "0"), capacitance - 1e-12),
    )  # fmt: skip
    setup = Setup(Netlist(elements), 27.0, (1e6, 1e8), INSIDE)
    expected = resistance / 2.0 * np.sqrt(capacitance / inductance)
    assert Damping(1e-12).measure(setup)["damping"] == pytest.approx(expected, rel=1e-3)


# Start-up


def started(*elements, ramp=1e-6, duration=200e-6):
    supply = Element("vsupply", ("vdd", "0"), 1.2, flags="ac 1")
    setup = Setup(Netlist((*elements, supply)), 27.0, (1.0, 2.0), NgSpiceEngine())
    return StartUp(0.5, 1e-12, (27.0,), (ramp,), duration).measure(setup)["startup_s"]


@pytest.mark.parametrize("ramp", [1e-6, 1e-4])
def test_a_low_pass_settles_after_the_ramp(ramp):
    """At the ramp's end x = tau / ramp (1 - exp(-ramp / tau)) is missing; a hundredth is tau ln(100 x) later."""
    upper, lower, load = 140e3, 100e3, 299e-12
    tau = upper * lower / (upper + lower) * 300e-12
    divider = (Element("ru", ("vdd", "out"), upper), Element("rl", ("out", "0"), lower))
    found = started(*divider, Element("cl", ("out", "0"), load), ramp=ramp)
    lacks = tau / ramp * -np.expm1(-ramp / tau)
    assert found == pytest.approx(tau * np.log(100.0 * lacks), abs=(ramp + 200e-6) / 1000 + 0.01 * tau)


def test_a_divider_of_another_target_does_not_come_up():
    with pytest.raises(NotMeasurable, match="reference ends at 0.6 V, not 0.5 V"):
        started(Element("ru", ("vdd", "out"), 1e5), Element("rl", ("out", "0"), 1e5))


def without(sizing, *names):
    """The circuit with some devices left out, so that nothing draws their variables."""
    structure = sizing.structure
    kept = tuple(device for device in structure.devices if device.name not in names)
    drawn = variables_of(value for device in kept for value in device.drawn.values())
    space = replace(structure.space, variables=tuple(v for v in structure.space.variables if v.name in drawn))
    return replace(sizing, structure=replace(structure, devices=kept, space=space))


def test_a_design_measures_the_same_after_some_whose_sweeps_had_to_be_helped():
    """ngspice 39 keeps something of a sweep that fell back on stepping: 116 ppm/K became 1,034 after those."""
    sizing = problem("bandgap", "bandgap_divided")
    helped = {
        "nf_mirror": 45, "l_mirror": 1.03952551e-06, "r_ptat": 16188.3178, "nf_diode": 15, "ratio_up": 11.2092742,
        "ratio_down": 7.8697411, "nf_in": 72, "l_in": 1.80379743e-06, "nf_load": 10, "l_load": 4.07954838e-06,
        "nf_tail": 8, "l_tail": 6.28573381e-06, "c_loop": 1.26328051e-11, "nf_watch": 16, "nf_kick": 1,
    }  # fmt: skip
    wanted = {
        "nf_mirror": 13, "l_mirror": 5.2995e-6, "r_ptat": 18589.0, "nf_diode": 57, "ratio_up": 9.2484,
        "ratio_down": 6.8524, "nf_in": 14, "l_in": 3.4637e-6, "nf_load": 30, "l_load": 3.4757e-6, "nf_tail": 11,
        "l_tail": 1.0153e-6, "c_loop": 3.4759e-13, "ratio_start": 26.078, "nf_watch": 6, "nf_kick": 1,
    }  # fmt: skip
    before = sizing.measure(wanted).metrics
    for share in (1.0, 1.0, 0.999, 0.998):
        sizing.measure({**helped, "ratio_start": 25.4231746 * share})
    assert sizing.measure(wanted).metrics == before


# The library


@pytest.mark.parametrize("name", ["bandgap_banba", "bandgap_divided"])
def test_library_circuits_are_sound(name):
    check_sound(problem("bandgap", name))


def bandgap(current, up):
    """V_BE + `up` V_T ln 8 at 27 degrees: what a core of 8 emitters against one adds up to, before it is divided."""
    return closed_form(current, 27.0) + up * k * 300.15 / elementary_charge * np.log(8.0)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("bandgap_banba", BANBA, 0.419 * bandgap(2.6e-6, 10.0)),
        ("bandgap_divided", DIVIDED, 7.14 / 17.14 * bandgap(1.7e-6, 10.0)),
    ],
)
def test_a_design_by_hand_follows_its_formula(name, values, expected):
    found = problem("bandgap", name).measure(values)
    assert found.status == "ok", found.message
    assert found.metrics["vref_v"] == pytest.approx(expected, rel=0.01)
    assert 5.0 < found.metrics["tc_ppm_k"] < 200.0  # a bandgap of first order is curved: 10 to 20 at its best


def test_the_divided_bandgap_starts_and_does_not_without_its_starter():
    sizing = problem("bandgap", "bandgap_divided")
    whole = sizing.bench.startup.measure(sizing.setup(DIVIDED, sizing.technology.at()))
    assert 0.0 <= whole["startup_s"] < 20e-6
    bare = without(sizing, "mk", "mw", "rstart")
    with pytest.raises(NotMeasurable, match="startup_s: .* the reference ends at"):
        bare.bench.startup.measure(bare.setup(DIVIDED, bare.technology.at()))


@pytest.mark.slow
def test_a_small_search_finds_designs_that_keep_every_limit(tmp_path):
    made = parts("spec=bandgap", "budget=1000", "samples=300", "front=2", "designs=1", "dies=20", "cache=none")
    outcome = design(made, tmp_path)
    assert outcome.front and all(row.feasible for row in outcome.front)
    assert all(check.passed for check in outcome.checks)
