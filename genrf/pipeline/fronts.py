"""The fronts of many runs as one: DuckDB reads them, what another run's design dominates falls out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from genrf.core import pareto
from genrf.core.errors import ToolNotFound
from genrf.pipeline.catalogue import Job

Objectives = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Merged:
    """All fronts of the jobs of one spec in one process with the same objectives.

    `rows` are those of all jobs, `chosen` tells which of them are on the front of all.
    """

    spec: str
    tech: str
    objectives: Objectives
    jobs: Sequence[Job]
    rows: pa.Table
    chosen: np.ndarray

    @property
    def front(self) -> pa.Table:
        """The rows that no row of another job dominates."""
        return self.rows.filter(pa.array(self.chosen))

    @property
    def name(self) -> str:
        """The spec, and the process where there is one."""
        return f"{self.spec}, {self.tech}" if self.tech else self.spec

    def units(self) -> dict[str, str]:
        """The unit of each metric."""
        fields = (field for field in self.rows.schema if field.name.startswith("m."))
        return {field.name.removeprefix("m."): (field.metadata or {}).get(b"unit", b"").decode() for field in fields}


def merge(jobs: Iterable[Job]) -> tuple[list[Merged], dict[Path, str]]:
    """The fronts of `jobs` merged by spec, process and objectives, and what is wrong with files that cannot be read."""
    groups: dict[tuple[str, str, Objectives], list[Job]] = {}
    for job in jobs:
        if job.objectives:
            groups.setdefault((job.said["spec"], job.said["tech"], job.objectives), []).append(job)
    broken: dict[Path, str] = {}
    merged = []
    for (spec, tech, objectives), members in sorted(groups.items()):
        rows = _read({job.folder / "front.parquet": job for job in members}, broken)
        F = _objectives(rows, objectives, members[0].said.get("corners", ()))
        chosen = pareto.front(F, np.where(np.isfinite(F).all(axis=1), 0.0, np.inf))
        merged.append(Merged(spec, tech, objectives, members, rows, chosen))
    return merged, broken


def _read(files: dict[Path, Job], broken: dict[Path, str]) -> pa.Table:
    """The rows of all `files` under the columns of all, with the job as a column; `broken` gets those without."""
    schemas = dict[Path, pa.Schema]()
    for path in files:
        try:
            schemas[path] = pq.read_schema(path)
        except (OSError, pa.ArrowException) as error:
            broken[path] = _line(error)
    duckdb = _duckdb()
    try:
        table = _ask(duckdb, schemas)
    except duckdb.Error:  # a file is whole at its end only
        for path in list(schemas):
            try:
                _ask(duckdb, [path])
            except duckdb.Error as error:
                broken[path] = _line(error)
                del schemas[path]
        table = _ask(duckdb, schemas)
    known = {field.name: field for schema in schemas.values() for field in schema}
    fields = [known.get(field.name, field).with_type(field.type) for field in table.schema]
    return table.cast(pa.schema(fields))


def _ask(duckdb: Any, paths: Iterable[Path]) -> pa.Table:
    listed = [str(path) for path in paths]
    if not listed:
        return pa.table({"job": pa.array([], pa.string())})
    question = (
        "select regexp_replace(filename, '/front\\.parquet$', '') as job, * exclude (filename) "
        "from read_parquet(?, union_by_name=true, filename=true) order by list_position(?, filename), id"
    )
    with duckdb.connect() as connection:
        return connection.sql(question, params=[listed, listed]).to_arrow_table()


def _objectives(rows: pa.Table, objectives: Objectives, corners: Sequence[str]) -> Float[np.ndarray, "n m"]:
    """Objectives to be minimised, the worst over the nominal case and `corners`; infinite where nothing is known."""
    F = np.full((rows.num_rows, len(objectives)), np.inf)
    for place, (metric, direction) in enumerate(objectives):
        names = [f"m.{metric}", *(f"m.{metric}@{corner}" for corner in corners)]
        values = [rows[name].to_numpy().astype(float) for name in names if name in rows.column_names]
        if values:
            signed = (-1.0 if direction == "maximize" else 1.0) * np.array(values)
            F[:, place] = np.fmax.reduce(signed)
    return np.where(np.isnan(F), np.inf, F)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise ToolNotFound("task=summary needs the package duckdb; pip install genrf[sweep]") from None
    return duckdb
