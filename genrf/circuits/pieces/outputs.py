"""Blocks from the drain of the first transistor to the port `out`: cascode, load, feedback, output.

`middle` is that transistor's drain, `drain` the net of the load, which hangs on `rail`, `buffered` the net behind a
buffer. Sources: Razavi, RF Microelectronics, 2nd ed., Prentice Hall 2011, chapter 5; Lee, The Design of CMOS
Radio-Frequency Integrated Circuits, 2nd ed., Cambridge 2004, chapter 9.
"""

from genrf.circuits.pieces.drawing import Devices, mim, nmos, pmos, resistor, spiral
from genrf.circuits.pieces.inputs import turned
from genrf.circuits.topology import GROUND, SUPPLY, Device


def single(middle: str, drain: str) -> Devices:
    """None: `middle` and `drain` are one net."""
    return ()


def cascode(middle: str, drain: str) -> Devices:
    """A transistor with its gate on the supply."""
    return (nmos("m2", drain, SUPPLY, middle, "nf_2"),)


def lowered(middle: str, drain: str) -> Devices:
    """A transistor with its gate on a divider, which leaves the drain more room."""
    return (
        nmos("m2", drain, "cascode", middle, "nf_2"),
        resistor("rg", SUPPLY, "cascode", 5e3),
        resistor("rh", "cascode", GROUND, "r_divider"),
        mim("cc2", "cascode", GROUND, 2e-12),
    )


def peaking(middle: str, drain: str) -> Devices:
    """A coil below the cascode, against the capacitance there."""
    return (nmos("m2", drain, SUPPLY, "above", "nf_2"), spiral("lm", middle, "above", "middle"))


def bled(middle: str, drain: str) -> Devices:
    """A cascode beside which a resistor feeds part of the current."""
    return (*cascode(middle, drain), resistor("rbleed", SUPPLY, middle, "r_bleed"))


def regulated(middle: str, drain: str) -> Devices:
    """A cascode whose gate an inverting stage holds against `middle`."""
    return (
        nmos("m2", drain, "cascode", middle, "nf_2"),
        nmos("m3", "cascode", middle, GROUND, "nf_sense"),
        resistor("r3", SUPPLY, "cascode", "r_aux"),
    )


def folded(middle: str, drain: str) -> Devices:
    """A pmos that turns the signal's current down to a load on ground; a coil feeds both transistors."""
    return (
        spiral("lf", SUPPLY, middle, "fold"),
        *turned(),
        resistor("rt", "top", "upper", 10e3),
        mim("cu", "upper", SUPPLY, 2e-12),
        pmos("m2", drain, "upper", middle, "nf_2"),
    )


def tank(drain: str, rail: str) -> Devices:
    """Coil, resistor and capacitor side by side."""
    return (*coil(drain, rail), resistor("rd", rail, drain, "r_load"))


def coil(drain: str, rail: str) -> Devices:
    """Coil and capacitor side by side."""
    return (spiral("ld", rail, drain, "load"), mim("cd", drain, GROUND, "c_load"))


def peaked(drain: str, rail: str) -> Devices:
    """A coil in series with a resistor: shunt peaking."""
    return (resistor("rd", rail, "peak", "r_drain"), spiral("ld", "peak", drain, "load"))


def resistive(drain: str, rail: str) -> Devices:
    """A resistor."""
    return (resistor("rd", rail, drain, "r_drain"),)


def diode(drain: str, rail: str) -> Devices:
    """A diode-connected transistor."""
    return (_turned_to(rail, "ml", drain, drain),)


def active(drain: str, rail: str) -> Devices:
    """A transistor that a resistor makes a diode at low frequency and an inductor at high."""
    return (
        _turned_to(rail, "ml", drain, "lift"),
        resistor("rl", drain, "lift", "r_active"),
        mim("cl", "lift", rail, "c_active"),
    )


def _turned_to(rail: str, name: str, drain: str, gate: str) -> Device:
    return (pmos if rail == SUPPLY else nmos)(name, drain, gate, rail, "nf_load")


def unloaded(drain: str, rail: str) -> Devices:
    """None: for a stage that is its own load."""
    return ()


def resonant(drain: str, rail: str) -> Devices:
    """A coil that only the signal sees."""
    return (spiral("ld", drain, "far", "load"), mim("cd", "far", GROUND, 8e-12))


def opened(drain: str, buffered: str, entry: str) -> Devices:
    """None."""
    return ()


def fed(drain: str, buffered: str, entry: str) -> Devices:
    """A resistor, with a capacitor that keeps the bias out of it."""
    return _returned(drain, entry)


def miller(drain: str, buffered: str, entry: str) -> Devices:
    """A capacitor."""
    return (mim("cf", drain, entry, "c_miller"),)


def sensed(drain: str, buffered: str, entry: str) -> Devices:
    """A resistor behind a source follower, so that the load does not feel it."""
    follower = nmos("mf", SUPPLY, drain, "sensed", "nf_aux")
    return (follower, resistor("rf2", "sensed", GROUND, "r_sense"), *_returned("sensed", entry))


def overall(drain: str, buffered: str, entry: str) -> Devices:
    """A resistor from behind the buffer."""
    return _returned(buffered, entry)


def _returned(start: str, entry: str) -> Devices:
    return (resistor("rf", start, "fed", "r_feedback"), mim("cf", "fed", entry, "c_feedback"))


def coupled(drain: str, buffered: str) -> Devices:
    """A capacitor in series, which steps 50 ohm up to the load."""
    return (mim("co", "out", drain, "c_out"), Device("padout", "pad", {"a": "out"}))


def divided(drain: str, buffered: str) -> Devices:
    """The lower end of a capacitive divider."""
    return (*coupled(drain, buffered), mim("cv", "out", GROUND, "c_divider"))


def stepped(drain: str, buffered: str) -> Devices:
    """A capacitor in series and a coil to ground."""
    return (*coupled(drain, buffered), spiral("lo", "out", GROUND, "out"))


def follower(drain: str, buffered: str) -> Devices:
    """A source follower on a resistor."""
    return (*_followed(drain, buffered), resistor("ro", buffered, GROUND, "r_tail"))


def driven(drain: str, buffered: str) -> Devices:
    """A source follower on a current source."""
    return (*_followed(drain, buffered), nmos("mt", buffered, "bias", GROUND, "nf_tail"))


def _followed(drain: str, buffered: str) -> Devices:
    return (
        mim("ci", "lead", drain, "c_inter"),
        resistor("ri", SUPPLY, "lead", 20e3),
        nmos("mo", SUPPLY, "lead", buffered, "nf_out"),
        *coupled(buffered, buffered),
    )


def second(drain: str, buffered: str) -> Devices:
    """A second common source with a damped coil."""
    return (
        mim("ci", "lead", drain, "c_inter"),
        resistor("ri", "bias", "lead", 10e3),
        nmos("mo", buffered, "lead", GROUND, "nf_out"),
        spiral("lo", SUPPLY, buffered, "second"),
        resistor("ro", SUPPLY, buffered, "r_second"),
        *coupled(buffered, buffered),
    )


def pushed(drain: str, buffered: str) -> Devices:
    """Two transistors that push and pull, biased by a resistor between their drains and gates."""
    return (
        mim("ci", "lead", drain, "c_inter"),
        nmos("mo", buffered, "lead", GROUND, "nf_out"),
        pmos("mq", buffered, "lead", SUPPLY, "nf_out_p"),
        resistor("ri", buffered, "lead", "r_push"),
        *coupled(buffered, buffered),
    )
