"""The four stages as plain functions: generate, simulate, optimize, export."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float

from genrf.core import pareto
from genrf.core.errors import ConfigError
from genrf.core.optimizer import FAILED, AbstractOptimizer, AbstractSearch
from genrf.core.problem import (
    AbstractExporter,
    AbstractGenerator,
    AbstractProblem,
    Check,
    Design,
    Expected,
    Panel,
    Structure,
)
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec
from genrf.core.workers import Task
from genrf.optimize.race import survivors
from genrf.optimize.sobol import sobol
from genrf.pipeline.lab import Lab

_PATIENCE = 12  # generations between two looks at who is still in the race


def generate(generator: AbstractGenerator, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Structure]:
    """Structures that the spec may be met with.

    Raises ConfigError when there is none, or when two share a name.
    """
    structures = list(generator.generate(spec, count, rng))
    names = [structure.name for structure in structures]
    if not names:
        raise ConfigError(f"model: {type(generator).__name__} has no structure for spec {spec.name!r}")
    if len(set(names)) < len(names):
        raise ConfigError(f"model: two structures share a name among {', '.join(names)}")
    return structures


def simulate(lab: Lab, samples: int, rng: np.random.Generator) -> Results:
    """Screen every structure at `samples` designs: those it is known to begin well with, and evenly spread ones."""
    tasks = [
        Task(place, values) for place, problem in enumerate(lab.problems) for values in _screened(problem, samples, rng)
    ]
    return Results(lab.spec, tuple(lab.measure("simulate", tasks)))


def _screened(problem: AbstractProblem, samples: int, rng: np.random.Generator) -> list[dict[str, float]]:
    starts, space = [dict(values) for values in problem.starts[:samples]], problem.structure.space
    left = samples - len(starts)
    return [*starts, *(space.decode_all(sobol(len(space), left, rng)) if left else ())]


@dataclass
class _Runner:
    """One structure in the race."""

    place: int
    problem: AbstractProblem
    search: AbstractSearch
    asked: Float[np.ndarray, "n d"] = field(default_factory=lambda: np.empty((0, 0)))

    def tasks(self) -> list[Task]:
        return [Task(self.place, values) for values in self.problem.structure.space.decode_all(self.asked)]


def optimize(
    lab: Lab,
    screened: Results,
    optimizer: AbstractOptimizer,
    budget: int,
    rng: np.random.Generator,
    generator: AbstractGenerator | None = None,
) -> Results:
    """Search all structures together for `budget` more designs, dropping those that fall behind.

    They are looked at when the optimizer says, else every few batches.
    Each search is told what the `generator` expects of its structure, and then its screened designs.
    """
    runners = [_runner(lab, place, screened, optimizer, rng, generator) for place in range(len(lab.problems))]
    looks = optimizer.looks(len(runners), budget)
    results, spent, generation = screened, 0, 0
    while spent < budget:
        tasks, begin = list[Task](), time.perf_counter()
        for runner in runners:
            runner.asked = runner.search.ask()[: budget - spent - len(tasks)]
            tasks += runner.tasks()
        chosen = time.perf_counter()
        rows = lab.measure("optimize", tasks)
        measured = time.perf_counter()
        before, spent, generation = spent, spent + len(rows), generation + 1
        results += rows
        for runner, own in zip(runners, _split(rows, [len(r.asked) for r in runners]), strict=True):
            if own:
                runner.search.tell(runner.asked, *_told(own, results.spec))
        lab.watcher.thought(chosen - begin + time.perf_counter() - measured)
        if generation % _PATIENCE == 0 if looks is None else any(before < look <= spent for look in looks):
            staying = survivors(results, [runner.problem.structure.name for runner in runners])
            runners = [runner for runner in runners if runner.problem.structure.name in staying]
    return results


def _runner(
    lab: Lab,
    place: int,
    screened: Results,
    optimizer: AbstractOptimizer,
    rng: np.random.Generator,
    generator: AbstractGenerator | None,
) -> _Runner:
    problem, spec = lab.problems[place], screened.spec
    space = problem.structure.space
    search = optimizer.start(space, len(spec.objectives), _limits(spec) + 1, rng)
    expected = generator.expected(problem.structure, spec) if generator else None
    if expected:
        search.foresee(partial(_foreseen, expected, spec))
    best = screened.of_structure(problem.structure.name).best_first().rows
    if best:
        search.tell(np.array([space.encode(row.values) for row in best]), *_told(best, spec))
    return _Runner(place, problem, search)


def _split(rows: Sequence[Row], sizes: Sequence[int]) -> list[list[Row]]:
    bounds = np.cumsum([0, *sizes])
    return [list(rows[a:b]) for a, b in pairwise(bounds)]


def _foreseen(
    expected: Expected, spec: DesignSpec, U: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, "n k"]]:
    """Expected metrics as an optimizer would be told them once they are measured."""
    metrics = expected(U)
    rows = [dict(zip(metrics, map(float, values), strict=True)) for values in zip(*metrics.values(), strict=True)]
    return np.array([spec.F(row) for row in rows]), np.array([_constraints(row, spec) for row in rows])


def _constraints(metrics: Mapping[str, float], spec: DesignSpec) -> Float[np.ndarray, "k"]:
    """The limits' excesses, and that the design could be measured."""
    return np.append(np.clip(spec.G(metrics), -FAILED, FAILED / 2), 0.0)


def _told(rows: Sequence[Row], spec: DesignSpec) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, "n k"]]:
    """What an optimizer is told: NaN and infinity never reach it.

    The last constraint is whether the design could be measured, so that a spec without limits can tell too.
    """
    failed = (np.zeros(len(spec.objectives)), np.full(_limits(spec) + 1, FAILED))
    told = [(spec.F(row.metrics), _constraints(row.metrics, spec)) if row.status == "ok" else failed for row in rows]
    return np.array([F for F, _ in told]), np.array([G for _, G in told])


def _limits(spec: DesignSpec) -> int:
    return len(spec.G({name: 0.0 for name in spec.goals}))


def verify(lab: Lab, results: Results, most: int) -> Results:
    """The front measured again, more strictly and at every corner; who fails or is dominated then falls out.

    Of a larger front the `most` designs that keep its spread go on.
    """
    candidates = results.front().best_first().rows[:most]
    return (
        Results(results.spec, tuple(lab.remeasure("verify", candidates))).front()
        if candidates
        else Results(results.spec)
    )


def choose(lab: Lab, front: Results, count: int) -> list[Design]:
    """The designs to be written out: the knee first, then the best of each objective, then the widest spread.

    The knee is taken among the designs that keep every limit at every corner, where there are any.
    """
    if not len(front):
        return []
    holding = np.flatnonzero([front.spec.holds(row.metrics, lab.problems[0].corners) for row in front])
    order = [
        pareto.knee(front.F, holding if len(holding) else np.arange(len(front))),
        *np.argmin(front.F, axis=0),
        *pareto.best_first(front.F, front.violation),
    ]
    rows = [front.rows[place] for place in dict.fromkeys(int(place) for place in order)][:count]
    return [replace(_design(lab, row), rank=rank) for rank, row in enumerate(rows, start=1)]


def others(lab: Lab, front: Results, chosen: Sequence[Design]) -> list[Design]:
    """The designs of the front that were not chosen, the widest spread first."""
    taken = {design.id for design in chosen}
    spread = (_design(lab, row) for row in front.best_first())
    return [design for design in spread if design.id not in taken]


def _design(lab: Lab, row: Row) -> Design:
    problem = next(problem for problem in lab.problems if problem.structure.name == row.structure)
    return Design(row.parent or row.id, problem, row.values, row.metrics)


def export(
    designs: Sequence[Design], exporters: Mapping[str, AbstractExporter], folder: Path
) -> tuple[list[Check], dict[str, list[Panel]]]:
    """Write each design with each exporter into `<rank>_<id>/`, and read every file back.

    A design's folder is hidden until all of it is written and read, so that it is whole or not there.
    Returns what came of it, and what the report shows of the files, by the id of the design.
    """
    checks, panels = list[Check](), dict[str, list[Panel]]()
    if designs:
        folder.mkdir(exist_ok=True)
    for design in designs:
        panels[design.id] = []
        with _hidden(folder / f"{design.rank}_{design.id}") as place:
            for exporter in exporters.values():
                paths = exporter.export(design, place)
                checks += exporter.check(paths, design)
                panels[design.id] += exporter.panels(paths, design)
    return checks, panels


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """A fresh folder that becomes `folder` when the block ends well."""
    hidden = folder.with_name(f".{folder.name}.tmp")
    hidden.mkdir()
    yield hidden
    with suppress(FileNotFoundError):  # unless a run that was stopped had come so far
        shutil.rmtree(folder)
    hidden.rename(folder)
