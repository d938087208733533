"""`python -m experiments.cluster`: what spreading designs over Dask workers costs, and what a thousand would give.

Writes `table.md` and `model.svg` beside itself. Rates are the better of two, in turns with one process without a
cluster, as the machine has other work too; costs of the run's own process are seconds of processor time.
"""

import itertools
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from experiments.cluster.nothing import Nothing
from experiments.fronts import BLUE, GREEN, GREY, RED, save, style, table
from genrf.api import parts
from genrf.core.cluster import Dask, lot_size
from genrf.core.problem import AbstractProblem
from genrf.core.workers import Task, Workers
from genrf.pipeline.config import Parts
from genrf.pipeline.run import design, problems_of

HERE = Path(__file__).parent
OUTPUT = Path("outputs/cluster")
MEASURED = ((192, 1), (192, 16), (192, 64), (32, None), (192, None), (2000, None))  # batches and lots; None: chosen
BATCHES = (128, 20_000)
SECONDS = {"LNA in generic130": 1.2e-3, "the same with two tones": 12e-3, "oscillator": 0.5}  # of one design, rounded


def rates(pools: Sequence[Any], tasks: Sequence[Task]) -> list[float]:
    """Designs per second of each pool: in turns, so that they share what else the machine does, the better of two."""
    for pool in pools:
        pool.evaluate(tasks[:64])
    best = [math.inf] * len(pools)
    for _ in range(2):
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


def serial_cost() -> float:
    """Processor seconds of a run's own process for one more design: search, rows, files, the pipe to one worker."""
    spent = []
    for budget in (500, 3000, 9000):  # the first pays for what is imported; the others both have a front
        made = parts(
            "spec=lna_2p4ghz",
            f"budget={budget}",
            "samples=64",
            "designs=0",
            "front=1",
            "sensitivity=0",
            "workers=1",
            "cache=none",
        )
        with tempfile.TemporaryDirectory() as folder:
            begin = time.process_time()
            design(made, Path(folder))
            spent.append(time.process_time() - begin)
    return (spent[2] - spent[1]) / 6000


@dataclass(frozen=True)
class Model:
    """A batch over n workers: one process thinks of all designs, sends them, takes them in and awaits the last lot.

    `per_task`, `per_design` and, for a design too, `search` are the seconds of that process.
    """

    per_task: float
    per_design: float
    search: float

    def rate(self, n: float, seconds: float, batch: int, lot: int | None = None) -> float:
        """Designs per second of `seconds` each, in batches of `batch`, sent by `lot` or by as many as genrf chooses."""
        lot = lot or lot_size(batch, int(n), seconds)
        return batch / (
            batch * (self.per_design + self.search) + batch / lot * self.per_task + max(lot, batch / n) * seconds
        )

    def enough(self, seconds: float, batch: int) -> int:
        """The workers that give nine tenths of what any number would."""
        most = self.rate(1e6, seconds, batch)
        return next(n for n in range(1, 1_000_000) if self.rate(n, seconds, batch) >= 0.9 * most)


def figure(model: Model) -> plt.Figure:
    """The model for designs of three prices, in batches of 128 (four structures, 32 each) and of 20,000."""
    style()
    drawn, axes = plt.subplots(1, 2, figsize=(7.6, 3.2), layout="constrained", sharey=True)
    workers = np.unique(np.geomspace(1, 2000, 200).round())
    for axis, batch in zip(axes, BATCHES, strict=True):
        for (name, seconds), colour in zip(SECONDS.items(), (BLUE, GREEN, RED), strict=True):
            axis.loglog(workers, workers / seconds, ":", color=GREY)
            axis.loglog(workers, [model.rate(n, seconds, batch) for n in workers], color=colour, label=name)
        axis.set(title=f"batches of {batch:,} designs", xlabel="workers", ylim=(1, 2e4))
    axes[0].set_ylabel("designs per second")
    axes[0].legend()
    return drawn


def predicted(model: Model) -> str:
    """What the model gives at 1,000 workers, as a table."""
    rows = []
    for name, seconds in SECONDS.items():
        for batch in BATCHES:
            row = (f"{1 / seconds:,.0f}", f"{model.rate(1000, seconds, batch):,.0f}", str(model.enough(seconds, batch)))
            rows.append((f"{name}, {seconds:g} s", f"{batch:,}", *row))
    heads = ("design", "batch", "designs/s of one worker", "of 1,000", "workers that give nine tenths of the most")
    return table(heads, rows)


def measured_costs(made: Parts) -> Model:
    """What a Dask task costs, from designs that cost nothing, sent one by one and by 64; and a design of a real run."""
    idle = [Task(0, {"x": float(x)}) for x in np.random.default_rng(1).random(640)]
    costs = {}
    for lot in (1, 64):
        with _pool(replace(made.cluster, maximum=1, lot=lot), [Nothing()]) as pool:
            costs[lot] = cost(pool, idle)
    per_task = (costs[1] - costs[64]) / (1 - 1 / 64)
    return Model(per_task, costs[64] - per_task / 64, serial_cost())


def measured_rates(made: Parts) -> list[tuple[int, int, int | None, float, float]]:
    """One and two Dask workers against one process, for each size of batches and of lots."""
    rng = np.random.default_rng(1)
    problems = problems_of(made, rng)[:1]
    space = problems[0].structure.space
    drawn = space.decode_all(rng.random((max(batch for batch, _ in MEASURED), len(space))))
    tasks = [Task(0, values) for values in drawn]
    rows = []
    for workers, (batch, lot) in itertools.product((1, 2), MEASURED):
        given = replace(made.cluster, maximum=workers, lot=lot)
        with Workers(problems, 1, 10.0) as single, _pool(given, problems) as pool:
            alone, found = rates((single, pool), tasks[:batch])
        rows.append((workers, batch, lot, found, alone))
        print(*rows[-1], flush=True)
    return rows


def main() -> None:
    """`costs` or `rates` as a word measures those alone; the table is written once both are there."""
    made = parts("spec=lna_2p4ghz", "cache=none")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or ["costs", "rates"]
    if "costs" in wanted:
        (OUTPUT / "costs.json").write_text(json.dumps(asdict(measured_costs(made))))
    if "rates" in wanted:
        (OUTPUT / "rates.json").write_text(json.dumps(measured_rates(made)))
    if not all((OUTPUT / f"{name}.json").is_file() for name in ("costs", "rates")):
        return
    model = Model(**json.loads((OUTPUT / "costs.json").read_text()))
    heads = ("Dask workers", "batch", "in a task", "designs/s", "of one process, no cluster", "ratio", "the model's")
    text = table(heads, [_line(model, *row) for row in json.loads((OUTPUT / "rates.json").read_text())])
    task, one, search = (f"{1e3 * seconds:.2f} ms" for seconds in (model.per_task, model.per_design, model.search))
    text += f"\nProcessor time of the run's own process: {task} for a Dask task, {one} for a design in it, "
    text += f"{search} for its search and row.\n\n{predicted(model)}"
    (HERE / "table.md").write_text(text)
    save(figure(model), HERE / "model.svg")


def _line(model: Model, workers: int, batch: int, lot: int | None, found: float, alone: float) -> tuple[str, ...]:
    """A row of the table. No search ran here, so the model goes without one."""
    expected = replace(model, search=0.0).rate(workers, 1.0 / alone, batch, lot)
    size = str(lot) if lot else f"chosen ({lot_size(batch, workers, 1.0 / alone)})"
    rates = (f"{found:,.0f}", f"{alone:,.0f}", f"{found / alone:.2f}", f"{expected:,.0f}")
    return str(workers), f"{batch:,}", size, *rates


def _pool(given: Dask, problems: Sequence[AbstractProblem]) -> AbstractContextManager[Any]:
    return given.pool(problems, 10.0, 2e9, budget=10_000)


if __name__ == "__main__":
    main()
