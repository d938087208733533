"""The report's own figures, for any problem: the front, and how the search came to it."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from genrf.core import pareto
from genrf.core.problem import Panel
from genrf.core.results import Results, Row
from genrf.core.spec import Goal
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome

_FAINT = 1500  # feasible designs drawn behind the front
_MARKS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
Figure = dict[str, Any]


def front(outcome: Outcome) -> list[Panel]:
    """One panel per pair of objectives: all feasible designs faintly, the verified front, the chosen designs by rank."""
    objectives = outcome.results.spec.objectives
    feasible = [row for row in outcome.results if row.feasible]
    if len(objectives) < 2 or not feasible:
        return []
    faint = feasible[:: max(1, len(feasible) // _FAINT)]
    pairs = [_pair(outcome, faint, a, b) for a, b in combinations(objectives, 2)]
    caption = (
        "Small grey points: feasible designs. Coloured: the verified front, by structure. Numbers: the chosen designs."
    )
    return [
        Panel(f"{a.metric} against {b.metric}", figure, caption)
        for (a, b), figure in zip(combinations(objectives, 2), pairs, strict=True)
    ]


def _pair(outcome: Outcome, faint: list[Row], a: Goal, b: Goal) -> Figure:
    traces = [_points(faint, a, b, "feasible", {"size": 3, "color": "#bbbbbb"}, hover=False)]
    names = sorted({row.structure for row in outcome.results})
    for place, name in enumerate(names):
        rows = [row for row in outcome.front if row.structure == name]
        mark = {"size": 8, "color": _COLOURS[place % 6], "symbol": _MARKS[place % 6]}
        if rows:
            traces.append(_points(rows, a, b, name, mark))
    chosen = {
        "type": "scatter",
        "mode": "text",
        "x": [d.metrics[a.metric] for d in outcome.designs],
        "y": [d.metrics[b.metric] for d in outcome.designs],
        "text": [f"<b>{d.rank}</b>" for d in outcome.designs],
        "textposition": "top center",
        "textfont": {"size": 15},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    layout = {"xaxis": {"title": {"text": _axis(a)}}, "yaxis": {"title": {"text": _axis(b)}}, "height": 420}
    return {"data": [*traces, chosen], "layout": layout}


def _axis(goal: Goal) -> str:
    wanted = "higher is better" if goal.objective == "maximize" else "lower is better"
    return f"{goal.metric} ({wanted}" + (f", limit {goal.limits()})" if goal.limits() else ")")


def _points(rows: list[Row], a: Goal, b: Goal, name: str, marker: Figure, hover: bool = True) -> Figure:
    trace = {
        "type": "scattergl" if len(rows) > 500 else "scatter",
        "mode": "markers",
        "x": [_short(row.metrics[a.metric]) for row in rows],
        "y": [_short(row.metrics[b.metric]) for row in rows],
        "name": name,
        "marker": marker,
    }
    if not hover:
        return {**trace, "hoverinfo": "skip"}
    return {**trace, "text": [_told(row) for row in rows], "hovertemplate": "%{text}<extra></extra>"}


def _told(row: Row) -> str:
    lines = [f"{name} {value:.4g}" for name, value in row.metrics.items() if "@" not in name]
    return "<br>".join([f"{row.parent or row.id} {row.structure}", *lines])


def convergence(outcome: Outcome) -> list[Panel]:
    """Hypervolume and best feasible values over the number of simulations."""
    results = outcome.results
    if not any(row.feasible for row in results):
        return []
    marks = np.unique(np.linspace(1, len(results), 40, dtype=int))
    volume = _volumes(results, marks)
    shown = {
        "type": "scatter",
        "mode": "lines",
        "x": marks.tolist(),
        "y": [_short(v) for v in volume],
        "name": "hypervolume",
    }
    traces: list[Figure] = [shown]
    for place, goal in enumerate(results.spec.objectives, start=2):
        best = _best_so_far(results, goal, marks)
        traces.append({**shown, "y": best, "name": f"best {goal.metric}", "yaxis": f"y{place}"})
    layout: Figure = {"xaxis": {"title": {"text": "simulated designs"}}, "height": 160 + 110 * len(traces)}
    layout["grid"] = {
        "rows": len(traces),
        "columns": 1,
        "subplots": [[f"xy{i if i > 1 else ''}"] for i in range(1, len(traces) + 1)],
    }
    for place, trace in enumerate(traces, start=1):
        layout[f"yaxis{place if place > 1 else ''}"] = {"title": {"text": trace["name"].replace("best ", "")}}
    layout["showlegend"] = False
    caption = (
        "The share of the objective space that the designs dominate, and the best feasible value of each objective."
    )
    return [Panel("Convergence", {"data": traces, "layout": layout}, caption)]


def _volumes(results: Results, marks: np.ndarray) -> list[float]:
    """Hypervolume after each number of simulations, as a share of the box between ideal and worst feasible values."""
    feasible = results.violation <= 0
    low, high = results.F[feasible].min(axis=0), results.F[feasible].max(axis=0)
    scaled = (results.F - low) / np.where(high > low, high - low, 1.0)
    reference = np.full(scaled.shape[1], 1.0 + 1e-9)
    archive, start, volumes = np.empty((0, scaled.shape[1])), 0, []
    for mark in marks:
        new = scaled[start:mark][feasible[start:mark]]
        archive = np.vstack([archive, new])
        archive = archive[pareto.front(archive, np.zeros(len(archive)))] if len(archive) else archive
        volumes.append(pareto.hypervolume(archive, reference))
        start = mark
    return volumes


def _best_so_far(results: Results, goal: Goal, marks: np.ndarray) -> list[float | None]:
    pick, worst = (np.maximum, -np.inf) if goal.objective == "maximize" else (np.minimum, np.inf)
    values = np.array([row.metrics[goal.metric] if row.feasible else worst for row in results])
    best = pick.accumulate(values)[marks - 1]
    return [_short(value) if np.isfinite(value) else None for value in best]


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def blocking(outcome: Outcome) -> list[Mapping[str, str]]:
    """For each limit: how many of the measured designs meet it, and the best value that was seen."""
    results, known = outcome.results, outcome.problems[0].metrics
    measured = [row for row in results if row.status == "ok"]
    table = []
    for goal in results.spec.goals.values() if measured else ():
        values = [row.metrics[goal.metric] for row in measured]
        met = sum(max(goal.excess(value), default=0.0) <= 0 for value in values)
        best = max(values) if goal.minimum is not None else min(values)
        table.append(
            {
                "metric": goal.metric,
                "wanted": goal.limits() or str(goal.objective),
                "met": f"{100 * met / len(values):.1f} %",
                "best": engineering(best, known[goal.metric].unit),
            }
        )
    return table
