"""Items of a sheet: what stands in one column, with everything around it that needs room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.heights import Heights
from genrf.circuits.schematic.lettering import LINE, block, width
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.plan import Plan, control
from genrf.circuits.schematic.symbols import Box, Turn
from genrf.circuits.topology import GROUND

_LOW = 3  # lines of text that fit between the pins of a part
THIN = 0.4  # to each side of a pin or a wire that needs room
PORTS = ("in", "out")
RAILS = ("supply", "ground", "negative")  # styles of tags that have symbols
RIGHT, LEFT, UP, DOWN = (1, 0), (-1, 0), (0, -1), (0, 1)


class Pin(NamedTuple):
    """An end of wires: the net, where, and the way that a wire goes straight on from it; none where all are alike."""

    net: str
    x: int
    y: int
    way: tuple[int, int]


class Text(NamedTuple):
    """Lines of text from an upper edge."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str

    @property
    def box(self) -> Box:
        return block(self.lines, self.x, self.y, self.anchor)


class Tag(NamedTuple):
    """A net's name at a point, to one side of it; `style` is label, in or out (ports), supply, ground or negative."""

    net: str
    x: int
    y: int
    side: tuple[int, int]
    style: str

    @property
    def boxes(self) -> tuple[Box, ...]:
        x, y, wide = self.x, self.y, width(self.net)
        if self.style == "ground":
            return (symbols()["ground"].body.moved(x, y),)
        if self.style in RAILS:
            return (symbols()[self.style].body.moved(x, y), self.text.box)
        if self.side[0]:
            end = x + self.side[0] * (wide + (1.6 if self.style in PORTS else 0.7))
            return (Box(min(x, end), y - 0.6, max(x, end), y + 0.6),)
        if self.style in PORTS:
            far, half = y + 2.0 * self.side[1], wide / 2 + 0.4
            return (Box(x - half, min(y, far), x + half, max(y, far)),)
        return (self.text.box,)

    @property
    def text(self) -> Text:
        x, y = self.x, self.y
        if self.style == "supply":
            return Text((self.net,), x, y - 0.95 - LINE, "middle")
        if self.style == "negative":
            return Text((self.net,), x, y + 0.95, "middle")
        if self.side[0]:
            inset = {"in": 0.8, "out": 0.6}.get(self.style, 0.5)
            return Text((self.net,), x + inset * self.side[0], y - 0.55, "start" if self.side[0] > 0 else "end")
        if self.style in PORTS:
            return Text((self.net,), x, y + 1.3 * self.side[1] - 0.55, "middle")
        return Text((self.net,), x, y - 0.2 - LINE if self.side[1] < 0 else y + 0.2, "middle")


@dataclass(frozen=True)
class Spot:
    """A part set on the sheet: its middle, its turn, its text."""

    part: int
    x: int
    y: int
    turn: Turn
    text: Text


@dataclass(frozen=True)
class Item:
    """Spots, tags and free pins relative to one column."""

    spots: tuple[Spot, ...]
    tags: tuple[Tag, ...]
    pins: tuple[Pin, ...]
    boxes: tuple[Box, ...]
    side: int = 0  # -1 of an input's port, 1 of an output's

    @property
    def left(self) -> float:
        return min(box.left for box in self.boxes)

    @property
    def right(self) -> float:
        return max(box.right for box in self.boxes)

    def raised(self, height: int) -> "Item":
        """The item of a port higher up than its net."""
        return Item(
            (),
            tuple(t._replace(y=t.y - height) for t in self.tags),
            tuple(p._replace(y=p.y - height) for p in self.pins),
            tuple(b.moved(0, -height) for b in self.boxes),
            self.side,
        )

    def mirrored(self) -> "Item":
        return Item(
            tuple(Spot(s.part, -s.x, s.y, _mirror(s.turn), _flipped(s.text)) for s in self.spots),
            tuple(Tag(t.net, -t.x, t.y, (-t.side[0], t.side[1]), t.style) for t in self.tags),
            tuple(Pin(p.net, -p.x, p.y, (-p.way[0], p.way[1])) for p in self.pins),
            tuple(Box(-b.right, b.top, -b.left, b.bottom) for b in self.boxes),
            self.side,
        )


def _mirror(turn: Turn) -> Turn:
    """A turn seen in a mirror that stands upright."""
    return Turn(not turn.mirrored, -turn.quarters % 4)


def _flipped(text: Text) -> Text:
    anchor = {"start": "end", "end": "start", "middle": "middle"}[text.anchor]
    return Text(text.lines, -text.x, text.y, anchor)


@dataclass(frozen=True)
class Maker:
    """Makes items of a plan's parts at their heights."""

    plan: Plan
    heights: Heights

    def standing(self, members: Sequence[int], mirrored: Sequence[bool]) -> Item:
        """A stack of upright parts; a mirrored one has its control at the right and its text at the left."""
        spots = [self._upright(k, turned) for k, turned in zip(members, mirrored, strict=True)]
        return self._item(spots)

    def lying(self, members: Sequence[int], backwards: bool) -> Item:
        """Parts above each other that lie; backwards they have their first pin at the right."""
        return self._item([self._flat(k, backwards) for k in members])

    def port(self, net: str, side: int, right: bool) -> Item:
        """A port that lies at the left or the right end of its net."""
        tag = Tag(net, 0, -self.heights.nets[net], RIGHT if right else LEFT, "in" if side < 0 else "out")
        return Item((), (tag,), (Pin(net, 0, tag.y, (-tag.side[0], 0)),), tag.boxes, side)

    def label(self, net: str) -> Item:
        tag = Tag(net, 0, -self.heights.nets[net], LEFT, "label")
        return Item((), (tag,), (Pin(net, 0, tag.y, RIGHT),), tag.boxes)

    def _item(self, spots: Sequence[Spot]) -> Item:
        tags, pins = [], []
        for spot in spots:
            part = self.plan.parts[spot.part]
            for pin, net in part.nets.items():
                x, y = placed(part, pin, spot)
                if self.plan.far(part, pin):
                    tags.append(self._tag(part, spot, pin, net, (x, y)))
                else:
                    on_level = self.plan.upright[spot.part] and y == -self.heights.nets[net]
                    pins.append(Pin(net, x, y, (0, 0) if on_level else _outward(part, pin, spot)))
        return Item(tuple(spots), tuple(tags), tuple(pins), boxes(self.plan.parts, spots, tags))

    def _tag(self, part: Part, spot: Spot, pin: str, net: str, at: tuple[int, int]) -> Tag:
        x, y = at
        side = _outward(part, pin, spot)
        if part.symbol == "box":
            return Tag(net, x, y, side, "in" if net in self.plan.signals else "label")
        if net in self.plan.rails.lower and side != UP:
            return Tag(net, x, y, DOWN, "ground" if net == GROUND else "negative")
        if net in self.plan.rails.upper and side != DOWN:
            return Tag(net, x, y, UP, "supply")
        return Tag(net, x, y, side, "in" if net in self.plan.signals else "label")

    def _upright(self, k: int, mirrored: bool) -> Spot:
        part, y = self.plan.parts[k], -self.heights.parts[k]
        turn = Turn(mirrored, 2 if part.plain and self.plan.top(k) != next(iter(part.nets)) else 0)
        turn = Turn(mirrored != bool(turn.quarters), turn.quarters)
        side = -1 if mirrored else 1
        body = turn.of_box(part.shape.body)
        if part.symbol == "box":
            return Spot(k, 0, y, turn, Text(part.text, 0, y + body.top - 0.25 - LINE * len(part.text), "middle"))
        reach = max(0.5, (body.right if side > 0 else -body.left) + 0.35)
        if part.symbol.endswith("4"):
            reach = 1.8 + width(part.nets["b"]) + 0.4
        names = [net for pin, net in part.nets.items() if self.plan.far(part, pin) and not self.plan.on_rail(net)]
        if len(part.text) > _LOW:  # as high as the part, so that its names are beside it
            reach = max([reach, *(width(net) / 2 + 0.35 for net in names)])
        middle = 1.8 if part.symbol == "pad" else 0.0
        text = Text(part.text, side * reach, y + middle - LINE * len(part.text) / 2, "start" if side > 0 else "end")
        return Spot(k, 0, y, turn, text)

    def _flat(self, k: int, backwards: bool) -> Spot:
        part, y = self.plan.parts[k], -self.heights.parts[k]
        if part.plain:
            turn, above = Turn(False, 1 if backwards else 3), True
        else:
            turn, above = (Turn(False, 1) if backwards else Turn(True, 3)), False
        body = turn.of_box(part.shape.body)
        upper = y + body.top - 0.25 - LINE * len(part.text) if above else y + body.bottom + 0.25
        return Spot(k, 0, y, turn, Text(part.text, 0, upper, "middle"))


def boxes(parts: Sequence[Part], spots: Sequence[Spot], tags: Sequence[Tag]) -> tuple[Box, ...]:
    """What needs room around spots and tags; the wires of a stack, which run straight down, too."""
    own = [box for spot in spots for box in spot_boxes(parts[spot.part], spot)]
    own += [box for tag in tags for box in tag.boxes]
    if len(spots) < 2:
        return tuple(own)
    x, heights = spots[0].x, [spot.y for spot in spots]
    trunk = [Box(x - THIN, min(heights), x + THIN, max(heights))]
    return (*own, *trunk)


def placed(part: Part, pin: str, spot: Spot) -> tuple[int, int]:
    """Where a pin of a spot's part lies."""
    x, y = spot.turn.of(part.shape.pins[pin])
    return round(spot.x + x), round(spot.y + y)


def spot_boxes(part: Part, spot: Spot) -> Iterator[Box]:
    """What needs room around a part: its body, its pins, its text."""
    yield spot.turn.of_box(part.shape.body).moved(spot.x, spot.y)
    yield from (Box(x - THIN, y - THIN, x + THIN, y + THIN) for x, y in (placed(part, pin, spot) for pin in part.nets))
    yield spot.text.box


def _outward(part: Part, pin: str, spot: Spot) -> tuple[int, int]:
    """The direction in which a pin looks away from its part."""
    x, y = spot.turn.of(part.shape.pins[pin])
    return (1 if x > 0 else -1, 0) if abs(x) > abs(y) or (x and pin == control(part)) else (0, 1 if y > 0 else -1)


__all__ = [
    "DOWN",
    "LEFT",
    "PORTS",
    "RAILS",
    "RIGHT",
    "UP",
    "Item",
    "Maker",
    "Pin",
    "Spot",
    "Tag",
    "Text",
    "boxes",
    "placed",
    "spot_boxes",
]
