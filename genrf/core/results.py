"""One row per measured design, and what can be asked of many rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from genrf.core import pareto
from genrf.core.formula import completed
from genrf.core.problem import Measurement, Status
from genrf.core.spec import DesignSpec


@dataclass(frozen=True)
class Row:
    """One measured design. `metrics` may hold corner values under `<metric>@<corner>`."""

    id: str
    structure: str
    stage: str
    parent: str
    status: Status
    message: str
    seconds: float
    violation: float
    values: Mapping[str, float]
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def feasible(self) -> bool:
        """Measured, and within every limit."""
        return self.status == "ok" and self.violation <= 0

    @classmethod
    def of(
        cls,
        id: str,
        structure: str,
        stage: str,
        values: Mapping[str, float],
        measured: Measurement,
        seconds: float,
        spec: DesignSpec,
        parent: str = "",
    ) -> "Row":
        """The row of a measurement, with the spec's formulas and its violation (infinite when there is none).

        A design of which a formula has no value is `invalid`.
        """
        metrics, trouble = completed(spec.formulas, measured.metrics) if spec.formulas else (measured.metrics, "")
        measured = Measurement("invalid", message=trouble) if trouble else replace(measured, metrics=metrics)
        violation = spec.violation(measured.metrics) if measured.status == "ok" else float("inf")
        return cls(
            id,
            structure,
            stage,
            parent,
            measured.status,
            measured.message,
            seconds,
            violation,
            values,
            measured.metrics,
        )


@dataclass(frozen=True)
class Results:
    """Measured designs in the order of their ids, all under one spec."""

    spec: DesignSpec
    rows: tuple[Row, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __add__(self, more: Iterable[Row]) -> "Results":
        rows = tuple(more)
        joined = Results(self.spec, (*self.rows, *rows))
        if "F" in self.__dict__:  # a search adds batch after batch, and looks back at all of them
            joined.__dict__["F"] = np.vstack([self.F, Results(self.spec, rows).F])
        return joined

    @cached_property
    def F(self) -> Float[np.ndarray, "n m"]:
        """Objectives, minimised; +inf for designs that could not be measured."""
        worst = np.full(len(self.spec.objectives), np.inf)
        rows = [self.spec.F(row.metrics) if row.status == "ok" else worst for row in self.rows]
        return np.array(rows).reshape(len(rows), len(self.spec.objectives))

    @cached_property
    def violation(self) -> Float[np.ndarray, "n"]:
        """Sum of relative excesses over the limits, +inf for designs that could not be measured."""
        return np.array([row.violation for row in self.rows])

    def only(self, keep: Sequence[bool] | np.ndarray) -> "Results":
        """The rows where `keep` is true."""
        places = np.flatnonzero(np.asarray(keep, dtype=bool))
        chosen = Results(self.spec, tuple(self.rows[place] for place in places))
        if "F" in self.__dict__:
            chosen.__dict__["F"] = self.F[places]
        return chosen

    def of_structure(self, name: str) -> "Results":
        """The rows of one structure."""
        return self.only([row.structure == name for row in self.rows])

    def front(self) -> "Results":
        """The feasible rows that no other feasible row dominates."""
        return self.only(pareto.front(self.F, self.violation))

    def best_first(self) -> "Results":
        """All rows in the order of constrained domination."""
        return Results(self.spec, tuple(self.rows[i] for i in pareto.best_first(self.F, self.violation)))

    def counts(self) -> dict[str, int]:
        """How many rows there are of each status, and how many are feasible."""
        statuses = Counter(row.status for row in self.rows)
        return {**dict(sorted(statuses.items())), "feasible": sum(row.feasible for row in self.rows)}
