"""A circuit as an SVG drawing, with the values of a design or with the names of its variables."""

from collections.abc import Mapping
from functools import lru_cache

from genrf.circuits.schematic.circuit import Circuit, Frame, frame
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


@lru_cache(64)
def _sheet(drawn: tuple[Part, ...], around: Frame) -> Sheet:
    return sheet(drawn, around)
