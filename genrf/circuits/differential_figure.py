"""A differential amplifier's common mode for the report: gain beside that of the difference, and stability."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float

from genrf.circuits.measure import COMMON, decibel, rollett, scattering
from genrf.core.problem import Design, Panel

_TITLES = ("gain in dB", "rejection in dB", "K, common mode")
_CAPTION = (
    "Left: gain of the difference (solid) and of the common mode (dashed) in their own 100 and 25 ohm; middle: the one "
    "over the other, which counts in the band; right: Rollett's K of the common mode."
)


def common_mode(band: tuple[float, float], frequency: Float[np.ndarray, "n"], designs: Sequence[Design]) -> Panel:
    """Gain, rejection and stability of the common mode of surveyed designs around the band in Hz."""
    traces, layout = [], _layout(band, frequency)
    for design in designs:
        wide = design.curves["wide"]
        difference, common = decibel(wide["S_2_1"]), decibel(wide["S_4_3"])
        traces += [
            _line(design, frequency, difference, 1),
            _line(design, frequency, common, 1, "dash"),
            _line(design, frequency, difference - common, 2),
            _line(design, frequency, rollett(scattering(wide, COMMON)), 3),
        ]
    return Panel("Common mode", {"data": traces, "layout": layout}, _CAPTION)


def _layout(band: tuple[float, float], frequency: Float[np.ndarray, "n"]) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "height": 340,
        "grid": {"rows": 1, "columns": len(_TITLES), "pattern": "independent", "xgap": 0.24},
        "shapes": [],
    }
    edges = np.log10(frequency[[0, -1]]).tolist()
    for number, title in zip(("", "2", "3"), _TITLES, strict=True):
        layout[f"xaxis{number}"] = {"title": {"text": "frequency"}, "type": "log", "range": edges, "ticksuffix": "Hz"}
        layout[f"yaxis{number}"] = {"title": {"text": title}}
        layout["shapes"].append({
            "type": "rect", "xref": f"x{number}", "x0": band[0], "x1": band[1], "yref": f"y{number} domain", "y0": 0,
            "y1": 1, "fillcolor": "var(--band)", "line": {"width": 0},
        })  # fmt: skip
    layout["yaxis3"] |= {"type": "log", "dtick": 1}
    return layout


def _line(design: Design, x: np.ndarray, y: np.ndarray, place: int, dash: str = "solid") -> dict[str, Any]:
    number = str(place) if place > 1 else ""
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "xaxis": f"x{number}", "yaxis": f"y{number}",
        "line": {"width": 1.7, "dash": dash}, "showlegend": place == 1 and dash == "solid",
        "name": escape(design.label), "legendgroup": design.id,
        "hovertemplate": "%{x:.4s}Hz: %{y:.4g}",
    }  # fmt: skip
