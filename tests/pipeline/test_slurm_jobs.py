"""Jobs of SLURM that leave no answer: a queue and a cluster that are scripts, for SLURM itself see test_sweeps.py."""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("hydra_plugins.hydra_submitit_launcher")


def script(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    script(folder, "srun", "exit 1")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def queue(grace):
    from genrf.pipeline.slurm import Queue

    made = Queue(grace=grace)
    for job in ("7_0", "7_1", "7_2"):
        made.register_job(job)
    return made


def over(looked):
    return [job for job in ("7_0", "7_1", "7_2") if looked.is_done(job, "cache")]


def test_a_job_is_over_when_two_looks_at_the_queue_say_so(programs):
    looked = queue(grace=0.0)
    script(programs, "squeue", "printf '7_0|FAILED\\n7_1|PENDING\\n9_2|RUNNING\\n'")
    looked._grace = 3600.0
    looked.update()
    assert over(looked) == [], "the first look is not believed"
    looked._grace = 0.0
    looked.update()
    assert over(looked) == ["7_0", "7_2"], "one has failed, one is not in the queue any more"
    script(programs, "squeue", "printf '7_0|PENDING\\n7_1|COMPLETING\\n7_2|RUNNING\\n'")
    looked.update()
    assert over(looked) == [], "a job that was queued again goes on"


def test_a_queue_that_does_not_answer_ends_no_job(programs):
    looked = queue(grace=0.0)
    script(programs, "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    for _ in range(3):
        looked.update()
    assert over(looked) == []


SBATCH = """
echo "Submitted batch job 7"
command=$(grep -o '[^ ]*python[^ ]* -u -m submitit.core._submit .*' "${@: -1}")
export SUBMITIT_EXECUTOR=slurm SLURM_JOB_ID=9 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=1
eval "$command" >/dev/null 2>&1 &
"""


@pytest.mark.ngspice
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_job_without_an_answer_costs_itself_and_is_named(programs, tmp_path):
    """The first of two jobs is lost before it began; the second is genrf's own."""
    script(programs, "sbatch", SBATCH)
    script(programs, "squeue", "echo '7_1|RUNNING'")
    sweep = ["-m", "budget=40,50", "spec=lna_2p4ghz", "hydra/launcher=submitit_slurm", "hydra.sweep.dir=sweep"]
    settings = ["designs=0", "exporter={}", "workers=0", "cache=none", "samples=10"]
    done = subprocess.run(
        [sys.executable, "-m", "genrf", *sweep, *settings],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=250,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("genrf:")]
    assert line.startswith("genrf: job 0 of the sweep, 7_0 of SLURM, ended without an answer (SLURM's state: gone)")
    assert f"its log {tmp_path}/sweep/.submitit/7_0/7_0_0_log.err" in line
    assert line.endswith("exporter={} workers=0 cache=none samples=10 hydra.run.dir=sweep/0")
    assert "budget=40 " in line
    assert json.loads((tmp_path / "sweep" / "1" / "run.json").read_text())["counts"]["designs"] == 50
