"""Voltages between the terminals of devices against what the process says they stand."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from genrf.circuits.netlist import Element
from genrf.circuits.rules.bias import Bias
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.limits import TERMINALS, DeviceLimits

ROUNDING = 1e-6  # relative; a supply at its very limit keeps it


def overstressed(bias: Bias, limits: Mapping[str, DeviceLimits]) -> Iterator[Finding]:
    """Pairs of terminals above their limit; `limits` by element."""
    for element in bias.netlist.elements:
        if element.name in limits:
            yield from _pairs(element, bias, limits[element.name].voltage)


def _pairs(element: Element, bias: Bias, voltage: Mapping[str, float]) -> Iterator[Finding]:
    places = dict(zip(TERMINALS.get(element.name[0], ""), element.nets, strict=False))
    for a, b in combinations(places, 2):
        most = voltage.get(a + b, voltage.get(b + a))
        found = abs(bias.voltage(places[a]) - bias.voltage(places[b]))
        if most is not None and found > most * (1.0 + ROUNDING):
            yield Finding("breakdown", element.name, f"voltage between {a} and {b}", "error", found, most, "V")
