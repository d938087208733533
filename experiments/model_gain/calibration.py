"""How far the shipped forward model errs, and knows it, on designs that are no siblings of what it learnt from."""

import sys

import numpy as np

from experiments.model_gain.specs import SPECS, TESTED_ON, overrides
from experiments.model_gain.ways import Bench, Points, at_hand, bench
from genrf.api import parts
from genrf.circuits.learned.checkpoint import load
from genrf.circuits.learned.examples import centred
from genrf.circuits.learned.proposals import Guidance, propose
from genrf.circuits.learned.scores import Scores, scores
from genrf.circuits.learned.training import Designs
from genrf.optimize.sobol import sobol


def drawn(own: Bench, specs: int, share: int) -> Points:
    """Unranked proposals for the study's first `specs`, so many of each topology."""
    wanted, points = own.trained.meaning.wanted, Points()
    for number in range(specs):
        limits = wanted.limits(parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec)
        for place, graph in enumerate(own.graphs):
            rng = np.random.default_rng([number, place])
            points += [(place, u) for u in propose(own.trained, graph, limits, share, rng, Guidance())]
    return points


def spread(own: Bench, share: int) -> Points:
    """Sobol points, so many of each topology."""
    return [
        (place, u)
        for place, graph in enumerate(own.graphs)
        for u in sobol(len(graph.space), share, np.random.default_rng(place))
    ]


def scored(own: Bench, points: Points) -> Scores:
    """What the forward model says of designs against what ngspice measures; those that it cannot are left out."""
    names, found = own.trained.meaning.wanted.metrics, list[Designs]()
    for place, problem in enumerate(own.problems):
        own_points = [u for at, u in points if at == place]
        rows = [problem.measure(problem.structure.space.decode(u)) for u in own_points]
        good = [i for i, row in enumerate(rows) if row.status == "ok"]
        columns = [np.array([rows[i].metrics.get(name, np.nan) for i in good]) for name in names]
        normals = own.trained.meaning.wanted.normals(columns)
        found.append(Designs(own.graphs[place], centred(np.array(own_points)[good]), normals))
    return scores(own.trained, found)


def main(tech: str = "generic130") -> None:
    """Print both."""
    own = bench(tech, load(at_hand(tech)), ())
    for name, points in (("Sobol points", spread(own, 100)), ("drawn for the specs", drawn(own, SPECS, 8))):
        result = scored(own, points)
        print(f"{name}, {result.designs} designs")
        for one in result.metrics:
            print(
                f"  {one.metric:10s} {100 * one.relative_error:5.1f} % of the value; {one.within_one:.2f} within one"
                f" and {one.within_two:.2f} within two sigma"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
