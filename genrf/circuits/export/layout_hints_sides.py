"""Whether sides that hints name change places in a circuit, and no more of its sides could."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import networkx as nx

from genrf.circuits.canonical import labelled
from genrf.circuits.export.layout_hints_relations import Relations
from genrf.circuits.topology import GROUND, SUPPLY, Device

Incidence = Counter[tuple[str, str]]

_RAILS = (SUPPLY, GROUND)
_ROUNDS = 8  # of refinement: every device of the library is nearer to a port


def wrong_symmetry(pairs: Sequence[Sequence[str]], relations: Relations) -> Iterator[str]:
    """Whether to exchange the pairs renames the circuit into itself, and whether more of its sides could change places.

    Which sides can is asked of the refined labels of a graph in which they have (Weisfeiler and Lehman), which no
    renaming is needed for.
    """
    devices = relations.devices
    names = [name for pair in pairs for name in pair]
    if any(len(pair) != 2 for pair in pairs) or len(set(names)) != len(names) or not set(names) <= devices.keys():
        yield "symmetry names a device twice, or one that is not there"
        return
    image = {name: name for name in devices} | {a: b for pair in pairs for a, b in (pair, reversed(pair))}
    lies = list(_wrong_pairs(pairs, relations))
    yield from lies
    if lies:
        return
    nets = _images(devices.values(), image)
    for net in sorted(net for net, found in nets.items() if not found or (net in _RAILS and found != net)):
        yield f"net {net} is another circuit's when {_told(pairs)} change places"
        return
    yield from _wrong_sides(pairs, nets, relations)


def _wrong_pairs(pairs: Sequence[Sequence[str]], relations: Relations) -> Iterator[str]:
    for one, other in pairs:
        ours, theirs = relations.devices[one], relations.devices[other]
        if not relations.equal(ours, theirs):
            yield f"{one} is not the size of {other}"
        elif _places(ours) == _places(theirs):
            yield f"{one} and {other} lie in parallel, on no two sides"


def _wrong_sides(pairs: Sequence[Sequence[str]], nets: Mapping[str, str], relations: Relations) -> Iterator[str]:
    """Sides that could change places and do not, and ports that do without being sides; `nets` holds nets' images."""
    signals, ports = relations.structure.signals, relations.structure.ports
    sides = {one: f"{one[:-1]}n" for one in signals if one.endswith("p") and f"{one[:-1]}n" in signals}
    exchanged = {one for one, other in sides.items() if nets.get(one) == other}
    moved = [one for one in ports if one not in {*sides, *sides.values()} and nets.get(one, one) != one]
    if pairs and (not exchanged or moved):
        yield f"no sides change places with {_told(pairs)}"
    most = next((chosen for chosen in _subsets(sides) if _turns(relations, chosen, sides)), ())
    if len(most) > len(exchanged):
        yield f"symmetry leaves out that {', '.join(f'{one} and {sides[one]}' for one in most)} change places"


def _told(pairs: Sequence[Sequence[str]]) -> str:
    return ", ".join(" and ".join(pair) for pair in pairs[:3]) + (" and others" if len(pairs) > 3 else "")


def _terminal(device: Device, terminal: str) -> str:
    return "end" if set(device.nets) == {"a", "b"} else terminal


def _places(device: Device) -> Incidence:
    return Counter((net, _terminal(device, terminal)) for terminal, net in device.nets.items())


def _images(devices: Iterable[Device], image: Mapping[str, str]) -> dict[str, str]:
    """For each net the one that has the images of its terminals; an empty name where none has."""
    ends = defaultdict[str, Incidence](Counter)
    for device in devices:
        for terminal, net in device.nets.items():
            ends[net][device.name, _terminal(device, terminal)] += 1
    by_ends = {frozenset(found.items()): net for net, found in ends.items()}
    turned = {
        net: frozenset(((image[name], end), count) for (name, end), count in found.items())
        for net, found in ends.items()
    }
    same = {net for net, found in turned.items() if found == frozenset(ends[net].items())}
    return {net: net if net in same else by_ends.get(found, "") for net, found in turned.items()}


def _subsets(sides: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Larger ones first."""
    for count in range(len(sides), 0, -1):
        yield from combinations(sides, count)


def _turns(relations: Relations, chosen: Collection[str], sides: Mapping[str, str]) -> bool:
    """Whether the circuit looks the same when the chosen sides have changed their names."""
    back = {name: other for one in chosen for name, other in ((one, sides[one]), (sides[one], one))}
    plain, turned = (_hash(relations, renamed) for renamed in ({}, back))
    return plain == turned


def _hash(relations: Relations, renamed: Mapping[str, str]) -> str:
    structure = relations.structure
    graph = labelled(structure)
    for name, sizes in relations.sizes.items():
        graph.nodes["device", name]["label"] += f" {sorted(sizes.items())}"
    for net in structure.signals:
        if ("net", net) in graph:
            graph.nodes["net", net]["label"] = f"signal {renamed.get(net, net)}"
    return str(nx.weisfeiler_lehman_graph_hash(graph, "label", "label", iterations=_ROUNDS))
