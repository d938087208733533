"""`python -m experiments.model_gain [tech]`: what the shipped model proposes for specs that it was not shown.

Writes `<tech>.md` beside itself. Learnt and tested specs come from the same ranges, but none from the other's seed.
"""

import statistics
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
from genrf.circuits.learned.shipped import shipped
from genrf.circuits.learned.structures import Described, Graph
from genrf.circuits.problem import SizingProblem
from genrf.core import pareto
from genrf.core.results import Results
from genrf.core.spec import DesignSpec
from genrf.pipeline.run import problems_of

HERE = Path(__file__).parent
OUTPUT = Path("outputs/model_gain")
DATA = {"generic130": Path("outputs/models/library"), "sky130": Path("outputs/models/sky130")}
SPECS, SEEDS = 12, 5
BUDGET = 4000  # of NSGA-II, for its first design that keeps every limit
SLOW_SPECS, SLOW_BUDGET = 3, 300  # of Bayesian optimisation, whose own work takes longer than ngspice's
FRONT_BUDGET = 500
PROPOSED, DRAWN, GUIDANCE = 64, 256, 3.0  # designs measured; drawn of each topology before they are ranked
TESTED_ON = 2024

Points = list[tuple[int, Float[np.ndarray, "v"]]]  # designs as the place of their topology and a point of its space
Way = Callable[["Bench", Float[np.ndarray, "m"], np.random.Generator], Points]


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


def bench(tech: str) -> Bench:
    """The library's topologies that the process can build, the shipped networks and what they learnt from, if there."""
    made = parts("spec=lna_2p4ghz", "model=library", f"tech={tech}")
    problems = [p for p in problems_of(made, np.random.default_rng(0)) if isinstance(p, SizingProblem)]
    path = shipped("diffusion", tech)
    assert path is not None, f"no model is shipped for {tech}"
    trained = load(path)
    graphs = [Graph.of(Described.of(problem.structure), trained.meaning.known) for problem in problems]
    examples = read_examples([DATA[tech]], made.spec.name, tech) if DATA[tech].is_dir() else []
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


WAYS: dict[str, Way] = {
    "Latin hypercube": spread,
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


def searched(tech: str, number: int, seed: int, budget: int, *settings: str) -> Results:
    """All designs of a search for spec `number`, in the order in which they were measured."""
    outcome, _ = run(
        "lna_2p4ghz", OUTPUT / "search", f"tech={tech}", f"seed={seed}", f"budget={budget}", "front=1", "designs=0",
        "workers=2", *settings, *overrides(TESTED_ON, number),
    )  # fmt: skip
    return outcome.results


def volume(results: Results) -> float:
    """Hypervolume of the feasible designs beyond the limits: gain over 10 dB, NF and power as shares of theirs."""
    goals_of = results.spec.goals
    wide = np.array([10.0, goals_of["nf_db"].maximum or 1.0, goals_of["power_w"].maximum or 1.0])
    corner = np.array([-(goals_of["gain_db"].minimum or 0.0), wide[1], wide[2]])
    front = results.front().F
    return pareto.hypervolume((front - corner) / wide, np.zeros(3)) if len(front) else 0.0


def first(found: Sequence[bool]) -> float:
    """The number of the first design that keeps every limit; infinite where none does."""
    return next((place for place, good in enumerate(found, start=1) if good), float("inf"))


def main(tech: str = "generic130") -> None:
    """All specs, all ways, all seeds; one search of NSGA-II a spec."""
    own = bench(tech)
    ways = {name: way for name, way in WAYS.items() if own.examples or way is not looked_up}
    shares = {name: [list[float]() for _ in range(SEEDS)] for name in ways}
    firsts = {name: [list[float]() for _ in range(SEEDS)] for name in ways} | {"NSGA-II": [list[float]()]}
    for number in range(SPECS):
        spec = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec
        limits = own.trained.meaning.wanted.limits(spec)
        for seed in range(SEEDS):
            for name, way in ways.items():
                found = kept(own, spec, way(own, limits, np.random.default_rng([TESTED_ON, number, seed])))
                shares[name][seed].append(sum(found) / len(found))
                firsts[name][seed].append(first(found))
        results = searched(tech, number, number, BUDGET, "samples=64")
        firsts["NSGA-II"][0].append(first([row.feasible for row in results]))
        print(number, {name: f"{each[-1][-1]:.2f}" for name, each in shares.items()}, flush=True)
    (HERE / f"{tech}.md").write_text(answer(shares, firsts) + "\n" + fronts(tech))


def fronts(tech: str) -> str:
    """The same number of designs with the model's starts and without, on the first specs."""
    ways = {
        "diffusion, then NSGA-II": ("model=diffusion", "samples=64"),
        "NSGA-II": ("samples=64",),
        "Bayesian": ("optimizer=bayesian", "samples=16"),
    }
    lines = []
    for name, settings in ways.items():
        volumes, found = [], []
        for number in range(SLOW_SPECS):
            budget = SLOW_BUDGET if name == "Bayesian" else FRONT_BUDGET
            results = searched(tech, number, 0, budget, *settings)
            volumes.append(volume(results))
            found.append(first([row.feasible for row in results]))
            print(name, number, volumes[-1], found[-1], flush=True)
        said = ", ".join(f"{one:.3f}" for one in volumes)
        lines.append((name, str(budget), said, ", ".join(f"{one:g}" for one in found)))
    return table(("search", "designs", "hypervolume by spec", "designs to the first, by spec"), lines)


def answer(shares: Mapping[str, Sequence[Sequence[float]]], firsts: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """One line for each way: means over specs, from the lowest to the highest of the seeds."""
    lines = []
    for name, seeds in firsts.items():
        means = [100 * statistics.mean(one) for one in shares.get(name, ())]
        mean = f"{statistics.mean(means):.1f} % ({min(means):.1f} to {max(means):.1f})" if means else ""
        medians = [statistics.median(one) for one in seeds]
        tried = BUDGET if name == "NSGA-II" else PROPOSED
        some = [sum(np.isfinite(one)) for one in seeds]
        said = ", ".join(f"{one:g}" if np.isfinite(one) else f"> {tried}" for one in medians)
        lines.append((name, mean, f"{min(some)} to {max(some)} of {len(seeds[0])}", said))
    heads = (
        "proposals",
        "designs that keep every limit (seeds)",
        "specs with any",
        "median designs to the first, by seed",
    )
    return table(heads, lines)


if __name__ == "__main__":
    main(*sys.argv[1:2])
