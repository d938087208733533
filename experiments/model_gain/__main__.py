"""`python -m experiments.model_gain`: what a learned proposal of sizes is worth on specs it was not shown.

Makes the data and the checkpoint where outputs/model_gain has none, and writes `table.md` beside itself.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from experiments.fronts import run, table
from genrf.api import parts
from genrf.circuits.learned.checkpoint import Trained, load
from genrf.circuits.learned.examples import Examples, read_examples
from genrf.circuits.learned.proposals import Guidance, log_chance, propose
from genrf.circuits.learned.structures import Described, Graph
from genrf.circuits.problem import SizingProblem
from genrf.core.spec import DesignSpec
from genrf.pipeline.run import problems_of

HERE = Path(__file__).parent
OUTPUT = Path("outputs/model_gain")
UNIFORM = int(os.environ.get("UNIFORM", "20000"))  # designs by chance
SEARCHES = int(os.environ.get("SEARCHES", "26"))  # searches of 3,000 designs each, for specs of other seeds
STEPS = int(os.environ.get("STEPS", "1500"))
SPECS = int(os.environ.get("SPECS", "12"))
BUDGET = int(os.environ.get("BUDGET", "4000"))  # of NSGA-II, for its first design that keeps every limit
PROPOSED, DRAWN, GUIDANCE = 64, 256, 4.0  # designs measured; drawn of each topology before they are ranked
TRAINED_ON = [(77, i) for i in range(10)] + [(78, i) for i in range(16)]  # seeds and numbers of specs
TESTED_ON = 2024

Points = list[tuple[int, Float[np.ndarray, "v"]]]  # designs as the place of their topology and a point of its space


@dataclass(frozen=True)
class Bench:
    """What proposals are made with and measured in."""

    problems: Sequence[SizingProblem]
    graphs: Sequence[Graph]
    trained: Trained
    examples: Mapping[str, Examples]


def goals(seed: int, number: int) -> dict[str, float]:
    """The limits of spec `number`: evenly drawn, the power on a logarithmic scale; stability as in lna_2p4ghz."""
    rng = np.random.default_rng([seed, number])
    return {
        "gain_db.min": round(rng.uniform(10.0, 20.0), 2),
        "nf_db.max": round(rng.uniform(1.0, 3.0), 2),
        "s11_db.max": round(rng.uniform(-15.0, -8.0), 1),
        "s22_db.max": round(rng.uniform(-15.0, -8.0), 1),
        "power_w.max": float(f"{3e-3 * 5.0 ** rng.random():.4g}"),
    }


def overrides(seed: int, number: int) -> list[str]:
    """The limits as the command line writes them."""
    return [f"spec.goals.{name}={value:g}" for name, value in goals(seed, number).items()]


def data() -> list[Path]:
    """A uniform data set, and searches for specs of their own: where a search goes, designs are good."""
    folders = [OUTPUT / "uniform", *(OUTPUT / f"search_{i:02d}" for i in range(SEARCHES))]
    common = ("spec=lna_2p4ghz", "workers=1", "cache=none")
    if not folders[0].is_dir():
        genrf("task=dataset", "model=library", "seed=11", f"budget={UNIFORM}", *common, folder=folders[0])
    for i, folder in enumerate(folders[1:]):
        if not folder.is_dir():
            wanted = overrides(*TRAINED_ON[i])
            genrf(f"seed={100 + i}", "budget=3000", "front=1", "designs=0", *common, *wanted, folder=folder)
    return folders


def checkpoint(folders: Sequence[Path]) -> Path:
    """A model trained on `folders`."""
    path = OUTPUT / "trained" / "model.safetensors"
    if not path.is_file():
        listed = ",".join(map(str, folders))
        genrf("task=train", f"dataset=[{listed}]", f"task.training.steps={STEPS}", folder=OUTPUT / "trained")
    return path


def genrf(*arguments: str, folder: Path) -> None:
    """A run of the command line into `folder`."""
    subprocess.run([sys.executable, "-m", "genrf", *arguments, f"hydra.run.dir={folder}"], check=True)


def bench(folders: Sequence[Path], path: Path) -> Bench:
    """The topologies that generic130 can build, with the trained networks and what they were trained on."""
    made = parts("spec=lna_2p4ghz", "model=library")
    problems = [p for p in problems_of(made, np.random.default_rng(0)) if isinstance(p, SizingProblem)]
    trained = load(path)
    graphs = [Graph.of(Described.of(problem.structure), trained.meaning.known) for problem in problems]
    examples = read_examples(folders, made.spec.name, made.settings.tech)
    return Bench(problems, graphs, trained, {one.structure.name: one for one in examples})


def spread(own: Bench, limits: Float[np.ndarray, "m"], rng: np.random.Generator) -> Points:
    """A Latin hypercube in each topology, equal shares."""
    share = PROPOSED // len(own.problems)
    return [
        (place, u)
        for place, graph in enumerate(own.graphs)
        for u in qmc.LatinHypercube(len(graph.space), rng=rng).random(share)
    ]


def proposed(own: Bench, limits: Float[np.ndarray, "m"], rng: np.random.Generator) -> Points:
    """Guided samples of each topology, equal shares, unranked."""
    share, how = PROPOSED // len(own.problems), Guidance(GUIDANCE)
    return [
        (place, u)
        for place, graph in enumerate(own.graphs)
        for u in propose(own.trained, graph, limits, share, rng, how)
    ]


def ranked(own: Bench, limits: Float[np.ndarray, "m"], rng: np.random.Generator) -> Points:
    """The best of many guided samples of all topologies, by the forward model."""
    drawn = [propose(own.trained, graph, limits, DRAWN, rng, Guidance(GUIDANCE)) for graph in own.graphs]
    return _best(own, limits, drawn)


def spread_ranked(own: Bench, limits: Float[np.ndarray, "m"], rng: np.random.Generator) -> Points:
    """The best of ten times as many uniform designs: what the forward model does without the diffusion."""
    return _best(own, limits, [rng.random((10 * DRAWN, len(graph.space))) for graph in own.graphs])


def looked_up(own: Bench, limits: Float[np.ndarray, "m"], rng: np.random.Generator) -> Points:
    """The designs of the data that keep the limits best, by what was measured then: no learning at all."""
    wanted, found = own.trained.meaning.wanted, list[tuple[float, int, Float[np.ndarray, "v"]]]()
    for place, problem in enumerate(own.problems):
        one = own.examples[problem.structure.name]
        normals = wanted.normals([one.metrics[name] for name in wanted.metrics])
        short = np.nan_to_num(np.maximum(-wanted.signs * (normals - limits), 0.0), nan=0.0).sum(axis=1)
        order = np.argsort(short, kind="stable")[:PROPOSED]
        found += [(short[i], place, one.points[i]) for i in order]
    return [(place, u) for _, place, u in sorted(found, key=lambda each: each[0])[:PROPOSED]]


def _best(own: Bench, limits: Float[np.ndarray, "m"], drawn: Sequence[Float[np.ndarray, "n v"]]) -> Points:
    """The likeliest of the designs `drawn` of each topology, best first."""
    points = [(place, u) for place, points in enumerate(drawn) for u in points]
    said = [
        log_chance(own.trained, graph, own_points, limits) for graph, own_points in zip(own.graphs, drawn, strict=True)
    ]
    return [points[i] for i in np.argsort(-np.concatenate(said), kind="stable")[:PROPOSED]]


WAYS: dict[str, Callable[[Bench, Float[np.ndarray, "m"], np.random.Generator], Points]] = {
    "Latin hypercube": spread,
    "uniform, ranked by the forward model": spread_ranked,
    "diffusion": proposed,
    "diffusion, ranked by the forward model": ranked,
    "best of the training data": looked_up,
}


def kept(own: Bench, spec: DesignSpec, points: Points) -> list[bool]:
    """Whether each design keeps every limit of `spec`, as ngspice measures it."""
    found = []
    for place, u in points:
        problem = own.problems[place]
        measured = problem.measure(problem.structure.space.decode(u))
        found.append(measured.status == "ok" and spec.violation(measured.metrics) <= 0.0)
    return found


def searched(number: int) -> float:
    """How many designs NSGA-II measures, population first, up to one that keeps every limit."""
    outcome, _ = run(
        "lna_2p4ghz", OUTPUT / f"nsga2_{number:02d}", f"seed={number}", f"budget={BUDGET}", "samples=64", "front=1",
        "designs=0", "workers=1", *overrides(TESTED_ON, number),
    )  # fmt: skip
    return first([row.feasible for row in outcome.results])


def first(found: Sequence[bool]) -> float:
    """The number of the first design that keeps every limit; infinite where none does."""
    return next((place for place, good in enumerate(found, start=1) if good), float("inf"))


def main() -> None:
    """All specs, all ways."""
    folders = data()
    own = bench(folders, checkpoint(folders))
    shares = {name: list[float]() for name in WAYS}
    firsts = {name: list[float]() for name in [*WAYS, "NSGA-II"]}
    for number in range(SPECS):
        spec = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec
        limits = own.trained.meaning.wanted.limits(spec)
        for name, way in WAYS.items():
            found = kept(own, spec, way(own, limits, np.random.default_rng([TESTED_ON, number])))
            shares[name].append(sum(found) / len(found))
            firsts[name].append(first(found))
        firsts["NSGA-II"].append(searched(number))
        print(number, {n: f"{s[-1]:.2f}" for n, s in shares.items()}, {n: f[-1] for n, f in firsts.items()}, flush=True)
    (HERE / "table.md").write_text(answer(shares, firsts))


def answer(shares: Mapping[str, Sequence[float]], firsts: Mapping[str, Sequence[float]]) -> str:
    """One line for each way."""
    lines = []
    for name, found in firsts.items():
        share = shares.get(name)
        mean = f"{100 * statistics.mean(share):.1f} %" if share else ""
        worst = f"{100 * min(share):.0f} to {100 * max(share):.0f} %" if share else ""
        tried = BUDGET if name == "NSGA-II" else PROPOSED
        median = statistics.median(found)
        some = sum(np.isfinite(found))
        said = f"{median:g}" if np.isfinite(median) else f"more than {tried}"
        lines.append((name, mean, worst, f"{some} of {len(found)}", said))
    heads = ("proposals", "designs that keep every limit", "by spec", "specs with any", "median designs to the first")
    return table(heads, lines)


if __name__ == "__main__":
    main()
