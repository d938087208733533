"""The curves of the designs of a front that were not chosen, as far as the search pays for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from genrf.core.problem import Design
from genrf.core.workers import Task
from genrf.pipeline.paid import Paid, Wanted


def sketches(designs: Sequence[Design], paid: Paid) -> tuple[list[Design], set[str]]:
    """`designs`, the first of them with their curves, and the ids of those that have the costly ones too."""
    first = paid.measured(designs, _asking("sketch"))
    drawn = [_with(one, own.curves) for one, (own,) in zip(designs, first, strict=False)]
    there = [one for one in drawn if one.curves]
    more = paid.measured(there, _asking("extras"))
    whole = {one.id: _with(one, own.curves) for one, (own,) in zip(there, more, strict=False)}
    return [*(whole.get(one.id, one) for one in drawn), *designs[len(drawn) :]], set(whole)


def _asking(action: Literal["sketch", "extras"]) -> Wanted:
    return lambda design, place: [Task(place, dict(design.values), action=action)]


def _with(design: Design, curves: Mapping[str, Any] | None) -> Design:
    return replace(design, curves={**(design.curves or {}), **(curves or {})} or None)
