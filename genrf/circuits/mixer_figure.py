"""A mixer's own figures for the report: its spectrum for two tones, its gain and noise, and where that comes from."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from genrf.circuits.mixer_intermodulation import SHARES
from genrf.circuits.mixer_ports import AbstractMixerPorts
from genrf.circuits.noise_sources import noise_sources
from genrf.circuits.tones import dbm
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal
from genrf.core.units import engineering

_FLOOR_DBM = -150.0
_LEAST_DB = 4.0  # from the bottom to the top of gain and noise figure
_SWEPT = (("gain_db", "conversion_gain_db", "gain in dB"), ("nf_dsb_db", "nf_dsb_db", "noise figure, DSB, in dB"))


def panels(
    ports: AbstractMixerPorts, power_dbm: float, goals: Mapping[str, Goal], designs: Sequence[Design]
) -> list[Panel]:
    """The figures of all surveyed designs together, each of those that have its curves; none where none has."""
    drawn = [design for design in designs if design.curves]
    swept = [design for design in drawn if "conversion" in design.curves]
    found = [_spectrum(ports, power_dbm, drawn)] if drawn else []
    found += [_conversion(ports, goals, swept)] if swept else []
    return [*found, *([_sources(ports, swept[0])] if len(swept) == 1 else [])]


def _spectrum(ports: AbstractMixerPorts, power_dbm: float, designs: Sequence[Design]) -> Panel:
    caption = (
        f"The load's lines for two tones of {power_dbm:g} dBm each above {engineering(ports.lo, 'Hz')}: the two "
        "highest are the wanted ones, products of third order lie outside of them; far right what the oscillator leaks."
    )
    layout = {
        "height": 360,
        "xaxis": {"title": {"text": "frequency in Hz"}, "type": "log"},
        "yaxis": {"title": {"text": "amplitude in dB over that of 0 dBm in 50 ohm"}},
    }
    return Panel("Spectrum", {"data": [_stems(ports, design) for design in designs], "layout": layout}, caption)


def _conversion(ports: AbstractMixerPorts, goals: Mapping[str, Goal], designs: Sequence[Design]) -> Panel:
    """Gain and noise figure over the output's frequency, and what the spec forbids of them at its own."""
    layout: dict[str, Any] = {
        "height": 340,
        "grid": {"rows": 1, "columns": len(_SWEPT), "pattern": "independent", "xgap": 0.14},
        "shapes": [],
    }
    traces = []
    for place, (curve, metric, title) in enumerate(_SWEPT, start=1):
        number = str(place) if place > 1 else ""
        layout[f"xaxis{number}"] = {"title": {"text": "intermediate frequency in Hz"}, "type": "log"}
        curves = [design.curves["conversion"][curve] for design in designs]
        low, high = _range(np.concatenate(curves))
        layout[f"yaxis{number}"] = {"title": {"text": title}, "range": [low, high]}
        layout["shapes"] += _forbidden(goals.get(metric), ports.intermediate, low, high, number)
        traces += [_curve(design, values, number) for design, values in zip(designs, curves, strict=True)]
    caption = (
        "Voltage conversion gain and double-sideband noise figure over the frequency of the output; red is what the "
        f"spec forbids at {engineering(ports.intermediate, 'Hz')}."
    )
    return Panel("Conversion gain and noise figure", {"data": traces, "layout": layout}, caption)


def _range(values: np.ndarray) -> tuple[float, float]:
    """What of the decibels is drawn: at least some, so that a flat curve looks flat."""
    low, high = float(values.min()), float(values.max())
    spare = max(_LEAST_DB - (high - low), 0.1 * (high - low)) / 2.0
    return low - spare, high + spare


def _forbidden(goal: Goal | None, at: float, low: float, high: float, number: str) -> Iterator[dict[str, Any]]:
    if goal is None:
        return
    across = {"type": "rect", "xref": f"x{number}", "yref": f"y{number}", "x0": at / 1.1, "x1": at * 1.1}
    if goal.minimum is not None and low < goal.minimum:
        yield {**across, "y0": low, "y1": goal.minimum}
    if goal.maximum is not None and goal.maximum < high:
        yield {**across, "y0": goal.maximum, "y1": high}


def _curve(design: Design, values: np.ndarray, number: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": design.curves["conversion"]["frequency"], "y": values,
        "xaxis": f"x{number}", "yaxis": f"y{number}", "legendgroup": design.id, "showlegend": not number,
        "name": escape(design.label), "hovertemplate": "%{x:.4s}Hz: %{y:.2f} dB",
    }  # fmt: skip


def _sources(ports: AbstractMixerPorts, design: Design) -> Panel:
    caption = (
        f"Shares of the noise at the load, {engineering(ports.intermediate, 'Hz')}, by the elements of the netlist; "
        "source is the 50 ohm of the input, of both sidebands and all harmonics."
    )
    return noise_sources("Sources of noise", design.curves["noise"], (), caption)


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
