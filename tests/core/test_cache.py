"""The cache: what it keeps, that it changes nothing, and that its own trouble costs no result."""

import multiprocessing
import sqlite3
import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrf.core.cache import Cached, DiskCache, MemoryCache, NoCache, RedisCache, _decoded, _encoded
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.workers import Inline, Task
from tests.analytic import Formula


@dataclass(frozen=True)
class Counted(AbstractProblem):
    """Squares x and counts how often it is asked; a negative x crashes, x above 100 does not converge."""

    asked: list
    name: str = "counted"
    structure: Formula = Formula()

    @property
    def metrics(self):
        return {}

    @property
    def identity(self):
        return self.name

    def measure(self, values, corner=""):
        x = values["x"]
        self.asked.append(x)
        if x < 0:
            raise ZeroDivisionError("crashed")
        return Measurement("no_convergence", message="far") if x > 100 else Measurement("ok", {"y": x * x})

    def survey(self, values):
        return replace(self.measure(values), curves={"sp": {"s": np.array([1 + 2j, values["x"]])}})


def pool(cache, problem):
    return Cached(Inline([problem]), cache, [problem])


def tasks(*xs, **what):
    return [Task(0, {"x": float(x)}, **what) for x in xs]


@pytest.fixture(params=["memory", "disk", "redis"])
def cache(request, tmp_path, monkeypatch):
    monkeypatch.delenv("GENRF_CACHE", raising=False)
    if request.param == "memory":
        yield MemoryCache()
    elif request.param == "disk":
        yield DiskCache(str(tmp_path / "cache"), "1G")
    else:
        fakeredis = pytest.importorskip("fakeredis", reason="fakeredis is not installed")
        server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield RedisCache(f"redis://127.0.0.1:{server.server_address[1]}/0")
        server.shutdown()
        server.server_close()


def test_the_same_run_twice_simulates_nothing_the_second_time(cache):
    problem = Counted([])
    cache.require()
    first = pool(cache, problem).evaluate(tasks(1, 2, 200, 3))
    again = pool(cache, problem)
    assert again.evaluate(tasks(3, 200, 1, 2)) == [first[i] for i in (3, 2, 0, 1)], "with the seconds that it took"
    assert problem.asked == [1, 2, 200, 3]
    assert (again.hits, again.simulated) == (4, 0)


def test_what_decides_the_result_is_in_the_key(cache):
    problem = Counted([])
    pool(cache, problem).evaluate(tasks(1))
    for other in (tasks(1, corner="hot"), tasks(np.nextafter(1.0, 2.0)), tasks(1, action="verify")):
        before = len(problem.asked)
        pool(cache, problem).evaluate(other)
        assert len(problem.asked) == before + 1
    other = replace(problem, name="another")
    pool(cache, other).evaluate(tasks(1))
    assert len(problem.asked) == 5
    anonymous = pool(cache, replace(problem, name=""))
    anonymous.evaluate(tasks(1))
    anonymous.evaluate(tasks(1))
    assert len(problem.asked) == 7


def test_crashes_are_not_kept(cache):
    problem = Counted([])
    for _ in range(2):
        ((measured, _),) = pool(cache, problem).evaluate(tasks(-1))
        assert measured.status == "crashed"
    assert problem.asked == [-1, -1]


def test_curves_come_back_as_they_were(cache):
    problem = Counted([])
    fresh, kept = (pool(cache, problem).evaluate(tasks(2, action="survey"))[0][0] for _ in range(2))
    assert kept.curves["sp"]["s"].tolist() == fresh.curves["sp"]["s"].tolist() == [1 + 2j, 2]
    assert problem.asked == [2]


def test_hits_and_misses_are_seen_under_their_own_numbers():
    problem, cache, seen = Counted([]), MemoryCache(), {}
    pool(cache, problem).evaluate(tasks(2, 4))
    pool(cache, problem).evaluate(tasks(1, 2, 3, 4), lambda i, m: seen.setdefault(i, m.metrics["y"]))
    assert seen == {0: 1, 1: 4, 2: 9, 3: 16}


@given(
    st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False)),
    st.text(max_size=40),
    st.sampled_from(["ok", "no_convergence", "invalid"]),
    st.floats(0, 1e6),
)
@settings(max_examples=50)
def test_what_is_stored_is_what_comes_back(metrics, message, status, seconds):
    answer = Measurement(status, metrics, message), seconds
    assert _decoded(_encoded(answer)) == answer


def _write(folder, start, count):
    cache = DiskCache(folder, "1G")
    for i in range(start, start + count, 10):
        cache.put({str(k): str(k).encode() for k in range(i, i + 10)})


def test_two_processes_may_write_one_file_at_once(tmp_path):
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=_write, args=(str(tmp_path), start, 600)) for start in (0, 300)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    found = DiskCache(str(tmp_path), "1G").get([str(k) for k in range(900)])
    assert found == {str(k): str(k).encode() for k in range(900)}


def test_a_broken_file_is_put_aside_and_no_run_is_lost(tmp_path, caplog, monkeypatch):
    monkeypatch.delenv("GENRF_CACHE", raising=False)
    cache = DiskCache(str(tmp_path), "1G")
    cache.path.write_bytes(b"this is no database" * 100)
    problem = Counted([])
    assert pool(cache, problem).evaluate(tasks(3))[0][0].metrics == {"y": 9}
    assert "cannot be read" in caplog.text and (tmp_path / "measurements.broken").exists()
    assert sqlite3.connect(cache.path).execute("select count(*) from measurements").fetchone() == (1,)


def test_an_empty_name_of_the_folder_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRF_CACHE", "")  # GENRF_CACHE=$TMPDIR, where the latter is not set
    assert DiskCache(str(tmp_path / "own"), 1e6).path == tmp_path / "own" / "measurements.sqlite"


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path, caplog, monkeypatch):
    monkeypatch.delenv("GENRF_CACHE", raising=False)
    (tmp_path / "file").write_text("")
    problem = Counted([])
    cached = pool(DiskCache(str(tmp_path / "file" / "below"), "1G"), problem)
    for _ in range(2):
        assert cached.evaluate(tasks(3))[0][0].metrics == {"y": 9}
    assert caplog.text.count("going on without") == 1


def test_a_file_beyond_its_bound_begins_anew(tmp_path, monkeypatch):
    monkeypatch.delenv("GENRF_CACHE", raising=False)
    DiskCache(str(tmp_path), "1G").put({"key": b"x" * 200_000})
    assert DiskCache(str(tmp_path), "1G").get(["key"])
    assert not DiskCache(str(tmp_path), "100k").get(["key"])


def test_a_redis_server_that_is_not_there_ends_the_run_before_any_work():
    pytest.importorskip("redis", reason="the package redis is not installed")
    with pytest.raises(ToolNotFound, match=r"cache\.url=redis://127\.0\.0\.1:1/0: .*start a Redis server there"):
        RedisCache("redis://127.0.0.1:1/0").require()
    with pytest.raises(ConfigError, match="needs the address of a server: cache.url=redis://host:6379/0"):
        RedisCache(None).require()


def test_a_redis_server_that_is_lost_in_the_middle_costs_nothing(caplog):
    pytest.importorskip("redis", reason="the package redis is not installed")
    problem = Counted([])
    cached = pool(RedisCache("redis://127.0.0.1:1/0"), problem)
    for _ in range(2):
        assert cached.evaluate(tasks(3))[0][0].metrics == {"y": 9}
    assert caplog.text.count("going on without") == 1


def test_no_cache_keeps_nothing():
    problem = Counted([])
    for _ in range(2):
        pool(NoCache(), problem).evaluate(tasks(3))
    assert problem.asked == [3, 3]
