"""A finished sheet: parts, tags and wires in their places, and what is wrong with its geometry."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import NamedTuple

from genrf.circuits.schematic.circuit import Frame
from genrf.circuits.schematic.heights import Lift, NoRoom
from genrf.circuits.schematic.items import Spot, Tag, placed, spot_boxes
from genrf.circuits.schematic.layout import Layout, Places
from genrf.circuits.schematic.lettering import TIMES
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.plan import Plan
from genrf.circuits.schematic.route import Edge, Node, Router, Wires
from genrf.circuits.schematic.rows import Breaking, Row
from genrf.circuits.schematic.symbols import Box
from genrf.circuits.schematic.symmetry import exchange

_MARGINS = (2.0, 3.0, 4.0, 6.0, 9.0)
_BETWEEN = 4.0  # cells between rows
_TRIES = 12
_LARGE = 46  # parts of a sheet that is drawn without tries, which would take minutes
_USUAL = {"capacitor": "1.23 pF", "resistor": "1.23 kΩ", "inductor": "⌀ 123 µm", "current": "123 µA"}
_RAGGED = 1.0  # of each cell that a stack's rail is off the highest or the lowest one
_SIZE = 0.3  # of each cell of width and height against a cell of wire


@dataclass(frozen=True)
class Sheet:
    """Parts with their places, tags, straight wires by net, and the dots where three of them meet."""

    parts: tuple[Part, ...]
    spots: tuple[Spot, ...]
    tags: tuple[Tag, ...]
    wires: tuple[Edge, ...]
    dots: tuple[Node, ...]

    def lettered(self, texts: Mapping[tuple[str, ...], tuple[str, ...]]) -> "Sheet":
        """The same sheet with other texts, none wider than those it has, by the names of the parts."""
        spots = (replace(s, text=s.text._replace(lines=texts[self.parts[s.part].names])) for s in self.spots)
        return replace(self, spots=tuple(spots))


def bounds(sheet: Sheet) -> Box:
    """The box around everything drawn."""
    boxes = [box for spot in sheet.spots for box in (spot.text.box, outline(sheet.parts[spot.part], spot))]
    boxes += [box for tag in sheet.tags for box in tag.boxes]
    boxes += [Box(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in sheet.wires]
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


def outline(part: Part, spot: Spot) -> Box:
    """The box around all strokes of a part."""
    points = [spot.turn.of(point) for stroke in part.shape.strokes for point in stroke.points]
    xs, ys = zip(*points, strict=True)
    return Box(min(xs) + spot.x, min(ys) + spot.y, max(xs) + spot.x, max(ys) + spot.y)


def sheet(parts: tuple[Part, ...], frame: Frame) -> Sheet:
    """The parts drawn, in several rows where one would be too wide."""
    rows = _rows(tuple(map(_bare, parts)), frame)
    drawn = [_row(tuple(parts[k] for k in row.members), row.frame) for row in rows]
    return reduce(_above, drawn)


@lru_cache(64)
def _rows(parts: tuple[Part, ...], frame: Frame) -> list[Row]:
    try:
        return Breaking(Layout(Plan(parts, frame), exchange(parts, frame), _MARGINS[0])).rows()
    except NoRoom:
        return Breaking(Layout(Plan(parts, frame, apart=True), {}, _MARGINS[0])).rows()


def _above(upper: Sheet, lower: Sheet) -> Sheet:
    """Two rows as one sheet, their left edges above each other."""
    one, other = bounds(upper), bounds(lower)
    x, y = round(one.left - other.left), math.ceil(one.bottom - other.top + _BETWEEN)

    def moved(node: Node) -> Node:
        return node[0] + x, node[1] + y

    spots = (
        replace(s, part=s.part + len(upper.parts), x=s.x + x, y=s.y + y,
                text=s.text._replace(x=s.text.x + x, y=s.text.y + y))
        for s in lower.spots
    )  # fmt: skip
    return Sheet(
        (*upper.parts, *lower.parts),
        (*upper.spots, *spots),
        (*upper.tags, *(tag._replace(x=tag.x + x, y=tag.y + y) for tag in lower.tags)),
        (*upper.wires, *((moved(a), moved(b)) for a, b in lower.wires)),
        (*upper.dots, *map(moved, lower.dots)),
    )


def _row(parts: tuple[Part, ...], frame: Frame) -> Sheet:
    """Parts drawn in one row, as close together as their wires allow, and moved where that spares detours.

    Where wires find no way, every part stands for itself, its nets by name.
    """
    try:
        moves = _moves(tuple(map(_bare, parts)), frame)
        layout = Layout(Plan(parts, frame, moves.flipped), exchange(parts, frame), _MARGINS[0], moves.lifts)
        return _finished(_fitted(layout))
    except NoRoom:
        return _finished(_routed(Layout(Plan(parts, frame, apart=True), {}, _MARGINS[0])))


class _Moves(NamedTuple):
    """What spares detours, whatever the values beside the parts."""

    lifts: tuple[Lift, ...]
    flipped: frozenset[int]


@lru_cache(256)
def _moves(parts: tuple[Part, ...], frame: Frame) -> _Moves:
    """The moves that make wires shorter and straighter, one after the other."""
    best = _fitted(Layout(Plan(parts, frame), exchange(parts, frame), _MARGINS[0]))
    tried = set[object]()
    for _ in range(min(_TRIES, _LARGE - len(parts))):
        change = next((one for one in _changes(best) if _key(one) not in tried), None)
        if change is None:
            break
        tried.add(_key(change))
        with suppress(NoRoom):
            best = min(best, _routed(change), key=lambda draft: draft.cost)
    return _Moves(best.layout.lifts, best.layout.plan.flipped)


def _bare(part: Part) -> Part:
    """The part with text of a usual length: all designs of a circuit are then drawn alike."""
    return replace(part, text=(part.text[0], *(_USUAL.get(part.symbol, f"123 {TIMES} 2.5 µm") for _ in part.text[1:])))


class _Draft(NamedTuple):
    """A layout with its places and wires."""

    layout: Layout
    places: Places
    wires: Wires
    ends: Mapping[str, Sequence[Node]]

    @property
    def cost(self) -> float:
        size = _size([node for nodes in self.ends.values() for node in nodes])
        return self.wires.cost + _SIZE * size + _RAGGED * self._ragged()

    def _ragged(self) -> int:
        """How far the rails of stacks that hang together are from lying in two lines."""
        return sum(self._uneven(group) for group in self.layout.groups())

    def _uneven(self, group: frozenset[int]) -> int:
        plan = self.layout.plan
        stacks = [spot for spot in self.places.spots if spot.part in group and plan.carries[spot.part]]
        pins = {placed(plan.parts[s.part], pin, s) for s in stacks for pin in plan.parts[s.part].nets}
        tags = [tag for tag in self.places.tags if (tag.x, tag.y) in pins]
        tops, ends = ([tag.y for tag in tags if tag.style == style] for style in ("supply", "ground"))
        return sum(y - min(tops) for y in tops) + sum(max(ends) - y for y in ends)


def _fitted(layout: Layout) -> _Draft:
    """The layout routed, with columns as close as lets every net find its way."""
    for margin in _MARGINS[:-1]:
        try:
            return _routed(replace(layout, margin=margin))
        except NoRoom:
            continue
    return _routed(replace(layout, margin=_MARGINS[-1]))


def _routed(layout: Layout) -> _Draft:
    places = layout.places()
    router = Router(layout.plan, places, layout.heights.nets, layout.exchange)
    wires = router.routed(sorted(router.ends, key=lambda net: (_size(router.ends[net]), net)))
    return _Draft(layout, places, wires, router.ends)


def _changes(draft: _Draft) -> Iterator[Layout]:
    """Layouts in which a part makes way for a net that it lies across: above it, below it, or hung the other way."""
    layout, exchange = draft.layout, draft.layout.exchange
    for k, net in _across(draft):
        other = int(str(exchange.get(k, k))), str(exchange.get(net, net))
        for way in (1, -1):
            lifts = tuple(dict.fromkeys((Lift(k, net, way), Lift(*other, way))))
            yield replace(layout, lifts=(*layout.lifts, *lifts))
        if layout.plan.hangs(k):
            flipped = layout.plan.flipped ^ {k, other[0]}
            yield replace(layout, plan=replace(layout.plan, flipped=flipped))


def _across(draft: _Draft) -> Iterator[tuple[int, str]]:
    """Parts with the nets that would run through them if they kept their height."""
    parts = draft.layout.plan.parts
    for net, nodes in draft.ends.items():
        y, low, high = -draft.layout.heights.nets[net], min(x for x, _ in nodes), max(x for x, _ in nodes)
        for spot in draft.places.spots:
            if net in parts[spot.part].nets.values():
                continue
            around = [*spot_boxes(parts[spot.part], spot), *_tags_at(draft.places, spot, parts[spot.part])]
            if any(box.top < y < box.bottom and box.left < high and low < box.right for box in around):
                yield spot.part, net


def _tags_at(places: Places, spot: Spot, part: Part) -> Iterator[Box]:
    pins = {placed(part, pin, spot) for pin in part.nets}
    return (box for tag in places.tags if (tag.x, tag.y) in pins for box in tag.boxes)


def _finished(draft: _Draft) -> Sheet:
    wires, places, plan = draft.wires, draft.places, draft.layout.plan
    tags = (*places.tags, *wires.tags)
    named = {(tag.x, tag.y) for tag in tags}
    runs = [run for net, edges in wires.edges.items() for run in _runs(edges, {*draft.ends[net], *named})]
    return Sheet(plan.parts, places.spots, tags, tuple(sorted(runs)), _dots(plan, places, runs, tags))


def _key(layout: Layout) -> object:
    return frozenset(layout.lifts), layout.plan.flipped


def _size(nodes: Sequence[Node]) -> int:
    xs, ys = [x for x, _ in nodes], [y for _, y in nodes]
    return max(xs) - min(xs) + max(ys) - min(ys)


def _runs(edges: set[Edge], ends: set[Node]) -> Iterator[Edge]:
    """Straight pieces as long as can be between bends, junctions and pins."""
    touching: dict[Node, list[Edge]] = defaultdict(list)
    for edge in edges:
        for node in edge:
            touching[node].append(edge)
    through = {node for node, own in touching.items() if len(own) == 2 and node not in ends and _straight(own)}
    for edge in sorted(edges):
        if edge[0] in through:
            continue
        last = edge
        while last[1] in through:
            last = max(touching[last[1]])
        yield edge[0], last[1]


def _straight(own: list[Edge]) -> bool:
    return len({one[0] == other[0] for one, other in own}) == 1


def _dots(plan: Plan, places: Places, runs: Sequence[Edge], tags: Sequence[Tag]) -> tuple[Node, ...]:
    """Where three ends or more meet: of wires, of parts, of names."""
    counts = Counter(node for run in runs for node in run)
    counts.update({placed(plan.parts[s.part], pin, s) for s in places.spots for pin in plan.parts[s.part].nets})
    counts.update((tag.x, tag.y) for tag in tags)
    return tuple(sorted(node for node, count in counts.items() if count > 2))
