"""Voltage-controlled oscillator of three current-starved inverters in a ring.

Source: Jeong, Borriello, Hodges, Katz, Design of PLL-based clock generation circuits, IEEE J. Solid-State Circuits 22
(1987) 255; its phase noise in Abidi, Phase noise and jitter in CMOS ring oscillators, the same 41 (2006) 1803.
"""

from genrf.circuits.topology import Device, Topology
from genrf.core.space import Integer, Real, Space

_STAGES = ("one", "two", "out")
_NMOS = {"w": "w_n", "l": "l_gate", "nf": "nf_stage"}
_PMOS = {"w": "w_p", "l": "l_gate", "nf": "nf_stage"}


def topology() -> Topology:
    """The tuning voltage at the lower current sources' gates; a mirror brings the same current to the upper ones."""
    return Topology(
        name="vco_ring",
        family="vco",
        description="ring of three current-starved inverters",
        signals=("tune", "out"),
        references={},
        devices=(
            *(device for k in range(3) for device in _stage(_STAGES[k - 1], _STAGES[k])),
            Device("mnb", "nmos", {"d": "upper", "g": "tune", "s": "0", "b": "0"}, _NMOS),
            Device("mpb", "pmos", {"d": "upper", "g": "upper", "s": "vdd", "b": "vdd"}, _PMOS),
        ),
        space=Space(
            (
                Integer("nf_stage", 2, 20, log=True),
                Real("w_n", 1e-6, 5e-6, "m", log=True),
                Real("w_p", 1e-6, 10e-6, "m", log=True),
                Real("l_gate", 0.13e-6, 0.35e-6, "m", log=True),
                Real("c_stage", 10e-15, 100e-15, "F", log=True),
            )
        ),
    )


def _stage(before: str, after: str) -> tuple[Device, ...]:
    """An inverter between two current sources, and the capacitance that it drives."""
    high, low = f"{after}_high", f"{after}_low"
    return (
        Device(f"mps_{after}", "pmos", {"d": high, "g": "upper", "s": "vdd", "b": "vdd"}, _PMOS),
        Device(f"mp_{after}", "pmos", {"d": after, "g": before, "s": high, "b": "vdd"}, _PMOS),
        Device(f"mn_{after}", "nmos", {"d": after, "g": before, "s": low, "b": "0"}, _NMOS),
        Device(f"mns_{after}", "nmos", {"d": low, "g": "tune", "s": "0", "b": "0"}, _NMOS),
        Device(f"c_{after}", "mim", {"a": after, "b": "0"}, {"c": "c_stage"}),
    )
