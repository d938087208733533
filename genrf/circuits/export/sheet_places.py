"""Where the drawing of a circuit has its devices, ports and wires, in hundredths of a schematic's unit, y upwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx

from genrf.circuits.schematic.items import PORTS, Spot, placed
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.route import Node
from genrf.circuits.schematic.sheet import Sheet
from genrf.circuits.schematic.symbols import Symbol, Turn
from genrf.circuits.topology import Topology

CELL = 25  # a cell of the drawing
_APART = (12, 9)  # cells between what has no place in the drawing
_DIRECTIONS = {"in": "input", "out": "output"}

Point = tuple[int, int]


class Wire(NamedTuple):
    """A straight wire of a net."""

    net: str
    start: Point
    end: Point


class Port(NamedTuple):
    """A pin of a sheet: its net, the direction of its signal, where and how it stands."""

    net: str
    direction: str
    at: Point
    orient: str


class Stand(NamedTuple):
    """Where a device stands, where its terminals are from there, and which of them wires or ports lead to."""

    at: Point
    ends: Mapping[str, Point]
    joined: frozenset[str]


@dataclass(frozen=True)
class Places:
    """The drawing of a circuit, its ports in their order. The current sources of references are not part of it."""

    stands: Mapping[str, Stand]
    ports: tuple[Port, ...]
    wires: tuple[Wire, ...]

    @classmethod
    def of(cls, structure: Topology, found: Sheet) -> "Places":
        ports = tuple(_ports(structure, found))
        touched = {node for wire in found.wires for node in wire}
        stands = dict(_stands(found, {point(node) for node in touched} | {port.at for port in ports}))
        return cls(stands, ports, tuple(_wires(found)))


def point(node: tuple[float, float]) -> Point:
    """A place of the drawing, whose y runs down."""
    return round(CELL * node[0]), round(-CELL * node[1])


def offsets(form: Symbol, turn: Turn | None = None) -> dict[str, Point]:
    """The pins of a symbol from its middle."""
    return {name: point((turn or Turn()).of(place)) for name, place in form.pins.items()}


def _stands(found: Sheet, touched: set[Point]) -> Iterator[tuple[str, Stand]]:
    """Of equal devices that are drawn as one, the others stand in a row below, their nets by name."""
    left, bottom = min(spot.x for spot in found.spots), max(spot.y for spot in found.spots) + _APART[1]
    spare = 0
    for spot in found.spots:
        part = found.parts[spot.part]
        if part.symbol == "current":
            continue
        ends = {name: place for name, place in offsets(part.shape, spot.turn).items() if name in part.nets}
        joined = frozenset(name for name in ends if point(placed(part, name, spot)) in touched)
        yield part.names[0], Stand(point((spot.x, spot.y)), ends, joined)
        for other in part.names[1:]:
            upright = {name: place for name, place in offsets(part.shape).items() if name in part.nets}
            yield other, Stand(point((left + _APART[0] * spare, bottom)), upright, frozenset())
            spare += 1


def _ports(structure: Topology, found: Sheet) -> Iterator[Port]:
    """Signals where the drawing names them, references where their currents come in, all else above at the left."""
    left, top = min(spot.x for spot in found.spots) - _APART[0], min(spot.y for spot in found.spots)
    drawn = list(_drawn(found))
    pins = {placed(part, name, spot) for part, spot in drawn for name in part.nets}
    references = {part.nets["into"]: placed(part, "into", spot) for part, spot in drawn if part.symbol == "current"}
    rest = 0
    for net in structure.ports:
        tags = [tag for tag in found.tags if tag.net == net and tag.style in PORTS and net in structure.signals]
        tags.sort(key=lambda tag: (tag.x, tag.y) in pins)  # those that stand by themselves first
        if net in references:
            yield Port(net, "inputOutput", point(references[net]), "R0")
        elif tags:
            tag = tags[0]
            alone = (tag.x, tag.y) not in pins
            outside = tag.side[0] > 0 if tag.style == "in" else tag.side[0] < 0
            direction = _DIRECTIONS[tag.style] if alone else "inputOutput"
            yield Port(net, direction, point((tag.x, tag.y)), "MY" if outside else "R0")
        else:
            yield Port(net, "inputOutput", point((left, top + 4 * rest)), "R0")
            rest += 1


def _wires(found: Sheet) -> Iterator[Wire]:
    graph = nx.Graph(list(found.wires))
    named: dict[Node, str] = {
        placed(part, name, spot): net for part, spot in _drawn(found) for name, net in part.nets.items()
    }
    named |= {(tag.x, tag.y): tag.net for tag in found.tags}
    nets = {
        node: next(named[one] for one in sorted(group) if one in named)
        for group in nx.connected_components(graph)
        for node in group
    }
    for start, end in found.wires:
        yield Wire(nets[start], point(start), point(end))


def _drawn(found: Sheet) -> Iterator[tuple[Part, Spot]]:
    return ((found.parts[spot.part], spot) for spot in found.spots)
