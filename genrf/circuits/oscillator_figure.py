"""An oscillator's own figures for the report: one period, its tuning, and where its phase noise comes from."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from genrf.circuits.noise_sources import noise_sources
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal
from genrf.core.units import engineering

if TYPE_CHECKING:
    from genrf.circuits.oscillator import OscillatorBench

Trace = dict[str, Any]

_DECADES = (-2.0, 1.0)  # of offsets around the spec's, within which phase noise is drawn
_DASHES = {"white": "dash", "flicker": "dot"}


def panels(bench: "OscillatorBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
    """The figures of all surveyed designs together, each of those that have its curves; none where none has."""
    period, tuned, noisy = (
        [one for one in designs if one.curves and name in one.curves] for name in ("period", "tuned", "phase_noise")
    )
    found = [_waveform(bench, period)] if period else []
    found += [_tuning(tuned)] if tuned else []
    found += [_phase_noise(bench, goals.get("phase_noise_dbc_hz"), noisy)] if noisy else []
    return [*found, *([_sources(bench, noisy[0])] if len(noisy) == 1 else [])]


def _waveform(bench: "OscillatorBench", designs: Sequence[Design]) -> Panel:
    traces = [_trace(one, one.curves["period"]["time"], one.curves["period"]["output"]) for one in designs]
    middle = engineering(sum(bench.tuning) / 2, "V")
    caption = f"One period of the settled oscillation at a tuning voltage of {middle}."
    return _panel("Waveform", "time in s", "differential output in V", traces, caption)


def _tuning(designs: Sequence[Design]) -> Panel:
    traces = [_trace(one, one.curves["tuned"]["voltage"], one.curves["tuned"]["frequency"]) for one in designs]
    caption = "The frequency of the settled oscillation over the spec's tuning voltages."
    return _panel("Tuning", "tuning voltage in V", "frequency in Hz", traces, caption)


def _phase_noise(bench: "OscillatorBench", goal: Goal | None, designs: Sequence[Design]) -> Panel:
    alone = len(designs) == 1
    traces = [trace for one in designs for trace in _noise(one, bench.offset, alone)]
    parts = ", dashed and dotted what white noise and flicker give by themselves" if alone else ""
    caption = (
        f"Single-sideband phase noise over the offset{parts}. It was computed at {engineering(bench.offset, 'Hz')} and "
        "drawn from there by 20 dB a decade for white noise and 30 for flicker; a buffer's noise floor is not in it."
    )
    panel = _panel("Phase noise", "offset in Hz", "phase noise in dBc/Hz", traces, caption)
    layout = panel.figure["layout"]
    layout["xaxis"]["type"] = "log"
    layout["shapes"] = _forbidden(goal, bench.offset, traces)
    return panel


def _sources(bench: "OscillatorBench", design: Design) -> Panel:
    caption = f"Shares of the phase noise at {engineering(bench.offset, 'Hz')}, by the elements of the netlist."
    return noise_sources("Sources of phase noise", design.curves["phase_noise"], ("white noise", "flicker"), caption)


def _panel(title: str, x: str, y: str, traces: list[Trace], caption: str) -> Panel:
    axes = {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    return Panel(title, {"data": traces, "layout": {"height": 380, **axes}}, caption)


def _trace(design: Design, x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], **more: Any) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "legendgroup": design.id, "name": escape(design.label),
        **more,
    }  # fmt: skip


def _noise(design: Design, offset: float, alone: bool) -> list[Trace]:
    """Phase noise over the offset; of one design alone what white noise and flicker would give by themselves, too."""
    at = offset * np.logspace(*_DECADES, 61)
    white, flicker = (sum(share[k] for share in design.curves["phase_noise"].values()) for k in range(2))
    parts = {"white": white * (offset / at) ** 2, "flicker": flicker * (offset / at) ** 3}
    hover = "%{x:.4s}Hz: %{y:.1f} dBc/Hz"
    whole = _trace(design, at, 10.0 * np.log10(parts["white"] + parts["flicker"]), hovertemplate=hover)
    if not alone:
        return [whole]
    there = [(name, power) for name, power in parts.items() if power.any()]
    return [whole, *(_part(name, at, power, hover) for name, power in there)]


def _part(name: str, at: Float[np.ndarray, "n"], power: Float[np.ndarray, "n"], hover: str) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": at, "y": 10.0 * np.log10(power), "name": name,
        "hovertemplate": hover, "line": {"width": 1.0, "dash": _DASHES[name]},
    }  # fmt: skip


def _forbidden(goal: Goal | None, offset: float, traces: Sequence[Trace]) -> list[Trace]:
    """What lies above the limit, at the offset where the spec has it."""
    if goal is None or goal.maximum is None:
        return []
    highest = max(float(np.max(trace["y"])) for trace in traces)
    if highest <= goal.maximum:
        return []
    ends = {"x0": offset / 1.15, "x1": offset * 1.15, "y0": goal.maximum, "y1": highest}
    return [{"type": "rect", "xref": "x", "yref": "y", **ends}]
