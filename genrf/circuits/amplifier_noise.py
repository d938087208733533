"""Which elements an amplifier's noise comes from, by its linear equations at the operating point."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from genrf.circuits.measure import SOURCE
from genrf.circuits.netlist import GROUND
from genrf.circuits.nodal import NoEquation, linearised, unknowns
from genrf.circuits.periodic import transfer
from genrf.circuits.procedure import Setup
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Op
from genrf.circuits.tones import amplifier

_SILENT_DBM = -600.0
_PORTS = ("rsource", "rload")  # the former stands for the source at 290 K, the latter is no part of a noise figure
_BELOW = 10.0  # an offset for which the equations know flicker apart, far enough from the frequency that is looked at


def sources(setup: Setup, frequency: float) -> Mapping[str, Float[np.ndarray, "1"]]:
    """Noise density at `out` in V^2/Hz by element, that of 50 ohm at 290 K under `source`; the load is left out.

    Without the correlation of gate and channel noise, which ngspice has in its noise figure: the sum is within 0.05 dB
    of that in amplifiers with a tank, 0.1 dB off in one that cancels noise. Empty where an element has no equation.
    """
    whole = setup.joined(amplifier((frequency,), _SILENT_DBM))
    names = unknowns(whole.circuit)
    try:
        states = whole.simulate((), {"op": Op(names)})["op"]
        known = linearised(whole, states, frequency, frequency / _BELOW)
    except (NoEquation, NoConvergence):
        return {}
    there = tuple(replace(one, modulation=np.zeros_like(one.modulation)) for one in known.noise)  # `white` has flicker
    found = transfer(replace(known, noise=there), ("out", GROUND), frequency, frequency)
    own = {name: power for name, power in found.noise().items() if name not in _PORTS}
    powers = {"source": SOURCE * found.folded("vtone1"), **own}
    return {name: np.array([power]) for name, power in powers.items()}
