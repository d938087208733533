"""The part of a topology's space that a process can make: its shortest gates, smallest resistors, largest coils."""

import math
from collections.abc import Iterator
from dataclasses import replace

from genrf.circuits.devices import Limits
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Device, Drawn, Times, Topology
from genrf.core.errors import Unoffered
from genrf.core.space import AbstractVariable, Choice, Integer, Real, Space

_Bounds = tuple[float, float]


def makeable(structure: Topology, technology: TechnologyFile) -> Topology:
    """`structure` with each variable narrowed to what all devices that draw it allow.

    Raises Unoffered when nothing of a variable remains: other structures may be drawn within what the process makes.
    """
    variables = tuple(_narrowed(variable, structure, technology) for variable in structure.space.variables)
    if variables == structure.space.variables:
        return structure
    space = Space(variables)
    return replace(structure, space=space, starts=tuple(space.nearest(values) for values in structure.starts))


def _narrowed(variable: AbstractVariable, structure: Topology, technology: TechnologyFile) -> AbstractVariable:
    for device, key, factor in _drawing(variable.name, structure):
        limits = technology.device(device.kind).limits().get(key)
        if limits is None:  # another check names the unknown parameter
            continue
        kept = _between(variable, (limits.low / factor, limits.high / factor))
        if kept is None:
            raise Unoffered(_nothing_left(variable, structure, technology, device, key, limits))
        variable = kept
    return variable


def _drawing(name: str, structure: Topology) -> Iterator[tuple[Device, str, float]]:
    """The devices that draw a variable, what they draw by it, and how many times it."""
    for device in structure.devices:
        for key, drawn in device.drawn.items():
            factor = _factor(drawn, name)
            if factor:
                yield device, key, factor


def _factor(drawn: Drawn, name: str) -> float:
    if isinstance(drawn, Times):  # what two variables make together narrows neither
        return drawn.factor if drawn.variable == name and not isinstance(drawn.factor, str) else 0.0
    return float(drawn == name)


def _between(variable: AbstractVariable, bounds: _Bounds) -> AbstractVariable | None:
    """The variable within `bounds`; None when nothing of it is left."""
    low, high = bounds
    match variable:
        case Real() if low <= variable.low and variable.high <= high:
            return variable
        case Real():
            low, high = max(low, variable.low), min(high, variable.high)
            return replace(variable, low=low, high=high) if low < high else None
        case Integer():
            least, most = max(math.ceil(low), variable.low), min(math.floor(high), variable.high)
            return replace(variable, low=least, high=most) if least < most else None
        case Choice():
            options = tuple(option for option in variable.options if low <= option <= high)
            return replace(variable, options=options) if options else None
    return variable


def _nothing_left(
    variable: AbstractVariable,
    structure: Topology,
    technology: TechnologyFile,
    device: Device,
    key: str,
    limits: Limits,
) -> str:
    return (
        f"topology {structure.name!r}: nothing of variable {variable.name!r} is within what {technology.name} makes "
        f"of {device.kind} {device.name!r}: {key} from {limits.low:g} to {limits.high:g} {limits.unit}".rstrip()
    )
