"""Current reuse: an nmos and a pmos share one current, so that their transconductances add.

Source: Karanicolas, A 2.7-V 900-MHz CMOS LNA and mixer, IEEE J. Solid-State Circuits 31 (1996) 1939.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, MIRROR_FINGERS, input_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """The pmos mirrors the reference current; the nmos biases itself through the feedback resistor."""
    mirror = float(MIRROR_FINGERS)
    return Topology(
        name="lna_current_reuse",
        family="lna",
        description="current-reuse pair with inductive degeneration",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("gate"),
            Device("mb", "nmos", {"d": "bias", "g": "bias", "s": "0", "b": "0"}, {"w": "w_finger", "nf": mirror}),
            Device("mc", "nmos", {"d": "top", "g": "bias", "s": "0", "b": "0"}, {"w": "w_finger", "nf": mirror}),
            Device("md", "pmos", {"d": "top", "g": "top", "s": "vdd", "b": "vdd"}, {"w": "w_finger", "nf": mirror}),
            Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 2e-12}),
            Device("ct", "mim", {"a": "top", "b": "vdd"}, {"c": 2e-12}),
            Device("rt", "resistor", {"a": "top", "b": "upper"}, {"r": 10e3}),
            Device("cc", "mim", {"a": "gate", "b": "upper"}, {"c": "c_couple"}),
            Device("m2", "pmos", {"d": "drain", "g": "upper", "s": "vdd", "b": "vdd"}, {"w": "w_finger", "nf": "nf_2"}),
            Device("m1", "nmos", {"d": "drain", "g": "gate", "s": "source", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}),
            Device("ls", "spiral", {"a": "source", "b": "0"}, {"turns": "n_source", "inner": "d_source"}),
            Device("rf", "resistor", {"a": "drain", "b": "gate"}, {"r": "r_feedback"}),
            Device("ld", "spiral", {"a": "drain", "b": "far"}, {"turns": "n_load", "inner": "d_load"}),
            Device("cd", "mim", {"a": "far", "b": "0"}, {"c": 8e-12}),
            Device("co", "mim", {"a": "out", "b": "drain"}, {"c": "c_out"}),
            Device("padout", "pad", {"a": "out"}),
        ),
        space=Space(
            (
                Integer("nf_1", 20, 200, log=True),
                Integer("nf_2", 20, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("c_couple", 500e-15, 8e-12, "F", log=True),
                Real("r_feedback", 300.0, 20e3, "ohm", log=True),
                Real("n_source", 1.0, 3.0),
                Real("d_source", 30e-6, 200e-6, "m", log=True),
                Real("n_load", 1.5, 6.5),
                Real("d_load", 40e-6, 250e-6, "m", log=True),
                Real("c_out", 50e-15, 5e-12, "F", log=True),
                *GATE_INDUCTOR,
                *BIAS,
            )
        ),
    )
