"""The symbol of what has no symbol of its own: a box that says the names of its pins."""

import math
from collections.abc import Iterable, Iterator

from genrf.circuits.schematic.lettering import LINE, width
from genrf.circuits.schematic.symbols import Box, Point, Stroke, Symbol

_INSET = 0.3  # of a pin's name from the frame
_HALF = 2  # the least


def box_of(terminals: Iterable[str]) -> Symbol:
    """A box with its pins at the left and the right, in turn."""
    names = tuple(terminals)
    rows = max(1, (len(names) + 1) // 2)
    half = max([_HALF, *(math.ceil(width(name) + 1.5 * _INSET) for name in names)])
    reach = half + 1.0
    pins = {name: (-reach if k % 2 == 0 else reach, 2.0 * (k // 2) - (rows - 1)) for k, name in enumerate(names)}
    top, bottom = -rows - 0.5, rows + 0.5
    frame = Stroke(((-half, top), (half, top), (half, bottom), (-half, bottom), (-half, top)))
    leads = [Stroke(((x, y), (math.copysign(half, x), y))) for x, y in pins.values()]
    return Symbol(pins, (frame, *leads), Box(-half, top, half, bottom))


def pin_names(symbol: Symbol) -> Iterator[tuple[str, Point, str]]:
    """Of each pin its name, where that begins or ends (its foot), and which of the two."""
    for name, (x, y) in symbol.pins.items():
        inner = math.copysign(abs(x) - 1.0 - _INSET, x)
        yield name, (inner, y + 0.3 * LINE), "start" if x < 0 else "end"
