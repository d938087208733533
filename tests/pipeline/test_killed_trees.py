"""Runs of the real program whose processes are killed: all of them at once, or a machine of their cluster."""

import os
import signal
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from experiments.kills.__main__ import started
from experiments.kills.whole import came_to, readable
from genrf.core.cluster import Dask
from genrf.core.parts import parts, read_rows
from genrf.pipeline.run import design
from tests.analytic import FormulaProblem
from tests.local_cluster import LOCAL
from tests.pipeline.test_command_line import wait_for
from tests.pipeline.test_stages import made
from tests.processes import parents

RUN = (
    "spec=lna_2p4ghz", "model.only=[lna_cascode]", "seed=4", "workers=2", "budget=400", "samples=64", "front=4",
    "designs=1", "dies=0", "sensitivity=0", "exporter=[touchstone]",
)  # fmt: skip
MOMENTS = (
    lambda folder: len(parts(folder / "evaluations")) >= 3,  # it searches
    lambda folder: (folder / "front.parquet").exists(),  # its front is verified
    lambda folder: any(folder.glob("designs/*/*")),  # it writes a design out
)


def tree(pid):
    """A process and all below it."""
    found, known = [pid], parents()
    for one in found:
        found += [child for child, parent in known.items() if parent == one]
    return found


def killed_when(reached, folder):
    """Begin or go on with a run, and kill all its processes when it has `reached` a moment; how many these were."""
    with started(folder, RUN) as process:
        wait_for(process, lambda: reached(folder))
        processes = tree(process.pid)
        groups = {os.getpgid(one) for one in processes if Path(f"/proc/{one}").exists()}
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert groups == {process.pid}, "a process would have outlived its group"
    return len(processes)


def ended(folder):
    with started(folder, RUN) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said
    return came_to(folder)


@pytest.mark.ngspice
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_whose_whole_tree_is_killed_in_each_stage_comes_to_the_same_end(tmp_path):
    wanted = ended(tmp_path / "whole" / "run")
    folder, before, most = tmp_path / "torn" / "run", [], 0
    for reached in MOMENTS:
        most = max(most, killed_when(reached, folder))
        ids = readable(folder)
        assert ids and ids[: len(before)] == before, "a row is lost"
        assert not (folder / "run.json").exists()
        before = ids
    assert most >= 4, "the run, the server of its workers, and two of these"
    found = ended(folder)
    assert readable(folder)[: len(before)] == before
    for name, value in wanted.items():
        assert found[name] == value, name


@dataclass(frozen=True)
class Mortal(FormulaProblem):
    """In the search's second batch the first design kills the Dask worker that it is measured for, once."""

    run: str = ""
    mark: str = ""

    def measure(self, values, corner=""):
        if self.mark and len(parts(Path(self.run) / "evaluations")) == 2:
            try:
                Path(self.mark).touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                # the server forks this process for a Dask worker, which is the parent of its parent
                worker = int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(") ")[2].split()[1])
                os.kill(worker, signal.SIGKILL)
        return super().measure(values, corner)


@pytest.mark.slow
def test_a_run_over_a_cluster_whose_worker_is_killed_has_each_row_once_and_the_same_front(tmp_path):
    pytest.importorskip("distributed")
    home = design(made(), tmp_path / "home")
    mortal = partial(Mortal, run=str(tmp_path / "away"), mark=str(tmp_path / "mark"))
    away = design(replace(made(problem=mortal, workers="dask"), cluster=Dask(**LOCAL)), tmp_path / "away")
    assert (tmp_path / "mark").exists(), "no worker was killed"
    whole, torn = (
        [replace(row, seconds=0.0) for row in read_rows(parts(tmp_path / name / "evaluations"))]
        for name in ("home", "away")
    )
    assert [row.id for row in torn] == [f"{number:06d}" for number in range(len(whole))]
    assert torn == whole
    assert [(row.id, row.metrics) for row in away.front] == [(row.id, row.metrics) for row in home.front]
