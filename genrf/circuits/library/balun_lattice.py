"""Lattice balun: a low-pass path to one side and a high-pass path to the other are 180 degrees apart, and match.

Source: Bakalski, Simbuerger, Knapp, Wohlmuth, Scholtz, Lumped and distributed lattice-type LC-baluns, IEEE MTT-S 2002.
"""

from genrf.circuits.board import ceramic, coil
from genrf.circuits.topology import GROUND, Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """From a single-ended to a differential port, or the other way: the network is reciprocal."""
    return Topology(
        name="balun_lattice",
        family="balun",
        description="lattice balun of coils and capacitors",
        signals=("in", "outp", "outn"),
        references={},
        devices=(
            coil("lp", "in", "outp", "l", "centre"),
            ceramic("cp", "outp", GROUND, "c"),
            ceramic("cn", "in", "outn", "c"),
            coil("ln", "outn", GROUND, "l", "centre"),
        ),
        space=Space((Real("l", 0.5e-9, 1e-6, "H", log=True), Real("c", 0.1e-12, 100e-12, "F", log=True))),
    )
