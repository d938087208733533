"""Designs measured on many machines: the pool's second kind, over a Dask cluster.

Every Dask worker keeps pools of one process each, so that limits of time and memory, confinement and the loss of a
simulator are dealt with where they happen. A lot of designs is one Dask task; a lot whose worker dies is done by
another.
"""

import logging
import math
import pkgutil
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Self

from genrf.core.cores import cores
from genrf.core.elastic import MODES, PREDICTIVE, Forecast
from genrf.core.errors import ConfigError, GenrfError, ToolNotFound, choices
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.workers import Answer, OnAnswer, Task

log = logging.getLogger("genrf")

_TASK_SECONDS = 0.005  # that client and scheduler take for one Dask task: experiments/cluster
_CONNECT_SECONDS = 15.0
_WAIT_SECONDS = 120.0  # for the first worker
_SILENT_SECONDS = 5.0  # of that


@dataclass(frozen=True)
class Dask:
    """Where `workers=dask` has designs measured.

    On the cluster at `scheduler` (tcp://host:8786), or on one that is started for the run: `kind` names its class,
    `options` its arguments. Without a `mode` that one has `maximum` workers (one per core when None); `conservative`,
    `balanced` and `aggressive` let it follow what waits, `predictive` sizes it to end in `finish` seconds. `start` is
    what a new worker takes to begin, `lot` the designs in one Dask task; worked out from what they take when None.
    """

    scheduler: str | None
    kind: str
    options: Mapping[str, Any]
    mode: str | None
    minimum: int
    maximum: int | None
    finish: float
    start: float
    lot: int | None

    def __post_init__(self) -> None:
        known = [*MODES, PREDICTIVE]
        if self.mode is not None and self.mode not in known:
            raise ConfigError(f"cluster.mode={self.mode}: no such mode; {choices(self.mode, known)}")
        if self.mode is not None and self.scheduler is not None:
            raise ConfigError(
                f"cluster.mode={self.mode} is for a cluster that the run starts; the one at {self.scheduler} is "
                "scaled where it was started, so leave one of the two out"
            )
        if not 1 <= self.minimum <= self.most:
            raise ConfigError(f"cluster.minimum must be from 1 to cluster.maximum, got {self.minimum} of {self.most}")
        if self.finish <= 0 or self.start < 0:
            raise ConfigError(
                f"cluster.finish must be above 0 s and cluster.start at least 0 s, got {self.finish:g}, {self.start:g}"
            )
        if self.lot is not None and self.lot < 1:
            raise ConfigError(f"cluster.lot must be at least 1 design, got {self.lot}")

    @property
    def most(self) -> int:
        """The workers at the most."""
        return self.maximum or cores()

    def pool(
        self, problems: Sequence[AbstractProblem], time_limit: float, memory_limit: float, budget: int
    ) -> "Spread":
        """The pool for a run that means to measure `budget` designs."""
        return Spread(self, problems, time_limit, memory_limit, budget)


@dataclass
class Spread:
    """A pool over a Dask cluster, made by `Dask.pool`. Use as a context manager. The answers do not depend on it."""

    given: Dask
    problems: Sequence[AbstractProblem]
    time_limit: float
    memory_limit: float
    budget: int
    answered: int = 0
    busy: float = 0.0  # seconds that the answers took
    _cluster: Any = field(default=None, init=False)
    _client: Any = field(default=None, init=False)
    _held: ExitStack = field(default_factory=ExitStack, init=False)
    _bench: str = field(default="", init=False)
    _begin: float = field(default=0.0, init=False)
    _size: int = field(default=0, init=False)

    def __enter__(self) -> Self:
        distributed, self._begin = _distributed(), time.monotonic()
        try:
            self._connect(distributed)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _connect(self, distributed: Any) -> None:
        where = self.given.scheduler
        if where is None:
            self._cluster = self._started()
        try:
            self._client = distributed.Client(where or self._cluster, set_as_default=False, timeout=_CONNECT_SECONDS)
            self._wait()
        except (OSError, TimeoutError) as error:
            raise GenrfError(
                f"cluster.scheduler={where}: no scheduler with a worker answers there ({error}); start them with "
                "`dask scheduler` and `dask worker <address> --nthreads 1 --no-nanny`"
            ) from error
        from genrf.core.bench import Bench

        self._bench = f"genrf-{uuid.uuid4().hex}"
        self._client.register_plugin(Bench(self.problems, self.time_limit, self.memory_limit), name=self._bench)

    def _wait(self) -> None:
        """Return when there is a worker. Raises TimeoutError when none comes."""
        try:
            self._client.wait_for_workers(1, timeout=_SILENT_SECONDS)
        except TimeoutError:
            left, address = _WAIT_SECONDS - _SILENT_SECONDS, self._client.scheduler.address
            log.warning("cluster: waiting for a worker to join %s, for %.0f s at the most", address, left)
            self._client.wait_for_workers(1, timeout=left)

    def __exit__(self, *_: object) -> None:
        if self._client is not None and self._bench:
            with suppress(OSError, TimeoutError):  # the cluster may be gone
                self._client.unregister_worker_plugin(self._bench)
        for part in (self._client, self._cluster):
            if part is not None:
                part.close()
        self._client = self._cluster = None
        self._held.close()

    def evaluate(self, tasks: Sequence[Task], on_answer: OnAnswer | None = None) -> list[Answer]:
        """The answers to `tasks`, in their order. Raises GenrfError when the cluster is gone."""
        answers: list[Answer | None] = [None] * len(tasks)
        self._resize(shrinking=True)
        lots = {self._submit(lot, tasks): lot for lot in self._lots(len(tasks))}
        try:
            self._collect(lots, tasks, answers, on_answer)
        finally:
            if lots:  # nobody waits for them any more
                self._client.cancel(list(lots))
        return [answer for answer in answers if answer is not None]

    def _collect(
        self,
        lots: dict[Any, list[int]],
        tasks: Sequence[Task],
        answers: list[Answer | None],
        on_answer: OnAnswer | None,
    ) -> None:
        """Take in what comes; of a lot over which machines die, each half goes out again."""
        from distributed import CancelledError, KilledWorker, as_completed

        done = as_completed(list(lots), loop=self._client.loop)
        for future in done:
            lot = lots.pop(future)
            try:
                found = future.result()
            except KilledWorker as error:
                if len(lot) > 1:  # to find the one that does it
                    for half in (lot[: len(lot) // 2], lot[len(lot) // 2 :]):
                        again = self._submit(half, tasks)
                        lots[again] = half
                        done.add(again)
                    continue
                found = [(Measurement("crashed", message=f"machines died over it: {error}"), 0.0)]
            except (CancelledError, OSError) as error:
                raise GenrfError(f"the cluster is gone: {error}; what was measured before is on disk") from error
            for index, answer in zip(lot, found, strict=True):
                answers[index] = answer
                self.answered, self.busy = self.answered + 1, self.busy + answer[1]
                if on_answer is not None:
                    on_answer(index, answer[0])
            self._resize(shrinking=False)  # who goes in the middle of a batch leaves work behind

    def _submit(self, lot: Sequence[int], tasks: Sequence[Task]) -> Any:
        from genrf.core.bench import measure

        return self._client.submit(measure, self._bench, [tasks[i] for i in lot], pure=False)

    def _lots(self, count: int) -> list[list[int]]:
        size = self.given.lot or lot_size(count, sum(self._client.nthreads().values()), self._seconds)
        return [list(range(first, min(first + size, count))) for first in range(0, count, size)]

    @property
    def _seconds(self) -> float:
        """What a design takes, as far as is known; 0 before the first."""
        return self.busy / self.answered if self.answered else 0.0

    def _started(self) -> Any:
        """A cluster of the run's own, with its first workers."""
        import dask

        given = self.given
        size = given.most if given.mode is None else given.minimum
        self._held.enter_context(
            dask.config.set({"distributed.worker.daemon": False})
        )  # they have processes of their own
        cluster = pkgutil.resolve_name(given.kind)(**given.options, n_workers=size)
        self._size = size
        if given.mode in MODES:
            cluster.adapt(**MODES[given.mode].arguments(given.minimum, given.most))
        return cluster

    def _resize(self, shrinking: bool) -> None:
        if self.given.mode != PREDICTIVE or not self.answered:
            return
        given = self.given
        forecast = Forecast(given.finish, given.start, given.minimum, given.most)
        elapsed = time.monotonic() - self._begin
        size = forecast.workers(self._seconds, max(self.budget - self.answered, 0), elapsed, self._size)
        if size > self._size or (shrinking and size < self._size):
            log.info("cluster: %d workers rather than %d, at %.3g s a design", size, self._size, self._seconds)
            self._cluster.scale(size)
            self._size = size


def lot_size(count: int, threads: int, seconds: float) -> int:
    """How many of `count` designs of `seconds` each go into one Dask task for `threads` that are equally fast.

    A quarter of what a thread is to do, so that a slow one does not hold up the end, but not fewer than sending them is
    worth: lots of L cost count / L times what a task costs, one after the other, and the last of them L designs.
    The sum is smallest at L = sqrt(count task / seconds).
    """
    quarter = math.ceil(count / (4 * max(threads, 1)))
    cheapest = math.ceil(math.sqrt(count * _TASK_SECONDS / seconds) - 1e-9) if seconds > 0 else 1
    return max(1, min(count, max(quarter, cheapest)))


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise ToolNotFound("workers=dask needs the package distributed; pip install genrf[cluster]") from None
    return distributed
