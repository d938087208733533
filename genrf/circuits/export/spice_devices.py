"""What a file of one subcircuit in a dialect of SPICE holds: its elements as devices of a graph, cards, and strays."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from genrf.circuits.export.flat import other_types
from genrf.circuits.expressions import expression
from genrf.circuits.foreign.syntax import Instance, Model, Remark, Source, Statement, Subcircuit
from genrf.circuits.topology import Device

_TERMINALS = {
    "r": ("resistor", "ab"), "c": ("capacitor", "ab"), "l": ("inductor", "ab"), "m": ("", "dgsb"), "q": ("", "cbes"),
}  # fmt: skip
_ENDS = re.compile(r"^\s*(\.end\w*)\b[ \t]*(.*?)\s*$", re.MULTILINE | re.IGNORECASE)


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
            if len(words) > (one.name[0].lower() != "m"):
                raise ValueError(f"{one.name}: {' '.join(words)} is more than a value")
            yield Device(one.name, called, dict(zip(terminals, one.nets, strict=False)), {**value, **numbers, **named})


def strays(path: Path, source: Source, name: str, wanted: Mapping[str, str]) -> Iterator[str]:
    """What is neither model, nor the subcircuit, nor element of it, and which cards are of other types than wanted.

    A simulator would obey it: a scale, a temperature, a global net, an element between nets of the circuit around.
    """
    for one in source.body:
        if isinstance(one, Subcircuit):
            yield from [f"its subcircuit is {one.name}"] if one.name != name else []
            yield from (_stray(inner) for inner in one.body if not isinstance(inner, Instance | Model | Remark))
            yield from (f".subckt sets {key}" for key in one.parameters)
        elif not isinstance(one, Model | Remark):
            yield _stray(one)
    ends = [f"{word.lower()} {behind}" for word, behind in _ENDS.findall(path.read_text())]
    if ends != [f".ends {name}"]:
        yield f"it ends with {', '.join(ends) or 'nothing'}, not .ends {name}"
    models = (one for one in source.walk() if isinstance(one, Model))
    yield from other_types(wanted, ((one.name.lower(), _type(one)) for one in models))


def _stray(one: Statement) -> str:
    return f"line {one.line}: {getattr(one, 'name', type(one).__name__.lower())} is no part of a subcircuit"


def _type(card: Model) -> str:
    return f"{card.kind.lower()} level={card.parameters.get('level', '1')}"


def _number(text: str) -> float:
    """A number with SPICE's prefixes."""
    return expression(text)({})
