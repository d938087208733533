"""What is connected in the layout of a passive device, through its vias and contacts, from terminal to terminal."""

from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from typing import Any

import networkx as nx
import numpy as np

from genrf.circuits.devices import AbstractDevice
from genrf.circuits.export.gds_reader import TOUCH, Drawing, Layer, Region, area, around, common, grown, without
from genrf.circuits.export.gds_shapes import MICRON, Point
from genrf.circuits.foundry import FoundryDevice
from genrf.circuits.passives import MimCapacitor, PolyResistor, SpiralInductor

_METALS = ("coil", "underpass", "mim_top", "mim_bottom", "metal")
_CUTS = {"via": ("coil", "mim_top", "underpass", "mim_bottom"), "contact": ("metal", "poly")}
_BELOW = ("underpass", "mim_bottom")  # an upper plate: a via ends on it
_REACH = 1.05  # widths around the end of a track that cut it off whole
_RELATIVE = 2e-3  # of lengths and squares: rounding to the grid

Piece = tuple[Layer, int]


def terminals(drawing: Drawing, wanted: Mapping[str, str]) -> Iterator[str]:
    """Where labels are not those of the terminals, each on its own conductor; `wanted` are layers by terminal."""
    nets = _nets(drawing)
    for text in sorted({one.text for one in drawing.labels} - set(wanted)):
        yield f"label {text!r} is none of its terminals"
    for terminal, name in wanted.items():
        labels = [one for one in drawing.labels if one.text == terminal]
        if len(labels) != 1:
            yield f"terminal {terminal} is labelled {len(labels)} times"
        elif labels[0].layer != drawing.names[name]:
            layer, kind = labels[0].layer
            yield f"terminal {terminal} is labelled on layer {layer}/{kind}, not on its {name}"
        elif _at(nets, labels[0].layer, labels[0].at) is None:
            yield f"terminal {terminal} lies beside its {name}"


@singledispatch
def connections(kind: AbstractDevice, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    """Where current would not flow from terminal to terminal as the model has it; `terminals` has found none at fault.

    Raises TypeError for a device that has no layout.
    """
    raise TypeError(f"{type(kind).__name__} has no layout")


@connections.register
def _turns(kind: SpiralInductor, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    """One net, joined to its underpass once, and all of its track on the way."""
    nets = _nets(drawing)
    if not nx.has_path(nets, *_ends(nets, drawing)):
        yield "its terminals are not connected"
        return
    coil, vias = drawing.on("coil"), drawing.on("via")
    joints = [one for one in common(coil, drawing.on("underpass")) if common([one], vias)]
    yield from _enclosed(drawing, "via", ("coil", "underpass"))
    if len(joints) != 1:
        yield f"its underpass is joined to its track at {len(joints)} places"
    elif len(coil) + len(drawing.on("underpass")) > 2:
        yield "metal lies beside its track"
    elif _holes(coil):
        yield "its turns touch one another"
    else:
        found, wanted = _way(coil, joints, kind.width / MICRON, drawing), kind.length(**drawn) / MICRON
        if abs(found - wanted) > _RELATIVE * wanted:
            yield f"of its track {found:.6g} um lie between its terminals, the model has {wanted:.6g} um"


def _way(coil: Region, joint: Region, width: float, drawing: Drawing) -> float:
    """Length in um of the track between underpass and outer terminal: what stays whole when both ends are cut off."""
    import gdstk

    (point,) = (one.at for one in drawing.labels if one.layer == drawing.names["coil"])
    near = common(coil, [gdstk.ellipse(point, _REACH * width)])
    end = [one for one in near if common([one], around(point))]
    rest = without(coil, [*joint, *end])
    return (max(map(_area, rest), default=0.0) + area(joint) + area(end)) / width


def _holes(region: Region) -> bool:
    """Whether a region encloses anything that is not of it."""
    import gdstk

    points = np.concatenate([one.points for one in region])
    frame = gdstk.rectangle(tuple(points.min(axis=0) - 1.0), tuple(points.max(axis=0) + 1.0))
    return len(without([frame], region)) > 1


@connections.register(MimCapacitor)
@connections.register(FoundryDevice)
def _plates(kind: AbstractDevice, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    """Each terminal has its own plate, whole, and no metal joins them."""
    nets = _nets(drawing)
    if nx.has_path(nets, *_ends(nets, drawing)):
        yield "its plates are joined"
    for which, name in (("upper", "mim_top"), ("lower", "mim_bottom")):
        if len(drawing.on(name)) != 1:
            yield f"its {which} plate is in {len(drawing.on(name))} pieces"


@connections.register
def _strips(kind: PolyResistor, drawn: Mapping[str, float], drawing: Drawing) -> Iterator[str]:
    """The resistance between its terminals, of all strips as they are joined, and no strip beside the way."""
    nets = _nets(drawing)
    a, b = _ends(nets, drawing)
    if nx.has_path(nets, a, b):
        yield "its terminals are joined by metal"
        return
    number = {piece: net for net, pieces in enumerate(nx.connected_components(nets)) for piece in pieces}
    strips = nx.MultiGraph()
    strips.add_nodes_from(number.values())
    wanted, total = drawn["r"] / kind.sheet, 0.0
    for body in common(drawing.on("poly"), drawing.on("resistor")):
        heads = _heads(nets, body, drawing.names["poly"])
        if len(heads) != 2:
            yield f"a strip of its body has not two ends but {len(heads)}"
            return
        width = float(np.mean([edge for _, edge in heads]))
        yield from _rectangular(body, width, kind.width / MICRON)
        squares = body.area() / width**2
        strips.add_edge(*(number[piece] for piece, _ in heads), squares=squares)
        total += squares
    if not nx.has_path(strips, number[a], number[b]):
        yield "its terminals are not connected"
        return
    yield from _enclosed(drawing, "contact", ("metal", "poly"))
    yield from _series(strips, number[a], number[b], total, wanted)


def _enclosed(drawing: Drawing, cut: str, between: Sequence[str]) -> Iterator[str]:
    yield from (f"a {cut} reaches beyond its {name}" for name in between if without(drawing.on(cut), drawing.on(name)))


def _series(strips: Any, a: int, b: int, total: float, wanted: float) -> Iterator[str]:
    between = strips.subgraph(nx.node_connected_component(strips, a))
    found = float(nx.resistance_distance(between, a, b, weight="squares"))
    if abs(found - wanted) > _RELATIVE * wanted:
        yield f"squares are {found:.6g} between its terminals, the model has {wanted:.6g}"
    elif abs(total - wanted) > _RELATIVE * wanted:
        yield f"squares are {total:.6g} with those that no current reaches, the model has {wanted:.6g}"


def _rectangular(body: Any, width: float, wanted: float) -> Iterator[str]:
    low, high = body.bounding_box()
    if abs(width - wanted) > _RELATIVE * wanted:
        yield f"width is {width:.6g} um, the model has {wanted:.6g} um"
    elif abs((high[0] - low[0]) * (high[1] - low[1]) - body.area()) > _RELATIVE * body.area():
        yield "a strip of its body is no rectangle"


def _heads(nets: Any, body: Any, layer: Layer) -> list[tuple[Piece, float]]:
    """The pieces of poly that a strip of the body ends at, and in um along which edge."""
    wider = grown([body])
    shared = ((piece, area(common([polygon], wider))) for piece, polygon in _pieces(nets, layer))
    return [(piece, share / TOUCH) for piece, share in shared if share > 0.0]


def _nets(drawing: Drawing) -> Any:
    """The pieces of all conductors, those joined that vias and contacts connect. Poly under a body's mark is none."""
    nets = nx.Graph()
    regions = {drawing.names[name]: drawing.on(name) for name in _METALS if name in drawing.names}
    if "poly" in drawing.names:
        regions[drawing.names["poly"]] = without(drawing.on("poly"), drawing.on("resistor"))
    for layer, region in regions.items():
        nets.add_nodes_from(((layer, index), {"polygon": one}) for index, one in enumerate(region))
    for cut, between in _CUTS.items():
        for hole in drawing.on(cut):
            nx.add_path(nets, _met(nets, hole, between, drawing))
    return nets


def _met(nets: Any, hole: Any, between: Sequence[str], drawing: Drawing) -> list[Piece]:
    """The pieces that a via or a contact lies on."""
    past = without([hole], drawing.on("mim_top"))
    layers = {drawing.names[name]: past if name in _BELOW else [hole] for name in between if name in drawing.names}
    return [piece for layer, cut in layers.items() for piece, one in _pieces(nets, layer) if common([one], cut)]


def _pieces(nets: Any, layer: Layer) -> list[tuple[Piece, Any]]:
    return [(piece, polygon) for piece, polygon in nets.nodes(data="polygon") if piece[0] == layer]


def _at(nets: Any, layer: Layer, point: Point) -> Piece | None:
    """The piece of a layer at a point."""
    return next((piece for piece, one in _pieces(nets, layer) if common([one], around(point))), None)


def _ends(nets: Any, drawing: Drawing) -> tuple[Piece | None, Piece | None]:
    """The pieces of the two terminals."""
    one, other = (_at(nets, label.layer, label.at) for label in drawing.labels)
    return one, other


def _area(polygon: Any) -> float:
    return float(polygon.area())
