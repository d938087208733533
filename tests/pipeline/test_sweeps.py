"""Sweeps through launchers, each job in a process or on a node of its own, and one run over a cluster."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from genrf.core.parts import parts, read_rows

pytestmark = [pytest.mark.ngspice, pytest.mark.slow, pytest.mark.timeout(900)]  # three runs each, on a busy machine
SCRIPT = Path(__file__).parents[2] / "scripts" / "slurm.sh"
JOB = ["samples=40", "designs=0", "front=5", "workers=1", "cache=none"]


def command(*arguments):
    return [sys.executable, "-m", "genrf", *arguments, *JOB]


def genrf(*arguments, cwd):
    return subprocess.run(command(*arguments), cwd=cwd, capture_output=True, text=True, check=False, timeout=400)


def rows(run):
    return [(row.id, row.status, row.values, row.metrics) for row in read_rows(parts(run / "evaluations"))]


def test_joblib_gives_each_job_the_rows_that_it_has_alone_and_tells_which_one_failed(tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    alone = genrf("budget=300", "seed=2", "hydra.run.dir=alone", cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    sweep = genrf("-m", "seed=2", "budget=300,0", "hydra/launcher=joblib", "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert sweep.returncode == 2 and "genrf: budget must be at least 1, got 0" in sweep.stderr
    assert rows(tmp_path / "sweep" / "0") == rows(tmp_path / "alone")
    failure = json.loads((tmp_path / "sweep" / "1" / "failure.json").read_text())
    assert failure == {"exit_status": 2, "message": "budget must be at least 1, got 0"}
    summed = genrf("summary", "sweep", "hydra.run.dir=summed", cwd=tmp_path)
    assert summed.returncode == 0 and "budget must be at least 1, got 0" in summed.stdout, summed.stderr
    assert len(pq.read_table(tmp_path / "summed" / "catalogue.parquet")) == 2


@contextmanager
def dask(program, *words):
    """A program of Dask's, as its users start it, for as long as it is wanted."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *words]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path):
    """The address of a Dask scheduler with one worker."""
    pytest.importorskip("distributed")
    where = tmp_path / "scheduler.json"
    named = f"--scheduler-file={where}"
    local = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0", "--no-show"]
    with dask("scheduler", *local, named) as process:
        wait_for(process, lambda: where.is_file() and where.stat().st_size)  # it is there before anything is in it
        with dask("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "120", named):
            yield json.loads(where.read_text())["address"]


def test_a_run_over_a_cluster_that_is_there_gives_the_rows_of_a_run_at_home(scheduler, tmp_path):
    for name, settings in {"home": [], "away": ["workers=dask", f"cluster.scheduler={scheduler}"]}.items():
        run = ["budget=200", "seed=3", f"hydra.run.dir={name}"]
        done = subprocess.run(
            [*command(*run), *settings], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400
        )
        assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "away") == rows(tmp_path / "home")


@pytest.fixture
def slurm():
    """A SLURM of this machine alone, as the environment of a command that is to use it."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    required = os.environ.get("GENRF_SLURM") == "required"
    if not required and (os.geteuid() != 0 or shutil.which("slurmctld") is None):
        pytest.skip("SLURM is not installed, or this is not root; GENRF_SLURM=required installs it")
    with tempfile.TemporaryDirectory(prefix="slurm_", dir="/tmp", ignore_cleanup_errors=True) as folder:  # a short path
        started = subprocess.run([SCRIPT, "start", folder], capture_output=True, text=True, check=False)
        if started.returncode:
            (pytest.fail if required else pytest.skip)(f"SLURM did not start: {started.stderr}")
        yield {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf"}
        subprocess.run([SCRIPT, "stop", folder], check=True)


def test_a_job_that_slurm_kills_and_queues_again_goes_on_in_its_own_folder(slurm, tmp_path):
    whole = genrf("spec=lna_900mhz", "budget=2000", "seed=1", "hydra.run.dir=whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    swept = ["-m", "spec=lna_900mhz,lna_2p4ghz", "optimizer=nsga2,sobol", "seed=range(1,2)", "budget=2000"]
    sweep = [*swept, "hydra/launcher=submitit_slurm", "hydra.sweep.dir=sweep"]
    process = subprocess.Popen(
        command(*sweep, "hydra.launcher.cpus_per_task=1"), cwd=tmp_path, env=slurm, stderr=subprocess.PIPE, text=True
    )
    run = tmp_path / "sweep" / "0"
    wait_for(process, lambda: len(parts(run / "evaluations")) >= 2)
    (job,) = {path.name for path in tmp_path.glob("sweep/.submitit/*_0")}
    subprocess.run(["scontrol", "requeue", job], env=slurm, check=True)
    os.kill(process_of_task(0, slurm["SLURM_CONF"]), signal.SIGKILL)  # it may ignore what SLURM sends
    _, said = process.communicate(timeout=400)
    assert process.returncode == 0, said
    shown = subprocess.run(["scontrol", "show", "job", job], env=slurm, capture_output=True, text=True, check=True)
    assert "Restarts=1" in shown.stdout
    summed = genrf("summary", "sweep", "hydra.run.dir=summed", cwd=tmp_path)
    assert summed.returncode == 0, summed.stderr
    catalogue = pq.read_table(tmp_path / "summed" / "catalogue.parquet").to_pylist()
    wanted = [(spec, f"optimizer={one}") for spec in ("lna_900mhz", "lna_2p4ghz") for one in ("nsga2", "sobol")]
    assert [job["spec"] for job in catalogue] == [spec for spec, _ in wanted]
    assert all(one in job["overrides"] for job, (_, one) in zip(catalogue, wanted, strict=True))
    assert {job["designs"] for job in catalogue} == {2000}
    assert rows(run) == rows(tmp_path / "whole")
    log = (run / "genrf.log").read_text()
    assert log.count("lna_900mhz: lna_cascode") == 2, "the job began twice"
    measured_again = len(rows(run)) - json.loads((run / "run.json").read_text())["simulated"]
    assert measured_again > 0, "what was on disk was not simulated again"


def test_a_job_that_slurm_kills_for_good_costs_itself_alone(slurm, tmp_path):
    swept = ["-m", "budget=4000,200,210,220", "hydra/launcher=submitit_slurm", "hydra.sweep.dir=sweep"]
    process = subprocess.Popen(
        command(*swept, "hydra.launcher.cpus_per_task=1"), cwd=tmp_path, env=slurm, stderr=subprocess.PIPE, text=True
    )
    run = tmp_path / "sweep" / "0"
    wait_for(process, lambda: parts(run / "evaluations"))
    (job,) = {path.name for path in tmp_path.glob("sweep/.submitit/*_0")}
    subprocess.run(["scancel", "--signal=KILL", "--full", job], env=slurm, check=True)
    _, said = process.communicate(timeout=400)
    assert process.returncode == 1, said
    (line,) = [line for line in said.splitlines() if line.startswith("genrf:")]
    assert f"job 0 of the sweep, {job} of SLURM, ended without an answer" in line
    assert f"its folder is sweep/0, its log {tmp_path}/sweep/.submitit/{job}/" in line
    assert line.endswith("go on with it: python -m genrf resume=sweep/0")
    assert json.loads((run / "failure.json").read_text()) == {"exit_status": 1, "message": line[len("genrf: ") :]}
    for number, designs in {1: 200, 2: 210, 3: 220}.items():
        counted = json.loads((tmp_path / "sweep" / str(number) / "run.json").read_text())["counts"]
        assert counted["designs"] == designs, "the others were waited for"


def process_of_task(number, conf):
    """The process in which submitit works on one task of the array."""
    wanted = {f"SLURM_ARRAY_TASK_ID={number}", f"SLURM_CONF={conf}"}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_text().split("\0")
            given = set((place / "environ").read_text().split("\0"))
        except OSError:
            continue  # it ended while we looked
        if "python" in words[0] and "submitit.core._submit" in words and wanted <= given:
            return int(place.name)
    pytest.fail("no such process: did the task end before it was to be killed?")


def wait_for(process, condition):
    """Return when `condition` holds; fail when the process ends before."""
    while not condition():
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"{process.args} ended with {process.returncode} before its time")
