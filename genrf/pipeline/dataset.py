"""`task=dataset`: structures and sizes by chance, measured and kept as Parquet, the failures too.

`dataset/part-*.parquet` holds one row per design, in the order of the structures, so that a simulator that keeps a
circuit loaded changes it seldom. `structures.parquet` holds what each structure is. A design is decided by the seed,
its structure, its number and the rounds before its own: a run that was stopped goes on after the last whole part.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.core.files import writing
from genrf.core.parts import PartWriter, Table, parts, write_whole
from genrf.core.problem import AbstractProblem
from genrf.core.workers import Task
from genrf.pipeline.breeding import Limits, bred
from genrf.pipeline.config import Parts
from genrf.pipeline.lab import Lab
from genrf.pipeline.manifest import versions
from genrf.pipeline.progress import watch
from genrf.pipeline.record import structures_of
from genrf.pipeline.run import check_config, pool_of, problems_of

_PART = 2000  # designs in one file: about a second of work to lose, and 500 files for a million


def dataset(
    made: Parts, folder: Path, rounds: int = 0, ranges: Mapping[str, Any] | None = None, console: Console | None = None
) -> None:
    """Measure `budget` designs of at most `count` structures into `folder`, and say what came of them.

    After a first round by chance, each of `rounds` is bred from what was measured before it, under limits that are
    drawn from `ranges` where these name their metric, and the spec's own otherwise. Raises GenrfError when designs all
    fail in the same way, ConfigError when `folder` holds another data set, or for ranges that cannot be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder):
        _measured(made, folder, rounds, ranges, console)


def _measured(
    made: Parts, folder: Path, rounds: int, ranges: Mapping[str, Any] | None, console: Console | None
) -> None:
    given, begin = made.settings, time.monotonic()
    limits = Limits.of(made.spec, ranges or {})
    problems = problems_of(made, np.random.default_rng(given.seed))
    table = _table(problems, made)
    done = _resumed(folder, table, structures_of(problems, table))
    writer = PartWriter(folder / "dataset", table)
    with pool_of(problems, made) as pool, watch(made.spec, given.budget - done) as watcher:
        lab = Lab(problems, pool, writer, watcher, count=done)
        known, first = Measured(problems, limits, folder / "dataset"), 0
        for number, shares in enumerate(_shares(len(problems), given.budget, rounds)):
            if first + sum(shares) > done:
                known.grow(first)
                for batch in _batches(_tasks(problems, shares, known, given.seed, number), max(0, done - first)):
                    lab.measure("dataset", batch)
            first += sum(shares)
    writer.intact()
    _say(folder, given.budget - done, time.monotonic() - begin, console or Console(highlight=False))


class Measured:
    """What is on disk of each structure: points of its space, and the metrics that are limited."""

    def __init__(self, problems: Sequence[AbstractProblem], limits: Limits, folder: Path) -> None:
        self.limits, self.folder = limits, folder
        self.spaces = {problem.structure.name: problem.structure.space for problem in problems}
        self.points = {name: np.zeros((0, len(space))) for name, space in self.spaces.items()}
        self.found = {name: np.zeros((0, len(limits.metrics))) for name in self.spaces}
        self.designs = 0

    def grow(self, designs: int) -> None:
        """Take in what came since it was last asked to, up to the first `designs`."""
        if designs == self.designs:
            return
        new = _rows(self.folder, self.designs, designs)
        self.designs = designs
        for name in dict.fromkeys(new["structure"].to_pylist()):
            own, names = new.filter(pc.equal(new["structure"], name)), self.spaces[name].names
            values = _columns(own, [f"x.{variable}" for variable in names])
            points = [self.spaces[name].encode(dict(zip(names, row, strict=True))) for row in values]
            self.points[name] = np.concatenate([self.points[name], points])
            metrics = _columns(own, [f"m.{metric}" for metric in self.limits.metrics])
            self.found[name] = np.concatenate([self.found[name], metrics])

    def bred(self, name: str, count: int, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """`count` points for a structure, from the best of its own."""
        return bred(self.points[name], self.found[name], self.limits, count, rng)


def _rows(folder: Path, first: int, last: int) -> pa.Table:
    """The designs `first` to `last` of the parts in `folder`."""
    found, count = [], 0
    for path in parts(folder):
        begin, count = count, count + pq.read_metadata(path).num_rows
        if begin < last and count > first:
            found.append(pq.read_table(path).slice(max(0, first - begin), last - max(first, begin)))
    return pa.concat_tables(found)


def _columns(table: pa.Table, names: Sequence[str]) -> Float[np.ndarray, "n k"]:
    """Columns as numbers, NaN where there is none."""
    return np.stack([table[name].to_numpy().astype(float) for name in names], axis=1)


def _shares(structures: int, budget: int, rounds: int) -> list[list[int]]:
    """How many designs each structure gets in each round: equal shares, one more for the first ones."""
    whole = [budget // structures + (place < budget % structures) for place in range(structures)]
    ends = [[own * number // (rounds + 1) for own in whole] for number in range(rounds + 2)]
    return [[end - start for start, end in zip(*pair, strict=True)] for pair in pairwise(ends)]


def _tasks(
    problems: Sequence[AbstractProblem], shares: Sequence[int], known: Measured, seed: int, number: int
) -> Iterator[Task]:
    """The designs of one round, structure by structure: by chance, or bred from what is `known`."""
    for place, (problem, count) in enumerate(zip(problems, shares, strict=True)):
        space = problem.structure.space
        rng = np.random.default_rng([seed, place, number] if number else [seed, place])
        points = known.bred(problem.structure.name, count, rng) if number else rng.random((count, len(space)))
        for values in space.decode_all(points):
            yield Task(place, values)


def _batches(tasks: Iterator[Task], done: int) -> Iterator[list[Task]]:
    """Lots of `tasks` beyond those that are `done`."""
    left = islice(tasks, done, None)
    while batch := list(islice(left, _PART)):
        yield batch


def _table(problems: Sequence[AbstractProblem], made: Parts) -> Table:
    given = made.settings
    constants = {"spec": made.spec.name, "tech": given.tech, "seed": given.seed}
    provenance = {"config_hash": given.config_hash, **{name: str(value) for name, value in constants.items()}}
    provenance["conditions"] = json.dumps(dict(made.spec.conditions), sort_keys=True, default=str)
    provenance |= {f"version.{name}": version for name, version in versions(problems[0]).items()}
    return Table.of(problems, constants, provenance, corners=made.spec.corners)


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
