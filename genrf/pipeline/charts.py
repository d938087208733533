"""Figures that have nothing to do with what was designed: convergence of the search, dies of a design."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from genrf.core import pareto
from genrf.core.results import Results
from genrf.core.spec import Goal, Metric
from genrf.core.yields import Dies
from genrf.pipeline.theme import GREY, INK, Figure, axis, key, ref

_CHECKPOINTS = 40
_MOST_HYPERVOLUME = 4  # objectives: the cost grows as n^(m-2)


def convergence(results: Results, known: Mapping[str, Metric]) -> Figure:
    """Over the simulations: best feasible value of each objective, hypervolume, and share of feasible designs.

    Without a feasible design: the least violation so far, alone.
    """
    feasible = np.flatnonzero(results.violation <= 0)
    if not len(feasible):
        return _multiples([_least_violation(results.violation)], len(results), _stage_ends(results))
    objectives, marks = results.spec.objectives, np.linspace(0, len(results), _CHECKPOINTS + 1).astype(int)
    plots = [
        (_best_so_far(f, feasible, goal), axis(f"best {goal.metric}", known[goal.metric].unit))
        for goal, f in zip(objectives, results.F.T, strict=True)
    ]
    from_zero = {"rangemode": "tozero"}
    if 1 < len(objectives) <= _MOST_HYPERVOLUME:
        volumes = _volumes(results.F, results.violation, marks)
        plots.append(({"x": marks[1:], "y": volumes}, {**axis("hypervolume of the front", ""), **from_zero}))
    shares = 100.0 * np.diff(np.searchsorted(feasible, marks)) / np.maximum(np.diff(marks), 1)
    plots.append(
        ({"x": marks[1:], "y": shares, "line": {"shape": "vh"}}, {**axis("feasible designs", "%"), **from_zero})
    )
    return _multiples(plots, len(results), _stage_ends(results))


def _best_so_far(f: Float[np.ndarray, "n"], feasible: Int[np.ndarray, "k"], goal: Goal) -> Figure:
    sign = -1.0 if goal.objective == "maximize" else 1.0
    return _staircase(feasible, sign * np.minimum.accumulate(f[feasible]), len(f))


def _staircase(places: Int[np.ndarray, "k"], best: Float[np.ndarray, "k"], end: int) -> Figure:
    """The steps of what changes after few of its many `places`, and its end."""
    steps, last = np.flatnonzero(np.diff(best, prepend=np.nan)), best[-1:]
    x, y = np.append(places[steps] + 1, np.full(len(last), end)), np.append(best[steps], last)
    return {"x": x, "y": y, "line": {"shape": "hv"}}


def _least_violation(violation: Float[np.ndarray, "n"]) -> tuple[Figure, Figure]:
    measured = np.flatnonzero(np.isfinite(violation))
    least = np.minimum.accumulate(violation[measured])
    return _staircase(measured, least, len(violation)), {**axis("least violation", ""), "type": "log", "dtick": "D2"}


def _volumes(
    F: Float[np.ndarray, "n m"], violation: Float[np.ndarray, "n"], marks: Int[np.ndarray, "c"]
) -> list[float]:
    """Hypervolume at each checkpoint, as a share of the box from the last front's ideal to 1.1 times its range."""
    last = F[pareto.front(F, violation)]
    low, span = last.min(axis=0), np.ptp(last, axis=0)
    scaled = (F - low) / np.where(span > 0, span, 1.0)
    reference = np.full(F.shape[1], 1.1)
    volumes, kept = [], scaled[:0]
    for begin, end in pairwise(marks):  # each front from the one before it: the rest is dominated for good
        kept = np.vstack([kept, scaled[begin:end][violation[begin:end] <= 0]])
        kept = kept[pareto.front(kept, np.zeros(len(kept)))]
        volumes.append(pareto.hypervolume(kept, reference) / float(np.prod(reference)))
    return volumes


def _stage_ends(results: Results) -> list[int]:
    """After how many designs the next stage began."""
    stages = [row.stage for row in results]
    return [place for place, (before, after) in enumerate(pairwise(stages), start=1) if before != after]


def _multiples(plots: Sequence[tuple[Figure, Figure]], count: int, ends: Sequence[int]) -> Figure:
    """Small plots in rows of three over the number of simulations, with a dotted line where a stage ended."""
    columns = min(3, len(plots))
    rows = -(-len(plots) // columns)
    layout: Figure = {"grid": {"rows": rows, "columns": columns, "pattern": "independent", "xgap": 0.28, "ygap": 0.3}}
    layout |= {"height": 60 + 230 * rows, "showlegend": False, "shapes": []}
    traces = []
    for place, (trace, described) in enumerate(plots, start=1):
        x, y = ref("x", place), ref("y", place)
        line = {"color": INK, "width": 1.6, **trace.get("line", {})}
        traces.append({"type": "scatter", "mode": "lines", **trace, "xaxis": x, "yaxis": y, "line": line})
        title = {"text": "simulations"} if place > len(plots) - columns else {}
        layout |= {key("x", place): {"title": title, "range": [0, count]}, key("y", place): described}
        layout["shapes"] += [
            {"type": "line", "xref": x, "x0": end, "x1": end, "yref": f"{y} domain", "y0": 0, "y1": 1,
             "line": {"color": GREY, "width": 1, "dash": "dot"}}
            for end in ends
        ]  # fmt: skip
    return {"data": traces, "layout": layout}


def histograms(dies: Dies, known: Mapping[str, Metric]) -> Figure:
    """How many dies came out where, goal by goal; red is what a limit forbids."""
    goals = [goal for goal in dies.spec.goals.values() if any(goal.metric in metrics for metrics in dies.metrics)]
    columns = min(3, len(goals))
    rows = -(-len(goals) // max(columns, 1))
    layout: Figure = {"grid": {"rows": rows, "columns": columns}, "height": 200 * rows, "showlegend": False}
    traces, shapes = [], []
    for place, goal in enumerate(goals, start=1):
        found = np.array([metrics[goal.metric] for metrics in dies.metrics if goal.metric in metrics])
        counts, edges = np.histogram(found, _edges(found, goal))
        x, y = ref("x", place), ref("y", place)
        low, high = _around(edges, goal)
        described = {**axis(goal.metric, known[goal.metric].unit), "range": [low, high]}
        layout |= {key("x", place): described, key("y", place): {"title": {"text": "dies"}}}
        bar = {"x": 0.5 * (edges[1:] + edges[:-1]), "y": counts, "width": float(edges[1] - edges[0])}
        traces.append({"type": "bar", **bar, "xaxis": x, "yaxis": y, "hovertemplate": "about %{x:.4g}: %{y:.6g} dies"})
        limits = [(low, goal.minimum)] if goal.minimum is not None and goal.minimum > low else []
        limits += [(goal.maximum, high)] if goal.maximum is not None and goal.maximum < high else []
        shapes += [
            {"type": "rect", "xref": x, "x0": a, "x1": b, "yref": f"{y} domain", "y0": 0, "y1": 1} for a, b in limits
        ]
    return {"data": traces, "layout": {**layout, "shapes": shapes}}


def _edges(found: Float[np.ndarray, "n"], goal: Goal) -> Float[np.ndarray, "e"]:
    """Of equal bins over `found`, none of which lies on both sides of the limit there, the lower one of two."""
    middle, half = 0.5 * (found.max() + found.min()), 0.5 * np.ptp(found)
    half = max(half, 1e-4 * abs(middle), 1e-12)  # narrower than that, all dies are one value
    bins = min(20, max(5, round(len(found) ** 0.5)))
    edges = np.linspace(middle - half, middle + half, bins + 1)
    for limit in (goal.minimum, goal.maximum):
        if limit is not None and edges[0] < limit < edges[-1]:
            step = edges[1] - edges[0]
            down, up = np.ceil((limit - edges[0]) / step), np.ceil((edges[-1] - limit) / step)
            return np.asarray(limit + step * np.arange(-down, up + 1))
    return edges


def _around(edges: Float[np.ndarray, "n"], goal: Goal) -> tuple[float, float]:
    """A little more than the histogram, up to a limit that is no farther than three times its width."""
    low, high = float(edges[0]), float(edges[-1])
    near = 3.0 * (high - low)
    limits = [limit for limit in (goal.minimum, goal.maximum) if limit is not None and low - near < limit < high + near]
    low, high = min(low, *limits, low), max(high, *limits, high)
    margin = 0.08 * (high - low)
    return low - margin, high + margin
