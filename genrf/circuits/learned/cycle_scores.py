"""How good a CycleGAN is, as far as it can be told without a simulator."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from genrf.circuits.generate.grammar import sentences
from genrf.circuits.learned.cycle_checkpoint import TrainedCycle
from genrf.circuits.learned.cycle_data import Domains
from genrf.circuits.learned.cycle_sampling import drawn, reach
from genrf.circuits.learned.cycle_words import numbers, rules
from genrf.circuits.learned.losses import Asking

_DRAWN = 1000


@dataclass(frozen=True)
class CycleScores:
    """Shares of sentences drawn for limits of designs held back, and rank correlations by metric."""

    kept: float  # sentences that the rules allow, though nothing but training said so
    new: float  # of guided ones: structures that training did not see
    different: float  # of guided ones: different from each other
    returned: tuple[float, ...]  # limits that F reads off what G made of them, against these
    reached: tuple[float, ...]  # limits that F reads off structures held back, against what their designs keep


def cycle_scores(trained: TrainedCycle, domains: Domains, seed: int) -> CycleScores:
    """The scores on what `domains` hold back."""
    rng, held = np.random.default_rng([seed, 3]), domains.held
    chosen = rng.choice(len(held), _DRAWN, p=held.chances)
    limits = Asking(left_open=0.0, unasked=0.0).limits(held.normals[chosen], domains.wanted.signs, rng)
    free, guided = drawn(trained, limits, rng, None), drawn(trained, limits, rng, rules())
    seen = set(map(tuple, domains.learnt.words.tolist()))
    return CycleScores(
        kept=allowed(free),
        new=float(np.mean([tuple(words) not in seen for words in guided.tolist()])),
        different=len(np.unique(guided, axis=0)) / len(guided),
        returned=correlations(reach(trained, guided), limits),
        reached=correlations(reach(trained, held.words[chosen]), limits),
    )


def allowed(words: Int[np.ndarray, "n p"]) -> float:
    """Share of sentences that the rules allow."""
    every = {tuple(numbers(s)) for s in sentences()}
    return float(np.mean([tuple(each) in every for each in words.tolist()]))


def correlations(said: Float[np.ndarray, "n m"], known: Float[np.ndarray, "n m"]) -> tuple[float, ...]:
    """Spearman's rank correlation, a metric a column, over the rows where it is known; NaN where it is constant."""
    return tuple(_correlation(said[:, place], known[:, place]) for place in range(known.shape[1]))


def _correlation(said: Float[np.ndarray, "n"], known: Float[np.ndarray, "n"]) -> float:
    there = np.isfinite(known) & np.isfinite(said)
    if len(set(said[there])) < 2 or len(set(known[there])) < 2:
        return float("nan")
    return float(np.corrcoef(rankdata(said[there]), rankdata(known[there]))[0, 1])
