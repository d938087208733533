"""What the structures of a run are, as a table to learn from: `structures.parquet`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pyarrow as pa

from genrf.core.parts import Table
from genrf.core.problem import AbstractProblem
from genrf.core.space import AbstractVariable


def structures_of(problems: Sequence[AbstractProblem], table: Table) -> pa.Table:
    """One row per structure: its name, what it is and its variables, as JSON."""
    rows = [
        {
            "structure": problem.structure.name,
            "graph": json.dumps(problem.record()),
            "variables": json.dumps([_variable(variable) for variable in problem.structure.space.variables]),
        }
        for problem in problems
    ]
    columns = pa.schema([(name, pa.string()) for name in rows[0]], metadata=table.schema.metadata)
    return pa.Table.from_pylist(rows, schema=columns)


def _variable(variable: AbstractVariable) -> Mapping[str, object]:
    return {"kind": type(variable).__name__, **asdict(variable)}  # type: ignore[call-overload]  # each is a dataclass
