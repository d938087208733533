"""Bandgap reference below 1 V: currents that rise and fall with temperature are added before they become a voltage.

Source: Banba, Shiga, Umezawa, Miyaba, Tanzawa, Atsumi, Sakui, A CMOS bandgap reference circuit with sub-1-V operation,
IEEE J. Solid-State Circuits 34 (1999) 670.
"""

from genrf.circuits.reference_blocks import (
    AMPLIFIER,
    CORE,
    EMITTERS,
    START,
    amplifier,
    mirror,
    multiple,
    pnp,
    resistor,
    starter,
)
from genrf.circuits.topology import Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """V_ref = ratio_out / ratio_ctat (V_BE + ratio_ctat V_T ln 8), eight emitters against one."""
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
            pnp("q2", "under", EMITTERS),
            multiple("rone", "one", "0", "ratio_ctat"),
            multiple("rmany", "many", "0", "ratio_ctat"),
            multiple("rout", "out", "0", "ratio_out"),
            *amplifier("one", "many"),
            *starter(),
        ),
        space=Space(
            (
                *CORE,
                Real("ratio_ctat", 8.0, 12.0),
                Real("ratio_out", 3.5, 5.0),
                *AMPLIFIER,
                *START,
            )
        ),
    )
