"""Noise folded along an orbit, with memory, against the equipartition of energy."""

import math

import numpy as np
import pytest

from genrf.circuits.measure import BOLTZMANN
from genrf.circuits.nodal import Nodal, NoiseSource
from genrf.circuits.periodic import phases, transfer

C, KELVIN, F0 = 1e-12, 300.15, 1e9
ANGLES = (np.arange(600) + 0.5) * (0.5 * math.pi / 600)


def switched(closed, sharp, samples=65):
    """A capacitor to ground beside a conductance between 10 uS and `closed`, with its own thermal noise."""
    conductance = 1e-5 + closed * (0.5 + 0.5 * np.tanh(sharp * np.cos(phases(samples))))
    none = np.zeros(samples)
    noise = NoiseSource("rswitch", ("out", "0"), 4 * BOLTZMANN * KELVIN * conductance, none, none)
    return Nodal(
        ("out",), conductance.reshape(-1, 1, 1), np.full((samples, 1, 1), C), np.zeros((samples, 1, 1)), (noise,)
    )


@pytest.mark.parametrize("sharp", [0.5, 3.0])
@pytest.mark.parametrize("closed", [1e-3, 1e-2])
def test_a_switched_capacitor_holds_k_t_over_c(closed, sharp):
    """Whatever a conductance does in time, its noise leaves kT/C on a capacitor: all foldings and all memory are in it.

    A conductance G(t) of 4kT G(t) is in equilibrium at every moment (equipartition), so that the variance does not even
    vary along the period. 1 and 10 mS on 1 pF are bandwidths below and above the 1 GHz of the switch. The density is
    integrated over f = c tan(angle), which makes of a Lorentzian of bandwidth c a constant.
    """
    equations, corner = switched(closed, sharp), 0.5 * closed / (2 * math.pi * C)
    density = [transfer(equations, ("out", "0"), corner * math.tan(a), F0).noise()["rswitch"] for a in ANGLES]
    whole = np.mean(density / np.cos(ANGLES) ** 2) * 0.5 * math.pi * corner
    assert whole == pytest.approx(BOLTZMANN * KELVIN / C, rel=1e-3)
