"""What the report says in tables: the spec and how it is met, corners, limits that block, values, how designs ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from genrf.core.problem import Design
from genrf.core.results import Results
from genrf.core.spec import Goal, Metric
from genrf.core.units import difference, engineering
from genrf.core.yields import Dies, Yield
from genrf.pipeline.sensitivity import Sensitivity

_HARD = "\u00a0"  # a space at which no line ends
_SHOWS = 1e-3  # of the yield
_ENOUGH = (4, 6, 9)  # digits: more only where fewer would hide on which side of a limit the value lies
_LOST, _UNMEASURED, _NOWHERE = "no result", "not measured", ""
_OPEN = 1e-12  # of a limit: a line without a value ranks behind those that are missed, before those that are kept


@dataclass(frozen=True)
class Cell:
    """A value as text, where it was taken, whether it keeps its limits, by what margin, and what else is to be said.

    `met` is None where there are no limits, or where it is not known.
    """

    text: str
    met: bool | None = None
    where: str = ""
    margin: str = ""
    note: str = ""
    absent: bool = False  # whether a value is missing, here or at one of the corners

    @property
    def mark(self) -> str:
        """✓ where the limits are kept, ✗ where not, ? where a value that is missing may decide."""
        if self.met is None:
            return "?" if self.absent else ""
        return "✓" if self.met else "✗"


@dataclass(frozen=True)
class Wanted:
    """One line of the spec, nominally and at the worst corner."""

    metric: str
    description: str
    wish: str
    nominal: Cell
    worst: Cell | None


@dataclass(frozen=True)
class Limit:
    """How one line of the spec limits the search: shares of the measured designs, and the best values seen."""

    metric: str
    limits: str
    share: float  # of the designs for which it was measured
    alone: int  # designs that miss this line and no other
    best: str
    best_otherwise: str  # among the designs that keep all other lines


def met(goal: Goal, value: float) -> bool | None:
    """Whether `value` keeps the limits of `goal`; None when it has none."""
    excess = goal.excess(value)
    return all(beyond <= 0 for beyond in excess) if excess else None


def cell(goal: Goal, value: float, unit: str) -> Cell:
    """A metric's value held against its goal."""
    kept = met(goal, value)
    digits = next((d for d in _ENOUGH if met(goal, float(f"{value:.{d}g}")) == kept), _ENOUGH[-1])
    return Cell(_bare(engineering(value, unit, digits), unit), kept, margin=_bare(margin(goal, value, unit), unit))


def _bare(text: str, unit: str) -> str:
    """Without dB where the name of the metric says it already."""
    return text.removesuffix(" dB") if unit == "dB" else text


def margin(goal: Goal, value: float, unit: str) -> str:
    """How far `value` lies within its nearest limit; negative beyond it, empty without a limit."""
    room = [
        *([value - goal.minimum] if goal.minimum is not None else []),
        *([goal.maximum - value] if goal.maximum is not None else []),
    ]
    return difference(min(room), unit) if room else ""


def wish(goal: Goal, unit: str) -> str:
    """What the spec wants of a metric: limits and direction."""
    return ", ".join(part for part in (limits(goal, unit), goal.objective or "") if part)


def limits(goal: Goal, unit: str) -> str:
    """The limits with the signs of a page: `≥ 15 dB`, each on one line."""
    signs = goal.limits(unit).replace(">=", "≥").replace("<=", "≤")
    return signs.replace(" ", _HARD).replace(f"{_HARD}and{_HARD}", " and ")


def wanted(design: Design, known: Mapping[str, Metric]) -> list[Wanted]:
    """The spec line by line, with what `design` makes of it."""
    return [
        Wanted(
            goal.metric,
            known[goal.metric].description,
            wish(goal, known[goal.metric].unit),
            _found(goal, design, "", known[goal.metric].unit),
            _worst(goal, design, known[goal.metric].unit),
        )
        for goal in design.problem.spec.goals.values()
    ]


def _found(goal: Goal, design: Design, at: str, unit: str) -> Cell:
    """A metric's value at a corner, as `@ss` or nominally; without one, whether it was lost or left out.

    A metric that takes long is left out where a cheaper one misses its limit; of a simulation that failed nothing is
    there, so that no limit is kept.
    """
    value = design.metrics.get(goal.metric + at)
    if value is not None:
        return cell(goal, value, unit)
    if at and goal.metric in design.problem.spec.beyond:
        return Cell(_NOWHERE)
    blocking = _blocking(design, at)
    return Cell(_UNMEASURED, note=f"{blocking} misses", absent=True) if blocking else Cell(_LOST, False)


def _blocking(design: Design, at: str) -> str:
    """The line that is missed most at a corner, relative to its limit; empty where none is, or nothing is known."""
    found = {
        name: max(goal.excess(design.metrics[name + at]), default=0.0)
        for name, goal in design.problem.spec.goals.items()
        if name + at in design.metrics
    }
    most = max(found, key=lambda name: found[name], default="")
    return most if most and found[most] > 0 else ""


def _worst(goal: Goal, design: Design, unit: str) -> Cell | None:
    """The corner that is hardest on `goal` of those with a value; None when the design was measured at no corner.

    A simulation that failed is harder than any value. Where the worst value keeps the limits, but not every corner has
    one, it is not known whether they are kept.
    """
    found = {corner: _found(goal, design, f"@{corner}", unit) for corner in measured_corners(design)}
    if not found or goal.metric in design.problem.spec.beyond:
        return Cell(_NOWHERE) if found else None
    missing = [corner for corner, one in found.items() if one.absent]
    limited = bool(goal.excess(0.0))
    note = f"not measured at {', '.join(missing)}: {_causes(design, missing)}" if missing else ""
    if len(missing) == len(found):
        return Cell(_UNMEASURED, note=note, absent=limited)
    known = [corner for corner in found if corner not in missing]
    corner = max(known, key=lambda name: _badness(goal, design.metrics.get(f"{goal.metric}@{name}")))
    shown = found[corner]
    return replace(
        shown,
        where=corner,
        note=note,
        absent=bool(missing) and limited,
        met=None if missing and shown.met else shown.met,
    )


def _causes(design: Design, missing: Sequence[str]) -> str:
    names = dict.fromkeys(_blocking(design, f"@{corner}") for corner in missing)
    return f"{', '.join(names)} {'misses' if len(names) == 1 else 'miss'} there"


def _badness(goal: Goal, value: float | None) -> float:
    if value is None:
        return np.inf
    return max(goal.excess(value), default=-value if goal.objective == "maximize" else value)


def measured_corners(design: Design) -> tuple[str, ...]:
    """The corners of the design's problem; none when the design was measured nominally only."""
    return design.problem.corners if any("@" in name for name in design.metrics) else ()


def closest(design: Design, known: Mapping[str, Metric]) -> list[tuple[str, bool]]:
    """The spec's lines with limits, the one with the least room first: metric, room, corner; and whether it is kept.

    A line that was measured nowhere is not kept. Of one that was not measured at every corner it says so.
    """
    goals = [goal for goal in design.problem.spec.goals.values() if goal.excess(0.0)]
    places = {"": "", **{f"@{corner}": f" at {corner}" for corner in measured_corners(design)}}

    def hardest(goal: Goal) -> tuple[float, str]:
        found = {at: _found(goal, design, at, known[goal.metric].unit) for at in places}
        missing = [at.removeprefix("@") for at, one in found.items() if one.absent]
        there = [at for at, one in found.items() if not one.absent and one.text != _NOWHERE]
        if not there:
            return _OPEN, f"{goal.metric} {_UNMEASURED}"
        badness = {at: _badness(goal, design.metrics.get(goal.metric + at)) for at in there}
        at = max(badness, key=lambda name: badness[name])
        value = design.metrics.get(goal.metric + at)
        room = "without a result" if value is None else margin(goal, value, known[goal.metric].unit)
        left_out = f" ({_UNMEASURED} at {', '.join(missing)})" if missing else ""
        return badness[at], f"{goal.metric} {room}{places[at]}{left_out}"

    ranked = sorted(map(hardest, goals), key=lambda item: -item[0])
    return [(text, excess <= 0) for excess, text in ranked]


def worst_corner(design: Design, known: Mapping[str, Metric]) -> Cell | None:
    """The line of the spec that suffers most over all corners, relative to its limit, of those with a value there.

    A value is left out only where another line is missed, so that what is left keeps the limits if all are kept.
    """
    goals = [goal for goal in design.problem.spec.goals.values() if goal.excess(0.0)]
    found = [
        (_badness(goal, design.metrics.get(f"{goal.metric}@{corner}")), goal, corner, shown)
        for corner in measured_corners(design)
        for goal in goals
        if not (shown := _found(goal, design, f"@{corner}", known[goal.metric].unit)).absent and shown.text != _NOWHERE
    ]
    if not found:
        return None
    _, goal, corner, shown = max(found, key=lambda item: item[0])
    return Cell(f"{goal.metric} {shown.text}", shown.met, corner)


def corners(design: Design, known: Mapping[str, Metric]) -> list[tuple[str, list[Cell]]]:
    """One line per corner, the nominal one first, with a cell per line of the spec."""
    names = {"nominal": "", **{corner: f"@{corner}" for corner in measured_corners(design)}}
    goals = design.problem.spec.goals.values()
    return [(name, [_found(goal, design, at, known[goal.metric].unit) for goal in goals]) for name, at in names.items()]


def values(designs: Sequence[Design]) -> list[tuple[str, list[str]]]:
    """One line per variable of any structure, with a value per design, empty where its structure lacks it."""
    units = [{v.name: v.unit for v in design.problem.structure.space.variables} for design in designs]
    names = dict.fromkeys(name for own in units for name in own)
    return [(name, [_value(design, name, own) for design, own in zip(designs, units, strict=True)]) for name in names]


def _value(design: Design, name: str, units: Mapping[str, str]) -> str:
    return engineering(design.values[name], units[name]) if name in units else ""


def blocking(results: Results, known: Mapping[str, Metric]) -> list[Limit]:
    """Each line of the spec that has limits, over all designs that could be measured."""
    goals = [goal for goal in results.spec.goals.values() if goal.excess(0.0)]
    rows = [row.metrics for row in results if row.status == "ok"]
    if not rows:
        return []
    # NaN where a costly metric was not measured, because a cheaper one missed its limit
    excess = np.array([[_excess(goal, row.get(goal.metric)) for goal in goals] for row in rows])
    return [_limit(goal, place, rows, excess, known[goal.metric].unit) for place, goal in enumerate(goals)]


def _excess(goal: Goal, value: float | None) -> float:
    return np.nan if value is None else max(goal.excess(value))


def _limit(
    goal: Goal, place: int, rows: Sequence[Mapping[str, float]], excess: Float[np.ndarray, "n k"], unit: str
) -> Limit:
    own, others_met = excess[:, place], np.all(np.delete(excess, place, axis=1) <= 0, axis=1)

    known = ~np.isnan(own)

    def best(among: Bool[np.ndarray, "n"]) -> str:
        nearest = int(np.argmin(np.where(among & known, own, np.inf)))
        return cell(goal, rows[nearest][goal.metric], unit).text if (among & known).any() else "none"

    alone = int(np.sum((own > 0) & others_met))
    seen = best(np.ones(len(rows), dtype=bool))
    return Limit(
        goal.metric,
        limits(goal, unit),
        float(np.mean(own[known] <= 0)) if known.any() else 0.0,
        alone,
        seen,
        best(others_met),
    )


def endings(results: Results) -> list[tuple[str, str, int]]:
    """The most frequent ways in which designs could not be measured: status, message, count."""
    failed = Counter((row.status, row.message) for row in results if row.status != "ok")
    return [(status, message, count) for (status, message), count in failed.most_common(6)]


def yields(designs: Sequence[Design], dies: Mapping[str, Dies]) -> list[tuple[str, list[Yield]]]:
    """One line for all limits together and one per limit, with a yield per design."""
    by_goal = [dies[design.id].by_goal() for design in designs]
    overall = ("all limits", [dies[design.id].overall() for design in designs])
    return [overall, *((name, [found[name] for found in by_goal]) for name in by_goal[0])] if designs else []


def costs(dies: Dies, most: int = 3) -> list[tuple[str, float]]:
    """The parameters that cost the most yield, and how much, where it shows."""
    return [(name, cost) for name, cost in dies.costs().items() if cost > _SHOWS][:most]


@dataclass(frozen=True)
class Change:
    """What a step of a variable does to a metric, and how much that is beside the other variables, from 0 to 1."""

    text: str
    weight: float


def changes(found: Sensitivity, known: Mapping[str, Metric]) -> list[tuple[str, str, list[Change]]]:
    """One line per variable: its name, its step, and what that does to each metric."""
    units = [known[name].unit for name in found.metrics]
    largest = np.nanmax(np.abs(found.changes), axis=0, initial=0.0)
    weights = np.abs(found.changes) / np.where(largest > 0, largest, 1.0)
    return [
        (name, step, [_changed(*one) for one in zip(found.changes[row], weights[row], units, strict=True)])
        for row, (name, step) in enumerate(zip(found.variables, found.steps, strict=True))
    ]


def _changed(change: float, weight: float, unit: str) -> Change:
    if np.isnan(change):
        return Change("none", 0.0)
    return Change("0" if change == 0 else _bare(difference(float(change), unit), unit), float(weight))
