"""What the report shows of chosen amplifiers: S-parameters, noise figure, Smith chart, stability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genrf.circuits.measure import decibel, edwards_mu, noise_figure, rollett, scattering
from genrf.circuits.problem import SizingProblem
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

# Okabe and Ito's colours, told apart by colour-blind readers too; one per chosen design, in all figures
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#999999")
_SHADE = "rgba(200, 60, 60, 0.10)"
_BAND = "rgba(120, 120, 120, 0.12)"
Figure = dict[str, Any]


def panels(problem: SizingProblem, designs: Sequence[Design]) -> list[Panel]:
    """Figures over the designs that have curves; none without any."""
    drawn = [design for design in designs if design.curves is not None]
    if not drawn:
        return []
    return [
        Panel(
            "S-parameters",
            _scattering(problem, drawn),
            "Gain solid, input reflection dashed, output reflection dotted. Grey is the band; a red area is what the "
            "spec forbids within it.",
        ),
        Panel("Noise figure", _noise(problem, drawn), "In the band, for a source of 50 ohm at 290 K."),
        Panel(
            "Smith chart",
            _smith(problem, drawn),
            "S11 (solid) and S22 (dotted), from a quarter of the band to four times it; the band itself is drawn bold.",
        ),
        Panel(
            "Stability",
            _stability(problem, drawn),
            "Rollett's K (solid) and mu (dotted) around the band; both above 1 is unconditional stability. The numbers in "
            "the table are the lowest over the whole stability band of the verification.",
        ),
    ]


def _scattering(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    traces = []
    for design, colour in zip(designs, _colours(designs), strict=True):
        s = scattering(design.curves["wide"])
        for name, entry, dash in (
            ("S21", s[:, 1, 0], "solid"),
            ("S11", s[:, 0, 0], "dash"),
            ("S22", s[:, 1, 1], "dot"),
        ):
            traces.append(_line(_giga(problem), decibel(entry), design, colour, dash, name))
    goals = problem.spec.goals
    shapes = [_band(problem)]
    for name, inside in (("gain_db", (-60.0, None)), ("s11_db", (None, 60.0)), ("s22_db", (None, 60.0))):
        shapes += _forbidden(problem, goals.get(name), *inside)
    return _figure(traces, shapes, "frequency, GHz", "dB", logarithmic=True, y=[-40, 30])


def _noise(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    frequency = problem.bench.survey().analyses["noise"].grid.frequencies() / 1e9  # type: ignore[union-attr]
    traces = [
        _line(frequency, noise_figure(design.curves["noise"]["inoise_spectrum"]), design, colour, "solid", "NF")
        for design, colour in zip(designs, _colours(designs), strict=True)
    ]
    shapes = _forbidden(problem, problem.spec.goals.get("nf_db"), None, 60.0)
    highest = max(float(np.max(trace["y"])) for trace in traces)
    limit = problem.spec.goals["nf_db"].maximum if "nf_db" in problem.spec.goals else None
    top = 1.15 * max(highest, limit or 0.0)
    return _figure(traces, shapes, "frequency, GHz", "noise figure, dB", y=[0, top])


def _smith(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    frequency = _giga(problem)
    inside = (frequency >= problem.bench.band[0] / 1e9 * 0.98) & (frequency <= problem.bench.band[1] / 1e9 * 1.02)
    traces = []
    for design, colour in zip(designs, _colours(designs), strict=True):
        s = scattering(design.curves["wide"])
        for name, gamma, dash in (("S11", s[:, 0, 0], "solid"), ("S22", s[:, 1, 1], "dot")):
            for part, width in ((slice(None), 1), (inside, 5)):
                z = (1 + gamma[part]) / (1 - gamma[part])
                traces.append(
                    {
                        "type": "scattersmith",
                        "mode": "lines",
                        "real": _rounded(z.real),
                        "imag": _rounded(z.imag),
                        "name": f"{design.rank} {name}",
                        "legendgroup": f"{design.rank} {name}",
                        "showlegend": width == 1,
                        "line": {"color": colour, "width": width, "dash": dash if width == 1 else "solid"},
                    }
                )
    return {"data": traces, "layout": {"height": 560, "margin": {"t": 20}, "legend": {"x": 1.02}}}


def _stability(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    traces = []
    for design, colour in zip(designs, _colours(designs), strict=True):
        s = scattering(design.curves["wide"])
        traces.append(_line(_giga(problem), np.minimum(rollett(s), 1e4), design, colour, "solid", "K"))
        traces.append(_line(_giga(problem), edwards_mu(s), design, colour, "dot", "mu"))
    below = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 1e-3,
        "y1": 1,
        "fillcolor": _SHADE,
        "line": {"width": 0},
    }
    figure = _figure(traces, [below, _band(problem)], "frequency, GHz", "K, mu", logarithmic=True)
    figure["layout"]["yaxis"] |= {"type": "log", "range": [-0.3, 4]}
    return figure


def _giga(problem: SizingProblem) -> np.ndarray:
    return problem.bench.survey().sweep().frequencies() / 1e9


def _colours(designs: Sequence[Design]) -> list[str]:
    return [COLOURS[(design.rank - 1) % len(COLOURS)] for design in designs]


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _line(x: np.ndarray, y: np.ndarray, design: Design, colour: str, dash: str, name: str) -> Figure:
    label = f"{design.rank} {name}"
    line = {"color": colour, "dash": dash, "width": 2}
    return {"type": "scatter", "mode": "lines", "x": _rounded(x), "y": _rounded(y), "name": label, "line": line}


def _band(problem: SizingProblem) -> Figure:
    low, high = (edge / 1e9 for edge in problem.bench.band)
    box = {"type": "rect", "yref": "paper", "x0": low, "x1": high, "y0": 0, "y1": 1, "fillcolor": _BAND}
    return {**box, "line": {"width": 0}, "layer": "below"}


def _forbidden(problem: SizingProblem, goal: Goal | None, low: float | None, high: float | None) -> list[Figure]:
    """The area within the band that a limit forbids: from `low` up to the minimum, or from the maximum to `high`."""
    if goal is None:
        return []
    edges = (low, goal.minimum) if low is not None else (goal.maximum, high)
    if None in edges:
        return []
    left, right = (edge / 1e9 for edge in problem.bench.band)
    box = {"type": "rect", "x0": left, "x1": right, "y0": edges[0], "y1": edges[1], "fillcolor": _SHADE}
    return [{**box, "line": {"width": 1, "color": "rgba(200, 60, 60, 0.5)"}}]


def _figure(
    traces: list[Figure],
    shapes: list[Figure],
    x: str,
    y_title: str,
    logarithmic: bool = False,
    y: Sequence[float] | None = None,
) -> Figure:
    x_axis: Mapping[str, Any] = {"title": {"text": x}, "type": "log" if logarithmic else "linear"}
    y_axis: dict[str, Any] = {"title": {"text": y_title}, **({"range": list(y)} if y else {})}
    return {"data": traces, "layout": {"xaxis": dict(x_axis), "yaxis": y_axis, "shapes": shapes, "height": 420}}
