"""What a layout says of a passive device: read from its polygons alone, in SI units."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any

import numpy as np

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.export.gds_shapes import MICRON, plate
from genrf.circuits.foundry import FoundryDevice
from genrf.circuits.passives import MimCapacitor, PolyResistor, SpiralInductor

_RAYS = 128  # that a coil's turns are counted on
_THIN = 0.01  # um, a ray
_CLOSE = 0.02  # um, twice what rounding to the grid does to a gap
_RELATIVE = 2e-3  # of areas: rounding to the grid
_TURNS = 0.04  # a partial turn is cut by its length, not by its angle
_PITCHES = 0.1  # of diameters, for the same reason

Polygons = Mapping[str, Sequence[Any]]  # by layer


@singledispatch
def wrong(kind: AbstractDevice, drawn: Mapping[str, float], found: Polygons) -> Iterator[str]:
    """Where a layout and the model's assumptions differ."""
    yield "it is no device that has a layout"


@wrong.register
def _coil(kind: SpiralInductor, drawn: Mapping[str, float], found: Polygons) -> Iterator[str]:
    turns, inner = drawn["turns"], drawn["inner"]
    coil = found["coil"]
    angles = [2.0 * math.pi * (ray + 0.5) / _RAYS for ray in range(_RAYS)]
    rays = [_cuts(coil, angle) for angle in angles]
    # a side lies across its own ray; the first one is drawn by half
    sides = [_cuts(coil, math.pi / 4.0 * side) for side in range(1, 8)]
    whole = [cut for side in sides for cut in side]
    gaps = [after[0] - before[1] for side in sides for before, after in pairwise(side)]
    across = [math.cos((angle + math.pi / 8.0) % (math.pi / 4.0) - math.pi / 8.0) for angle in angles]
    first = 2.0 * float(np.mean([cuts[0][0] * share for cuts, share in zip(rays, across, strict=True)]))
    last = 2.0 * float(np.mean([cuts[-1][1] * share for cuts, share in zip(rays, across, strict=True)]))
    area = float(sum(one.area() for one in coil)) * MICRON**2
    yield from _apart("turns", sum(map(len, rays)) / _RAYS, turns, _TURNS)
    yield from _apart("width", float(np.mean([high - low for low, high in whole])), kind.width / MICRON, _CLOSE)
    if gaps:
        yield from _apart("spacing", float(np.mean(gaps)), kind.spacing / MICRON, _CLOSE)
        yield from _apart("narrowest spacing", min(gaps), kind.spacing / MICRON, _CLOSE)
    pitch = (kind.width + kind.spacing) / MICRON
    yield from _apart("inner diameter", first, inner / MICRON, _PITCHES * pitch)
    yield from _apart("outer diameter", last, kind.outer(turns, inner) / MICRON, _PITCHES * pitch)
    wanted = kind.length(turns, inner)
    yield from _apart("length of track", area / kind.width, wanted, _RELATIVE * wanted)
    crossed = _common(coil, found["underpass"]) * MICRON**2 / kind.width**2
    yield from _apart("squares above the underpass", crossed, turns, 1.01)


@wrong.register
def _plates(kind: MimCapacitor, drawn: Mapping[str, float], found: Polygons) -> Iterator[str]:
    (top,), (bottom,) = found["mim_top"], found["mim_bottom"]
    wanted = drawn["c"] / kind.density
    yield from _apart("area of the upper plate", top.area() * MICRON**2, wanted, _RELATIVE * wanted)
    yield from _beyond(top, bottom)


@wrong.register
def _foundry_plates(kind: FoundryDevice, drawn: Mapping[str, float], found: Polygons) -> Iterator[str]:
    (top,), (bottom,) = found["mim_top"], found["mim_bottom"]
    low, high = top.bounding_box()
    for axis, (name, wanted) in enumerate(zip(("width", "length"), plate(kind, drawn) or (), strict=True)):
        yield from _apart(f"{name} of the upper plate", high[axis] - low[axis], wanted, _CLOSE)
    yield from _beyond(top, bottom)


def _beyond(top: Any, bottom: Any) -> Iterator[str]:
    if _common([top], [bottom]) < top.area() * (1.0 - 1e-9):
        yield "the upper plate lies beyond the lower one"


@wrong.register
def _strips(kind: PolyResistor, drawn: Mapping[str, float], found: Polygons) -> Iterator[str]:
    boxes = [one.bounding_box() for one in found["resistor"]]
    widths = [high[0] - low[0] for low, high in boxes]
    yield from _apart("width", float(np.mean(widths)), kind.width / MICRON, _CLOSE)
    squares = sum((high[1] - low[1]) / (high[0] - low[0]) for low, high in boxes)
    wanted = drawn["r"] / kind.sheet
    yield from _apart("squares", squares, wanted, _RELATIVE * wanted)


def _cuts(polygons: Sequence[Any], angle: float) -> list[tuple[float, float]]:
    """Where a ray from the origin enters and leaves polygons, in um, in order."""
    import gdstk

    turned = [one.copy().rotate(-angle) for one in polygons]
    ray = gdstk.rectangle((0.0, -0.5 * _THIN), (1e5, 0.5 * _THIN))
    pieces = gdstk.boolean(turned, [ray], "and", precision=1e-5)
    boxes = [one.bounding_box() for one in pieces]
    return sorted((low[0], high[0]) for low, high in boxes)


def _common(one: Sequence[Any], other: Sequence[Any]) -> float:
    """The area that two layers have in common, in um^2."""
    import gdstk

    return float(sum(piece.area() for piece in gdstk.boolean(one, other, "and", precision=1e-5)))


def _apart(what: str, found: float, wanted: float, allowed: float) -> Iterator[str]:
    if not abs(found - wanted) <= allowed:
        yield f"{what} is {found:.6g}, the model has {wanted:.6g}"
