"""The curves of the designs of a front that were not chosen, as far as they cost little beside the search."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from genrf.core.cache import Pool
from genrf.core.problem import AbstractProblem, Design
from genrf.core.results import Row
from genrf.core.workers import Task
from genrf.pipeline.sensitivity import cost

_SHARE = 0.1  # of the search's own seconds, which all sketches together may take
_FREE = 2.0  # seconds of a processor that they may take after the shortest search


def sketches(
    designs: Sequence[Design], problems: Sequence[AbstractProblem], pool: Pool, searched: Iterable[Row]
) -> list[Design]:
    """`designs`, the first of them with their curves, in lots that grow as long as the next one is paid for.

    The first lot is told by what feasible designs of its structure did cost, each later one by those before.
    """
    rows = list(searched)
    places = {problem.structure.name: place for place, problem in enumerate(problems)}
    left, found = max(_FREE, _SHARE * sum(row.seconds for row in rows)), list[Design]()
    each = cost(rows, designs[0].problem.structure.name) if designs else 0.0
    while len(found) < len(designs):
        count = 2 + 2 * len(found)
        paid = count if each * count < left else max(0, int(left / each))
        lot = designs[len(found) :][:paid]
        if not lot:
            break
        tasks = [Task(places[one.problem.structure.name], dict(one.values), action="sketch") for one in lot]
        answers = pool.evaluate(tasks)
        found += [replace(one, curves=measured.curves) for one, (measured, _) in zip(lot, answers, strict=True)]
        spent = sum(seconds for _, seconds in answers)
        left, each = left - spent, spent / len(lot)
    return [*found, *designs[len(found) :]]
