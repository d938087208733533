"""How every figure of a report looks, and how it gets into the page; figures are dictionaries as plotly has them."""

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.core.problem import Design
from genrf.core.spec import Goal
from genrf.core.units import UNSCALED

Figure = dict[str, Any]

INK, GREY = "var(--ink)", "var(--soft)"
_DIGITS = 6  # of a number in the page
_SHOWN = 4  # of them in a curve of a design that was not chosen: more than a screen has points
_LONG = 100  # points of a line
_EXACT = 22.0  # the highest power of ten that is a double
_COLOURS = 8  # `--c1` to `--c8` of the page: chosen designs, in light and dark
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")  # with the colours, so that a grey print can be read too


def encode(figure: Any) -> str:
    """`figure` as JSON that may stand inside a script element: six significant digits, null for NaN, no `<`."""
    text = json.dumps(_plain(figure), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(value: Any) -> Any:
    if isinstance(value, float):  # numpy's float64 too
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if _is_curve(value):
        return [one if math.isfinite(one) else None for one in _rounded(value, _DIGITS).tolist()]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _rounded(values: Float[np.ndarray, "n"], digits: int) -> Float[np.ndarray, "n"]:
    """So many significant digits, at a tenth of the time that formatting each takes; fewer below 1e-17.

    A whole number over or times an exact power of ten is the double that is nearest to its decimal digits.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.clip(digits - 1 - np.floor(np.log10(np.abs(values))), -_EXACT, _EXACT)
    up, down = 10.0 ** np.maximum(power, 0.0), 10.0 ** np.maximum(-power, 0.0)
    return np.asarray(np.rint(values * up / down) / up * down)


def colour(rank: int) -> str:
    """The colour of the chosen design of that rank, the same in every figure and table; ink for others, of rank 0."""
    return INK if rank == 0 else f"var(--c{(rank - 1) % _COLOURS + 1})"


def thinned(figure: Mapping[str, Any]) -> Figure:
    """`figure` with every second point of its long lines, and no more digits than a screen shows."""
    return {**figure, "data": [_thinned(trace) for trace in figure["data"]]}


def _thinned(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    step = 2 if trace.get("mode") == "lines" else 1
    kept: dict[str, Any] = {
        name: value[::step] if isinstance(value, np.ndarray | list) and len(value) > _LONG else value
        for name, value in trace.items()
    }
    return {name: _coarse(value) if _is_curve(value) else value for name, value in kept.items()}


def _is_curve(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim == 1


def _coarse(values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Four digits beyond those that all values have in common, as times late in a transient have."""
    known = values[np.isfinite(values)]
    span = float(np.ptp(known)) if len(known) else 0.0
    common = math.log10(float(np.abs(known).max()) / span) if span else _DIGITS
    return _rounded(values, min(_DIGITS, _SHOWN + int(common)))


def painted(figure: Mapping[str, Any], designs: Sequence[Design]) -> Figure:
    """`figure` with each trace whose `legendgroup` is the id of a design in that design's colour and dash."""
    ranks = {design.id: design.rank for design in designs}
    traces = [_painted(trace, ranks.get(trace.get("legendgroup", ""))) for trace in figure["data"]]
    return {**figure, "data": traces}


def _painted(trace: Mapping[str, Any], rank: int | None) -> Mapping[str, Any]:
    if rank is None:
        return trace
    line = {"color": colour(rank), "dash": _DASHES[max(rank - 1, 0) % len(_DASHES)], **trace.get("line", {})}
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
