"""`python -m experiments.optimizers`: hypervolume over designs and over seconds, genrf's optimizers beside others.

Quick by default: one seed, three problems, no BoTorch tutorial, which takes most of the time. `full` is five seeds of
everything; names of problems choose some. Writes `hypervolumes.svg` and `table.md` beside itself.
"""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import save, style, table
from experiments.optimizers.amplifier import amplifier
from experiments.optimizers.methods import Method, methods
from experiments.optimizers.problems import ANALYTIC, Benchmark, Measured
from genrf.core import pareto

HERE = Path(__file__).parent
BUDGETS = {"lna": 100}  # designs; with 52 nobody meets its limits
BUDGET = 52
QUICK = ("zdt1", "branin_currin", "lna")
SLOW = "BoTorch tutorial"
SEEDS = 5


@dataclass
class Trace:
    """What a method measured, with the seconds since its begin."""

    problem: Benchmark
    F: list[np.ndarray] = field(default_factory=list)
    G: list[np.ndarray] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    begin: float = field(default_factory=time.perf_counter)

    def measure(self, U: np.ndarray) -> Measured:
        """Measure and take down."""
        F, G = self.problem.measure(U)
        self.F += list(F)
        self.G += list(G)
        self.at += [time.perf_counter() - self.begin] * len(F)
        return F, G

    def volumes(self, budget: int) -> np.ndarray:
        """Hypervolume after each design, as a share of the box between reference and best where nothing is known."""
        F, G = np.array(self.F[:budget]), np.array(self.G[:budget]).reshape(len(self.F[:budget]), -1)
        scale = self.problem.best or float(np.prod(np.abs(self.problem.reference)))
        F = np.where((G <= 0).all(axis=1)[:, None], F, self.problem.reference + 1.0)
        return np.array([pareto.hypervolume(F[: n + 1], self.problem.reference) for n in range(len(F))]) / scale


def run(problem: Benchmark, method: Method, budget: int, seed: int) -> Trace:
    """One method on one problem."""
    trace = Trace(problem)
    method(problem, trace.measure, budget, seed)
    return trace


def figure(found: dict[str, dict[str, list[Trace]]]) -> plt.Figure:
    """Above over designs, below over seconds: the median of the seeds."""
    style()
    drawn, axes = plt.subplots(2, len(found), figsize=(3.2 * len(found), 5.6), layout="constrained", squeeze=False)
    for column, (name, traces) in enumerate(found.items()):
        budget = _budget(name)
        for method, own in traces.items():
            volumes = np.median([trace.volumes(budget) for trace in own], axis=0)
            seconds = np.median([trace.at[:budget] for trace in own], axis=0)
            axes[0, column].plot(np.arange(1, len(volumes) + 1), volumes, label=method)
            axes[1, column].plot(np.maximum(seconds, 1e-3), volumes, label=method)
        axes[0, column].set(title=name, xlabel="designs", ylabel="hypervolume, relative")
        axes[1, column].set(xlabel="seconds", ylabel="hypervolume, relative", xscale="log")
    axes[0, 0].legend(fontsize=6)
    return drawn


def lines(found: dict[str, dict[str, list[Trace]]]) -> list[tuple[str, ...]]:
    """Per problem and method: median, worst and best hypervolume of the seeds, and seconds."""
    rows = []
    for name, traces in found.items():
        for method, own in traces.items():
            ends = [float(trace.volumes(_budget(name))[-1]) for trace in own]
            seconds = float(np.median([trace.at[-1] for trace in own]))
            spread = f"{min(ends):.3f} to {max(ends):.3f}"
            rows.append((name, method, f"{np.median(ends):.3f}", spread, str(len(own)), f"{seconds:.1f} s"))
    return rows


def _budget(name: str) -> int:
    return BUDGETS.get(name, BUDGET)


def main() -> None:
    """The chosen problems, every method whose package is there."""
    words = sys.argv[1:]
    full = "full" in words
    chosen = [word for word in words if word != "full"] or [*(one.name for one in ANALYTIC), "lna"] * full or QUICK
    problems = [one for one in (*ANALYTIC, amplifier()) if one.name in chosen]
    found: dict[str, dict[str, list[Trace]]] = {}
    for problem in problems:
        found[problem.name] = {}
        for name, method in methods().items():
            if full or name != SLOW:
                found[problem.name][name] = [
                    run(problem, method, _budget(problem.name), seed) for seed in range(SEEDS if full else 1)
                ]
        for row in lines({problem.name: found[problem.name]}):
            print(" | ".join(row), flush=True)
        write(found)


def write(found: dict[str, dict[str, list[Trace]]]) -> None:
    """The table and the figure of what is done."""
    heads = ("problem", "method", "hypervolume", "seeds' range", "seeds", "time")
    (HERE / "table.md").write_text(table(heads, lines(found)))
    save(figure(found), HERE / "hypervolumes.svg")


if __name__ == "__main__":
    main()
