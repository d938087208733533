"""A sweep looked over: fronts merged, what is broken listed, nothing lost by it."""

import io

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.pipeline import sweep
from genrf.pipeline.catalogue import jobs
from genrf.pipeline.failure import Failed, note
from genrf.pipeline.fronts import Merged, merge
from tests.pipeline.sweeps import staircase, write_job


def summary(folder, *runs):
    said = io.StringIO()
    folder.mkdir(parents=True, exist_ok=True)
    sweep.summary(None, folder, [str(run) for run in runs], Console(file=said))
    return said.getvalue()


def test_the_front_of_all_is_that_of_the_staircase_each_design_with_its_job(tmp_path):
    staircase(tmp_path / "sweep", 12)
    said = summary(tmp_path / "out", tmp_path / "sweep")
    front = pq.read_table(tmp_path / "out" / "front.parquet")
    assert front["m.gain"].to_pylist() == front["m.power"].to_pylist() == list(range(12))
    assert front["job"].to_pylist() == [str(tmp_path / "sweep" / str(k)) for k in range(12)]
    assert front.schema.field("m.power").metadata == {b"unit": b"W"}
    assert "amp, generic130: 12 jobs, 24 designs on their fronts, 12 on the front of all" in said
    assert "12 jobs: 12 done; 1,200 designs measured" in said
    assert (tmp_path / "out" / "fronts.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(("count", "image"), [(200, False), (30_000, True)])
def test_a_figure_of_thousands_of_points_is_an_image_of_them_all(count, image, tmp_path):
    draws = np.random.default_rng(0)
    rows = pa.table({"m.gain": draws.random(count), "m.power": draws.random(count)})
    aims = (("gain", "maximize"), ("power", "minimize"))
    sweep.draw([Merged("amp", "", aims, [], rows, np.arange(count) < 5)], tmp_path / "fronts.svg")
    text = (tmp_path / "fronts.svg").read_text()
    assert ("<image" in text) == image and len(text) < 1_000_000


def test_what_failed_or_is_broken_is_listed_and_the_rest_is_merged(tmp_path):
    staircase(tmp_path / "sweep", 4)
    (tmp_path / "sweep" / "4").mkdir()
    note(tmp_path / "sweep" / "4", Failed("the disk is full [at last]", 1))
    (tmp_path / "sweep" / "5" / ".hydra").mkdir(parents=True)
    whole = (tmp_path / "sweep" / "1" / "front.parquet").read_bytes()
    (tmp_path / "sweep" / "1" / "front.parquet").write_bytes(whole[: len(whole) // 2])  # no footer
    torn = bytearray((tmp_path / "sweep" / "2" / "front.parquet").read_bytes())
    torn[4:300] = bytes(296)  # a footer, but no pages
    (tmp_path / "sweep" / "2" / "front.parquet").write_bytes(torn)
    (tmp_path / "sweep" / "3" / "run.json").write_text('{"spec": "am')
    said = summary(tmp_path / "out", tmp_path / "sweep")
    assert pq.read_table(tmp_path / "out" / "front.parquet")["m.gain"].to_pylist() == [0.0]
    assert "4  failed: the disk is full [at last]" in said
    assert "5  unfinished: stopped, or still going; resume=" in said
    assert "1/front.parquet  cannot be read" in said and "2/front.parquet  cannot be read" in said
    assert "3  failed: run.json cannot be read" in said
    assert "6 jobs: 3 done, 2 failed, 1 unfinished; 300 designs measured; 2 files cannot be read" in said
    found = pq.read_table(tmp_path / "out" / "catalogue.parquet").to_pylist()
    assert [row["state"] for row in found] == ["done", "done", "done", "failed", "failed", "unfinished"]
    assert found[4]["exit_status"] == 1 and found[0]["overrides"] == ["seed=0"] and found[0]["seconds"] == 4.0


SWEEP = """
hydra:
  sweeper: {_target_: %s, max_batch_size: null, params: %s}
  overrides: {task: %s}
"""
OWN = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"


@pytest.mark.parametrize(
    ("sweeper", "params", "task", "told"),
    [
        (OWN, "null", "[budget=2000, 'seed=range(0,7)']", (7, "3, 4, 5, 6")),
        (OWN, "null", "['seed=choice(1,2)', 'front=5,6,7,8', 'front=1,2']", (4, "3")),
        (OWN, "{'seed': '1,2,3'}", "['spec=a,b']", (6, "3, 4, 5")),
        (OWN, "null", "['seed=range(99)']", (99, "3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...")),
        (OWN, "null", "['seed=range(3)']", None),
        (OWN, "null", "['spec=glob(*)']", None),
        ("hydra_plugins.hydra_optuna_sweeper.OptunaSweeper", "{'seed': 'range(9)'}", "[]", None),
    ],
)  # fmt: skip
def test_jobs_that_left_no_run_are_counted_where_the_sweep_says_how_many_were_asked_for(
    sweeper, params, task, told, tmp_path
):
    staircase(tmp_path / "sweep", 3)
    (tmp_path / "sweep" / "multirun.yaml").write_text(SWEEP % (sweeper, params, task))
    said = summary(tmp_path / "out", tmp_path / "sweep").splitlines()[-1]
    line = told and f"{tmp_path / 'sweep'}: 3 of {told[0]} jobs have a run; these have none: {told[1]}"
    assert said == (line or str(tmp_path / "out"))


def test_a_sweep_of_which_no_job_has_begun_is_said_to_be_one(tmp_path):
    (tmp_path / "multirun.yaml").write_text(SWEEP % (OWN, "null", "['seed=range(150)']"))
    with pytest.raises(ConfigError, match="holds no run: none of the 150 jobs of this sweep has begun"):
        jobs([tmp_path])


def test_specs_are_merged_apart_and_columns_of_one_job_alone_are_null_elsewhere(tmp_path):
    write_job(tmp_path / "s" / "0", [(1, 1)], spec="amp", **{"x.w": [2e-6]})
    write_job(tmp_path / "s" / "1", [(2, 2)], spec="amp")
    write_job(tmp_path / "s" / "2", [(9, 0)], spec="mixer")  # would dominate all
    summary(tmp_path / "out", tmp_path / "s")
    front = pq.read_table(tmp_path / "out" / "front.parquet")
    assert front["spec"].to_pylist() == ["amp", "amp", "mixer"] and front["x.w"].to_pylist() == [2e-6, None, None]


def test_a_design_is_as_good_as_at_its_worst_corner_where_the_search_wanted_corners(tmp_path):
    write_job(tmp_path / "0", [(10, 1)], corners=("ss",), **{"m.gain@ss": [3.0]})
    write_job(tmp_path / "1", [(5, 1)], corners=("ss",), **{"m.gain@ss": [4.0]})
    (one,) = merge(jobs([tmp_path / "0", tmp_path / "1"]))[0]
    assert np.array_equal(one.chosen, [False, True])


def test_duckdb_reads_what_a_summary_wrote(tmp_path):
    staircase(tmp_path / "sweep", 3)
    summary(tmp_path / "out", tmp_path / "sweep")
    asked = f"select state, count(*), sum(designs) from '{tmp_path}/out/catalogue.parquet' group by all"
    assert duckdb.sql(asked).fetchall() == [("done", 3, 300)]


def test_a_folder_without_a_run_is_an_error_with_its_name(tmp_path):
    with pytest.raises(ConfigError, match=f"runs: {tmp_path} holds no run"):
        summary(tmp_path / "out", tmp_path)
    with pytest.raises(ConfigError, match="task=summary needs runs"):
        sweep.summary(None, tmp_path / "out", None)
