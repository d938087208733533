"""Symbols from schemdraw's elements: scaled to the grid, turned upright, their leads drawn out to pins on it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from genrf.circuits.schematic.symbols import Box, Point, Stroke, Symbol, Turn

if TYPE_CHECKING:
    from schemdraw.elements import Element

UNIT = 2.4  # cells of the grid in schemdraw's unit: its transistors are then as high as a symbol, four cells
_STEP = math.radians(15)  # of what is round
_NEAR = 0.02  # cells; some of schemdraw's leads end this far from their anchor
_TOP, _BOTTOM, _LEFT, _RIGHT = (0.0, -2.0), (0.0, 2.0), (-3.0, 0.0), (1.0, 0.0)


class _Setting(NamedTuple):
    """Where schemdraw's x and y (which runs up) go on the sheet, and which of its points becomes the middle."""

    x_to: Point
    y_to: Point
    middle: Point

    def of(self, point: Sequence[float]) -> Point:
        right, up = (UNIT * (p - m) for p, m in zip(point, self.middle, strict=True))
        x, y = (right * a + up * b for a, b in zip(self.x_to, self.y_to, strict=True))
        return round(x, 4) + 0.0, round(y, 4) + 0.0  # no negative zero


@lru_cache(1)
def symbols() -> Mapping[str, Symbol]:
    """Every symbol by its name; `supply`, `ground` and `negative` are those of rails."""
    from schemdraw import elements as of

    earth = _rail(of.Ground())
    nmos, pmos = of.AnalogNFet(offset_gate=False), of.AnalogPFet(offset_gate=False)
    bulks = of.AnalogNFet(offset_gate=False, bulk=True), of.AnalogPFet(offset_gate=False, bulk=True)
    pnp = _bipolar(of.BjtPnp(), "emitter", "collector")
    return {
        "ground": earth,
        "supply": _rail(of.Vdd()),
        "negative": _rail(of.Vss()),
        "nmos": _channel(nmos, {"drain": _TOP, "gate": _LEFT, "source": _BOTTOM}),
        "pmos": _channel(pmos, {"source": _TOP, "gate": _LEFT, "drain": _BOTTOM}),
        "nmos4": _channel(bulks[0], {"drain": _TOP, "gate": _LEFT, "source": _BOTTOM, "bulk": _RIGHT}),
        "pmos4": _channel(bulks[1], {"source": _TOP, "gate": _LEFT, "drain": _BOTTOM, "bulk": _RIGHT}),
        "njf": _channel(of.JFetN(), {"drain": _TOP, "gate": _LEFT, "source": _BOTTOM}),
        "pjf": _channel(of.JFetP(), {"source": _TOP, "gate": _LEFT, "drain": _BOTTOM}, upwards=-1.0),
        "npn": _bipolar(of.BjtNpn(), "collector", "emitter"),
        "pnp": pnp,
        "pnp_substrate": _sunk(pnp, earth),
        "resistor": _two(of.Resistor(), "a", "b"),
        "inductor": _two(of.Inductor(), "a", "b"),
        "capacitor": _two(of.Capacitor(), "a", "b"),
        "varactor": _two(of.CapacitorVar(), "gate", "tune"),
        "diode": _two(of.Diode(), "anode", "cathode"),
        "current": _two(of.SourceI(), "from", "into"),
        "current source": _two(of.SourceI(), "p", "n"),
        "voltage source": _two(of.SourceV(), "n", "p", upside_down=True),
        "vccs": _controlled(_two(of.SourceControlledI(), "p", "n")),
        "vccs_turned": _controlled(_two(of.SourceControlledI(), "p", "n", upside_down=True)),
        "vcvs": _controlled(_two(of.SourceControlledV(), "n", "p", upside_down=True)),
        "vcvs_turned": _controlled(_two(of.SourceControlledV(), "n", "p")),
        "pad": _pad(),
    }


def _two(element: "Element", first: str, last: str, upside_down: bool = False) -> Symbol:
    """A part from `first`, where schemdraw begins to draw it, to `last`: from above to below, or `upside_down`."""
    end = _end(element, 0)
    down = -1.0 if upside_down else 1.0
    setting = _Setting((0.0, down), (down, 0.0), (end[0] / 2, 0.0))
    pins = {first: (0.0, -2.0 * down), last: (0.0, 2.0 * down)}
    drawn = _symbol(element, setting, {first: ((0.0, 0.0), pins[first]), last: (end, pins[last])})
    return replace(drawn, body=drawn.body.joined(Turn(mirrored=True).of_box(drawn.body)))  # a coil bends to one side


def _channel(element: "Element", pins: Mapping[str, Point], upwards: float = 1.0) -> Symbol:
    """A field-effect transistor, which schemdraw draws with its gate at the right; terminals are known by a letter."""
    gate = element.anchors["gate"]
    setting = _Setting((-1.0, 0.0), (0.0, -upwards), (0.0, gate[1]))
    return _symbol(element, setting, {name[0]: (element.anchors[name], pin) for name, pin in pins.items()})


def _bipolar(element: "Element", upper: str, lower: str) -> Symbol:
    """A bipolar transistor, its base at the left as schemdraw has it."""
    setting = _Setting((1.0, 0.0), (0.0, -1.0), (_end(element, 2)[0], 0.0))  # under the upper lead
    pins = {upper: _TOP, "base": _LEFT, lower: _BOTTOM}
    return _symbol(element, setting, {name[0]: (element.anchors[name], pin) for name, pin in pins.items()})


def _sunk(transistor: Symbol, earth: Symbol) -> Symbol:
    """The transistor with its collector, which is the substrate, on a ground of its own."""
    pins = {name: pin for name, pin in transistor.pins.items() if name != "c"}
    x, y = transistor.pins["c"]
    strokes = (*transistor.strokes, *(one.moved(x, y) for one in earth.strokes))
    return Symbol(pins, strokes, transistor.body.joined(earth.body.moved(x, y)))


def _controlled(source: Symbol) -> Symbol:
    """The source with the pins `cp` and `cn`, whose voltage controls it, at its side: schemdraw has them not."""
    leads = (Stroke(((-3, -1), (-2, -1))), Stroke(((-3, 1), (-2, 1))), Stroke(((-2, -1.3), (-2, 1.3))))
    signs = (Stroke(((-1.8, -1), (-1.4, -1))), Stroke(((-1.6, -1.2), (-1.6, -0.8))), Stroke(((-1.8, 1), (-1.4, 1))))
    pins = {**source.pins, "cp": (-3.0, -1.0), "cn": (-3.0, 1.0)}
    return Symbol(pins, (*source.strokes, *leads, *signs), source.body.joined(Box(-2.1, -1.3, -1.4, 1.3)))


def _pad() -> Symbol:
    """A square with a cross, as on a die: schemdraw has none."""
    square = Stroke(((-0.8, 1), (0.8, 1), (0.8, 2.6), (-0.8, 2.6), (-0.8, 1)))
    cross = (Stroke(((-0.8, 1), (0.8, 2.6))), Stroke(((0.8, 1), (-0.8, 2.6))))
    return Symbol({"a": (0, 0)}, (Stroke(((0, 0), (0, 1))), square, *cross), Box(-0.8, 1, 0.8, 2.6))


def _rail(element: "Element") -> Symbol:
    """The end of a rail, its pin in the middle."""
    setting = _Setting((1.0, 0.0), (0.0, -1.0), (0.0, 0.0))
    return _symbol(element, setting, {"p": ((0.0, 0.0), (0.0, 0.0))})


def _symbol(element: "Element", setting: _Setting, leads: Mapping[str, tuple[Sequence[float], Point]]) -> Symbol:
    """The element with its leads, where schemdraw ends them and where the pin is to be."""
    drawn = list(_strokes(element, setting))
    for foot, pin in leads.values():
        drawn = [_drawn_out(stroke, setting.of(foot), pin) for stroke in drawn]
    pins = {name: pin for name, (_, pin) in leads.items()}
    body = [point for stroke in drawn for point in stroke.points if point not in pins.values()]
    return Symbol(pins, tuple(one for one in drawn if len(one.points) > 1), _around(body))


def _end(element: "Element", line: int) -> Point:
    """Where one of the lines that schemdraw draws ends."""
    from schemdraw.segments import Segment

    drawn = element.segments[line]
    if not isinstance(drawn, Segment):
        raise TypeError(f"{element}: {type(drawn).__name__} is no line")
    x, y = drawn.path[-1]
    return x, y


def _drawn_out(stroke: Stroke, foot: Point, pin: Point) -> Stroke:
    """The stroke as far as the pin where it begins or ends at a lead's foot."""
    points = stroke.points
    if stroke.filled:
        return stroke  # an arrow's head stays as it is
    if math.dist(points[0], foot) < _NEAR:
        points = _from(pin, points)
    elif math.dist(points[-1], foot) < _NEAR:
        points = _from(pin, points[::-1])[::-1]
    return Stroke(points, stroke.filled)


def _from(pin: Point, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points with one more before them, in place of the first where that is on the way."""
    straight = len(points) > 1 and any(abs(pin[k] - points[0][k]) + abs(pin[k] - points[1][k]) < _NEAR for k in (0, 1))
    return (pin, *points[straight:])


def _around(points: Sequence[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _strokes(element: "Element", setting: _Setting) -> Iterator[Stroke]:
    """What schemdraw draws, on the sheet."""
    from schemdraw import segments

    for one in element.segments:
        match one:
            case segments.SegmentCircle():
                yield _placed(_round(one.center, 2 * one.radius, 2 * one.radius, 0, 360), setting)
            case segments.SegmentArc():
                yield _placed(_round(one.center, one.width, one.height, one.theta1, one.theta2), setting)
            case segments.SegmentPoly():
                yield _placed([*one.verts, one.verts[0]], setting)
            case segments.Segment():
                yield from (_placed(line, setting) for line in _lines(one.path))
                if one.arrow:
                    head = _head(one.path[-2], one.path[-1], one.arrowwidth, one.arrowlength)
                    yield _placed(head, setting, filled=True)
            case _:
                raise TypeError(f"{element}: {type(one).__name__} is nothing that genrf draws")


def _placed(points: Iterable[Sequence[float]], setting: _Setting, filled: bool = False) -> Stroke:
    return Stroke(tuple(map(setting.of, points)), filled)


def _lines(path: Iterable[Sequence[float]]) -> Iterator[list[Sequence[float]]]:
    """The lines of a path, which no numbers part; a point that comes twice is one."""
    for drawn, points in groupby(path, key=lambda point: not math.isnan(point[0])):
        if drawn:
            yield [next(same) for _, same in groupby(points)]


def _round(centre: Sequence[float], wide: float, high: float, first: float, last: float) -> list[Point]:
    """Points on an ellipse from one angle to another, in degrees."""
    start, end = math.radians(first), math.radians(last)
    steps = round((end - start) / _STEP)
    angles = [start + (end - start) * k / steps for k in range(steps + 1)]
    return [(centre[0] + wide / 2 * math.cos(a), centre[1] + high / 2 * math.sin(a)) for a in angles]


def _head(tail: Sequence[float], tip: Sequence[float], wide: float, long: float) -> list[Point]:
    """An arrow's head; schemdraw's `->` has it at the end."""
    x, y = tip[0] - tail[0], tip[1] - tail[1]
    length = math.hypot(x, y)
    x, y = x / length, y / length
    foot = (tip[0] - long * x, tip[1] - long * y)
    side = (-y * wide / 2, x * wide / 2)
    return [(tip[0], tip[1]), (foot[0] + side[0], foot[1] + side[1]), (foot[0] - side[0], foot[1] - side[1])]
