"""Common gate and common source side by side: the noise of the common-gate transistor cancels, the signal adds.

Its current lifts the input and lowers the common gate's output, while the signal moves both the same way. One
common-source transistor at either adds both: the noise cancels where their transconductances are as load to source.
Source: Bruccoleri, Klumperink, Nauta, Wide-band CMOS low-noise amplifier exploiting thermal noise canceling, IEEE J.
Solid-State Circuits 39 (2004) 275; with a common gate and summed currents Liao and Liu, the same 42 (2007) 329.
"""

from genrf.circuits.blocks import BIAS, FOLLOWER, WIDE_LOAD, bias_mirror, follower, input_block, strips, wide_load
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """Both common-source transistors share a cascode and its peaked load; a follower drives the output."""
    return Topology(
        name="lna_noise_cancelling",
        family="lna_wideband",
        description="common gate and common source with noise cancelling",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_block("source"),
            Device("ls", "spiral", {"a": "source", "b": "0"}, {"turns": "n_source", "inner": "d_source"}),
            *bias_mirror("gate"),
            Device("cg", "mim", {"a": "gate", "b": "0"}, {"c": 5e-12}),
            Device("m1", "nmos", {"d": "first", "g": "gate", "s": "source", "b": "0"}, {"w": "w_finger", "nf": "nf_1"}),
            Device("l1", "spiral", {"a": "vdd", "b": "loaded"}, {"turns": "n_first", "inner": "d_first"}),
            *strips("r1", "loaded", "first", "r_first"),
            Device("c2", "mim", {"a": "direct", "b": "source"}, {"c": 1e-12}),
            Device("r2", "resistor", {"a": "bias", "b": "direct"}, {"r": 10e3}),
            Device("m2", "nmos", {"d": "sum", "g": "direct", "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_2"}),
            Device("c3", "mim", {"a": "risen", "b": "first"}, {"c": 1e-12}),
            Device("r3", "resistor", {"a": "bias", "b": "risen"}, {"r": 10e3}),
            Device("m3", "nmos", {"d": "sum", "g": "risen", "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_3"}),
            Device("m4", "nmos", {"d": "drain", "g": "vdd", "s": "sum", "b": "0"}, {"w": "w_finger", "nf": "nf_4"}),
            *wide_load("drain"),
            *follower("drain"),
        ),
        space=Space(
            (
                Integer("nf_1", 10, 100, log=True),
                Integer("nf_2", 10, 200, log=True),
                Integer("nf_3", 10, 200, log=True),
                Integer("nf_4", 10, 200, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Real("n_source", 2.0, 6.5),
                Real("d_source", 40e-6, 250e-6, "m", log=True),
                Real("n_first", 1.0, 4.0),
                Real("d_first", 30e-6, 200e-6, "m", log=True),
                Real("r_first", 40.0, 600.0, "ohm", log=True),
                *BIAS,
                *WIDE_LOAD,
                *FOLLOWER,
            )
        ),
    )
