"""The study of power amplifiers: ideal efficiencies, what is read off a drive, and a real amplifier in its figure."""

import numpy as np
import pytest

from experiments.power_amplifiers import __main__ as study
from genrf.circuits.drive import Drive
from tests.circuits.kinds import problem


def driven(points, **metrics):
    return study.Driven("pa_class_a", metrics, points)


@pytest.mark.parametrize(("of", "full", "quarter"), [("A", 50.0, 12.5), ("B", 78.54, 39.27)])
def test_ideal_stages_at_a_quarter_of_their_power(of, full, quarter):
    """Half and pi/4; a quarter of the power halves the swing: a quarter of the efficiency in A, half of it in B."""
    back_off = np.array([0.0, 10 * np.log10(4)])
    assert 100 * study.ideal(back_off, of) == pytest.approx([full, quarter], abs=0.01)


def test_back_off_is_counted_from_the_compression_point():
    """An amplifier of 20 dB and 100 mW: 10 dB below 10 dBm there is 1 mW, of which 0.01 mW came in."""
    points = tuple(Drive(power, power + 20.0, 0.1) for power in np.arange(-25.0, -5.0, 1.0))
    one = driven(points, op1db_dbm=10.0)
    assert one.at(10.0, "gain_db") == pytest.approx(20.0)
    assert 100 * one.at(10.0, "pae") == pytest.approx(0.99, rel=1e-3)


def test_what_lies_beyond_saturation_does_not_count():
    """Where the output falls again its values belong to no back-off."""
    points = (Drive(0.0, 10.0, 0.1), Drive(2.0, 12.0, 0.1), Drive(4.0, 11.0, 0.5))
    assert driven(points, op1db_dbm=11.0).at(-1.0, "dc_w") == pytest.approx(0.1)


@pytest.mark.ngspice
@pytest.mark.parametrize("circuit", study.SIZES)
def test_the_known_designs_keep_the_limits_of_the_spec(circuit):
    sizing = problem("pa_2p4ghz", circuit)
    measured = sizing.measure(study.SIZES[circuit])
    assert measured.status == "ok" and sizing.spec.violation(measured.metrics) <= 0


def test_a_line_for_every_back_off_and_a_figure(tmp_path):
    points = tuple(Drive(power, power + 20.0, 0.1) for power in np.arange(-25.0, -5.0, 1.0))
    one = driven(points, op1db_dbm=10.0, psat_dbm=14.0, pae=0.3)
    lines = study.rows(one)
    assert [line[4] for line in lines] == ["0", "3", "6", "10"] and lines[-1][7:9] == ("5", "25")
    study.save(study.figure([one]), tmp_path / "drive.svg")
    assert (tmp_path / "drive.svg").read_text().startswith("<?xml")
