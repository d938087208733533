"""Ways to propose designs for limits, and what ngspice says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from genrf.api import parts
from genrf.circuits.learned.checkpoint import Trained
from genrf.circuits.learned.examples import Examples
from genrf.circuits.learned.proposals import Guidance, log_chance, propose
from genrf.circuits.learned.structures import Described, Graph
from genrf.circuits.problem import SizingProblem
from genrf.core.spec import DesignSpec
from genrf.pipeline.run import problems_of

PROPOSED, DRAWN, GUIDANCE = 64, 256, 3.0  # designs measured; drawn of each topology before they are ranked

Points = list[tuple[int, Float[np.ndarray, "v"]]]  # designs as the place of their topology and a point of its space
Way = Callable[["Bench", Float[np.ndarray, "m"], np.random.Generator], Points]


@dataclass(frozen=True)
class Bench:
    """What proposals are made with and measured in."""

    problems: Sequence[SizingProblem]
    graphs: Sequence[Graph]
    trained: Trained
    examples: Mapping[str, Examples]


def bench(tech: str, trained: Trained, examples: Sequence[Examples]) -> Bench:
    """The library's topologies that the process can build, with a model and what it learnt from."""
    made = parts("spec=lna_2p4ghz", "model=library", f"tech={tech}")
    problems = [p for p in problems_of(made, np.random.default_rng(0)) if isinstance(p, SizingProblem)]
    graphs = [Graph.of(Described.of(problem.structure), trained.meaning.known) for problem in problems]
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
