"""Wires on the grid: pins of a net joined by shortest paths around everything else, by name where there is none.

Lee's maze router (IRE Trans. Electron. Comput. EC-10 (1961) 346) with costs for bends and crossings.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import NamedTuple

from genrf.circuits.schematic.heights import NoRoom
from genrf.circuits.schematic.items import DOWN, LEFT, RIGHT, UP, Spot, Tag
from genrf.circuits.schematic.layout import Places
from genrf.circuits.schematic.plan import Plan
from genrf.circuits.schematic.symbols import Box, Point
from genrf.circuits.schematic.units import Exchange

Node = tuple[int, int]
Edge = tuple[Node, Node]
_WAYS: tuple[Node, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1))
_BEND, _CROSSING, _NEAR = 3.0, 6.0, 0.6
_FAR = {True: 26.0, False: 90.0}  # cost above which a label is better than a wire, for bias nets and for others
_PORTED = 2.0  # times that for the net of a port, whose wires a reader follows
_ANYWHERE = 400.0  # cost within which there must be room for a name
_JOINT = 1.0  # for a dot on a straight wire
_OFF = 0.3  # for each cell of a level wire that is not at its net's height
_ROOM = 8  # cells around the sheet that wires may use


@dataclass
class Wires:
    """Edges of the grid that wires run along, by net, and tags that were added."""

    edges: dict[str, set[Edge]] = field(default_factory=lambda: defaultdict(set))
    tags: list[Tag] = field(default_factory=list)
    cost: float = 0.0


class Router:
    """Routes the nets of a sheet one after the other; what lies already is in the way of the next."""

    def __init__(self, plan: Plan, places: Places, heights: Mapping[str, int], exchange: Exchange) -> None:
        self.plan = plan
        self.wires = Wires()
        self.placed_tags = places.tags
        self.exchange, self.axes = exchange, places.axes
        self.boxes = [box for spot in places.spots for box in (spot.text.box, _body(plan, spot))]
        self.boxes += [box for tag in places.tags for box in tag.boxes]
        self.ends: dict[str, list[Node]] = defaultdict(list)
        self.owner: dict[Node, str] = {}
        self.ways: dict[Node, set[Node]] = defaultdict(set)
        for pin in places.pins:
            self.ends[pin.net].append((pin.x, pin.y))
            self.owner[pin.x, pin.y] = pin.net
            self.ways[pin.x, pin.y].add(pin.way)
        for k, tag in enumerate(places.tags):
            self.owner.setdefault((tag.x, tag.y), f" {k}")  # no wire may touch a pin that a tag joins
        self.closed = {node for box in self.boxes for node in _inside(box)}
        self.leads = {node for spot in places.spots for node in _leads(plan, spot)}
        self.closed |= self.leads
        self.closed -= set(self.owner)
        self.used: dict[Node, dict[str, set[Node]]] = defaultdict(lambda: defaultdict(set))
        xs, ys = zip(*self.owner, strict=True)
        self.bounds = (min(xs) - _ROOM, min(ys) - _ROOM, max(xs) + _ROOM, max(ys) + _ROOM)
        self.named = {tag.net for tag in places.tags}
        self.levels = {net: -height for net, height in heights.items()}

    def routed(self, order: Sequence[str]) -> Wires:
        done: set[str] = set()
        for net in order:
            if net in done:
                continue
            self._join(net)
            twin = str(self.exchange.get(net, net))
            if twin != net and twin in self.ends and self._reflect(net, twin):
                done.add(twin)
        return self.wires

    def _reflect(self, net: str, twin: str) -> bool:
        """Lay the mirror image of a net's wires for its twin, where its pins are the mirror image and room is."""
        axis = self.axes.get(net)
        if axis is None or {(axis - x, y) for x, y in self.ends[net]} != set(self.ends[twin]):
            return False
        if any(tag.net == net for tag in self.wires.tags):
            return False
        paths = [[(axis - x, y) for x, y in edge] for edge in sorted(self.wires.edges[net])]
        if not all(self._open(twin, node) for path in paths for node in path):
            return False
        for one, other in paths:
            step = (other[0] - one[0], other[1] - one[1])
            if not (self._passable(twin, one, step) and self._passable(twin, other, step)):
                return False
        if any(self._foreign(twin, node) for node in _corners(paths)):
            return False
        for path in paths:
            self._lay(twin, path)
        return True

    def _join(self, net: str) -> None:
        """One tree of wires where paths are short enough; the trees that remain are joined by tags."""
        trees = [{node} for node in dict.fromkeys(self.ends[net])]
        whole: list[set[Node]] = []
        while len(trees) > 1:
            found = self._nearest(net, trees)
            if found is None:
                whole.append(trees.pop(0))
                continue
            path, other = found
            self._lay(net, path)
            trees[0] |= trees.pop(other) | set(path)
            trees.insert(0, trees.pop(0))
        whole += trees
        if len(whole) > 1 or (net in self.named and not any(self._is_named(net, tree) for tree in whole)):
            self._name(net, whole)

    def _is_named(self, net: str, tree: set[Node]) -> bool:
        return any((tag.x, tag.y) in tree for tag in self.tags_of(net))

    def tags_of(self, net: str) -> list[Tag]:
        return [tag for tag in [*self.wires.tags, *self.placed_tags] if tag.net == net]

    def _nearest(self, net: str, trees: list[set[Node]]) -> tuple[list[Node], int] | None:
        """The cheapest path from the first tree to another one; to end on a straight wire costs more than on a pin."""
        goals = {node: k for k, tree in enumerate(trees) if k for node in tree}
        limit = _FAR[net in self.plan.labels] * (_PORTED if net in self.plan.signals else 1.0)
        best, found = limit, None
        for least, reached in self._search(net, trees[0], limit, [_hull(tree) for tree in trees[1:]]):
            if least >= best:
                break
            node, way = reached.node, reached.way
            if node not in goals or self._foreign(net, node):
                continue
            whole = reached.cost + self._joint(net, node) + self._askew(node, (-way[0], -way[1]))
            if whole < best:
                best, found = whole, reached
        return None if found is None else (found.path(), goals[found.node])

    def _search(
        self, net: str, start: set[Node], limit: float, hulls: Sequence[Box] = ()
    ) -> Iterator[tuple[float, "_Reached"]]:
        """Nodes that wires from `start` reach, the ones on short ways to the `hulls` first, with a bound of their cost.

        Hart, Nilsson, Raphael, IEEE Trans. Syst. Sci. Cybern. 4 (1968) 100.
        """
        best: dict[tuple[Node, Node], float] = {}
        queue: list[tuple[float, int, _Reached]] = []
        number = count()
        for node in sorted(start):
            if not self._foreign(net, node):
                cost = self._joint(net, node)
                best[node, (0, 0)] = cost
                heapq.heappush(queue, (cost + _away(node, hulls), next(number), _Reached(node, (0, 0), cost, None)))
        while queue:
            least, _, reached = heapq.heappop(queue)
            node, way = reached.node, reached.way
            if reached.cost > best[node, way] + 1e-9 or least > limit:
                continue
            yield least, reached
            for step in self._steps(net, node, way):
                there = (node[0] + step[0], node[1] + step[1])
                bend = (_BEND if way != step else 0.0) if any(way) else self._askew(node, step)
                cost = reached.cost + 1.0 + self._extra(net, there, step) + bend
                if cost < best.get((there, step), 1e9) - 1e-9:
                    best[there, step] = cost
                    new = _Reached(there, step, cost, reached)
                    heapq.heappush(queue, (cost + _away(there, hulls), next(number), new))

    def _askew(self, node: Node, way: Node) -> float:
        """What it costs that a wire leaves a pin another way than straight on."""
        own = self.ways.get(node)
        return _BEND if own and (0, 0) not in own and way not in own else 0.0

    def _joint(self, net: str, node: Node) -> float:
        """What it costs to begin or end a wire at a node of the net."""
        ways = self.used[node][net] if node in self.used else set()
        return 0.0 if node in self.owner or len(ways) != 2 or not _opposite(ways) else _JOINT

    def _steps(self, net: str, node: Node, way: Node) -> Iterator[Node]:
        straight_only = bool(self._foreign(net, node))
        for step in _WAYS:
            if step == (-way[0], -way[1]) or (straight_only and step != way):
                continue
            there = (node[0] + step[0], node[1] + step[1])
            if self._open(net, there) and self._passable(net, there, step):
                yield step

    def _open(self, net: str, node: Node) -> bool:
        left, top, right, bottom = self.bounds
        inside = left <= node[0] <= right and top <= node[1] <= bottom
        return inside and node not in self.closed and self.owner.get(node, net) == net

    def _foreign(self, net: str, node: Node) -> list[set[Node]]:
        there = self.used.get(node)
        return [ways for other, ways in there.items() if other != net] if there else []

    def _passable(self, net: str, node: Node, step: Node) -> bool:
        """Whether foreign wires at a node are crossed at a right angle."""
        across = {(step[1], step[0]), (-step[1], -step[0])}
        return all(ways == across for ways in self._foreign(net, node))

    def _extra(self, net: str, node: Node, step: Node) -> float:
        if self._foreign(net, node):
            return _CROSSING
        off = _OFF if step[0] and node[1] != self.levels.get(net, node[1]) else 0.0
        return off + _NEAR * self._crowded(net, node, step)

    def _crowded(self, net: str, node: Node, step: Node) -> bool:
        """Whether something else is right beside a wire."""
        sides = ((node[0] + step[1], node[1] + step[0]), (node[0] - step[1], node[1] - step[0]))
        return any(n in self.closed or (n in self.used and self._foreign(net, n)) for n in sides)

    def _lay(self, net: str, path: list[Node]) -> None:
        for one, other in pairwise(path):
            self.wires.edges[net].add((min(one, other), max(one, other)))
            step = (other[0] - one[0], other[1] - one[1])
            self.wires.cost += _NEAR * self._crowded(net, other, step)
            self.used[one][net].add(step)
            self.used[other][net].add((-step[0], -step[1]))
            self.wires.cost += 1.0
        self.wires.cost += sum(_CROSSING for node in path[1:-1] if self._foreign(net, node)) + _BEND * _bends(path)

    def _name(self, net: str, trees: list[set[Node]]) -> None:
        """A tag for each tree that has none, at the nearest place with room for it."""
        for tree in trees:
            if self._is_named(net, tree):
                continue
            tag, path = self._tag(net, tree)
            self._lay(net, path)
            self.wires.tags.append(tag)
            self.boxes += tag.boxes
            self.closed |= {node for box in tag.boxes for node in _inside(box)} - set(self.owner)
            self.wires.cost += 12.0

    def _tag(self, net: str, tree: set[Node]) -> tuple[Tag, list[Node]]:
        style = "in" if net in self.plan.signals else "label"
        for _, reached in self._search(net, tree, _ANYWHERE):
            node, way = reached.node, reached.way
            if self._foreign(net, node):
                continue
            for side in (LEFT, RIGHT, UP, DOWN):
                tag = Tag(net, node[0], node[1], side, style if side[0] else "label")
                if way in ((0, 0), side) and self._free(net, tag):
                    return tag, reached.path()
        raise NoRoom(f"no room for the name of net {net!r}")

    def _free(self, net: str, tag: Tag) -> bool:
        if any(box.meets(other) for box in tag.boxes for other in self.boxes):
            return False
        beyond = [node for box in tag.boxes for node in _inside(box)]
        taken = (self.used, self.owner, self.leads)
        return not any(node in one for node in beyond if node != (tag.x, tag.y) for one in taken)


def _corners(paths: Sequence[Sequence[Node]]) -> list[Node]:
    """Nodes of edges where these do not go straight on."""
    ways: dict[Node, set[Node]] = defaultdict(set)
    for one, other in paths:
        ways[one].add((other[0] - one[0], other[1] - one[1]))
        ways[other].add((one[0] - other[0], one[1] - other[1]))
    return [node for node, own in ways.items() if len(own) != 2 or not _opposite(own)]


def _opposite(ways: set[Node]) -> bool:
    (x0, y0), (x1, y1) = ways
    return x0 == -x1 and y0 == -y1


class _Reached(NamedTuple):
    """A node that a search came to, by which way, at what cost, from where."""

    node: Node
    way: Node
    cost: float
    before: "_Reached | None"

    def path(self) -> list[Node]:
        found, at = [self.node], self.before
        while at is not None:
            found.append(at.node)
            at = at.before
        return found[::-1]


def _hull(tree: set[Node]) -> Box:
    xs, ys = zip(*tree, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _away(node: Node, hulls: Sequence[Box]) -> float:
    """How far a node is at the least from all that a search looks for."""
    x, y = node
    return min((max(h.left - x, 0.0, x - h.right) + max(h.top - y, 0.0, y - h.bottom) for h in hulls), default=0.0)


def _bends(path: list[Node]) -> int:
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path)]
    return sum(one != other for one, other in pairwise(steps))


def _inside(box: Box) -> list[Node]:
    """The nodes on which a wire would touch the box."""
    return [
        (x, y)
        for x in range(round(box.left + 0.35), round(box.right - 0.35) + 1)
        for y in range(round(box.top + 0.35), round(box.bottom - 0.35) + 1)
    ]


def _body(plan: Plan, spot: Spot) -> Box:
    return spot.turn.of_box(plan.parts[spot.part].shape.body).moved(spot.x, spot.y)


def _leads(plan: Plan, spot: Spot) -> set[Node]:
    """Nodes on the lines of a symbol, its pins among them."""
    found: set[Node] = set()
    for stroke in plan.parts[spot.part].shape.strokes:
        points = [spot.turn.of(point) for point in stroke.points]
        for one, other in pairwise(points):
            found |= {(spot.x + x, spot.y + y) for x, y in _along(one, other)}
    return found


def _along(one: Point, other: Point) -> Iterator[Node]:
    """The nodes of an upright or level line."""
    (x0, y0), (x1, y1) = one, other
    if x0 == x1 == round(x0):
        yield from ((round(x0), y) for y in range(-8, 9) if min(y0, y1) <= y <= max(y0, y1))
    elif y0 == y1 == round(y0):
        yield from ((x, round(y0)) for x in range(-8, 9) if min(x0, x1) <= x <= max(x0, x1))
