"""A topology as an SVG drawing, with the values of a design or with the names of its variables."""

from collections.abc import Mapping
from functools import lru_cache

from genrf.circuits.schematic.parts import Part, Values, parts
from genrf.circuits.schematic.sheet import Sheet, sheet
from genrf.circuits.schematic.svg import svg
from genrf.circuits.schematic.values import named
from genrf.circuits.topology import Topology


def drawing(topology: Topology, values: Values = named, currents: Mapping[str, str] | None = None) -> str:
    """The topology drawn; `currents` says what flows into each reference, the variable's name by default."""
    return svg(arranged(topology, values, currents), f"{topology.name}: {topology.description}")


def arranged(topology: Topology, values: Values = named, currents: Mapping[str, str] | None = None) -> Sheet:
    """The sheet that is drawn of a topology."""
    flowing = currents or {net: str(drawn) for net, drawn in topology.references.items()}
    return _sheet(parts(topology, values, flowing), topology.signals)


@lru_cache(64)
def _sheet(drawn: tuple[Part, ...], signals: tuple[str, ...]) -> Sheet:
    return sheet(drawn, signals)
