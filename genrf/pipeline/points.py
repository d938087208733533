"""The designs of a report that can be clicked: what each measured, nominally and at its worst corner; its values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from genrf.core.problem import AbstractProblem, Design
from genrf.core.results import Results
from genrf.core.spec import Goal, Metric
from genrf.pipeline import tables, theme
from genrf.pipeline.outcome import Outcome

_FAINT = 1500  # points drawn of all that were measured
_MOST = 1000  # of the front, so that the page stays within its size


def points(outcome: Outcome, chosen: Sequence[Design]) -> Mapping[str, Any]:
    """All that the page's script draws the front from and tells of a design: plain data, and texts of it."""
    known, spec = outcome.problems[0].known, outcome.results.spec
    names = _axes(outcome, chosen)
    shown = shown_designs(outcome, chosen)
    return {
        "metrics": [described(name, known[name], spec.goals.get(name)) for name in names],
        "goals": [wished(goal, known[goal.metric]) for goal in spec.goals.values()],
        "structures": [_structure(problem) for problem in outcome.problems],
        "designs": [_design(design, outcome, names) for design in shown],
        "cloud": [[row.metrics.get(name) for name in names] for row in _cloud(outcome.results)],
        "cloudName": "measured, feasible"
        if (outcome.results.violation <= 0).any()
        else "measured, nearest to the spec",
        "corners": bool(outcome.problems[0].corners) and len(outcome.front) > 0,
    }


def shown_designs(outcome: Outcome, chosen: Sequence[Design]) -> list[Design]:
    """The chosen designs, and after them the others of the front."""
    problems = {problem.structure.name: problem for problem in outcome.problems}
    taken = {design.id for design in chosen}
    others = [row for row in outcome.front if (row.parent or row.id) not in taken]
    return [
        *chosen,
        *(Design(row.parent or row.id, problems[row.structure], row.values, row.metrics) for row in others[:_MOST]),
    ]


def _axes(outcome: Outcome, chosen: Sequence[Design]) -> list[str]:
    """The metrics that every shown design has: objectives first, then the other goals, then what else was measured."""
    spec = outcome.results.spec
    names = dict.fromkeys([*(goal.metric for goal in spec.objectives), *spec.goals, *outcome.problems[0].known])
    shown = shown_designs(outcome, chosen)
    return [name for name in names if name in spec.goals or all(name in design.metrics for design in shown)]


def described(name: str, metric: Metric, goal: Goal | None) -> Mapping[str, Any]:
    """A metric as an axis, with its limits."""
    limits = {"min": goal.minimum, "max": goal.maximum} if goal else {}
    return {"name": name, **theme.axis(name, metric.unit, goal), **limits}


def wished(goal: Goal, metric: Metric) -> Mapping[str, str]:
    """A line of the spec in words."""
    return {"metric": goal.metric, "wanted": tables.wish(goal, metric.unit), "description": metric.description}


def _structure(problem: AbstractProblem) -> Mapping[str, Any]:
    return {"name": problem.structure.name, "variables": list(problem.structure.space.names)}


def _design(design: Design, outcome: Outcome, names: Sequence[str]) -> Mapping[str, Any]:
    known = outcome.problems[0].known
    places = {problem.structure.name: place for place, problem in enumerate(outcome.problems)}
    return {
        "id": design.id,
        "rank": design.rank,
        "structure": places[design.problem.structure.name],
        "holds": outcome.results.spec.holds(design.metrics, outcome.problems[0].corners),
        "metrics": [design.metrics.get(name) for name in names],
        "verdict": [line(one) for one in tables.wanted(design, known)],
        "values": [row[0] for _, row in tables.values([design])],
    }


def line(line: tables.Wanted) -> list[Any]:
    """Nominal value, the mark for its limits, its margin; the same at the worst corner, which that is, and a note."""
    cells = [line.nominal, *([line.worst] if line.worst else [])]
    return [part for cell in cells for part in (cell.text, cell.mark, cell.margin)] + (
        [line.worst.where, line.worst.note] if line.worst else []
    )


def _cloud(results: Results) -> list[Any]:
    return [results.rows[i] for i in _spread(results.violation)]


def _spread(violation: Float[np.ndarray, "n"]) -> Int[np.ndarray, "k"]:
    """Feasible designs from the whole run; without any, those that miss the limits by the least."""
    feasible = np.flatnonzero(violation <= 0)
    if len(feasible):
        return np.asarray(feasible[np.unique(np.linspace(0, len(feasible) - 1, _FAINT).astype(int))])
    nearest = np.argsort(violation, kind="stable")[: min(_FAINT, 1 + len(violation) // 4)]
    return np.asarray(nearest[np.isfinite(violation[nearest])])
