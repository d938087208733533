"""A circuit as an SVG drawing, with the values of a design or with the names of its variables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from genrf.circuits.schematic.circuit import Circuit, Frame, frame
from genrf.circuits.schematic.lettering import width
from genrf.circuits.schematic.parts import Part, Values, parts
from genrf.circuits.schematic.sheet import Sheet, sheet
from genrf.circuits.schematic.svg import svg
from genrf.circuits.schematic.values import named


def drawing(circuit: Circuit, values: Values = named, currents: Mapping[str, str] | None = None) -> str:
    """The circuit drawn; `currents` says what flows into each reference, the variable's name by default."""
    return svg(arranged(circuit, values, currents), f"{circuit.name}: {circuit.description}")


def arranged(circuit: Circuit, values: Values = named, currents: Mapping[str, str] | None = None) -> Sheet:
    """The sheet that is drawn of a circuit."""
    flowing = currents or {net: str(drawn) for net, drawn in circuit.references.items()}
    return _sheet(parts(circuit, values, flowing), frame(circuit))


def drawings(circuit: Circuit, written: Sequence[tuple[Values, Mapping[str, str]]]) -> list[str]:
    """The circuit once for each of `written`, values and currents: all on one sheet, with room for the widest texts."""
    each = [parts(circuit, values, currents) for values, currents in written]
    if not each:
        return []
    alike = _sheet(tuple(_roomy(same) for same in zip(*each, strict=True)), frame(circuit))
    title = f"{circuit.name}: {circuit.description}"
    return [svg(alike.lettered({part.names: part.text for part in own}), title) for own in each]


def _roomy(same: Sequence[Part]) -> Part:
    """One part as several designs have it, with the widest of their texts in each line."""
    lines = zip_longest(*(part.text for part in same), fillvalue="")
    return replace(same[0], text=tuple(max(line, key=width) for line in lines))


@lru_cache(64)
def _sheet(drawn: tuple[Part, ...], around: Frame) -> Sheet:
    return sheet(drawn, around)
