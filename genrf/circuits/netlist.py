"""A flat SPICE netlist: elements with nets and values, printed as text or as changes to a loaded deck."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

GROUND = "0"
_NONE: Mapping[str, float] = MappingProxyType({})


class Element(NamedTuple):
    """One SPICE element line.

    `name` begins with its SPICE letter. `value` is the main value (R, L, C, V, I), `parameters` are `key=value`
    pairs; both may be altered in a loaded circuit. `model` and `flags` are fixed text (`noisy=0`, `ac 1`): a change
    there makes another circuit. All values in SI units. A tuple, because a search makes millions of them.
    """

    name: str
    nets: tuple[str, ...]
    value: float | None = None
    model: str = ""
    parameters: Mapping[str, float] = _NONE
    flags: str = ""

    def line(self) -> str:
        """The element as one line of SPICE, values in full double precision."""
        words = [self.name, *self.nets, self.model]
        if self.value is not None:
            words.append(repr(float(self.value)))
        words += [f"{key}={float(value)!r}" for key, value in self.parameters.items()]
        return " ".join(word for word in (*words, self.flags) if word)

    def like(self, other: "Element") -> bool:
        """Whether the two differ by numbers alone, so that `alter` can turn one into the other."""
        return (
            self.name == other.name
            and self.nets == other.nets
            and self.model == other.model
            and self.flags == other.flags
            and self.parameters.keys() == other.parameters.keys()
            and (self.value is None) == (other.value is None)
        )

    def changes(self, old: "Element") -> list[str]:
        """The ngspice commands that turn `old`, which is `like` this element, into it."""
        commands = []
        if self.value is not None and self.value != old.value:
            commands.append(f"alter {self.name} = {float(self.value)!r}")
        for key, value in self.parameters.items():
            if value != old.parameters[key]:
                commands.append(f"alter @{self.name}[{key}] = {float(value)!r}")
        return commands


@dataclass(frozen=True)
class Netlist:
    """Elements in a fixed order, with the model cards that they use."""

    elements: tuple[Element, ...]
    models: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The element lines, in order. Raises ValueError when two elements share a name, which SPICE would not say."""
        seen: set[str] = set()
        for element in self.elements:
            if element.name.lower() in seen:
                raise ValueError(f"netlist: element name {element.name!r} is used twice")
            seen.add(element.name.lower())
        return [element.line() for element in self.elements]

    def like(self, other: "Netlist") -> bool:
        """Whether the two differ by numbers alone; all else needs a new load."""
        return (
            (self.models is other.models or self.models == other.models)
            and len(self.elements) == len(other.elements)
            and all(map(Element.like, self.elements, other.elements))
        )

    def changes(self, old: "Netlist") -> list[str]:
        """The ngspice commands that turn `old`, which is `like` this netlist, into it."""
        return [line for new, was in zip(self.elements, old.elements, strict=True) for line in new.changes(was)]

    def joined(self, more: Iterable[Element]) -> "Netlist":
        """The netlist followed by more elements."""
        return Netlist((*self.elements, *more), self.models)
