"""`python -m experiments.optimizers`: hypervolume over designs and over seconds, genrf's optimizers beside others.

Each problem twice: with few designs, where models pay, and with many, for genetic searches alone. Quick by default: one
seed, three problems, no BoTorch tutorial, which takes most of the time. `full` is five seeds of everything, twenty with
many designs, and writes `hypervolumes.svg` and `table.md` beside itself. Names of problems choose some and `seeds=13`
asks for more, only to be printed. What was measured stays in `outputs/optimizers` and is not measured again; the
tutorial's searches, hours of a processor, stay beside this file.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from experiments.fronts import save, style, table
from experiments.optimizers.amplifier import amplifier
from experiments.optimizers.methods import LIMITED, Method, genetic, modelled
from experiments.optimizers.problems import ANALYTIC, Benchmark, Measured
from genrf.core import pareto

HERE = Path(__file__).parent
KEPT, KEPT_OF_TUTORIAL = Path("outputs/optimizers"), HERE / "tutorial"
FEW, FEW_OF_LNA, MANY = 52, 100, 1000  # designs; with 52 nobody meets the limits of the amplifier
POPULATION, LARGE_POPULATION = 20, 100  # of genetic searches with few designs and with many
POINTS = 100  # of a curve
QUICK = ("zdt1", "branin_currin", "lna")
SLOW = "BoTorch tutorial"  # two minutes a seed, and more than twenty on the amplifier
SEEDS, SEEDS_OF_MANY = 5, 20  # genetic searches alone are cheap, and a median of five of them is chance
HEADS = ("problem", "designs", "method", "hypervolume", "seeds' range", "seeds", "time")


@dataclass(frozen=True, eq=False)
class Case:
    """A problem, how many designs there are for it, and who tries."""

    problem: Benchmark
    budget: int
    methods: Mapping[str, Method]

    @property
    def title(self) -> str:
        return f"{self.problem.name}, {self.budget:,} designs"


@dataclass
class Trace:
    """What a method measured, with the seconds of a processor since its begin: work beside it does not count."""

    problem: Benchmark
    F: list[np.ndarray] = field(default_factory=list)
    G: list[np.ndarray] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    begin: float = field(default_factory=time.process_time)

    def measure(self, U: np.ndarray) -> Measured:
        """Measure and take down."""
        F, G = self.problem.measure(U)
        self.F += list(F)
        self.G += list(G)
        self.at += [time.process_time() - self.begin] * len(F)
        return F, G

    def save(self, path: Path) -> None:
        """Keep it; `kept` reads it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(file, F=self.F, G=self.G, at=self.at)

    @classmethod
    def kept(cls, problem: Benchmark, path: Path) -> "Trace":
        """What a `save` wrote."""
        with np.load(path) as found:
            return cls(problem, list(found["F"]), list(found["G"]), found["at"].tolist())

    def volumes(self, counts: Sequence[int]) -> np.ndarray:
        """Hypervolume after so many designs, as a share of the best, or of the box within the limits."""
        F, G = np.array(self.F), np.array(self.G).reshape(len(self.F), -1)
        scale = self.problem.best or float(np.prod(np.abs(self.problem.reference)))
        F = np.where((G <= 0).all(axis=1)[:, None], F, self.problem.reference + 1.0)
        return np.array([pareto.hypervolume(F[:count], self.problem.reference) for count in counts]) / scale

    def volume(self, budget: int) -> float:
        """The same at the end."""
        return float(self.volumes([budget])[0])


Found = Mapping[str, Sequence[Trace]]  # by method, a trace a seed


def cases(full: bool, chosen: Sequence[str]) -> list[Case]:
    """The `chosen` problems with few designs and with many."""
    few = genetic(POPULATION) | modelled()
    quick = {name: method for name, method in few.items() if name != SLOW}
    found = []
    for problem in (one for one in (*ANALYTIC, amplifier()) if one.name in chosen):
        budget = FEW_OF_LNA if problem.name == "lna" else FEW
        found += [Case(problem, budget, few if full else quick), Case(problem, MANY, genetic(LARGE_POPULATION))]
    return found


def run(problem: Benchmark, method: Method, budget: int, seed: int) -> Trace:
    """One method on one problem."""
    trace = Trace(problem)
    method(problem, trace.measure, budget, seed)
    return trace


def once(case: Case, name: str, seed: int) -> Trace:
    """`run`, or what it gave before."""
    path = (KEPT_OF_TUTORIAL if name == SLOW else KEPT) / f"{case.problem.name} {case.budget} {name} {seed}.npz"
    if not path.is_file():
        run(case.problem, case.methods[name], case.budget, seed).save(path)
    return Trace.kept(case.problem, path)


def figure(found: Mapping[Case, Found]) -> plt.Figure:
    """A row a problem, over designs and over seconds: the median of the seeds, of each method as its authors use it."""
    style()
    names = list(dict.fromkeys(case.problem.name for case in found))
    drawn, axes = plt.subplots(len(names), 4, figsize=(12.8, 2.6 * len(names)), layout="constrained", squeeze=False)
    for case, traces in found.items():
        place = 2 if case.budget == MANY else 0
        left, right = axes[names.index(case.problem.name)][place : place + 2]
        counts = np.unique(np.linspace(1, case.budget, POINTS).astype(int))
        for method, own in traces.items():
            if method.endswith(LIMITED):
                continue
            volumes = np.median([trace.volumes(counts) for trace in own], axis=0)
            seconds = np.median([np.array(trace.at)[counts - 1] for trace in own], axis=0)
            line = {"label": method, "color": _colour(method), "linestyle": "-" if "genrf" in method else "--"}
            left.plot(counts, volumes, **line)
            right.plot(np.maximum(seconds, 1e-3), volumes, **line)
        left.set(title=case.title, xlabel="designs", ylabel="hypervolume, relative")
        right.set(title=case.title, xlabel="seconds of a processor", xscale="log")
    legends = [axis.get_legend_handles_labels() for axis in axes.flat]
    lines = {label: line for handles, labels in legends for line, label in zip(handles, labels, strict=True)}
    drawn.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=6)
    return drawn


def _colour(method: str) -> str:
    """The same method has the same colour everywhere."""
    known = (
        "genrf bayesian", "BoTorch tutorial", "genrf nsga2", "pymoo NSGA-II", "Optuna NSGA-II", "Optuna TPE",
        "genrf nsga3", "genrf random", "pymoo NSGA-III", "Optuna NSGA-III",
    )  # fmt: skip
    return f"C{known.index(method)}" if method in known else "black"


def rows(case: Case, traces: Found) -> list[tuple[str, ...]]:
    """Per method: median, worst and best hypervolume of the seeds, and seconds."""
    lines = []
    for method, own in traces.items():
        ends = [trace.volume(case.budget) for trace in own]
        seconds = float(np.median([trace.at[-1] for trace in own]))
        spread = f"{min(ends):.3f} to {max(ends):.3f}"
        who = (case.problem.name, f"{case.budget:,}", method)
        lines.append((*who, f"{np.median(ends):.3f}", spread, str(len(own)), f"{seconds:.1f} s"))
    return lines


def main() -> None:
    """The chosen problems, every method whose package is there."""
    words = sys.argv[1:]
    full, counts = "full" in words, [int(word.removeprefix("seeds=")) for word in words if word.startswith("seeds=")]
    named = [word for word in words if word != "full" and "=" not in word]
    chosen = named or ([*(one.name for one in ANALYTIC), "lna"] if full else QUICK)
    found: dict[Case, dict[str, list[Trace]]] = {}
    for case in cases(full, chosen):
        found[case] = {}
        enough = SEEDS_OF_MANY if case.budget == MANY else SEEDS
        seeds = range(counts[0] if counts else enough if full else 1)
        for name in case.methods:
            found[case][name] = [once(case, name, seed) for seed in seeds]
        print(*(" | ".join(row) for row in rows(case, found[case])), sep="\n", flush=True)
    if full and not named and not counts:
        write(found)


def write(found: Mapping[Case, Found]) -> None:
    """The table and the figure of what is done."""
    lines = [row for case, traces in found.items() for row in rows(case, traces)]
    (HERE / "table.md").write_text(table(HEADS, lines))
    save(figure(found), HERE / "hypervolumes.svg")


if __name__ == "__main__":
    main()
