"""What is wrong with where a drawn sheet has its instances, pins and wires: in itself, and against the drawing.

The drawing is the SVG of `schematic`, read back: what its lines join is checked there against the circuit.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from genrf.circuits.export.sheet_places import CELL, Point, Wire, point
from genrf.circuits.export.sheets import Placed, Sheet
from genrf.circuits.schematic.items import PORTS
from genrf.circuits.schematic.read import Drawing
from genrf.circuits.topology import Topology

_DIRECTIONS = {"in": "input", "out": "output"}


def misplaced(sheet: Sheet) -> Iterator[str]:
    """Instances on one place, and what touches another net's or does not reach its own where the drawing has it."""
    if len({one.at for one in sheet.instances}) < len(sheet.instances):
        yield f"{sheet.cell}: two instances stand at one place"
    for wire in sheet.wires:
        if (wire.start[0] == wire.end[0]) == (wire.start[1] == wire.end[1]):
            yield f"{sheet.cell}: a wire of {wire.net} is not straight, or a point"
    for wire in sheet.wires:
        for pin, net, at in _pins(sheet):
            if net != wire.net and _on(at, wire):
                yield f"{sheet.cell}: a wire of {wire.net} crosses {pin}, which is on {net}"
        for other in sheet.wires:
            if other.net != wire.net and (_on(other.start, wire) or _on(other.end, wire)):
                yield f"{sheet.cell}: a wire of {other.net} ends on one of {wire.net}"
    for wire, other in combinations(sheet.wires, 2):
        if _cells(wire.start, wire.end) & _cells(other.start, other.end):
            yield f"{sheet.cell}: wires of {wire.net} and {other.net} lie on each other"
    yield from _meetings(sheet)
    for one in sheet.instances:
        yield from _unreached(one, sheet)


def _pins(sheet: Sheet) -> Iterator[tuple[str, str, Point]]:
    """Every terminal and every pin of a sheet: what it is, its net, its place."""
    for one in sheet.instances:
        for end in one.ends:
            if end in one.nets:
                yield f"{one.name} {end}", one.nets[end], _place(one, end)
    for pin in sheet.pins:
        yield f"the pin {pin.net}", pin.net, pin.at


def _place(one: Placed, end: str) -> Point:
    return one.at[0] + one.ends[end][0], one.at[1] + one.ends[end][1]


def _on(at: Point, wire: Wire) -> bool:
    return all(min(a, b) <= x <= max(a, b) for x, a, b in zip(at, wire.start, wire.end, strict=True))


def _meetings(sheet: Sheet) -> Iterator[str]:
    at_place: dict[Point, dict[str, str]] = defaultdict(dict)
    for pin, net, at in _pins(sheet):
        at_place[at][net] = pin
    for nets in at_place.values():
        if len(nets) > 1:
            yield f"{sheet.cell}: {' and '.join(nets.values())} are at one place"


def _unreached(one: Placed, sheet: Sheet) -> Iterator[str]:
    """Terminals that are led to a place where nothing of their net is, or are not led where something is."""
    yield from (f"{sheet.cell}: {one.name} {end} is on no net" for end in one.ends if end not in one.nets)
    for end, net in one.nets.items():
        at = _place(one, end) if end in one.ends else None
        there = at is not None and (
            any(pin.net == net and pin.at == at for pin in sheet.pins)
            or any(wire.net == net and _on(at, wire) for wire in sheet.wires)
        )
        if there != (end in one.joined):
            yield f"{sheet.cell}: {one.name} {end} is {'not led to' if there else 'led to no'} wire or pin of {net}"


def otherwise_drawn(sheet: Sheet, circuit: Topology, drawing: Drawing) -> Iterator[str]:
    """Instances, wires and pins that are not where the circuit's drawing has them, its lines in whatever pieces."""
    yield from _other_places(sheet, drawing)
    yield from _other_wires(sheet, drawing)
    yield from _other_pins(sheet, circuit, drawing)


def _other_places(sheet: Sheet, drawing: Drawing) -> Iterator[str]:
    """Of equal devices that are drawn as one, the first stands there."""
    stands = {part.devices[0]: {point(at) for at in part.pins.values()} for part in drawing.parts}
    for one in sheet.instances:
        if one.name in stands and not {_place(one, end) for end in one.ends} <= stands[one.name]:
            yield f"{sheet.cell}: {one.name} is not where it is drawn"


def _other_wires(sheet: Sheet, drawing: Drawing) -> Iterator[str]:
    lines = [(point(start), point(end)) for start, end in drawing.wires]
    found = {cell for wire in sheet.wires for cell in _cells(wire.start, wire.end)}
    for start, end in lines:
        if not _cells(start, end) <= found:
            yield f"{sheet.cell}: no wire leads from {_said(start)} to {_said(end)}"
    wanted = {cell for line in lines for cell in _cells(*line)}
    for wire in sheet.wires:
        if not _cells(wire.start, wire.end) <= wanted:
            yield f"{sheet.cell}: the drawing has no wire of {wire.net} from {_said(wire.start)} to {_said(wire.end)}"


def _cells(start: Point, end: Point) -> set[tuple[Point, bool]]:
    """The cells of the drawing along a straight line, by their lower or left ends, and whether it is upright."""
    (x, y), (right, top) = min(start, end), max(start, end)
    if y == top:
        return {((k, y), False) for k in range(x, right, CELL)}
    return {((x, k), True) for k in range(y, top, CELL)}


def _other_pins(sheet: Sheet, circuit: Topology, drawing: Drawing) -> Iterator[str]:
    """A signal that is named beside its wire, not at a terminal, has the direction of its name's style."""
    terminals = {point(at) for part in drawing.parts for at in part.pins.values()}
    for pin in sheet.pins:
        named = _named(pin.net, circuit, drawing)
        style = named.get(pin.at, "") if pin.at not in terminals else ""
        if (named and pin.at not in named) or pin.direction != _DIRECTIONS.get(style, "inputOutput"):
            yield f"{sheet.cell}: the drawing has no {pin.direction} {pin.net} at {_said(pin.at)}"


def _named(net: str, circuit: Topology, drawing: Drawing) -> dict[Point, str]:
    """Where the drawing names a signal as a port's, with the style of the name, or a reference's current comes in."""
    if net in circuit.signals:
        return {point(one.at): one.style for one in drawing.names if one.net == net and one.style in PORTS}
    into = (part.pins["into"] for part in drawing.parts if part.devices == (f"reference {net}",))
    return {point(at): "" for at in into}


def _said(at: Point) -> str:
    return f"({at[0] / 100:g} {at[1] / 100:g})"
