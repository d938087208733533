"""The report's figures of an accelerator: where its clock cycles go, and what bounds each layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.simulate.cost import PARTS, TAKING, Cost
from genrf.accel.simulate.layers import LayerTable
from genrf.core.problem import Design, Panel
from genrf.core.units import engineering

Figure = dict[str, Any]
Curves = Mapping[str, np.ndarray]

_FULL = 0.8  # utilisation above which a layer is bound by the number of elements
BOUNDS = ("the array", "filling, draining and edges", "waiting for weights", "the vector unit")


def breakdown(layers: LayerTable, cost: Cost, machine: AcceleratorConfig) -> Curves:
    """Layer by layer what the first machine of a cost takes."""
    return {
        "cycles": cost.layer_cycles[0],
        "stalls": cost.layer_cycles[0] - cost.compute_cycles[0],
        "energy": cost.layer_energy[0],
        "utilization": cost.utilization[0],
        "macs": layers.macs.astype(float),
        "vector": layers.vector.astype(float),
        "areas": cost.areas[0],
        "powers": cost.energies[0] / cost.latency[0],
        "intensity": layers.macs / cost.layer_bytes[0],
        "elements": np.array([machine.rows * machine.columns], dtype=float),
        "clock": np.array([machine.clock]),
        "dram": np.array([machine.dram_bandwidth / machine.clock]),
        "buffers": np.array([float(machine.lanes + machine.weight_lanes)]),
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
            f"At {engineering(drawn[0].curves['clock'][0], 'Hz')}. What bounds the layers of design "
            f"{drawn[0].rank or drawn[0].id}: {said}.",
        ),
        _table(drawn[0], layers),
        Panel(
            "Energy of each layer",
            _bars(drawn, layers, "energy", "energy in J"),
            "As the cost model has it: multiplications, registers, buffers, and what comes from outside.",
        ),
        Panel(
            "Power",
            _parts(drawn, TAKING, "powers", 1.0, "power", "W"),
            f"{_powers(drawn)}. What an inference takes, as the cost model has it, over its time; leakage, clock tree "
            "and wires are left out.",
        ),
        Panel(
            "Area",
            _parts(drawn, PARTS, "areas", 1e6, "area in mm2"),
            "As the cost model has it; the array with the requantisers of its columns and the vector unit.",
        ),
        Panel(
            "Utilisation of the array",
            _bars(drawn, layers, "utilization", "multiplications per element and clock cycle"),
            "1 is an array whose every element multiplies in every clock cycle; layers of the vector unit have none.",
        ),
        Panel(
            f"Roofline of design {drawn[0].rank or drawn[0].id}",
            _roofline(drawn[0], layers),
            "Each layer by its multiplications per byte that it reads and writes once, below the roofs of the array "
            "and of the buffers, which give a word of activations and one of weights in a clock cycle; the dashed roof "
            "would hold if all came from outside. The distance to the roof is what filling, draining and edges cost.",
        ),
    ]


def _table(design: Design, layers: Sequence[str]) -> Panel:
    """What the first design takes, layer by layer."""
    curves = design.curves
    numbers = {
        "multiplications": [f"{value:,.0f}" for value in curves["macs"]],
        "clock cycles": [f"{value:,.0f}" for value in curves["cycles"]],
        "of them waiting": [f"{value:,.0f}" for value in curves["stalls"]],
        "utilisation": [f"{value:.3f}" for value in curves["utilization"]],
        "multiplications per byte": [f"{value:.3g}" for value in curves["intensity"]],
        "energy": [engineering(value, "J") for value in curves["energy"]],
    }
    bounds = [bound(curves, place) for place in range(len(layers))]
    return Panel.table("Layers", {"layer": list(layers), **numbers, "bound by": bounds})


def _powers(designs: Sequence[Design]) -> str:
    """The power of each design in words."""
    powers = ((engineering(design.curves["powers"].sum(), "W"), design.rank or design.id) for design in designs)
    return ", ".join(f"{power} of design {called}" for power, called in powers)


def _parts(
    designs: Sequence[Design], parts: Sequence[str], what: str, scale: float, title: str, unit: str = ""
) -> Figure:
    """A bar for each part of a machine and design; an axis with a `unit` has its prefixes."""
    traces = [
        {
            "type": "bar", "name": f"{design.rank or design.id}", "legendgroup": design.id, "x": list(parts),
            "y": scale * design.curves[what], "hovertemplate": f"%{{x}}: %{{y:.4g}}{unit}<extra></extra>",
        }
        for design in designs
    ]  # fmt: skip
    axis = {"title": {"text": title}, **({"ticksuffix": unit} if unit else {})}
    return {"data": traces, "layout": {"barmode": "group", "height": 300, "yaxis": axis}}


def _bars(designs: Sequence[Design], layers: Sequence[str], what: str, title: str) -> Figure:
    traces = [
        {
            "type": "bar",
            "name": f"{design.rank or design.id}",
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
    x, y = curves["intensity"][array], curves["macs"][array] / curves["cycles"][array]
    roof, inside, outside = (float(curves[name][0]) for name in ("elements", "buffers", "dram"))
    span = np.geomspace(min(x.min(), roof / inside) / 2, max(x.max(), roof / outside) * 2, 60)
    points = {
        "type": "scatter", "mode": "markers+text", "textposition": "bottom right", "x": x, "y": y,
        "text": [layers[place] for place in array],
        "legendgroup": design.id, "showlegend": False, "marker": {"size": 10},
        "hovertemplate": "%{text}: %{y:.3g} multiplications per clock cycle<extra></extra>",
    }  # fmt: skip
    lines = [
        {"type": "scatter", "mode": "lines", "x": span, "y": np.minimum(roof, span * slope), "showlegend": False,
         "line": {"color": "var(--ink)", "width": 1.6, "dash": dash}, "hoverinfo": "skip"}
        for slope, dash in ((inside, "solid"), (outside, "dash"))
    ]  # fmt: skip
    axes = {
        "xaxis": {"type": "log", "title": {"text": "multiplications per byte read or written"}},
        "yaxis": {"type": "log", "title": {"text": "multiplications per clock cycle"}},
    }
    return {"data": [*lines, points], "layout": {**axes, "height": 420}}
