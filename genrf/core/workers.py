"""Designs measured side by side: a pool of processes in which a hang or a crash costs one design, not the run."""

import gc
import logging
import math
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, Self

from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.sandbox import confine

log = logging.getLogger("genrf")

_START_SECONDS = 60.0  # a worker imports numpy and loads the simulator before it is ready
_PAGE = resource.getpagesize()
_FOREIGN_BYTES = 4e9  # a confined worker is limited even where the user sets no limit
_FOREIGN_SECONDS = 86_400  # of processor time in a worker's whole life, should nobody be there to end it
_START_TRIES = 3  # in a row: one may be killed from outside, three are a broken installation
_SLOWLY = 0.7  # of the memory limit, after which a worker is replaced between two designs
_STARVED = 9.0  # times the limit that a worker may wait for a processor besides
_LOOK_SECONDS = 0.05  # between two looks at who is lost
_SEND_SECONDS = 0.01  # answers travel together: each message costs the two processes more than a tenth of a design
_LOT = 16  # tasks on the way to one worker: enough to hide the pipe, few enough to share the end of a batch


@dataclass(frozen=True)
class Task:
    """What to do with one design of the problem at index `problem`.

    Only `measure` knows corners, and only `vary` the seed and the number of a `die`.
    """

    problem: int
    values: dict[str, float]
    corner: str = ""
    action: Literal["measure", "glance", "verify", "survey", "sketch", "extras", "vary"] = "measure"
    die: tuple[int, int] = (0, 0)


Answer = tuple[Measurement, float]  # with the seconds that it took
OnAnswer = Callable[[int, Measurement], None]


def perform(problems: Sequence[AbstractProblem], task: Task) -> Answer:
    """Carry out one task here. An exception is a crashed design with its last line as message."""
    begin = time.perf_counter()
    problem = problems[task.problem]
    try:
        if task.action == "measure":
            measured = problem.measure(task.values, task.corner)
        elif task.action == "vary":
            measured = problem.vary(task.values, *task.die)
        else:
            measured = getattr(problem, task.action)(task.values)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
        measured = Measurement("crashed", message=message)
    return measured, time.perf_counter() - begin


def _advice() -> str:
    """What to do when workers do not start: mostly a script lacks the line that keeps them from running it too."""
    main = sys.modules["__main__"]
    if getattr(main, "__spec__", None) is None and getattr(main, "__file__", None):
        return (
            f"workers read {Path(str(main.__file__)).name} too: put what it does under "
            '`if __name__ == "__main__":`; what else may be wrong stands above'
        )
    return "what it printed last, above, says why"


class Inline:
    """The pool's twin in this process: no time limit, but a debugger and a profiler see everything."""

    def __init__(self, problems: Sequence[AbstractProblem]) -> None:
        self.problems = problems

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]:
        """The answers to `tasks`, in their order."""
        answers = []
        for index, task in enumerate(tasks):
            answers.append(perform(self.problems, task))
            if on_answer is not None:
                on_answer(index, answers[-1][0])
        return answers


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    hand: Any  # shared with the process: the task that it has in hand, -1 for none, and since when
    since: float = field(default_factory=time.monotonic)
    ready: bool = False
    began: tuple[float, float] = (0.0, 0.0)  # when its task did, and how long it had waited for a processor by then
    pending: deque[int] = field(default_factory=deque)


class Workers:
    """`count` processes, each with its own simulator.

    A design that outlasts `time_limit` seconds, or makes its worker hold more than `memory_limit` bytes, is given up.
    Seconds in which others had its processor do not count, up to nine times the limit: a busy machine is to give the
    answers of an idle one.
    A worker that has grown slowly is replaced between two designs, at no design's cost. Workers of a problem that is
    foreign are confined to a folder of their own. Use as a context manager: leaving it ends the processes. The answers
    do not depend on `count`.
    """

    def __init__(
        self, problems: Sequence[AbstractProblem], count: int, time_limit: float, memory_limit: float = math.inf
    ) -> None:
        self.problems = problems
        self.count = count
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        # a server process forks the workers, so that they inherit neither this process's threads nor its memory
        self._context = multiprocessing.get_context("forkserver")
        if multiprocessing.get_start_method(allow_none=True) not in (None, *multiprocessing.get_all_start_methods()):
            # joblib's processes have one of their own, and the server's children would be told to use it
            multiprocessing.set_start_method("forkserver", force=True)
        self._place = ""  # of the folders of confined workers, who are killed, and may not remove their own
        self._workers: list[_Worker] = []
        self._failed_starts = 0
        self._idle_deaths = 0
        self._looked = 0.0
        self._look_seconds = min(_LOOK_SECONDS, time_limit)

    def __enter__(self) -> Self:
        if any(problem.foreign for problem in self.problems):
            self._place = tempfile.mkdtemp(prefix="genrf_")
        self._workers = [self._start() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            _end(worker)
        self._workers = []
        if self._place:
            shutil.rmtree(self._place, ignore_errors=True)

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]:
        """The answers to `tasks`, in their order; lost ones have the status `timeout` or `crashed`.

        Raises GenrfError when workers die or hang before they are ready, again and again.
        """
        answers: list[Answer | None] = [None] * len(tasks)
        waiting = deque(range(len(tasks)))
        open_tasks = len(tasks)

        def take(index: int, answer: Answer) -> None:
            nonlocal open_tasks
            answers[index] = answer
            open_tasks -= 1
            if on_answer is not None:
                on_answer(index, answer[0])

        while open_tasks:
            if time.monotonic() - self._looked > self._look_seconds:
                self._replace_lost(take, waiting)
                self._looked = time.monotonic()
            for worker in self._workers:
                self._feed(worker, waiting, tasks)
            self._collect(take)
        return [answer for answer in answers if answer is not None]

    def _feed(self, worker: _Worker, waiting: deque[int], tasks: Sequence[Task]) -> None:
        if not worker.ready or len(worker.pending) > _LOT // 2:
            return
        share = min(_LOT - len(worker.pending), math.ceil(len(waiting) / (2 * self.count)))
        lot = [waiting.popleft() for _ in range(share)]
        if lot:
            worker.pending.extend(lot)
            _send(worker, [(index, tasks[index]) for index in lot])

    def _collect(self, take: Callable[[int, Answer], None]) -> None:
        by_pipe = {worker.pipe: worker for worker in self._workers}
        for pipe in wait(list(by_pipe), timeout=self._look_seconds):
            worker = by_pipe[pipe]  # type: ignore[index]  # wait() returns what it was given
            try:
                while worker.pipe.poll():
                    answers = worker.pipe.recv()
                    if not worker.ready:
                        worker.ready, self._failed_starts = True, 0
                        for line in answers:
                            log.debug("sandbox: %s", line)
                        continue
                    for index, answer in answers:
                        worker.pending.remove(index)
                        take(index, answer)
            except (EOFError, OSError):
                worker.process.join(1.0)

    def _replace_lost(self, take: Callable[[int, Answer], None], waiting: deque[int]) -> None:
        for place, worker in enumerate(self._workers):
            lost = self._lost(worker)
            if lost is None and not worker.pending and _resident(worker) > _SLOWLY * self.memory_limit:
                _end(worker)
                self._workers[place] = self._start()
            if lost is None:
                continue
            if not worker.ready:
                self._failed_starts += 1
                if self._failed_starts == _START_TRIES:
                    raise GenrfError(
                        f"a worker process did not start, {_START_TRIES} times in a row: {lost.message}; {_advice()}"
                    )
            _end(worker)
            guilty = self._guilty(worker)
            if guilty is not None:
                worker.pending.remove(guilty)
                take(guilty, (lost, time.monotonic() - worker.hand[1]))
            waiting.extendleft(reversed(worker.pending))  # never begun, or their answers died with the process
            self._workers[place] = self._start()

    def _guilty(self, worker: _Worker) -> int | None:
        """The task that a lost worker had in hand; the first that it was to do when it dies again and again idly."""
        index = int(worker.hand[0])
        self._idle_deaths = 0 if index in worker.pending or not worker.pending else self._idle_deaths + 1
        if index in worker.pending:
            return index
        return worker.pending[0] if self._idle_deaths == _START_TRIES else None

    def _lost(self, worker: _Worker) -> Measurement | None:
        if not worker.process.is_alive():
            return Measurement("crashed", message=f"the simulator process ended with code {worker.process.exitcode}")
        limit, since = (self.time_limit, worker.hand[1]) if worker.ready else (_START_SECONDS, worker.since)
        # resident memory, since numpy and the simulator reserve far more addresses than they ever use
        if worker.pending and _resident(worker) > self.memory_limit:
            return Measurement("crashed", message=f"used more than {self.memory_limit / 1e9:g} GB of memory")
        busy = worker.hand[0] >= 0 or not worker.ready
        if worker.began[0] != since:
            worker.began = (since, _delayed(worker))
        starved = min(_delayed(worker) - worker.began[1], _STARVED * limit)
        if busy and time.monotonic() - since > limit + starved:
            return Measurement("timeout", message=f"not done within {limit:g} s")
        return None

    def _start(self) -> _Worker:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of two workers wait for each other, spinning
        here, there = self._context.Pipe()
        hand = self._context.RawArray("d", [-1.0, 0.0])
        arguments = (there, hand, self.problems, self.memory_limit, self._place)
        process = self._context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        there.close()
        return _Worker(process, here, hand)


def _send(worker: _Worker, message: Any) -> None:
    try:
        worker.pipe.send(message)
    except OSError:
        worker.process.join(1.0)  # it died; the loop will see that and give its tasks to another


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


@lru_cache
def settle() -> None:
    """Once per process, after its first designs: what was imported for them is no garbage, and need not be looked at.

    Python's collector would walk it again and again, for a twelfth of an evaluation's time.
    """
    gc.collect()
    gc.freeze()


def _resident(worker: _Worker) -> int:
    """Bytes that a worker's process holds in memory; 0 where the system does not tell."""
    try:
        with open(f"/proc/{worker.process.pid}/statm") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _delayed(worker: _Worker) -> float:
    """Seconds that a worker's process has waited for a processor; 0 where the system does not tell."""
    try:
        with open(f"/proc/{worker.process.pid}/schedstat") as file:
            return int(file.read().split()[1]) * 1e-9
    except (OSError, IndexError, ValueError):
        return 0.0


def _serve(pipe: Connection, hand: Any, problems: Sequence[AbstractProblem], memory_limit: float, place: str) -> None:
    """A worker's life: say ready and how it is confined, below `place` if at all, then answer until the pipe closes."""
    said = list[str]()
    if place:
        tempfile.tempdir = tempfile.mkdtemp(dir=place)
        os.chdir(tempfile.tempdir)
        memory = int(min(memory_limit, _FOREIGN_BYTES))
        said = confine(Path(tempfile.tempdir), 2 * memory, _FOREIGN_SECONDS)
    _answer(pipe, hand, problems, said)


def _answer(pipe: Connection, hand: Any, problems: Sequence[AbstractProblem], said: list[str]) -> None:
    pipe.send(said)
    try:
        while True:
            done, sent = list[tuple[int, Answer]](), time.monotonic()
            for index, task in pipe.recv():
                hand[1] = time.monotonic()
                hand[0] = index
                if done and hand[1] - sent > _SEND_SECONDS:
                    pipe.send(done)
                    done, sent = [], hand[1]
                done.append((index, perform(problems, task)))
            hand[0] = -1.0
            pipe.send(done)
            settle()
    except (EOFError, OSError, KeyboardInterrupt):
        return
