"""Rows on disk: Parquet parts that are whole or not there, with the unit of each column in its field."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
    "seconds": "wall time of the measurement, when it was simulated",
    "violation": "sum of relative excesses over the limits, 0 if feasible",
}  # fmt: skip
_HELD = b"parts"  # key in a joined file's metadata: it holds all parts below this number
_GROUP = 20_000  # rows of a row group in a joined file: of a hundred columns some 20 MB of memory


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
    _write([table], table.schema, path)


def _write(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    words = [field.name for field in schema if pa.types.is_string(field.type)]  # numbers hardly repeat themselves
    try:
        with whole(path) as file, pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=words) as writer:
            for table in tables:
                writer.write_table(table)
    except OSError as error:
        raise unwritable(path, error) from error


class PartWriter:
    """Appends batches of rows to a folder, one part each, going on after the parts that are there.

    The folder is made with the first part. Raises GenrfError when a part that was there is gone later.
    """

    def __init__(self, folder: Path, table: Table) -> None:
        self.folder = folder
        self.table = table
        there = parts(folder)
        self._held = _held(there[0]) if there else 1
        self._next = self._held + len(there) - 1 if there else 0
        for path in set(_files(folder)).difference(there):
            path.unlink()  # of a join that was cut short

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
        if self._next and not all(self._part(number).is_file() for number in (0, *range(self._held, self._next))):
            raise gone(self.folder)

    def join(self) -> None:
        """Make one file of all parts, for the day when thousands of runs lie side by side; `append` may go on after it.

        No operation takes many names from a folder and puts one in their place. So the whole file takes that of the
        first part in one step, and says in its metadata how many parts it holds; then the others are removed. What a
        kill leaves of them `parts` does not count, and the next PartWriter takes away.
        Raises GenrfError when a part is gone, or the disk has no room for the rows twice.
        """
        self.intact()
        there = parts(self.folder)
        if len(there) < 2:
            return
        written = pa.unify_schemas([self.table.schema, *map(pq.read_schema, there)])  # another genrf began, perhaps
        schema = written.with_metadata({**(self.table.schema.metadata or {}), _HELD: str(self._next)})
        _write(_groups(there, schema), schema, there[0])
        _settle(self.folder)
        for path in there[1:]:
            path.unlink()
        self._held = self._next

    def _part(self, number: int) -> Path:
        return self.folder / _name(number)


def _name(number: int) -> str:
    return f"part-{number:05d}.parquet"


def _groups(paths: Iterable[Path], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of `paths` in tables of at least `_GROUP` rows, but for the last; no more are in memory."""
    waiting = [schema.empty_table()]
    for path in paths:
        with pq.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                waiting.append(file.read_row_group(number, use_threads=False))  # quicker for so small groups
                if sum(map(len, waiting)) >= _GROUP:
                    yield pa.concat_tables(waiting, promote_options="default")
                    waiting = [schema.empty_table()]
    yield pa.concat_tables(waiting, promote_options="default")


def _settle(folder: Path) -> None:
    """Have a file's new name on disk: when the power fails, removals after it could be there without it otherwise."""
    with suppress(OSError):  # not every file system can
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make(folder: Path, path: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def parts(folder: Path) -> list[Path]:
    """The whole parts in `folder`, in order; without those that a joined first one holds too."""
    there = _files(folder)
    if len(there) < 2:
        return there
    beyond = _name(_held(there[0]))
    return there[:1] + [path for path in there[1:] if path.name >= beyond]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _held(path: Path) -> int:
    """How many parts a file holds: one, but for a joined one. It may be broken; who reads its rows will say so."""
    with suppress(pa.ArrowException, OSError):
        return int((pq.read_schema(path).metadata or {}).get(_HELD, 1))
    return 1


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
