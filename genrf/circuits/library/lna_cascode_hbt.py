"""Common-emitter cascode of bipolar transistors with inductive degeneration.

Source: Voinigescu et al., A scalable high-frequency noise model for bipolar transistors with application to optimal
transistor sizing for low-noise amplifier design, IEEE J. Solid-State Circuits 32 (1997) 1430.
"""

from genrf.circuits.blocks import BIAS, GATE_INDUCTOR, OUTPUT, input_match, output_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """Base inductor off chip, emitter and load inductors on chip, current set by a mirror of one emitter."""
    return Topology(
        name="lna_cascode_hbt",
        family="lna",
        description="common-emitter cascode of bipolar transistors with inductive degeneration",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            *input_match("base"),
            Device("qb", "npn", {"c": "bias", "b": "bias", "e": "0", "s": "0"}, {"nx": 1.0}),
            Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 2e-12}),
            Device("rb", "resistor", {"a": "bias", "b": "base"}, {"r": 2e3}),
            Device("cx", "mim", {"a": "base", "b": "emitter"}, {"c": "c_be"}),
            Device("q1", "npn", {"c": "middle", "b": "base", "e": "emitter", "s": "0"}, {"nx": "nx_1"}),
            Device("le", "spiral", {"a": "emitter", "b": "0"}, {"turns": "n_emitter", "inner": "d_emitter"}),
            Device("q2", "npn", {"c": "drain", "b": "vdd", "e": "middle", "s": "0"}, {"nx": "nx_2"}),
            *output_match("drain"),
        ),
        space=Space(
            (
                Integer("nx_1", 1, 10),
                Integer("nx_2", 1, 10),
                Real("c_be", 20e-15, 600e-15, "F", log=True),
                Real("n_emitter", 1.0, 3.0),
                Real("d_emitter", 30e-6, 200e-6, "m", log=True),
                *GATE_INDUCTOR,
                *BIAS,
                *OUTPUT,
            )
        ),
    )
