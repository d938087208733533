"""`python -m experiments.cluster.thousand_jobs [jobs]`: seconds to look over a sweep of that many synthetic jobs."""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genrf.core.parts import write_whole
from genrf.pipeline import sweep
from tests.pipeline.sweeps import write_job

ROWS, VARIABLES = 200, 40


def synthetic(folder: Path, jobs: int, rng: np.random.Generator) -> None:
    """Jobs of 200 front rows with 40 variables each, and two parts of evaluations."""
    for job in range(jobs):
        gains = rng.uniform(0, 30, ROWS)
        powers = gains**2 * rng.uniform(1.0, 2.0, ROWS) * 1e-5
        variables = {f"x.v{i}": rng.random(ROWS) for i in range(VARIABLES)}
        pairs = list(zip(gains.tolist(), powers.tolist(), strict=True))
        write_job(folder / str(job), pairs, spec=f"amp_{job % 2}", seed=job, **variables)
        front = pq.read_table(folder / str(job) / "front.parquet")
        (folder / str(job) / "evaluations").mkdir(exist_ok=True)
        for part in range(2):
            write_whole(pa.concat_tables([front] * 5), folder / str(job) / "evaluations" / f"part-{part:05d}.parquet")


def main() -> None:
    """Print seconds and memory."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic(folder / "sweep", jobs, np.random.default_rng(1))
        begin = time.perf_counter()
        sweep.summary(None, folder / "out", [str(folder / "sweep")])  # type: ignore[arg-type]
        took = time.perf_counter() - begin
        print(f"summary of {jobs:,} jobs, {jobs * ROWS:,} rows: {took:.1f} s")
        import duckdb

        begin = time.perf_counter()
        question = f"select spec, count(*), max(\"m.gain\") from '{folder}/sweep/*/evaluations/*.parquet' group by all"
        rows = sum(count for _, count, _ in duckdb.sql(question).fetchall())
        print(f"a question over {2 * jobs:,} parts of evaluations, {rows:,} rows: {time.perf_counter() - begin:.1f} s")
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
