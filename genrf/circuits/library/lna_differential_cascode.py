"""Differential pair with inductive degeneration and cascodes, on a tail current that rejects the common mode.

Source: Shaeffer and Lee, A 1.5-V, 1.5-GHz CMOS low noise amplifier, IEEE J. Solid-State Circuits 32 (1997) 745, as two
halves; the tail: Razavi, Design of Analog CMOS Integrated Circuits, 2nd ed., section 4.2.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT, input_match, output_match
from genrf.circuits.halves import TAIL, both, nmos, tail
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """A divider sets the level of the gates, a mirror the current: the pair's sources find their own level."""
    return Topology(
        name="lna_differential_cascode",
        family="lna_differential",
        description="differential pair with inductive degeneration and cascodes on a tail current",
        signals=("inp", "inn", "outp", "outn"),
        references={"bias": "i_bias"},
        devices=(
            *tail(),
            *both(_half(), shared=("tail", "level")),
        ),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("c_gs", 20e-15, 600e-15, "F", log=True),
                Real("n_source", 1.0, 3.0),
                Real("d_source", 30e-6, 200e-6, "m", log=True),
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
        Device("cx", "mim", {"a": "gate", "b": "source"}, {"c": "c_gs"}),
        nmos("m1", "middle gate source 0", "nf_1"),
        Device("ls", "spiral", {"a": "source", "b": "tail"}, {"turns": "n_source", "inner": "d_source"}),
        nmos("m2", "drain vdd middle 0", "nf_2"),
        *output_match("drain"),
    )
