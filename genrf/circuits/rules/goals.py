"""The limits of the spec at the corners of the process."""

import math
from collections.abc import Iterator, Mapping

from genrf.circuits.rules.finding import Finding, Severity
from genrf.core.spec import DesignSpec, Goal, Metric


def goals(
    spec: DesignSpec, metrics: Mapping[str, float], known: Mapping[str, Metric], corner: str = ""
) -> Iterator[Finding]:
    """A warning for each limit that a measured design misses at a corner, an error at the nominal one.

    Where a design was taken to its corners, one without a result keeps no limit (`DesignSpec.holds`).
    """
    severity: Severity = "warning" if corner else "error"
    taken = bool(corner) and any("@" in name for name in metrics)
    for name, goal in spec.goals.items():
        value = metrics.get(f"{name}@{corner}" if corner else name)
        if (value is None and taken and goal.limits()) or (value is not None and math.isnan(value)):
            what = f"no result: the spec wants {goal.limits(known[name].unit)}"
            yield Finding("spec", name, what, severity, unit=known[name].unit)
        elif value is not None and max(goal.excess(value), default=0.0) > 0:
            what = f"the spec wants {goal.limits(known[name].unit)}"
            yield Finding("spec", name, what, severity, value, _missed(goal, value), known[name].unit)


def _missed(goal: Goal, value: float) -> float | None:
    return goal.minimum if goal.minimum is not None and value < goal.minimum else goal.maximum
