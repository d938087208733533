"""The process against published 130 nm figures, by `ngspice -b`; docs/generic130.md shows the same table."""

import numpy as np
import pytest

from tests.circuits.ngspice_batch import column, run, value
from tests.circuits.process import technology

pytestmark = pytest.mark.ngspice
K, T0 = 1.380649e-23, 290.0
FINGER, L = 2.0, 0.13  # um


def sweep(kind, vds, corner="", fingers=10, high=1.2, temperature=27):
    """Drain current per um of width over gate voltage, both as magnitudes."""
    sign, model = (1, "nch") if kind == "n" else (-1, "pch")
    width = FINGER * fingers
    lines = [
        "vg g 0 0",
        f"vd d 0 {sign * vds}",
        f"m1 d g 0 0 {model} w={width}u l={L}u nf={fingers}",
    ]
    control = [f"dc vg 0 {sign * high} {sign * 0.01}", "print i(vd)"]
    table = np.abs(column(run(lines, control, technology().at(corner).models, temperature)))
    return table[:, 0], table[:, 1] / width


@pytest.fixture(scope="module", params=["n", "p"])
def curves(request):
    return request.param, sweep(request.param, 1.2), sweep(request.param, 0.05)


def at_current(vg, per_um, density):
    return float(np.interp(np.log(density), np.log(per_um), vg))


def test_drive_current(curves):
    kind, (_, sat), _ = curves
    # ITRS 2001, table 35: 900 uA/um is the high-performance target at 130 nm; foundries' general-purpose RF offerings
    # publish 500 to 600 uA/um for nmos and 220 to 280 uA/um for pmos at 1.2 V
    low, high = (500e-6, 620e-6) if kind == "n" else (210e-6, 290e-6)
    assert low < sat[-1] < high


def test_leakage_and_threshold(curves):
    _, (vg, sat), (_, lin) = curves
    # general-purpose 130 nm: Ioff 0.05 to 10 nA/um; constant-current thresholds of 100 nA W/L
    assert 0.03e-9 < sat[0] < 10e-9
    density = 100e-9 / L
    vt_lin, vt_sat = at_current(vg, lin, density), at_current(vg, sat, density)
    assert 0.30 < vt_lin < 0.45
    assert 0.040 < (vt_lin - vt_sat) / 1.15 < 0.150  # DIBL in V/V


def test_subthreshold_swing(curves):
    _, (vg, sat), _ = curves
    tail = (sat > 1e-9) & (sat < 3e-8)
    swing = 1e3 / np.polyfit(vg[tail], np.log10(sat[tail]), 1)[0]
    assert 75 < swing < 95  # mV per decade: 59.6 mV (kT/q) ln 10 times a slope factor of 1.25 to 1.6


def test_gm_over_id_from_weak_to_strong_inversion(curves):
    kind, (vg, sat), _ = curves
    efficiency = np.gradient(np.log(sat), vg)
    # weak inversion: q / (n k T) with n = 1.3 to 1.5 is 26 to 30 per volt (Enz, Krummenacher, Vittoz 1995)
    assert 24 < efficiency[sat < 1e-8].max() < 30
    strong = np.interp(200e-6, sat, efficiency)
    assert strong < (6 if kind == "n" else 4)
    assert np.all(np.diff(efficiency[sat > 1e-7]) < 0.2)  # it falls all the way: no kink


def test_a_wide_device_leaks_little_and_conducts_well():
    """Tail behaviour: no card that draws 0.7 mA from a 600 um device at 0.7 V, neither leaking nor barely on."""
    line = "m1 d g 0 0 nch w=600u l=0.13u nf=200"
    control = ["op", "print i(vd)", "alter vg 0", "op", "print i(vd)"]
    printed = run(["vg g 0 0.7", "vd d 0 0.7", line], control, technology().at().models)
    on, off = (abs(float(text.split("=")[1])) for text in printed.splitlines() if text.startswith("i(vd) ="))
    assert 40e-3 < on < 150e-3  # 70 to 250 uA/um at 0.35 V of overdrive
    assert off < 1e-6


@pytest.mark.parametrize(("kind", "low", "high"), [("n", 80e9, 120e9), ("p", 33e9, 60e9)])
def test_peak_transit_frequency(kind, low, high):
    # nmos at 0.13 um: 80 to 120 GHz (Woerlee et al., IEEE Trans. ED 48 (2001) 1776; ITRS 2003 lists 120 GHz);
    # pmos is two to three times slower by its mobility
    sign, model = (1, "nch") if kind == "n" else (-1, "pch")
    peak = 0.0
    for vgs in np.arange(0.6, 1.21, 0.1):
        lines = [f"vg g 0 {sign * vgs} ac 1", f"vd d 0 {sign * 1.2}", f"m1 d g 0 0 {model} w=40u l=0.13u nf=20"]
        control = ["ac lin 1 5g 5g", "let gain = abs(i(vd)/i(vg))", "print gain"]
        peak = max(peak, value(run(lines, control, technology().at().models), "gain") * 5e9)  # h21 falls 20 dB a decade
    assert low < peak < high


def excess(kind, length):
    """Thermal drain noise at 0.8 V over 4kT gd0, and 1/f noise at 1 Hz referred to the gate, in V2 um2/Hz."""
    sign, model = (1, "nch") if kind == "n" else (-1, "pch")
    device = f"m1 d g 0 0 {model} w=20u l={length}u nf=10"
    output = ["hx o 0 vd 1", "ro o 0 1 noisy=0"]
    control = ["op", "print @m1[gm]", "noise v(o) vg dec 1 1 1g", "setplot noise1", "print onoise_spectrum"]
    on = run([f"vg g 0 {sign * 0.8} ac 1", f"vd d 0 {sign * 1.2}", device, *output], control, technology().at().models)
    off = run([f"vg g 0 {sign * 0.8}", "vd d 0 0", device], ["op", "print @m1[gds]"], technology().at().models)
    density = column(on)[:, 1] ** 2
    gate = density[0] / value(on, "@m1[gm]") ** 2 * 20 * length
    return density[-1] / (4 * K * 300.15 * value(off, "@m1[gds]")), gate


@pytest.mark.parametrize("kind", ["n", "p"])
def test_thermal_noise_grows_as_the_channel_shortens(kind):
    long, short = excess(kind, 1.0)[0], excess(kind, L)[0]
    assert long == pytest.approx(2 / 3, rel=0.05)  # van der Ziel: a long channel in saturation
    # Scholten et al., IEEE Trans. ED 50 (2003) 618: a moderate excess, gamma about 1 at 0.13 um
    assert 0.84 < short < 1.2


@pytest.mark.parametrize(("kind", "high"), [("n", 500e-12), ("p", 300e-12)])
def test_flicker_noise_referred_to_the_gate(kind, high):
    # ITRS 2001 and 2003, RF and analogue tables: 100 to 500 uV2 um2/Hz for nmos of this node, pmos lower
    assert 50e-12 < excess(kind, L)[1] < high


def noise_factor(admittance, vgs, fingers=50, frequency=2.4e9):
    """F of a common-source device behind a noiseless source of the given admittance (trap 2 of `.sp` avoided)."""
    z = 1 / admittance
    omega = 2 * np.pi * frequency
    reactance = f"lx x2 x3 {z.imag / omega}" if z.imag >= 0 else f"cx x2 x3 {-1 / (z.imag * omega)}"
    lines = [
        "vin x1 0 dc 0 ac 1",
        f"rs x1 x2 {z.real} noisy=0",
        reactance,
        "rx x3 0 1e9 noisy=0",
        "cg x3 g 1m",
        f"vg gb 0 {vgs}",
        "lg g gb 1",
        "vd dd 0 1.2",
        "ld dd d 1",
        "cd d out 1m",
        "rl out 0 50 noisy=0",
        f"m1 d g 0 0 nch w={2 * fingers}u l=0.13u nf={fingers}",
    ]
    control = [f"noise v(out) vin lin 1 {frequency} {frequency}", "setplot noise1", "print inoise_spectrum"]
    density = value(run(lines, control, technology().at().models), "inoise_spectrum")
    return 1 + density**2 / (4 * K * T0 * z.real)


def noise_parameters(vgs):
    """Fmin and Rn from F at five source admittances (Lane, Proc. IEEE 57 (1969) 1461)."""
    sources = [0.02, 0.005, 0.005 - 0.005j, 0.02 + 0.01j, 0.002 - 0.003j]
    rows = [[1, abs(y) ** 2 / y.real, 1 / y.real, y.imag / y.real] for y in map(complex, sources)]
    factors = [noise_factor(complex(y), vgs) for y in sources]
    (a, rn, c, d), *_ = np.linalg.lstsq(np.array(rows), np.array(factors), rcond=None)
    best = -d / (2 * rn)
    return a + 2 * rn * np.sqrt(c / rn - best**2), rn


def test_noise_at_2p4_ghz():
    # 130 nm nmos of 2 um fingers near 0.05 to 0.2 mA/um: NFmin of 0.2 to 0.6 dB at 2.4 GHz with its gate resistance
    # (Woerlee et al. 2001, figure of NFmin over gate length), Rn gm = gamma gd0/gm, 0.6 to 1.2 (Scholten et al. 2003)
    fmin, rn = noise_parameters(0.55)
    assert 0.15 < 10 * np.log10(fmin) < 0.6
    vg, current = sweep("n", 1.2)
    gm = np.interp(0.55, vg, np.gradient(current, vg)) * 100  # 50 fingers of 2 um
    assert 0.6 < rn * gm < 1.2


def test_intrinsic_gain_of_the_shortest_channel():
    vg, high = sweep("n", 1.2)
    low = sweep("n", 1.0)[1]
    at = np.argmin(np.abs(high - 50e-6))
    gain = np.gradient(high, vg)[at] / ((high[at] - low[at]) / 0.2)
    assert 8 < gain < 20  # a plausibility bound for the shortest channel of the node, not a published figure


def test_current_is_proportional_to_fingers():
    _, ten = sweep("n", 1.2, fingers=10)
    _, hundred = sweep("n", 1.2, fingers=100)
    np.testing.assert_allclose(ten[40:], hundred[40:], rtol=0.01)


def test_corners_bracket_the_typical_drive():
    drive = {corner: sweep("n", 1.2, corner)[1][-1] for corner in ("", "ff", "ss", "fs", "sf")}
    assert drive["ss"] < drive["sf"] < drive[""] < drive["fs"] < drive["ff"]
    assert 0.05 < drive["ff"] / drive[""] - 1 < 0.2  # 3 sigma of about 10 to 15 %
    assert 0.05 < 1 - drive["ss"] / drive[""] < 0.2


def test_drive_falls_with_temperature_and_leakage_rises():
    _, cold = sweep("n", 1.2)
    _, hot = sweep("n", 1.2, temperature=125)
    assert hot[-1] < cold[-1] and hot[0] > 10 * cold[0]


@pytest.mark.parametrize("kind", ["nmos", "pmos"])
def test_a_size_altered_in_place_is_a_fresh_device(kind):
    """Fingers add up to the width, and `alter` reaches currents, junctions and noise alike."""
    device, sign = technology().device(kind), 1 if kind == "nmos" else -1
    nets = {t: t if t in ("d", "g") else "0" for t in device.pins.terminals}
    sizes = ({"w": 2e-6, "l": 0.13e-6, "nf": 10}, {"w": 3e-6, "l": 0.25e-6, "nf": 100})
    (old,), (new,) = (device.elements("1", nets, size) for size in sizes)
    assert new.parameters == pytest.approx({"w": 300e-6, "l": 0.25e-6, "nf": 100})
    around = [f"vg g 0 {sign * 0.6} ac 1", f"vd dd 0 {sign * 1.2}", "rd dd d 5"]
    ask = ["op", "print @m1[id]", "ac lin 3 5g 6g", "print real(v(d)) imag(v(d))"]
    ask += ["noise v(d) vg lin 3 1g 2g", "setplot noise1", "print onoise_spectrum"]
    fresh = run([*around, new.line()], ask, technology().at().models)
    altered = run([*around, old.line()], [*ask, *new.changes(old), "destroy all", *ask], technology().at().models)
    assert value(altered, "@m1[id]") != value(fresh, "@m1[id]")  # the first answer is the old size's
    assert fresh[fresh.index("@m1[id]") :] == altered[altered.rindex("@m1[id]") :]
