"""Ladder low-pass of fifth order: shunt capacitors, series coils, all zeros of transmission at infinity.

Source: Matthaei, Young, Jones, Microwave Filters, Impedance-Matching Networks, and Coupling Structures, Artech 1980,
section 4.05: C = g / (Z0 w1), L = g Z0 / w1.
"""

from genrf.circuits.board import ceramic, coil
from genrf.circuits.topology import GROUND, Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """Symmetrical: both ends are alike."""
    return Topology(
        name="lpf_ladder",
        family="filter_lowpass",
        description="ladder low-pass of fifth order",
        signals=("in", "out"),
        references={},
        devices=(
            ceramic("c1", "in", GROUND, "c_end"),
            coil("l2", "in", "middle", "l", "edge"),
            ceramic("c3", "middle", GROUND, "c_middle"),
            coil("l4", "middle", "out", "l", "edge"),
            ceramic("c5", "out", GROUND, "c_end"),
        ),
        space=Space(
            (
                Real("c_end", 3e-12, 100e-12, "F", log=True),
                Real("l", 10e-9, 100e-9, "H", log=True),
                Real("c_middle", 5e-12, 200e-12, "F", log=True),
            )
        ),
    )
