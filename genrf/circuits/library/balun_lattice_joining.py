"""Lattice balun from a differential port under bias to a single-ended one, with blocking capacitors."""

from genrf.circuits.board import ceramic, coil
from genrf.circuits.topology import GROUND, Topology
from genrf.core.space import Real, Space

BLOCK = 100e-12  # F: 20 ohm at 80 MHz, and settled within the tenth of a microsecond that a transient can wait


def topology() -> Topology:
    """As `balun_lattice`, whose source holds; small capacitors keep the direct voltage of the differential port."""
    return Topology(
        name="balun_lattice_joining",
        family="balun",
        description="lattice balun of coils and capacitors behind blocking capacitors",
        signals=("inp", "inn", "out"),
        references={},
        devices=(
            ceramic("cblockp", "inp", "p", BLOCK),
            ceramic("cblockn", "inn", "n", BLOCK),
            coil("lp", "out", "p", "l", "centre"),
            ceramic("cp", "p", GROUND, "c"),
            ceramic("cn", "out", "n", "c"),
            coil("ln", "n", GROUND, "l", "centre"),
        ),
        space=Space((Real("l", 0.5e-9, 1e-6, "H", log=True), Real("c", 0.1e-12, 100e-12, "F", log=True))),
    )
