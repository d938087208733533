"""Where designs are measured: in this process, in others of this machine, or on a cluster."""

from collections.abc import Sequence

from genrf.core.cluster import Dask, Spread
from genrf.core.cores import cores
from genrf.core.problem import AbstractProblem
from genrf.core.workers import Inline, Workers


def pool(
    problems: Sequence[AbstractProblem],
    workers: int | str | None,
    cluster: Dask | None,
    time_limit: float,
    memory_limit: float,
    budget: int,
) -> Inline | Workers | Spread:
    """What measures `budget` designs of `problems`: so many `workers`, one per core when None, this process when 0.

    `dask` has them measured on `cluster`. Limits in s and bytes.
    """
    if workers == "dask":
        assert cluster is not None, "every config has one"
        return cluster.pool(problems, time_limit, memory_limit, budget)
    count = cores() if workers is None else int(workers)
    return Workers(problems, count, time_limit, memory_limit) if count else Inline(problems)
