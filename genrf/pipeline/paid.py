"""What a search pays for: designs that it found, measured closer, as far as that costs little beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from genrf.core.cache import Pool
from genrf.core.problem import AbstractProblem, Design, Measurement
from genrf.core.results import Row
from genrf.core.workers import Task

_SHARE = 0.4  # of the search's own seconds, for all kinds of measurements together
_PART = 0.25  # of what is left, for what is wanted of all designs or of none
_FREE = 45.0  # seconds of a processor after the shortest search: 200 amplifiers take 15, 16 wideband ones more than 30

Wanted = Callable[[Design, int], Sequence[Task]]  # what to measure of a design, whose problem has this index


@dataclass
class Paid:
    """Measures over `pool` what the search that measured the rows of `searched` pays for; `left` is in seconds.

    Four tenths of the seconds of the search pay, and at least 45 seconds of a processor. Who asks first has most.
    """

    problems: Sequence[AbstractProblem]
    pool: Pool
    searched: Sequence[Row]
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = max(_FREE, _SHARE * sum(row.seconds for row in self.searched))

    def measured(self, designs: Sequence[Design], wanted: Wanted) -> list[list[Measurement]]:
        """What came of all tasks of each of the first designs, in lots that grow as long as the next one is paid for.

        The first design's price is told by what feasible ones of its structure did cost, that of later ones by those
        before.
        """
        tasks, found = [wanted(one, self._place(one)) for one in designs], list[list[Measurement]]()
        each = len(tasks[0]) * self._cost(designs[0].problem.structure.name) if designs else 0.0
        while self.left > 0 and len(found) < len(tasks):
            count = 1 + 2 * len(found)
            lot = tasks[len(found) :][: count if each * count <= self.left else max(0, int(self.left / each))]
            if not lot:
                break
            before = self.left
            found += self._evaluated(lot)
            each = (before - self.left) / len(lot)
        return found

    def together(self, designs: Sequence[Design], wanted: Wanted) -> list[list[Measurement]]:
        """What came of all tasks of each design, or nothing where that would take too much of what is left."""
        tasks = [wanted(one, self._place(one)) for one in designs]
        costs = [self._cost(one.problem.structure.name) for one in designs]
        price = sum(len(own) * cost for own, cost in zip(tasks, costs, strict=True))
        return self._evaluated(tasks) if price <= _PART * self.left else []

    def _evaluated(self, lot: Sequence[Sequence[Task]]) -> list[list[Measurement]]:
        answers = iter(self.pool.evaluate([task for own in lot for task in own]))
        shares = [[next(answers) for _ in own] for own in lot]
        self.left -= sum(seconds for own in shares for _, seconds in own)
        return [[measured for measured, _ in own] for own in shares]

    def _place(self, design: Design) -> int:
        return [problem.structure.name for problem in self.problems].index(design.problem.structure.name)

    def _cost(self, structure: str) -> float:
        """Mean seconds of designs that keep every limit, as nothing was spared there; of all where none does."""
        own = [row for row in self.searched if row.structure == structure]
        seconds = [row.seconds for row in own if row.feasible] or [row.seconds for row in own]
        return sum(seconds) / max(1, len(seconds))
