"""`task=dataset`: structures and sizes by chance, measured and kept as Parquet, the failures too.

`dataset/part-*.parquet` holds one row per design, in the order of the structures, so that a simulator that keeps a
circuit loaded changes it seldom. `structures.parquet` holds what each structure is. A design is decided by the seed,
its structure and its number alone: a run that was stopped goes on after the last whole part.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.core.parts import PartWriter, Table, parts, write_whole
from genrf.core.problem import AbstractProblem
from genrf.core.space import AbstractVariable
from genrf.core.workers import Task
from genrf.pipeline.config import Parts
from genrf.pipeline.lab import Lab
from genrf.pipeline.manifest import versions
from genrf.pipeline.progress import watch
from genrf.pipeline.run import check_config, pool_of, problems_of

_PART = 2000  # designs in one file: about a second of work to lose, and 500 files for a million


def dataset(made: Parts, folder: Path, console: Console | None = None) -> None:
    """Measure `budget` designs of at most `count` structures into `folder`, and say what came of them.

    Raises GenrfError when designs all fail in the same way, ConfigError when `folder` holds another data set.
    """
    given, begin = made.settings, time.monotonic()
    problems = problems_of(made, np.random.default_rng(given.seed))
    table = _table(problems, made)
    done = _resumed(folder, table, _structures(problems, table))
    writer = PartWriter(folder / "dataset", table)
    with pool_of(problems, made) as pool, watch(made.spec, given.budget - done) as watcher:
        lab = Lab(problems, pool, writer, watcher, count=done)
        for first in range(done, given.budget, _PART):
            last = min(first + _PART, given.budget)
            lab.measure("dataset", list(_tasks(problems, given.seed, given.budget, first, last)))
    _say(folder, given.budget - done, time.monotonic() - begin, console or Console(highlight=False))


def _tasks(problems: Sequence[AbstractProblem], seed: int, budget: int, first: int, last: int) -> Iterator[Task]:
    """The designs `first` to `last` of a data set: every structure has an equal share, one more for the first ones."""
    ends = np.cumsum([budget // len(problems) + (place < budget % len(problems)) for place in range(len(problems))])
    for place in range(int(np.searchsorted(ends, first, "right")), len(problems)):
        start = int(ends[place - 1]) if place else 0
        if start >= last:
            break
        space = problems[place].structure.space
        points = np.random.default_rng([seed, place]).random((min(last, int(ends[place])) - start, len(space)))
        for values in space.decode_all(points[max(first - start, 0) :]):
            yield Task(place, values)


def _table(problems: Sequence[AbstractProblem], made: Parts) -> Table:
    given = made.settings
    constants = {"spec": made.spec.name, "tech": given.tech, "seed": given.seed}
    provenance = {"config_hash": given.config_hash, **{name: str(value) for name, value in constants.items()}}
    provenance |= {f"version.{name}": version for name, version in versions(problems[0]).items()}
    return Table.of(problems, constants, provenance, corners=made.spec.corners)


def _structures(problems: Sequence[AbstractProblem], table: Table) -> pa.Table:
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


def _resumed(folder: Path, table: Table, structures: pa.Table) -> int:
    """How many designs `folder` holds; what the structures are is written where it holds none."""
    path = folder / "structures.parquet"
    if not path.is_file():
        write_whole(structures, path)
        return 0
    check_config([path], table, folder)
    if not pq.read_table(path).equals(structures):
        raise ConfigError(f"resume: the structures in {path} are others than this config asks for; is genrf the same?")
    return sum(pq.read_metadata(part).num_rows for part in parts(folder / "dataset"))


def _say(folder: Path, designs: int, seconds: float, console: Console) -> None:
    statuses = Counter(pq.read_table(folder / "dataset", columns=["status"])["status"].to_pylist())
    ended = ", ".join(f"{count:,} {status}" for status, count in statuses.most_common())
    rate = f"; {designs:,} of them now, in {seconds:.1f} s, {designs / seconds:,.0f} a second" if designs else ""
    console.print(f"{statuses.total():,} designs: {ended}{rate}\n{folder / 'dataset'}", soft_wrap=True)
