"""Common-source cascode with resistive shunt feedback, a peaked load and a follower: one match over octaves.

Source: Kim et al., An ultra-wideband CMOS low noise amplifier for 3-5-GHz UWB system, IEEE J. Solid-State Circuits 40
(2005) 544.
"""

from genrf.circuits.blocks import BIAS, FOLLOWER, WIDE_LOAD, bias_mirror, follower, input_block, wide_load
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """A spiral between pad and gate makes a ladder of their capacitances; the feedback carries no bias current."""
    return Topology(
        name="lna_shunt_feedback_wideband",
        family="lna_wideband",
        description="common-source cascode with resistive shunt feedback, peaked load and follower",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_block("pin"),
            Device("lg", "spiral", {"a": "pin", "b": "gate"}, {"turns": "n_gate", "inner": "d_gate"}),
            *bias_mirror("gate"),
            Device("rf", "resistor", {"a": "drain", "b": "fed"}, {"r": "r_feedback"}),
            Device("cf", "mim", {"a": "fed", "b": "gate"}, {"c": "c_feedback"}),
            Device("m1", "nmos", {"d": "middle", "g": "gate", "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}),
            Device("m2", "nmos", {"d": "drain", "g": "vdd", "s": "middle", "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
            *wide_load("drain"),
            *follower("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("n_gate", 1.0, 3.0),
                Real("d_gate", 30e-6, 150e-6, "m", log=True),
                Real("r_feedback", 100.0, 2e3, "ohm", log=True),
                Real("c_feedback", 100e-15, 5e-12, "F", log=True),
                *BIAS,
                *WIDE_LOAD,
                *FOLLOWER,
            )
        ),
    )
