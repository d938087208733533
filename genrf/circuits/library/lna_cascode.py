"""Common-source cascode with inductive degeneration.

Source: Shaeffer and Lee, A 1.5-V, 1.5-GHz CMOS low noise amplifier, IEEE J. Solid-State Circuits 32 (1997) 745; the
extra gate capacitor after Andreani and Sjoland, IEEE Trans. Circuits Syst. II 48 (2001) 835.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT, bias_mirror, input_match, output_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """Gate inductor off chip, source and load inductors on chip, current set by a mirror."""
    return Topology(
        name="lna_cascode",
        family="lna",
        description="common-source cascode with inductive degeneration",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("gate"),
            *bias_mirror("gate"),
            Device("cx", "mim", {"a": "gate", "b": "source"}, {"c": "c_gs"}),
            Device(
                "m1", "nmos", {"d": "middle", "g": "gate", "s": "source", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}
            ),
            Device("ls", "spiral", {"a": "source", "b": "0"}, {"turns": "n_source", "inner": "d_source"}),
            Device("m2", "nmos", {"d": "drain", "g": "vdd", "s": "middle", "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
            *output_match("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("c_gs", 20e-15, 600e-15, "F", log=True),
                Real("n_source", 1.0, 3.0),
                Real("d_source", 30e-6, 200e-6, "m", log=True),
                *GATE_INDUCTOR,
                *BIAS,
                *OUTPUT,
            )
        ),
    )
