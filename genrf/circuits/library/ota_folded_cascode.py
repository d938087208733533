"""Folded-cascode operational amplifier with a wide-swing mirror.

Source: Razavi, Design of Analog CMOS Integrated Circuits, 2nd ed. 2017, section 9.2; Allen and Holberg, CMOS Analog
Circuit Design, 3rd ed. 2012, section 6.5.
"""

from genrf.circuits.blocks import mosfet
from genrf.circuits.topology import Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """An nmos pair folded into pmos cascodes; the cascodes' gates are biased by narrow diode-connected transistors."""
    return Topology(
        name="ota_folded_cascode",
        family="op_amp",
        description="folded-cascode operational amplifier",
        signals=("inp", "inn", "out"),
        references={"bias": "i_bias"},
        devices=(
            # bias: a diode, its mirrors, and one narrow diode for each cascode
            mosfet("mb", "nmos", "bias bias 0 0", "nf_bias", "l_bias"),
            mosfet("mb2", "nmos", "pbias bias 0 0", "nf_bias", "l_bias"),
            mosfet("mb3", "nmos", "pcascode bias 0 0", "nf_bias", "l_bias"),
            mosfet("mp1", "pmos", "pbias pbias vdd vdd", "nf_pbias", "l_bias"),
            mosfet("mp2", "pmos", "ncascode pbias vdd vdd", "nf_pbias", "l_bias"),
            mosfet("mcn", "nmos", "ncascode ncascode 0 0", 1.0, "l_ncascode"),
            mosfet("mcp", "pmos", "pcascode pcascode vdd vdd", 1.0, "l_pcascode"),
            # the pair and its tail
            mosfet("m0", "nmos", "tail bias 0 0", "nf_tail", "l_bias"),
            mosfet("m1", "nmos", "left inp tail 0", "nf_in", "l_in"),
            mosfet("m2", "nmos", "right inn tail 0", "nf_in", "l_in"),
            # sources, cascodes, mirror
            mosfet("m3", "pmos", "left pbias vdd vdd", "nf_source", "l_bias"),
            mosfet("m4", "pmos", "right pbias vdd vdd", "nf_source", "l_bias"),
            mosfet("m5", "pmos", "mirror pcascode left vdd", "nf_pcas", "l_cas"),
            mosfet("m6", "pmos", "out pcascode right vdd", "nf_pcas", "l_cas"),
            mosfet("m7", "nmos", "mirror ncascode low 0", "nf_ncas", "l_cas"),
            mosfet("m8", "nmos", "out ncascode low2 0", "nf_ncas", "l_cas"),
            mosfet("m9", "nmos", "low mirror 0 0", "nf_mirror", "l_bias"),
            mosfet("m10", "nmos", "low2 mirror 0 0", "nf_mirror", "l_bias"),
        ),
        space=Space(
            (
                Real("i_bias", 2e-6, 50e-6, "A", log=True),
                Integer("nf_bias", 1, 20, log=True),
                Integer("nf_pbias", 1, 40, log=True),
                Integer("nf_tail", 1, 60, log=True),
                Integer("nf_in", 1, 100, log=True),
                Integer("nf_source", 1, 100, log=True),
                Integer("nf_pcas", 1, 60, log=True),
                Integer("nf_ncas", 1, 40, log=True),
                Integer("nf_mirror", 1, 40, log=True),
                Real("l_bias", 0.13e-6, 2e-6, "m", log=True),
                Real("l_in", 0.13e-6, 1e-6, "m", log=True),
                Real("l_cas", 0.13e-6, 0.5e-6, "m", log=True),
                Real("l_ncascode", 0.2e-6, 10e-6, "m", log=True),
                Real("l_pcascode", 0.2e-6, 10e-6, "m", log=True),
            )
        ),
    )
