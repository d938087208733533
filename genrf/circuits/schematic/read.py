"""A drawing read back: which pins its lines, dots and names join, from what is drawn alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

import networkx as nx

from genrf.circuits.schematic.lettering import width
from genrf.circuits.schematic.parts import shape
from genrf.circuits.schematic.symbols import Box, Point, Turn

_SVG = "{http://www.w3.org/2000/svg}"
_CELL = 10.0
_ASCENT, _DEPTH = 0.86, 0.25  # of a line of text above and below its foot, in cells


class Drawn(NamedTuple):
    """A part of a drawing: the devices that it stands for, where its pins are, its lines, the box of its body."""

    devices: tuple[str, ...]
    symbol: str
    pins: Mapping[str, Point]
    lines: tuple[tuple[Point, ...], ...]
    body: Box


class Name(NamedTuple):
    """A net's name, or a rail's symbol, at a point."""

    net: str
    at: Point
    style: str
    lines: tuple[tuple[Point, ...], ...]


class Writing(NamedTuple):
    """A line of text with its box."""

    text: str
    box: Box


@dataclass(frozen=True)
class Drawing:
    """What an SVG of ours shows."""

    parts: tuple[Drawn, ...]
    names: tuple[Name, ...]
    wires: tuple[tuple[Point, Point], ...]
    dots: frozenset[Point]
    writing: tuple[Writing, ...]

    @classmethod
    def of(cls, text: str) -> "Drawing":
        """The drawing in an SVG. Raises ValueError when a part's lines are not its symbol at its place."""
        root = ElementTree.fromstring(text)
        groups = root.findall(f"{_SVG}g")
        wires = [path for path in root.findall(f"{_SVG}path") if path.get("class") == "wire"]
        return cls(
            tuple(_drawn(group) for group in groups if group.get("class") == "part"),
            tuple(_named(group) for group in groups if group.get("class") == "tag"),
            tuple(_ends(path) for path in wires),
            frozenset(_centre(circle) for circle in root.findall(f"{_SVG}circle")),
            tuple(_written(element) for element in root.iter(f"{_SVG}text") if element.get("class") != "pin"),
        )

    def joined(self) -> dict[tuple[str, str], int]:
        """Of each device and pin the number of the net that it is on."""
        groups = self._groups()
        number = {end: k for k, group in enumerate(groups) for end in group}
        return {
            (device, pin): number["at", point]
            for part in self.parts
            for pin, point in part.pins.items()
            for device in part.devices
        }

    def nets(self) -> dict[str, int]:
        """The number of each net that has a name."""
        return {str(end[1]): k for k, group in enumerate(self._groups()) for end in group if end[0] == "net"}

    def _groups(self) -> list[set[tuple[str, object]]]:
        """Points and names that are joined: ends of lines that meet, and equal names."""
        graph = nx.Graph()
        graph.add_nodes_from(("at", point) for part in self.parts for point in part.pins.values())
        graph.add_edges_from((("at", one), ("at", other)) for one, other in self.wires)
        graph.add_edges_from((("at", name.at), ("net", name.net)) for name in self.names)
        return [set(group) for group in nx.connected_components(graph)]

    def ends(self) -> dict[Point, int]:
        """How many lines end at each point: wires, pins, names."""
        found: dict[Point, int] = defaultdict(int)
        for wire in self.wires:
            for point in wire:
                found[point] += 1
        pins = {point for part in self.parts for point in part.pins.values()}
        for point in (*pins, *(name.at for name in self.names)):
            found[point] += 1
        return dict(found)


def _drawn(group: ElementTree.Element) -> Drawn:
    terminals, symbol = tuple(_of(group, "pins").split()), _of(group, "symbol")
    devices = _of(group, "devices")
    names = (devices,) if symbol == "current" else tuple(devices.split())
    form, turn = shape(symbol, terminals), Turn(_of(group, "turn")[0] == "m", int(_of(group, "turn")[1:]))
    x, y = float(_of(group, "x")), float(_of(group, "y"))

    def at(point: Point) -> Point:
        dx, dy = turn.of(point)
        return round(x + dx, 2), round(y + dy, 2)

    lines = tuple(_lines(group))
    if not _alike(lines, tuple(tuple(map(at, stroke.points)) for stroke in form.strokes)):
        raise ValueError(f"{devices}: what is drawn is not a {symbol} at ({x:g}, {y:g})")
    return Drawn(
        names, symbol, {pin: at(form.pins[pin]) for pin in terminals}, lines, turn.of_box(form.body).moved(x, y)
    )


def _alike(lines: tuple[tuple[Point, ...], ...], wanted: tuple[tuple[Point, ...], ...]) -> bool:
    """Whether lines are equal but for the digits that a file has."""
    return [len(line) for line in lines] == [len(line) for line in wanted] and all(
        abs(a - b) < 2e-2
        for line, other in zip(lines, wanted, strict=True)
        for point, there in zip(line, other, strict=True)
        for a, b in zip(point, there, strict=True)
    )


def _named(group: ElementTree.Element) -> Name:
    at = (float(_of(group, "x")), float(_of(group, "y")))
    return Name(_of(group, "net"), at, _of(group, "style"), tuple(_lines(group)))


def _of(group: ElementTree.Element, key: str) -> str:
    return group.get(f"data-{key}") or ""


def _lines(group: ElementTree.Element) -> Iterator[tuple[Point, ...]]:
    for path in group.findall(f"{_SVG}path"):
        yield tuple(_points(path.get("d") or ""))


def _points(path: str) -> Iterator[Point]:
    for pair in path.removeprefix("M").removesuffix("Z").split("L"):
        x, y = pair.split()
        yield round(float(x) / _CELL, 2), round(float(y) / _CELL, 2)


def _ends(path: ElementTree.Element) -> tuple[Point, Point]:
    one, other = _points(path.get("d") or "")
    return one, other


def _centre(circle: ElementTree.Element) -> Point:
    return float(circle.get("cx") or 0) / _CELL, float(circle.get("cy") or 0) / _CELL


def _written(element: ElementTree.Element) -> Writing:
    text = element.text or ""
    x, foot = float(element.get("x") or 0) / _CELL, float(element.get("y") or 0) / _CELL
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor") or "start"] * width(text)
    return Writing(text, Box(left, foot - _ASCENT, left + width(text), foot + _DEPTH))
