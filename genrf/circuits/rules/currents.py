"""Direct currents of tracks and resistors against electromigration and self-heating."""

from collections.abc import Iterator, Mapping

from genrf.circuits.rules.bias import Bias
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.ratings import ROUNDING


def overloaded(bias: Bias, most: Mapping[str, float]) -> Iterator[Finding]:
    """Elements that carry more than they may; `most` in A by element."""
    for element in bias.netlist.elements:
        if element.name in most:
            found, limit = abs(bias.current(element)), most[element.name]
            if found > limit * (1.0 + ROUNDING):
                yield Finding("current density", element.name, "direct current", "error", found, limit, "A")
