"""The pool over a Dask cluster: the answers of a pool of processes, whatever happens to its machines."""

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from genrf.core import cluster
from genrf.core.cluster import Dask, lot_size
from genrf.core.elastic import MODES
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec, Metric
from genrf.core.workers import Task
from tests.analytic import Formula
from tests.local_cluster import LOCAL

dask = pytest.importorskip("dask")
pytest.importorskip("distributed")


@dataclass(frozen=True)
class Fatal(AbstractProblem):
    """Squares x. The first to measure 50 kills the Dask worker that it works for; 13 raises, 99 kills its process."""

    mark: str
    structure: Formula = Formula()
    spec: DesignSpec = DesignSpec("echo", {"y": {"objective": "minimize"}})
    space = Space((Real("x", 0, 1000),))

    @property
    def metrics(self):
        return {"y": Metric("", "square")}

    def measure(self, values, corner=""):
        x = values["x"]
        if x == 50:
            try:
                Path(self.mark).touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(dask_worker(), signal.SIGKILL)
        if x == 13:
            raise ZeroDivisionError("unlucky")
        if x == 99:
            os.kill(os.getpid(), signal.SIGKILL)
        return Measurement("ok", {"y": x * x})


@dataclass(frozen=True)
class Deadly(Fatal):
    """Squares x. Each time that 66 is measured it kills the Dask worker that it works for, later on when told to."""

    def measure(self, values, corner=""):
        if values["x"] == 66:
            if Path(self.mark).exists():
                os.read(os.open(f"{self.mark}.word", os.O_RDONLY), 1)
            Path(self.mark).touch()
            os.kill(dask_worker(), signal.SIGKILL)
        return super().measure(values, corner)


def dask_worker():
    """The process that the server forks this one for: the parent of its parent."""
    return int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(") ")[2].split()[1])


def tasks(*xs):
    return [Task(0, {"x": float(x)}) for x in xs]


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_bad_designs_cost_themselves(tmp_path):
    seen = []
    with Dask(**LOCAL).pool([Fatal(str(tmp_path / "mark"))], 30.0, 4e9, budget=200) as pool:
        before = set(pool._client.run(os.getpid).values())
        answers = pool.evaluate(tasks(*range(120)), lambda index, _: seen.append(index))
        assert (tmp_path / "mark").exists() and set(pool._client.run(os.getpid).values()) != before
        again = pool.evaluate(tasks(7))
    assert sorted(seen) == list(range(120))
    for x, (measured, _) in enumerate(answers):
        assert measured.status == ("crashed" if x in (13, 99) else "ok"), (x, measured)
        assert x in (13, 99) or measured.metrics["y"] == x * x
    assert "unlucky" in answers[13][0].message and "ended with code -9" in answers[99][0].message
    assert again[0][0].metrics["y"] == 49


@pytest.mark.slow
def test_a_design_that_kills_each_worker_is_one_row_and_those_in_its_lot_are_measured(tmp_path):
    """A worker that dies condemns all that it has, so the deadly one dies when the others of its half are answered."""
    os.mkfifo(tmp_path / "mark.word")
    word, seen = os.open(tmp_path / "mark.word", os.O_RDWR), []

    def on_answer(index, measured):
        seen.append(index)
        if len(seen) in (2, 3):  # the other half of its lot, then the other half of its half
            os.write(word, b".")

    at_once = dask.config.set({"distributed.scheduler.allowed-failures": 0})  # not after four workers: seconds each
    with at_once, Dask(**{**LOCAL, "lot": 4}).pool([Deadly(str(tmp_path / "mark"))], 30.0, 4e9, budget=4) as pool:
        answers = [measured for measured, _ in pool.evaluate(tasks(1, 2, 3, 66), on_answer)]
    os.close(word)
    assert sorted(seen) == [0, 1, 2, 3]
    assert [measured.status for measured in answers] == ["ok", "ok", "ok", "crashed"]
    assert [measured.metrics["y"] for measured in answers[:3]] == [1, 4, 9]
    assert answers[3].message.startswith("machines died over it: ")


@pytest.mark.parametrize("mode", [None, *MODES])
def test_a_mode_has_dask_scale_the_cluster_and_without_one_it_stays(mode):
    threads = {**LOCAL["options"], "processes": False}
    with Dask(**{**LOCAL, "mode": mode, "options": threads}).pool([], 30.0, 4e9, budget=1) as pool:
        scaling = pool._cluster._adaptive
        if mode is None:
            assert scaling is None and len(pool._cluster.worker_spec) == 2
            return
        found = (scaling.minimum, scaling.maximum, scaling.interval, scaling.target_duration, scaling.wait_count)
    # in seconds: how often it looks, the work for which it wants a worker; and the idle looks after which one goes
    expected = {"conservative": (10.0, 60.0, 2), "balanced": (2.0, 10.0, 30), "aggressive": (0.5, 1.0, 600)}
    assert found == (1, 2, *expected[mode])


@pytest.mark.slow
def test_predictive_grows_in_the_middle_of_a_batch_to_what_the_forecast_says_and_shrinks_before_the_next(
    tmp_path, caplog
):
    caplog.set_level("INFO", "genrf")
    given = Dask(**{**LOCAL, "mode": "predictive", "finish": 1e-3, "start": 0.0})  # late from the first look on
    with given.pool([Fatal(str(tmp_path / "mark"))], 30.0, 4e9, budget=12) as pool:
        pool.evaluate(tasks(*range(1, 13)))
        assert "cluster: 2 workers rather than 1" in caplog.text
        assert len(pool._cluster.worker_spec) == 2  # though the last lots left no work for two
        pool._client.wait_for_workers(2, timeout=60)
        assert pool.evaluate(tasks(7))[0][0].metrics["y"] == 49
        assert "cluster: 1 workers rather than 2" in caplog.text and len(pool._cluster.worker_spec) == 1


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1.0)
    given = Dask(**{**LOCAL, "scheduler": "tcp://127.0.0.1:9"})
    with pytest.raises(GenrfError, match="cluster.scheduler=tcp://127.0.0.1:9: no scheduler with a worker answers"):
        given.pool([], 30.0, 4e9, budget=1).__enter__()


@pytest.mark.slow
def test_a_run_without_a_worker_says_once_that_it_waits_and_goes_on_when_one_joins(monkeypatch, caplog, tmp_path):
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "_SILENT_SECONDS", 0.5)
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty:
        late = threading.Timer(2.0, empty.scale, (1,))
        late.start()
        given = Dask(**{**LOCAL, "scheduler": empty.scheduler_address})
        with given.pool([Fatal(str(tmp_path / "mark"))], 30.0, 4e9, budget=1) as pool:
            assert pool.evaluate(tasks(3))[0][0].metrics == {"y": 9}
        late.join()
    said = [record.message for record in caplog.records if record.levelname == "WARNING" and record.name == "genrf"]
    assert said == [f"cluster: waiting for a worker to join {empty.scheduler_address}, for 120 s at the most"]


@pytest.mark.slow
def test_a_cluster_that_no_worker_joins_is_an_error_in_the_end(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "_SILENT_SECONDS", 0.2)
    monkeypatch.setattr(cluster, "_WAIT_SECONDS", 0.5)
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty:
        given = Dask(**{**LOCAL, "scheduler": empty.scheduler_address})
        with pytest.raises(GenrfError, match="no scheduler with a worker answers there"):
            given.pool([], 30.0, 4e9, budget=1).__enter__()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mode": "balancd"}, "cluster.mode=balancd: no such mode; did you mean 'balanced'"),
        ({"mode": "balanced", "scheduler": "tcp://a:1"}, "the one at tcp://a:1 is scaled where it was started"),
        ({"minimum": 3}, "cluster.minimum must be from 1 to cluster.maximum, got 3 of 2"),
        ({"finish": 0.0}, "cluster.finish must be above 0 s"),
        ({"lot": 0}, "cluster.lot must be at least 1 design, got 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        Dask(**{**LOCAL, **wrong})


@pytest.mark.parametrize(
    ("count", "threads", "seconds", "expected"),
    [
        (80, 2, 0.0, 10),  # a quarter of the 40 that each is to do
        (80, 2, 1.0, 10),  # slow designs: likewise, sqrt(80 x 5 ms / 1 s) is less than 1
        (80, 2, 1e-3, 20),  # sqrt(80 x 5 ms / 1 ms) = 20
        (80, 2, 1e-6, 80),  # not worth sharing out
        (320, 1000, 1e-3, 40),  # sqrt(320 x 5): eight lots, however many workers there are
        (320, 1000, 5.0, 1),  # sqrt(320 x 1 ms) = 0.57
        (1, 0, 0.0, 1),
    ],
)
def test_a_lot_is_a_quarter_of_a_share_but_worth_its_task(count, threads, seconds, expected):
    assert lot_size(count, threads, seconds) == expected


@pytest.mark.parametrize(("count", "seconds"), [(320, 1e-3), (80, 5e-4), (5000, 0.02)])
def test_no_other_lot_ends_sooner_over_workers_without_number(count, seconds):
    def ends(lot):
        return count / lot * 0.005 + lot * seconds

    best = min(range(1, count + 1), key=ends)
    assert ends(lot_size(count, 10_000, seconds)) == pytest.approx(ends(best), rel=0.02)
