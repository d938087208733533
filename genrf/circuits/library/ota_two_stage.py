"""Two-stage operational amplifier with Miller compensation.

Source: Allen and Holberg, CMOS Analog Circuit Design, 3rd ed. 2012, section 6.3; the nulling resistor after Black,
Allstot, Reed, IEEE J. Solid-State Circuits 15 (1980) 929.
"""

from genrf.circuits.blocks import mosfet
from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """An nmos pair on a pmos mirror, a pmos output stage on an nmos sink, currents from one mirror."""
    return Topology(
        name="ota_two_stage",
        family="op_amp",
        description="two-stage Miller operational amplifier",
        signals=("inp", "inn", "out"),
        references={"bias": "i_bias"},
        devices=(
            mosfet("mb", "nmos", "bias bias 0 0", "nf_bias", "l_bias"),
            mosfet("m5", "nmos", "tail bias 0 0", "nf_tail", "l_bias"),
            mosfet("m1", "nmos", "left inn tail 0", "nf_in", "l_in"),
            mosfet("m2", "nmos", "right inp tail 0", "nf_in", "l_in"),
            mosfet("m3", "pmos", "left left vdd vdd", "nf_load", "l_load"),
            mosfet("m4", "pmos", "right left vdd vdd", "nf_load", "l_load"),
            mosfet("m6", "pmos", "out right vdd vdd", "nf_out", "l_load"),
            mosfet("m7", "nmos", "out bias 0 0", "nf_sink", "l_bias"),
            Device("rz", "resistor", {"a": "right", "b": "middle"}, {"r": "r_zero"}),
            Device("cc", "mim", {"a": "middle", "b": "out"}, {"c": "c_miller"}),
        ),
        space=Space(
            (
                Real("i_bias", 2e-6, 50e-6, "A", log=True),
                Integer("nf_bias", 1, 20, log=True),
                Integer("nf_tail", 1, 40, log=True),
                Integer("nf_in", 1, 100, log=True),
                Integer("nf_load", 1, 40, log=True),
                Integer("nf_out", 1, 200, log=True),
                Integer("nf_sink", 1, 100, log=True),
                Real("l_bias", 0.13e-6, 2e-6, "m", log=True),
                Real("l_in", 0.13e-6, 1e-6, "m", log=True),
                Real("l_load", 0.13e-6, 2e-6, "m", log=True),
                Real("r_zero", 100.0, 20e3, "ohm", log=True),
                Real("c_miller", 50e-15, 4e-12, "F", log=True),
            )
        ),
    )
