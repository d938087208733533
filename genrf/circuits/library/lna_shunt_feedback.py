"""Common-source cascode with resistive shunt feedback: the loop gain brings the input down to 50 ohm.

Source: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, section 5.3.2.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT, bias_mirror, input_match, output_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The feedback resistor is decoupled, so that it carries no bias current."""
    return Topology(
        name="lna_shunt_feedback",
        family="lna",
        description="common-source cascode with resistive shunt feedback",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("gate"),
            *bias_mirror("gate"),
            Device("rf", "resistor", {"a": "drain", "b": "fed"}, {"r": "r_feedback"}),
            Device("cf", "mim", {"a": "fed", "b": "gate"}, {"c": "c_feedback"}),
            Device("m1", "nmos", {"d": "middle", "g": "gate", "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}),
            Device("m2", "nmos", {"d": "drain", "g": "vdd", "s": "middle", "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
            *output_match("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("r_feedback", 100.0, 5e3, "ohm", log=True),
                Real("c_feedback", 100e-15, 5e-12, "F", log=True),
                *GATE_INDUCTOR,
                *BIAS,
                *OUTPUT,
            )
        ),
    )
