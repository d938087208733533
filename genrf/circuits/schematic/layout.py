"""The places of all parts of a plan: units ordered, turned towards their nets, and set side by side."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx

from genrf.circuits.schematic.heights import Heights, Lift, heights
from genrf.circuits.schematic.items import Item, Maker, Pin, Spot, Tag, Text, boxes
from genrf.circuits.schematic.order import Row
from genrf.circuits.schematic.plan import Plan, control
from genrf.circuits.schematic.symbols import Box, Turn
from genrf.circuits.schematic.units import Exchange, Unit, bundles, units

_PORT = -1  # in place of a part: the port of a net
_ABOVE = 2  # cells between ports above each other
_BEYOND = 8  # cells from the last pin of such a net to its port, behind what stands beside that pin
_ASIDE = 12.0  # what it costs a lying part when nothing of its net is on that side


@dataclass(frozen=True)
class Places:
    """Everything but the wires: parts, tags that say a net's name, and the pins that wires have to join."""

    spots: tuple[Spot, ...]
    tags: tuple[Tag, ...]
    pins: tuple[Pin, ...]
    axes: Mapping[str, int]  # of nets in mirrored halves, twice the column that these are mirrored at


@dataclass(frozen=True)
class Layout:
    """The layout of a plan; `exchange` exchanges its halves; columns are at least `margin` cells apart."""

    plan: Plan
    exchange: Exchange
    margin: float
    lifts: tuple[Lift, ...] = ()

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return units(self.plan, self.exchange)

    @cached_property
    def heights(self) -> Heights:
        return heights(self.plan, bundles(self.plan), self.lifts)

    @cached_property
    def _items(self) -> list[Item]:
        return [self._item(unit, {}) for unit in self.units]

    @cached_property
    def twins(self) -> dict[int, int]:
        """Of each unit the one that it becomes when the halves are exchanged."""
        index: dict[object, int] = {(frozenset(unit.members), unit.net): k for k, unit in enumerate(self.units)}
        return {k: index.get(self._exchanged(unit), k) for k, unit in enumerate(self.units)}

    def _exchanged(self, unit: Unit) -> object:
        members = frozenset(self.exchange.get(m, m) for m in unit.members)
        return members, str(self.exchange.get(unit.net, unit.net))

    def places(self) -> Places:
        """The whole sheet, its left upper corner anywhere."""
        placed: list[Item] = []
        axes: dict[str, int] = {}
        for cluster in self._clusters():
            found, axis = self._cluster(cluster)
            shift = _after(placed, found, 2 * self.margin)
            placed += [moved(item, shift) for item in found]
            if axis is not None:
                axes.update((pin.net, axis + 2 * shift) for item in found for pin in item.pins)
        return Places(
            tuple(spot for item in placed for spot in item.spots),
            tuple(tag for item in placed for tag in item.tags),
            tuple(dict.fromkeys(pin for item in placed for pin in item.pins)),
            axes,
        )

    def _cluster(self, cluster: Sequence[int]) -> tuple[list[Item], int | None]:
        """Units that hang together in their places; of mirrored halves twice the column that they are mirrored at."""
        ends = self._crossed(cluster)
        half, middle = self._ordered([k for k in cluster if k not in ends])
        right = [self.twins[k] for k in reversed(half)]
        turned = self._turned([*half, *middle, *right])
        if not half:
            return self._spread([turned[k] for k in middle]), None
        left, between = self._spread([turned[k] for k in half]), self._spread([turned[k] for k in middle])
        shared = {pin.net for item in left for pin in item.pins}
        joints = [pin.x for item in between for pin in item.pins if pin.net in shared]
        joint = round(2 * sum(joints) / len(joints)) if joints else 0
        mirrored = [self._reflected(item) for item in left]
        axis = math.ceil(2 * min(box.left for item in left for box in item.boxes))
        while True:
            centre = [moved(item, (axis - joint) // 2) for item in between]
            far = [moved(item, axis) for item in mirrored]
            if not (
                _close(left, far, self.margin) or _close(left, centre, self.margin) or _close(centre, far, self.margin)
            ):
                return self._ended([*left, *centre, *far], ends), axis
            axis += 1

    def _ended(self, placed: Sequence[Item], ends: Sequence[int]) -> list[Item]:
        """The items, and right of them the ports of outputs that both halves make: above the others what ends first."""
        pins = sorted((pin for item in placed for pin in item.pins), key=lambda pin: pin.x)
        last = {pin.net: pin.x for pin in pins}
        beyond = max((last[self.units[k].net] for k in ends), default=0) + _BEYOND
        found = list(placed)
        for above, k in enumerate(sorted(ends, key=lambda k: -last[self.units[k].net])):
            port = self._item(self.units[k], {_PORT: False}).raised(_ABOVE * above)
            found.append(moved(port, max(_after(found, [port], self.margin), beyond)))
        return found

    def _crossed(self, cluster: Sequence[int]) -> list[int]:
        """Output ports of nets that run across a pair of inputs' two halves, which have no side of their own."""
        outer = self._halved(cluster)
        if not any(self.units[k].side < 0 for k in outer):
            return []
        near = {pin.net for k in outer if self.units[k].members for pin in self._items[k].pins}
        far = {pin.net for k in outer for pin in self._items[self.twins[k]].pins if self.units[k].members}
        return [k for k in cluster if self.units[k].side > 0 and self.units[k].net in near & far]

    def _halved(self, cluster: Sequence[int]) -> list[int]:
        """Units of the left half."""
        return [k for k in cluster if self.twins[k] != k and self.twins[k] in cluster and self._leftward(k)]

    def _reflected(self, item: Item) -> Item:
        """The other half's item at the mirror image of a place."""
        image, parts = item.mirrored(), self.plan.parts

        def other(net: str) -> str:
            return str(self.exchange.get(net, net))

        def set_again(spot: Spot) -> Spot:
            old, new = parts[spot.part], parts[twin := int(str(self.exchange[spot.part]))]
            same = all(new.nets[pin] == other(net) for pin, net in old.nets.items())
            turn = spot.turn if same else Turn(not spot.turn.mirrored, spot.turn.quarters + 2)
            return replace(spot, part=twin, turn=turn, text=spot.text._replace(lines=new.text))

        tags = tuple(t._replace(net=other(t.net)) for t in image.tags)
        spots = tuple(map(set_again, image.spots))
        pins = tuple(p._replace(net=other(p.net)) for p in image.pins)
        return Item(spots, tags, pins, boxes(parts, spots, tags), image.side)

    def _item(self, unit: Unit, backwards: Mapping[int, bool]) -> Item:
        maker = Maker(self.plan, self.heights)
        if not unit.members:
            right = not backwards.get(_PORT, unit.side < 0)
            return maker.port(unit.net, unit.side, right) if unit.side else maker.label(unit.net)
        if unit.upright:
            return maker.standing(unit.members, [backwards.get(k, False) for k in unit.members])
        return maker.lying(unit.members, backwards.get(unit.members[0], False))

    def groups(self) -> list[frozenset[int]]:
        """Parts that wires join, however far apart."""
        return [frozenset(m for k in cluster for m in self.units[k].members) for cluster in self._clusters()]

    def _clusters(self) -> list[list[int]]:
        """Units that wires join; those without a port are first: they make currents and voltages for the others."""
        graph = nx.Graph()
        graph.add_nodes_from(range(len(self.units)))
        for k, item in enumerate(self._items):
            graph.add_edges_from((k, pin.net) for pin in item.pins)
        found = [sorted(n for n in group if isinstance(n, int)) for group in nx.connected_components(graph)]
        ported = [any(self.units[k].side for k in group) for group in found]
        return [group for _, group in sorted(zip(ported, found, strict=True))]

    def _ordered(self, cluster: Sequence[int]) -> tuple[list[int], list[int]]:
        start = sorted(cluster, key=lambda k: (self._progress(k), k))
        row = Row(self._items, self.heights.nets, self.twins)
        half = self._halved(start)
        kept = {*half, *(self.twins[k] for k in half)}
        return row.ordered(half, [k for k in start if k not in kept])

    @cached_property
    def _hops(self) -> dict[str, dict[str, float]]:
        """From each signal port to each net: how many parts lie between; through a gate it is farther."""
        graph = nx.Graph()
        for k, part in enumerate(self.plan.parts):
            for pin, net in part.nets.items():
                if not self.plan.far(part, pin):
                    graph.add_edge(k, net, weight=2.0 if pin == control(part) else 1.0)
        return {net: nx.single_source_dijkstra_path_length(graph, net) for net in self.plan.signals if net in graph}

    def _progress(self, k: int) -> float:
        """How far along the signal a unit lies: 0 at the inputs, 1 at the outputs."""
        sides = {unit.net: unit.side for unit in self.units if unit.side}
        nets = [pin.net for pin in self._items[k].pins]
        near = [min((self._hops[s].get(n, 99.0) for s in sides if sides[s] < 0), default=0.0) for n in nets]
        far = [min((self._hops[s].get(n, 99.0) for s in sides if sides[s] > 0), default=0.0) for n in nets]
        shares = [a / (a + b) if a + b else 0.0 for a, b in zip(near, far, strict=True)]
        return sum(shares) / len(shares) if shares else 0.0

    def along(self, part: int) -> float:
        """How far along the signal a part lies, from 0 to 1."""
        return next(self._progress(k) for k, unit in enumerate(self.units) if part in unit.members)

    def _leftward(self, k: int) -> bool:
        """Whether a unit lies nearer to the first signal of each pair of signals than to the second."""
        first = [s for s in self._hops if self._moves(s) and self._leads(s)]
        own, other = self._distance(k, first), self._distance(self.twins[k], first)
        return (own, k) < (other, self.twins[k])

    def _moves(self, net: str) -> bool:
        return self.exchange.get(net, net) != net

    def _leads(self, net: str) -> bool:
        order = self.plan.signals
        return order.index(net) < order.index(str(self.exchange[net]))

    def _distance(self, k: int, signals: Sequence[str]) -> float:
        unit = self.units[k]
        if unit.net:
            return 0.0 if unit.net in signals else 9.0
        ends = [(m, self._hops[s].get(m, 99.0)) for m in unit.members for s in signals]  # type: ignore[call-overload]
        return float(sum(hops for _, hops in ends)) / max(1, len(ends))

    def _turned(self, row: Sequence[int]) -> dict[int, Item]:
        """Each item with its controls, or its first pin, towards the nets that they are on."""
        ends: dict[str, list[tuple[int, int]]] = {}
        for place, k in enumerate(row):
            for pin in self._items[k].pins:
                ends.setdefault(pin.net, []).append((place, pin.y))
        return {k: self._item(self.units[k], self._backwards(k, ends, at)) for at, k in enumerate(row)}

    def _backwards(self, k: int, ends: Mapping[str, Sequence[tuple[int, int]]], place: int) -> dict[int, bool]:
        """Of each part of a unit whether it is mirrored; of a port whether it is at the left of its net."""
        unit = self.units[k]
        if not unit.members:
            return {_PORT: _pull(ends[unit.net], place) > 0 or (unit.side < 0 and _pull(ends[unit.net], place) >= 0)}
        return {m: (self._turns if unit.upright else self._lies_back)(m, ends, place) for m in unit.members}

    def _turns(self, m: int, ends: Mapping[str, Sequence[tuple[int, int]]], place: int) -> bool:
        part = self.plan.parts[m]
        pin = control(part)
        return pin is not None and not self.plan.far(part, pin) and _pull(ends[part.nets[pin]], place) > 0

    def _lies_back(self, m: int, ends: Mapping[str, Sequence[tuple[int, int]]], place: int) -> bool:
        part, y = self.plan.parts[m], -self.heights.parts[m]
        pins = sorted((p for p in part.nets if p != control(part)), key=lambda p: part.shape.pins[p][1])
        left, right = (ends.get(part.nets[pin], ()) for pin in pins[:2])
        forwards = _reach(left, place, y, -1) + _reach(right, place, y, 1)
        return _reach(left, place, y, 1) + _reach(right, place, y, -1) < forwards - 1e-9

    def _spread(self, items: Sequence[Item]) -> list[Item]:
        """The items side by side, each as far to the left as those before it allow."""
        placed: list[Item] = []
        x = 0
        for item in items:
            x = max(_after(placed, [item], self.margin), x + 2 if placed else 0)
            placed.append(moved(item, x))
        return placed


def _pull(ends: Sequence[tuple[int, int]], place: int) -> float:
    """Above 0 when more of a net's ends are to the right of a place."""
    others = [at - place for at, _ in ends if at != place]
    return sum(math.copysign(1.0, at) for at in others) / max(1, len(others)) + 1e-3 * sum(others)


def _reach(ends: Sequence[tuple[int, int]], place: int, y: int, side: int) -> float:
    """How far it is from a place to the next end of a net on one side, in columns and their like in height."""
    found = [abs(at - place) + abs(there - y) / 8 for at, there in ends if (at - place) * side > 0]
    return min(found, default=_ASIDE)


def _after(placed: Sequence[Item], items: Sequence[Item], margin: float) -> int:
    """How far to the right items have to go to clear those that are placed."""
    needed = [
        there.right + margin - box.left
        for before in placed for there in before.boxes for item in items for box in item.boxes
        if there.top - 0.6 < box.bottom and box.top < there.bottom + 0.6
    ]  # fmt: skip
    return math.ceil(max(needed, default=0.0))


def _close(left: Sequence[Item], right: Sequence[Item], margin: float) -> bool:
    """Whether `right` is not yet clear of `left`."""
    return _after(left, right, margin) > 0


def moved(item: Item, x: int) -> Item:
    """The item in another column."""
    return replace(
        item,
        spots=tuple(
            replace(s, x=s.x + x, text=Text(s.text.lines, s.text.x + x, s.text.y, s.text.anchor)) for s in item.spots
        ),
        tags=tuple(t._replace(x=t.x + x) for t in item.tags),
        pins=tuple(p._replace(x=p.x + x) for p in item.pins),
        boxes=tuple(Box(b.left + x, b.top, b.right + x, b.bottom) for b in item.boxes),
    )
