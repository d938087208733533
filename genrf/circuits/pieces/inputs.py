"""Blocks from the port `in` to the drain of the first transistor: matching, bias, input stage.

`entry` is the net where the signal reaches the first transistor (its gate, or its source in a common gate), `middle`
that transistor's drain. Sources: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, chapter 5; Lee, The Design
of CMOS Radio-Frequency Integrated Circuits, 2nd ed., Cambridge 2004, chapter 12.
"""

from genrf.circuits.blocks import MIRROR_FINGERS
from genrf.circuits.pieces.drawing import Devices, chip_coil, mim, nmos, pmos, resistor, spiral
from genrf.circuits.topology import GROUND, SUPPLY, Device


def blocked(a: str, b: str) -> Devices:
    """A blocking capacitor on the board, and the pad where the signal comes onto the die."""
    return (
        Device("cblock", "capacitor_off_chip", {"a": "in", "b": a}, {"c": 100e-12}),
        Device("padin", "pad", {"a": b}),
    )


def direct(entry: str) -> Devices:
    """Nothing but the blocking capacitor."""
    return blocked(entry, entry)


def series(entry: str) -> Devices:
    """A coil in series."""
    return (*blocked("board", entry), chip_coil("lgate", "board", entry, "l_gate"))


def shunt(entry: str) -> Devices:
    """A coil to ground, which takes the pad's capacitance away."""
    return (*blocked(entry, entry), chip_coil("lin", "in", GROUND, "l_in"))


def ell(entry: str) -> Devices:
    """A coil in series, a capacitor to ground behind it."""
    return (*series(entry), mim("cin", entry, GROUND, "c_in"))


def pi(entry: str) -> Devices:
    """A coil in series between two capacitors to ground, the pad being the second."""
    return (*series(entry), Device("cboard", "capacitor_off_chip", {"a": "in", "b": GROUND}, {"c": "c_board"}))


def lossy(entry: str) -> Devices:
    """A resistor to ground: a match at every frequency, for 3 dB of noise and more."""
    return (*direct(entry), resistor("rin", entry, "term", "r_in"), mim("cterm", "term", GROUND, 10e-12))


def reference() -> Devices:
    """A diode-connected transistor that carries the reference current."""
    return (nmos("mb", "bias", "bias", GROUND, float(MIRROR_FINGERS)), mim("cb", "bias", GROUND, 2e-12))


def mirror(gate: str, drain: str) -> Devices:
    """The reference's voltage through 10 kohm."""
    return (*reference(), resistor("rb", "bias", gate, 10e3))


def replica(gate: str, drain: str) -> Devices:
    """A reference below a cascode of its own, so that its drain sits where the amplifier's does."""
    return (
        nmos("mb", "below", "bias", GROUND, float(MIRROR_FINGERS)),
        nmos("mbc", "bias", SUPPLY, "below", float(MIRROR_FINGERS)),
        mim("cb", "bias", GROUND, 2e-12),
        resistor("rb", "bias", gate, 10e3),
    )


def own(gate: str, drain: str) -> Devices:
    """The stage's own drain through 20 kohm: the load's drop sets the current."""
    return (resistor("rb", drain, gate, 20e3),)


def automatic(gate: str, drain: str) -> Devices:
    """None: the stage biases itself."""
    return ()


def chain(gate: str, drain: str) -> Devices:
    """The reference alone, for a stage that mirrors it by its own."""
    return reference()


def stacked(gate: str, drain: str) -> Devices:
    """Two references on each other, the lower for the current source below a common gate."""
    return (
        nmos("mb", "tail", "tail", GROUND, float(MIRROR_FINGERS)),
        nmos("mbu", "bias", "bias", "tail", float(MIRROR_FINGERS)),
        mim("cb", "bias", GROUND, 2e-12),
        resistor("rb", "bias", gate, 10e3),
    )


def source(entry: str, middle: str) -> Devices:
    """Common source."""
    return (nmos("m1", middle, entry, GROUND, "nf_1"),)


def degenerated(entry: str, middle: str) -> Devices:
    """Common source on a coil, whose feedback makes the input real (Shaeffer and Lee 1997)."""
    return (nmos("m1", middle, entry, "source", "nf_1"), spiral("ls", "source", GROUND, "source"))


def padded(entry: str, middle: str) -> Devices:
    """The same with a capacitor beside the gate's own (Andreani and Sjoland 2001)."""
    return (*degenerated(entry, middle), mim("cx", entry, "source", "c_gs"))


def lifted(entry: str, middle: str) -> Devices:
    """Common source on a resistor."""
    return (nmos("m1", middle, entry, "source", "nf_1"), resistor("rs", "source", GROUND, "r_source"))


def gate_coil(entry: str, middle: str) -> Devices:
    """Common gate, its source on a coil."""
    return (*_common_gate(entry, middle), spiral("ls", entry, GROUND, "shunt"))


def gate_resistor(entry: str, middle: str) -> Devices:
    """Common gate, its source on a resistor."""
    return (*_common_gate(entry, middle), resistor("rs", entry, GROUND, "r_rest"))


def gate_current(entry: str, middle: str) -> Devices:
    """Common gate on a current source."""
    return (*_common_gate(entry, middle), nmos("ms", entry, "tail", GROUND, "nf_tail"))


def gate_boosted(entry: str, middle: str) -> Devices:
    """Common gate whose gate an inverting stage drives against its source, for gm (1 + A) at the input."""
    return (
        nmos("m1", middle, "gate", entry, "nf_1"),
        nmos("ma", "gate", entry, GROUND, "nf_aux"),
        resistor("ra", SUPPLY, "gate", "r_aux"),
        resistor("rs", entry, GROUND, "r_rest"),
    )


def _common_gate(entry: str, middle: str) -> Devices:
    return (nmos("m1", middle, "gate", entry, "nf_1"), mim("cg", "gate", GROUND, "c_gate"))


def inverter(entry: str, middle: str) -> Devices:
    """Two transistors on one current, which they set between themselves."""
    return (
        nmos("m1", middle, entry, GROUND, "nf_1"),
        pmos("mp", middle, entry, SUPPLY, "nf_p"),
        resistor("rx", middle, entry, "r_self"),
    )


def inverter_coil(entry: str, middle: str) -> Devices:
    """The same on a coil."""
    return (
        *degenerated(entry, middle),
        pmos("mp", middle, entry, SUPPLY, "nf_p"),
        resistor("rx", middle, entry, "r_self"),
    )


def reuse(entry: str, middle: str) -> Devices:
    """Two transistors on one current, which a mirror sets (Karanicolas 1996)."""
    return (nmos("m1", middle, entry, GROUND, "nf_1"), *_mirrored(entry, middle))


def reuse_coil(entry: str, middle: str) -> Devices:
    """The same on a coil."""
    return (*degenerated(entry, middle), *_mirrored(entry, middle))


def _mirrored(entry: str, middle: str) -> Devices:
    return (
        *turned(),
        resistor("rt", "top", "upper", 10e3),
        mim("cc", entry, "upper", "c_couple"),
        pmos("mp", middle, "upper", SUPPLY, "nf_p"),
        resistor("rx", middle, entry, "r_self"),
    )


def turned() -> Devices:
    """The reference current turned round to the supply, where the gate `top` mirrors it."""
    return (
        nmos("mc", "top", "bias", GROUND, float(MIRROR_FINGERS)),
        pmos("md", "top", "top", SUPPLY, float(MIRROR_FINGERS)),
        mim("ct", "top", SUPPLY, 2e-12),
    )
