"""What `workers=dask` puts on each Dask worker. Imports Dask: imported where that is wanted only."""

import queue
import threading
from collections.abc import Sequence

from distributed import Worker, WorkerPlugin, get_worker

from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractProblem
from genrf.core.workers import Answer, Task, Workers

_DAEMONIC = (
    "a Dask worker may not start processes of its own; start it with --no-nanny, or with "
    "DASK_DISTRIBUTED__WORKER__DAEMON=false in its environment"
)


class Bench(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """The problems, and a pool of one process for each thread of the worker; workers that come later get it too."""

    def __init__(self, problems: Sequence[AbstractProblem], time_limit: float, memory_limit: float) -> None:
        self.problems, self.time_limit, self.memory_limit = problems, time_limit, memory_limit

    def setup(self, worker: Worker) -> None:
        """Called by Dask when the worker is there. Its processes are started in the first task, not to hold it up."""
        self.lock, self.pools = threading.Lock(), list[Workers]()
        self.free = queue.SimpleQueue[Workers]()

    def teardown(self, worker: Worker) -> None:
        """Called by Dask when the worker goes, or the run is over."""
        for pool in self.pools:
            pool.__exit__()

    def evaluate(self, tasks: Sequence[Task]) -> list[Answer]:
        """The answers to `tasks`, from whichever pool is free."""
        pool = self._take()
        try:
            return pool.evaluate(tasks)
        finally:
            self.free.put(pool)

    def _take(self) -> Workers:
        try:
            return self.free.get_nowait()
        except queue.Empty:
            pool = Workers(self.problems, 1, self.time_limit, self.memory_limit)
        try:
            pool.__enter__()
        except AssertionError as error:  # as multiprocessing puts it
            raise GenrfError(_DAEMONIC) from error
        with self.lock:
            self.pools.append(pool)
        return pool


def measure(bench: str, tasks: Sequence[Task]) -> list[Answer]:
    """The answers to `tasks` from the bench of that name; runs on a Dask worker."""
    return get_worker().plugins[bench].evaluate(tasks)  # type: ignore[no-any-return]
