"""Band-pass of three shunt resonators, coupled to each other and to the ports by series capacitors.

Source: Cohn, Direct-coupled-resonator filters, Proc. IRE 45 (1957) 187; Matthaei, Young, Jones, Microwave Filters,
Impedance-Matching Networks, and Coupling Structures, Artech 1980, section 8.05.
"""

from genrf.circuits.board import ceramic, tank
from genrf.circuits.topology import Topology
from genrf.core.space import Real, Space


def topology() -> Topology:
    """Symmetrical, with three coils of one value."""
    return Topology(
        name="bpf_coupled_resonators",
        family="filter_bandpass",
        description="three resonators coupled by capacitors",
        signals=("in", "out"),
        references={},
        devices=(
            ceramic("cin", "in", "first", "c_port"),
            *tank(1, "first", "l", "c_outer", "centre"),
            ceramic("c12", "first", "second", "c_between"),
            *tank(2, "second", "l", "c_inner", "centre"),
            ceramic("c23", "second", "third", "c_between"),
            *tank(3, "third", "l", "c_outer", "centre"),
            ceramic("cout", "third", "out", "c_port"),
        ),
        space=Space(
            (
                Real("l", 1e-9, 10e-9, "H", log=True),
                Real("c_outer", 0.2e-12, 10e-12, "F", log=True),
                Real("c_inner", 0.2e-12, 10e-12, "F", log=True),
                Real("c_between", 0.1e-12, 2e-12, "F", log=True),
                Real("c_port", 0.1e-12, 3e-12, "F", log=True),
            )
        ),
    )
