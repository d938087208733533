"""Faults of a flat netlist that its graph shows without a simulation: floating gates, loops of sources, loose ends."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

import networkx as nx

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.rules.finding import Finding

_CONDUCTING: Mapping[str, tuple[tuple[int, int], ...]] = {  # places of terminals between which direct current flows
    **dict.fromkeys("rlvdehsw", ((0, 1),)),
    "m": ((0, 2),),
    "q": ((0, 2), (1, 2)),
    "j": ((0, 2), (1, 2)),
    "z": ((0, 2), (1, 2)),
    "t": ((0, 2), (1, 3)),
    "o": ((0, 2), (1, 3)),
}
_STIFF = "vehl"  # hold a voltage whatever the current
_READ = re.compile(r"\bv\(\s*([^(),\s]+)\s*(?:,\s*([^(),\s]+)\s*)?\)", re.I)
_SHOWN = 4  # nets of a floating part that a finding names


def connections(netlist: Netlist) -> list[Finding]:
    """All faults of the graph; ground is net `0`."""
    return [*_floating(netlist), *_loops(netlist), *_loose_ends(netlist)]


def _floating(netlist: Netlist) -> Iterator[Finding]:
    """A finding for each part of the circuit that no direct current joins to ground."""
    graph = nx.Graph()
    graph.add_node(GROUND)
    for element in netlist.elements:
        graph.add_nodes_from(element.nets)
        graph.add_edges_from((element.nets[a], element.nets[b]) for a, b in _paths(element))
    order = {net: place for place, net in enumerate(graph)}
    for part in nx.connected_components(graph):
        if GROUND not in part:
            yield _part(netlist, sorted(part, key=order.__getitem__))


def _part(netlist: Netlist, part: list[str]) -> Finding:
    gates = [one.name for one in netlist.elements if one.name[0] == "m" and one.nets[1] in part]
    named = ", ".join(part[:_SHOWN]) + (f" and {len(part) - _SHOWN} more" if len(part) > _SHOWN else "")
    if gates:
        what = f"floating gate of {', '.join(gates[:_SHOWN])}: no direct current reaches net {named}"
        return Finding("connection", gates[0], what, "error")
    return Finding("connection", part[0], f"no DC path to ground from net {named}", "error")


def _paths(element: Element) -> tuple[tuple[int, int], ...]:
    if element.name[0] == "b":
        return ((0, 1),) if element.flags.lower().lstrip().startswith("v") else ()
    pairs = _CONDUCTING.get(element.name[0], ())
    return tuple(pair for pair in pairs if max(pair) < len(element.nets))


def _loops(netlist: Netlist) -> Iterator[Finding]:
    """Sources and coils that leave no resistance between each other: a short."""
    graph: nx.Graph = nx.Graph()
    for element in netlist.elements:
        if element.name[0] not in _STIFF or "portnum" in element.flags:  # a port has its 50 ohm inside
            continue
        a, b = element.nets[:2]
        if graph.has_node(a) and graph.has_node(b) and nx.has_path(graph, a, b):
            path = nx.shortest_path(graph, a, b)
            others = [graph.edges[pair]["name"] for pair in pairwise(path)]
            around = ", ".join([element.name, *others])
            yield Finding("connection", element.name, f"a loop without resistance: {around}", "error")
        else:
            graph.add_edge(a, b, name=element.name)


def _loose_ends(netlist: Netlist) -> Iterator[Finding]:
    count = Counter(net for element in netlist.elements for net in element.nets)
    read = {net for element in netlist.elements for found in _READ.findall(element.flags) for net in found}
    for element in netlist.elements:
        for net in element.nets:
            if count[net] == 1 and net not in (*read, GROUND):
                yield Finding("connection", net, f"loose end: only {element.name} touches this net", "warning")
        yield from _shorted(element)


def _shorted(element: Element) -> Iterator[Finding]:
    places = [element.nets[place] for pair in _paths(element)[:1] for place in pair]
    for a, b in combinations(places, 2):
        if a == b and element.name[0] != "m":  # a MOSFET wired so is a capacitor
            yield Finding("connection", element.name, f"both ends are on net {a}", "warning")
