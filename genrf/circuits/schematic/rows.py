"""A wide drawing broken into rows, one below another: stages in their order, signals continued by named arrows."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import networkx as nx

from genrf.circuits.schematic.circuit import Frame
from genrf.circuits.schematic.items import Spot, spot_boxes
from genrf.circuits.schematic.layout import Layout, Places
from genrf.circuits.schematic.symbols import Box
from genrf.circuits.schematic.units import side

_ASPECT = 3.0  # of width to height, beyond which a drawing is broken
_WIDE = 140.0  # cells that a drawing of few parts may be wide, whatever its height
_PAGE_WIDE = 110.0  # cells that parts which no wire joins stand side by side in: about what a page shows unshrunk
_WORTH = 0.91  # of the width, beyond which a further row would spare nothing
_MANY = 45  # parts that are drawn in one row at the most
_ROW = 6.0  # cells between two rows, with what stands above and below
_GAP = 2.0  # cells between columns
_NAMES = 8.0  # cells at the ends of a group for the names of nets
_CUT = 3.0  # what a further row costs, in nets that are cut
_PIN = 0.3  # of each pin of a net that is cut, against the net itself
_PAGE = 1.6  # of width to height, for a drawing of many rows


class Row(NamedTuple):
    """The parts of a row by number, and the nets that it knows."""

    members: tuple[int, ...]
    frame: Frame


class _Column(NamedTuple):
    """Parts that stand above each other, with their extent from left to right."""

    group: int  # of columns that wires join
    members: tuple[int, ...]
    left: float
    right: float


@dataclass(frozen=True)
class Breaking:
    """The rows of a layout that is one row."""

    layout: Layout

    def rows(self) -> list[Row]:
        """One row where the drawing is not too wide, else several that make a page of it."""
        width, height = self._whole.right - self._whole.left, self._whole.bottom - self._whole.top
        parts = len(self.layout.plan.parts)
        if parts <= _MANY and width <= _PAGE_WIDE:
            return self._listed([self._columns])
        found = self._cut(_PAGE_WIDE, self._wholes)
        widest = max(self._extent(row) for row in found)
        if parts > _MANY or (widest > _WIDE and widest > _ASPECT * height):
            return self._listed(self._cut(max(_WIDE, math.sqrt(_PAGE * width * (height + _ROW))), self._columns))
        return self._listed(found if widest < _WORTH * width else [self._columns])

    def _listed(self, found: Sequence[Sequence[_Column]]) -> list[Row]:
        members = [tuple(sorted(k for column in row for k in column.members)) for row in found]
        return [Row(own, self._frame(own, members[:place], members[place + 1 :])) for place, own in enumerate(members)]

    @cached_property
    def _places(self) -> Places:
        return self.layout.places()

    @property
    def _spots(self) -> Sequence[Spot]:
        return self._places.spots

    @cached_property
    def _columns(self) -> list[_Column]:
        """Columns from left to right, those of the signal first: what makes bias voltages follows below."""
        groups = self.layout.groups()
        return [column for g in self._order for column in self._of(g, groups[g])]

    @cached_property
    def _wholes(self) -> list[_Column]:
        """All columns of each group as one, which no row ends within."""
        groups = self.layout.groups()
        return [_Column(g, tuple(sorted(groups[g])), *self._ends(groups[g])) for g in self._order]

    @cached_property
    def _order(self) -> list[int]:
        """Groups from left to right; where a signal comes in, those that it runs through are the first."""
        plan, groups = self.layout.plan, self.layout.groups()
        signals = [net for net in plan.signals if net in plan.near]
        if not any(side(plan, net) < 0 for net in signals):
            return list(range(len(groups)))
        ported = [any(net in plan.signals for k in group for net in plan.parts[k].nets.values()) for group in groups]
        return sorted(range(len(groups)), key=lambda g: (not ported[g], g))

    def _of(self, number: int, group: frozenset[int]) -> Iterator[_Column]:
        """The columns of a group; those of two halves in pairs, from the inputs inwards."""
        found: dict[int, list[int]] = {}
        for spot in sorted(self._spots, key=lambda spot: spot.x):
            if spot.part in group:
                found.setdefault(spot.x, []).append(spot.part)
        if not any(k in self.layout.exchange for k in group):
            yield from (_Column(number, tuple(own), *self._ends(own)) for own in found.values())
            return
        x = 0.0
        for own in sorted(self._pairs(list(found.values())), key=lambda own: self.layout.along(own[0])):
            wide = self._reach(own)
            yield _Column(number, tuple(own), x, x + wide)
            x += wide

    def _pairs(self, columns: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Columns with their mirror images."""
        graph = nx.Graph()
        for own in columns:
            nx.add_path(graph, own)
            graph.add_nodes_from(own)
            graph.add_edges_from((k, self.layout.exchange.get(k, k)) for k in own)
        return (sorted(k for k in pair) for pair in nx.connected_components(graph))

    def _reach(self, members: Sequence[int]) -> float:
        """How much room parts need, side by side where they do not stand above each other."""
        spots = [spot for spot in self._spots if spot.part in members]
        reach = 0.0
        for _, own in groupby(sorted(spots, key=lambda spot: spot.x), key=lambda spot: spot.x):
            left, right = self._ends([spot.part for spot in own])
            reach += right - left + _GAP
        return reach

    def _ends(self, members: Iterable[int]) -> tuple[float, float]:
        """How far parts reach to the left and the right."""
        own = {*members}
        boxes = [box for spot in self._spots if spot.part in own
                 for box in spot_boxes(self.layout.plan.parts[spot.part], spot)]  # fmt: skip
        return min(box.left for box in boxes), max(box.right for box in boxes)

    def _extent(self, columns: Sequence[_Column]) -> float:
        """How wide columns are side by side: each group from end to end, with its names."""
        total = 0.0
        for _, run in groupby(columns, key=lambda column: column.group):
            own = list(run)
            left, right = self._ends(k for column in own for k in column.members)
            total += min(max(c.right for c in own) - min(c.left for c in own), right - left) + _NAMES
        return total

    @cached_property
    def _whole(self) -> Box:
        """The box around all parts and names as they stand in one row."""
        boxes = [box for spot in self._spots for box in spot_boxes(self.layout.plan.parts[spot.part], spot)]
        boxes += [box for tag in self._places.tags for box in tag.boxes]
        return Box(min(b.left for b in boxes), min(b.top for b in boxes),
                   max(b.right for b in boxes), max(b.bottom for b in boxes))  # fmt: skip

    def _cut(self, width: float, columns: Sequence[_Column]) -> list[list[_Column]]:
        """The columns in rows of at most a width, the fewest nets cut."""
        best = [(0.0, 0)]
        price = [self._price(columns[:place]) for place in range(len(columns) + 1)]
        for end in range(1, len(columns) + 1):
            found = [
                (best[start][0] + price[start], start)
                for start in range(end)
                if start == end - 1 or self._fits(columns[start:end], width)
            ]
            best.append(min(found))
        rows, end = [], len(columns)
        while end:
            start = best[end][1]
            rows.append(list(columns[start:end]))
            end = start
        return rows[::-1]

    def _fits(self, columns: Sequence[_Column], width: float) -> bool:
        few = sum(len(column.members) for column in columns) <= _MANY
        return few and self._extent(columns) <= width

    def _price(self, columns: Sequence[_Column]) -> float:
        """What it costs to end a row behind these columns: nets that are cut, those of many pins more."""
        before = {k for column in columns for k in column.members}
        if not before or len(before) == len(self.layout.plan.parts):
            return 0.0
        cut = [len(pins) for net, pins in self.layout.plan.near.items()
               if net not in self.layout.plan.labels and len({k in before for k, _ in pins}) > 1]  # fmt: skip
        return _CUT + len(cut) + _PIN * sum(cut)

    def _frame(self, own: Sequence[int], before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> Frame:
        """The ports of a row: those of the whole on its parts, and the nets that other rows are on too."""
        plan = self.layout.plan
        here, above, below = (self._nets(k for row in rows for k in row) for rows in ([own], before, after))
        shared = [net for net in here if (net in above or net in below) and not plan.on_rail(net)]
        named = {net for net in shared if net in plan.labels}
        carried = [net for net in shared if net not in named and net not in plan.signals]
        signals = [net for net in plan.signals if net in here]
        inputs = [net for net in signals if net in plan.near and side(plan, net) < 0]
        inputs += [net for net in carried if net in above]
        return Frame(
            (*signals, *carried),
            tuple(inputs),
            plan.rails,
            frozenset(named),
            tuple((net, plan.levels[net]) for net in here),
        )

    def _nets(self, members: Iterable[int]) -> dict[str, None]:
        return dict.fromkeys(net for k in members for net in self.layout.plan.parts[k].nets.values())
