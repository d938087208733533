"""Elliptic low-pass of fifth order: a ladder whose series arms are traps, each a zero of transmission in the stop band.

Source: Zverev, Handbook of Filter Synthesis, Wiley 1967, chapter 5.
"""

from genrf.circuits.board import ceramic, trap
from genrf.circuits.topology import GROUND, Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """Three shunt capacitors, all different: the two traps resonate at two frequencies."""
    return Topology(
        name="lpf_elliptic",
        family="filter_lowpass",
        description="elliptic low-pass of fifth order",
        signals=("in", "out"),
        references={},
        devices=(
            ceramic("c1", "in", GROUND, "c_1"),
            *trap(2, "in", "middle", "l_2", "c_2", "edge"),
            ceramic("c3", "middle", GROUND, "c_3"),
            *trap(4, "middle", "out", "l_4", "c_4", "edge"),
            ceramic("c5", "out", GROUND, "c_5"),
        ),
        space=Space(
            (
                Real("c_1", 3e-12, 100e-12, "F", log=True),
                Real("l_2", 10e-9, 100e-9, "H", log=True),
                Real("c_2", 0.5e-12, 50e-12, "F", log=True),
                Real("c_3", 5e-12, 200e-12, "F", log=True),
                Real("l_4", 10e-9, 100e-9, "H", log=True),
                Real("c_4", 0.5e-12, 50e-12, "F", log=True),
                Real("c_5", 3e-12, 100e-12, "F", log=True),
            )
        ),
    )
