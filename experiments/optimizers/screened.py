"""`python -m experiments.optimizers.screened`: what a pre-screen adds to a search, over five seeds.

200 designs of each analytic problem, 300 and 1,500 of the amplifier. Writes `screened.md` beside itself.
"""

import time
from collections.abc import Mapping
from functools import partial

import numpy as np

from experiments.fronts import table
from experiments.optimizers.__main__ import HERE, SEEDS, run
from experiments.optimizers.amplifier import amplifier
from experiments.optimizers.methods import Method, ours
from experiments.optimizers.problems import ANALYTIC, Benchmark
from genrf.core.optimizer import AbstractOptimizer
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.screened import Screened
from genrf.optimize.sobol import Random

FACTOR, SHARE, POPULATION = 10, 0.25, 20
INNER: Mapping[str, AbstractOptimizer] = {"nsga2": NSGA2(POPULATION), "random": Random(POPULATION)}


def line(problem: Benchmark, name: str, method: Method, budget: int) -> tuple[str, ...]:
    """Median, worst and best hypervolume, and seconds of processor time per run, the problem's own included."""
    begin = time.process_time()
    ends = [run(problem, method, budget, seed).volume(budget) for seed in range(SEEDS)]
    seconds = (time.process_time() - begin) / SEEDS
    spread = f"{min(ends):.3f} to {max(ends):.3f}"
    return problem.name, str(budget), name, f"{np.median(ends):.3f}", spread, f"{seconds:.2f} s"


def main() -> None:
    """Each inner optimizer alone and behind a pre-screen."""
    lna, rows = amplifier(), list[tuple[str, ...]]()
    for problem, budget in (*((one, 200) for one in ANALYTIC), (lna, 300), (lna, 1500)):
        for name, inner in INNER.items():
            rows.append(line(problem, name, partial(ours, inner), budget))
            rows.append(line(problem, f"screened {name}", partial(ours, Screened(inner, FACTOR, SHARE)), budget))
            print(*(" | ".join(row) for row in rows[-2:]), sep="\n", flush=True)
            (HERE / "screened.md").write_text(
                table(("problem", "designs", "optimizer", "hypervolume", "seeds' range", "processor"), rows)
            )


if __name__ == "__main__":
    main()
