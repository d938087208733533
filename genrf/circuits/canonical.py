"""When two topologies are the same circuit: equal up to the names of devices and nets, and the order of plain ends."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import networkx as nx
from networkx.algorithms.isomorphism import categorical_edge_match, categorical_node_match

from genrf.circuits.topology import Device

_DIGITS = "0123456789"  # of terminals that are alike: of two coils it does not matter which is the first
_ROUNDS = 4  # of refinement; what they cannot tell apart is compared exactly


class Circuit(Protocol):
    """What has devices between nets, some of which mean something outside: a topology, a flat netlist."""

    @property
    def name(self) -> str: ...

    @property
    def devices(self) -> tuple[Device, ...]: ...

    @property
    def labels(self) -> Mapping[str, str]: ...


def labelled(circuit: Circuit) -> nx.Graph:
    """The circuit's graph with a `label` at each device, net and edge, in which no name is left.

    A device is its kind, a net nothing unless it is a port, an edge its terminals. The two ends of a coil, a resistor
    or a capacitor are alike: which of them is the bottom plate makes no other circuit.
    """
    graph = nx.Graph()
    for net in {net for device in circuit.devices for net in device.nets.values()}:
        graph.add_node(("net", net), label=circuit.labels.get(net, ""))
    for device in circuit.devices:
        graph.add_node(("device", device.name), label=device.kind)
        for net in set(device.nets.values()):
            graph.add_edge(("device", device.name), ("net", net), label=_terminals(device, net))
    return graph


def key(circuit: Circuit) -> str:
    """A hash that is the same for the same circuit, and seldom for others.

    Source: Shervashidze et al., Weisfeiler-Lehman graph kernels, J. Mach. Learn. Res. 12 (2011) 2539.
    """
    return _key(labelled(circuit))


def same(one: Circuit, other: Circuit) -> bool:
    """Whether a renaming of devices and nets turns `one` into `other`."""
    return _same(labelled(one), labelled(other))


def duplicates(topologies: Iterable[Circuit]) -> list[tuple[str, str]]:
    """The topologies that are the same circuit as one before them, by name, each with that one's name."""
    found, groups = list[tuple[str, str]](), defaultdict[str, list[tuple[str, nx.Graph]]](list)
    for circuit in topologies:
        graph = labelled(circuit)
        group = groups[_key(graph)]
        earlier = next((name for name, other in group if _same(graph, other)), None)
        if earlier is None:
            group.append((circuit.name, graph))
        else:
            found.append((circuit.name, earlier))
    return found


def _key(graph: nx.Graph) -> str:
    return str(nx.weisfeiler_lehman_graph_hash(graph, "label", "label", iterations=_ROUNDS))


def _same(one: nx.Graph, other: nx.Graph) -> bool:
    alike = {"node_match": categorical_node_match("label", ""), "edge_match": categorical_edge_match("label", "")}
    return bool(nx.is_isomorphic(one, other, **alike))


def _terminals(device: Device, net: str) -> str:
    plain = set(device.nets) == {"a", "b"}
    own = (terminal for terminal, joined in device.nets.items() if joined == net)
    return ",".join(sorted("end" if plain else terminal.rstrip(_DIGITS) for terminal in own))
