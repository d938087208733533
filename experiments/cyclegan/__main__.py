"""Whether topologies for specifications are circuits, are new, and reach more than those drawn by chance.

`DATA=<folder>` is the data set to learn from (made when it is not there), `CHECKPOINT=<file>` a model of it.
"""

import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from experiments.fronts import run, table
from experiments.model_gain.searches import first
from experiments.model_gain.specs import TESTED_ON, goals, overrides
from genrf.api import parts
from genrf.circuits.canonical import key, same
from genrf.circuits.checks import faults
from genrf.circuits.generate.grammar import Sentence, sentences, topology
from genrf.circuits.learned.cycle_checkpoint import TrainedCycle, load
from genrf.circuits.learned.cycle_sampling import distinct, drawn, reach
from genrf.circuits.learned.cycle_scores import allowed, correlations
from genrf.circuits.learned.cycle_words import numbers, rules, sentence, sizes
from genrf.circuits.learned.examples import Examples, normals_of, read_examples
from genrf.circuits.topology import Topology
from genrf.core.spec import DesignSpec

HERE = Path(__file__).parent
OUTPUT = Path("outputs/cyclegan")
DATA = Path(os.environ.get("DATA", OUTPUT / "data"))
CHECKPOINT = Path(os.environ.get("CHECKPOINT", OUTPUT / "trained" / "model.safetensors"))
ASKED, EACH = 100, 8  # specs whose topologies are looked at, and how many of each
SPECS = int(os.environ.get("SPECS", "8"))  # specs whose topologies are simulated
TOPOLOGIES, SIZES = 16, 48  # of each spec and way, and designs by chance of each
SEARCHED = int(os.environ.get("SEARCHED", "4"))  # specs that are searched for
BUDGET = 3000
LIMITS = "{gain_db: [10, 20], nf_db: [1, 3], s11_db: [-15, -8], s22_db: [-15, -8], power_w: [3m, 15m]}"
BRED = ("task.rounds=19", f"task.ranges={LIMITS}")  # of the designs of each structure: from those that keep more
WARM = 3.0  # chosen on specs of another seed, so that 92 % are new

Words = Int[np.ndarray, "n p"]


@dataclass(frozen=True)
class Bench:
    """The model, its data, and sentences of the grammar that the data hold."""

    trained: TrainedCycle
    examples: Sequence[Examples]
    known: frozenset[Sentence]
    base: DesignSpec

    def spec(self, number: int) -> DesignSpec:
        """Spec `number` of those that no training saw."""
        changed = dict(self.base.goals)
        for name, limit in goals(TESTED_ON, number).items():
            metric, end = name.split(".")
            changed[metric] = replace(changed[metric], **{f"{end}imum": limit})
        return replace(self.base, goals=changed)

    def limits(self, number: int) -> Float[np.ndarray, "m"]:
        """Its limits on their normal scales."""
        return self.trained.meaning.wanted.limits(self.spec(number))


def bench() -> Bench:
    """The data and the model, made where they are not there."""
    if not DATA.is_dir():
        genrf("task=dataset", "seed=1", "count=200", "budget=200000", *BRED, "cache=none", folder=DATA)
    if not CHECKPOINT.is_file():
        genrf("task=train", "model=cyclegan", f"dataset={DATA}", folder=CHECKPOINT.parent)
    examples = read_examples([DATA], "lna_2p4ghz", "generic130")
    names = {one.structure.name for one in examples}
    known = frozenset(s for s in sentences() if str(s) in names)
    return Bench(load(CHECKPOINT), examples, known, parts("spec=lna_2p4ghz").spec)


def genrf(*arguments: str, folder: Path) -> None:
    """A run of the command line into `folder`."""
    subprocess.run([sys.executable, "-m", "genrf", *arguments, f"hydra.run.dir={folder}"], check=True)


def chance(own: Bench, number: int, count: int) -> list[Sentence]:
    """Uniform sentences of the grammar, whatever the spec wants."""
    return [sentences()[i] for i in np.random.default_rng([TESTED_ON, number]).permutation(len(sentences()))[:count]]


def learned(own: Bench, number: int, count: int, warmth: float = 1.0) -> list[Sentence]:
    """The CycleGAN's, for the spec."""
    return distinct(own.trained, own.limits(number), count, np.random.default_rng([TESTED_ON, number]), warmth)


def warm(own: Bench, number: int, count: int) -> list[Sentence]:
    """The same, with more that it holds unlikely."""
    return learned(own, number, count, WARM)


def unasked(own: Bench, number: int, count: int) -> list[Sentence]:
    """The CycleGAN's, for no spec: what it learnt of which topologies are worth something at all."""
    opened = np.full_like(own.limits(number), np.nan)
    return distinct(own.trained, opened, count, np.random.default_rng([TESTED_ON, number]), 1.0)


def looked_up(own: Bench, number: int, count: int) -> list[Sentence]:
    """The structures of the data of which one design came nearest to the spec: no learning at all."""
    limits, wanted, named = own.limits(number), own.trained.meaning.wanted, {str(s): s for s in own.known}
    nearest = {
        one.structure.name: shortfall(normals_of(one, wanted), limits, wanted.signs).min() for one in own.examples
    }
    return [named[name] for name in sorted(nearest, key=lambda name: nearest[name])[:count]]


def shortfall(
    normals: Float[np.ndarray, "n m"], limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]
) -> Float[np.ndarray, "n"]:
    """By how much designs miss limits that are not open, in all, on the normal scales."""
    return np.asarray(np.nan_to_num(np.maximum(signs * (limits - normals), 0.0)).sum(axis=1))


WAYS: dict[str, Callable[[Bench, int, int], list[Sentence]]] = {
    "grammar, by chance": chance,
    "CycleGAN, asked nothing": unasked,
    "CycleGAN": learned,
    f"CycleGAN, warmth {WARM:g}": warm,
    "best structures of the training data": looked_up,
}


class Known:
    """Circuits that are looked up by their canonical graphs."""

    def __init__(self, circuits: Sequence[Topology]) -> None:
        self.found = defaultdict[str, list[Topology]](list)
        for circuit in circuits:
            self.found[key(circuit)].append(circuit)

    def has(self, circuit: Topology) -> bool:
        """Whether the same circuit is there, whatever its name."""
        return any(same(circuit, other) for other in self.found.get(key(circuit), ()))


def drawings(own: Bench) -> list[tuple[str, ...]]:
    """A line for each way to draw: valid, new, different, far from each other."""
    asked = np.repeat([own.limits(number) for number in range(ASKED)], EACH, axis=0)
    rng, there = np.random.default_rng(TESTED_ON), Known([topology(s) for s in own.known])
    free = np.random.default_rng([TESTED_ON, 1])
    by_chance = np.array([numbers(sentences()[i]) for i in rng.integers(len(sentences()), size=len(asked))])
    every = {
        "words by chance": np.stack([free.integers(size, size=len(asked)) for size in sizes()], axis=1),
        "grammar, by chance": by_chance,
        "CycleGAN, unguided": drawn(own.trained, asked, rng, None),
        "CycleGAN, guided": drawn(own.trained, asked, rng, rules()),
        f"CycleGAN, guided, warmth {WARM:g}": drawn(own.trained, asked, rng, rules(), WARM),
    }
    return [(name, *_shares(words, there)) for name, words in every.items()]


def _shares(words: Words, there: Known) -> list[str]:
    circuits = [topology(sentence(each)) for each in words]
    technology = parts("spec=lna_2p4ghz").make_problem.keywords["technology"]
    valid = np.array([not faults(circuit, technology) for circuit in circuits])
    new = np.array([not there.has(circuit) for circuit in circuits])
    unlike = len(np.unique(words, axis=0)) / len(words)
    shares = (valid.mean(), allowed(words), new.mean(), (valid & new).mean(), unlike)
    return [*(f"{100 * share:.1f} %" for share in shares), f"{apart(words):.2f}"]


def apart(words: Words) -> float:
    """Mean number of places at which two sentences differ, over the pairs of the first 200."""
    return float(np.mean([np.sum(one != other) for one, other in combinations(words[:200], 2)]))


def agreement(own: Bench) -> list[tuple[str, ...]]:
    """A line for each metric that the specs vary: F(G(s)) against s."""
    asked = np.stack([own.limits(number) for number in range(ASKED)])
    said = reach(own.trained, drawn(own.trained, asked, np.random.default_rng(TESTED_ON), rules()))
    names = own.trained.meaning.wanted.metrics
    return [
        (name, f"{found:.2f}")
        for name, found in zip(names, correlations(said, asked), strict=True)
        if np.isfinite(found)
    ]


def simulated(own: Bench) -> list[tuple[str, ...]]:
    """A line for each way to choose topologies: what random sizes of them reach."""
    gains, nearest, best = (defaultdict[str, list[float]](list) for _ in range(3))
    for number in range(SPECS):
        made = parts("spec=lna_2p4ghz", *overrides(TESTED_ON, number))
        for name, way in WAYS.items():
            found = [_reached(made, s, number) for s in way(own, number, TOPOLOGIES)]
            gains[name] += [gain for gain, _ in found]
            nearest[name] += [violation for _, violation in found]
            best[name].append(min(violation for _, violation in found))
        print(number, {name: f"{found[-1]:.2f}" for name, found in best.items()}, flush=True)
    wins = np.argmin([best[name] for name in WAYS], axis=0)
    return [
        (
            name,
            f"{100 * np.mean(np.array(gains[name]) > 0):.0f} %",
            f"{np.median(nearest[name]):.2f}",
            f"{np.median(best[name]):.2f}",
            str(np.sum(wins == place)),
        )
        for place, name in enumerate(WAYS)
    ]


def _reached(made: object, s: Sentence, number: int) -> tuple[float, float]:
    """The highest gain in dB and the least violation among random sizes of a topology."""
    problem = made.make_problem(structure=topology(s), spec=made.spec)  # type: ignore[attr-defined]
    space, rng = problem.structure.space, np.random.default_rng([TESTED_ON, number, 1])
    measured = [problem.measure(values) for values in space.decode_all(rng.random((SIZES, len(space))))]
    known = [one.metrics for one in measured if one.status == "ok"]
    if not known:
        return -np.inf, np.inf
    return max(m["gain_db"] for m in known), min(problem.spec.violation(m) for m in known)


def searched(own: Bench) -> list[tuple[str, ...]]:
    """A line for each model that a run may name: how soon its search keeps every limit, and how often."""
    models = {
        "model=grammar": ("model=grammar",),
        "model=cyclegan": ("model=cyclegan", f"model.checkpoint={CHECKPOINT}", f"model.warmth={WARM:g}"),
    }
    firsts, counts = defaultdict[str, list[float]](list), defaultdict[str, list[int]](list)
    for number in range(SEARCHED):
        for name, chosen in models.items():
            outcome, _ = run(
                "lna_2p4ghz", OUTPUT / "search", *chosen, f"seed={number}", "count=8", f"budget={BUDGET}", "samples=64",
                "front=1", "designs=0", "workers=1", *overrides(TESTED_ON, number),
            )  # fmt: skip
            feasible = [row.feasible for row in outcome.results]
            firsts[name].append(first(feasible))
            counts[name].append(sum(feasible))
        print(number, dict(firsts), dict(counts), flush=True)
    return [(name, *_found(firsts[name], counts[name])) for name in models]


def _found(firsts: Sequence[float], counts: Sequence[int]) -> tuple[str, ...]:
    median = statistics.median(firsts)
    return (
        f"{sum(np.isfinite(firsts))} of {len(firsts)}",
        f"{median:g}" if np.isfinite(median) else f"more than {BUDGET}",
        f"{statistics.mean(counts):.0f}",
    )


HEADS: Mapping[str, tuple[str, ...]] = {
    "drawings": (
        "drawn",
        "electrically valid",
        "by the rules",
        "new",
        "valid and new",
        "different",
        "places that differ",
    ),
    "agreement": ("metric", "rank correlation of F(G(s)) with s"),
    "simulated": ("topologies", "with gain", "violation, median topology", "violation, best of a spec", "specs won"),
    "searched": ("search", "specs met", "median designs to the first", "designs of a spec that keep every limit"),
}


def main() -> None:
    """All tables."""
    own = bench()
    found = {
        "drawings": drawings(own),
        "agreement": agreement(own),
        "simulated": simulated(own),
        "searched": searched(own),
    }
    (HERE / "table.md").write_text("\n".join(table(HEADS[name], rows) for name, rows in found.items()))


if __name__ == "__main__":
    main()
