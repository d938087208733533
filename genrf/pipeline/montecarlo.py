"""Monte Carlo: many dies of one design over the pool, and their table on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from genrf.core.cache import Pool
from genrf.core.errors import ConfigError
from genrf.core.parts import write_whole
from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.workers import Inline, Task
from genrf.core.yields import Dies
from genrf.pipeline.paid import Paid

_LEAST, _MOST = 20, 100  # dies of a design that was not chosen: fewer say nothing, more are not asked for


@dataclass(frozen=True)
class MonteCarloAnalysis:
    """`dies` of a design with the statistics of its process, from a `seed`: the same seed draws the same dies.

    Raises ConfigError for fewer than one die.
    """

    dies: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        if self.dies < 1:
            raise ConfigError(f"MonteCarloAnalysis: dies must be at least 1, got {self.dies}")

    def run(self, problem: AbstractProblem, values: Mapping[str, float], pool: Pool | None = None) -> Dies:
        """The dies of the design with `values`, measured over `pool`, in this process without one."""
        return self.of([problem], 0, values, pool or Inline([problem]))

    def of(self, problems: Sequence[AbstractProblem], place: int, values: Mapping[str, float], pool: Pool) -> Dies:
        """The dies of a design of the problem at index `place` of those that `pool` knows."""
        measured = [answer for answer, _ in pool.evaluate(self._tasks(place, values))]
        return _dies(problems[place], measured)

    def among(self, designs: Sequence[Design], problems: Sequence[AbstractProblem], pool: Pool) -> dict[str, Dies]:
        """By id, dies of as many of the first `designs` as there are dies for, at least `_LEAST` of each."""
        each = min(_MOST, max(_LEAST, self.dies // max(1, len(designs))))
        places = {problem.structure.name: place for place, problem in enumerate(problems)}
        few, seen = replace(self, dies=each), designs[: self.dies // each]
        tasks = [task for one in seen for task in few._tasks(places[one.problem.structure.name], one.values)]
        answers = iter([answer for answer, _ in pool.evaluate(tasks)])
        return {one.id: _dies(one.problem, [next(answers) for _ in range(each)]) for one in seen}

    def unasked(self, designs: Sequence[Design], paid: Paid) -> dict[str, Dies]:
        """By id, as many dies as a search pays for: of all the designs, else of the first, else of none."""
        for whose, each in ((designs, _MOST), (designs, _LEAST), (designs[:1], _LEAST)):
            found = paid.together(whose, replace(self, dies=each)._wanted)
            if found:
                return _by_id(whose, found)
        return {}

    def glimpses(self, designs: Sequence[Design], paid: Paid) -> dict[str, Dies]:
        """By id, the fewest dies that say something of each of the first designs, as far as a search pays for them."""
        return _by_id(designs, paid.measured(designs, replace(self, dies=_LEAST)._wanted))

    def _wanted(self, design: Design, place: int) -> list[Task]:
        return self._tasks(place, design.values)

    def _tasks(self, place: int, values: Mapping[str, float]) -> list[Task]:
        return [Task(place, dict(values), action="vary", die=(self.seed, number)) for number in range(self.dies)]


def _dies(problem: AbstractProblem, measured: Sequence[Measurement]) -> Dies:
    return Dies(
        replace(problem.spec, corners=()),  # a die is at the nominal temperature and supply
        [dict(problem.spec.complete(one.metrics)) if one.status == "ok" else {} for one in measured],
        [one.curves or {} for one in measured],
    )


def _by_id(designs: Sequence[Design], found: Sequence[Sequence[Measurement]]) -> dict[str, Dies]:
    return {one.id: _dies(one.problem, own) for one, own in zip(designs, found, strict=False)}


def write_dies(designs: Sequence[Design], found: Mapping[str, Dies], path: Path) -> None:
    """One row per die: the design's id, the number of the die, `m.<metric>`, `z.<parameter>` in standard deviations."""
    rows = [
        {"id": design.id, "die": number, **_named("m", metrics), **_named("z", deviates)}
        for design in designs
        for number, (metrics, deviates) in enumerate(
            zip(found[design.id].metrics, found[design.id].deviates, strict=True)
        )
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    write_whole(pa.Table.from_pydict({name: [row.get(name) for row in rows] for name in names}), path)


def _named(prefix: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}.{name}": value for name, value in values.items()}
