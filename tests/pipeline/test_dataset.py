"""The data set of a problem of neither half, and of circuits as a person makes one."""

import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from genrf.circuits.canonical import same
from genrf.circuits.generate.grammar import Grammar
from genrf.circuits.topology import Device, Given, Times, Topology
from genrf.core import space
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.parts import parts, read_rows
from genrf.core.problem import Measurement
from genrf.pipeline import dataset as module
from genrf.pipeline.dataset import dataset
from tests.analytic import FormulaProblem
from tests.pipeline.test_command_line import genrf, wait_for
from tests.pipeline.test_stages import made

SHIFTS = (0.0, 1.0, 2.0)


class Patchy(FormulaProblem):
    def measure(self, values, corner=""):
        if values["x1"] > 0.7:
            return Measurement("no_convergence", message="op: no way")
        if values["x2"] > 0.7:
            raise RuntimeError("the bench is on fire")
        return super().measure(values, corner)


class Failing(FormulaProblem):
    def measure(self, values, corner=""):
        raise RuntimeError("the bench is on fire")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(module, "_PART", 30)


def rows_of(folder):
    return read_rows(parts(folder / "dataset"))


def plain(rows):
    return [(row.id, row.structure, row.values, row.metrics, row.status, row.message) for row in rows]


def run(folder, rounds=0, ranges=None, **settings):
    out = io.StringIO()
    parts = made(**{"problem": Patchy, "shifts": SHIFTS, "budget": 100, **settings})
    dataset(parts, folder, rounds, ranges, Console(file=out))
    return out.getvalue()


def test_every_structure_has_its_share_and_failures_are_rows(tmp_path):
    said = run(tmp_path)
    rows = rows_of(tmp_path)
    assert [row.id for row in rows] == [f"{i:06d}" for i in range(100)]
    assert [row.structure for row in rows] == ["c2dtlz2_0"] * 34 + ["c2dtlz2_1"] * 33 + ["c2dtlz2_2"] * 33
    for row in rows:
        x1, x2 = row.values["x1"], row.values["x2"]
        assert row.status == ("no_convergence" if x1 > 0.7 else "crashed" if x2 > 0.7 else "ok")
        assert bool(row.metrics) == (row.status == "ok") and bool(row.message) == (row.status != "ok")
    assert {"ok", "no_convergence", "crashed"} == {row.status for row in rows}
    assert "100 designs:" in said and f"{sum(row.status == 'ok' for row in rows)} ok" in said
    assert [pq.read_metadata(path).num_rows for path in parts(tmp_path / "dataset")] == [30, 30, 30, 10]


def test_no_design_is_there_twice(tmp_path):
    run(tmp_path)
    assert len({tuple(row.values.values()) for row in rows_of(tmp_path)}) == 100


def test_bred_rounds_hold_what_chance_does_not(tmp_path):
    """The same budget, once by chance alone and once in ten rounds: f2 falls with the distance from the front."""
    settings = {"problem": FormulaProblem, "shifts": (0.0,), "budget": 400}
    run(tmp_path / "chance", **settings)
    run(tmp_path / "bred", rounds=9, **settings)
    chance, bred = (rows_of(tmp_path / name) for name in ("chance", "bred"))
    assert len(chance) == len(bred) == 400
    assert [row.values for row in bred[:40]] == [row.values for row in chance[:40]]
    assert sum(row.feasible for row in bred[40:]) > 1.3 * sum(row.feasible for row in chance[40:])


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_seed_gives_the_same_rows_whatever_the_workers(tmp_path, workers):
    run(tmp_path / "here")
    run(tmp_path / "there", workers=workers)
    run(tmp_path / "other", seed=4)
    here, there, other = (plain(rows_of(tmp_path / name)) for name in ("here", "there", "other"))
    assert [row[:5] for row in here] == [row[:5] for row in there] and here[0] != other[0]


@pytest.mark.parametrize("rounds", [0, 3])
@pytest.mark.parametrize("kept", [0, 1, 2, 4])
def test_a_run_that_was_stopped_goes_on_to_the_same_rows(tmp_path, kept, rounds, monkeypatch):
    monkeypatch.setattr(module, "_PART", 30 if rounds == 0 else 10)  # some end inside a round
    run(tmp_path / "whole", rounds)
    run(tmp_path / "torn", rounds)
    for path in parts(tmp_path / "torn" / "dataset")[kept:]:
        path.unlink()
    (tmp_path / "torn" / "dataset" / ".part-00009.parquet.tmp").write_bytes(b"half a part")
    monkeypatch.setattr(module, "_PART", 17)  # how many go into a part decides no row
    run(tmp_path / "torn", rounds)
    assert plain(rows_of(tmp_path / "torn")) == plain(rows_of(tmp_path / "whole"))
    assert pq.read_table(tmp_path / "torn" / "dataset").num_rows == 100


def test_a_whole_data_set_is_not_measured_again(tmp_path):
    run(tmp_path)
    assert "now" not in run(tmp_path, problem=Failing)


def test_another_data_set_may_not_go_on_in_the_same_folder(tmp_path):
    run(tmp_path)
    with pytest.raises(ConfigError, match="holds a run of another config"):
        run(tmp_path, config_hash="other")
    with pytest.raises(ConfigError, match="structures.parquet are others than this config asks for"):
        run(tmp_path, shifts=SHIFTS[:2])


def test_a_bench_that_measures_nothing_ends_the_run(tmp_path):
    with pytest.raises(GenrfError, match="all 30 designs of a batch failed in the same way: .*on fire"):
        run(tmp_path, problem=Failing)


def test_fewer_designs_than_structures_are_one_each(tmp_path):
    run(tmp_path, budget=2)
    assert [row.structure for row in rows_of(tmp_path)] == ["c2dtlz2_0", "c2dtlz2_1"]


def test_every_file_says_where_it_comes_from(tmp_path):
    run(tmp_path)
    for path in [tmp_path / "structures.parquet", *parts(tmp_path / "dataset")]:
        said = pq.read_schema(path).metadata
        assert said[b"config_hash"] == b"abc" and said[b"seed"] == b"3" and said[b"spec"] == b"c2"
        assert said[b"version.genrf"] and said[b"version.python"]


SMALL = ["task=dataset", "count=20", "budget=3000", "workers=1"]


@pytest.mark.ngspice
def test_a_killed_data_set_of_circuits_goes_on_to_the_same_rows(tmp_path):
    whole = genrf(*SMALL, "hydra.run.dir=whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    assert "3,000 designs: " in whole.stdout
    command = [sys.executable, "-m", "genrf", *SMALL, "hydra.run.dir=torn"]
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        wait_for(process, lambda: parts(tmp_path / "torn" / "dataset"))
        os.killpg(process.pid, signal.SIGKILL)
    before = rows_of(tmp_path / "torn")
    assert 0 < len(before) < 3000
    resumed = genrf("resume=torn", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    after = rows_of(tmp_path / "torn")
    assert after[: len(before)] == before
    assert plain(after) == plain(rows_of(tmp_path / "whole"))
    assert sum(row.status == "ok" for row in after) >= 0.98 * len(after)


def read_back(record, variables):
    """The topology that `structures.parquet` tells of."""

    def drawn(value):
        return (Given(**value) if "condition" in value else Times(**value)) if isinstance(value, dict) else value

    return Topology(
        name=record["name"],
        family=record["family"],
        description=record["description"],
        signals=tuple(record["signals"]),
        references={net: drawn(value) for net, value in record["references"].items()},
        devices=tuple(
            Device(d["name"], d["kind"], d["nets"], {key: drawn(value) for key, value in d["drawn"].items()})
            for d in record["devices"]
        ),
        space=space.Space(tuple(getattr(space, v.pop("kind"))(**v) for v in variables)),
    )


@pytest.mark.ngspice
def test_a_structure_can_be_built_again_from_its_row(tmp_path):
    done = genrf("task=dataset", "count=20", "budget=20", "workers=0", "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (structures,) = [pq.read_table(tmp_path / "run" / "structures.parquet")]
    from tests.circuits.process import default

    drawn = Grammar().generate(default().spec, 20, np.random.default_rng(1))
    for row, topology in zip(structures.to_pylist(), drawn, strict=True):
        again = read_back({"name": row["structure"], **json.loads(row["graph"])}, json.loads(row["variables"]))
        assert again == topology and same(again, topology)
    said = structures.schema.metadata
    assert said[b"version.simulator"].startswith(b"ngspice") and said[b"version.process"] == b"generic130"


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["budget=0"], "budget must be at least 1, got 0"),
        (["count=0"], "count must be at least 1, got 0"),
        (["spec.conditions.family=mixer"], "the grammar has no circuit of family 'mixer'"),
        (["task=datasets"], "task=datasets: no such option; did you mean 'dataset'"),
    ],
)
def test_a_wrong_configuration_gets_one_line(arguments, message, tmp_path):
    done = genrf("task=dataset", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and message in done.stderr
