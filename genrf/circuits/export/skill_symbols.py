"""What is wrong with the symbols of the sheets below: lines and pins that the circuit's drawing has not, or elsewhere.

A part of the drawing names its symbol and the terminals that it shows; its lines there are that symbol's, which is
checked as the drawing is read. What stands on ground has the sign of ground in its symbol, since ground is no pin.
"""

from collections.abc import Iterator, Mapping, Sequence

from genrf.circuits.export.sheet_places import Point, point
from genrf.circuits.export.sheets import OWN, Own, Sheet
from genrf.circuits.netlist import GROUND
from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.parts import shape
from genrf.circuits.schematic.read import Drawing, Drawn
from genrf.circuits.schematic.symbols import Point as Corner
from genrf.circuits.topology import Device, Topology

_DIGITS = 1e-3  # cells: two of the last digits that a script has
_HIDDEN = 1.0, 2.0  # cells: terminals that the drawing does not show are to the right of the middle, and so far apart


def otherwise_shaped(top: Sheet, below: Mapping[str, Sheet], circuit: Topology, drawing: Drawing) -> Iterator[str]:
    """Lines, pins and boxes of symbols `below` that are not what the drawing has of the devices that they stand for."""
    parts = {name: part for part in drawing.parts for name in part.devices}
    devices = {device.name: device for device in circuit.devices}
    for one in top.instances:
        symbol = below[one.cell].symbol if one.library == OWN else None
        if symbol is not None and one.name in parts:
            device, part = devices[one.name], parts[one.name]
            yield from (f"the symbol of {one.cell} {wrong}" for wrong in _other_lines(symbol, device, part))
            places = _places(device, part)
            for pin, at in symbol.pins.items():
                if at != places.get(one.nets[pin]):
                    yield f"the symbol of {one.cell} has the pin {pin} elsewhere than the drawing"


def _other_lines(symbol: Own, device: Device, part: Drawn) -> Iterator[str]:
    found, wanted = [stroke.points for stroke in symbol.form.strokes], list(_lines(device, part))
    lost, more = _without(wanted, found), _without(found, wanted)
    if lost:
        yield f"lacks {len(lost)} of {len(wanted)} lines of the drawing's {part.symbol}"
    if more:
        yield f"has {len(more)} lines that the drawing's {part.symbol} has not"
    corners = [corner for line in wanted for corner in line]
    low, high = ((choose(x for x, _ in corners), choose(y for _, y in corners)) for choose in (min, max))
    left, upper, right, lower = symbol.form.body
    if not _alike([(left, upper), (right, lower)], [low, high]):
        yield "has a box that is not around its lines"


def _lines(device: Device, part: Drawn) -> Iterator[Sequence[Corner]]:
    form = shape(part.symbol, tuple(part.pins))
    for stroke in form.strokes:
        yield (*stroke.points, stroke.points[0]) if stroke.filled else stroke.points
    for end, at in form.pins.items():
        if device.nets[end] == GROUND:
            yield from (stroke.moved(*at).points for stroke in symbols()["ground"].strokes)


def _without(lines: Sequence[Sequence[Corner]], others: Sequence[Sequence[Corner]]) -> list[Sequence[Corner]]:
    """The lines that are not among others, of which each counts for one."""
    left, lost = list(others), []
    for line in lines:
        place = next((k for k, other in enumerate(left) if _alike(line, other)), None)
        if place is None:
            lost.append(line)
        else:
            del left[place]
    return lost


def _alike(line: Sequence[Corner], other: Sequence[Corner]) -> bool:
    return len(line) == len(other) and all(
        abs(a - b) < _DIGITS
        for corner, there in zip(line, other, strict=True)
        for a, b in zip(corner, there, strict=True)
    )


def _places(device: Device, part: Drawn) -> dict[str, Point]:
    """Where the symbol has the pin of each net: at the first of the device's terminals on it."""
    form = shape(part.symbol, tuple(part.pins))
    hidden = [end for end in device.nets if end not in part.pins]
    places = {**form.pins, **{end: (_HIDDEN[0], _HIDDEN[1] * k) for k, end in enumerate(hidden)}}
    return {net: point(places[end]) for end, net in reversed(list(device.nets.items())) if net != GROUND}
