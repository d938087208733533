"""What the CycleGAN learns from: amplifiers of the grammar, with the metrics that their designs reached."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from genrf.circuits.generate.grammar import sentences
from genrf.circuits.learned.cycle_losses import Draw
from genrf.circuits.learned.cycle_words import numbers
from genrf.circuits.learned.examples import Examples, metrics_of, normals_of
from genrf.circuits.learned.losses import Asking
from genrf.circuits.learned.metrics import Wanted
from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec

_KEENNESS = 10.0


@dataclass(frozen=True)
class Reached:
    """n designs: the words of each one's structure, its metrics on their normal scales, how often it is drawn."""

    words: Int[np.ndarray, "n p"]
    normals: Float[np.ndarray, "n m"]
    chances: Float[np.ndarray, "n"]

    def __len__(self) -> int:
        return len(self.words)

    def draw(self, count: int, noise: int, asking: Asking, signs: Float[np.ndarray, "m"], seed: Sequence[int]) -> Draw:
        """What one step sees: structures with limits that they keep, and limits of designs drawn apart from them."""
        rng = np.random.default_rng(seed)
        own, others = rng.choice(len(self), (2, count), p=self.chances)
        reached, limits = (asking.limits(self.normals[chosen], signs, rng) for chosen in (own, others))
        return Draw.of(self.words[own], reached, limits, noise, rng)

    def part(self, rows: np.ndarray) -> "Reached":
        """Some of the designs."""
        chances = self.chances[rows]
        return Reached(self.words[rows], self.normals[rows], chances / chances.sum())


@dataclass(frozen=True)
class Domains:
    """Both domains, with what is held back: whole structures, for they are what is to be new."""

    wanted: Wanted
    tech: str
    conditions: str  # of the spec, as JSON
    learnt: Reached
    held: Reached


def domains(examples: Sequence[Examples], spec: DesignSpec, tech: str, held: float, seed: int) -> Domains:
    """The domains of `examples`; a share `held` of the structures is held back.

    Raises ConfigError when too few structures are the grammar's, or a goal of `spec` was measured nowhere.
    """
    known = {str(s): numbers(s) for s in sentences()}
    ours = [one for one in examples if one.structure.name in known]
    if len(ours) < 2:
        raise ConfigError(
            f"dataset: {len(ours)} of {len(examples)} structures are amplifiers of the grammar, at least 2 are wanted; "
            "task=dataset model=grammar makes them"
        )
    wanted = Wanted.of(spec, metrics_of(ours))
    normals = np.concatenate([normals_of(one, wanted) for one in ours])
    owners = np.repeat(np.arange(len(ours)), [len(one) for one in ours])
    chances = keenness(np.concatenate([violations(one, spec) for one in ours]))
    words = np.array([known[one.structure.name] for one in ours])[owners]
    every = Reached(words, normals, chances / chances.sum())
    back = np.isin(owners, np.random.default_rng([seed, 2]).permutation(len(ours))[: int(held * len(ours))])
    conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
    return Domains(wanted, tech, conditions, every.part(~back), every.part(back) if back.any() else every.part(~back))


def violations(one: Examples, spec: DesignSpec) -> Float[np.ndarray, "n"]:
    """How far each design is from keeping the limits of `spec`."""
    columns = {name: one.metrics[name] for name in spec.wanted}
    return np.array([spec.violation({n: float(c[row]) for n, c in columns.items()}) for row in range(len(one))])


def keenness(violations: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """How often designs are drawn: less by a factor of e for each tenth of the data that keeps the spec better."""
    return np.exp(-_KEENNESS * rankdata(violations) / len(violations))
