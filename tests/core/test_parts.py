import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genrf.core import parts as module
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.parts import PartWriter, Table, parts, read_rows, write_whole
from genrf.core.problem import Measurement
from genrf.core.results import Row
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec
from tests.analytic import Formula, FormulaProblem

SPEC = DesignSpec("c2", {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 0}})
PROBLEM = FormulaProblem(Formula(dimensions=2), SPEC)
CONSTANTS = {"spec": "c2", "tech": "none", "seed": 7}


def table():
    return Table.of([PROBLEM], CONSTANTS, {"genrf_version": "0", "config_hash": "abc"}, corners=("high",))


def row(number, status="ok"):
    metrics = {"f1": 1.0, "f2": 0.5, "c": -0.1, "f1@high": 1.01} if status == "ok" else {}
    measured = Measurement(status, metrics, "" if status == "ok" else "gave up")
    return Row.of(f"{number:06d}", "c2dtlz2", "simulate", {"x0": 0.1, "x1": 0.2}, measured, 0.01, SPEC)


def test_rows_read_back_as_they_were_written(tmp_path):
    writer = PartWriter(tmp_path / "evaluations", table())
    first, second = [row(0), row(1, "no_convergence")], [row(2)]
    writer.append(first)
    writer.append([])
    PartWriter(tmp_path / "evaluations", table()).append(second)
    assert [path.name for path in parts(tmp_path / "evaluations")] == ["part-00000.parquet", "part-00001.parquet"]
    assert read_rows(parts(tmp_path / "evaluations")) == first + second


def test_columns_carry_units_and_descriptions(tmp_path):
    PartWriter(tmp_path, table()).append([row(0)])
    schema = pq.read_schema(tmp_path / "part-00000.parquet")
    assert schema.metadata[b"config_hash"] == b"abc"
    assert schema.field("seconds").metadata[b"unit"] == b"s"
    assert schema.field("m.f1").metadata[b"description"] == b"first objective"
    assert {"id", "spec", "tech", "seed", "feasible", "x.x0", "m.c", "m.c@high"} <= set(schema.names)
    assert pq.read_table(tmp_path / "part-00000.parquet")["seed"].to_pylist() == [7]


def test_one_variable_with_two_units_is_refused():
    class Other(Formula):
        space = Space((Real("x0", 0, 1, "m"), Real("x1", 0, 1)))

    with pytest.raises(ConfigError, match="variable 'x0' of 'other' has unit 'm', but '' in another structure"):
        Table.of([PROBLEM, FormulaProblem(Other("other"), SPEC)], CONSTANTS, {})


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GenrfError, match=r"cannot write .*part-00000.parquet: .*; the rows written before are intact"):
        PartWriter(tmp_path / "file" / "evaluations", table()).append([row(0)])


def test_a_kill_at_any_moment_leaves_only_whole_parts(tmp_path):
    program = textwrap.dedent(f"""
        from pathlib import Path
        from genrf.core.parts import PartWriter
        from tests.core.test_parts import row, table
        writer = PartWriter(Path({str(tmp_path)!r}), table())
        print("go", flush=True)
        for batch in range(100_000):
            writer.append([row(64 * batch + i) for i in range(64)])
            print(batch, flush=True)
    """)
    for stop in (1, 3, 8):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
        ) as writer:
            for line in writer.stdout:
                if line.strip() == str(stop):
                    os.kill(writer.pid, signal.SIGKILL)
                    break
        rows = read_rows(parts(tmp_path))
        assert len(rows) >= 64 * (stop + 1) and len(rows) % 64 == 0
        for path in parts(tmp_path):
            path.unlink()


def written(folder, batches, each=2):
    """A writer that has written so many parts, and its rows."""
    writer = PartWriter(folder, table())
    for batch in range(batches):
        writer.append([row(each * batch + number) for number in range(each)])
    return writer, [row(number) for number in range(each * batches)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_joined_parts_are_one_file_with_all_rows_units_and_metadata(tmp_path):
    writer, rows = written(tmp_path, 5)
    before = pq.read_schema(tmp_path / "part-00000.parquet")
    writer.join()
    assert names(tmp_path) == ["part-00000.parquet"] and read_rows(parts(tmp_path)) == rows
    after = pq.read_schema(tmp_path / "part-00000.parquet")
    assert after.equals(before) and after.field("seconds").metadata == before.field("seconds").metadata
    assert after.metadata == {**before.metadata, b"parts": b"5"}
    assert pq.read_metadata(tmp_path / "part-00000.parquet").num_row_groups == 1
    stamp = (tmp_path / "part-00000.parquet").stat().st_mtime_ns
    writer.join()
    PartWriter(tmp_path, table()).join()
    assert (tmp_path / "part-00000.parquet").stat().st_mtime_ns == stamp, "nothing was left to join"


def test_a_joined_folder_is_gone_on_with_and_joined_again(tmp_path):
    writer, _ = written(tmp_path, 3)
    writer.join()
    writer.append([row(6)])  # the writer that joined, then a new one
    PartWriter(tmp_path, table()).append([row(7)])
    assert names(tmp_path) == ["part-00000.parquet", "part-00003.parquet", "part-00004.parquet"]
    assert read_rows(parts(tmp_path)) == [row(number) for number in range(8)]
    again = PartWriter(tmp_path, table())
    again.join()
    assert names(tmp_path) == ["part-00000.parquet"]
    assert read_rows(parts(tmp_path)) == [row(number) for number in range(8)]
    again.append([row(8)])
    assert names(tmp_path) == ["part-00000.parquet", "part-00005.parquet"]
    (tmp_path / "part-00005.parquet").unlink()
    with pytest.raises(GenrfError, match="was removed while the run wrote to it"):
        again.intact()


def test_large_parts_stay_groups_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GROUP", 4)
    writer, rows = written(tmp_path, 5, each=3)
    writer.join()
    groups = pq.read_metadata(tmp_path / "part-00000.parquet")
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [6, 6, 3]
    assert read_rows(parts(tmp_path)) == rows


def test_parts_of_another_genrf_keep_their_columns_when_joined(tmp_path):
    _, rows = written(tmp_path, 1)
    other = table().arrow([row(2)]).append_column("m.other", pa.array([5.0]))
    write_whole(other.drop_columns(["x.x1"]), tmp_path / "part-00001.parquet")
    PartWriter(tmp_path, table()).join()
    read = read_rows(parts(tmp_path))
    assert read[:2] == rows and read[2].metrics == {**row(2).metrics, "other": 5.0} and read[2].values == {"x0": 0.1}


def test_no_rows_and_one_part_are_left_as_they_are(tmp_path):
    PartWriter(tmp_path / "none", table()).join()
    assert not (tmp_path / "none").exists()
    writer, rows = written(tmp_path, 1)
    writer.join()
    assert b"parts" not in pq.read_schema(tmp_path / "part-00000.parquet").metadata
    assert read_rows(parts(tmp_path)) == rows


class Killed(BaseException):
    """In the place of a SIGKILL: nothing catches it."""


def stopped_join(writer, nth, monkeypatch):
    """Whether a join was stopped before its `nth` operation on names."""
    left = nth

    def before(act):
        def struck(*given):
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return act(*given)

        return struck

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", before(os.replace))
        patch.setattr(Path, "unlink", before(Path.unlink))
        try:
            writer.join()
        except Killed:
            return True
    return False


def test_a_join_stopped_at_any_step_shows_each_row_once_and_is_ended_by_the_next(tmp_path, monkeypatch):
    for nth in range(1, 6):  # one name is given, three are taken away: the fifth operation is none
        folder = tmp_path / str(nth)
        writer, rows = written(folder, 4)
        assert stopped_join(writer, nth, monkeypatch) == (nth < 5)
        assert read_rows(parts(folder)) == rows
        visible = sorted(folder.glob("*.parquet"))
        assert len(visible) == {1: 4, 2: 4, 3: 3, 4: 2, 5: 1}[nth]
        # a bare glob sees rows twice from the new name on to the last removal, but alike to the last bit
        assert len(set(map(str, read_rows(visible)))) == len(rows)
        again = PartWriter(folder, table())
        assert len(sorted(folder.glob("*.parquet"))) == (4 if nth == 1 else 1), "what was joined is taken away"
        again.append([row(8)])
        assert read_rows(sorted(folder.glob("*.parquet"))) == [*rows, row(8)]
        again.join()
        assert [path.name for path in folder.glob("*.parquet")] == ["part-00000.parquet"]
        assert read_rows(parts(folder)) == [*rows, row(8)]


def test_duckdb_reads_a_join_at_every_step(tmp_path, monkeypatch):
    duckdb = pytest.importorskip("duckdb")
    for nth in range(1, 6):
        writer, rows = written(tmp_path / str(nth), 4)
        stopped_join(writer, nth, monkeypatch)
        asked = f"select count(distinct id), count(distinct (id, seconds, \"m.f1\")) from '{tmp_path}/{nth}/*.parquet'"
        assert duckdb.sql(asked).fetchall() == [(len(rows), len(rows))]
        PartWriter(tmp_path / str(nth), table())
        assert duckdb.sql(f"select count(*) from '{tmp_path}/{nth}/*.parquet'").fetchall() == [(len(rows),)]


def test_a_part_that_is_lost_is_not_joined_away(tmp_path):
    writer, _ = written(tmp_path, 3)
    (tmp_path / "part-00001.parquet").unlink()
    with pytest.raises(GenrfError, match="was removed while the run wrote to it"):
        writer.join()
    assert names(tmp_path) == ["part-00000.parquet", "part-00002.parquet"]


def test_a_join_without_room_is_named_and_leaves_the_parts(tmp_path, monkeypatch):
    writer, rows = written(tmp_path, 3)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GenrfError, match=r"cannot write .*part-00000.parquet: No space left on device; the rows"):
        writer.join()
    assert len(names(tmp_path)) == 3 and read_rows(parts(tmp_path)) == rows


def test_a_broken_first_part_is_found_by_who_reads_it(tmp_path):
    written(tmp_path, 2)
    (tmp_path / "part-00000.parquet").write_bytes(b"no Parquet")
    assert len(parts(tmp_path)) == 2
    with pytest.raises(pa.ArrowInvalid):
        read_rows(parts(tmp_path))
