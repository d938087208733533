"""A finished sheet: parts, tags and wires in their places, and what is wrong with its geometry."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genrf.circuits.schematic.items import Spot, Tag, placed
from genrf.circuits.schematic.layout import Layout, Places
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
    runs = [run for net, edges in wires.edges.items() for run in _runs(edges, set(router.ends[net]))]
    tags = (*places.tags, *wires.tags)
    return Sheet(plan.parts, places.spots, tags, tuple(sorted(runs)), _dots(plan, places, runs, tags))


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


def _dots(plan: Plan, places: Places, runs: Sequence[Edge], tags: Sequence[Tag]) -> tuple[Node, ...]:
    """Where three ends or more meet: of wires, of parts, of names."""
    counts = Counter(node for run in runs for node in run)
    counts.update({placed(plan.parts[s.part], pin, s) for s in places.spots for pin in plan.parts[s.part].nets})
    counts.update((tag.x, tag.y) for tag in tags)
    return tuple(sorted(node for node, count in counts.items() if count > 2))
