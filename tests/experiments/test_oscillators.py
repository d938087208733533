"""The study of oscillators: the Q of a tank and the limits in closed form, and what noise is put down to."""

import numpy as np
import pytest

from experiments.fronts import save
from experiments.oscillators import __main__ as study
from experiments.oscillators import tank as theory
from tests.circuits import oscillators

pytestmark = pytest.mark.ngspice


def test_the_quality_of_a_parallel_resonator():
    """R / (w L), which the reference resonator is made for; 1 mohm to ground does not count."""
    assert theory.quality(oscillators.tank(), ("p", "n")) == pytest.approx(oscillators.Q, rel=1e-3)


def test_the_limits_by_hand():
    """-174 dBm/Hz at 290 K is -173.83 at 27 degrees; 2 Q^2 (2/pi) / (5/3) of Q 10 is 18.83 dB, 7.33 is 8.65 dB."""
    assert theory.lc_limit_db(10.0) == pytest.approx(173.83 + 18.83, abs=0.01)
    assert theory.lc_limit_db(20.0) - theory.lc_limit_db(10.0) == pytest.approx(6.02, abs=0.01)
    assert theory.ring_limit_db() == pytest.approx(173.83 - 8.65, abs=0.01)


@pytest.fixture(scope="module")
def looked_at():
    sizing = oscillators.problem("vco_cross_coupled")
    return study.looked_at("LC 1", sizing, oscillators.SIZES["vco_cross_coupled"])


def test_all_noise_of_an_oscillator_has_a_role_and_no_limit_is_passed(looked_at):
    assert set(looked_at.shares) == {"tank", "pair", "tail source", "bias mirror"}
    assert 5.0 < looked_at.quality < 20.0 and looked_at.merit < looked_at.limit


def test_the_noise_is_that_of_the_bench(looked_at):
    """What is shown by role adds up to the phase noise that a user's run reports."""
    sizing = oscillators.problem("vco_cross_coupled")
    bench = sizing.bench
    setup = sizing.setup(oscillators.SIZES["vco_cross_coupled"], sizing.technology.at())
    wanted = study.PhaseNoise(bench.oscillation, study.OFFSET_HZ).measure(setup)
    assert looked_at.level == pytest.approx(wanted["phase_noise_dbc_hz"], abs=1e-6)
    corner = study.OFFSET_HZ * looked_at.flicker / looked_at.white
    assert corner == pytest.approx(wanted["flicker_corner_hz"], rel=1e-6)


def test_dividing_the_frequency_by_two_takes_6_db():
    found = study.Found("ring", 2.5e9, 1e-3, {"inverters": (1e-10, 0.0)})
    assert found.level == pytest.approx(-100.0)
    assert found.scaled == pytest.approx(-100.0 + 20 * np.log10(2.0))
    assert found.merit == pytest.approx(100.0 + 20 * np.log10(2500.0))


def test_the_figure_draws_both_and_the_table_names_the_loudest(tmp_path, looked_at):
    ring = study.Found("ring x 1", 3e9, 6e-3, {"inverters": (1e-9, 4e-9), "bias mirror": (0.0, 1e-9)})
    assert "inverters 83 %, bias mirror 17 %" in study.row(ring)
    save(study.figure([looked_at], [ring]), tmp_path / "oscillators.svg")
    assert (tmp_path / "oscillators.svg").read_text().startswith("<?xml")
