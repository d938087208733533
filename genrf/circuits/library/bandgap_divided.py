"""Bandgap reference below 1 V: a current that rises with temperature lifts a base-emitter voltage behind a divider.

The core is Kuijk's (A precision reference voltage source, IEEE J. Solid-State Circuits 8 (1973) 222) without resistors
beside its diodes, so that no current can avoid them: it has one state fewer than that of Banba et al.
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
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """V_ref = down / (down + up) (V_BE + up V_T ln 8), eight emitters against one, `up` and `down` times r_ptat.

    A current V_T ln 8 / r_ptat enters `out`, from where `up` leads to a diode and `down` to ground. As V_ref lies below
    V_BE, `up` takes current from the diode, which has a source of its own.
    """
    return Topology(
        name="bandgap_divided",
        family="bandgap",
        description="bandgap reference with a dividing output branch",
        signals=("out",),
        references={},
        devices=(
            mirror("m1", "one"),
            mirror("m2", "many"),
            mirror("m3", "out"),
            mirror("m4", "diode", "nf_diode"),
            pnp("q1", "one", 1.0),
            resistor("rptat", "many", "under", "r_ptat"),
            pnp("q2", "under", EMITTERS),
            multiple("rup", "out", "diode", "ratio_up"),
            pnp("q3", "diode", 1.0),
            multiple("rdown", "out", "0", "ratio_down"),
            *amplifier("one", "many"),
            *starter(),
        ),
        space=Space(
            (
                *CORE,
                Integer("nf_diode", 4, 60, log=True),
                Real("ratio_up", 8.0, 12.0),
                Real("ratio_down", 5.5, 9.0),
                *AMPLIFIER,
                *START,
            )
        ),
    )
