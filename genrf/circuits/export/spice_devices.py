"""The elements of a netlist in a dialect of SPICE as devices of a graph."""

from collections.abc import Iterator

from genrf.circuits.expressions import expression
from genrf.circuits.foreign.syntax import Instance, Model, Source, Subcircuit
from genrf.circuits.topology import Device

_TERMINALS = {
    "r": ("resistor", "ab"), "c": ("capacitor", "ab"), "l": ("inductor", "ab"), "m": ("", "dgsb"), "q": ("", "cbes"),
}  # fmt: skip


def devices(opened: Subcircuit, source: Source) -> Iterator[Device]:
    """The elements of a flat subcircuit as devices. Raises KeyError for other letters."""
    kinds = {one.name.lower(): one.kind for one in source.walk() if isinstance(one, Model)}
    for one in opened.body:
        if isinstance(one, Instance):
            kind, terminals = _TERMINALS[one.name[0].lower()]
            words = [word for word in (one.master, *one.values) if word and word.lower() not in kinds]
            model = next((word for word in (one.master, *one.values) if word.lower() in kinds), "")
            value = {"value": _number(words[0])} if words and kind else {}  # VBIC's fifth net stands before its model
            numbers = {key: _number(text) for key, text in one.parameters.items()}
            named = {"model": model} if model else {}
            called = kind or kinds[model.lower()]
            yield Device(one.name, called, dict(zip(terminals, one.nets, strict=False)), {**value, **numbers, **named})


def _number(text: str) -> float:
    """A number with SPICE's prefixes."""
    return expression(text)({})
