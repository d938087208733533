"""How every figure of a report looks, and how it gets into the page; figures are dictionaries as plotly has them."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.core.problem import Design
from genrf.core.spec import Goal
from genrf.core.units import UNSCALED

Figure = dict[str, Any]

INK, GREY = "var(--ink)", "var(--soft)"
_COLOURS = 8  # `--c1` to `--c8` of the page: chosen designs, in light and dark
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")  # with the colours, so that a grey print can be read too


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
    return f"var(--c{(rank - 1) % _COLOURS + 1})"


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
    return {"title": {"text": escape(metric + wish)}, "ticksuffix": escape(unit)}


def ref(letter: str, number: int) -> str:
    """How a trace names an axis, counted from 1: `x`, `x2`, `x3`."""
    return letter if number == 1 else f"{letter}{number}"


def key(letter: str, number: int) -> str:
    """How a layout names an axis, counted from 1: `xaxis`, `xaxis2`."""
    return f"{letter}axis" if number == 1 else f"{letter}axis{number}"
