"""Symbols of parts on a grid: where their pins are, and the strokes between; x to the right, y down, a cell is 10 px.

Shapes and proportions are those of schemdraw (Delker, MIT licence), their pins moved onto the grid.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle by its corners."""

    left: float
    top: float
    right: float
    bottom: float

    def moved(self, x: float, y: float) -> "Box":
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def meets(self, other: "Box") -> bool:
        """Whether the two have an area in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Stroke(NamedTuple):
    """A line through points; a filled one is closed."""

    points: tuple[Point, ...]
    filled: bool = False


@dataclass(frozen=True)
class Symbol:
    """Pins by terminal and strokes of one symbol as it stands upright, and the box around its body."""

    pins: Mapping[str, Point]
    strokes: tuple[Stroke, ...]
    body: Box


@dataclass(frozen=True)
class Turn:
    """How a symbol is set: mirrored left to right first, then turned by quarters of a circle, clockwise."""

    mirrored: bool = False
    quarters: int = 0

    def of(self, point: Point) -> Point:
        x, y = (-point[0] if self.mirrored else point[0]), point[1]
        for _ in range(self.quarters % 4):
            x, y = -y, x
        return x + 0.0, y + 0.0  # no negative zero

    def of_box(self, box: Box) -> Box:
        (x0, y0), (x1, y1) = self.of(box[:2]), self.of(box[2:])
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _line(*points: Point) -> Stroke:
    return Stroke(points)


def _arrow(tip: Point, angle: float) -> Stroke:
    """A filled arrow head that points to `angle` degrees, counted clockwise from the right."""
    ends = [(tip[0] - 0.7 * math.cos(a), tip[1] - 0.7 * math.sin(a)) for a in _around(math.radians(angle))]
    return Stroke((tip, *ends), filled=True)


def _around(angle: float) -> tuple[float, float]:
    return angle - 0.42, angle + 0.42


def _arc(centre: Point, radius: float, first: float, last: float, steps: int) -> tuple[Point, ...]:
    turns = [math.radians(first + (last - first) * step / steps) for step in range(steps + 1)]
    return tuple((centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in turns)


def _two(a: str, b: str, half: float, width: float, strokes: Iterable[Stroke]) -> Symbol:
    """A part between pins above and below, its body `half` high to both sides."""
    leads = (_line((0, -2), (0, -half)), _line((0, half), (0, 2)))
    return Symbol({a: (0, -2), b: (0, 2)}, (*leads, *strokes), Box(-width, -half, width, half))


def _resistor() -> Symbol:
    zigzag = [(0.55 if k % 2 else -0.55, -1.2 + 2.4 * (2 * k + 1) / 12) for k in range(6)]
    return _two("a", "b", 1.2, 0.6, [_line((0, -1.2), *zigzag, (0, 1.2))])


def _inductor() -> Symbol:
    loops = [point for k in range(4) for point in _arc((0, -1.05 + 0.7 * k), 0.35, -90, 90, 8)]
    return _two("a", "b", 1.4, 0.6, [_line(*((2 * x * 0.75, y) for x, y in loops))])


def _capacitor() -> Symbol:
    return _two("a", "b", 0.25, 0.8, [_line((-0.8, -0.25), (0.8, -0.25)), _line((-0.8, 0.25), (0.8, 0.25))])


def _varactor() -> Symbol:
    slash = [_line((-1.1, 1.0), (1.0, -1.0)), _arrow((1.1, -1.1), -45)]
    plates = _capacitor().strokes[2:]
    plain = _two("gate", "tune", 0.25, 0.8, [*plates, *slash])
    return Symbol(plain.pins, plain.strokes, Box(-1.2, -1.2, 1.2, 1.2))


def _diode() -> Symbol:
    triangle = Stroke(((-0.6, -0.5), (0.6, -0.5), (0, 0.5)), filled=True)
    return _two("anode", "cathode", 0.5, 0.6, [triangle, _line((-0.6, 0.5), (0.6, 0.5))])


def _current() -> Symbol:
    circle = _line(*_arc((0, 0), 1.2, 0, 360, 24))
    return _two("from", "into", 1.2, 1.2, [circle, _line((0, -0.75), (0, 0.3)), _arrow((0, 0.75), 90)])


def _turned(strokes: Iterable[Stroke]) -> list[Stroke]:
    """The strokes upside down."""
    return [Stroke(tuple((-x + 0.0, -y + 0.0) for x, y in one.points), one.filled) for one in strokes]


def _source(*sign: Stroke) -> Symbol:
    """A source between `p` and `n`, the positive end above."""
    circle = _line(*_arc((0, 0), 1.2, 0, 360, 24))
    return _two("p", "n", 1.2, 1.2, [circle, *sign])


def _controlled(upper: str, lower: str, *sign: Stroke) -> Symbol:
    """A source that the voltage between `cp` and `cn`, at its side, controls."""
    diamond = _line((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0), (0, -1.3))
    leads = [_line((0, -2), (0, -1.3)), _line((0, 1.3), (0, 2)), _line((-3, -1), (-2, -1)), _line((-3, 1), (-2, 1))]
    sides = [_line((-2, -1.3), (-2, 1.3)), _line((-1.8, -1), (-1.4, -1)), _line((-1.6, -1.2), (-1.6, -0.8))]
    pins = {upper: (0.0, -2.0), lower: (0.0, 2.0), "cp": (-3.0, -1.0), "cn": (-3.0, 1.0)}
    return Symbol(pins, (diamond, *leads, *sides, _line((-1.8, 1), (-1.4, 1)), *sign), Box(-2.1, -1.3, 1.3, 1.3))


def _junction_gate(upper: str, lower: str, arrow: Stroke) -> Symbol:
    """A field-effect transistor whose gate is a junction on the channel."""
    ends = [_line((0, -2), (0, -0.8), (-1, -0.8)), _line((-1, 0.8), (0, 0.8), (0, 2))]
    inner = [_line((-1, -1.2), (-1, 1.2)), _line((-3, 0), (-1, 0))]
    pins = {upper: (0.0, -2.0), "g": (-3.0, 0.0), lower: (0.0, 2.0)}
    return Symbol(pins, (*ends, *inner, arrow), Box(-1.1, -1.2, 0.1, 1.2))


def _channel(upper: str, lower: str, arrow: Stroke) -> Symbol:
    """A field-effect transistor of which `upper` and `lower` are the ends."""
    ends = _line((0, -2), (0, -1), (-1, -1), (-1, 1), (0, 1), (0, 2))
    gate = [_line((-1.3, -0.8), (-1.3, 0.8)), _line((-3, 0), (-1.3, 0))]
    return Symbol({upper: (0, -2), "g": (-3, 0), lower: (0, 2)}, (ends, *gate, arrow), Box(-1.4, -1, 0.1, 1))


def _bulked(symbol: Symbol) -> Symbol:
    """The transistor with its bulk as a pin, where that is on no rail of its own kind."""
    return Symbol({**symbol.pins, "b": (1, 0)}, (*symbol.strokes, _line((-1, 0), (1, 0))), symbol.body)


def _junction(upper: str, lower: str, arrow: Stroke, sunk: bool = False) -> Symbol:
    """A bipolar transistor; `sunk` puts its collector, which is the substrate, on a ground of its own."""
    base = [_line((-3, 0), (-1, 0)), Stroke(((-1, -0.9), (-1, 0.9)))]
    sides = [_line((-1, -0.45), (0, -1.25), (0, -2)), _line((-1, 0.45), (0, 1.25), (0, 2))]
    pins = {upper: (0.0, -2.0), "b": (-3.0, 0.0)} | ({} if sunk else {lower: (0.0, 2.0)})
    earth = [Stroke(tuple((x, y + 2) for x, y in one.points)) for one in GROUND_SYMBOL.strokes] if sunk else []
    body = Box(-1.1, -1.25, 0.8, 3.4) if sunk else Box(-1.1, -1.25, 0.1, 1.25)
    return Symbol(pins, (*base, *sides, arrow, *earth), body)


def _pad() -> Symbol:
    square = [_line((-0.8, 1), (0.8, 1), (0.8, 2.6), (-0.8, 2.6), (-0.8, 1))]
    cross = [_line((-0.8, 1), (0.8, 2.6)), _line((0.8, 1), (-0.8, 2.6))]
    return Symbol({"a": (0, 0)}, (_line((0, 0), (0, 1)), *square, *cross), Box(-0.8, 1, 0.8, 2.6))


GROUND_SYMBOL = Symbol(
    {"0": (0, 0)},
    (_line((0, 0), (0, 0.6)), _line((-0.8, 0.6), (0.8, 0.6)), _line((-0.5, 0.95), (0.5, 0.95)),
     _line((-0.2, 1.3), (0.2, 1.3))),
    Box(-0.8, 0.5, 0.8, 1.4),
)  # fmt: skip
SUPPLY_SYMBOL = Symbol(
    {"vdd": (0, 0)}, (_line((0, 0), (0, -0.7)), _line((-0.8, -0.7), (0.8, -0.7))), Box(-0.8, -0.8, 0.8, -0.6)
)
NEGATIVE_SYMBOL = Symbol(
    {"vss": (0, 0)}, (_line((0, 0), (0, 0.7)), _line((-0.8, 0.7), (0.8, 0.7))), Box(-0.8, 0.6, 0.8, 0.8)
)
_DOWN = (_line((0, -0.75), (0, 0.3)), _arrow((0, 0.75), 90))
_SIGNS = (_line((-0.3, -0.55), (0.3, -0.55)), _line((0, -0.85), (0, -0.25)), _line((-0.3, 0.6), (0.3, 0.6)))

NMOS = _channel("d", "s", _arrow((0, 1), 0))
PMOS = _channel("s", "d", _arrow((-0.95, -1), 180))
SYMBOLS: Mapping[str, Symbol] = {
    "nmos": NMOS,
    "pmos": PMOS,
    "nmos4": _bulked(NMOS),
    "pmos4": _bulked(PMOS),
    "npn": _junction("c", "e", _arrow((-0.05, 1.21), 38.66)),
    "pnp": _junction("e", "c", _arrow((-0.93, -0.5), 141.34)),
    "pnp_substrate": _junction("e", "c", _arrow((-0.93, -0.5), 141.34), sunk=True),
    "resistor": _resistor(),
    "inductor": _inductor(),
    "capacitor": _capacitor(),
    "varactor": _varactor(),
    "diode": _diode(),
    "current": _current(),
    "voltage source": _source(*_SIGNS),
    "current source": _source(*_DOWN),
    "vccs": _controlled("p", "n", *_DOWN),
    "vccs_turned": _controlled("n", "p", *_turned(_DOWN)),
    "vcvs": _controlled("p", "n", *_SIGNS),
    "vcvs_turned": _controlled("n", "p", *_turned(_SIGNS)),
    "njf": _junction_gate("d", "s", _arrow((-1.05, 0), 0)),
    "pjf": _junction_gate("s", "d", _arrow((-1.8, 0), 180)),
    "pad": _pad(),
}
