"""Electrical rules that a topology must keep before it is worth simulating, each fault in its own words."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import networkx as nx

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import GROUND, SUPPLY, Device, Topology


def faults(topology: Topology, technology: TechnologyFile) -> list[str]:
    """What is wrong with `topology` in this process; empty when nothing is.

    Signal ports give no bias: their 50 ohm belong to the outside world, behind a blocking capacitor. A circuit without
    a supply wants none, and there they are path enough.
    Raises ConfigError when the process lacks a kind of device.
    """
    kinds = {device.name: technology.device(device.kind) for device in topology.devices}
    wrong = [*_names(topology), *_terminals(topology, kinds)]
    return wrong or [
        *_unconnected_ports(topology),
        *_loose_ends(topology),
        *_shorted_supply(topology, kinds),
        *_shorted_devices(topology, kinds),
        *_floating(topology, kinds),
    ]


Kinds = dict[str, AbstractDevice]


def _names(topology: Topology) -> Iterator[str]:
    for name, times in Counter(device.name.lower() for device in topology.devices).items():
        if times > 1:
            yield f"device name {name!r} is used {times} times"


def _terminals(topology: Topology, kinds: Kinds) -> Iterator[str]:
    for device in topology.devices:
        wanted = kinds[device.name].pins.terminals
        if set(device.nets) != set(wanted):
            yield f"{_name(device)} has terminals {', '.join(device.nets)}; a {device.kind} has {', '.join(wanted)}"


def _unconnected_ports(topology: Topology) -> Iterator[str]:
    used = {net for device in topology.devices for net in device.nets.values()}
    for port in (*topology.ports, GROUND):
        if port not in used:
            yield f"unconnected port: no device touches {port!r}"


def _loose_ends(topology: Topology) -> Iterator[str]:
    count = Counter(net for device in topology.devices for net in device.nets.values())
    for net, times in count.items():
        if times == 1 and net not in (*topology.ports, GROUND):
            yield f"loose end: only one terminal touches net {net!r}"


def _shorted_supply(topology: Topology, kinds: Kinds) -> Iterator[str]:
    coils = [device for device in topology.devices if kinds[device.name].pins.shorts]
    graph = _conducting(coils, kinds)
    if graph.has_node(SUPPLY) and graph.has_node(GROUND) and nx.has_path(graph, SUPPLY, GROUND):
        path = nx.shortest_path(graph, SUPPLY, GROUND)
        through = ", ".join(graph.edges[a, b]["device"] for a, b in pairwise(path))
        yield f"shorted source: {SUPPLY!r} is tied to ground through {through}"


def _shorted_devices(topology: Topology, kinds: Kinds) -> Iterator[str]:
    for device in topology.devices:
        for a, b in kinds[device.name].pins.conducts:
            if device.nets[a] == device.nets[b]:
                yield f"shorted device: {a} and {b} of {_name(device)} are both on net {device.nets[a]!r}"


def _floating(topology: Topology, kinds: Kinds) -> Iterator[str]:
    graph = _conducting(topology.devices, kinds)
    graph.add_nodes_from(net for device in topology.devices for net in device.nets.values())
    held = topology.references if topology.supplied else topology.signals
    graph.add_edges_from((SUPPLY, net) for net in (GROUND, *held))
    biased = nx.node_connected_component(graph, GROUND)
    leaking = [(d.nets[a], d.nets[b]) for d in topology.devices for a, b in kinds[d.name].pins.leaks]
    graph.add_edges_from(leaking)
    insulated = nx.node_connected_component(graph, GROUND) - _active(topology, kinds)
    for net in sorted(set(graph) - biased - set(topology.signals)):
        gates = [
            _name(d) for d in topology.devices for t, n in d.nets.items() if n == net and t in kinds[d.name].pins.senses
        ]
        if gates:
            yield f"floating gate: net {net!r} at the gate of {', '.join(gates)} has no DC path to bias"
        elif net not in insulated:
            yield f"no DC path: net {net!r} is joined to supply and ground by capacitors only"


def _active(topology: Topology, kinds: Kinds) -> set[str]:
    """The nets of all but passive devices, which want more than an insulation's current."""
    return {net for d in topology.devices if len(kinds[d.name].pins.terminals) > 2 for net in d.nets.values()}


def _conducting(devices: tuple[Device, ...] | list[Device], kinds: Kinds) -> nx.Graph:
    graph = nx.Graph()
    for device in devices:
        for a, b in kinds[device.name].pins.conducts:
            graph.add_edge(device.nets[a], device.nets[b], device=_name(device))
    return graph


def _name(device: Device) -> str:
    return f"{device.kind} {device.name!r}"
