"""The passive devices of a design as a GDS layout of what their models assume, read back and measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.gds_measured import sizes
from genrf.circuits.export.gds_nets import connections, terminals
from genrf.circuits.export.gds_reader import Drawing, Layout
from genrf.circuits.export.gds_shapes import MICRON, Area, Pin, Shape, Track, shapes
from genrf.circuits.export.header import header
from genrf.circuits.problem import SizingProblem
from genrf.circuits.topology import Device
from genrf.core.errors import ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design

_GRID = 1e-9  # m
_DATE = datetime(2000, 1, 1)  # the format wants one; the same design has the same bytes
_GAP = 20.0  # um between devices


@dataclass(frozen=True)
class Gds(AbstractExporter):
    """`<circuit>_passives.gds`: coils, capacitors and resistors, a cell each, on the layers that the process names.

    What has no layers there is not drawn: a foundry has cells of its own for it.
    """

    writes = (SizingProblem,)

    def require(self) -> None:
        if find_spec("gdstk") is None:
            raise ToolNotFound(
                "gdstk, which writes layouts, is not installed; install it (pip install 'genrf[layout]')"
            )

    def export(self, design: Design, folder: Path) -> list[Path]:
        self.require()
        drawn = dict(_drawn(design))
        if not drawn:
            return []
        path = folder / f"{sizing(design).structure.name}_passives.gds"
        _library(design, drawn).write_gds(path, timestamp=_DATE)
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        if not paths:
            return [Check("gds", not dict(_drawn(design)), "the circuit has no passive device that has a layout here")]
        return [check for path in paths for check in _checks(path, design)]


def _drawn(design: Design) -> Iterator[tuple[str, Sequence[Shape]]]:
    """The shapes of each device that has any, on layers that the process names, by its name."""
    layers = sizing(design).technology.layers
    for device in sizing(design).structure.devices:
        found = shapes(_kind(design, device), _sizes(design, device))
        if found and all(shape.layer in layers for shape in found):
            yield device.name, found


def _kind(design: Design, device: Device) -> Any:
    return sizing(design).technology.at().devices[device.kind]


def _sizes(design: Design, device: Device) -> Mapping[str, float]:
    return sizing(design).drawn(device, design.values)


def _library(design: Design, drawn: Mapping[str, Sequence[Shape]]) -> Any:
    import gdstk

    name = sizing(design).structure.name
    library = gdstk.Library(name, unit=MICRON, precision=_GRID)
    top = library.new_cell(f"{name}_passives")
    place = 0.0
    for device, found in drawn.items():
        cell = library.new_cell(f"{name}_{device}")
        for shape in found:
            _add(cell, shape, design)
        (left, _), (right, _) = cell.bounding_box() or ((0.0, 0.0), (0.0, 0.0))
        top.add(gdstk.Reference(cell, (round(place - left, 3), 0.0)))
        place += right - left + _GAP
    layer, kind = _layer(design, found[0].layer)
    for row, line in enumerate(header(design, "")):
        top.add(gdstk.Label(line.strip(), (0.0, -_GAP * (row + 2)), layer=layer, texttype=kind))
    return library


def _add(cell: Any, shape: Shape, design: Design) -> None:
    import gdstk

    layer, kind = _layer(design, shape.layer)
    match shape:
        case Track():
            path = gdstk.FlexPath(shape.points, shape.width, joins="miter", layer=layer, datatype=kind)
            cell.add(*path.to_polygons())
        case Area():
            cell.add(gdstk.rectangle(shape.low, shape.high, layer=layer, datatype=kind))
        case Pin():
            cell.add(gdstk.Label(shape.terminal, shape.at, layer=layer, texttype=kind))


def _layer(design: Design, name: str) -> tuple[int, int]:
    """Number and datatype of a layer that the process names."""
    layer, kind = sizing(design).technology.layers[name]
    return int(layer), int(kind)


def _checks(path: Path, design: Design) -> Iterator[Check]:
    top = f"{sizing(design).structure.name}_passives"
    names = {name: _layer(design, name) for name in sizing(design).technology.layers}
    drawn = dict(_drawn(design))
    try:
        said = list(_said(Layout.read(path, top, names), drawn, design))
    except OSError:
        said = ["gdstk cannot read it"]
    detail = f"gdstk reads {len(drawn)} passive devices, connected and sized as their models have them"
    yield Check(f"gds {path.name}", not said, "; ".join(said[:5]) or detail)


def _said(layout: Layout, drawn: Mapping[str, Sequence[Shape]], design: Design) -> Iterator[str]:
    """What is wrong in a layout: with its cells, between devices, and in each."""
    circuit = sizing(design).structure.name
    cells = {f"{circuit}_{device}": device for device in drawn}
    if layout.tops != [f"{circuit}_passives"] or sorted(layout.cells()) != sorted(cells):
        yield f"it places {', '.join(layout.cells()) or 'nothing'}, the circuit has {', '.join(cells)}"
        return
    if layout.loose:
        yield "shapes lie in no device"
    for cell, device in cells.items():
        yield from (f"{device}: {text}" for text in _faults(layout.drawing(cell), drawn[device], device, design))
    yield from (f"{cells[one]} and {cells[other]} overlap" for one, other in layout.overlaps())


def _faults(drawing: Drawing, drawn: Sequence[Shape], name: str, design: Design) -> Iterator[str]:
    """What is wrong in one device: layers, labels, what is connected, sizes."""
    wanted = sorted({shape.layer for shape in drawn})
    strange = drawing.polygons.keys() - {drawing.names[layer] for layer in wanted}
    yield from (f"shapes lie on layer {layer}/{kind}, which it has none on" for layer, kind in sorted(strange))
    missing = [layer for layer in wanted if not drawing.on(layer)]
    if missing:
        yield f"nothing lies on its {', '.join(missing)}"
        return
    (device,) = (one for one in sizing(design).structure.devices if one.name == name)
    arguments = _kind(design, device), _sizes(design, device), drawing
    mislabelled = list(terminals(drawing, {one.terminal: one.layer for one in drawn if isinstance(one, Pin)}))
    yield from mislabelled or connections(*arguments)
    yield from sizes(*arguments)
