"""Jobs that SLURM ended from outside: each costs itself alone, whether the cluster keeps accounts or not.

A job whose process was killed leaves no answer. submitit then asks `sacct`, which knows nothing where SLURM keeps no
accounts, and waits forever; where it knows, the first such job ends the wait for all others. Here `squeue` is asked,
which every SLURM answers, and a job without an answer is one that failed.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import open_dict
from submitit.slurm import slurm

from genrf.core.errors import GenrfError
from genrf.pipeline.failure import Failed, found, note

_OVER = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",
    "TIMEOUT", "gone",
}  # fmt: skip


class Queue(slurm.SlurmInfoWatcher):
    """The states of jobs as `squeue` tells them; a job that it does not list (any more) is `gone`.

    A job is done when it was over at two looks at least `grace` seconds apart: one that is queued again may be between
    two states, and its answer on its way over a shared file system.
    """

    def __init__(self, delay_s: int = 30, grace: float = 15.0) -> None:
        super().__init__(delay_s)
        self._grace = grace
        self._over = dict[str, float]()  # since when
        self._done = set[str]()

    def _make_command(self) -> list[str]:
        return ["squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", "--format=%i|%T"]

    def read_info(self, string: bytes | str) -> dict[str, dict[str, str]]:
        """What one look at the queue says of every job that is waited for."""
        text = string if isinstance(string, str) else string.decode()
        listed = dict(line.strip().split("|", 1) for line in text.splitlines() if "|" in line)
        states = {job: listed.get(job, "gone") for job in self._registered}
        now = time.monotonic()
        self._over = {job: self._over.get(job, now) for job, state in states.items() if state in _OVER}
        self._done = {job for job, since in self._over.items() if now - since >= self._grace}
        return {job: {"State": state} for job, state in states.items()}

    def is_done(self, job_id: str, mode: str = "standard") -> bool:
        """Whether nothing is to be expected of the job any more."""
        self.get_info(job_id, mode)
        return job_id in self._done


class Patient(slurm.SlurmJob[Any]):
    """A job whose end, of whatever kind, is an answer: Hydra hears of a failure as it does of genrf's own ones."""

    watcher = Queue()

    def results(self) -> list[Any]:
        """What the job came to, when it is over; of one that left no answer, where it was and how to go on with it."""
        self.wait()
        if self._sub_jobs:
            return super().results()
        if not self.paths.result_pickle.exists():
            return [self._failed(f"ended without an answer (SLURM's state: {self.state})")]
        outcome, answer = self._get_outcome_and_result()
        if outcome == "error":  # the trace of what went wrong around the run
            return [self._failed(str(answer).strip().rpartition("\n")[2])]
        return [answer]

    def _failed(self, how: str) -> JobReturn:
        given = self.submission()
        overrides, _, number, *_ = given.args
        run = self._run(given.function, overrides, number)
        if (run / ".hydra" / "overrides.yaml").is_file():
            where, again = f"its folder is {run}", f"resume={run}"
        else:
            where, again = "it had no folder yet", " ".join([*overrides, f"hydra.run.dir={run}"])
        said = f"job {number} of the sweep, {self.job_id} of SLURM, {how}; {where}, its log {self.paths.stderr}"
        failed = Failed(f"{said}; go on with it: python -m genrf {again}", GenrfError.exit_status)
        if not (run / "run.json").exists() and found(run) is None:
            note(run, failed)
        back = JobReturn(overrides=overrides, status=JobStatus.FAILED)
        back.return_value = failed
        return back

    def _run(self, launcher: Any, overrides: Sequence[str], number: int) -> Path:
        """The folder that Hydra makes for the job, or would have made."""
        config = launcher.hydra_context.config_loader.load_sweep_config(launcher.config, list(overrides))
        with open_dict(config.hydra.job):
            config.hydra.job.num, config.hydra.job.id = number, self.job_id
        return Path(str(config.hydra.sweep.dir), str(config.hydra.sweep.subdir))


def wait_for_all() -> None:
    """Have submitit make `Patient` jobs, in this process; it names the class in two places."""
    slurm.SlurmJob = slurm.SlurmExecutor.job_class = Patient  # type: ignore[misc]
