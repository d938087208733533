"""How every figure of a report looks, and how it gets into the page; figures are plotly's plain dictionaries."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.core.problem import Design
from genrf.core.spec import Goal
from genrf.core.units import UNSCALED

Figure = dict[str, Any]

INK, GREY = "#1f2933", "#6b7785"
_COLOURS = ("#0b5fa5", "#c8501e", "#1b7f5c", "#8a3fa0", "#a87900", "#0f8f9e", "#b3305f", "#5a5f66")  # chosen designs
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")  # with the colours, so that a grey print can be read too

_AXIS = {
    "gridcolor": "#e8ebef", "linecolor": "#9aa5b1", "tickcolor": "#9aa5b1", "ticks": "outside", "ticklen": 4,
    "mirror": True, "showline": True, "zeroline": False, "automargin": True, "exponentformat": "SI",
    "title": {"standoff": 8},
}  # fmt: skip
_SMITH_AXIS = {"gridcolor": "#dde2e8", "linecolor": "#9aa5b1", "tickfont": {"size": 9, "color": GREY}}
TEMPLATE: Figure = {
    "layout": {
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12, "color": INK},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "margin": {"l": 62, "r": 14, "t": 34, "b": 46},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "smith": {"bgcolor": "#fff", "realaxis": _SMITH_AXIS, "imaginaryaxis": _SMITH_AXIS},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        "hoverlabel": {"bgcolor": "#fff", "bordercolor": "#9aa5b1", "font": {"color": INK}, "align": "left"},
        "annotationdefaults": {"showarrow": False, "font": {"size": 12, "color": INK}},
        "shapedefaults": {  # what a limit forbids
            "layer": "below",
            "fillcolor": "rgba(181,64,42,0.10)",
            "line": {"color": "rgba(181,64,42,0.55)", "width": 1},
        },
    }
}


def encode(figure: Any) -> str:
    """`figure` as JSON that may stand inside a script element: six significant digits, null for NaN, no `<`."""
    text = json.dumps(_plain(figure), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(value: Any) -> Any:
    if isinstance(value, float):  # numpy's float64 too
        return float(f"{value:.6g}") if np.isfinite(value) else None
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def colour(rank: int) -> str:
    """The colour of the chosen design of that rank, the same in every figure and table."""
    return _COLOURS[(rank - 1) % len(_COLOURS)]


def painted(figure: Mapping[str, Any], designs: Sequence[Design]) -> Figure:
    """`figure` with each trace whose `legendgroup` is the id of a chosen design in that design's colour and dash."""
    ranks = {design.id: design.rank for design in designs}
    traces = [_painted(trace, ranks.get(trace.get("legendgroup", ""))) for trace in figure["data"]]
    return {**figure, "data": traces}


def _painted(trace: Mapping[str, Any], rank: int | None) -> Mapping[str, Any]:
    if rank is None:
        return trace
    line = {"color": colour(rank), "dash": _DASHES[(rank - 1) % len(_DASHES)], **trace.get("line", {})}
    return {**trace, "line": line, "marker": {"color": colour(rank), **trace.get("marker", {})}}


def axis(metric: str, unit: str, goal: Goal | None = None) -> Figure:
    """An axis titled with the metric, its unit and the direction that is wanted."""
    wish = {"maximize": ", more is better", "minimize": ", less is better"}.get(str(goal and goal.objective), "")
    if unit in UNSCALED:
        return {"title": {"text": escape(f"{metric} in {unit}{wish}" if unit else metric + wish)}}
    return {"title": {"text": escape(metric + wish)}, "tickformat": "~s", "ticksuffix": escape(unit)}


def ref(letter: str, number: int) -> str:
    """How a trace names an axis, counted from 1: `x`, `x2`, `x3`."""
    return letter if number == 1 else f"{letter}{number}"


def key(letter: str, number: int) -> str:
    """How a layout names an axis, counted from 1: `xaxis`, `xaxis2`."""
    return f"{letter}axis" if number == 1 else f"{letter}axis{number}"
