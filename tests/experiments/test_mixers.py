"""The study of mixers: its sweeps on ideal switches, its corner on a closed form, its table and figure."""

import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.mixers import __main__ as study
from genrf.circuits.conversion import Conversion
from tests.circuits.kinds import problem
from tests.circuits.test_mixer import PASSIVE, PORTS, quad

pytestmark = pytest.mark.ngspice


def swept(noise, **changes):
    none = np.zeros(len(study.DRIVES))
    return replace(study.Swept("mixer_passive", 1e-4, noise, none, none, none), **changes)


@pytest.mark.parametrize("corner", [3e4, 1e6])
def test_the_corner_is_where_flicker_is_as_loud_as_all_else(corner):
    """F (1 + corner / f) is twice F there; the floor is that at the highest frequency of the sweep."""
    noise = 10.0 * np.log10(2.0 * (1.0 + corner / study.INTERMEDIATE))
    assert swept(noise).corner == pytest.approx(corner, rel=0.08)  # 13 points, four tenths of a decade apart


def test_a_mixer_without_flicker_has_no_corner():
    assert math.isnan(swept(np.full(len(study.INTERMEDIATE), 4.0)).corner)


def test_ideal_switches_are_as_noisy_at_every_intermediate_frequency(monkeypatch):
    monkeypatch.setattr(study, "INTERMEDIATE", np.array([1e3, 1e6, 120e6]))
    noise = study.noise_over(quad(5.0), PORTS)
    assert np.ptp(noise) < 0.01


def test_switches_without_loss_reach_the_ideal_gain():
    """Into 50 ohm it is 2/pi of the matched voltage, -3.92 dB; into nothing twice that, 2.10 dB."""
    assert study.ideal_gain_db(50.0) == pytest.approx(-3.92, abs=0.01)
    assert study.ideal_gain_db(1e9) == pytest.approx(2.10, abs=0.01)
    found = Conversion(PORTS, 257).measure(quad(1e-3))
    assert found["conversion_gain_db"] == pytest.approx(study.ideal_gain_db(PORTS.load), abs=0.03)


def test_the_conditions_drawn_are_those_of_the_spec():
    ports = problem("mixer_2p4ghz", "mixer_passive").bench.ports
    assert (ports.oscillator.lo_dbm, ports.load) == (study.LO_DBM, study.LOAD)


def test_the_oscillators_power_reaches_the_circuit(monkeypatch):
    """Switches of the process convert better with more, and never better than switches without loss."""
    monkeypatch.setattr(study.MixedIntercept, "measure", lambda self, setup: {"iip3_dbm": 0.0})
    sizing = problem("mixer_2p4ghz", "mixer_passive")
    setup = sizing.setup(PASSIVE, sizing.technology.at())
    less, more = (study.at_drive(setup, sizing.bench.ports, power)[0] for power in (-5.0, 10.0))
    assert less < more < study.ideal_gain_db(study.LOAD)


def test_the_table_has_a_line_for_every_power_and_the_figure_both_circuits(tmp_path):
    one = swept(10.0 * np.log10(2.0 * (1.0 + 1e5 / study.INTERMEDIATE)), intercept=np.full(len(study.DRIVES), math.nan))
    lines = study.rows(one)
    assert len(lines) == len(study.DRIVES) and lines[0][-1] == "none"
    study.save(study.figure([one]), tmp_path / "mixers.svg")
    assert (tmp_path / "mixers.svg").read_text().startswith("<?xml")
