"""Rows on disk: Parquet parts that are whole or not there, with the unit of each column in its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from genrf.core.errors import ConfigError
from genrf.core.files import gone, unwritable, whole
from genrf.core.problem import AbstractProblem
from genrf.core.results import Row
from genrf.core.spec import Metric

_FIXED = {
    "id": pa.string(), "spec": pa.string(), "tech": pa.string(), "structure": pa.string(), "parent": pa.string(),
    "stage": pa.string(), "seed": pa.int64(), "status": pa.string(), "message": pa.string(), "seconds": pa.float64(),
    "violation": pa.float64(), "feasible": pa.bool_(),
}  # fmt: skip
_WORDS = {
    "id": "name of the design within the run", "parent": "design that this one was measured again from",
    "seconds": "wall time of the measurement", "violation": "sum of relative excesses over the limits, 0 if feasible",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """The columns of a run: what each row carries, and the constants `spec`, `tech`, `seed` of the whole run."""

    schema: pa.Schema
    constants: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        problems: Sequence[AbstractProblem],
        constants: Mapping[str, Any],
        metadata: Mapping[str, str],
        corners: Sequence[str] = (),
    ) -> "Table":
        """The columns for all of `problems`: shared variables must mean the same everywhere.

        Raises ConfigError when two structures give one variable name different units.
        """
        fields = [
            _field(name, kind, "s" if name == "seconds" else "", _WORDS.get(name, "")) for name, kind in _FIXED.items()
        ]
        fields += [
            _field(f"x.{name}", pa.float64(), unit, "design variable") for name, unit in _units(problems).items()
        ]
        metrics: dict[str, Metric] = {name: m for problem in problems for name, m in problem.known.items()}
        for corner in ("", *corners):
            at = f"@{corner}" if corner else ""
            at_corners = {name: m for name, m in metrics.items() if not (at and name in problems[0].spec.beyond)}
            fields += [_field(f"m.{name}{at}", pa.float64(), m.unit, m.description) for name, m in at_corners.items()]
        return cls(pa.schema(fields, metadata=dict(metadata)), dict(constants))

    def arrow(self, rows: Iterable[Row]) -> pa.Table:
        """`rows` as an Arrow table with this schema; what a row lacks is null."""
        return pa.Table.from_pylist([self._record(row) for row in rows], schema=self.schema)

    def _record(self, row: Row) -> dict[str, Any]:
        own = {name: getattr(row, name) for name in _FIXED if name not in self.constants}
        values = {f"x.{name}": value for name, value in row.values.items()}
        metrics = {f"m.{name}": value for name, value in row.metrics.items()}
        return {**self.constants, **own, **values, **metrics}


def write_whole(table: pa.Table, path: Path) -> None:
    """Write `table` so that `path` is whole or not there, whatever happens in between.

    Raises GenrfError naming the path when the disk is full or the folder is not there or cannot be written.
    """
    try:
        with whole(path) as file:
            pq.write_table(table, file, compression="zstd")
    except OSError as error:
        raise unwritable(path, error) from error


class PartWriter:
    """Appends batches of rows to a folder, one part each, going on after the parts that are there.

    The folder is made with the first part. Raises GenrfError when a part that was there is gone later.
    """

    def __init__(self, folder: Path, table: Table) -> None:
        self.folder = folder
        self.table = table
        self._next = len(parts(folder))

    def append(self, rows: Sequence[Row]) -> None:
        """Write `rows` as the next part; nothing for no rows."""
        if not rows:
            return
        path = self._part(self._next)
        if self._next:
            self.intact()
        else:
            _make(self.folder, path)
        write_whole(self.table.arrow(rows), path)
        self._next += 1

    def intact(self) -> None:
        """Raise GenrfError when a part is not there any more: a run must not go on, or end well, without its rows."""
        if not all(self._part(number).is_file() for number in range(self._next)):
            raise gone(self.folder)

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:05d}.parquet"


def _make(folder: Path, path: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def parts(folder: Path) -> list[Path]:
    """The whole parts in `folder`, in order."""
    return sorted(folder.glob("part-*.parquet"))


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """The rows of Parquet files that genrf wrote, in order."""
    return [_row(record) for path in paths for record in pq.read_table(path).to_pylist()]


def _row(record: Mapping[str, Any]) -> Row:
    own = {name: record[name] for name in _FIXED if name not in ("spec", "tech", "seed", "feasible")}
    return Row(**own, values=_prefixed(record, "x."), metrics=_prefixed(record, "m."))


def _prefixed(record: Mapping[str, Any], prefix: str) -> dict[str, float]:
    found = ((name.removeprefix(prefix), value) for name, value in record.items() if name.startswith(prefix))
    return {name: value for name, value in found if value is not None}


def _units(problems: Sequence[AbstractProblem]) -> dict[str, str]:
    units: dict[str, str] = {}
    for problem in problems:
        for variable in problem.structure.space.variables:
            known = units.setdefault(variable.name, variable.unit)
            if known != variable.unit:
                raise ConfigError(
                    f"variable {variable.name!r} of {problem.structure.name!r} has unit {variable.unit!r}, "
                    f"but {known!r} in another structure; rename one of them"
                )
    return units


def _field(name: str, kind: pa.DataType, unit: str, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"unit": unit, "description": description})
