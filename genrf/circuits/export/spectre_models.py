"""Whether the model cards of a file in Spectre's language are those of the design."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from genrf.circuits.export.flat import body, cards, other_models, plain
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
    models, wanted = [one for one in source.walk() if isinstance(one, Model)], _kinds(design)
    for name, count in Counter(one.name.lower() for one in models).items():
        if count > 1:
            yield f"model {name} is given twice"
    for one in models:
        kind, name = f"{one.kind} {one.parameters.get('type', '')}".rstrip(), one.name.lower()
        if name in wanted and kind != wanted[name]:
            yield f"model {name} is of {kind}, it is of {wanted[name]}"


def _no_models(source: Source) -> Iterator[str]:
    for one in source.body:
        if not isinstance(one, Model | Remark | Language):
            yield f"line {one.line}: {getattr(one, 'name', type(one).__name__.lower())} is no model"


def _kinds(design: Design) -> dict[str, str]:
    """What each card of the design is of in Spectre, by its name."""
    netlist = body(design)
    computed = (element.line() for element in netlist.elements if element.name.startswith(".model "))
    found = {}
    for _, name, kind, *pairs in (line.split() for line in (*netlist.models, *computed)):
        level = dict(pair.split("=", 1) for pair in pairs).get("level", "1")
        found[name.lower()] = _PRIMITIVES[kind, int(float(level))]
    return found
