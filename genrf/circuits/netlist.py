"""A flat SPICE netlist: elements with nets and values, printed as text or as changes to a loaded deck."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

GROUND = "0"
_CONTROLLED = "efgh"
_NONE: Mapping[str, float] = {}  # never written to; a proxy could not travel to a worker


def _in_full(value: float) -> str:
    """A number in full double precision."""
    return repr(float(value))


class Element(NamedTuple):
    """One SPICE element line.

    `name` begins with its SPICE letter; a model card that is computed for one device is an element too, called
    `.model <card>`. `value` is the main value (R, L, C, V, I), `parameters` are `key=value` pairs; both may be altered
    in a loaded circuit. `model` and `flags` are fixed text (`noisy=0`, `ac 1`): a change there makes another circuit.
    All values in SI units. A tuple, because a search makes millions of them.
    """

    name: str
    nets: tuple[str, ...]
    value: float | None = None
    model: str = ""
    parameters: Mapping[str, float] = _NONE
    flags: str = ""

    def line(self, number: Callable[[float], str] = _in_full) -> str:
        """The element as one line of SPICE; a model card's numbers are written in full whatever `number` does."""
        if self.name.startswith(".model "):
            number = _in_full
        words = [self.name, *self.nets, self.model]
        if self.value is not None:
            words.append(number(self.value))
        words += [f"{key}={number(value)}" for key, value in self.parameters.items()]
        return " ".join(word for word in (*words, self.flags) if word)

    def starting(self, state: Mapping[str, float]) -> "Element":
        """An inductor with its current in A at the beginning, found under its branch; anything else as it is."""
        if not self.name.lower().startswith("l"):
            return self
        return self._replace(flags=f"{self.flags} ic={state[f'{self.name}#branch']!r}".strip())

    def revalued(self, value: str) -> str:
        """The ngspice command that sets the main value in a loaded circuit; controlled sources have it as `gain`."""
        return self.setting("gain", value) if self.name[0].lower() in _CONTROLLED else f"alter {self.name} {value}"

    def setting(self, key: str, value: str) -> str:
        """The ngspice command that sets a parameter in a loaded circuit."""
        if self.name.startswith(".model "):
            return f"altermod {self.name[7:]} {key} = {value}"
        return f"alter @{self.name}[{key}] = {value}"

    def changes(self, old: "Element") -> list[str] | None:
        """The ngspice commands that turn `old` into this element; None when more than numbers differ."""
        if self.name != old.name or self.nets != old.nets or self.model != old.model or self.flags != old.flags:
            return None
        commands = []
        if self.value != old.value:
            if self.value is None or old.value is None:
                return None
            commands.append(self.revalued(repr(float(self.value))))
        if self.parameters or old.parameters:
            if self.parameters.keys() != old.parameters.keys():
                return None
            for key, value in self.parameters.items():
                if value != old.parameters[key]:
                    commands.append(self.setting(key, repr(float(value))))
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

    def changes(self, old: "Netlist") -> list[str] | None:
        """The ngspice commands that turn `old` into this netlist; None when more than numbers differ."""
        if len(self.elements) != len(old.elements) or (self.models is not old.models and self.models != old.models):
            return None
        commands: list[str] = []
        for new, was in zip(self.elements, old.elements, strict=True):
            change = new.changes(was)
            if change is None:
                return None
            commands += change
        return commands

    def starting(self, state: Mapping[str, float]) -> "Netlist":
        """The netlist whose transients may begin at a state: nets in V, branches of inductors in A."""
        volts = (f".ic v({name})={value!r}" for name, value in state.items() if not name.endswith("#branch"))
        return Netlist(tuple(e.starting(state) for e in self.elements), (*self.models, *volts))

    def joined(self, more: Iterable[Element]) -> "Netlist":
        """The netlist followed by more elements."""
        return Netlist((*self.elements, *more), self.models)
