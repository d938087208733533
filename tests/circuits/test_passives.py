"""Passive devices against published formulas, and their elements against ngspice."""

import math
from itertools import pairwise

import numpy as np
import pytest

from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.passives import MU0, skin_effect
from tests.circuits.ngspice_batch import column, run, value
from tests.circuits.process import technology

pytestmark = pytest.mark.ngspice
BAND = "lin 3 2.4e9 2.5e9"
SPIRALS = [(1.5, 120e-6), (2.5, 120e-6), (3.5, 100e-6), (4.5, 100e-6), (5.5, 80e-6)]


def admittance(kind, drawn, frequencies, temperature=27):
    """Y11 with the other end grounded, over a grid as ngspice writes it."""
    device = technology().device(kind)
    nets = {t: net for t, net in zip(device.pins.terminals, ("x", "0"), strict=False)}
    lines = [element.line() for element in device.elements("1", nets, drawn)]
    control = [f"ac {frequencies}", "let y = -i(v1)", "print real(y) imag(y)"]
    table = column(run([*lines, "v1 x 0 dc 0 ac 1"], control, temperature=temperature))
    return table[:, 0], table[:, 1] + 1j * table[:, 2]


def quality(y):
    return -y.imag / y.real


@pytest.mark.parametrize(("turns", "inner"), SPIRALS)
def test_inductance_at_low_frequency_is_mohans(turns, inner):
    f, y = admittance("spiral", {"turns": turns, "inner": inner}, "lin 3 1e7 2e7")
    wanted = technology().device("spiral").inductance(turns, inner)
    assert (1 / y[0]).imag / (2 * math.pi * f[0]) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("turns", "inner"), SPIRALS)
def test_inductance_agrees_with_the_current_sheet_expression(turns, inner):
    # Mohan et al. 1999, equation 4 and table II: an expression of its own, fitted to other data, for octagons
    spiral = technology().device("spiral")
    outer = spiral.outer(turns, inner)
    mean, fill = 0.5 * (outer + inner), (outer - inner) / (outer + inner)
    sheet = 0.5 * MU0 * turns**2 * mean * 1.07 * (math.log(2.29 / fill) + 0.19 * fill**2)
    assert spiral.inductance(turns, inner) == pytest.approx(sheet, rel=0.06)


@pytest.mark.parametrize(("turns", "inner"), SPIRALS)  # 0.6 to 5 nH
def test_quality_at_2p4_ghz_is_that_of_a_good_130_nm_back_end(turns, inner):
    _, y = admittance("spiral", {"turns": turns, "inner": inner}, BAND)
    assert 8 < quality(y[0]) < 15


def test_self_resonance_falls_with_size():
    resonances = []
    for turns, inner in SPIRALS:
        f, y = admittance("spiral", {"turns": turns, "inner": inner}, "dec 300 1e9 1e11")
        assert y[-1].imag > 0  # beyond resonance
        resonances.append(f[np.argmax(y.imag > 0)])
    assert all(a > b for a, b in pairwise(resonances))
    # a 5 nH spiral of this technology class resonates between 6 and 15 GHz (Yue and Wong 2000, figure 9)
    large = technology().device("spiral").inductance(*SPIRALS[-1])
    assert large == pytest.approx(5e-9, rel=0.3) and 6e9 < resonances[-1] < 15e9


def test_the_ladder_follows_the_skin_effect():
    spiral = technology().device("spiral")
    drawn = {"turns": 1.5, "inner": 120e-6}
    nets = {"a": "x", "b": "0"}
    lines = [e.line() for e in spiral.elements("1", nets, drawn) if e.name[0] in "lr" and "sub" not in e.name]
    table = column(run([*lines, "i1 0 x dc 0 ac 1"], ["ac dec 10 1e7 1e10", "print real(v(x)) imag(v(x))"]))
    frequency, resistance, inductance = table[:, 0], table[:, 1], table[:, 2] / (2 * math.pi * table[:, 0])
    ratio = [skin_effect(f, spiral.thickness, spiral.resistivity) for f in frequency]
    # two sections of the series: what is left out, 2 sum 1/(n pi)^2 from n = 3, is felt above 5 GHz
    np.testing.assert_allclose(resistance / spiral.resistance(**drawn), ratio, rtol=0.11)
    low = frequency < 5.1e9
    np.testing.assert_allclose((resistance / spiral.resistance(**drawn))[low], np.array(ratio)[low], rtol=0.05)
    # the field inside a track holds mu0 t / 3 w per metre at the most, here 14 % of the least spiral
    inside = MU0 * spiral.thickness / (3 * spiral.width) * spiral.length(**drawn)
    assert np.all(inductance > spiral.inductance(**drawn) - inside)


def test_copper_gets_worse_when_hot():
    drawn = {"turns": 3.5, "inner": 100e-6}
    q = [quality(admittance("spiral", drawn, BAND, t)[1][0]) for t in (27, 127)]
    assert 0.7 < q[1] / q[0] < 0.95


def test_a_mim_capacitor_is_its_drawn_value():
    f, y = admittance("mim", {"c": 1e-12}, BAND)
    assert y[0].imag / (2 * math.pi * f[0]) == pytest.approx(1e-12, rel=1e-6)


def test_the_bottom_plate_loads_its_own_side_only():
    elements = technology().device("mim").elements("1", {"a": "top", "b": "low"}, {"c": 2e-12})
    loads = [e for e in elements if "0" in e.nets]
    assert [e.nets for e in loads] == [("low", "0")] and loads[0].value == pytest.approx(0.01 * 2e-12)


def test_a_poly_resistor_makes_its_own_thermal_noise():
    device = technology().device("resistor")
    lines = [element.line() for element in device.elements("1", {"a": "x", "b": "0"}, {"r": 1e3})]
    control = ["noise v(x) i1 lin 1 1e6 1e6", "setplot noise1", "print onoise_spectrum"]
    density = value(run([*lines, "i1 0 x dc 0 ac 1"], control), "onoise_spectrum")
    assert density == pytest.approx(math.sqrt(4 * 1.380649e-23 * 300.15 * 1e3), rel=1e-4)


def test_an_off_chip_inductor_has_the_q_that_the_spec_names():
    drawn = {"l": 5e-9, "q": 40.0, "f_q": 2.44e9}
    _, y = admittance("inductor_off_chip", drawn, "lin 3 2.44e9 2.5e9")
    # the parallel capacitance takes (f / f_res)^2 of it, here 9 %
    resonance = 1 / (2 * math.pi * math.sqrt(5e-9 * 8e-14))
    assert quality(y[0]) == pytest.approx(40 * (1 - (2.44e9 / resonance) ** 2), rel=0.01)
    assert resonance == pytest.approx(7.96e9, rel=0.01)


def test_every_kind_makes_the_same_elements_whatever_is_drawn():
    def made(kind, values):
        device = technology().device(kind)
        nets = {terminal: terminal for terminal in device.pins.terminals}
        return device.elements("1", nets, values)

    for kind, device in technology().devices.items():
        limits = device.limits()
        low, high = ({key: getattr(limit, end) for key, limit in limits.items()} for end in ("low", "high"))
        assert Netlist(tuple(made(kind, low))).changes(Netlist(tuple(made(kind, high)))) is not None


def test_an_element_prints_every_digit():
    line = Element("r1", ("a", "0"), 1 / 3, flags="noisy=0").line()
    assert line == "r1 a 0 0.3333333333333333 noisy=0"
