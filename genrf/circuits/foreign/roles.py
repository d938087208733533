"""What the nets of a netlist are for, told by its sources: supplies, inputs, and the outputs that are measured."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import networkx as nx

from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.topology import Device, Rails

_SUPPLIES = re.compile(r"[ad]?(v(dd|cc|ss|ee|bat)|gnd)", re.I)
_CURRENT = {"d", "s", "c", "e", "anode", "cathode"}  # ends through which current runs; beside those of current sources
_CONDUCTS = ("resistor", "inductor")
_PORT = re.compile(r"portnum ([\d.]+)")


class Roles(NamedTuple):
    """The nets of a circuit that mean something outside; where `inputs` is None the names of `signals` tell them."""

    signals: tuple[str, ...]
    inputs: tuple[str, ...] | None
    rails: Rails


def roles(elements: Sequence[Element], devices: Sequence[Device], read: Iterable[str], driven: Iterable[str]) -> Roles:
    """The roles of nets; `read` are nets that measurements read, `driven` sources that an analysis moves."""
    given = rails(elements, devices)
    known = {*given.upper, *given.lower}
    moved = {name.lower() for name in driven}
    ports = sorted((float(found[1]), one) for one in elements if (found := _PORT.search(one.flags)))
    sources = [one for one in elements if one.name[0] in "vi" and (one.name in moved or one.flags)]
    first = [ports[0][1]] if ports else sources
    inputs = _hot(first, known)
    own = _hot([one for _, one in ports[1:]], known) if ports else tuple(read)
    drawn = {net for device in devices for net in device.nets.values()}
    outputs = tuple(dict.fromkeys(net for net in own if net in drawn and net not in {*known, *inputs}))
    return Roles((*inputs, *outputs), inputs, given)


def rails(elements: Sequence[Element], devices: Sequence[Device]) -> Rails:
    """The supplies: nets that direct sources hold against ground, and from which current runs into the circuit.

    Of those that are not named like supplies only the highest and the lowest are: the others are bias voltages.
    """
    held = dict(_held(elements))
    feeding = _feeding(devices, held)
    upper = {net: -level for net, level in held.items() if level > 0}
    lower = {net: level for net, level in held.items() if level < 0 or (level == 0 and _SUPPLIES.match(net))}
    return Rails(_outermost(upper, feeding), (*_outermost(lower, feeding), GROUND))


def _outermost(levels: Mapping[str, float], feeding: set[str]) -> tuple[str, ...]:
    """The supplies among nets of one sign, the farthest from ground first."""
    named = [net for net in levels if _SUPPLIES.match(net)]
    least = min((levels[net] for net in feeding if net in levels), default=0.0)
    found = named or [net for net in levels if net in feeding and levels[net] == least]
    return tuple(sorted(found, key=lambda net: (levels[net], net)))


def _held(elements: Sequence[Element]) -> Iterable[tuple[str, float]]:
    """Nets that a direct source alone holds against ground, with their voltages."""
    for one in elements:
        if one.name[0] == "v" and GROUND in one.nets and not one.flags:
            plus, minus = one.nets
            level = one.value or 0.0
            yield (plus, level) if minus == GROUND else (minus, -level)


def _feeding(devices: Sequence[Device], held: Mapping[str, float]) -> set[str]:
    """The held nets that reach, through resistors and coils, an end of a device that current runs through."""
    graph = nx.Graph()
    ends = set()
    for one in devices:
        if one.kind in _CONDUCTS:
            a, b = one.nets.values()
            if GROUND not in (a, b):
                graph.add_edge(a, b)
        pins = one.nets if one.kind == "current source" else {pin: one.nets[pin] for pin in _CURRENT & {*one.nets}}
        ends |= set(pins.values())
    return {net for net in held if net in ends or (net in graph and _reaches(graph, net, ends, held))}


def _reaches(graph: nx.Graph, net: str, ends: set[str], held: Mapping[str, float]) -> bool:
    others = [other for other in held if other != net]
    return bool(
        nx.node_connected_component(nx.restricted_view(graph, [o for o in others if o in graph], []), net) & ends
    )


def _hot(sources: Iterable[Element], rails: set[str]) -> tuple[str, ...]:
    """The nets of sources that are not on a rail."""
    return tuple(dict.fromkeys(net for one in sources for net in one.nets if net not in rails))
