"""The symmetry of a differential circuit: the exchange of its two halves, where there is one."""

from collections.abc import Mapping, Sequence
from itertools import islice

import networkx as nx
from networkx.algorithms.isomorphism import GraphMatcher, categorical_edge_match, categorical_node_match

from genrf.circuits.schematic.circuit import Frame
from genrf.circuits.schematic.parts import Part

_TRIES = 64  # exchanges to look at; a circuit has a handful
_LEAST = 0.4  # of the parts that halves must hold


def exchange(parts: Sequence[Part], frame: Frame) -> dict[object, object]:
    """What each part, by number, and each net becomes when the halves are exchanged; empty without halves."""
    signals = frame.signals
    if len({_stem(net) for net in signals}) == len(signals):
        return {}
    graph = _graph(parts, frame)
    rounds = nx.weisfeiler_lehman_subgraph_hashes(graph, "label", "label", iterations=6)
    for node, hashes in rounds.items():
        graph.nodes[node]["label"] = hashes[-1]
    matcher = GraphMatcher(graph, graph, categorical_node_match("label", ""), categorical_edge_match("label", ""))
    halves = [one for one in islice(matcher.isomorphisms_iter(), _TRIES) if _swaps(one, signals)]
    best: dict[object, object] = max(halves, key=_moved, default={})
    return {**best} if best and _moved(best) >= _LEAST * len(parts) else {}


def _graph(parts: Sequence[Part], frame: Frame) -> nx.Graph:
    graph, rails = nx.Graph(), (*frame.rails.upper, *frame.rails.lower)
    for net in dict.fromkeys(net for part in parts for net in part.nets.values()):
        graph.add_node(net, label=net if net in rails else _stem(net) if net in frame.signals else "net")
    for k, part in enumerate(parts):
        graph.add_node(k, label=ascii((part.symbol, *part.text[1:])))
        for net in dict.fromkeys(part.nets.values()):
            pins = sorted("end" if part.plain else pin for pin, on in part.nets.items() if on == net)
            graph.add_edge(k, net, label=",".join(pins))
    return graph


def _stem(net: str) -> str:
    return net.rstrip("pn")


def _swaps(mapping: Mapping[object, object], signals: Sequence[str]) -> bool:
    back = all(mapping[mapping[node]] == node for node in mapping)
    return back and any(mapping[net] != net for net in signals)


def _moved(mapping: Mapping[object, object]) -> int:
    return sum(isinstance(node, int) and node != other for node, other in mapping.items())
