"""Pieces that bandgap references share: the amplifier that drives the mirrors, the start-up circuit, their variables.

Both bring their own current: nothing outside of the circuit biases it.
"""

from genrf.circuits.blocks import mosfet
from genrf.circuits.topology import Device, Drawn, Times
from genrf.core.space import AbstractVariable, Integer, Real

EMITTERS = 8.0  # around the one that they are compared with, three by three
SINK = 8.0  # fingers that carry a copy of the core's current; those of tail and watch over these are the ratios

CORE: tuple[AbstractVariable, ...] = (
    Integer("nf_mirror", 4, 60, log=True),
    Real("l_mirror", 1e-6, 8e-6, "m", log=True),
    Real("r_ptat", 8e3, 25e3, "ohm", log=True),
)

AMPLIFIER: tuple[AbstractVariable, ...] = (
    Integer("nf_in", 10, 100, log=True),
    Real("l_in", 0.5e-6, 5e-6, "m", log=True),
    Integer("nf_load", 2, 40, log=True),
    Real("l_load", 1e-6, 8e-6, "m", log=True),
    Integer("nf_tail", 2, 16, log=True),
    Real("l_tail", 1e-6, 8e-6, "m", log=True),
    Real("c_loop", 0.2e-12, 20e-12, "F", log=True),
)

START: tuple[AbstractVariable, ...] = (
    Real("ratio_start", 20.0, 40.0, log=True),
    Integer("nf_watch", 3, 20, log=True),
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


def multiple(name: str, a: str, b: str, ratio: str) -> Device:
    """A resistor that is `ratio` times `r_ptat`: ratios alone decide the reference and its temperature coefficient."""
    return resistor(name, a, b, Times("r_ptat", ratio))


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
        mosfet("mg", "nmos", "sink sink 0 0", SINK, "l_tail"),
        mosfet("mt", "nmos", "tail sink 0 0", "nf_tail", "l_tail"),
        Device("cl", "mim", {"a": "drive", "b": "vdd"}, {"c": "c_loop"}),
    )


def starter() -> tuple[Device, ...]:
    """It pulls `drive` down until a copy of the core's current is more than what a resistor brings from the supply.

    Currents are compared, not a base-emitter voltage with a threshold: these fall with temperature at rates so
    different that a watch on the voltage which is sure when cold never ends when hot.
    """
    return (
        multiple("rstart", "vdd", "kick", "ratio_start"),
        mosfet("mw", "nmos", "kick sink 0 0", "nf_watch", "l_tail"),
        mosfet("mk", "nmos", "drive kick 0 0", "nf_kick", 1e-6),
    )
