"""Ideal current sources that push current where no transistor on the same supply could."""

from collections.abc import Iterator

from genrf.circuits.rules.bias import Bias
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.regions import BOLTZMANN_OVER_CHARGE, WEAK


def starved(bias: Bias, temperature: float) -> Iterator[Finding]:
    """A warning for each current source with less than 4 kT/q across it, `temperature` in degrees Celsius.

    A transistor in its place would not saturate, not even in weak inversion. Below 0 V the source is a battery beside
    the supply, and what it delivers is not in the power drawn from there.
    """
    least = WEAK * BOLTZMANN_OVER_CHARGE * (temperature + 273.15)
    for element in bias.netlist.elements:
        if element.name[0] == "i" and element.value:
            across = bias.voltage(element.nets[0]) - bias.voltage(element.nets[1])
            across = across if element.value > 0 else -across
            if across < least:
                what = "no room for a current source: a transistor in its place needs more voltage"
                yield Finding("headroom", element.name, what, "warning", across, least, "V")
