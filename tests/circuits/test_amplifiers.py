"""The low-noise amplifiers: what their papers claim of them, and that each spec can be met."""

from itertools import pairwise

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.checks import faults
from genrf.circuits.netlist import Element
from genrf.circuits.testbench import Ac, Grid
from genrf.core.errors import ConfigError
from genrf.pipeline.run import design, problems_of
from tests.circuits.pdk import ROOT, needs_pdk
from tests.circuits.process import TUNED, WIDEBAND, beyond_the_process, draw, problem

pytestmark = pytest.mark.ngspice
PORTS = (Element("rs", ("in", "0"), 50.0), Element("rl", ("out", "0"), 50.0))
COMMON_GATE = {
    **{"nf_1": 40, "nf_3": 20, "nf_4": 75, "nf_follower": 40, "nf_sink": 40, "w_finger": 2e-6, "i_bias": 300e-6},
    **{"n_source": 6, "d_source": 250e-6, "n_first": 1, "d_first": 30e-6, "r_first": 200, "n_load": 1},
    **{"d_load": 30e-6, "r_load": 100},
}
FEEDBACK = {
    **{"nf_n": 40, "nf_p": 80, "nf_follower": 10, "w_finger": 2e-6, "n_gate": 1, "d_gate": 30e-6, "c_couple": 3e-12},
    **{"r_feedback": 80, "i_bias": 500e-6},
}


def output(sizing, values, nets):
    """The complex voltage at the output for an ampere from one net to the other at 1 GHz, 50 ohm at both ports."""
    source = Element("itest", nets, 0.0, flags="ac 1")
    setup = sizing.setup(values, sizing.technology.at())
    analysis = Ac(("out",), Grid("lin", 1, 1e9, 1e9))
    return setup.simulate((*PORTS, source), {"ac": analysis})["ac"]["out"][0]


@pytest.mark.parametrize(
    ("name", "values", "noise", "canceller"),
    [
        ("lna_noise_cancelling", COMMON_GATE, ("first", "source"), "nf_2"),
        ("lna_noise_cancelling_feedback", FEEDBACK, ("drain", "0"), "nf_sink"),
    ],
)
def test_the_matching_transistors_noise_goes_through_zero_while_the_signal_grows(name, values, noise, canceller):
    """Bruccoleri et al. 2004: its share of the output falls with the canceller, vanishes, and changes sign."""
    sizing = problem(name)
    shares, signals = [], []
    for fingers in (10, 40, 80, 150):
        sized = {**values, canceller: fingers}
        signals.append(output(sizing, sized, ("0", "in")))
        shares.append((output(sizing, sized, noise) / signals[-1]).real)
    assert all(abs(a) < abs(b) for a, b in pairwise(signals))
    assert all((a - b) * np.sign(shares[0]) > 0 for a, b in pairwise(shares))
    assert shares[0] * shares[-1] < 0


def test_noise_cancelling_beats_its_own_circuit_without_the_canceller():
    """The common-source transistor cancels and adds signal: with ten fingers of it the noise figure is 1 dB higher."""
    sizing = problem("lna_noise_cancelling")
    few, many = (sizing.measure({**COMMON_GATE, "nf_2": n}).metrics["nf_db"] for n in (10, 113))
    assert many < few - 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "circuits", "budget"),
    [
        ("lna_900mhz", TUNED, 2500),
        ("lna_5p8ghz", TUNED, 2500),
        ("lna_5p8ghz", ("lna_cascode",), 1200),
        ("lna_wideband", WIDEBAND, 1800),
        ("lna_2p4ghz_differential", ("lna_differential_cascode",), 2400),
        ("lna_2p4ghz_differential", ("lna_differential_shunt_feedback",), 900),
        *(("lna_uwb", (name,), 1300) for name in ("lna_noise_cancelling", "lna_shunt_feedback_wideband")),
    ],
)
def test_a_small_run_meets_the_spec(spec, circuits, budget, tmp_path):
    outcome = searched(spec, tmp_path, f"budget={budget}", f"model.only=[{','.join(circuits)}]", "workers=1", "front=4")
    assert len(outcome.front) and outcome.designs[0].problem.spec.name == spec


def searched(spec, folder, *settings):
    """A search without the intercept point, which takes minutes: experiments/low_noise_amplifiers searches with it."""
    without = ["~spec.goals.iip3_dbm"] if "iip3_dbm" in parts(f"spec={spec}").spec.goals else []
    return design(parts(f"spec={spec}", *without, *settings, "designs=1", "exporter=[touchstone]"), folder)


@pytest.fixture
def pdk_root(monkeypatch):
    monkeypatch.setenv("PDK_ROOT", str(ROOT))


@needs_pdk
@pytest.mark.usefixtures("pdk_root")
def test_the_28_ghz_amplifier_is_sound_has_nothing_off_chip_and_can_be_measured():
    (sizing,) = problems_of(parts("spec=lna_28ghz"), np.random.default_rng(0))
    structure = sizing.structure
    assert faults(structure, sizing.technology) == []
    assert not [device.kind for device in structure.devices if "off_chip" in device.kind]
    assert [sizing.measure(values).status for values in draw(structure.space, 20)].count("ok") >= 19
    assert beyond_the_process(sizing) == []


def test_a_process_without_pads_for_millimetre_waves_is_named():
    with pytest.raises(ConfigError, match="technology 'generic130' has no device 'pad_rf'"):
        problems_of(parts("spec=lna_28ghz", "tech=generic130"), np.random.default_rng(0))


@needs_pdk
@pytest.mark.slow
@pytest.mark.usefixtures("pdk_root")
def test_a_small_run_meets_the_28_ghz_spec(tmp_path):
    # in this process: the server that workers come from may have begun before PDK_ROOT was set
    outcome = searched("lna_28ghz", tmp_path, "budget=1100", "workers=0", "front=2")
    (design,) = outcome.designs
    assert design.problem.technology.name == "ihp_sg13g2" and design.metrics["nf_db"] <= 3
