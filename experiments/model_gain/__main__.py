"""`python -m experiments.model_gain [tech [checkpoint ...]]`: what learned models propose for specs they never saw.

Models are the checkpoints, one for each seed of the training; the shipped one when none is named. Writes `<tech>.md`
beside itself: proposals at once, then searches with as many designs, with a model's proposals and without.
"""

import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.fronts import table
from experiments.model_gain.searches import first, searched, volume
from experiments.model_gain.specs import TESTED_ON, overrides
from experiments.model_gain.ways import PROPOSED, WAYS, bench, kept, looked_up
from genrf.api import parts
from genrf.circuits.learned.checkpoint import load
from genrf.circuits.learned.examples import Examples, read_examples
from genrf.circuits.learned.shipped import shipped

HERE = Path(__file__).parent
DATA = {"generic130": Path("outputs/models/library"), "sky130": Path("outputs/models/sky130")}
SPECS = 12
BUDGET = 4000  # of NSGA-II, for its first design that keeps every limit
FRONT_SPECS, FRONT_BUDGET = 5, 500  # of searches compared by their fronts; Bayesian optimisation takes minutes for each


def main(tech: str = "generic130", *checkpoints: str) -> None:
    """All specs, all ways, a draw for each model; one search of NSGA-II a spec; then the fronts."""
    paths = [Path(one) for one in checkpoints] or [_shipped(tech)]
    examples = read_examples([DATA[tech]], "lna_2p4ghz", tech) if DATA[tech].is_dir() else []
    proposals = proposing(tech, paths, examples)
    (HERE / f"{tech}.md").write_text(proposals)
    (HERE / f"{tech}.md").write_text(f"{proposals}\n{fronts(tech, paths)}")


def _shipped(tech: str) -> Path:
    path = shipped("diffusion", tech)
    assert path is not None, f"no model is shipped for {tech}"
    return path


def proposing(tech: str, paths: Sequence[Path], examples: Sequence[Examples]) -> str:
    """The share of good designs among proposals of every way, and how soon the first comes."""
    benches = [bench(tech, load(path), examples) for path in paths]
    ways = {name: way for name, way in WAYS.items() if examples or way is not looked_up}
    shares = {name: [list[float]() for _ in benches] for name in ways}
    firsts = {name: [list[float]() for _ in benches] for name in ways} | {"NSGA-II": [list[float]()]}
    for number in range(SPECS):
        spec = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number)).spec
        for seed, own in enumerate(benches):
            limits = own.trained.meaning.wanted.limits(spec)
            for name, way in ways.items():
                found = kept(own, spec, way(own, limits, np.random.default_rng([TESTED_ON, number, seed])))
                shares[name][seed].append(sum(found) / len(found))
                firsts[name][seed].append(first(found))
        results = searched(tech, number, number, BUDGET, "samples=64")
        firsts["NSGA-II"][0].append(first([row.feasible for row in results]))
        last = {name: "/".join(f"{one[-1]:.2f}" for one in each) for name, each in shares.items()}
        print(number, last, firsts["NSGA-II"][0][-1], flush=True)
    return answer(shares, firsts)


def fronts(tech: str, paths: Sequence[Path]) -> str:
    """The same number of designs with the models' starts and without, on the first specs."""
    ways = {
        f"model {seed}, then NSGA-II": ("model=diffusion", f"model.checkpoint={path}", "samples=64")
        for seed, path in enumerate(paths, start=1)
    }
    ways |= {"NSGA-II": ("samples=64",), "Bayesian": ("optimizer=bayesian", "samples=16")}
    lines = []
    for name, settings in ways.items():
        volumes, found = list[float](), list[float]()
        for number in range(FRONT_SPECS):
            results = searched(tech, number, 0, FRONT_BUDGET, *settings)
            volumes.append(volume(results))
            found.append(first([row.feasible for row in results]))
            print(name, number, volumes[-1], found[-1], flush=True)
        lines.append((name, ", ".join(f"{one:.3f}" for one in volumes), ", ".join(map(_counted, found))))
    heads = (f"search, {FRONT_BUDGET} designs", "hypervolume by spec", "designs to the first, by spec")
    return table(heads, lines)


def _counted(first_one: float, tried: int = FRONT_BUDGET) -> str:
    return f"{first_one:g}" if np.isfinite(first_one) else f"> {tried}"


def answer(shares: Mapping[str, Sequence[Sequence[float]]], firsts: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """One line for each way: means over specs, from the lowest to the highest of the models."""
    lines = []
    for name, seeds in firsts.items():
        means = [100 * statistics.mean(one) for one in shares.get(name, ())]
        mean = f"{statistics.mean(means):.1f} % ({min(means):.1f} to {max(means):.1f})" if means else ""
        tried = BUDGET if name == "NSGA-II" else PROPOSED
        some = [sum(np.isfinite(one)) for one in seeds]
        said = ", ".join(_counted(statistics.median(one), tried) for one in seeds)
        lines.append((name, mean, f"{min(some)} to {max(some)} of {len(seeds[0])}", said))
    heads = (
        "proposals",
        "designs that keep every limit (models)",
        "specs with any",
        "median designs to the first, by model",
    )
    return table(heads, lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
