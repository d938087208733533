"""A mixer's own figure for the report: the spectrum at the load when two tones come in."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.circuits.mixer_intermodulation import SHARES
from genrf.circuits.mixer_ports import AbstractMixerPorts
from genrf.circuits.tones import dbm
from genrf.core.problem import Design, Panel
from genrf.core.units import engineering

_FLOOR_DBM = -150.0


def panels(ports: AbstractMixerPorts, power_dbm: float, designs: Sequence[Design]) -> list[Panel]:
    """The figure of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    caption = (
        f"The load's lines for two tones of {power_dbm:g} dBm each above {engineering(ports.lo, 'Hz')}: the two "
        "highest are the wanted ones, products of third order lie outside of them; far right what the oscillator leaks."
    )
    layout = {
        "height": 360,
        "xaxis": {"title": {"text": "frequency in Hz"}, "type": "log"},
        "yaxis": {"title": {"text": "amplitude in dB over that of 0 dBm in 50 ohm"}},
    }
    return [Panel("Spectrum", {"data": [_stems(ports, design) for design in drawn], "layout": layout}, caption)]


def _stems(ports: AbstractMixerPorts, design: Design) -> dict[str, Any]:
    """One vertical line for each line of the spectrum."""
    x, y = list[float | None](), list[float | None]()
    spectrum: Mapping[str, np.ndarray] = design.curves["spectrum"]
    for multiple, amplitude in zip(spectrum["multiple"], spectrum["amplitude"], strict=True):
        frequency = multiple * ports.intermediate / SHARES
        x += [frequency, frequency, None]
        y += [_FLOOR_DBM, max(dbm(amplitude), _FLOOR_DBM), None]
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "legendgroup": design.id, "line": {"width": 2.0},
        "name": escape(design.label), "hovertemplate": "%{x:.4s}Hz: %{y:.1f} dB",
    }  # fmt: skip
