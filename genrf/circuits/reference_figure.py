"""The report's figures of a reference: over temperature, over its rising supply, and while it starts."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from genrf.circuits.measure import decibel
from genrf.circuits.testbench import Ac, Dc
from genrf.core.problem import Design, Panel

if TYPE_CHECKING:
    from genrf.circuits.reference import ReferenceBench

Trace = dict[str, Any]


def panels(bench: "ReferenceBench", designs: Sequence[Design]) -> list[Panel]:
    """The figures of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    temperature, supply, rejection = (bench.analyses[name] for name in ("temperature", "supply", "rejection"))
    assert isinstance(temperature, Dc) and isinstance(supply, Dc) and isinstance(rejection, Ac)
    volts = "reference in V"
    return [
        _panel(
            "Temperature", "temperature in degrees Celsius", volts,
            [_trace(one, temperature.points(), one.curves["temperature"]["out"]) for one in drawn],
            "The reference at the nominal supply; its curvature is what a first-order bandgap leaves.",
        ),
        _panel(
            "Supply", "supply in V", volts,
            [_trace(one, supply.points(), one.curves["supply"]["out"]) for one in drawn],
            "The reference while the supply rises from zero, so slowly that no capacitance helps it to start.",
        ),
        _panel(
            "Start-up", "time in us", volts, [trace for one in drawn for trace in _starts(one)],
            "The supply rises from zero within the slowest of the spec's ramps, at both ends of the temperatures "
            "(cold: solid, hot: dashed).",
        ),
        _panel(
            "Supply rejection", "frequency in Hz", "supply over reference in dB",
            [
                _trace(one, rejection.grid.frequencies(), -decibel(one.curves["rejection"]["out"]))
                for one in drawn
            ],
            "Small signals at the nominal supply.", {"type": "log"},
        ),
    ]  # fmt: skip


def _panel(title: str, x: str, y: str, traces: list[Trace], caption: str, axis: Trace | None = None) -> Panel:
    layout = {"height": 420, "xaxis": {"title": {"text": x}, **(axis or {})}, "yaxis": {"title": {"text": y}}}
    return Panel(title, {"data": traces, "layout": layout}, caption)


def _trace(design: Design, x: np.ndarray, y: np.ndarray, **more: Any) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": x.tolist(), "y": y.tolist(), "legendgroup": design.id,
        "name": escape(design.label), **more,
    }  # fmt: skip


def _starts(design: Design) -> Iterator[Trace]:
    waves = design.curves["startup"]
    for number, name in enumerate(name for name in waves if name.startswith("out@")):
        time = 1e6 * waves[name.replace("out@", "time@")]
        yield _trace(design, time, waves[name], line={"dash": "dash" if number else "solid"}, showlegend=not number)
