"""The curves of the designs of a front that were not chosen, as far as the search pays for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from genrf.core.problem import Design
from genrf.core.workers import Task
from genrf.pipeline.paid import Paid, Wanted


def sketches(designs: Sequence[Design], paid: Paid) -> list[Design]:
    """`designs`, the first of them with their curves but the costly ones."""
    found = paid.measured(designs, _asking("sketch"))
    drawn = [_with(one, own.curves) for one, (own,) in zip(designs, found, strict=False)]
    return [*drawn, *designs[len(drawn) :]]


def extras(designs: Sequence[Design], paid: Paid) -> tuple[list[Design], set[str]]:
    """`designs`, the first of those with curves with the costly ones too, and the ids of these."""
    drawn = [one for one in designs if one.curves]
    found = paid.measured(drawn, _asking("extras"))
    whole = {one.id: _with(one, own.curves) for one, (own,) in zip(drawn, found, strict=False)}
    return [whole.get(one.id, one) for one in designs], set(whole)


def _asking(action: Literal["sketch", "extras"]) -> Wanted:
    return lambda design, place: [Task(place, dict(design.values), action=action)]


def _with(design: Design, curves: Mapping[str, Any] | None) -> Design:
    return replace(design, curves={**(design.curves or {}), **(curves or {})} or None)
