"""A drawing read back: which pins its lines, dots and names join, and what is written beside them.

Nets have the names that are written, and devices have theirs and their values beside them. The marks that our SVG has
for programs (`data-net`, `data-devices`) are read too, to be held against what a person sees.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

import networkx as nx

from genrf.circuits.schematic.box import pin_names
from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.items import PORTS, RAILS
from genrf.circuits.schematic.lettering import width
from genrf.circuits.schematic.parts import shape
from genrf.circuits.schematic.symbols import Box, Point, Symbol, Turn
from genrf.circuits.topology import GROUND

_SVG = "{http://www.w3.org/2000/svg}"
_CELL = 10.0
_ASCENT, _DEPTH = 0.86, 0.25  # of a line of text above and below its foot, in cells
_SHOULDER, _HALF = 0.6, 0.7  # cells: how long the tip of a port's arrow is, and half of its height
_LONG = 2.0  # of an upright port: from its tip to its foot
_TEXT = {"class", "x", "y", "text-anchor"}
# What a drawing of ours consists of. Anything else could hide or add what a person sees.
_CONSISTS = {
    "svg": {"class", "viewBox", "width", "height", "role", "aria-label"}, "title": set(), "desc": set(), "style": set(),
    "rect": {"x", "y", "width", "height", "rx", "fill"}, "path": {"class", "d"}, "circle": {"class", "cx", "cy", "r"},
    "g": {"class", *(f"data-{key}" for key in ("devices", "symbol", "pins", "turn", "x", "y", "net", "style"))},
    "text": _TEXT, "text of a pin": {*_TEXT, "style"},
}  # fmt: skip


_OUTERMOST = {("path", "wire"), ("circle", "dot"), ("g", "part"), ("g", "tag")}
_End = tuple[str, object]  # "at" and a point, or "net" and a name


class Writing(NamedTuple):
    """A line of text with its box."""

    text: str
    box: Box


class Drawn(NamedTuple):
    """A part of a drawing: the devices that it is marked with, where its pins are, its lines, the box of its body.

    `text` is what is written beside it, from above to below.
    """

    devices: tuple[str, ...]
    symbol: str
    pins: Mapping[str, Point]
    lines: tuple[tuple[Point, ...], ...]
    body: Box
    text: tuple[Writing, ...]


class Name(NamedTuple):
    """A net's name as it is written, or a rail's symbol, at a point; `mark` is the net that it is marked with."""

    net: str
    at: Point
    style: str
    lines: tuple[tuple[Point, ...], ...]
    text: tuple[Writing, ...]
    mark: str


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
        """The drawing in an SVG.

        Raises ValueError when a part's or a name's lines are not its symbol at its place, and when something is drawn
        that no drawing of ours has.
        """
        root = ElementTree.fromstring(text)
        _refuse_strangers(root)
        groups = root.findall(f"{_SVG}g")
        return cls(
            tuple(_drawn(group) for group in groups if group.get("class") == "part"),
            tuple(_named(group) for group in groups if group.get("class") == "tag"),
            tuple(_ends(path) for path in root.findall(f"{_SVG}path")),
            frozenset(_centre(circle) for circle in root.findall(f"{_SVG}circle")),
            tuple(_writing(root)),
        )

    def strays(self) -> list[Writing]:
        """What is written beside no part and at no name."""
        own = Counter(one for part in self.parts for one in part.text)
        own.update(one for name in self.names for one in name.text)
        return [*(Counter(self.writing) - own).elements()]

    def joined(self) -> dict[tuple[str, str], int]:
        """Of each device and pin the number of the net that it is on."""
        groups = _groups(self._graph())
        number = {end: k for k, group in enumerate(groups) for end in group}
        return {key: number["at", point] for key, point in self._pins()}

    def called(self) -> list[tuple[Name, set[tuple[str, str]]]]:
        """Each name with the devices and pins that lines lead from it to, without what other names join."""
        graph = self._graph()
        graph.remove_nodes_from([end for end in graph if end[0] == "net"])
        pins: dict[_End, set[tuple[str, str]]] = defaultdict(set)
        for key, point in self._pins():
            pins["at", point].add(key)
        groups = {end: group for group in _groups(graph) for end in group}
        return [(name, {key for end in groups["at", name.at] for key in pins[end]}) for name in self.names]

    def nets(self) -> dict[str, int]:
        """The number of each net that has a name."""
        groups = _groups(self._graph())
        return {str(end[1]): k for k, group in enumerate(groups) for end in group if end[0] == "net"}

    def _pins(self) -> Iterator[tuple[tuple[str, str], Point]]:
        """Each device and pin, and where it is."""
        for part in self.parts:
            for pin, point in part.pins.items():
                yield from (((device, pin), point) for device in part.devices)

    def _graph(self) -> "nx.Graph[_End]":
        """Points and names that are joined: ends of lines that meet, and equal names."""
        graph: nx.Graph[_End] = nx.Graph()
        graph.add_nodes_from(("at", point) for part in self.parts for point in part.pins.values())
        graph.add_edges_from((("at", one), ("at", other)) for one, other in self.wires)
        graph.add_nodes_from(("at", name.at) for name in self.names)
        graph.add_edges_from((("at", name.at), ("net", name.net)) for name in self.names if name.net)
        return graph

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


def _groups(graph: "nx.Graph[_End]") -> list[set[_End]]:
    return [set(group) for group in nx.connected_components(graph)]


def _refuse_strangers(root: ElementTree.Element) -> None:
    """Raises ValueError at what is no part of a drawing of ours, or stands where none has it."""
    for element in root.iter():
        kind = element.tag.removeprefix(_SVG)
        pin = kind == "text" and element.get("class") == "pin"
        more = {*element.keys()} - _CONSISTS.get("text of a pin" if pin else kind, set())
        if kind not in _CONSISTS or more or (kind != "g" and element is not root and len(element)):
            raise ValueError(f"<{' '.join([kind, *sorted(more)])}>: no drawing of ours has that")
    for element in root:
        outer = element.tag.removeprefix(_SVG), element.get("class") or ""
        if outer[0] in ("path", "circle", "g") and outer not in _OUTERMOST:
            raise ValueError(f"<{outer[0]} class={outer[1]!r}> outside of a part: no drawing of ours has that")


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
    if _lettering(group) != (_pin_lettering(form, x, y) if symbol == "box" else []):
        raise ValueError(f"{devices}: what is written in its symbol are not the names of its pins")
    pins = {pin: at(form.pins[pin]) for pin in terminals}
    return Drawn(names, symbol, pins, lines, turn.of_box(form.body).moved(x, y), _texts(group))


def _lettering(group: ElementTree.Element) -> list[tuple[str, float, float]]:
    """Of the names of pins the text, and where it is; from above to below."""
    pins = [text for text in group.findall(f"{_SVG}text") if text.get("class") == "pin"]
    return sorted((one.text or "", float(one.get("x") or 0), float(one.get("y") or 0)) for one in pins)


def _pin_lettering(form: Symbol, x: float, y: float) -> list[tuple[str, float, float]]:
    """The names of a box's pins, each where its pin is."""
    named = pin_names(form)
    return sorted((name, round(_CELL * (x + dx), 1), round(_CELL * (y + dy), 1)) for name, (dx, dy), _ in named)


def _alike(lines: tuple[tuple[Point, ...], ...], wanted: tuple[tuple[Point, ...], ...]) -> bool:
    """Whether lines are equal but for the digits that a file has."""
    return [len(line) for line in lines] == [len(line) for line in wanted] and all(
        abs(a - b) < 2e-2
        for line, other in zip(lines, wanted, strict=True)
        for point, there in zip(line, other, strict=True)
        for a, b in zip(point, there, strict=True)
    )


def _named(group: ElementTree.Element) -> Name:
    at, style, text = (float(_of(group, "x")), float(_of(group, "y"))), _of(group, "style"), _texts(group)
    net = GROUND if style == "ground" and not text else " ".join(one.text for one in text)
    lines = tuple(_lines(group))
    if not _alike(lines, tuple(_sign(style, at, lines))):
        raise ValueError(f"{net or 'a name'}: what is drawn is not the sign {style!r} at ({at[0]:g}, {at[1]:g})")
    return Name(net, at, style, lines, text, _of(group, "net"))


def _sign(style: str, at: Point, lines: tuple[tuple[Point, ...], ...]) -> Iterator[tuple[Point, ...]]:
    """The lines that a name of a style has at a point: a rail's symbol, or a port's arrow as long as it is drawn.

    An arrow that goes in has its tip at the point, one that goes out has its foot there.
    """
    if style in RAILS:
        yield from (stroke.moved(*at).points for stroke in symbols()[style].strokes)
    if style in PORTS and lines and lines[0][1][0] < at[0] < lines[0][-2][0]:  # an arrow from above or below
        x, y = at
        half, way = lines[0][-2][0] - x, 1 if lines[0][1][1] > y else -1
        near, far = y + way * _SHOULDER, y + way * _LONG
        yield (x, y), (x - half, near), (x - half, far), (x + half, far), (x + half, near), (x, y)
    elif style in PORTS and lines:
        x, y = at
        end = max((x for x, _ in lines[0]), key=lambda far: abs(far - x))
        tip, foot = (x, end) if style == "in" else (end, x)
        near = tip + (_SHOULDER if foot > tip else -_SHOULDER)
        upper = ((near, y - _HALF), (foot, y - _HALF))
        yield (tip, y), *upper, (foot, y + _HALF), (near, y + _HALF), (tip, y)


def _texts(group: ElementTree.Element) -> tuple[Writing, ...]:
    """What is written in a group, but for the names of pins, from above to below."""
    return tuple(sorted(_writing(group), key=lambda one: one.box.top))


def _writing(below: ElementTree.Element) -> Iterator[Writing]:
    """Every line of text that is not blank, but for the names of pins."""
    for element in below.iter(f"{_SVG}text"):
        if element.get("class") != "pin" and (element.text or "").strip():
            yield _written(element)


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
