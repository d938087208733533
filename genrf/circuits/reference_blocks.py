"""Pieces that bandgap references share: the amplifier that drives the mirrors, the start-up circuit, their variables.

Both bring their own current: nothing outside of the circuit biases it.
"""

from genrf.circuits.blocks import mosfet
from genrf.circuits.topology import Device, Drawn
from genrf.core.space import AbstractVariable, Integer, Real

_WEAK = {"w": 0.5e-6, "nf": 1.0, "l": 10e-6}  # m: some microampere with its gate at ground

CORE: tuple[AbstractVariable, ...] = (
    Integer("nf_mirror", 2, 60, log=True),
    Real("l_mirror", 0.5e-6, 8e-6, "m", log=True),
    Integer("emitters", 4, 40, log=True),
    Real("r_ptat", 4e3, 60e3, "ohm", log=True),
)

AMPLIFIER: tuple[AbstractVariable, ...] = (
    Integer("nf_in", 2, 100, log=True),
    Real("l_in", 0.3e-6, 5e-6, "m", log=True),
    Integer("nf_load", 2, 60, log=True),
    Real("l_load", 0.5e-6, 8e-6, "m", log=True),
    Integer("nf_tail", 1, 40, log=True),
    Real("l_tail", 0.5e-6, 8e-6, "m", log=True),
    Real("c_loop", 0.2e-12, 20e-12, "F", log=True),
)

START: tuple[AbstractVariable, ...] = (
    Integer("nf_watch", 1, 20, log=True),
    Real("l_watch", 0.3e-6, 10e-6, "m", log=True),
    Integer("nf_kick", 1, 10, log=True),
)


def mirror(name: str, drain: str, fingers: Drawn = "nf_mirror") -> Device:
    """A current source from the supply; all of them share the gate `drive`."""
    return mosfet(name, "pmos", f"{drain} drive vdd vdd", fingers, "l_mirror")


def pnp(name: str, emitter: str, emitters: Drawn) -> Device:
    """A diode-connected substrate transistor."""
    return Device(name, "pnp", {"b": "0", "e": emitter}, {"m": emitters})


def resistor(name: str, a: str, b: str, value: Drawn) -> Device:
    """A resistor between two nets."""
    return Device(name, "resistor", {"a": a, "b": b}, {"r": value})


def amplifier(steady: str, steep: str) -> tuple[Device, ...]:
    """A pair of nmos on a pmos mirror; its output `drive` falls when `steady` rises above `steep`.

    A mirror of the core's own current feeds the tail. The capacitor to the supply carries the loop's dominant pole and
    keeps the sources' gates at a constant distance from the supply.
    """
    return (
        mosfet("ma", "nmos", f"drive {steady} tail 0", "nf_in", "l_in"),
        mosfet("mb", "nmos", f"folded {steep} tail 0", "nf_in", "l_in"),
        mosfet("mc", "pmos", "drive folded vdd vdd", "nf_load", "l_load"),
        mosfet("md", "pmos", "folded folded vdd vdd", "nf_load", "l_load"),
        mirror("mf", "sink", "nf_mirror"),
        mosfet("mg", "nmos", "sink sink 0 0", "nf_tail", "l_tail"),
        mosfet("mt", "nmos", "tail sink 0 0", "nf_tail", "l_tail"),
        Device("cl", "mim", {"a": "drive", "b": "vdd"}, {"c": "c_loop"}),
    )


def starter(watched: str) -> tuple[Device, ...]:
    """It pulls `drive` down until `watched`, a base-emitter voltage, turns the watching transistor on."""
    return (
        Device("mw", "pmos", {"d": "kick", "g": "0", "s": "vdd", "b": "vdd"}, _WEAK),
        mosfet("mx", "nmos", f"kick {watched} 0 0", "nf_watch", "l_watch"),
        mosfet("mk", "nmos", "drive kick 0 0", "nf_kick", 1e-6),
    )
