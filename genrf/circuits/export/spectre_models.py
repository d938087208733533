"""Whether the model cards of a file in Spectre's language are those of the design."""

from collections.abc import Iterator
from pathlib import Path

from genrf.circuits.export.flat import cards, other_models, other_types, plain, types
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Language, Model, Remark, Source
from genrf.core.errors import GenrfError
from genrf.core.problem import Check, Design

# ngspice's type and level -> Spectre's primitive and type (Spectre Circuit Simulator Components and Device Models)
_PRIMITIVES = {
    ("nmos", 54): "bsim4 n", ("pmos", 54): "bsim4 p", ("nmos", 14): "bsim4 n", ("pmos", 14): "bsim4 p",
    ("npn", 4): "vbic npn", ("npn", 9): "vbic npn", ("npn", 1): "bjt npn", ("pnp", 1): "bjt pnp",
    ("r", 1): "resistor", ("c", 1): "capacitor",
}  # fmt: skip


def check_models(path: Path, design: Design) -> Check:
    """A file of nothing but model cards, as the parser reads it, against the cards of the design."""
    name = f"spectre {path.name}"
    try:
        source = read(path)
        found = {one.name.lower(): plain(one.parameters.items()) for one in source.walk() if isinstance(one, Model)}
    except (GenrfError, ValueError) as error:
        return Check(name, False, str(error))
    wanted = cards(design)
    wrong = [*_no_models(source), *other_kinds(source, design), *other_models(wanted, found)]
    return Check(name, not wrong, "; ".join(wrong[:5]) or f"{len(wanted)} model cards are the design's")


def other_kinds(source: Source, design: Design) -> Iterator[str]:
    """What the cards of a file are of that they should not be, and which are given twice."""
    models = (one for one in source.walk() if isinstance(one, Model))
    found = ((one.name.lower(), f"{one.kind} {one.parameters.get('type', '')}".rstrip()) for one in models)
    wanted = {name: _PRIMITIVES[kind, int(float(level))] for name, (kind, level) in types(design).items()}
    yield from other_types(wanted, found)


def _no_models(source: Source) -> Iterator[str]:
    for one in source.body:
        if not isinstance(one, Model | Remark | Language):
            yield f"line {one.line}: {getattr(one, 'name', type(one).__name__.lower())} is no model"
