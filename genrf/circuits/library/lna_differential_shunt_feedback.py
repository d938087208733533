"""Differential pair with cascodes and resistive shunt feedback, on a tail current that rejects the common mode.

Source: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, section 5.3.2, as two halves; the tail: Razavi, Design
of Analog CMOS Integrated Circuits, 2nd ed., section 4.2.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT, input_match, output_match
from genrf.circuits.halves import TAIL, both, nmos, tail
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The feedback resistors are decoupled, so that they carry no bias current."""
    return Topology(
        name="lna_differential_shunt_feedback",
        family="lna_differential",
        description="differential pair with cascodes and resistive shunt feedback on a tail current",
        signals=("inp", "inn", "outp", "outn"),
        references={"bias": "i_bias"},
        devices=(*tail(), *both(_half(), shared=("tail", "level"))),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("r_feedback", 100.0, 5e3, "ohm", log=True),
                Real("c_feedback", 100e-15, 5e-12, "F", log=True),
                *TAIL,
                *GATE_INDUCTOR,
                *BIAS,
                *OUTPUT,
            )
        ),
    )


def _half() -> tuple[Device, ...]:
    return (
        *input_match("gate"),
        Device("rg", "resistor", {"a": "level", "b": "gate"}, {"r": 10e3}),
        Device("rf", "resistor", {"a": "drain", "b": "fed"}, {"r": "r_feedback"}),
        Device("cf", "mim", {"a": "fed", "b": "gate"}, {"c": "c_feedback"}),
        nmos("m1", "middle gate tail 0", "nf_1"),
        nmos("m2", "drain vdd middle 0", "nf_2"),
        *output_match("drain"),
    )
