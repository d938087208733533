"""Differential amplifiers: against their half circuits, scikit-rf's mixed modes, and closed forms."""

import math
from dataclasses import replace

import numpy as np
import pytest
import skrf

from genrf.circuits.balun import balun, single_ended
from genrf.circuits.differential import DifferentialBench
from genrf.circuits.export.spice import Spice
from genrf.circuits.export.touchstone import Touchstone
from genrf.circuits.halves import both
from genrf.circuits.measure import T0, Z0, metrics, noise_figure, scattering
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.noise_parameters import FourSources
from genrf.circuits.procedure import Setup
from genrf.circuits.rules.connections import connections
from genrf.circuits.rules.stability import stability
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Grid, Sp, Testbench
from genrf.core.problem import Design
from tests.circuits import process
from tests.circuits.kinds import check_sound, problem

pytestmark = pytest.mark.ngspice
LIBRARY = [f"lna_differential_{name}" for name in ("cascode", "common_gate", "shunt_feedback")]
BENCH = DifferentialBench.read({"band": ["2G", "3G"], "stability": ["100M", "10G"]}, "mine")
HALF = {
    **{"nf_1": 100.0, "nf_2": 60.0, "w_finger": 2e-6, "c_gs": 150e-15, "n_source": 1.5, "d_source": 80e-6},
    **{"l_gate": 10e-9, "i_bias": 200e-6, "n_load": 3.5, "d_load": 120e-6, "r_load": 1e3, "c_load": 200e-15},
    "c_out": 300e-15,
}

COUPLED = {
    **{"nf_1": 60.0, "nf_2": 44.0, "w_finger": 2e-6, "n_source": 5.0, "d_source": 150e-6, "i_bias": 150e-6},
    **{"n_load": 4.0, "d_load": 100e-6, "r_load": 632.0, "c_load": 200e-15, "c_out": 500e-15},
}

FEEDBACK = {
    **{"nf_1": 123.0, "nf_2": 129.0, "w_finger": 2.98e-6, "nf_tail": 127.0, "r_up": 13.5e3, "l_gate": 4.5e-9},
    **{"i_bias": 0.5e-3, "n_load": 4.79, "d_load": 96.8e-6, "r_load": 4.4e3, "c_load": 23.7e-15, "c_out": 1.44e-12},
    **{"r_feedback": 1.82e3, "c_feedback": 0.66e-12},
}


def simulate(*elements, temperature=27.0):
    """All that the bench measures of some elements."""
    quiet = Element("rquiet", ("vdd", "0"), 1e3)
    bench = BENCH.testbench(Netlist((*elements, quiet)), 1.2, {}, temperature)
    return NgSpiceEngine().simulate(bench)


def measured(*elements, temperature=27.0):
    return metrics(simulate(*elements, temperature=temperature), BENCH.measures)


def doubled():
    """The cascode of one input twice, each with a mirror of its own."""
    half = process.problem("lna_cascode")
    structure = replace(
        half.structure,
        devices=both(half.structure.devices),
        signals=("inp", "inn", "outp", "outn"),
        references={"biasp": "i_bias", "biasn": "i_bias"},
    )
    return half, replace(half, structure=structure, kind=DifferentialBench)


def test_two_half_circuits_are_measured_as_one_of_them():
    """In 100 ohm between the sides each half sees 50 ohm: the same in either mode, and twice the power."""
    half, twice = (sizing.measure(HALF).metrics for sizing in doubled())
    for name in ("gain_db", "s11_db", "s22_db", "s12_db", "nf_db", "k_factor", "mu"):
        assert twice[name] == pytest.approx(half[name], rel=1e-5, abs=1e-5), name
    assert twice["k_common"] == pytest.approx(half["k_factor"], rel=1e-5)
    assert twice["mu_common"] == pytest.approx(half["mu"], rel=1e-5)
    assert twice["cmrr_db"] == pytest.approx(0.0, abs=1e-5)
    assert twice["power_w"] == pytest.approx(2 * half["power_w"], rel=1e-6)


@pytest.mark.parametrize(
    ("number", "same", "moved"),
    [
        (0, ("nfmin_db", "rn_ohm"), ()),
        (1, (), ("iip3_dbm", "oip3_dbm")),
        pytest.param(2, (), ("p1db_dbm", "op1db_dbm"), marks=pytest.mark.slow),
    ],
)
def test_costly_measures_see_two_half_circuits_too(number, same, moved):
    """Each half gets half of the power: intercept and compression lie 3.01 dB higher."""
    half, twice = (
        sizing.bench.procedures[number].measure(sizing.setup(HALF, sizing.technology.at())) for sizing in doubled()
    )
    for name in same:
        assert twice[name] == pytest.approx(half[name], rel=1e-4), name
    for name in moved:
        assert twice[name] == pytest.approx(half[name] + 10 * math.log10(2), abs=0.03), name


UNEQUAL = (
    Element("r1", ("inp", "a"), 30.0), Element("r2", ("inn", "b"), 70.0), Element("rab", ("a", "b"), 120.0),
    Element("ga", ("outp", "0", "a", "tail"), 0.03), Element("gb", ("outn", "0", "b", "tail"), 0.02),
    Element("rt", ("tail", "0"), 200.0), Element("ca", ("a", "outp"), 0.2e-12), Element("cb", ("b", "outp"), 0.1e-12),
    Element("ro1", ("outp", "0"), 80.0), Element("ro2", ("outn", "0"), 150.0), Element("rtail", ("tail", "a"), 1e3),
)  # fmt: skip


def test_the_baluns_make_the_mixed_modes_of_scikit_rf():
    """An uneven four-port: difference, common mode and all conversions between them, and the way back."""
    grid = Grid("lin", 3, 1e9, 3e9)
    ports = [
        Element(f"v{net}", (net, "0"), flags=f"dc 0 ac 1 portnum {number} z0 50")
        for number, net in enumerate(("inp", "outp", "inn", "outn"), 1)
    ]
    bench = Testbench(Netlist((*UNEQUAL, *ports)), {"sp": Sp(grid, ports=4)}, 27.0)
    plain = scattering(NgSpiceEngine().simulate(bench)["sp"], (1, 2, 3, 4))
    network = skrf.Network(f=grid.frequencies(), s=plain[:, [[0], [2], [1], [3]], [0, 2, 1, 3]], z0=Z0, f_unit="hz")
    network.se2gmm(2)
    modal = [Element(f"v{net}", (net, "0"), flags=f"dc 0 ac 1 portnum {number} z0 50")
             for number, net in enumerate(("in", "out", "inc", "outc"), 1)]  # fmt: skip
    between = Netlist((*UNEQUAL, *balun("in"), *balun("out"), *modal))
    mixed = scattering(
        NgSpiceEngine().simulate(Testbench(between, {"sp": Sp(grid, ports=4)}, 27.0))["sp"], (1, 2, 3, 4)
    )
    np.testing.assert_allclose(mixed, network.s, atol=1e-9)
    np.testing.assert_allclose(single_ended(mixed), plain, atol=1e-9)


@pytest.mark.parametrize(("gm", "tail"), [(10e-3, 1e3), (40e-3, 200.0)])
def test_rejection_of_a_pair_on_a_tail_resistor(gm, tail):
    """A_d / A_cm = 1 + 2 gm R (Razavi, Design of Analog CMOS Integrated Circuits, 2nd ed., section 4.3)."""
    halves = [
        element
        for side in "pn"
        for element in (
            Element(f"rin{side}", (f"in{side}", "0"), 50.0),
            Element(f"gm{side}", (f"out{side}", "tail", f"in{side}", "tail"), gm),
            Element(f"rout{side}", (f"out{side}", "0"), 100.0),
        )
    ]
    found = measured(*halves, Element("rtail", ("tail", "0"), tail))
    assert found["cmrr_db"] == pytest.approx(20 * math.log10(1 + 2 * gm * tail), abs=1e-6)
    assert found["gain_db"] == pytest.approx(
        20 * math.log10(gm * 100 * 50 / 150), abs=1e-6
    )  # half of the emf at a gate


@pytest.mark.parametrize("temperature", [27.0, 85.0])
def test_noise_of_a_resistor_between_the_sides(temperature):
    """F = 1 + (Rs / R) T / T0 with 100 ohm between the sides as Rs; what follows makes no noise."""
    stage = [Element(f"gm{side}", (f"out{side}", "0", f"in{side}", "0"), 0.1) for side in "pn"]
    found = measured(*stage, Element("rin", ("inp", "inn"), 150.0), temperature=temperature)
    assert found["nf_db"] == pytest.approx(10 * math.log10(1 + 100 / 150 * (temperature + 273.15) / T0), abs=1e-4)


def test_the_common_modes_own_source_adds_no_noise_where_sides_are_unequal():
    """Noise parameters see resistors at the common mode, the noise figure ports: both without noise, or they differ."""
    noise = simulate(*UNEQUAL)["noise"]["inoise_spectrum"]
    powered = BENCH.powered(Netlist((*UNEQUAL, Element("rquiet", ("vdd", "0"), 1e3))), 1.2, {})
    found = FourSources().parameters(Setup(powered, 27.0, BENCH.band, NgSpiceEngine()), Grid("lin", 3, 2e9, 3e9))
    wanted = 10 * np.log10(found.factor(np.full(3, 1 / Z0)))
    np.testing.assert_allclose(noise_figure(noise), wanted, atol=1e-3)


def test_a_common_mode_that_would_oscillate_is_seen_where_the_difference_is_stable():
    """A negative resistance where the halves meet: ground to the difference, gain to the common mode."""
    pads = [Element(f"r{port}{side}", (f"{port}{side}", "middle"), 60.0) for port in ("in", "out") for side in "pn"]
    found = measured(*pads, Element("gnegative", ("middle", "0", "middle", "0"), -0.05))
    assert found["mu"] > 1.0 and found["mu_common"] < 1.0


@pytest.mark.parametrize("name", LIBRARY)
def test_each_circuit_is_electrically_sound_and_stays_within_the_process(name):
    check_sound(problem("lna_2p4ghz_differential", name))


def test_the_coupled_gates_do_what_their_paper_claims():
    """Zhuo et al. 2005: coupling lowers the noise of the same transistors, and takes the common mode's gain away."""
    sizing = problem("lna_2p4ghz_differential", "lna_differential_common_gate")
    weak, strong = (sizing.measure({**COUPLED, "c_cross": c}).metrics for c in (0.5e-12, 8e-12))
    assert strong["nf_db"] < weak["nf_db"] - 0.2 and strong["gain_db"] > weak["gain_db"]
    assert strong["cmrr_db"] > weak["cmrr_db"] + 1.0


@pytest.fixture(scope="module")
def design():
    sizing = problem("lna_2p4ghz_differential", "lna_differential_shunt_feedback")
    verified, surveyed = sizing.verify(FEEDBACK), sizing.survey(FEEDBACK)
    return Design("000001", sizing, FEEDBACK, verified.metrics, 1, surveyed.curves)


def test_a_pair_with_feedback_meets_the_spec_and_every_file_reads_back(design, tmp_path):
    assert design.problem.spec.violation(design.metrics) == 0, design.metrics
    for exporter in (Spice(), Touchstone()):
        checks = exporter.check(exporter.export(design, tmp_path), design)
        assert checks and all(check.passed for check in checks), checks


def test_the_touchstone_file_holds_the_circuits_own_four_ports(design, tmp_path):
    """scikit-rf makes the mixed modes of the file, whose ports are inp, outp, inn, outn."""
    (path,) = Touchstone().export(design, tmp_path)
    network = skrf.Network(str(path))
    network.renumber([0, 1, 2, 3], [0, 2, 1, 3])
    network.se2gmm(2)
    np.testing.assert_allclose(network.s, scattering(design.curves["wide"], (1, 2, 3, 4)), atol=1e-7)


def test_nothing_of_a_bench_with_baluns_is_loose(design):
    assert connections(design.problem.testbench(FEEDBACK).netlist) == []


def test_the_common_mode_is_drawn_and_judged(design):
    panel = design.problem.panels([design])[-1]
    solid, dashed, rejection, _ = panel.figure["data"]
    np.testing.assert_allclose(solid["y"] - dashed["y"], rejection["y"])
    assert rejection["y"].max() > 15 and design.problem.panels([replace(design, curves=None)]) == []
    frequency = design.problem.bench.survey().amplifier.sweep().frequencies()
    active = {**design.curves["wide"], "S_3_3": 1.2 + 0 * design.curves["wide"]["S_3_3"]}
    said = [finding.what for finding in stability(frequency, active, design.problem.bench.band, "error")]
    assert said and all("of the common mode" in what for what in said)
