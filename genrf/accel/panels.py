"""The report's figures of an accelerator: where its clock cycles go, and what bounds each layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.layers import LayerTable
from genrf.core.problem import Design, Panel

Figure = dict[str, Any]
Curves = Mapping[str, np.ndarray]

_FULL = 0.8  # utilisation above which a layer is bound by the number of elements
BOUNDS = ("the array", "filling, draining and edges", "waiting for weights", "the vector unit")


def breakdown(layers: LayerTable, cost: Cost, machine: AcceleratorConfig) -> Curves:
    """Layer by layer what the first machine of a cost takes."""
    moved = np.maximum(cost.dram_bytes[0], 1e-9)
    return {
        "cycles": cost.layer_cycles[0],
        "stalls": cost.layer_cycles[0] - cost.compute_cycles[0],
        "energy": cost.layer_energy[0],
        "utilization": cost.utilization[0],
        "macs": layers.macs.astype(float),
        "vector": layers.vector.astype(float),
        "intensity": layers.macs / moved,
        "elements": np.array([machine.rows * machine.columns], dtype=float),
        "bandwidth": np.array([machine.dram_bandwidth / machine.clock]),
    }


def bound(curves: Curves, layer: int) -> str:
    """What a layer's time depends on most."""
    if curves["vector"][layer]:
        return BOUNDS[3]
    if curves["stalls"][layer] > 0.1 * curves["cycles"][layer]:
        return BOUNDS[2]
    return BOUNDS[0] if curves["utilization"][layer] > _FULL else BOUNDS[1]


def panels(designs: Sequence[Design], layers: Sequence[str]) -> list[Panel]:
    """Clock cycles and utilisation of each layer, and the roofline of the recommended design."""
    drawn = [design for design in designs if design.curves is not None]
    if not drawn:
        return []
    said = "; ".join(f"{name}: {bound(drawn[0].curves, place)}" for place, name in enumerate(layers))
    return [
        Panel(
            "Clock cycles of each layer",
            _bars(drawn, layers, "cycles", "clock cycles"),
            f"What bounds the layers of the recommended design: {said}.",
        ),
        Panel(
            "Utilisation of the array",
            _bars(drawn, layers, "utilization", "multiplications per element and clock cycle"),
            "1 is an array whose every element multiplies in every clock cycle; layers of the vector unit have none.",
        ),
        Panel(
            "Roofline of the recommended design",
            _roofline(drawn[0], layers),
            "Each layer by its multiplications per byte from outside (input, result, and weights that are not resident), "
            "below the roof of the array and of the DRAM's bandwidth; the distance to the roof is what filling, draining and "
            "the edges of tiles cost.",
        ),
    ]


def _bars(designs: Sequence[Design], layers: Sequence[str], what: str, title: str) -> Figure:
    traces = [
        {
            "type": "bar",
            "name": f"{design.rank}",
            "legendgroup": design.id,
            "x": list(layers),
            "y": design.curves[what],
            "customdata": [bound(design.curves, place) for place in range(len(layers))],
            "hovertemplate": "%{x}: %{y:.4g}<br>bound by %{customdata}<extra></extra>",
        }
        for design in designs
    ]
    return {"data": traces, "layout": {"barmode": "group", "height": 340, "yaxis": {"title": {"text": title}}}}


def _roofline(design: Design, layers: Sequence[str]) -> Figure:
    curves = design.curves
    array = [place for place in range(len(layers)) if not curves["vector"][place]]
    roof, slope = float(curves["elements"][0]), float(curves["bandwidth"][0])
    x = np.minimum(curves["intensity"][array], 1e6)
    y = curves["macs"][array] / curves["cycles"][array]
    span = np.geomspace(min(x.min(), roof / slope) / 3, max(x.max(), roof / slope) * 3, 60)
    points = {
        "type": "scatter", "mode": "markers+text", "x": x, "y": y, "text": [layers[place] for place in array],
        "textposition": "bottom center", "legendgroup": design.id, "showlegend": False, "marker": {"size": 9},
        "hovertemplate": "%{text}: %{y:.3g} multiplications per clock cycle<extra></extra>",
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines", "x": span, "y": np.minimum(roof, span * slope), "showlegend": False,
        "line": {"color": "#1f2933", "width": 1.6}, "hoverinfo": "skip",
    }  # fmt: skip
    axes = {
        "xaxis": {"type": "log", "title": {"text": "multiplications per byte from outside"}},
        "yaxis": {"type": "log", "title": {"text": "multiplications per clock cycle"}},
    }
    return {"data": [line, points], "layout": {**axes, "height": 420}}
