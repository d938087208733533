"""Loop gain and step response of amplifiers from ideal elements, whose answers are closed forms."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from genrf.circuits.feedback import LoopGain, StepResponse, margins
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Grid

pytestmark = pytest.mark.ngspice
GAIN, P1, P2 = 1000.0, 1e4, 4e6  # V/V, Hz, Hz


def setup(*elements):
    return Setup(Netlist(elements), 27.0, (1.0, 1e9), NgSpiceEngine())


def two_poles(output=1e-3):
    """A0 / ((1 + s/p1)(1 + s/p2)) behind an output resistance."""
    return setup(
        Element("g1", ("0", "x", "inp", "inn"), 1.0),
        Element("r1", ("x", "0"), GAIN),
        Element("c1", ("x", "0"), 1 / (2 * math.pi * P1 * GAIN)),
        Element("g2", ("0", "y", "x", "0"), 1.0),
        Element("r2", ("y", "0"), 1.0),
        Element("c2", ("y", "0"), 1 / (2 * math.pi * P2)),
        Element("e1", ("z", "0", "y", "0"), 1.0),
        Element("ro", ("z", "out"), output),
    )


def open_loop(f):
    return GAIN / ((1 + 1j * f / P1) * (1 + 1j * f / P2))


def test_margins_of_two_poles():
    found = LoopGain(common=0.0, load=1e-15, start=10.0, stop=1e9).measure(two_poles())
    unity = brentq(lambda f: abs(open_loop(f)) - 1, 1e4, 1e9)
    assert found["dc_gain_db"] == pytest.approx(60.0, abs=1e-3)
    assert found["gbw_hz"] == pytest.approx(unity, rel=1e-4)
    assert found["phase_margin_deg"] == pytest.approx(180 + math.degrees(np.angle(open_loop(unity))), abs=0.02)


def test_the_loop_gain_is_tians_where_both_sides_load_each_other():
    """1 kohm of output resistance on 1 nF and a 2 kohm input: T = A z/(z + 1 kohm) with z = 2 kohm parallel to 1 nF."""
    amplifier = two_poles(output=1e3)
    loaded = Setup(amplifier.circuit.joined([Element("rin", ("inn", "0"), 2e3)]), 27.0, (1.0, 1e9), amplifier.engine)
    grid = Grid("dec", 10, 10.0, 1e8)
    found = LoopGain(common=0.0, load=1e-9, start=10.0, stop=1e8).loop_gain(loaded, grid)
    f = grid.frequencies()
    z = 1 / (1 / 2e3 + 2j * math.pi * f * 1e-9)
    assert found == pytest.approx(open_loop(f) * z / (z + 1e3), rel=1e-6)


def test_three_equal_poles_have_the_gain_margin_of_the_textbook():
    """K / (1 + s)^3 turns 180 degrees at s = j sqrt(3), where its magnitude is K / 8."""
    f = np.logspace(-2, 2, 2001)
    found = margins(f, 4.0 / (1 + 1j * f) ** 3)
    assert found["gain_margin_db"] == pytest.approx(20 * math.log10(2), abs=1e-3)
    with pytest.raises(NotMeasurable, match="does not fall through one between 0.01 and 100 Hz"):
        margins(f, 0.5 / (1 + 1j * f))


def test_settling_of_a_buffer_of_second_order():
    """A / (1 + A) with two poles: w0 and zeta from the polynomial, y(t) = 1 - exp(-zeta w0 t) (...) to within 1 %."""
    found = StepResponse(low=0.0, step=0.1, load=1e-15, duration=2e-6, within=0.01).measure(two_poles())
    w1, w2 = 2 * math.pi * P1, 2 * math.pi * P2
    w0 = math.sqrt((1 + GAIN) * w1 * w2)
    zeta = (w1 + w2) / (2 * w0)
    final, wd = GAIN / (1 + GAIN), w0 * math.sqrt(1 - zeta**2)
    t = np.linspace(0, 2e-6, 400_001)
    y = final * (1 - np.exp(-zeta * w0 * t) * (np.cos(wd * t) + zeta * w0 / wd * np.sin(wd * t)))
    settled = t[np.flatnonzero(np.abs(y - 1) > 0.01)[-1]]
    assert found["settling_s"] == pytest.approx(settled, abs=1e-9)
    assert found["overshoot"] == pytest.approx(y.max() - 1, abs=1e-3)


def test_slew_is_current_over_capacitance():
    """A stage that can give 20 uA to 2 pF: 10 V/us."""
    limited = setup(
        Element("b1", ("0", "out"), flags="i=20e-6*tanh((v(inp)-v(inn))*1e-3/20e-6)"), Element("ro", ("out", "0"), 1e9)
    )
    found = StepResponse(low=0.5, step=1.0, load=2e-12, duration=1e-6, within=0.01).measure(limited)
    assert found["slew_v_s"] == pytest.approx(20e-6 / 2e-12, rel=0.005)
    falling = StepResponse(low=1.5, step=-1.0, load=2e-12, duration=1e-6, within=0.01).measure(limited)
    assert falling["slew_v_s"] == pytest.approx(found["slew_v_s"], rel=1e-3)


def test_what_has_not_settled_is_not_called_settled():
    slow = setup(Element("g1", ("0", "out", "inp", "inn"), 1e-6), Element("ro", ("out", "0"), 1e12))
    with pytest.raises(NotMeasurable, match=r"after .* s the output is still .*% off"):
        StepResponse(low=0.0, step=1.0, load=1e-12, duration=3e-6, within=0.01).measure(slow)
    with pytest.raises(NotMeasurable, match="the step has risen to"):
        StepResponse(low=0.0, step=1.0, load=1e-12, duration=1e-6, within=0.01).measure(slow)
