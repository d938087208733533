"""The cores that a run takes by itself."""

import os

import pytest

from genrf.core.cores import cores


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, 8),
        ({"SLURM_CPUS_ON_NODE": "4"}, 4),
        ({"SLURM_CPUS_ON_NODE": "4", "SLURM_CPUS_PER_TASK": "2"}, 2),
        ({"SLURM_CPUS_ON_NODE": "64"}, 8),  # bound to fewer than were granted
        ({"SLURM_CPUS_PER_TASK": ""}, 8),
    ],
)
def test_a_run_takes_no_more_cores_than_its_job_was_granted(monkeypatch, environment, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    assert cores(environment) == expected
