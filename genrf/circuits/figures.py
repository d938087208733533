"""An amplifier's own figures for the report: S-parameters, noise figure, Smith chart and stability over frequency.

A trace's `legendgroup` is the id of its design; the report gives each design its colour by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.intercept_figure import intercepts
from genrf.circuits.measure import decibel, edwards_mu, noise_figure, rollett, scattering
from genrf.circuits.noise_chart import ring, source_plane
from genrf.circuits.noise_sources import noise_sources
from genrf.circuits.stability_chart import stability_circles
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal
from genrf.core.units import engineering

if TYPE_CHECKING:
    from genrf.circuits.amplifier import AmplifierBench

Figure = dict[str, Any]

_BAND = {"fillcolor": "var(--band)", "line": {"width": 0}}
_SHOWN_DB = 60.0  # below the highest value; a reader has no use for deeper notches
_S = (("S_2_1", "S21", "gain_db"), ("S_1_1", "S11", "s11_db"), ("S_2_2", "S22", "s22_db"), ("S_1_2", "S12", "s12_db"))


def panels(bench: "AmplifierBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
    """The figures of all surveyed designs together; none when no design was surveyed."""
    drawn = [design for design in designs if design.curves]
    if not drawn:
        return []
    return [
        s_parameters(bench, goals, drawn),
        Panel(
            "Noise figure",
            _noise(drawn, _grids(bench)["noise"], goals.get("nf_db")),
            "Noise figure over the band for a source of 50 ohm at 290 K; the red area lies beyond the limit.",
        ),
        match(bench, goals, drawn),
        Panel(
            "Source match for noise and gain",
            source_plane(drawn),
            "The source's reflection at the centre of the band, in 50 ohm: crosses mark each design's best source for "
            "noise; circles of constant noise figure (blue) and available gain (brown) are those of the first one.",
        ),
        stability(bench, goals, drawn),
        *circles(bench, drawn),
        *intercepts(drawn),
        *_sources(bench, drawn),
    ]


def _sources(bench: "AmplifierBench", designs: Sequence[Design]) -> Iterator[Panel]:
    """Of one design alone, which elements its noise comes from."""
    if len(designs) == 1 and designs[0].curves.get("noise_sources"):
        yield noise_sources(
            "Sources of noise",
            designs[0].curves["noise_sources"],
            (),
            f"Shares of the noise at the output, {engineering(bench.given['centre'], 'Hz')}, by the elements of the "
            "netlist; source is the 50 ohm of the input at 290 K. Without the correlation of gate and channel noise.",
        )


def s_parameters(bench: "AmplifierBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> Panel:
    """The four S-parameters around the band."""
    return Panel(
        "S-parameters",
        _s_parameters(designs, _grid(bench.survey().analyses["wide"]), bench.band, goals),
        "S-parameters in 50 ohm: the band is blue, and a curve must stay out of the red areas there.",
    )


def match(bench: "AmplifierBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> Panel:
    """The reflections of both ports on the Smith chart, around the band and within it."""
    limited = any(name in goals and goals[name].maximum is not None for name in ("s11_db", "s22_db"))
    within = "; inside the red circle the match meets the spec, and" if limited else ";"
    return Panel(
        "Input and output match",
        _smith(designs, _grids(bench), goals),
        f"Input (left) and output (right) reflection, thick within the band{within} the numbers stand at the centre of "
        "the band.",
    )


def circles(bench: "AmplifierBench", designs: Sequence[Design]) -> list[Panel]:
    """Of one design alone, its stability circles."""
    grids = _grids(bench)
    return [stability_circles(grids["band"], grids["wide"], designs[0])] if len(designs) == 1 else []


def stability(bench: "AmplifierBench", goals: Mapping[str, Goal], designs: Sequence[Design]) -> Panel:
    """K and mu around the band."""
    low, high = bench.strict().stability
    checked = f"{engineering(low, 'Hz')} to {engineering(high, 'Hz')}"
    return Panel(
        "Stability",
        _stability(designs, _grid(bench.survey().analyses["wide"]), bench.band, goals),
        f"Rollett's K and mu of Edwards and Sinsky; the red area lies beyond the limit. Drawn around the band; the "
        f"limits were checked from {checked}, where the lowest value may lie outside the drawing.",
    )


def _grids(bench: "AmplifierBench") -> Mapping[str, Float[np.ndarray, "n"]]:
    return {name: _grid(analysis) for name, analysis in bench.survey().analyses.items() if hasattr(analysis, "grid")}


def _grid(analysis: Any) -> Float[np.ndarray, "n"]:
    return np.asarray(analysis.grid.frequencies())


def _s_parameters(
    designs: Sequence[Design], f: Float[np.ndarray, "n"], band: tuple[float, float], goals: Mapping[str, Goal]
) -> Figure:
    traces: list[Figure] = []
    layout: Figure = {"height": 620, "shapes": []}
    layout["grid"] = {"rows": 2, "columns": 2, "pattern": "independent", "xgap": 0.14, "ygap": 0.2}
    for place, (vector, name, metric) in enumerate(_S, start=1):
        curves = [decibel(design.curves["wide"][vector]) for design in designs]
        traces += [
            _line(design, f, curve, place, "%{x:.4s}Hz: %{y:.2f} dB")
            for design, curve in zip(designs, curves, strict=True)
        ]
        low, high = _range(curves, goals.get(metric))
        layout |= {
            _key("x", place): _frequency(f),
            _key("y", place): {"title": {"text": f"{name} in dB"}, "range": [low, high]},
        }
        layout["shapes"].append(_stripe(band, place))
        layout["shapes"] += _limits(goals.get(metric), low, high, place, band)
    return {"data": traces, "layout": layout}


def _range(curves: Sequence[Float[np.ndarray, "n"]], goal: Goal | None) -> tuple[float, float]:
    """From the highest value down to the lowest, but not further than is of use; limits are always in sight."""
    limits = [limit for limit in (goal.minimum, goal.maximum) if limit is not None] if goal else []
    high = max([float(np.max(curve)) for curve in curves] + limits)
    low = max(min([float(np.min(curve)) for curve in curves] + limits), high - _SHOWN_DB)
    return low - 3.0, high + 3.0


def _noise(designs: Sequence[Design], f: Float[np.ndarray, "n"], goal: Goal | None) -> Figure:
    curves = [noise_figure(design.curves["noise"]["inoise_spectrum"]) for design in designs]
    traces = [
        _line(design, f, curve, 1, "%{x:.5s}Hz: %{y:.3f} dB") for design, curve in zip(designs, curves, strict=True)
    ]
    limit = goal.maximum if goal and goal.maximum is not None else 0.0
    high = 1.12 * max(limit, *(float(np.max(curve)) for curve in curves))
    x = {"title": {"text": "frequency"}, "tickformat": ".5~s", "ticksuffix": "Hz", "range": [f[0], f[-1]], "nticks": 8}
    y = {"title": {"text": "noise figure in dB"}, "range": [0.0, high]}
    return {
        "data": traces,
        "layout": {"height": 320, "xaxis": x, "yaxis": y, "shapes": list(_limits(goal, 0.0, high, 1))},
    }


def _smith(designs: Sequence[Design], grids: Mapping[str, np.ndarray], goals: Mapping[str, Goal]) -> Figure:
    traces: list[Figure] = []
    for place, (vector, name, metric) in enumerate(_S[1:3], start=1):
        subplot = "smith" if place == 1 else "smith2"
        goal = goals.get(metric)
        if goal and goal.maximum is not None:
            traces.append(_circle(10.0 ** (goal.maximum / 20.0), subplot))
        for design in designs:
            wide, band = (design.curves[analysis][vector] for analysis in ("wide", "band"))
            hover = f"{name} at %{{text}}<br>z = %{{real:.3f}} + %{{imag:.3f}}j"
            traces.append(_reflection(design, wide, grids["wide"], subplot, hover, {"width": 1.0}, legend=False))
            traces.append(
                _reflection(design, band, grids["band"], subplot, hover, {"width": 4.0, "dash": "solid"}, place == 1)
            )
            traces.append(_badge(design, band[len(band) // 2], subplot))
    sides = {"smith": {"title": {"text": "S11"}}, "smith2": {"title": {"text": "S22"}}}
    return {"data": traces, "layout": {"height": 560, **sides}}


def _impedance(gamma: Complex[np.ndarray, "n"]) -> Complex[np.ndarray, "n"]:
    """The impedance z = (1 + gamma) / (1 - gamma); NaN outside the chart, where the port would give power back."""
    inside = np.abs(gamma) < 1.0 - 1e-9
    return np.where(inside, (1.0 + gamma) / np.where(inside, 1.0 - gamma, 1.0), np.nan)


def _reflection(
    design: Design, gamma: np.ndarray, f: np.ndarray, subplot: str, hover: str, line: Figure, legend: bool
) -> Figure:
    z = _impedance(gamma)
    return {
        **_named(design), "type": "scattersmith", "mode": "lines", "subplot": subplot, "real": z.real, "imag": z.imag,
        "text": _labels(tuple(f.tolist())), "hovertemplate": hover, "line": line, "showlegend": legend,
    }  # fmt: skip


@lru_cache(8)
def _labels(f: tuple[float, ...]) -> list[str]:
    """Frequencies in words; all designs of a page have the same few grids."""
    return [engineering(at, "Hz") for at in f]


def _badge(design: Design, gamma: complex, subplot: str) -> Figure:
    z = _impedance(np.array([gamma]))
    return {
        **_named(design), "type": "scattersmith", "mode": "markers+text", "subplot": subplot, "real": z.real,
        "imag": z.imag, "text": [str(design.rank or "")], "textfont": {"size": 10}, "hoverinfo": "skip",
        "marker": {"size": 15, "line": {"width": 1, "color": "var(--paper)"}}, "showlegend": False,
    }  # fmt: skip


def _circle(radius: float, subplot: str) -> Figure:
    """All reflections of one magnitude."""
    return {
        "type": "scattersmith", "mode": "lines", "subplot": subplot, **ring(0j, radius),
        "line": {"color": "var(--limit)", "width": 1.2}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _stability(
    designs: Sequence[Design], f: Float[np.ndarray, "n"], band: tuple[float, float], goals: Mapping[str, Goal]
) -> Figure:
    grid = {"rows": 1, "columns": 2, "pattern": "independent", "xgap": 0.14}
    layout: Figure = {"height": 360, "grid": grid, "shapes": [_stripe(band, 1), _stripe(band, 2)]}
    traces: list[Figure] = []
    for design in designs:
        s = scattering(design.curves["wide"])
        traces += [
            _line(design, f, rollett(s), 1, "%{x:.4s}Hz: K %{y:.4g}"),
            _line(design, f, edwards_mu(s), 2, "%{x:.4s}Hz: mu %{y:.5g}"),
        ]
    for place, (name, metric) in enumerate((("K", "k_factor"), ("mu", "mu")), start=1):
        curves = [trace["y"] for trace in traces[place - 1 :: 2]]
        low, high, scale = _stable_range(curves, goals.get(metric), log=metric == "k_factor")
        layout |= {_key("x", place): _frequency(f), _key("y", place): {"title": {"text": name}, **scale}}
        layout["shapes"] += _limits(goals.get(metric), low, high, place)
    return {"data": traces, "layout": layout}


def _stable_range(
    curves: Sequence[Float[np.ndarray, "n"]], goal: Goal | None, log: bool
) -> tuple[float, float, Figure]:
    """Low and high end of the axis, and the axis itself; K spans decades, mu stays near 1."""
    limit = goal.minimum if goal and goal.minimum is not None else 1.0
    lowest, highest = min(limit, *(float(np.min(c)) for c in curves)), max(limit, *(float(np.max(c)) for c in curves))
    if log and lowest > 0:
        low, high = 0.7 * lowest, min(1.4 * highest, 1e3 * limit)
        return low, high, {"type": "log", "range": [np.log10(low), np.log10(high)], "dtick": 1}
    highest = min(highest, limit + 1.0)  # what matters is how near the limit is
    margin = 0.08 * (highest - lowest) or 0.1
    return lowest - margin, highest + margin, {"range": [lowest - margin, highest + margin]}


def _line(design: Design, x: np.ndarray, y: np.ndarray, place: int, hover: str) -> Figure:
    return {
        **_named(design), "type": "scatter", "mode": "lines", "x": x, "y": y, "hovertemplate": hover,
        "xaxis": _ref("x", place), "yaxis": _ref("y", place), "showlegend": place == 1, "line": {"width": 1.7},
    }  # fmt: skip


def _named(design: Design) -> Figure:
    return {"name": escape(design.label), "legendgroup": design.id}


def _frequency(f: Float[np.ndarray, "n"]) -> Figure:
    """A logarithmic axis with ticks at 1, 2, 5."""
    decades = 10.0 ** np.arange(np.floor(np.log10(f[0])), np.ceil(np.log10(f[-1])) + 1)
    ticks = [tick for decade in decades for tick in (decade, 2 * decade, 5 * decade) if f[0] <= tick <= f[-1] * 1.01]
    return {
        "title": {"text": "frequency"}, "type": "log", "range": [np.log10(f[0]), np.log10(f[-1])],
        "tickvals": ticks, "ticktext": [engineering(tick, "Hz") for tick in ticks],
    }  # fmt: skip


def _stripe(band: tuple[float, float], place: int) -> Figure:
    """The band, from bottom to top."""
    x, y = _ref("x", place), _ref("y", place)
    return {"type": "rect", "xref": x, "x0": band[0], "x1": band[1], "yref": f"{y} domain", "y0": 0, "y1": 1, **_BAND}


def _limits(
    goal: Goal | None, low: float, high: float, place: int, band: tuple[float, float] | None = None
) -> Iterator[Figure]:
    """What `goal` forbids between `low` and `high`: in the band, or at all frequencies."""
    x = _ref("x", place)
    across: Figure = {"xref": f"{x} domain", "x0": 0, "x1": 1}
    if band:
        across = {"xref": x, "x0": band[0], "x1": band[1]}
    if goal and goal.minimum is not None and low < goal.minimum:
        yield {"type": "rect", **across, "yref": _ref("y", place), "y0": low, "y1": goal.minimum}
    if goal and goal.maximum is not None and goal.maximum < high:
        yield {"type": "rect", **across, "yref": _ref("y", place), "y0": goal.maximum, "y1": high}


def _ref(letter: str, number: int) -> str:
    return letter if number == 1 else f"{letter}{number}"


def _key(letter: str, number: int) -> str:
    return f"{letter}axis" if number == 1 else f"{letter}axis{number}"
