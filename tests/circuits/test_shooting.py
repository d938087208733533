"""Orbits found by shooting, against closed forms of circuits that creep for thousands of periods."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ive

from genrf.circuits import shooting
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.shooting import orbit
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine

pytestmark = pytest.mark.ngspice

F0, THERMAL, SATURATION = 1e9, 0.026, 1e-14
DRIVE = (Element("vdrive", ("in", "0"), flags=f"dc 0 sin(0 0.8 {F0!r})"),)


def setup(*elements, engine=None):
    return Setup(Netlist(elements), 27.0, (F0, F0), engine or NgSpiceEngine())


def detector(ohms=1e6, farad=10e-12):
    """An exponential diode, a coil against the ripple of its current, a capacitor, a load: 10,000 periods long."""
    return (
        Element("bdiode", ("in", "a"), flags=f"i={SATURATION!r}*(exp((v(in)-v(a))/{THERMAL!r})-1)"),
        Element("cfast", ("a", "0"), farad),
        Element("lseries", ("a", "out"), 10e-9),
        Element("cslow", ("out", "0"), farad),
        Element("rload", ("out", "0"), ohms),
    )


def detected(ohms):
    """Mean current of the diode and the load's: I_S (exp(-V/V_T) I_0(A/V_T) - 1) = V/R, without ripple.

    The mean of an exponential of a cosine is I_0: Abramowitz, Stegun, Handbook of Mathematical Functions, 9.6.16.
    """

    def excess(volts):
        mean = ive(0, 0.8 / THERMAL) * math.exp((0.8 - volts) / THERMAL)
        return SATURATION * (mean - 1) - volts / ohms

    return brentq(excess, 0.0, 0.8)


@pytest.mark.parametrize("engine", [NgSpiceEngine(), NgSpiceBatchEngine(60.0)], ids=["library", "batch"])
def test_a_peak_detector_is_at_the_end_of_its_ten_thousand_periods(engine):
    found = orbit(setup(*detector(), engine=engine), DRIVE, F0, 33)
    assert np.mean(found.waves["out"]) == pytest.approx(detected(1e6), abs=1e-5)
    assert np.ptp(found.waves["out"]) < 1e-4
    assert np.mean(found.waves["lseries#branch"]) == pytest.approx(np.mean(found.waves["out"]) / 1e6, rel=1e-2)


def test_of_a_linear_circuit_the_first_change_is_the_whole_way(monkeypatch):
    """1 uH between two resistors of 1 ohm, 500 periods: half of the mean of half a sine, A / pi."""
    monkeypatch.setattr(shooting, "_SMALL", math.inf)
    found = orbit(
        setup(
            Element("bhalf", ("0", "x"), flags="i=(v(in)+abs(v(in)))/2"),
            Element("rx", ("x", "0"), 1.0),
            Element("cx", ("x", "0"), 1e-15),
            Element("lslow", ("x", "y"), 1e-6),
            Element("ry", ("y", "0"), 1.0),
        ),
        DRIVE, F0, 33,
    )  # fmt: skip
    assert np.mean(found.waves["lslow#branch"]) == pytest.approx(0.8 / math.pi / 2.0, rel=5e-3)


def test_its_state_is_where_a_transient_from_it_returns_to():
    around = orbit(setup(*detector()), DRIVE, F0, 33)
    wave = shooting._period(setup(*detector()), DRIVE, tuple(around.waves), F0, 50, 100, around.state)
    assert wave(0.0) == pytest.approx(list(around.state.values()), abs=2e-5)


def test_two_frequencies_that_never_meet_are_not_called_an_orbit(monkeypatch):
    """An oscillator of its own, 1.13 GHz, coupled to the drive as weakly as may be."""
    monkeypatch.setattr(shooting, "_RELAXED", (24, 10, 10))
    tank = (
        Element("ltank", ("t", "0"), 2e-9),
        Element("ctank", ("t", "0"), 10e-12),
        Element("bactive", ("t", "0"), flags="i=-20m*v(t)+20m*v(t)*v(t)*v(t)"),
        Element("ccouple", ("in", "t"), 1e-13),
    )
    with pytest.raises(NotMeasurable, match=r"after 44 periods of 1e\+09 Hz the circuit does not repeat itself"):
        orbit(setup(*tank), DRIVE, F0, 33)


def test_an_even_count_of_phases_has_no_middle():
    with pytest.raises(ValueError, match="samples must be odd, got 8"):
        orbit(setup(*detector()), DRIVE, F0, 8)
