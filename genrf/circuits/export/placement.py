"""Where devices stand on a sheet: columns by their distance from the input, rows by their distance from the supply."""

from collections.abc import Iterable, Mapping

import networkx as nx

from genrf.circuits.topology import GROUND, SUPPLY, Device, Topology, bipartite


def placed(structure: Topology) -> Mapping[str, tuple[int, int]]:
    """Column and row of each device, from 0 at the left and at the top; no two devices share a place.

    Signals go through devices from net to net, but not through supply and ground; what no signal reaches stands at the
    right. A device whose place is taken moves down.
    """
    inner = bipartite(structure.devices)
    inner.remove_nodes_from([("net", SUPPLY), ("net", GROUND)])
    from_input = _steps(inner, structure.signals[:1])
    whole = bipartite(structure.devices)
    whole.remove_nodes_from([("net", GROUND)])
    from_supply = _steps(whole, [SUPPLY])
    wanted = {one.name: (_at(from_input, one), _at(from_supply, one)) for one in structure.devices}
    taken = set[tuple[int, int]]()
    for name in sorted(wanted, key=lambda one: (wanted[one], one)):
        column, row = wanted[name]
        while (column, row) in taken:
            row += 1
        taken.add((column, row))
        wanted[name] = (column, row)
    return wanted


def _steps(graph: nx.Graph, nets: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many nets and devices lie between any node and the nearest of some nets."""
    sources = [("net", net) for net in nets if ("net", net) in graph]
    return dict(nx.multi_source_dijkstra_path_length(graph, sources)) if sources else {}


def _at(steps: Mapping[tuple[str, str], int], device: Device) -> int:
    """The place in devices; one more than the furthest where nothing leads there."""
    furthest = max(steps.values(), default=0) + 1
    return steps.get(("device", device.name), furthest) // 2
