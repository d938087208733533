"""Bandgap reference below 1 V: a current that rises with temperature lifts a base-emitter voltage behind a divider.

The core is Kuijk's (A precision reference voltage source, IEEE J. Solid-State Circuits 8 (1973) 222) without resistors
beside its diodes, so that no current can avoid them: it has one state fewer than that of Banba et al.
"""

from genrf.circuits.reference_blocks import AMPLIFIER, CORE, START, amplifier, mirror, pnp, resistor, starter
from genrf.circuits.topology import Topology
from genrf.core.space import Integer, Real, Space


def topology() -> Topology:
    """V_ref = r_down / (r_down + r_up) (V_BE + r_up / r_ptat V_T ln N), N emitters against one.

    A current V_T ln N / r_ptat enters `out`, from where r_up leads to a diode and r_down to ground. As V_ref lies below
    V_BE, r_up takes current from the diode, which has a source of its own.
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
            pnp("q2", "under", "emitters"),
            resistor("rup", "out", "diode", "r_up"),
            pnp("q3", "diode", 1.0),
            resistor("rdown", "out", "0", "r_down"),
            *amplifier("one", "many"),
            *starter("one"),
        ),
        space=Space(
            (
                *CORE,
                Integer("nf_diode", 2, 60, log=True),
                Real("r_up", 20e3, 600e3, "ohm", log=True),
                Real("r_down", 20e3, 600e3, "ohm", log=True),
                *AMPLIFIER,
                *START,
            )
        ),
    )
