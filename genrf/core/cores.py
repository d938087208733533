"""How many cores are ours."""

import os
from collections.abc import Mapping

_GRANTED = ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE")  # the second is the job's share of a node, with any plugin


def cores(environment: Mapping[str, str] = os.environ) -> int:
    """Cores that this process may use: those it is bound to, and in a job of SLURM no more than it was granted.

    SLURM binds tasks only where its administrator chose so; what it granted stands in the environment in any case
    (sbatch(1), OUTPUT ENVIRONMENT VARIABLES).
    """
    bound = len(os.sched_getaffinity(0))
    granted = next((environment[name] for name in _GRANTED if environment.get(name, "").isdigit()), bound)
    return max(1, min(bound, int(granted)))
