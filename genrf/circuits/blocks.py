"""Pieces that several known circuits share: input and output matching, the bias mirror, and their variables."""

from genrf.circuits.topology import Device, Drawn, Given, Times
from genrf.core.space import AbstractVariable, Integer, Real

MIRROR_FINGERS = 10  # of the diode-connected transistor; the amplifier's fingers over these are the current ratio

FINGER = 2e-6  # m, of transistors whose width is their number of fingers

BIAS: tuple[AbstractVariable, ...] = (Real("i_bias", 30e-6, 800e-6, "A", log=True),)

GATE_INDUCTOR: tuple[AbstractVariable, ...] = (Real("l_gate", 1e-9, 25e-9, "H", log=True),)

OUTPUT: tuple[AbstractVariable, ...] = (
    Real("n_load", 1.5, 6.5),
    Real("d_load", 40e-6, 250e-6, "m", log=True),
    Real("r_load", 80.0, 5e3, "ohm", log=True),
    Real("c_load", 20e-15, 2e-12, "F", log=True),
    Real("c_out", 50e-15, 5e-12, "F", log=True),
)

WIDE_LOAD: tuple[AbstractVariable, ...] = (
    Real("n_load", 1.0, 4.0),
    Real("d_load", 30e-6, 200e-6, "m", log=True),
    Real("r_load", 40.0, 600.0, "ohm", log=True),
)

FOLLOWER: tuple[AbstractVariable, ...] = (
    Integer("nf_follower", 10, 200, log=True),
    Integer("nf_sink", 10, 200, log=True),
)


def input_block(pad: str) -> tuple[Device, ...]:
    """Off-chip blocking capacitor from `in` to the bond pad `pad`."""
    return (
        Device("cblock", "capacitor_off_chip", {"a": "in", "b": pad}, {"c": 100e-12}),
        Device("padin", "pad", {"a": pad}),
    )


def mosfet(name: str, kind: str, nets: str, fingers: Drawn, length: Drawn) -> Device:
    """A transistor of 2 um fingers, its nets in SPICE's order: drain, gate, source, bulk."""
    return Device(name, kind, dict(zip("dgsb", nets.split(), strict=True)), {"w": FINGER, "nf": fingers, "l": length})


STRIPS = 6  # of a resistor with current: one of 2 um carries a milliampere for ten years


def strips(name: str, a: str, b: str, variable: str) -> tuple[Device, ...]:
    """A resistor of `variable` ohm between `a` and `b` in strips beside each other, which share its direct current.

    What a process cannot make in one piece, such as 100 ohm of a resistor of a few squares, it makes so too.
    """
    drawn = {"r": Times(variable, float(STRIPS))}
    return tuple(Device(f"{name}{strip}", "resistor", {"a": a, "b": b}, drawn) for strip in range(1, STRIPS + 1))


POWER_BLOCK = 8e-12  # F; with the bias resistor it settles within the few ten nanoseconds that a sweep waits

POWER_FINGER = 5e-6  # m

POWER_BIAS: tuple[AbstractVariable, ...] = (Real("r_bias", 40.0, 1e3, "ohm", log=True),)

POWER_OUTPUT: tuple[AbstractVariable, ...] = (
    Real("l_feed", 1e-9, 20e-9, "H", log=True),
    Real("l_out", 0.5e-9, 5e-9, "H", log=True),
    Real("c_out", 0.1e-12, 5e-12, "F", log=True),
)


def input_match(gate: str, block: float = 100e-12) -> tuple[Device, ...]:
    """Off-chip blocking capacitor of `block` F and series inductor from `in` to `gate`, where the bond pad loads it."""
    return (
        Device("cblock", "capacitor_off_chip", {"a": "in", "b": "blocked"}, {"c": block}),
        Device(
            "lgate",
            "inductor_off_chip",
            {"a": "blocked", "b": gate},
            {"l": "l_gate", "q": Given("off_chip_q"), "f_q": Given("centre")},
        ),
        Device("padin", "pad", {"a": gate}),
    )


def blocked_pad(side: str, signal: str, net: str) -> tuple[Device, ...]:
    """An off-chip capacitor from `signal` to `net` that blocks direct voltage and no intermediate frequency; a pad."""
    return (
        Device(f"cblock{side}", "capacitor_off_chip", {"a": signal, "b": net}, {"c": 10e-9}),
        Device(f"pad{side}", "pad", {"a": net}),
    )


def bias_mirror(gate: str) -> tuple[Device, ...]:
    """A diode-connected transistor that carries the reference current and biases `gate` through 10 kohm."""
    return (
        Device(
            "mb", "nmos", {"d": "bias", "g": "bias", "s": "0", "b": "0"}, {"w": "w_finger", "nf": float(MIRROR_FINGERS)}
        ),
        Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 2e-12}),
        Device("rb", "resistor", {"a": "bias", "b": gate}, {"r": 10e3}),
    )


def output_match(drain: str, pad: str = "pad") -> tuple[Device, ...]:
    """A damped tank at `drain` and a series capacitor to `out`: together they step 50 ohm up to the load.

    `pad` is the kind of bond pad.
    """
    return (
        Device("ld", "spiral", {"a": "vdd", "b": drain}, {"turns": "n_load", "inner": "d_load"}),
        Device("rd", "resistor", {"a": "vdd", "b": drain}, {"r": "r_load"}),
        Device("cd", "mim", {"a": drain, "b": "0"}, {"c": "c_load"}),
        Device("co", "mim", {"a": "out", "b": drain}, {"c": "c_out"}),
        Device("padout", pad, {"a": "out"}),
    )


def wide_load(drain: str) -> tuple[Device, ...]:
    """A resistor with an inductor in series, which keeps the gain up where the node's capacitance takes it (peaking).

    Source: Lee, The Design of CMOS Radio-Frequency Integrated Circuits, 2nd ed., Cambridge 2004, section 9.3.
    """
    return (
        Device("ld", "spiral", {"a": "vdd", "b": "peak"}, {"turns": "n_load", "inner": "d_load"}),
        *strips("rd", "peak", drain, "r_load"),
    )


def follower(drain: str, sink: str = "bias") -> tuple[Device, ...]:
    """A source follower from `drain` to `out`, its gate at the supply, so that the load may drop any voltage.

    `sink` is the gate of the transistor that draws its current.
    """
    return (
        Device("ce", "mim", {"a": "raised", "b": drain}, {"c": 1e-12}),
        Device("re", "resistor", {"a": "vdd", "b": "raised"}, {"r": 10e3}),
        Device(
            "mf", "nmos", {"d": "vdd", "g": "raised", "s": "follower", "b": "0"}, {"w": "w_finger", "nf": "nf_follower"}
        ),
        Device("mt", "nmos", {"d": "follower", "g": sink, "s": "0", "b": "0"}, {"w": "w_finger", "nf": "nf_sink"}),
        Device("padout", "pad", {"a": "follower"}),
        Device("co", "capacitor_off_chip", {"a": "follower", "b": "out"}, {"c": 100e-12}),
    )


def power_bias(gate: str) -> tuple[Device, ...]:
    """A mirror whose resistor to `gate` damps the input: it makes an amplifier stable, and follows an envelope."""
    return (
        Device(
            "mb",
            "nmos",
            {"d": "bias", "g": "bias", "s": "0", "b": "0"},
            {"w": POWER_FINGER, "nf": float(MIRROR_FINGERS)},
        ),
        Device("cb", "mim", {"a": "bias", "b": "0"}, {"c": 10e-12}),
        *strips("rb", "bias", gate, "r_bias"),  # 50 to 200 ohm, less than one strip of a foundry's resistor
    )


def power_output(drain: str) -> tuple[Device, ...]:
    """Off chip: a feed from the supply, and an L section (series coil, shunt capacitor) that steps 50 ohm down."""
    q = {"q": Given("off_chip_q"), "f_q": Given("centre")}
    return (
        Device("padout", "pad", {"a": drain}),
        Device("lfeed", "inductor_off_chip", {"a": "vdd", "b": drain}, {"l": "l_feed", **q}),
        Device("lout", "inductor_off_chip", {"a": drain, "b": "stepped"}, {"l": "l_out", **q}),
        Device("cout", "capacitor_off_chip", {"a": "stepped", "b": "0"}, {"c": "c_out"}),
        Device("cend", "capacitor_off_chip", {"a": "stepped", "b": "out"}, {"c": 10e-12}),
    )
