"""The figures that every report has, whatever was designed: the front, and the convergence of the search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from genrf.core import pareto
from genrf.core.problem import Design
from genrf.core.results import Results
from genrf.core.spec import Goal, Metric
from genrf.core.units import UNSCALED
from genrf.pipeline.theme import GREY, INK, Figure, axis, colour, key, ref

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")  # structures
_MUTED = ("#4f79ab", "#a8763a", "#5d8f62", "#94619c", "#b0604a", "#4e8e95")
_FAINT = 2000  # points drawn of all that were measured
_CHECKPOINTS = 40
_MOST_HYPERVOLUME = 4  # objectives: the cost grows as n^(m-2)

Point = tuple[str, str, Mapping[str, float]]  # id, structure, metrics


def front(
    results: Results,
    verified: Results,
    designs: Sequence[Design],
    known: Mapping[str, Metric],
    corners: Sequence[str] = (),
) -> Figure | None:
    """Every pair of objectives as a triangle of scatter plots; None when the spec has but one goal.

    A single objective is shown against the first two other goals. Filled symbols meet the spec at all `corners`.
    Without a feasible design, what is drawn faintly are the designs that miss least.
    """
    goals = _drawn_goals(results)
    if len(goals) < 2:
        return None
    layers = [_measured(results, known), *_fronts(verified, results, known, corners), _chosen(designs, known)]
    scales = [_Scale.over(goal, layers, always=not len(verified)) for goal in goals]
    cells = [(column, row) for row in range(1, len(goals)) for column in range(row)]
    traces = [layer.trace(goals, cell) for layer in layers for cell in cells]
    shapes = [shape for cell in cells for shape in _forbidden(scales, *cell)]
    return {"data": traces, "layout": {**_triangle(scales, known), "shapes": shapes, "hovermode": "closest"}}


@dataclass(frozen=True)
class _Layer:
    """Points of one kind, to be drawn on every pair of axes."""

    name: str
    points: Sequence[Point]
    known: Mapping[str, Metric]
    style: Figure

    def values(self, metric: str) -> Float[np.ndarray, "n"]:
        return np.array([metrics.get(metric) for _, _, metrics in self.points], dtype=float)

    def trace(self, goals: Sequence[Goal], cell: tuple[int, int]) -> Figure:
        column, row = cell
        return {
            "type": "scatter",
            "mode": "markers",
            "name": escape(self.name),
            "legendgroup": escape(self.name),
            "showlegend": cell == (0, 1) and bool(self.points),
            "x": self.values(goals[column].metric),
            "y": self.values(goals[row].metric),
            "xaxis": ref("x", column + 1),
            "yaxis": ref("y", row),
            "customdata": [
                [escape(id), escape(where), *(m.get(k) for k in self.known)] for id, where, m in self.points
            ],
            "hovertemplate": self.hover(),
            **self.style,
        }

    def hover(self) -> str:
        lines = ["<b>%{customdata[0]}</b> %{customdata[1]}"]
        for place, (name, metric) in enumerate(self.known.items(), start=2):
            form = ".4g" if metric.unit in UNSCALED else ".4~s"
            lines.append(f"{escape(name)} %{{customdata[{place}]:{form}}} {escape(metric.unit)}")
        return "<br>".join(lines) + "<extra></extra>"


@dataclass(frozen=True)
class _Scale:
    """The range of a goal's axis."""

    goal: Goal
    low: float
    high: float

    @classmethod
    def over(cls, goal: Goal, layers: Sequence[_Layer], always: bool) -> "_Scale":
        """Over the points, without the cloud's outliers, and up to a limit that is near (or to it `always`)."""
        cloud, *exact = (layer.values(goal.metric) for layer in layers)
        kept = np.concatenate([np.percentile(cloud, [2, 98]) if len(cloud) else cloud, *exact])
        low, high = (float(kept.min()), float(kept.max())) if len(kept) else (0.0, 1.0)
        near = 0.2 * (high - low)
        for limit in (goal.minimum, goal.maximum):
            if limit is not None and (always or low - near < limit < high + near):
                low, high = min(low, limit), max(high, limit)
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
        return cls(goal, low - margin, high + margin)

    def forbidden(self) -> Iterator[tuple[float, float]]:
        """The stretches that the goal's limits rule out."""
        if self.goal.minimum is not None and self.goal.minimum > self.low:
            yield self.low, self.goal.minimum
        if self.goal.maximum is not None and self.goal.maximum < self.high:
            yield self.goal.maximum, self.high


def _drawn_goals(results: Results) -> tuple[Goal, ...]:
    objectives = results.spec.objectives
    others = [goal for goal in results.spec.goals.values() if goal not in objectives]
    return objectives if len(objectives) > 1 else (*objectives, *others[:2])


def _measured(results: Results, known: Mapping[str, Metric]) -> _Layer:
    """The cloud of measured designs."""
    cloud = [(row.id, row.structure, row.metrics) for row in (results.rows[i] for i in _cloud(results.violation))]
    name = "measured, feasible" if (results.violation <= 0).any() else "measured, nearest to feasible"
    return _Layer(name, cloud, known, {"marker": {"size": 4, "color": "rgba(107,119,133,0.28)"}})


def _fronts(
    verified: Results, results: Results, known: Mapping[str, Metric], corners: Sequence[str]
) -> Iterator[_Layer]:
    """The front by structure, and by whether the corners are met."""
    for place, structure in enumerate(dict.fromkeys(row.structure for row in results)):
        own = [row for row in verified if row.structure == structure]
        for robust in (True, False):
            rows = [row for row in own if results.spec.holds(row.metrics, corners) == robust]
            points = [(row.parent or row.id, structure, row.metrics) for row in rows]
            symbol = _SYMBOLS[place % len(_SYMBOLS)] + ("" if robust else "-open")
            hue = _MUTED[place % len(_MUTED)]
            look = {"symbol": symbol, "color": hue, "size": 7, "line": {"width": 1.4, "color": hue}}
            name = f"front: {structure}" + ("" if not corners else ", all corners met" if robust else ", nominal only")
            if points:
                yield _Layer(name, points, known, {"marker": look})


def _cloud(violation: Float[np.ndarray, "n"]) -> Int[np.ndarray, "k"]:
    feasible = np.flatnonzero(violation <= 0)
    if len(feasible):
        return np.asarray(feasible[np.unique(np.linspace(0, len(feasible) - 1, _FAINT).astype(int))])
    nearest = np.argsort(violation, kind="stable")[: min(_FAINT, 1 + len(violation) // 4)]
    return np.asarray(nearest[np.isfinite(violation[nearest])])


def _chosen(designs: Sequence[Design], known: Mapping[str, Metric]) -> _Layer:
    """Badges with the rank; the best rank is drawn last, on top."""
    back = sorted(designs, key=lambda design: -design.rank)
    style = {
        "mode": "markers+text",
        "showlegend": False,
        "text": [str(design.rank) for design in back],
        "textfont": {"color": "#fff", "size": 11, "weight": 700},
        "marker": {"size": 18, "color": [colour(d.rank) for d in back], "line": {"width": 1, "color": "#fff"}},
    }
    points = [(f"{design.rank}_{design.id}", design.problem.structure.name, design.metrics) for design in back]
    return _Layer("chosen, by rank", points, known, style)


def _triangle(scales: Sequence[_Scale], known: Mapping[str, Metric]) -> Figure:
    """The axes: goal i is the x axis of column i + 1 and the y axis of row i."""
    size = len(scales) - 1
    cells = [[ref("x", c + 1) + ref("y", r) if c < r else "" for c in range(size)] for r in range(1, size + 1)]
    layout: Figure = {"grid": {"subplots": cells, "xgap": 0.05, "ygap": 0.05}, "height": max(440, 320 * size)}
    for i, scale in enumerate(scales):
        described = axis(scale.goal.metric, known[scale.goal.metric].unit, scale.goal)
        described["range"] = [scale.low, scale.high]
        layout |= {key("x", i + 1): described} if i < size else {}
        layout |= {key("y", i): described} if i > 0 else {}
    if size > 1:  # the empty corner of the triangle holds the legend
        layout["legend"] = {"orientation": "v", "x": 1 / size + 0.04, "y": 1, "yanchor": "top"}
    return layout


def _forbidden(scales: Sequence[_Scale], column: int, row: int) -> Iterator[Figure]:
    x, y = ref("x", column + 1), ref("y", row)
    for low, high in scales[column].forbidden():
        yield {"type": "rect", "xref": x, "x0": low, "x1": high, "yref": f"{y} domain", "y0": 0, "y1": 1}
    for low, high in scales[row].forbidden():
        yield {"type": "rect", "yref": y, "y0": low, "y1": high, "xref": f"{x} domain", "x0": 0, "x1": 1}


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
    """The steps of the staircase, and its end."""
    best = np.minimum.accumulate(f[feasible])
    better = np.append(True, best[1:] < best[:-1])
    sign = -1.0 if goal.objective == "maximize" else 1.0
    x, y = np.append(feasible[better] + 1, len(f)), sign * np.append(best[better], best[-1])
    return {"x": x, "y": y, "line": {"shape": "hv"}}


def _least_violation(violation: Float[np.ndarray, "n"]) -> tuple[Figure, Figure]:
    measured = np.flatnonzero(np.isfinite(violation))
    least = np.minimum.accumulate(violation[measured])
    trace = {"x": measured + 1, "y": least, "line": {"shape": "hv"}}
    return trace, {**axis("least violation", ""), "type": "log", "dtick": "D2"}


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
