import os
import signal
import subprocess
import sys
import textwrap

import pyarrow.parquet as pq
import pytest

from genrf.core.errors import ConfigError, GenrfError
from genrf.core.parts import PartWriter, Table, parts, read_rows
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
