"""The quality of a tank at its operating point, and the figures of merit that theory leaves to oscillators."""

import math

import numpy as np

from genrf.circuits.netlist import Element
from genrf.circuits.procedure import Setup
from genrf.circuits.startup import StartUpMargin
from genrf.circuits.testbench import Ac, Grid

K_T = 1.380649e-23 * 300.15  # J, at 27 degrees Celsius
GAMMA = 2.0 / 3.0  # channel noise of a long transistor in saturation
_STEP = 1e-3  # of the frequency, for the slope of the susceptance


def quality(setup: Setup, outputs: tuple[str, str]) -> float:
    """Half of w dB/dw over the conductance of all that takes power, at the resonance of the operating point.

    B is the susceptance between the outputs; of a parallel resonator this is w C R. Raises NotMeasurable as
    `StartUpMargin` does where nothing resonates.
    """
    margin = StartUpMargin(*outputs)
    frequency = margin.resonance(setup)
    conductance = sum(power for power in margin.powers(setup, frequency).values() if power > 0.0)
    grid = Grid("lin", 3, (1.0 - _STEP) * frequency, (1.0 + _STEP) * frequency)
    probe = Element("iprobe", (outputs[1], outputs[0]), flags="dc 0 ac 1")
    wave = setup.simulate([probe], {"driven": Ac(outputs, grid)})["driven"]
    susceptance = np.imag(1.0 / (wave[outputs[0]] - wave[outputs[1]]))
    return float((susceptance[-1] - susceptance[0]) / (2.0 * _STEP) / (2.0 * conductance))


def lc_limit_db(tank: float) -> float:
    """Figure of merit in dBc/Hz of a pair on a tank of that quality, fed by a noiseless source: L is least at
    F kT / (2 Q^2 P_tank) (f0 / offset)^2 with F = 1 + gamma, and P_tank is at most 2 / pi of the supply's power.

    Source: Mazzanti and Andreani, Class-C harmonic CMOS VCOs, with a general result on phase noise, IEEE J. Solid-State
    Circuits 43 (2008) 2716.
    """
    return 10.0 * math.log10(1e-3 * 2.0 * tank**2 * (2.0 / math.pi) / (K_T * (1.0 + GAMMA)))


def ring_limit_db() -> float:
    """Figure of merit in dBc/Hz of a ring of inverters: L is at least 7.33 kT / P (f0 / offset)^2.

    Source: Navid, Lee, Dutton, Minimum achievable phase noise of RC oscillators, IEEE J. Solid-State Circuits 40 (2005)
    630.
    """
    return 10.0 * math.log10(1e-3 / (7.33 * K_T))
