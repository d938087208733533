"""A search that wants every limit at every corner: where a design holds nominally, its corners are measured too."""

from collections.abc import Mapping
from dataclasses import replace

from genrf.core.problem import AbstractProblem, Measurement


def everywhere(problem: AbstractProblem, values: Mapping[str, float], nominal: Measurement) -> Measurement:
    """`nominal` with the values at the corners of the spec as `<metric>@<corner>`, for the spec to judge by the worst.

    A design that misses a limit nominally, or could not be measured, is charged no more.
    """
    spec = problem.spec
    if not spec.corners or nominal.status != "ok" or replace(spec, corners=()).violation(nominal.metrics) > 0:
        return nominal
    metrics, failed = dict(nominal.metrics), []
    for corner in spec.corners:
        found = problem.measure(values, corner)
        metrics |= {f"{name}@{corner}": value for name, value in found.metrics.items()}
        if found.status != "ok":
            failed.append(f"{corner}: {found.status} {found.message}".rstrip())
    return replace(nominal, metrics=metrics, message="; ".join(failed))
