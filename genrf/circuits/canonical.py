"""When two topologies are the same circuit: equal up to the names of devices and nets, and the order of plain ends."""

from collections import defaultdict
from collections.abc import Iterable

import networkx as nx
from networkx.algorithms.isomorphism import categorical_edge_match, categorical_node_match

from genrf.circuits.topology import GROUND, SUPPLY, Device, Topology

_ROUNDS = 4  # of refinement; what they cannot tell apart is compared exactly


def labelled(topology: Topology) -> nx.Graph:
    """The topology's graph with a `label` at each device, net and edge, in which no name is left.

    A device is its kind, a net nothing unless it is a port, an edge its terminals. The two ends of a coil, a resistor
    or a capacitor are alike: which of them is the bottom plate makes no other circuit.
    """
    graph = nx.Graph()
    for net in {net for device in topology.devices for net in device.nets.values()}:
        graph.add_node(("net", net), label=_port(topology, net))
    for device in topology.devices:
        graph.add_node(("device", device.name), label=device.kind)
        for net in set(device.nets.values()):
            graph.add_edge(("device", device.name), ("net", net), label=_terminals(device, net))
    return graph


def key(topology: Topology) -> str:
    """A hash that is the same for the same circuit, and seldom for others.

    Source: Shervashidze et al., Weisfeiler-Lehman graph kernels, J. Mach. Learn. Res. 12 (2011) 2539.
    """
    return _key(labelled(topology))


def same(one: Topology, other: Topology) -> bool:
    """Whether a renaming of devices and nets turns `one` into `other`."""
    return _same(labelled(one), labelled(other))


def duplicates(topologies: Iterable[Topology]) -> list[tuple[str, str]]:
    """The topologies that are the same circuit as one before them, by name, each with that one's name."""
    found, groups = list[tuple[str, str]](), defaultdict[str, list[tuple[str, nx.Graph]]](list)
    for topology in topologies:
        graph = labelled(topology)
        group = groups[_key(graph)]
        earlier = next((name for name, other in group if _same(graph, other)), None)
        if earlier is None:
            group.append((topology.name, graph))
        else:
            found.append((topology.name, earlier))
    return found


def _key(graph: nx.Graph) -> str:
    return str(nx.weisfeiler_lehman_graph_hash(graph, "label", "label", iterations=_ROUNDS))


def _same(one: nx.Graph, other: nx.Graph) -> bool:
    alike = {"node_match": categorical_node_match("label", ""), "edge_match": categorical_edge_match("label", "")}
    return bool(nx.is_isomorphic(one, other, **alike))


def _port(topology: Topology, net: str) -> str:
    if net in topology.signals:
        return f"signal {topology.signals.index(net)}"
    if net in topology.references:
        return "reference"
    return net if net in (SUPPLY, GROUND) else ""


def _terminals(device: Device, net: str) -> str:
    plain = set(device.nets) == {"a", "b"}
    return ",".join(sorted("end" if plain else terminal for terminal, own in device.nets.items() if own == net))
