"""A finished sheet: parts, tags and wires in their places, and what is wrong with its geometry."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genrf.circuits.schematic.items import Spot, Tag
from genrf.circuits.schematic.layout import Layout
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.plan import Plan
from genrf.circuits.schematic.route import Edge, Node, NoRoom, Router
from genrf.circuits.schematic.symmetry import exchange

_MARGINS = (2.0, 3.0, 4.0, 6.0, 9.0)


@dataclass(frozen=True)
class Sheet:
    """Parts with their places, tags, straight wires by net, and the dots where three of them meet."""

    parts: tuple[Part, ...]
    spots: tuple[Spot, ...]
    tags: tuple[Tag, ...]
    wires: tuple[Edge, ...]
    dots: tuple[Node, ...]


def sheet(parts: tuple[Part, ...], signals: Sequence[str]) -> Sheet:
    """The parts drawn, as close together as their wires allow."""
    plan = Plan(parts, tuple(signals))
    halves = exchange(parts, signals)
    for margin in _MARGINS:
        try:
            return _drawn(plan, Layout(plan, halves, margin))
        except NoRoom as error:
            reason = error
    raise reason


def _drawn(plan: Plan, layout: Layout) -> Sheet:
    places = layout.places()
    router = Router(plan, places, layout.heights.nets, layout.exchange)
    nets = sorted(router.ends, key=lambda net: (_size(router.ends[net]), net))
    wires = router.routed(nets)
    runs, dots = [], []
    for net, edges in wires.edges.items():
        ends = set(router.ends[net])
        runs += list(_runs(edges, ends))
        dots += list(_dots(edges, router.ends[net], [t for t in (*places.tags, *wires.tags) if t.net == net]))
    return Sheet(plan.parts, places.spots, (*places.tags, *wires.tags), tuple(sorted(runs)), tuple(sorted(dots)))


def _size(nodes: Sequence[Node]) -> int:
    xs, ys = zip(*nodes, strict=True)
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


def _dots(edges: set[Edge], pins: Sequence[Node], tags: Sequence[Tag]) -> Iterator[Node]:
    """Where three ends or more meet: of wires, of pins; a tag ends nothing."""
    counts: dict[Node, int] = defaultdict(int)
    for edge in edges:
        for node in edge:
            counts[node] += 1
    for node in dict.fromkeys(pins):
        counts[node] += 1
    yield from (node for node, count in counts.items() if count > 2)
