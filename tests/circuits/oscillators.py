"""Oscillators with answers in closed form, the library's own, and a charge put into one of them."""

import math
from functools import lru_cache

import numpy as np

from genrf.api import parts
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.oscillation import upward
from genrf.circuits.procedure import Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.testbench import Tran
from genrf.pipeline.run import problems_of

L, C, Q = 1e-9, 1e-12, 10.0
W0 = 1 / math.sqrt(L * C)
F0 = W0 / (2 * math.pi)
R = Q * W0 * L
BAND = (0.8 * F0, 1.2 * F0)
SUPPLY = (Element("vsupply", ("vdd", "0"), 1.2), Element("rsupply", ("vdd", "0"), 1200.0))

SIZES = {
    "vco_cross_coupled": {
        "nf_pair": 12,
        "w_finger": 2e-6,
        "nf_tail": 40,
        "w_tail": 3e-6,
        "l_tail": 0.4e-6,
        "i_bias": 0.3e-3,
        "n_coil": 2.5,
        "d_coil": 120e-6,
        "c_fixed": 300e-15,
        "nf_var": 20,
    },
    "vco_ring": {"nf_stage": 8, "w_n": 2e-6, "w_p": 5e-6, "l_gate": 0.13e-6, "c_stage": 50e-15},
}
BANDS = {"vco_cross_coupled": (3.5e9, 7e9), "vco_ring": (1e9, 5e9)}


def setup(*elements, band=BAND, temperature=27.0, models=()):
    return Setup(Netlist(elements, models), temperature, band, NgSpiceEngine())


@lru_cache
def problem(name):
    """The sizing of an oscillator of the library, for the spec that it is made for."""
    made = parts(f"spec={'vco_ring' if name == 'vco_ring' else 'vco_5ghz'}")
    return problems_of(made, np.random.default_rng(0))[0]


def library(name, tune, **changes):
    setup = problem(name).setup(SIZES[name] | changes, problem(name).technology.at())
    elements = [one._replace(value=float(tune)) if one.name == "vtune" else one for one in setup.circuit.elements]
    return Setup(Netlist(tuple(elements), setup.circuit.models), 27.0, BANDS[name], NgSpiceEngine())


def tank(*more, flags="", **settings):
    """The resonator between `p` and `n`, the latter as good as grounded."""
    return setup(
        Element("lt", ("p", "n"), L),
        Element("ct", ("p", "n"), C),
        Element("rt", ("p", "n"), R, flags=flags),
        Element("rn", ("n", "0"), 1e-3),
        *more,
        **settings,
    )


def van_der_pol(amplitude=1.0, margin=2.0, **settings):
    """A noiseless i = -a v + b v^3 beside the tank: amplitude sqrt(4/3 (a - 1/R) / b), van der Pol 1926."""
    a = margin / R
    b = (a - 1 / R) * 4 / 3 / amplitude**2
    cubic = Element("bn", ("p", "n"), flags=f"i=-{a!r}*v(p,n)+{b!r}*v(p,n)*v(p,n)*v(p,n)")
    return tank(cubic, *SUPPLY, **settings)


def square_law_pair(width, tail, r=447.0):
    """A cross-coupled pair without capacitance or output conductance, of kp = 200 uA/V^2, on an ideal tail source."""
    pair = {"model": "sq", "parameters": {"w": width, "l": 1e-6}}
    return setup(
        Element("vsupply", ("vdd", "0"), 1.2),
        Element("la", ("vdd", "p"), L / 2),
        Element("lb", ("vdd", "n"), L / 2),
        Element("ct", ("p", "n"), C),
        Element("rt", ("p", "n"), r),
        Element("m1", ("p", "n", "s", "s"), **pair),
        Element("m2", ("n", "p", "s", "s"), **pair),
        Element("it", ("s", "0"), tail),
        models=(".model sq nmos level=1 vto=0.3 kp=200u lambda=0 gamma=0",),
    )


def inverter_ring(stages, supply, threshold, load=50e-15):
    """Inverters of equal square-law transistors, W/L = 10 and kp = 200 uA/V^2, each on a capacitor."""
    elements = [Element("vsupply", ("vdd", "0"), supply)]
    for i in range(stages):
        before, after = f"x{i}", f"x{(i + 1) % stages}"
        size = {"w": 1e-5, "l": 1e-6}
        elements += [
            Element(f"mn{i}", (after, before, "0", "0"), model="sn", parameters=size),
            Element(f"mp{i}", (after, before, "vdd", "vdd"), model="sp", parameters=size),
            Element(f"c{i}", (after, "0"), load),
        ]
    cards = tuple(
        f".model s{kind} {kind}mos level=1 vto={sign * threshold} kp=200u lambda=0 gamma=0"
        for kind, sign in (("n", 1), ("p", -1))
    )
    return setup(*elements, band=(2e9 / stages, 12.5e9 / stages), models=cards)


def shift(oscillation, setup, net, at, charge, wait):
    """Time by which a charge put into `net` at the time `at` has delayed the crossings `wait` s later, per charge.

    The difference of two transients with the charge and its negative: what they have in common cancels.
    """
    late, early = (_crossings(oscillation, setup, net, at, sign * charge, wait) for sign in (-1.0, 1.0))
    count = min(len(late), len(early))
    return float(np.mean(late[:count] - early[:count])) / (2 * charge)


def _crossings(oscillation, setup, net, at, charge, wait):
    h, (low, high) = oscillation.step(setup), setup.band
    kick = f"dc 0 pulse(0 {oscillation.kick!r} {h!r} {h!r} {h!r} {0.25 / high!r} 1)"
    pulse = f"dc 0 pulse(0 {charge / (4 * h)!r} {at - 2.5 * h!r} {h!r} {h!r} {3 * h!r} 1)"
    around = [
        Element("ikick", (oscillation.negative, oscillation.positive), flags=kick),
        Element("icharge", ("0", net), flags=pulse),
    ]
    nets = tuple(n for n in (oscillation.positive, oscillation.negative) if n != "0")
    stop = at + wait
    found = setup.simulate(around, {"tran": Tran(("time", *nets), h, stop, stop - 6 / low, 1e-12)})["tran"]
    return upward(found["time"], found[nets[0]] - (found[nets[1]] if len(nets) > 1 else 0.0))
