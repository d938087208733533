"""A netlist as devices that a person would draw: those of a library whole, subcircuits opened or closed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from genrf.circuits.expansion import scaled
from genrf.circuits.expressions import expression
from genrf.circuits.foreign.fixture import NAME
from genrf.circuits.foreign.flatten import Flattening, Place
from genrf.circuits.foreign.syntax import Instance
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.rules.bias import cards

_TRANSISTORS = (("d", "g", "s", "b"), ("d", "g", "s"), ("c", "b", "e", "s"), ("c", "b", "e"))
_PLAIN = {"r": "resistor", "c": "capacitor", "l": "inductor"}


class Whole(NamedTuple):
    """A device that is not looked into: what it is, its terminals, what it is an instance of."""

    kind: str
    terminals: tuple[str, ...]
    master: str


@dataclass
class Outline(Flattening):
    """A flattening that leaves devices of a library whole, and the netlist's own subcircuits too where it is `closed`.

    Such a device is an element that begins with x; `wholes` says by its name what it is.
    """

    closed: bool = False
    wholes: dict[str, Whole] = field(default_factory=dict)

    def _subcircuit(self, instance: Instance, place: Place) -> Iterator[Element]:
        own = place.subcircuits.get(instance.master.lower())
        if self.closed and own and (place.depth or instance.name != NAME):
            given = {key.lower(): expression(text)(place.scope) for key, text in instance.parameters.items()}
            yield self._whole(instance, place, given, Whole("box", own.ports, own.name))
        else:
            yield from super()._subcircuit(instance, place)

    def _library_device(
        self, name: str, instance: Instance, given: Mapping[str, float], place: Place
    ) -> Iterator[Element]:
        inside = tuple(super()._library_device(name, instance, given, place))
        assert self.process is not None
        ports = self.process.definitions.subcircuit(name).ports
        sizes = {key: value * scaled(key, self.scale()) for key, value in given.items()}
        yield self._whole(instance, place, sizes, Whole(_kind(ports, inside), ports, name))

    def _whole(self, instance: Instance, place: Place, given: Mapping[str, float], whole: Whole) -> Element:
        element = Element(place.element(instance.name), self._nets(instance, place), None, whole.master, given)
        self.wholes[element.name] = whole
        return element


def _kind(ports: Sequence[str], inside: tuple[Element, ...]) -> str:
    """What a library's device is: a transistor where it holds one, a plain part where it is nothing else."""
    elements = [one for one in inside if not one.name.startswith(".model ")]
    transistors = [one for one in elements if one.name[0] in "mq"]
    if len(transistors) == 1 and tuple(ports) in _TRANSISTORS:
        card = cards(Netlist(inside)).get(transistors[0].model.lower())
        return card.kind if card else "box"
    letters = {one.name[0] for one in elements}
    return _PLAIN.get(min(letters), "box") if len(ports) == 2 and len(letters) == 1 else "box"
