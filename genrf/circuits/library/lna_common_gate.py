"""Common gate with a cascode: a wide match without a gate inductor, its noise factor bounded by 1 + gamma/alpha.

Source: Lee, The Design of CMOS Radio-Frequency Integrated Circuits, 2nd ed., Cambridge 2004, chapter 12.
"""

from genrf.circuits.blocks import BIAS, OUTPUT, bias_mirror, output_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The source is fed through a blocking capacitor and rests on an on-chip inductor, the gate on a capacitor."""
    return Topology(
        name="lna_common_gate",
        family="lna",
        description="common gate with cascode",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            Device("cblock", "capacitor_off_chip", {"a": "in", "b": "source"}, {"c": 100e-12}),
            Device("padin", "pad", {"a": "source"}),
            Device("ls", "spiral", {"a": "source", "b": "0"}, {"turns": "n_source", "inner": "d_source"}),
            *bias_mirror("gate"),
            Device("cg", "mim", {"a": "gate", "b": "0"}, {"c": "c_gate"}),
            Device(
                "m1", "nmos", {"d": "middle", "g": "gate", "s": "source", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}
            ),
            Device("m2", "nmos", {"d": "drain", "g": "vdd", "s": "middle", "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
            *output_match("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 10, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("c_gate", 1e-12, 10e-12, "F", log=True),
                Real("n_source", 2.0, 6.5),
                Real("d_source", 40e-6, 250e-6, "m", log=True),
                *BIAS,
                *OUTPUT,
            )
        ),
    )
