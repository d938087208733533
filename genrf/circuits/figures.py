"""What the report shows of chosen amplifiers: gain, reflection, noise figure, Smith chart, stability.

Figures are plotly's plain dictionaries. A trace names its design in `legendgroup`; the report gives it the design's
colour. Shapes without a style are drawn as what a limit forbids.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from genrf.circuits.measure import decibel, edwards_mu, noise_figure, rollett, scattering
from genrf.circuits.problem import SizingProblem
from genrf.core.problem import Design, Panel

Figure = dict[str, Any]
Curve = Callable[[Design], np.ndarray]
_BAND = {"yref": "paper", "y0": 0, "y1": 1, "fillcolor": "rgba(107,119,133,0.14)", "line": {"width": 0}}
_HIGHEST_K = 1e4  # beyond this K says only that hardly anything comes back


def panels(problem: SizingProblem, designs: Sequence[Design]) -> list[Panel]:
    """Figures over the designs that have curves; none without any."""
    drawn = [design for design in designs if design.curves is not None]
    if not drawn:
        return []
    return [
        Panel("Gain", _gain(problem, drawn), "S21. Grey is the band; red is what the spec forbids in it."),
        Panel(
            "Reflection",
            _reflection(problem, drawn),
            "S11 solid, S22 dotted. Red is what the spec forbids in the band.",
        ),
        Panel("Noise figure", _noise(problem, drawn), "In the band, for a source of 50 ohm at 290 K."),
        Panel(
            "Smith chart",
            _smith(problem, drawn),
            "S11 solid, S22 dotted, one octave around the band; the band is bold.",
        ),
        Panel(
            "Stability",
            _stability(problem, drawn),
            "Rollett's K solid, mu of Edwards and Sinsky dotted; both above 1 is unconditional stability. The numbers "
            "in the tables are the lowest over the whole stability band of the verification.",
        ),
    ]


def _gain(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    traces = _traces(designs, _wide(problem), "S21", lambda d: decibel(scattering(d.curves["wide"])[:, 1, 0]))
    limits = [_edge(problem, "gain_db", "minimum", -60.0)]
    return _figure(traces, [_band(problem), *limits], _frequency(), {"title": {"text": "dB"}, "range": [-30, 30]})


def _reflection(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    traces = [
        *_traces(designs, _wide(problem), "S11", lambda d: decibel(scattering(d.curves["wide"])[:, 0, 0])),
        *_traces(designs, _wide(problem), "S22", lambda d: decibel(scattering(d.curves["wide"])[:, 1, 1]), dash="dot"),
    ]
    limits = [_edge(problem, name, "maximum", 5.0) for name in ("s11_db", "s22_db")]
    return _figure(traces, [_band(problem), *limits], _frequency(), {"title": {"text": "dB"}, "range": [-35, 2]})


def _noise(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    noise = problem.bench.survey().analyses["noise"]
    frequency = noise.grid.frequencies() / 1e9  # type: ignore[union-attr]
    traces = _traces(designs, frequency, "NF", lambda d: noise_figure(d.curves["noise"]["inoise_spectrum"]))
    limit = _limit(problem, "nf_db", "maximum")
    highest = max(float(np.max(trace["y"])) for trace in traces)
    y = {"title": {"text": "noise figure in dB"}, "range": [0, 1.2 * max(highest, limit or 0.0)]}
    return _figure(traces, [_edge(problem, "nf_db", "maximum", 99.0)], _frequency("linear"), y)


def _smith(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    frequency, (low, high) = _wide(problem), (edge / 1e9 for edge in problem.bench.band)
    around = (frequency > low / 2) & (frequency < high * 2)
    inside = (frequency >= low * 0.99) & (frequency <= high * 1.01)
    traces = []
    for design in designs:
        s = scattering(design.curves["wide"])
        for name, port, dash in (("S11", 0, "solid"), ("S22", 1, "dot")):
            for part, width in ((around, 1.5), (inside, 6)):
                gamma = s[part, port, port]
                z = (1 + gamma) / (1 - gamma)
                trace = {"type": "scattersmith", "mode": "lines", "real": z.real, "imag": z.imag}
                style = {"width": width, "dash": dash if width < 2 else "solid"}
                traces.append({**trace, **_named(design, name), "line": style, "showlegend": width < 2})
    layout = {"height": 560, "smith": {"domain": {"x": [0.1, 0.9], "y": [0, 1]}}, "margin": {"t": 90, "b": 20}}
    return {"data": traces, "layout": layout}


def _stability(problem: SizingProblem, designs: Sequence[Design]) -> Figure:
    frequency = _wide(problem)
    traces = [
        *_traces(designs, frequency, "K", lambda d: np.minimum(rollett(scattering(d.curves["wide"])), _HIGHEST_K)),
        *_traces(designs, frequency, "mu", lambda d: edwards_mu(scattering(d.curves["wide"])), dash="dot"),
    ]
    unstable = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": 1e-3, "y1": 1}
    y = {"title": {"text": "K, mu"}, "type": "log", "range": [-0.3, 4], "dtick": 1}
    return _figure(traces, [unstable, _band(problem)], _frequency(), y)


def _wide(problem: SizingProblem) -> np.ndarray:
    """Frequencies of the surveyed S-parameters, in GHz."""
    return problem.bench.survey().sweep().frequencies() / 1e9


def _traces(designs: Sequence[Design], x: np.ndarray, name: str, y: Curve, dash: str = "solid") -> list[Figure]:
    line = {"type": "scatter", "mode": "lines", "x": x}
    return [{**line, "y": y(d), **_named(d, name), "line": {"dash": dash, "width": 2}} for d in designs]


def _named(design: Design, name: str) -> Figure:
    return {"name": f"{design.rank} {name}", "legendgroup": design.id}


def _frequency(kind: str = "log") -> Figure:
    ticks = {"tickvals": [0.6, 1, 2, 3, 4, 5, 6, 8, 10, 20, 40]} if kind == "log" else {}
    return {"title": {"text": "frequency in GHz"}, "type": kind, **ticks}


def _figure(traces: list[Figure], shapes: Sequence[Figure | None], x: Figure, y: Figure) -> Figure:
    kept = [shape for shape in shapes if shape is not None]
    return {"data": traces, "layout": {"xaxis": x, "yaxis": y, "shapes": kept, "height": 400}}


def _band(problem: SizingProblem) -> Figure:
    low, high = (edge / 1e9 for edge in problem.bench.band)
    return {"type": "rect", "x0": low, "x1": high, **_BAND}


def _limit(problem: SizingProblem, metric: str, side: str) -> float | None:
    goal = problem.spec.goals.get(metric)
    return None if goal is None else getattr(goal, side)


def _edge(problem: SizingProblem, metric: str, side: str, far: float) -> Figure | None:
    """The area within the band from a limit to `far`, which the spec forbids; None without that limit."""
    limit = _limit(problem, metric, side)
    if limit is None:
        return None
    low, high = (edge / 1e9 for edge in problem.bench.band)
    return {"type": "rect", "x0": low, "x1": high, "y0": limit, "y1": far}
