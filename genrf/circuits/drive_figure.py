"""A power amplifier's own figures for the report: gain, output and efficiency over the drive, and small signals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from genrf.circuits.figures import circles, match, s_parameters, stability
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

if TYPE_CHECKING:
    from genrf.circuits.amplifier import AmplifierBench

_ROWS = (("gain_db", "gain in dB"), ("output_dbm", "output in dBm"), ("pae", "PAE"))


def panels(bench: "AmplifierBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
    """The figures of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    caption = "One tone at the centre of the band: gain, output power and power-added efficiency over available power."
    return [
        Panel("Power sweep", _sweep(drawn), caption),
        s_parameters(bench, goals, drawn),
        match(bench, goals, drawn),
        stability(bench, goals, drawn),
        *circles(bench, drawn),
    ]


def _sweep(designs: Sequence[Design]) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "height": 340,
        "grid": {"rows": 1, "columns": len(_ROWS), "pattern": "independent", "xgap": 0.18},
    }
    for place, (_, title) in enumerate(_ROWS, start=1):
        number = str(place) if place > 1 else ""
        layout[f"xaxis{number}"] = {"title": {"text": "available power in dBm"}}
        layout[f"yaxis{number}"] = {"title": {"text": title}}
    traces = [_trace(design, curve, place) for place, (curve, _) in enumerate(_ROWS, 1) for design in designs]
    return {"data": traces, "layout": layout}


def _trace(design: Design, curve: str, place: int) -> dict[str, Any]:
    number = str(place) if place > 1 else ""
    drive = design.curves["drive"]
    return {
        "type": "scatter", "mode": "lines", "x": drive["available_dbm"], "y": drive[curve],
        "xaxis": f"x{number}", "yaxis": f"y{number}", "line": {"width": 1.7}, "showlegend": place == 1,
        "name": escape(design.label), "legendgroup": design.id,
        "hovertemplate": "%{x:.1f} dBm: %{y:.4g}",
    }  # fmt: skip
