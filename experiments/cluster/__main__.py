"""`python -m experiments.cluster`: what spreading designs over Dask workers costs, and what a thousand would give.

Writes `table.md` and `model.svg` beside itself. Rates are the best of four, in turns with one process without a
cluster, as the machine has other work too; costs of the run's own process are seconds of
processor time, which other work changes little.
"""

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import BLUE, GREEN, GREY, RED, save, style, table
from genrf.api import parts
from genrf.core.cluster import Dask
from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec, Metric
from genrf.core.workers import Task, Workers
from genrf.pipeline.run import design, problems_of

HERE = Path(__file__).parent
DESIGNS = 400
LOTS = (1, 8, 64)
SECONDS = {"LNA in generic130": 1.2e-3, "the same with two tones": 12e-3, "oscillator": 0.5}  # of one design, rounded


@dataclass(frozen=True)
class _Line:
    name: str = "line"
    space: Space = Space((Real("x", 0.0, 1.0),))


@dataclass(frozen=True)
class Nothing(AbstractProblem):
    """Measures at no cost, so that all that is left is the way there and back."""

    structure: _Line = _Line()
    spec: DesignSpec = DesignSpec("nothing", {"y": {"objective": "minimize"}})

    @property
    def metrics(self) -> dict[str, Metric]:
        """One number."""
        return {"y": Metric("", "the variable")}

    def measure(self, values: Any, corner: str = "") -> Measurement:
        """The variable."""
        return Measurement("ok", {"y": values["x"]})


def rates(pools: Sequence[Any], tasks: Sequence[Task]) -> list[float]:
    """Designs per second of each pool: in turns, so that they share what else the machine does, the best of four."""
    for pool in pools:
        pool.evaluate(tasks[:64])
    best = [math.inf] * len(pools)
    for _ in range(4):
        for place, pool in enumerate(pools):
            begin = time.perf_counter()
            pool.evaluate(tasks)
            best[place] = min(best[place], time.perf_counter() - begin)
    return [len(tasks) / seconds for seconds in best]


def cost(pool: Any, tasks: Sequence[Task]) -> float:
    """Processor seconds of this process, client and scheduler, for one design."""
    pool.evaluate(tasks[:64])
    begin = time.process_time()
    pool.evaluate(tasks)
    return (time.process_time() - begin) / len(tasks)


def serial_cost(folder: Path) -> float:
    """Processor seconds of a run's own process for one design, pool included: search, rows, files."""
    made = parts("spec=lna_2p4ghz", "budget=1500", "samples=64", "designs=0", "front=20", "workers=1", "cache=none")
    begin = time.process_time()
    outcome = design(made, folder)
    return (time.process_time() - begin) / len(outcome.results)


def modelled(n: np.ndarray, seconds: float, lot: int, per_task: float, per_design: float, batch: float) -> np.ndarray:
    """Designs per second over `n` workers: what they measure, or what one process can send, take in and think about.

    Of a batch there are batch / lot lots, so that no more workers than that have work.
    """
    busy = np.minimum(n, max(batch / lot, 1.0))
    return 1.0 / (seconds / busy + per_task / lot + per_design)


def figure(per_task: float, per_design: float) -> plt.Figure:
    """The model for designs of three prices, in batches of 320 (four structures, 80 each) and of 20,000."""
    style()
    drawn, axes = plt.subplots(1, 2, figsize=(7.6, 3.2), layout="constrained", sharey=True)
    n = np.unique(np.geomspace(1, 2000, 200).round())
    for axis, batch in zip(axes, (320, 20_000), strict=True):
        for (name, seconds), colour in zip(SECONDS.items(), (BLUE, GREEN, RED), strict=True):
            lot = max(1, min(16, round(0.05 / seconds)))
            axis.loglog(n, n / seconds, ":", color=GREY)
            axis.loglog(n, modelled(n, seconds, lot, per_task, per_design, batch), color=colour, label=name)
        axis.set(title=f"batches of {batch:,} designs", xlabel="workers", ylim=(1, 2e4))
    axes[0].set_ylabel("designs per second")
    axes[0].legend()
    return drawn


def main() -> None:
    """Measure, write the table and the figure."""
    made = parts("spec=lna_2p4ghz", "cache=none")
    rng = np.random.default_rng(1)
    problems = problems_of(made, rng)[:1]
    space = problems[0].structure.space
    tasks = [Task(0, values) for values in space.decode_all(rng.random((DESIGNS, len(space))))]
    idle = [Task(0, {"x": float(x)}) for x in rng.random(DESIGNS)]
    given = replace(made.cluster, maximum=1)
    rows = []
    for workers in (1, 2):
        for lot in LOTS:
            with (
                Workers(problems, 1, 10.0) as single,
                _pool(replace(given, maximum=workers, lot=lot), problems) as pool,
            ):
                alone, found = rates((single, pool), tasks)
            rows.append((str(workers), str(lot), f"{found:,.0f}", f"{alone:,.0f}", f"{found / alone:.2f}"))
            print(*rows[-1], flush=True)
    costs = {}
    for lot in (1, 64):
        with _pool(replace(given, lot=lot), [Nothing()]) as pool:
            costs[lot] = cost(pool, idle)
    per_task = (costs[1] - costs[64]) / (1 - 1 / 64)
    per_message = costs[64] - per_task / 64
    per_design = per_message + serial_cost(Path("outputs/cluster/serial"))
    text = table(("Dask workers", "designs in a task", "designs/s", "of one process, no cluster", "ratio"), rows)
    text += f"\nProcessor time of client and scheduler: {per_task * 1e3:.2f} ms a task, "
    text += f"{per_message * 1e6:.0f} us a design in it; of the run's own process {per_design * 1e3:.2f} ms a design.\n"
    (HERE / "table.md").write_text(text)
    print(text)
    for name, seconds in SECONDS.items():
        lot = max(1, min(16, round(0.05 / seconds)))
        for batch in (320, 20_000):
            n = np.array([1000.0])
            whole = float(modelled(n, seconds, lot, per_task, per_design, batch)[0])
            half = seconds / (per_task / lot + per_design)
            print(f"{name}, batches of {batch:,}: {whole:,.0f}/s with 1,000 workers, as serial as not at {half:,.0f}")
    save(figure(per_task, per_design), HERE / "model.svg")


def _pool(given: Dask, problems: Sequence[AbstractProblem]) -> AbstractContextManager[Any]:
    return given.pool(problems, 10.0, 2e9, budget=10_000)


if __name__ == "__main__":
    main()
