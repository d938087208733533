"""What a layout says of a passive device: measured in its polygons alone."""

import math
from collections.abc import Iterator, Mapping
from functools import singledispatch
from itertools import pairwise

import numpy as np

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.export.gds_reader import Drawing, Region, area, common, without
from genrf.circuits.export.gds_shapes import MICRON, plate
from genrf.circuits.foundry import FoundryDevice
from genrf.circuits.passives import MimCapacitor, SpiralInductor

_RAYS = 128  # that a coil's turns are counted on
_THIN = 0.01  # um, a ray
_CLOSE = 0.02  # um, twice what rounding to the grid does to a gap
_RELATIVE = 2e-3  # of areas: rounding to the grid
_TURNS = 0.04  # a partial turn is cut by its length, not by its angle
_PITCHES = 0.1  # of diameters, for the same reason


@singledispatch
def sizes(kind: AbstractDevice, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    """Where sizes in a layout and the model's assumptions differ."""
    yield from ()


@sizes.register
def _coil(kind: SpiralInductor, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    turns, inner = drawn["turns"], drawn["inner"]
    coil = drawing.on("coil")
    angles = [2.0 * math.pi * (ray + 0.5) / _RAYS for ray in range(_RAYS)]
    rays = [_cuts(coil, angle) for angle in angles]
    if not all(rays):
        yield "its track does not go all the way around"
        return
    # a side lies across its own ray; the first one is drawn by half
    sides = [_cuts(coil, math.pi / 4.0 * side) for side in range(1, 8)]
    whole = [cut for side in sides for cut in side]
    gaps = [after[0] - before[1] for side in sides for before, after in pairwise(side)]
    across = [math.cos((angle + math.pi / 8.0) % (math.pi / 4.0) - math.pi / 8.0) for angle in angles]
    first = 2.0 * float(np.mean([cuts[0][0] * share for cuts, share in zip(rays, across, strict=True)]))
    last = 2.0 * float(np.mean([cuts[-1][1] * share for cuts, share in zip(rays, across, strict=True)]))
    yield from _apart("turns", sum(map(len, rays)) / _RAYS, turns, _TURNS)
    yield from _apart("width", float(np.mean([high - low for low, high in whole])), kind.width / MICRON, _CLOSE, "um")
    if gaps:
        yield from _apart("spacing", float(np.mean(gaps)), kind.spacing / MICRON, _CLOSE, "um")
        yield from _apart("narrowest spacing", min(gaps), kind.spacing / MICRON, _CLOSE, "um")
    pitch = (kind.width + kind.spacing) / MICRON
    yield from _apart("inner diameter", first, inner / MICRON, _PITCHES * pitch, "um")
    yield from _apart("outer diameter", last, kind.outer(turns, inner) / MICRON, _PITCHES * pitch, "um")
    wanted = kind.length(turns, inner) / MICRON
    yield from _apart("length of track", area(coil) / kind.width * MICRON, wanted, _RELATIVE * wanted, "um")
    crossed = area(common(coil, drawing.on("underpass"))) * MICRON**2 / kind.width**2
    yield from _apart("squares above the underpass", crossed, turns, 1.01)
    low, high = drawing.on("underpass")[0].bounding_box()
    yield from _apart("width of the underpass", high[1] - low[1], kind.width / MICRON, _CLOSE, "um")


@sizes.register
def _plates(kind: MimCapacitor, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    wanted = drawn["c"] / kind.density / MICRON**2
    yield from _apart("area of the upper plate", area(drawing.on("mim_top")), wanted, _RELATIVE * wanted, "um2")
    yield from _beyond(drawing)


@sizes.register
def _foundry_plates(kind: FoundryDevice, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    wanted = plate(kind, drawn) or (0.0, 0.0)
    low, high = drawing.on("mim_top")[0].bounding_box()
    for axis, name in enumerate(("width", "length")):
        yield from _apart(f"{name} of the upper plate", high[axis] - low[axis], wanted[axis], _CLOSE, "um")
    whole = wanted[0] * wanted[1]
    yield from _apart("area of the upper plate", area(drawing.on("mim_top")), whole, _RELATIVE * whole, "um2")
    yield from _beyond(drawing)


def _beyond(drawing: Drawing) -> Iterator[str]:
    if without(drawing.on("mim_top"), drawing.on("mim_bottom")):
        yield "the upper plate lies beyond the lower one"


def _cuts(polygons: Region, angle: float) -> list[tuple[float, float]]:
    """Where a ray from the origin enters and leaves polygons, in um, in order."""
    import gdstk

    turned = [one.copy().rotate(-angle) for one in polygons]
    ray = gdstk.rectangle((0.0, -0.5 * _THIN), (1e5, 0.5 * _THIN))
    pieces = gdstk.boolean(turned, [ray], "and", precision=1e-5)
    boxes = [one.bounding_box() for one in pieces]
    return sorted((low[0], high[0]) for low, high in boxes)


def _apart(what: str, found: float, wanted: float, allowed: float, unit: str = "") -> Iterator[str]:
    if not abs(found - wanted) <= allowed:
        yield f"{what} is {found:.6g} {unit}".rstrip() + f", the model has {wanted:.6g} {unit}".rstrip()
