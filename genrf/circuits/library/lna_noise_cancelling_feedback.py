"""A matching stage with shunt feedback whose noise cancels at the output, where follower and common source add.

The current of the matching transistors moves input and output of their stage the same way, the signal moves them
against each other: a follower takes the one, a common-source transistor the other, and noise meets its opposite.
Source: Bruccoleri, Klumperink, Nauta, Wide-band CMOS low-noise amplifier exploiting thermal noise canceling, IEEE J.
Solid-State Circuits 39 (2004) 275.
"""

from genrf.circuits.blocks import BIAS, FOLLOWER, MIRROR_FINGERS, follower, input_block
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The pmos of the matching stage mirrors the reference; the follower's current sink is the common source."""
    mirror = float(MIRROR_FINGERS)
    return Topology(
        name="lna_noise_cancelling_feedback",
        family="lna_wideband",
        description="shunt-feedback pair with noise cancelling by follower and common source",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_block("pin"),
            Device("lg", "spiral", {"a": "pin", "b": "gate"}, {"turns": "n_gate", "inner": "d_gate"}),
            Device("mb", "nmos", {"d": "bias", "g": "bias", "s": "0", "b": "0"}, {"w": "w_finger", "nf": mirror}),
            Device("mc", "nmos", {"d": "top", "g": "bias", "s": "0", "b": "0"}, {"w": "w_finger", "nf": mirror}),
            Device("md", "pmos", {"d": "top", "g": "top", "s": "vdd", "b": "vdd"}, {"w": "w_finger", "nf": mirror}),
            Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 2e-12}),
            Device("ct", "mim", {"a": "top", "b": "vdd"}, {"c": 2e-12}),
            Device("r1", "resistor", {"a": "top", "b": "upper"}, {"r": 10e3}),
            Device("c1", "mim", {"a": "upper", "b": "gate"}, {"c": "c_couple"}),
            Device(
                "m1b", "pmos", {"d": "drain", "g": "upper", "s": "vdd", "b": "vdd"}, {"w": "w_finger", "nf": "nf_p"}
            ),
            Device("m1a", "nmos", {"d": "drain", "g": "gate", "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_n"}),
            Device("rf", "resistor", {"a": "drain", "b": "gate"}, {"r": "r_feedback"}),
            Device("c2", "mim", {"a": "direct", "b": "gate"}, {"c": "c_couple"}),
            Device("r2", "resistor", {"a": "bias", "b": "direct"}, {"r": 10e3}),
            *follower("drain", sink="direct"),
        ),
        space=Space(
            (
                Integer("nf_n", 10, 200, log=True),
                Integer("nf_p", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("n_gate", 1.0, 3.0),
                Real("d_gate", 30e-6, 150e-6, "m", log=True),
                Real("c_couple", 200e-15, 3e-12, "F", log=True),
                Real("r_feedback", 50.0, 2e3, "ohm", log=True),
                *BIAS,
                *FOLLOWER,
            )
        ),
    )
