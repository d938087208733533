"""The report's figure of a loop gain: magnitude and phase over frequency."""

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import decibel
from genrf.core.problem import Design, Panel

Loops = Mapping[str, tuple[Design, Complex[np.ndarray, "n"]]]


def panels(f: Float[np.ndarray, "n"], loops: Loops) -> list[Panel]:
    """The Bode plot of every design's loop gain; none without designs."""
    if not loops:
        return []
    traces = [trace for design, loop in loops.values() for trace in _traces(f, design, loop)]
    axis = {"type": "log", "title": {"text": "frequency in Hz"}}
    layout = {
        "height": 560, "grid": {"rows": 2, "columns": 1, "pattern": "independent", "ygap": 0.16},
        "xaxis": {"type": "log"}, "yaxis": {"title": {"text": "loop gain in dB"}},
        "xaxis2": axis, "yaxis2": {"title": {"text": "phase in degrees"}, "dtick": 45},
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": yref, "y0": at, "y1": at,
             "line": {"width": 1, "color": "var(--soft)"}}
            for yref, at in (("y", 0.0), ("y2", -180.0))
        ],
    }  # fmt: skip
    caption = (
        "Gain around the loop of a buffer, by two probes in the closed loop. The phase margin is the phase above "
        "-180 degrees where the magnitude is 0 dB."
    )
    return [Panel("Loop gain", {"data": traces, "layout": layout}, caption)]


def _traces(f: Float[np.ndarray, "n"], design: Design, loop: Complex[np.ndarray, "n"]) -> list[dict[str, Any]]:
    phase = np.degrees(np.unwrap(np.angle(loop)))
    phase -= 360.0 * np.round(phase[0] / 360.0)
    shared = {"type": "scatter", "mode": "lines", "x": f.tolist(), "legendgroup": design.id,
              "name": escape(design.label)}  # fmt: skip
    return [
        {**shared, "y": decibel(loop).tolist(), "xaxis": "x", "yaxis": "y"},
        {**shared, "y": phase.tolist(), "xaxis": "x2", "yaxis": "y2", "showlegend": False},
    ]
