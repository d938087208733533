"""Voltage-controlled oscillator of a cross-coupled pair on a tank, its current set by a mirror at the tail.

Source: Hajimiri and Lee, Design issues in CMOS differential LC oscillators, IEEE J. Solid-State Circuits 34 (1999) 717;
its varactors after Andreani and Mattisson, IEEE J. Solid-State Circuits 35 (2000) 905.
"""

from collections.abc import Mapping

from genrf.circuits.blocks import MIRROR_FINGERS
from genrf.circuits.topology import Device, Drawn, Topology
from genrf.core.space import Integer, Real, Space

_VARACTOR: Mapping[str, Drawn] = {"w": 4e-6, "l": 0.25e-6, "nf": "nf_var"}


def topology() -> Topology:
    """Two spirals to the supply, fixed and tuned capacitors at either output, the pair below them."""
    return Topology(
        name="vco_cross_coupled",
        family="vco",
        description="cross-coupled pair with LC tank, tail current source and inversion-mode varactors",
        signals=("tune", "outp", "outn"),
        references={"bias": "i_bias"},
        devices=(
            *_side("1", "outp", "outn"),
            *_side("2", "outn", "outp"),
            Device("mt", "nmos", _tail("tail"), {"w": "w_tail", "l": "l_tail", "nf": "nf_tail"}),
            Device("mb", "nmos", _tail("bias"), {"w": "w_tail", "l": "l_tail", "nf": float(MIRROR_FINGERS)}),
            Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 5e-12}),
        ),
        space=Space(
            (
                Integer("nf_pair", 4, 100, log=True),
                Real("w_finger", 1e-6, 4e-6, "m", log=True),
                Integer("nf_tail", 10, 200, log=True),
                Real("w_tail", 1e-6, 6e-6, "m", log=True),
                Real("l_tail", 0.4e-6, 3e-6, "m", log=True),  # its flicker noise is what becomes phase noise
                Real("i_bias", 30e-6, 1e-3, "A", log=True),
                Real("n_coil", 1.5, 5.5),
                Real("d_coil", 60e-6, 250e-6, "m", log=True),
                Real("c_fixed", 20e-15, 2e-12, "F", log=True),
                Integer("nf_var", 4, 100, log=True),
            )
        ),
    )


def _side(number: str, drain: str, gate: str) -> tuple[Device, ...]:
    """One half of the tank with its transistor."""
    nets = {"d": drain, "g": gate, "s": "tail", "b": "0"}
    return (
        Device(f"l{number}", "spiral", {"a": "vdd", "b": drain}, {"turns": "n_coil", "inner": "d_coil"}),
        Device(f"c{number}", "mim", {"a": drain, "b": "0"}, {"c": "c_fixed"}),
        Device(f"v{number}", "varactor", {"gate": drain, "tune": "tune"}, _VARACTOR),
        Device(f"m{number}", "nmos", nets, {"w": "w_finger", "nf": "nf_pair"}),
    )


def _tail(drain: str) -> dict[str, str]:
    return {"d": drain, "g": "bias", "s": "0", "b": "0"}
