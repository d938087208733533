"""A filter's own figures for the report: transmission under its mask, the pass band, reflection and group delay."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from genrf.circuits.filter_measures import group_delay
from genrf.circuits.measure import decibel
from genrf.circuits.testbench import Grid
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

if TYPE_CHECKING:
    from genrf.circuits.filter import FilterBench

Figure = dict[str, Any]
Limits = Mapping[str, Goal]

_SHOWN_DB, _TOP_DB = 90.0, 3.0  # down to, and up to; a reader has no use for deeper notches
_STRIPE = {"fillcolor": "var(--band)", "line": {"width": 0}}
_PLACES = (("", "S21 in dB"), ("2", "S21 in dB"), ("3", "S11 in dB"), ("4", "group delay in s"))


def panels(bench: "FilterBench", goals: Limits, designs: Sequence[Design]) -> list[Panel]:
    """The figure of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    survey = bench.survey()
    assert survey.wide is not None
    traces = [trace for design in drawn for trace in _traces(design, survey.wide, survey.passing())]
    layout = _layout(survey.wide, bench.band) | {"shapes": list(_shapes(bench, goals, drawn))}
    caption = (
        "Transmission and reflection in 50 ohm, the pass band blue: over all bands, where a curve must stay out of the "
        "red areas; below the same within the pass band, with its group delay. Rejection counts from the least loss of "
        "each design, the red areas from that of the best."
    )
    return [Panel("Filter", {"data": traces, "layout": layout}, caption)]


def _layout(wide: Grid, band: tuple[float, float]) -> Figure:
    layout: Figure = {"height": 680, "grid": {"rows": 2, "columns": 2, "pattern": "independent", "ygap": 0.18}}
    for number, title in _PLACES:
        layout[f"xaxis{number}"] = {"title": {"text": "frequency in Hz"}, "range": list(band)}
        layout[f"yaxis{number}"] = {"title": {"text": title}}
    ends = [float(np.log10(wide.start)), float(np.log10(wide.stop))]
    layout["xaxis"] |= {"type": "log", "range": ends, "dtick": "D2"}
    layout["yaxis"] |= {"range": [-_SHOWN_DB, _TOP_DB]}
    return layout


def _traces(design: Design, wide: Grid, passing: Grid) -> Iterator[Figure]:
    around, inside = design.curves["wide"], design.curves["band"]
    f, whole = passing.frequencies(), wide.frequencies()
    step = float(f[1] - f[0])
    yield _line(design, "", whole, decibel(around["S_2_1"]), "%{x:.4s}Hz: %{y:.2f} dB")
    yield _line(design, "2", f, decibel(inside["S_2_1"]), "%{x:.5s}Hz: %{y:.3f} dB")
    yield _line(design, "3", f, decibel(inside["S_1_1"]), "%{x:.5s}Hz: %{y:.2f} dB")
    yield _line(design, "4", f[:-1] + step / 2, group_delay(inside["S_2_1"], step), "%{x:.5s}Hz: %{y:.3s}s")


def _line(design: Design, number: str, x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], hover: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "xaxis": f"x{number}", "yaxis": f"y{number}",
        "line": {"width": 1.7}, "hovertemplate": hover, "showlegend": not number, "legendgroup": design.id,
        "name": escape(design.label),
    }  # fmt: skip


def _shapes(bench: "FilterBench", goals: Limits, designs: Sequence[Design]) -> Iterator[Figure]:
    """The pass band, and what the limits forbid."""
    loss = _most(goals, "insertion_loss_db")
    yield _area("", bench.band, -(loss or _SHOWN_DB), _TOP_DB) | _STRIPE
    best = max(float(decibel(design.curves["band"]["S_2_1"]).max()) for design in designs)
    if (limit := _least(goals, "rejection_db")) is not None:
        for left, right in bench.stop:
            yield _area("", (left, right), best - limit, _TOP_DB)
    if loss is not None:
        yield _area("", bench.band, -_SHOWN_DB, -loss)
        yield _area("2", bench.band, -loss - 0.5, -loss)
    if (limit := _most(goals, "s11_db")) is not None:
        yield _area("3", bench.band, limit, limit + 3.0)


def _area(number: str, x: tuple[float, float], low: float, high: float) -> Figure:
    return {
        "type": "rect", "xref": f"x{number}", "x0": x[0], "x1": x[1], "yref": f"y{number}", "y0": low, "y1": high,
    }  # fmt: skip


def _least(goals: Limits, metric: str) -> float | None:
    return goals[metric].minimum if metric in goals else None


def _most(goals: Limits, metric: str) -> float | None:
    return goals[metric].maximum if metric in goals else None
