"""The report's figures of a user's netlist: what its measurements read, over frequency, time or a sweep."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.circuits.measure import decibel
from genrf.core.problem import Design, Panel

_FREQUENCY = "frequency in Hz"
_AXES = {"ac": _FREQUENCY, "noise": _FREQUENCY, "sp": _FREQUENCY, "tran": "time in s", "dc": "sweep"}
_UNITS = {"ac": "dB", "noise": "V/sqrt(Hz)", "sp": "dB", "tran": "V or A", "dc": "V or A"}


def panels(wanted: Mapping[str, Sequence[str]], designs: Sequence[Design]) -> list[Panel]:
    """A panel for each swept analysis that a measurement reads."""
    drawn = [design for design in designs if design.curves and "own" in design.curves]
    swept = [name for name, vectors in wanted.items() if vectors and name in _AXES]
    return [
        Panel(
            f"Waveforms of .{name}",
            _figure(name, wanted[name], drawn),
            f"What the measurements read of the analysis: {', '.join(wanted[name])}.",
        )
        for name in swept
        if drawn
    ]


def _figure(name: str, vectors: Sequence[str], designs: Sequence[Design]) -> dict[str, Any]:
    logarithmic = _AXES[name] == _FREQUENCY
    return {
        "data": [trace for design in designs for trace in _traces(name, vectors, design)],
        "layout": {
            "height": 380,
            "xaxis": {"title": {"text": _AXES[name]}, "type": "log" if logarithmic else "linear"},
            "yaxis": {"title": {"text": _UNITS[name]}, "type": "log" if name == "noise" else "linear"},
        },
    }


def _traces(name: str, vectors: Sequence[str], design: Design) -> Iterator[dict[str, Any]]:
    found = design.curves["own"][name]
    along = found["axis"]
    dashes = ("solid", "dash", "dot", "dashdot")
    for number, vector in enumerate(vectors):
        values = decibel(found[vector]) if name in ("ac", "sp") else np.real(found[vector])
        yield {
            "type": "scatter", "mode": "lines", "x": along.tolist(), "y": np.asarray(values).tolist(),
            "name": escape(f"{design.rank or ''} {vector}".strip()), "legendgroup": design.id,
            "line": {"dash": dashes[number % len(dashes)]},
        }  # fmt: skip
