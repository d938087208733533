"""Class-AB power amplifier: one transistor at a low quiescent current, its harmonics shorted by a tank at the drain.

Source: Cripps, RF Power Amplifiers for Wireless Communications, 2nd ed., Artech House 2006, chapter 3 (reduced
conduction angle wants its harmonics shorted); the resistive feedback that stabilises it after Razavi, RF
Microelectronics, 2nd ed., Prentice Hall 2011, section 5.3.2.
"""

from genrf.circuits.blocks import (
    GATE_INDUCTOR,
    POWER_BIAS,
    POWER_BLOCK,
    POWER_FINGER,
    POWER_OUTPUT,
    input_match,
    power_bias,
    power_output,
)
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """A single transistor has the whole supply for its swing; feedback takes the gain that would make it oscillate.

    2 to 30 uA per um of width at rest: the transistor is off for much of a period.
    """
    return Topology(
        name="pa_class_ab",
        family="pa",
        description="class-AB common source with shunt feedback, its harmonics shorted",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("gate", POWER_BLOCK),
            *power_bias("gate"),
            Device("rf", "resistor", {"a": "drain", "b": "fed"}, {"r": "r_feedback"}),
            Device("cf", "mim", {"a": "fed", "b": "gate"}, {"c": "c_feedback"}),
            Device("m1", "nmos", {"d": "drain", "g": "gate", "s": "0", "b": "0"}, {"w": POWER_FINGER, "nf": "nf_1"}),
            Device("cd", "mim", {"a": "drain", "b": "0"}, {"c": "c_drain"}),
            *power_output("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 40, 200, log=True),
                Real("r_feedback", 40.0, 2e3, "ohm", log=True),
                Real("c_feedback", 200e-15, 8e-12, "F", log=True),
                Real("c_drain", 100e-15, 15e-12, "F", log=True),
                *GATE_INDUCTOR,
                Real("i_bias", 0.1e-3, 1.5e-3, "A", log=True),
                *POWER_BIAS,
                *POWER_OUTPUT,
            )
        ),
    )
