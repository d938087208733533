"""A robust search's extra simulations: who gets them, and how many there may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from genrf.core import pareto
from genrf.core.cache import Pool
from genrf.core.problem import Measurement
from genrf.core.results import Row
from genrf.core.robust import EXTRA, AbstractRobustness
from genrf.core.workers import Answer, OnAnswer, Task


@dataclass
class _Case:
    """A design under examination: its nominal answer, and what came since."""

    task: Task
    nominal: Measurement
    seconds: float
    extra: list[tuple[Task, Measurement]] = field(default_factory=list)


@dataclass
class Examiner:
    """Measures designs over a pool; those that hold nominally go through the steps of `robust`, best first.

    A design goes no further when it fails a step, or when a design that passed all of them is better in every
    objective: what comes could only make it worse. In all there are at most `cost` extra simulations per design; what
    early designs leave over, while few hold nominally, the later ones have. What is decided depends on measured rows
    alone, so that a resumed run decides the same.
    """

    pool: Pool
    robust: AbstractRobustness
    cost: float
    _designs: int = 0
    _spent: float = 0.0
    _front: Float[np.ndarray, "n m"] | None = None

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]:
        """The answers to nominal `tasks`, in their order, with what was found beyond them."""
        nominal = replace(self.robust.spec, goals=self._goals(), corners=())

        def holds(measured: Measurement) -> bool:
            return measured.status == "ok" and nominal.violation(measured.metrics) <= 0

        def seen(index: int, measured: Measurement) -> None:
            if on_answer is not None and not holds(measured):
                on_answer(index, measured)

        answers = self.pool.evaluate(tasks, seen)
        cases = {
            i: _Case(task, *answer) for i, (task, answer) in enumerate(zip(tasks, answers, strict=True))
            if holds(answer[0])
        }  # fmt: skip
        self._examine(list(cases.values()), len(tasks))
        for i, case in cases.items():
            answers[i] = (self.robust.joined(case.nominal, case.extra), case.seconds)
            if on_answer is not None:
                on_answer(i, answers[i][0])
        return answers

    def learn(self, rows: Sequence[Row]) -> None:
        """Take in measured designs, also of a run that is gone on with."""
        self._designs += len(rows)
        self._spent += sum(row.metrics.get(EXTRA, 0.0) for row in rows)
        self.robust.saw(rows)
        passed = [self.robust.spec.F(row.metrics) for row in rows if row.feasible]
        if passed:
            F = np.array(passed if self._front is None else [*self._front, *passed])
            self._front = F[pareto.front(F, np.zeros(len(F)))]

    def _goals(self) -> dict[str, object]:
        spec = self.robust.spec
        return {name: goal for name, goal in spec.goals.items() if name not in spec.beyond}

    def _examine(self, cases: list[_Case], designs: int) -> None:
        allowed = self.cost * (self._designs + designs) - self._spent
        for step in range(self.robust.steps):
            tasks = list[tuple[_Case, Task]]()
            for case in self._best_first(cases):
                own = self.robust.tasks(case.task, step)
                if len(own) <= allowed:
                    allowed -= len(own)
                    tasks += [(case, task) for task in own]
            # corner by corner, so that a simulator that keeps a circuit loaded changes it seldom
            tasks.sort(key=lambda pair: (pair[1].corner, pair[1].problem))
            for (case, task), (measured, seconds) in zip(
                tasks, self.pool.evaluate([task for _, task in tasks]), strict=True
            ):
                case.extra.append((task, measured))
                case.seconds += seconds
            asked = {id(case) for case, _ in tasks}
            cases = [case for case in cases if id(case) in asked and self._goes_on(case)]

    def _goes_on(self, case: _Case) -> bool:
        return self.robust.promising(case.nominal, case.extra) and not self._dominated(self._F(case))

    def _dominated(self, f: Float[np.ndarray, "m"]) -> bool:
        if self._front is None:
            return False
        return bool(np.any(np.all(self._front <= f, axis=1) & np.any(self._front < f, axis=1)))

    def _best_first(self, cases: Sequence[_Case]) -> list[_Case]:
        if not cases:
            return []
        F = np.array([self._F(case) for case in cases])
        return [cases[place] for place in pareto.best_first(F, np.zeros(len(F)))]

    def _F(self, case: _Case) -> Float[np.ndarray, "m"]:
        """The objectives as far as they are known: at corners to come they can only be worse."""
        return self.robust.spec.F(self.robust.joined(case.nominal, case.extra).metrics)
