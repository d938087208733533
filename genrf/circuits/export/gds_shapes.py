"""The drawn shapes of passive devices, as their models assume them: polygons in micrometres by layer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from itertools import count

from genrf.circuits.devices import CAPACITOR, AbstractDevice
from genrf.circuits.foundry import FoundryDevice
from genrf.circuits.passives import MimCapacitor, PolyResistor, SpiralInductor

MICRON = 1e-6
_ENCLOSURE = 1.0  # um, of a bottom plate around its top plate, where foundries want 0.6, of a head around its contact
_SQUARE = 20.0  # squares of a strip at the least, before a resistor is folded

Point = tuple[float, float]


@dataclass(frozen=True)
class Track:
    """A line of one width with mitred corners."""

    layer: str
    points: tuple[Point, ...]
    width: float


@dataclass(frozen=True)
class Area:
    """A rectangle by two corners."""

    layer: str
    low: Point
    high: Point


@dataclass(frozen=True)
class Pin:
    """The name of a terminal, on the layer of its metal."""

    terminal: str
    layer: str
    at: Point


Shape = Track | Area | Pin


@singledispatch
def shapes(kind: AbstractDevice, drawn: Mapping[str, float]) -> Sequence[Shape]:
    """What is drawn of a device; nothing of one that has no geometry here: parts on a board, a foundry's own cells."""
    return ()


@shapes.register
def _spiral(kind: SpiralInductor, drawn: Mapping[str, float]) -> Sequence[Shape]:
    """An octagon that grows by an eighth of its pitch from side to side, and the way out below it from its middle.

    So width and spacing are exact everywhere, and the means over the first and the last turn are the inner and the
    outer diameter. It ends where its centre line is as long as the model's track.
    """
    turns, width, pitch = drawn["turns"], kind.width / MICRON, (kind.width + kind.spacing) / MICRON
    centre = 0.5 * (drawn["inner"] / MICRON + width) - 0.5 * pitch  # of the track at the beginning
    line = _octagon(centre, pitch, kind.length(turns, drawn["inner"]) / MICRON)
    outside = centre + pitch * turns + 2.5 * width
    return [
        Track("coil", tuple(line), width),
        Track("underpass", ((centre - 0.5 * width, 0.5 * width), (outside, 0.5 * width)), width),
        Area("via", (centre - 0.3 * width, 0.2 * width), (centre + 0.3 * width, 0.8 * width)),  # within both
        Pin("a", "underpass", (outside, 0.5 * width)),
        Pin("b", "coil", line[-1]),
    ]


def _octagon(centre: float, pitch: float, length: float) -> list[Point]:
    """A line of some length from the middle of a side on, `centre` from the origin, counter-clockwise."""
    line, left = [(centre, 0.0)], length
    for side in count():
        corner = _corner(centre + pitch * side / 8.0, centre + pitch * (side + 1) / 8.0, math.pi / 4.0 * side)
        piece = math.dist(line[-1], corner)
        if piece >= left:
            (x, y), share = line[-1], left / piece
            return [*line, (x + share * (corner[0] - x), y + share * (corner[1] - y))]
        line.append(corner)
        left -= piece
    raise AssertionError("a line without end")


def _corner(here: float, there: float, angle: float) -> Point:
    """Where a side, `here` from the origin in the direction `angle`, meets the next one, `there` from the origin."""
    along = (there - here * math.cos(math.pi / 4.0)) / math.sin(math.pi / 4.0)
    return here * math.cos(angle) - along * math.sin(angle), here * math.sin(angle) + along * math.cos(angle)


@shapes.register
def _mim(kind: MimCapacitor, drawn: Mapping[str, float]) -> Sequence[Shape]:
    """Square plates; the area is that of the upper one."""
    side = math.sqrt(drawn["c"] / kind.density) / MICRON
    return _plates(side, side, ("a", "b"))


@shapes.register
def _foundry(kind: FoundryDevice, drawn: Mapping[str, float]) -> Sequence[Shape]:
    """The plates of a capacitor that the foundry knows by width and length; its other devices have cells of its own."""
    size = plate(kind, drawn)
    return () if size is None else _plates(*size, kind.ports[:2])


def plate(kind: FoundryDevice, drawn: Mapping[str, float]) -> tuple[float, float] | None:
    """Width and length in um of a capacitor's upper plate, as the subcircuit takes them; None where it takes none."""
    if kind.pins != CAPACITOR or not {key.lower() for key in kind.parameters} >= {"w", "l"}:
        return None
    given, unit = kind.given(drawn), kind.library.scale / MICRON
    return given["w"] * unit, given["l"] * unit


def _plates(width: float, length: float, terminals: Sequence[str]) -> Sequence[Shape]:
    """A plate above a larger one; the first terminal is the upper plate's."""
    top, bottom = terminals
    return [
        Area("mim_bottom", (-_ENCLOSURE, -_ENCLOSURE), (width + _ENCLOSURE, length + _ENCLOSURE)),
        Area("mim_top", (0.0, 0.0), (width, length)),
        Pin(top, "mim_top", (0.5 * width, 0.5 * length)),
        Pin(bottom, "mim_bottom", (-_ENCLOSURE, -_ENCLOSURE)),
    ]


@shapes.register
def _poly(kind: PolyResistor, drawn: Mapping[str, float]) -> Sequence[Shape]:
    """Strips side by side, joined in metal at their ends, so that every square of the body is a straight one.

    Metal lies over every contact, at both ends of the way too: there the terminals are.
    """
    width, squares = kind.width / MICRON, drawn["r"] / kind.sheet
    strips = max(1, round(math.sqrt(squares / _SQUARE)))
    length, pitch, head = squares * width / strips, 2.0 * width, width + _ENCLOSURE
    found: list[Shape] = []
    for strip in range(strips):
        left, right = pitch * strip, pitch * strip + width
        found.append(Area("resistor", (left, 0.0), (right, length)))
        found.append(Area("poly", (left, -head), (right, length + head)))
        found += [_contact(left, width, -0.5 * head), _contact(left, width, length + 0.5 * head)]
    ends = [(strip, length + 0.5 * head if strip % 2 == 0 else -0.5 * head) for strip in range(strips)]
    middles = [pitch * strip + 0.5 * width for strip in range(strips + 1)]
    first, last = (middles[0], -0.5 * head), (middles[ends[-1][0]], ends[-1][1])
    joints = [_over((middles[strip], y), (middles[strip + 1], y), width) for strip, y in ends[:-1]]
    return [
        *found,
        _over(first, first, width),
        *joints,
        _over(last, last, width),
        Pin("a", "metal", first),
        Pin("b", "metal", last),
    ]


def _over(left: Point, right: Point, width: float) -> Area:
    """Metal over two contacts beside one another, or over one."""
    half = 0.4 * width
    return Area("metal", (left[0] - half, left[1] - half), (right[0] + half, right[1] + half))


def _contact(left: float, width: float, y: float) -> Area:
    return Area("contact", (left + 0.3 * width, y - 0.2 * width), (left + 0.7 * width, y + 0.2 * width))
