"""The two sides of a symmetric circuit: which devices change places when they do."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import networkx as nx
from networkx.algorithms.isomorphism import categorical_edge_match, categorical_node_match

from genrf.circuits.canonical import labelled
from genrf.circuits.topology import Topology


def symmetry(structure: Topology, drawn: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """Devices that change places when the two sides of the circuit do; none where it has no two equal sides.

    Signals `<name>p` and `<name>n` are such sides. As many of them as a renaming of the circuit into itself allows are
    exchanged: in a double-balanced mixer two of the three.
    """
    signals = structure.signals
    sides = [(net, f"{net[:-1]}n") for net in signals if net.endswith("p") and f"{net[:-1]}n" in signals]
    for count in range(len(sides), 0, -1):
        for exchanged in combinations(sides, count):
            found = _exchanged(structure, drawn, dict(exchanged))
            if found:
                return found
    return []


def _exchanged(
    structure: Topology, drawn: Mapping[str, Mapping[str, float]], sides: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The pairs of one renaming that, done twice, leaves every device in its place; none where there is none."""
    back = {**sides, **{other: one for one, other in sides.items()}}
    alike = {"node_match": categorical_node_match("label", ""), "edge_match": categorical_edge_match("label", "")}
    graphs = (_sized(structure, drawn, renamed) for renamed in ({}, back))
    matcher = nx.isomorphism.GraphMatcher(*graphs, **alike)
    if not matcher.is_isomorphic():
        return []
    image = {name: other for (sort, name), (_, other) in matcher.mapping.items() if sort == "device"}
    if any(image[image[name]] != name for name in image):
        return []
    places = {device.name: place for place, device in enumerate(structure.devices)}
    return [(name, image[name]) for name in places if places[name] < places[image[name]]]


def _sized(structure: Topology, drawn: Mapping[str, Mapping[str, float]], renamed: Mapping[str, str]) -> nx.Graph:
    """The labelled graph with sizes at the devices, and ports labelled as those they change places with.

    Devices in parallel are counted, for they could change places with each other in many ways.
    """
    graph = labelled(structure)
    seen = Counter[str]()
    for device in structure.devices:
        sizes = f"{device.kind} {sorted(drawn[device.name].items())}"
        plain = set(device.nets) == {"a", "b"}  # whose ends are alike
        place = f"{sizes} {sorted(device.nets.values() if plain else device.nets.items())}"
        graph.nodes["device", device.name]["label"] = f"{sizes} {seen[place]}"
        seen[place] += 1
    for net in structure.signals:
        if ("net", net) in graph:
            graph.nodes["net", net]["label"] = f"signal {renamed.get(net, net)}"
    return graph
