"""Runs of an analytic problem that are killed and gone on with: what is on disk must be whole at every moment.

`python -m tests.pipeline.kills random 200` in a process of its own: it forks each run, so that one costs no imports.
Orphans come to it (`prctl`), so that it sees whether one goes on.
"""

import ctypes
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from experiments.kills.whole import came_to, readable
from genrf.core import workers
from genrf.core.cache import DiskCache
from genrf.core.scratch import scratch
from genrf.core.spec import DesignSpec
from genrf.optimize.nsga2 import NSGA2
from genrf.pipeline.articles import templates
from genrf.pipeline.config import Parts, Settings
from genrf.pipeline.run import design
from tests.analytic import FormulaProblem, Formulas, Json

SPEC = DesignSpec("c2", {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 0}})
SETTINGS = {
    "tech": "none", "seed": 3, "count": 4, "samples": 16, "budget": 120, "front": 20, "designs": 2, "workers": 0,
    "sensitivity": 1, "dies": 4, "robust": None, "robust_cost": 4.0, "yield_target": 0.95,
    "time_limit": 10.0, "memory_limit": 2e9, "require_feasible": False, "resume": None,
    "config_hash": "abc",
}  # fmt: skip
WORKERS = (0, 0, 2)  # of one start after the other; more processes cost more
SIGNALS = (signal.SIGCHLD,)
FORKED = get_context("fork")  # workers straight from the run: they need not import anything
ADOPTS = 36  # PR_SET_CHILD_SUBREAPER
HEAVY = (
    "pandas",
    "genrf.pipeline.report",
    "scipy.stats",
    "pymoo.algorithms.moo.nsga2",
    "pymoo.operators.crossover.sbx",
    "pymoo.operators.mutation.pm",
    "pymoo.core.termination",
)  # imported once, before any fork
PAGES = ("report.html.j2", "article.html.j2", "together.html.j2", "parts.html.j2")  # compiled once, likewise


class Varying(FormulaProblem):
    """Known by content, so that a cache keeps it, with dies, and from outside, so that workers have folders."""

    identity = "c2dtlz2"
    foreign = True

    def vary(self, values, seed, number):
        shift = float(np.random.default_rng([seed, number]).normal(0.0, 1e-3))
        found = self.measure(values)
        return replace(found, metrics={**found.metrics, "f1": found.metrics["f1"] + shift}, curves={"f1": shift})


def run(folder: Path, **settings) -> None:
    """One run in this process, beside its own cache, with its temporary files as the command line has them."""
    temporary = scratch()
    cache = DiskCache(str(folder.parent / "cache"), "1G")
    given = Settings(**{**SETTINGS, **settings})
    design(Parts(SPEC, Formulas((0.0, 0.02)), Varying, NSGA2(12), {"json": Json()}, cache, given), folder)
    shutil.rmtree(temporary)  # as at the end of a process, which `os._exit` skips


def forked(work: Callable[[], None]) -> int:
    """A process group of its own that does `work`, and its number."""
    child = os.fork()
    os.setpgid(child, child)  # by both: who is first may need it
    if child:
        return child
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def killed(work: Callable[[], None], seconds: float) -> bool:
    """Whether `work` was killed after `seconds`; it may have ended before. Raises where it failed."""
    child = forked(work)
    signal.sigtimedwait(SIGNALS, seconds)
    return _reaped(child, kill=True)


def _reaped(child: int, kill: bool) -> bool:
    if kill:
        os.killpg(child, signal.SIGKILL)  # a process that has ended is waited for still
    _, status = os.waitpid(child, 0)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-child, 0)  # its workers
    _nobody_left()
    signal.sigtimedwait(SIGNALS, 0)  # of these, should it be under way
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the run failed"
    return False


def _nobody_left() -> None:
    with suppress(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
        raise AssertionError("a process has left the group, and goes on")


def strike(nth: int) -> None:
    """Kill this process at its `nth` operation on files: a file is open and empty, all else is about to be done."""
    left = nth

    def hook(event: str, arguments: tuple) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect"):
            left -= 1
            if left == 0:
                if event == "open":
                    os.close(os.open(arguments[0], arguments[2], 0o600))
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def random_moments(count: int, work: Path, seed: int = 1) -> int:
    """Kill runs at `count` random moments, going on with each until it ends; how many ended.

    Every third time it has workers, and all its processes are killed at once; none may go on, nor may temporary files
    be there after the next start.
    """
    seconds = {own: _seconds(work / f"whole{own}" / "run", own) for own in set(WORKERS)}
    wanted = came_to(work / "whole0" / "run")
    rng, starts, kills, ended, before = np.random.default_rng(seed), 0, 0, 0, list[str]()
    while kills < count or before:
        folder, own = work / f"torn{ended}" / "run", WORKERS[starts % len(WORKERS)]
        moment = rng.uniform(0.0, seconds[own]) if kills < count else 60.0
        struck = killed(lambda folder=folder, own=own: run(folder, workers=own), moment)
        ids = readable(folder)
        assert ids[: len(before)] == before, "a row is lost"
        left = os.listdir(tempfile.gettempdir())
        assert len(left) <= struck, f"temporary files of a run before: {left}"
        starts, kills, before = starts + 1, kills + struck, ids
        if not struck:
            found = came_to(folder)
            for name, value in wanted.items():
                assert found[name] == value, name
            ended, before = ended + 1, []
    return ended


def _seconds(folder: Path, own: int) -> float:
    """What a whole run takes."""
    begin = time.monotonic()
    _reaped(forked(lambda: run(folder, workers=own)), kill=False)
    return time.monotonic() - begin


def every_operation(work: Path) -> int:
    """Kill a run at each of its operations on files in turn, and go on with it to its end; how many there were."""
    _reaped(forked(lambda: run(work / "whole" / "run")), kill=False)
    wanted, nth = came_to(work / "whole" / "run"), 1

    def until(folder: Path) -> None:
        strike(nth)
        run(folder)

    while True:
        folder = work / f"torn{nth}" / "run"
        child = forked(lambda folder=folder: until(folder))
        if not _reaped(child, kill=False):
            return nth - 1
        readable(folder)
        _reaped(forked(lambda folder=folder: run(folder)), kill=False)
        readable(folder)
        assert came_to(folder) == wanted, f"after a kill at operation {nth}"
        nth += 1


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    ctypes.CDLL(None).prctl(ADOPTS, 1)
    workers.multiprocessing.get_context = lambda _: FORKED
    with tempfile.TemporaryDirectory() as work:
        tempfile.tempdir = os.environ["TMPDIR"] = f"{work}/tmp"
        Path(tempfile.tempdir).mkdir()
        how, *count = sys.argv[1:]
        os.environ.pop("GENRF_CACHE", None)  # each run has its own, beside its folder
        for name in HEAVY:
            import_module(name)
        for page in PAGES:
            templates().get_template(page)
        print(random_moments(int(count[0]), Path(work)) if how == "random" else every_operation(Path(work)))


if __name__ == "__main__":
    main()
