"""report.html: one page that opens without a network and says what a design review asks."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal
from genrf.core.units import engineering
from genrf.pipeline import charts
from genrf.pipeline.outcome import Outcome

_LAYOUT: Mapping[str, Any] = {
    "template": {"layout": {"colorway": ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]}},
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#222"},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "#fafafa",
    "margin": {"l": 70, "r": 20, "t": 20, "b": 55},
    "hovermode": "closest",
}


def write_report(outcome: Outcome) -> Path:
    """Write report.html into the run folder; it is whole or not there."""
    path = outcome.folder / "report.html"
    hidden = path.with_name(".report.html.tmp")
    hidden.write_text(_page(outcome), encoding="utf8")
    hidden.replace(path)
    return path


def _page(outcome: Outcome) -> str:
    environment = Environment(
        loader=PackageLoader("genrf.pipeline"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    own = outcome.problems[0].panels(outcome.designs)
    return environment.get_template("report.html.j2").render(
        outcome=outcome,
        spec=outcome.results.spec,
        counts=outcome.counts(),
        structures=[problem.structure.name for problem in outcome.problems],
        lines=_spec_lines(outcome),
        designs=[_described(outcome, design) for design in outcome.designs],
        corners=_corners(outcome),
        blocking=charts.blocking(outcome),
        nearest=None if outcome.designs else _nearest(outcome),
        figures=[*charts.front(outcome), *own, *charts.convergence(outcome)],
        draw=_draw,
        plotly=_plotly(),
    )


def _draw(panel: Panel, number: int) -> Markup:
    """The script that draws one panel; `</` is escaped so that no text can end the script."""
    figure = {"data": panel.figure["data"], "layout": _merged(_LAYOUT, panel.figure["layout"])}
    text = json.dumps(figure, separators=(",", ":")).replace("</", "<\\/")
    return Markup(f"Plotly.newPlot('figure{number}', {text}, null, {{responsive: true, displaylogo: false}});")  # noqa: S704


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(base[key], over[key]) for key in base.keys() & over.keys() if isinstance(base[key], Mapping)}
    return {**base, **over, **both}


@lru_cache
def _plotly() -> Markup:
    return Markup((resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf8"))  # noqa: S704


def _spec_lines(outcome: Outcome) -> list[dict[str, Any]]:
    """One line per goal: what is wanted, what the recommended design reaches, and where it is worst."""
    if not outcome.designs:
        return []
    best, known = outcome.designs[0], outcome.problems[0].metrics
    lines = []
    for goal in outcome.results.spec.goals.values():
        unit = known[goal.metric].unit
        corner, worst = _worst(goal, best)
        lines.append(
            {
                "metric": goal.metric,
                "meaning": known[goal.metric].description,
                "limit": _limit(goal, unit),
                "aim": {"maximize": "as high as possible", "minimize": "as low as possible"}.get(
                    goal.objective or "", ""
                ),
                "value": engineering(best.metrics[goal.metric], unit),
                "met": _met(goal, best.metrics[goal.metric]),
                "worst": engineering(worst, unit),
                "corner": corner or "nominal",
                "met_worst": _met(goal, worst),
            }
        )
    return lines


def _limit(goal: Goal, unit: str) -> str:
    low = f"≥ {engineering(goal.minimum, unit)}" if goal.minimum is not None else ""
    high = f"≤ {engineering(goal.maximum, unit)}" if goal.maximum is not None else ""
    return " and ".join(part for part in (low, high) if part)


def _met(goal: Goal, value: float) -> bool:
    return max(goal.excess(value), default=0.0) <= 0


def _worst(goal: Goal, design: Design) -> tuple[str, float]:
    """The corner at which a goal is met least, and its value there; the empty name is the nominal corner."""
    at = {name.partition("@")[2]: v for name, v in design.metrics.items() if name.partition("@")[0] == goal.metric}
    high_is_bad = goal.maximum is not None or (goal.minimum is None and goal.objective == "minimize")
    corner = (max if high_is_bad else min)(at, key=lambda name: at[name])
    return corner, at[corner]


def _described(outcome: Outcome, design: Design) -> dict[str, Any]:
    known = design.problem.metrics
    units = {variable.name: variable.unit for variable in design.problem.structure.space.variables}
    return {
        "name": f"{design.rank}_{design.id}",
        "structure": design.problem.structure.name,
        "metrics": [engineering(design.metrics[name], known[name].unit) for name in outcome.results.spec.goals],
        "values": [(name, engineering(value, units[name])) for name, value in design.values.items()],
    }


def _corners(outcome: Outcome) -> list[tuple[str, list[tuple[str, bool]]]]:
    """The recommended design at each corner: name, then each goal's value and whether its limits hold."""
    if not outcome.designs:
        return []
    best, known, goals = outcome.designs[0], outcome.problems[0].metrics, outcome.results.spec.goals
    table = []
    for corner in ("", *best.problem.corners):
        values = {name: best.metrics.get(f"{name}@{corner}" if corner else name) for name in goals}
        cells = [
            ("—", False) if value is None else (engineering(value, known[name].unit), _met(goals[name], value))
            for name, value in values.items()
        ]
        table.append((corner or "nominal", cells))
    return table


def _nearest(outcome: Outcome) -> Sequence[Mapping[str, Any]]:
    """The designs that violate the limits least, when none meets them."""
    known, rows = outcome.problems[0].metrics, outcome.results.best_first().rows[:5]
    return [
        {
            "name": row.id,
            "structure": row.structure,
            "violation": f"{row.violation:.3g}",
            "metrics": [
                (engineering(row.metrics[name], known[name].unit), _met(goal, row.metrics[name]))
                for name, goal in outcome.results.spec.goals.items()
            ],
        }
        for row in rows
        if row.status == "ok"
    ]
