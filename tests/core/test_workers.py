import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from genrf.core import sandbox
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec, Metric
from genrf.core.workers import Inline, Task, Workers
from tests.analytic import Formula

HELD = []
SPEC = DesignSpec("echo", {"y": {"objective": "minimize"}})


@dataclass(frozen=True)
class Moody(AbstractProblem):
    """Squares x; some values make it raise, hang, die, or exit."""

    structure: Formula = Formula()
    spec: DesignSpec = SPEC
    space = Space((Real("x", 0, 100),))

    @property
    def metrics(self):
        return {"y": Metric("", "square")}

    def measure(self, values, corner=""):
        x = values["x"]
        if x == 13:
            raise ZeroDivisionError("unlucky")
        if x == 66:
            while True:
                pass
        if x == 99:
            os.kill(os.getpid(), signal.SIGKILL)
        while x == 77:
            HELD.append(b"x" * 20_000_000)
        if x == 55:
            HELD.append(b"x" * 5_000_000)
        return Measurement("ok", {"y": x * x}, message=str(os.getpid()))


@dataclass(frozen=True)
class Foreign(Moody):
    """Tries to write outside of its folder, in it, and to reach a port."""

    foreign: bool = True
    outside: str = ""

    def measure(self, values, corner=""):
        Path("own").write_text("fine")
        try:
            Path(self.outside).write_text("harm")
        except OSError as error:
            return Measurement("ok", {"y": 1.0}, message=str(error))
        return Measurement("ok", {"y": 0.0})


@dataclass(frozen=True)
class Broken(Moody):
    """Cannot even be brought into a worker."""

    def __setstate__(self, state):
        os._exit(3)


@dataclass(frozen=True)
class Crowded(Moody):
    """Works for 0.3 s of its own on a processor that three others want too."""

    def measure(self, values, corner=""):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        spin = "import time; end = time.monotonic() + 5\nwhile time.monotonic() < end: pass"
        others = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(3)]
        begin = time.process_time()
        while time.process_time() - begin < 0.3:
            pass
        for other in others:
            other.kill()
            other.wait()
        return Measurement("ok", {"y": 0.0})


def tasks(*xs):
    return [Task(0, {"x": float(x)}) for x in xs]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_answers_come_in_the_order_of_the_tasks_whatever_the_count(count):
    with Workers([Moody()], count, time_limit=30) as workers:
        answers = workers.evaluate(tasks(*range(100, 200)))
    assert [measured.metrics["y"] for measured, _ in answers] == [x * x for x in range(100, 200)]


def test_a_design_that_hangs_or_dies_costs_only_itself():
    xs = [1, 66, 2, 99, 3, 13, *range(20, 60)]
    seen = []
    with Workers([Moody()], 2, time_limit=0.5) as workers:
        answers = workers.evaluate(tasks(*xs), lambda index, _: seen.append(index))
        again = workers.evaluate(tasks(5))
    by_x = {x: measured for x, (measured, _) in zip(xs, answers, strict=True)}
    assert by_x[66].status == "timeout" and "not done within 0.5 s" in by_x[66].message
    assert by_x[99].status == "crashed" and "ended with code -9" in by_x[99].message
    assert by_x[13].status == "crashed" and "ZeroDivisionError: unlucky" in by_x[13].message
    assert all(measured.status == "ok" for x, measured in by_x.items() if x not in (13, 66, 99))
    assert sorted(seen) == list(range(len(xs)))
    assert again[0][0].metrics["y"] == 25


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the system does not tell who waits")
def test_a_busy_machine_does_not_take_a_design_for_a_hung_one():
    with Workers([Crowded()], 1, time_limit=0.8) as workers:
        ((measured, seconds),) = workers.evaluate(tasks(1))
    assert measured.status == "ok" and seconds > 0.8


def test_a_worker_killed_from_outside_is_replaced():
    with Workers([Moody()], 2, time_limit=30) as workers:
        workers.evaluate(tasks(1, 2, 3))
        victim = workers._workers[0].process
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        answers = workers.evaluate(tasks(*range(40, 60)))
    assert {measured.status for measured, _ in answers} == {"ok"}


def test_a_worker_that_cannot_start_ends_the_run_with_a_reason():
    with (
        pytest.raises(
            GenrfError,
            match="a worker process did not start, 3 times in a row: the simulator process ended with code 3",
        ),
        Workers([Broken()], 1, time_limit=30) as workers,
    ):
        workers.evaluate(tasks(1))


def test_a_script_without_its_guard_is_told_of_it(tmp_path):
    """Workers import the script, which starts workers again: Python refuses that, and its author is told why."""
    script = tmp_path / "sizing.py"
    lines = [
        "from genrf.core.workers import Workers",
        "from tests.core.test_workers import Moody, tasks",
        "with Workers([Moody()], 1, time_limit=30) as workers:",
        "    print(workers.evaluate(tasks(3))[0][0].metrics)",
    ]
    root = str(Path(__file__).parents[2])
    for guarded in (False, True):
        body = [*lines[:2], 'if __name__ == "__main__":', *(f"    {one}" for one in lines[2:])] if guarded else lines
        script.write_text("\n".join(body))
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "PYTHONPATH": root})  # fmt: skip
        if guarded:
            assert done.stdout == "{'y': 9.0}\n", done.stderr
        else:
            assert 'workers read sizing.py too: put what it does under `if __name__ == "__main__":`' in done.stderr


def test_a_worker_killed_while_it_starts_is_replaced():
    with Workers([Moody()], 2, time_limit=30) as workers:
        os.kill(workers._workers[1].process.pid, signal.SIGKILL)
        answers = workers.evaluate(tasks(*range(40, 60)))
    assert {measured.status for measured, _ in answers} == {"ok"}


def test_leaving_the_pool_ends_its_processes():
    with Workers([Moody()], 2, time_limit=30) as workers:
        workers.evaluate(tasks(1))
        processes = [worker.process for worker in workers._workers]
    assert not any(process.is_alive() for process in processes)


def test_the_twin_in_this_process_gives_the_same_answers():
    begin = time.perf_counter()
    answers = Inline([Moody()]).evaluate(tasks(1, 13, 3))
    assert [measured.status for measured, _ in answers] == ["ok", "crashed", "ok"]
    assert 0 < sum(seconds for _, seconds in answers) < time.perf_counter() - begin


def test_a_design_that_eats_memory_costs_only_itself():
    with Workers([Moody()], 2, time_limit=30, memory_limit=500e6) as workers:
        answers = workers.evaluate(tasks(1, 77, 2, 3))
    assert [measured.status for measured, _ in answers] == ["ok", "crashed", "ok", "ok"]
    assert answers[1][0].message == "used more than 0.5 GB of memory"


def test_a_worker_that_leaks_is_replaced_and_no_design_pays():
    with Workers([Moody()], 1, time_limit=30, memory_limit=500e6) as workers:
        answers = [workers.evaluate(tasks(55))[0][0] for _ in range(200)]  # a gigabyte in all
    assert {measured.status for measured in answers} == {"ok"}
    assert 2 <= len({measured.message for measured in answers}) <= 10


@pytest.mark.skipif(not sandbox.offered()["Landlock"], reason="this kernel has no Landlock")
def test_workers_of_a_foreign_problem_are_confined_and_the_log_says_how(tmp_path, caplog, monkeypatch):
    caplog.set_level("DEBUG", "genrf")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with Workers([Foreign(outside=str(tmp_path / "there"))], 1, time_limit=30) as workers:
        ((measured, _),) = workers.evaluate(tasks(1))
    assert measured.metrics["y"] == 1.0 and "Permission denied" in measured.message
    assert not (tmp_path / "there").exists()
    assert not list(temporary.iterdir()), "the folders of workers are left"
    assert "sandbox: Landlock (ABI" in caplog.text
