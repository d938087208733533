"""Class-A power amplifier: a cascode common source whose drain sees a low load line through an L section off chip.

Source: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, sections 12.1.2 and 12.5.1 (cascode power amplifiers);
Lee, The Design of CMOS Radio-Frequency Integrated Circuits, 2nd ed., Cambridge 2004, section 15.2 (class A).
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
    """The gate of the cascode is at the supply, so that either transistor holds half of the drain's swing.

    30 to 100 uA per um of width at rest keep the transistor on for most of a period.
    """
    return Topology(
        name="pa_class_a",
        family="pa",
        description="class-A cascode common source with an off-chip output match",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("gate", POWER_BLOCK),
            *power_bias("gate"),
            Device("m1", "nmos", {"d": "middle", "g": "gate", "s": "0", "b": "0"}, {"w": POWER_FINGER, "nf": "nf_1"}),
            Device(
                "m2", "nmos", {"d": "drain", "g": "vdd", "s": "middle", "b": "0"}, {"w": POWER_FINGER, "nf": "nf_2"}
            ),
            *power_output("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 40, 200, log=True),
                Integer("nf_2", 40, 200, log=True),
                *GATE_INDUCTOR,
                Real("i_bias", 1.5e-3, 5e-3, "A", log=True),
                *POWER_BIAS,
                *POWER_OUTPUT,
            )
        ),
    )
