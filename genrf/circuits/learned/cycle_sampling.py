"""Amplifiers for limits: sentences that the trained translator speaks, by chance."""

import numpy as np
import torch
from jaxtyping import Float, Int

from genrf.circuits.generate.grammar import Sentence
from genrf.circuits.learned.cycle_checkpoint import TrainedCycle
from genrf.circuits.learned.cycle_networks import graphs
from genrf.circuits.learned.cycle_words import Rules, rules, sentence, sizes
from genrf.circuits.learned.losses import tensor

_ROUNDS = 50  # of draws, when what comes was there before


def drawn(
    trained: TrainedCycle,
    limits: Float[np.ndarray, "n m"],
    rng: np.random.Generator,
    guide: Rules | None,
    warmth: float = 1.0,
) -> Int[np.ndarray, "n p"]:
    """Words by number, a sentence for each row of limits on their normal scales, NaN where open.

    `warmth` is the temperature: 1 draws as the network says, more draws what it holds unlikely more often.

    With `guide` only words that its sentences go on with; without, what the translator has learnt of them by itself.
    """
    speaker, noise = trained.translator.to_words, rng.standard_normal((len(limits), trained.meaning.shape.noise))
    gumbel = [tensor(warmth * rng.gumbel(size=(len(limits), size))) for size in sizes()]
    with torch.no_grad():
        chosen = speaker.draw(trained.translator.from_spec(tensor(limits)), tensor(noise), gumbel, guide)
    return np.stack([each.argmax(1).numpy() for each in chosen], axis=1)


def distinct(
    trained: TrainedCycle, limits: Float[np.ndarray, "m"], count: int, rng: np.random.Generator, warmth: float
) -> list[Sentence]:
    """Different sentences of the grammar for one specification, the first drawn first; `count`, or as many as come."""
    found = dict[Sentence, None]()
    for _ in range(_ROUNDS):
        if len(found) >= count:
            break
        for words in drawn(trained, np.tile(limits, (count, 1)), rng, rules(), warmth):
            found.setdefault(sentence(words))
    return list(found)[:count]


def reach(trained: TrainedCycle, words: Int[np.ndarray, "n p"]) -> Float[np.ndarray, "n m"]:
    """The limits that circuits should be able to keep, on their normal scales."""
    with torch.no_grad():
        return trained.translator.reach(graphs(words)).numpy().astype(float)
