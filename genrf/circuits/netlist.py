"""A flat SPICE netlist: elements with nets and values, printed as text or as changes to a loaded deck."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GROUND = "0"


@dataclass(frozen=True)
class Element:
    """One SPICE element line.

    `name` begins with its SPICE letter. `value` is the main value (R, L, C, V, I), `parameters` are `key=value`
    pairs; both may be altered in a loaded circuit. `model` and `flags` are fixed text (`noisy=0`, `ac 1`): a change
    there makes another circuit. All values in SI units.
    """

    name: str
    nets: tuple[str, ...]
    value: float | None = None
    model: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    flags: str = ""

    def line(self) -> str:
        """The element as one line of SPICE, values in full double precision."""
        words = [self.name, *self.nets, self.model]
        if self.value is not None:
            words.append(_number(self.value))
        words += [f"{key}={_number(value)}" for key, value in self.parameters.items()]
        return " ".join(word for word in (*words, self.flags) if word)

    def shape(self) -> tuple[str, ...]:
        """All of the element but its numbers: two netlists of equal shapes differ by `alter` alone."""
        return (self.name, *self.nets, self.model, self.flags, "" if self.value is None else "=", *self.parameters)

    def changes(self, old: "Element") -> list[str]:
        """The ngspice commands that turn `old`, of the same shape, into this element."""
        commands = []
        if self.value is not None and self.value != old.value:
            commands.append(f"alter {self.name} = {_number(self.value)}")
        for key, value in self.parameters.items():
            if value != old.parameters[key]:
                commands.append(f"alter @{self.name}[{key}] = {_number(value)}")
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

    def shape(self) -> tuple[object, ...]:
        """All that only a new load can change; see `Element.shape`."""
        return (self.models, *(element.shape() for element in self.elements))

    def joined(self, more: Iterable[Element]) -> "Netlist":
        """The netlist followed by more elements."""
        return Netlist((*self.elements, *more), self.models)


def _number(value: float) -> str:
    return repr(float(value))
