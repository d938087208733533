"""What a GDS file holds: devices as they are placed, through references and their transformations, in micrometres."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal
from warnings import catch_warnings, simplefilter

from genrf.circuits.export.gds_shapes import MICRON, Point

Layer = tuple[int, int]  # number and datatype
Region = Sequence[Any]  # polygons of gdstk

_PRECISION = 1e-4  # um, a tenth of the grid
_SLIVER = 1e-6  # um^2, what rounding may leave
TOUCH = 0.005  # um, around a point, and between two that touch


@dataclass(frozen=True)
class Text:
    """A label: what it says, its layer, and where it is in um."""

    text: str
    layer: Layer
    at: Point


@dataclass(frozen=True)
class Drawing:
    """One device as large as it is placed, but moved and turned back: united polygons by layer, and labels.

    `names` are those that the process gives its layers; two may be one layer.
    """

    polygons: Mapping[Layer, Region]
    labels: Sequence[Text]
    names: Mapping[str, Layer]

    def on(self, name: str) -> Region:
        """What lies on a layer of the process; nothing on one that it does not name."""
        layer = self.names.get(name)
        return () if layer is None else self.polygons.get(layer, ())


@dataclass(frozen=True)
class Layout:
    """What the top cell places, each by the name of its cell, and what lies in the top cell itself."""

    placed: Sequence[Any]
    loose: Region
    tops: Sequence[str]
    names: Mapping[str, Layer]

    @classmethod
    def read(cls, path: Path, top: str, names: Mapping[str, Layer]) -> "Layout":
        """Every length in um by the file's own unit, whatever that is. Raises OSError when it is no layout."""
        import gdstk

        with catch_warnings():
            simplefilter("ignore", RuntimeWarning)  # a cell that is not there is missed below
            library = gdstk.read_gds(path, unit=MICRON)
        cells = [cell for cell in library.cells if isinstance(cell, gdstk.Cell) and cell.name == top]
        known = (one for cell in cells for one in cell.references if isinstance(one.cell, gdstk.Cell))
        placed = [one for reference in known for one in _each(reference)]
        loose = [one for cell in cells for one in [*cell.polygons, *cell.paths]]
        return cls(placed, loose, [cell.name for cell in library.top_level()], names)

    def cells(self) -> list[str]:
        """The names of the cells that are placed, as often as they are."""
        return [reference.cell_name for reference in self.placed]

    def drawing(self, cell: str) -> Drawing:
        """What is placed of a cell, in its own coordinates but for its magnification."""
        import gdstk

        (reference,) = (one for one in self.placed if one.cell_name == cell)
        # width and length do not depend on where and how a device lies, what they are times the magnification does
        own = gdstk.Reference(reference.cell, magnification=reference.magnification)
        layers: dict[Layer, list[Any]] = {}
        for polygon in own.get_polygons():
            layers.setdefault((polygon.layer, polygon.datatype), []).append(polygon)
        texts = ((one, one.origin) for one in own.get_labels())
        labels = [Text(one.text, (one.layer, one.texttype), (at[0], at[1])) for one, at in texts]
        return Drawing({layer: united(polygons) for layer, polygons in layers.items()}, labels, self.names)

    def overlaps(self) -> Iterator[tuple[str, str]]:
        """Cells of which polygons overlap or touch those of another, on whatever layer."""
        regions = [(one.cell_name, one.bounding_box(), one.get_polygons()) for one in self.placed]
        for (name, box, region), (other, around, rest) in combinations(regions, 2):
            if box and around and _near(box, around) and common(grown(region), rest):
                yield name, other


def _each(reference: Any) -> list[Any]:
    """A reference, or all that an array of it places."""
    return [reference, *reference.apply_repetition()] if reference.repetition.size else [reference]


def _near(box: Sequence[Point], other: Sequence[Point]) -> bool:
    (low, high), (below, above) = box, other
    return all(low[axis] - TOUCH <= above[axis] and below[axis] <= high[axis] + TOUCH for axis in range(2))


def united(region: Region) -> Region:
    """A polygon for each piece: what overlaps or abuts is one."""
    return _boolean(region, (), "or")


def common(region: Region, other: Region) -> Region:
    """What lies in both."""
    return _boolean(region, other, "and")


def without(region: Region, other: Region) -> Region:
    """What lies in the first alone."""
    return _boolean(region, other, "not")


def grown(region: Region) -> Region:
    """A region and what touches it, `TOUCH` further on every side."""
    import gdstk

    return list(gdstk.offset(list(region), TOUCH, precision=_PRECISION, use_union=True))


def area(region: Region) -> float:
    """In um^2."""
    return float(sum(one.area() for one in region))


def around(point: Point) -> Region:
    """What is as good as at a point: half of a label at an edge lies within."""
    import gdstk

    (x, y), reach = point, TOUCH
    return [gdstk.rectangle((x - reach, y - reach), (x + reach, y + reach))]


def _boolean(region: Region, other: Region, operation: Literal["or", "and", "not"]) -> Region:
    import gdstk

    found = gdstk.boolean(list(region), list(other), operation, precision=_PRECISION)
    return [one for one in found if one.area() > _SLIVER]
