"""A flat netlist as a graph of the same kind as a topology's: devices by kind, nets, and the terminals between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.rules.bias import Card, cards
from genrf.circuits.topology import Device, bipartite

_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "r": ("resistor", ("a", "b")), "c": ("capacitor", ("a", "b")), "l": ("inductor", ("a", "b")),
    "v": ("voltage source", ("p", "n")), "i": ("current source", ("p", "n")), "b": ("behavioural source", ("p", "n")),
    "e": ("vcvs", ("p", "n", "cp", "cn")), "g": ("vccs", ("p", "n", "cp", "cn")), "f": ("cccs", ("p", "n")),
    "h": ("ccvs", ("p", "n")), "d": ("diode", ("anode", "cathode")), "q": ("bipolar", ("c", "b", "e", "s")),
    "m": ("mos", ("d", "g", "s", "b")), "j": ("jfet", ("d", "g", "s")), "z": ("mesfet", ("d", "g", "s")),
    "s": ("switch", ("p", "n", "cp", "cn")), "w": ("current switch", ("p", "n")), "k": ("coupling", ()),
}  # fmt: skip
_BY_CARD = "mqjz"  # devices whose model says more of what they are: nmos, pnp


@dataclass(frozen=True)
class FlatCircuit:
    """The devices of a flat netlist; `labels` are its nets that mean something outside: ports, supply and ground.

    Couplings and sources that read a current hang on the nets of the elements that they name, so that every edge still
    joins a device and a net. What a device draws are numbers, those of the values that the netlist was made with.
    """

    name: str
    devices: tuple[Device, ...]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, name: str, netlist: Netlist, ports: Mapping[str, str]) -> "FlatCircuit":
        """The circuit that `netlist` writes; `ports` says what of its nets mean."""
        known = {element.name: element for element in netlist.elements}
        found = cards(netlist)
        devices = (_device(one, known, found) for one in netlist.elements if not one.name.startswith(".model "))
        return cls(name, tuple(devices), {**ports, GROUND: GROUND})

    def graph(self) -> nx.Graph:
        """Devices and nets as a bipartite graph; an edge carries the terminals that join them."""
        return bipartite(self.devices)

    def record(self) -> dict[str, Any]:
        """The circuit as plain data that JSON can hold."""
        devices = [
            {"name": one.name, "kind": one.kind, "nets": dict(one.nets), "drawn": dict(one.drawn)}
            for one in self.devices
        ]
        return {"ports": dict(self.labels), "devices": devices}


def _device(element: Element, known: Mapping[str, Element], found: Mapping[str, Card]) -> Device:
    letter = element.name[0]
    kind, terminals = _KINDS.get(letter, (letter, tuple(f"t{place}" for place, _ in enumerate(element.nets))))
    card = found.get(element.model.lower()) if letter in _BY_CARD else None
    nets = dict(zip(terminals, element.nets, strict=False))
    if letter in "fhkw":
        nets |= _named(element.model.split(), known, letter)
    value = {} if element.value is None else {"value": float(element.value)}
    drawn = {**value, **{key: float(number) for key, number in element.parameters.items()}}
    return Device(element.name, card.kind if card else kind, nets, drawn)


def _named(names: list[str], known: Mapping[str, Element], letter: str) -> Iterator[tuple[str, str]]:
    """The terminals of elements that an element names: of a source that it reads, or of coils that it couples."""
    for place, name in enumerate(names, 1):
        if name in known:
            first, second = known[name].nets[:2]
            ends = (f"dot{place}", f"end{place}") if letter == "k" else ("cp", "cn")
            yield from zip(ends, (first, second), strict=True)
