"""`python -m experiments.model_gain [tech [checkpoint ...]]`: what learned models propose for specs they never saw.

Models are the checkpoints, one for each seed of the training; the shipped one when none is named. Writes `<tech>.md`
beside itself. Whole searches stay in `outputs/model_gain` and are not made again.
"""

import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.fronts import table
from experiments.model_gain.searches import counted, first, once
from experiments.model_gain.specs import SPECS, TESTED_ON, overrides
from experiments.model_gain.ways import PROPOSED, WAYS, at_hand, bench, kept, looked_up
from genrf.api import parts
from genrf.circuits.learned.checkpoint import load
from genrf.circuits.learned.examples import Examples, read_examples

HERE = Path(__file__).parent
DATA = {"generic130": Path("outputs/models/library"), "sky130": Path("outputs/models/sky130")}


class Searches(NamedTuple):
    """Whole searches of a spec, for the first design that keeps every limit: how many, and designs at the most."""

    count: int
    most: int
    settings: tuple[str, ...]


SEARCHES = {
    "NSGA-II": Searches(5, 4000, ("samples=64",)),
    "Bayesian": Searches(1, 200, ("samples=16", "optimizer=bayesian")),  # which takes a second a design
}


def main(tech: str = "generic130", *checkpoints: str) -> None:
    """All specs, all ways, a draw for each model; a few searches of each kind a spec."""
    paths = [Path(one) for one in checkpoints] or [at_hand(tech)]
    examples = read_examples([DATA[tech]], "lna_2p4ghz", tech) if DATA[tech].is_dir() else []
    (HERE / f"{tech}.md").write_text(proposing(tech, paths, examples))


def proposing(tech: str, paths: Sequence[Path], examples: Sequence[Examples]) -> str:
    """The share of good designs among proposals of every way, and how soon the first comes."""
    benches = [bench(tech, load(path), examples) for path in paths]
    ways = {name: way for name, way in WAYS.items() if examples or way is not looked_up}
    shares = {name: [list[float]() for _ in benches] for name in ways}
    firsts = {name: [list[float]() for _ in benches] for name in ways}
    firsts |= {name: [list[float]() for _ in range(each.count)] for name, each in SEARCHES.items()}
    for number in range(SPECS):
        spec = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec
        for seed, own in enumerate(benches):
            limits = own.trained.meaning.wanted.limits(spec)
            for name, way in ways.items():
                found = kept(own, spec, way(own, limits, np.random.default_rng([TESTED_ON, number, seed])))
                shares[name][seed].append(sum(found) / len(found))
                firsts[name][seed].append(first(found))
        for name, each in SEARCHES.items():
            for seed in range(each.count):
                firsts[name][seed].append(once(tech, name, number, seed, each.most, *each.settings)[1])
        last = {name: "/".join(f"{one[-1]:.2f}" for one in each) for name, each in shares.items()}
        print(number, last, {name: firsts[name][0][-1] for name in SEARCHES}, flush=True)
    return answer(shares, firsts)


def answer(shares: Mapping[str, Sequence[Sequence[float]]], firsts: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """One line for each way: means over specs, from the lowest to the highest of the models."""
    lines = []
    for name, seeds in firsts.items():
        means = [100 * statistics.mean(one) for one in shares.get(name, ())]
        mean = f"{statistics.mean(means):.1f} % ({min(means):.1f} to {max(means):.1f})" if means else ""
        tried = SEARCHES[name].most if name in SEARCHES else PROPOSED
        some = [sum(np.isfinite(one)) for one in seeds]
        said = ", ".join(counted(statistics.median(one), tried) for one in seeds)
        lines.append((name, mean, f"{min(some)} to {max(some)} of {len(seeds[0])}", said))
    heads = (
        "proposals",
        "designs that keep every limit (models)",
        "specs with any",
        "median designs to the first, by model or search",
    )
    return table(heads, lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
