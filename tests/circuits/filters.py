"""Filters of the library under conditions of a test's own, prototypes, and S-parameters by chain matrices."""

from dataclasses import replace

import numpy as np
from skrf.network import a2s

from genrf.circuits.passives import OffChipCapacitor, OffChipInductor
from tests.circuits.kinds import problem

Z0 = 50.0
IDEAL = {"inductor_off_chip": OffChipInductor(1e-24), "capacitor_off_chip": OffChipCapacitor(1e-6, 1e-18)}
LIBRARY = {
    "lpf_ladder": "lpf_100mhz", "lpf_elliptic": "lpf_100mhz",
    "bpf_coupled_resonators": "bpf_2p4ghz", "bpf_trap_coupled": "bpf_2p4ghz",
}  # fmt: skip
CHAINS = {  # the parts of each circuit on the way from `in` to `out`: across to ground, or in the way
    "lpf_ladder": "across c1, way l2, across c3, way l4, across c5",
    "lpf_elliptic": "across c1, way l2 c2, across c3, way l4 c4, across c5",
    "bpf_coupled_resonators": "way cin, across l1 c1, way c12, across l2 c2, way c23, across l3 c3, way cout",
    "bpf_trap_coupled": "way cin, across l1 c1, way l2 c2, across l3 c3, way cout",
}


def sized(name, **conditions):
    """A circuit of the library with ideal parts under conditions of the spec that differ."""
    known = problem(LIBRARY[name], name)
    process = replace(known.technology, devices={**known.technology.devices, **IDEAL}, corners={})
    spec = replace(known.spec, conditions={**known.spec.conditions, **conditions}, goals=known.spec.goals)
    return type(known)(known.structure, spec, process, known.engine, known.kind)


def butterworth(order):
    """g_1 to g_n of a Butterworth prototype: Matthaei, Young, Jones, equation 4.05-1."""
    return [2.0 * np.sin((2 * k - 1) * np.pi / (2 * order)) for k in range(1, order + 1)]


def chebyshev(order, ripple_db):
    """g_1 to g_n of a Chebyshev prototype of odd order: Matthaei, Young, Jones, equation 4.05-2."""
    beta = np.log(1.0 / np.tanh(ripple_db / 17.37))
    gamma = np.sinh(beta / (2 * order))
    a = [np.sin((2 * k - 1) * np.pi / (2 * order)) for k in range(1, order + 1)]
    b = [gamma**2 + np.sin(k * np.pi / order) ** 2 for k in range(1, order + 1)]
    g = [2.0 * a[0] / gamma]
    for k in range(1, order):
        g.append(4.0 * a[k - 1] * a[k] / (b[k - 1] * g[k - 1]))
    return g


def by_chain(sizing, values, frequency):
    """S-parameters from the product of the parts' chain matrices; scikit-rf turns it into S."""
    w = 2j * np.pi * frequency
    known = {device.name: (device.kind, sizing.drawn(device, values)) for device in sizing.structure.devices}
    whole = np.broadcast_to(np.eye(2, dtype=complex), (len(frequency), 2, 2))
    for place, *names in (arm.split() for arm in CHAINS[sizing.structure.name].split(", ")):
        y = sum(_admittance(sizing, *known[name], w) for name in names)
        arm = np.zeros_like(whole) + np.eye(2)
        arm[:, 1, 0], arm[:, 0, 1] = (y, 0.0) if place == "across" else (0.0, 1.0 / y)
        whole = whole @ arm
    return a2s(whole, Z0)


def _admittance(sizing, kind, drawn, w):
    part = sizing.technology.device(kind)
    if kind == "capacitor_off_chip":
        return 1.0 / (1.0 / (w * drawn["c"]) + part.resistance + w * part.inductance)
    resistance = 2 * np.pi * drawn["f_q"] * drawn["l"] / drawn["q"]
    return 1.0 / (w * drawn["l"] + resistance) + w * part.parallel
