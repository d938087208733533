"""Bandgap reference below 1 V: currents that rise and fall with temperature are added before they become a voltage.

Source: Banba, Shiga, Umezawa, Miyaba, Tanzawa, Atsumi, Sakui, A CMOS bandgap reference circuit with sub-1-V operation,
IEEE J. Solid-State Circuits 34 (1999) 670.
"""

from genrf.circuits.reference_blocks import AMPLIFIER, CORE, START, amplifier, mirror, pnp, resistor, starter
from genrf.circuits.topology import Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """V_ref = r_out / r_ctat (V_BE + r_ctat / r_ptat V_T ln N), N emitters against one."""
    return Topology(
        name="bandgap_banba",
        family="bandgap",
        description="current-mode bandgap reference",
        signals=("out",),
        references={},
        devices=(
            mirror("m1", "one"),
            mirror("m2", "many"),
            mirror("m3", "out"),
            pnp("q1", "one", 1.0),
            resistor("rptat", "many", "under", "r_ptat"),
            pnp("q2", "under", "emitters"),
            resistor("rone", "one", "0", "r_ctat"),
            resistor("rmany", "many", "0", "r_ctat"),
            resistor("rout", "out", "0", "r_out"),
            *amplifier("one", "many"),
            *starter("one"),
        ),
        space=Space(
            (
                *CORE,
                Real("r_ctat", 40e3, 800e3, "ohm", log=True),
                Real("r_out", 20e3, 600e3, "ohm", log=True),
                *AMPLIFIER,
                *START,
            )
        ),
    )
