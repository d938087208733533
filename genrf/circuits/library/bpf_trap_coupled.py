"""Band-pass of two shunt resonators, coupled by a trap: its resonance is a zero of transmission beside the band.

Below its resonance the trap is a coil, and the zero lies above the band; beyond it is a capacitor, and the zero lies
below. Source: Matthaei, Young, Jones, Microwave Filters, Impedance-Matching Networks, and Coupling Structures, Artech
1980, section 8.02 (any series reactance between two shunt resonators inverts impedances).
"""

from genrf.circuits.board import ceramic, tank, trap
from genrf.circuits.topology import Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """Symmetrical, with a capacitor to each port."""
    return Topology(
        name="bpf_trap_coupled",
        family="filter_bandpass",
        description="two resonators coupled by a trap",
        signals=("in", "out"),
        references={},
        devices=(
            ceramic("cin", "in", "first", "c_port"),
            *tank(1, "first", "l", "c", "centre"),
            *trap(2, "first", "second", "l_trap", "c_trap", "centre"),
            *tank(3, "second", "l", "c", "centre"),
            ceramic("cout", "second", "out", "c_port"),
        ),
        space=Space(
            (
                Real("l", 1e-9, 10e-9, "H", log=True),
                Real("c", 0.2e-12, 10e-12, "F", log=True),
                Real("l_trap", 1e-9, 20e-9, "H", log=True),
                Real("c_trap", 0.1e-12, 3e-12, "F", log=True),
                Real("c_port", 0.1e-12, 3e-12, "F", log=True),
            )
        ),
    )
