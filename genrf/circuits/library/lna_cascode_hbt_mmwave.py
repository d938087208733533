"""Common-emitter cascode of bipolar transistors for millimetre waves: nothing off chip, the pad part of the match.

Source: Voinigescu et al., A scalable high-frequency noise model for bipolar transistors, IEEE J. Solid-State Circuits
32 (1997) 1430; the pad in the match after Yao et al., Algorithmic design of CMOS LNAs and PAs for 60-GHz radio, the
same 42 (2007) 1044.
"""

from genrf.circuits.blocks import BIAS, output_match
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """A pad without protection diodes, a blocking capacitor and a spiral to the base; current set by a mirror."""
    return Topology(
        name="lna_cascode_hbt_mmwave",
        family="lna_mmwave",
        description="common-emitter cascode of bipolar transistors, matched on the chip",
        signals=("in", "out"),
        references={"bias": "i_bias"},
        devices=(
            Device("padin", "pad_rf", {"a": "in"}),
            Device("cblock", "mim", {"a": "blocked", "b": "in"}, {"c": "c_block"}),
            Device("lb", "spiral", {"a": "blocked", "b": "base"}, {"turns": "n_base", "inner": "d_base"}),
            Device("qb", "npn", {"c": "bias", "b": "bias", "e": "0", "s": "0"}, {"nx": 1.0}),
            Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 2e-12}),
            Device("rb", "resistor", {"a": "bias", "b": "base"}, {"r": 2e3}),
            Device("cx", "mim", {"a": "base", "b": "emitter"}, {"c": "c_be"}),
            Device("q1", "npn", {"c": "middle", "b": "base", "e": "emitter", "s": "0"}, {"nx": "nx_1"}),
            Device("le", "spiral", {"a": "emitter", "b": "0"}, {"turns": "n_emitter", "inner": "d_emitter"}),
            Device("q2", "npn", {"c": "drain", "b": "vdd", "e": "middle", "s": "0"}, {"nx": "nx_2"}),
            *output_match("drain", pad="pad_rf"),
        ),
        space=Space(
            (
                Integer("nx_1", 2, 10),
                Integer("nx_2", 2, 10),
                Real("c_block", 50e-15, 1e-12, "F", log=True),
                Real("n_base", 1.0, 3.0),
                Real("d_base", 30e-6, 100e-6, "m", log=True),
                Real("c_be", 6e-15, 150e-15, "F", log=True),
                Real("n_emitter", 1.0, 1.5),
                Real("d_emitter", 30e-6, 60e-6, "m", log=True),
                *BIAS,
                Real("n_load", 1.0, 2.5),
                Real("d_load", 30e-6, 100e-6, "m", log=True),
                Real("r_load", 80.0, 5e3, "ohm", log=True),
                Real("c_load", 6e-15, 200e-15, "F", log=True),
                Real("c_out", 10e-15, 500e-15, "F", log=True),
            )
        ),
    )
