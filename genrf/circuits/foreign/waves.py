"""Waveforms along their axis: where they cross, and what lies between two places of the axis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from genrf.circuits.procedure import NotMeasurable

Values = np.ndarray
Edge = Literal["cross", "rise", "fall"]
_ROUNDING = 1e-12
LAST = 0  # in place of a count of crossings


@dataclass(frozen=True)
class Waves:
    """The waveforms of one analysis along its axis, and numbers by name (parameters, earlier measurements).

    A `trial` has any waveforms: what is read of them has the right shape, and no meaning.
    """

    axis: Values
    vectors: Mapping[str, Values]
    numbers: Mapping[str, Any]
    logarithmic: bool = False
    trial: bool = False


Node = Callable[[Waves], Values]


@dataclass(frozen=True)
class Place:
    """Where `left` meets `right` for the `count`-th time in a direction, of the crossings between `low` and `high`."""

    left: Node
    right: Node
    edge: Edge
    count: int
    low: Node | None
    high: Node | None
    text: str

    def read(self, values: Values, waves: Waves) -> Values:
        """`values` there, between two points linearly. Raises NotMeasurable when there is no such place."""
        low, high = (number(end, waves) if end else None for end in (self.low, self.high))
        if waves.trial:
            return np.ones(1)
        axis = np.log10(waves.axis) if waves.logarithmic else waves.axis
        left, right = (np.broadcast_to(np.real(side(waves)), axis.shape) for side in (self.left, self.right))
        found = crossings(axis, left - right, self.edge)
        along = 10.0**found if waves.logarithmic else found
        slack = _ROUNDING * np.ptp(waves.axis)  # a place at an end may come out beyond it
        found = found[
            (along >= (-np.inf if low is None else low - slack)) & (along <= (np.inf if high is None else high + slack))
        ]
        if len(found) < max(self.count, 1):
            raise NotMeasurable(f"{self.text} is nowhere between {waves.axis[0]:g} and {waves.axis[-1]:g}")
        return np.array([_at(found[self.count - 1], axis, np.broadcast_to(values, axis.shape))])


def crossings(axis: Values, beyond: Values, edge: Edge) -> Values:
    """The places, in order, where `beyond` changes its sign; a zero at an end counts when no direction is asked for."""
    below = beyond < 0
    at = np.flatnonzero(below[:-1] != below[1:])
    if edge != "cross":
        at = at[below[at] == (edge == "rise")]
    found: Values = axis[at] + beyond[at] / (beyond[at] - beyond[at + 1]) * (axis[at + 1] - axis[at])
    if edge == "cross" and beyond[0] == 0 and not len(at[at == 0]):
        return np.concatenate([axis[:1], found])
    if edge == "cross" and not len(found) and abs(beyond[-1]) <= 1e-9 * np.abs(beyond).max():
        return axis[-1:]
    return found


def number(end: Node, waves: Waves) -> float:
    """One real number, a place on the axis. Raises NotMeasurable when it is none."""
    found = np.asarray(end(waves))
    if found.size != 1:
        raise NotMeasurable(f"a place on the axis is one number, got {found.size}")
    return float(np.real(found.ravel()[0]))


def between(values: Values, waves: Waves, low: float, high: float) -> tuple[Values, Waves]:
    """`values` and their axis from `low` to `high`, as far as it goes, both ends included by interpolation.

    Raises NotMeasurable when the axis has nothing there.
    """
    if waves.trial:
        return values, waves
    order = np.argsort(waves.axis, kind="stable")  # a sweep may go down
    axis, values = waves.axis[order], values[order]
    first, last = max(low, axis[0]), min(high, axis[-1])
    if first >= last:
        raise NotMeasurable(f"nothing lies between {low:g} and {high:g}")
    inside = (axis > first) & (axis < last)
    ends = [np.atleast_1d(_at(place, axis, values)) for place in (first, last)]
    cut = replace(waves, axis=np.concatenate([[first], axis[inside], [last]]))
    return np.concatenate([ends[0], values[inside], ends[1]]), cut


def _at(place: float, axis: Values, values: Values) -> complex:
    order = slice(None, None, -1 if axis[0] > axis[-1] else 1)
    axis, values = axis[order], values[order]
    return complex(np.interp(place, axis, values.real), np.interp(place, axis, values.imag))
