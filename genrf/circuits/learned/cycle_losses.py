"""What the CycleGAN is trained for: critics deceived, cycles closed, identities kept (Zhu et al., arXiv:1703.10593)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from genrf.circuits.learned.cycle_graph import supergraph
from genrf.circuits.learned.cycle_networks import Critics, Speaker, Translator, graphs
from genrf.circuits.learned.cycle_words import sizes
from genrf.circuits.learned.losses import tensor


@dataclass(frozen=True)
class Weights:
    """How much each loss counts beside the critics' two.

    `paired` is no part of a CycleGAN: the data say what a structure reached, and both ways learn that pair by pair.
    """

    graph_cycle: float = 0.3
    spec_cycle: float = 1.0
    graph_identity: float = 0.1
    spec_identity: float = 0.5
    paired: float = 1.0


@dataclass(frozen=True)
class Draw:
    """What one step sees, drawn beforehand: structures with limits they keep, limits of others, and noise."""

    words: Int[np.ndarray, "b p"]
    reached: Float[Tensor, "b m"]  # limits that the structures of `words` keep, NaN where open
    limits: Float[Tensor, "b m"]  # of designs drawn apart from them
    noise: Float[Tensor, "3 b z"]
    gumbel: Sequence[Float[Tensor, "b w"]]

    @classmethod
    def of(
        cls,
        words: Int[np.ndarray, "b p"],
        reached: Float[np.ndarray, "b m"],
        limits: Float[np.ndarray, "b m"],
        noise: int,
        rng: np.random.Generator,
    ) -> "Draw":
        """With its noise."""
        z = tensor(rng.standard_normal((3, len(words), noise)))
        return cls(
            words, tensor(reached), tensor(limits), z, [tensor(rng.gumbel(size=(len(words), n))) for n in sizes()]
        )


@dataclass(frozen=True)
class Losses:
    """The losses of one step by name, and those of the critics."""

    translator: dict[str, Tensor]
    critics: Tensor


def losses(translator: Translator, critics: Critics, draw: Draw) -> Losses:
    """All losses on one draw. Graphs are drawn without the rules: the translator learns them itself."""
    latent = translator.from_spec(draw.limits)
    chosen = translator.to_words.draw(latent, draw.noise[0], draw.gumbel, None)
    real, fake = graphs(draw.words), supergraph().graphs(chosen, whole=True)
    known = translator.from_graph(real)
    reach = translator.to_limits(known)
    asked = torch.where(draw.limits.isnan(), torch.nan, reach)  # open where specifications are
    found = {
        "graph_critic": (critics.graph(fake) - 1).square().mean(),
        "spec_critic": (critics.spec(asked) - 1).square().mean(),
        "spec_cycle": distance(translator.reach(fake), draw.limits),
        "spec_identity": distance(translator.to_limits(latent), draw.limits),
        "graph_cycle": unlikeliness(translator.to_words, translator.from_spec(asked), draw.noise[1], draw.words),
        "graph_identity": unlikeliness(translator.to_words, known, draw.noise[2], draw.words),
        "paired": distance(reach, draw.reached)
        + unlikeliness(translator.to_words, translator.from_spec(draw.reached), draw.noise[2], draw.words),
    }
    said = supergraph().graphs([each.detach() for each in chosen])
    return Losses(found, _told_apart(critics.graph(real), critics.graph(said)) + _told_apart(
        critics.spec(draw.limits), critics.spec(asked.detach())
    ))  # fmt: skip


def total(found: dict[str, Tensor], weights: Weights) -> Tensor:
    """The translator's whole loss."""
    return torch.stack([getattr(weights, name, 1.0) * value for name, value in found.items()]).sum()


def distance(said: Float[Tensor, "b m"], limits: Float[Tensor, "b m"]) -> Tensor:
    """Mean absolute difference where limits are not open."""
    closed = ~limits.isnan()
    return (said - torch.where(closed, limits, said)).abs().sum() / closed.sum().clamp(min=1)


def unlikeliness(speaker: Speaker, latent: Tensor, noise: Tensor, words: Int[np.ndarray, "b p"]) -> Tensor:
    """Mean cross entropy of the words of a place: the distance of graphs that are chosen word by word."""
    target = torch.as_tensor(words)
    scores = speaker.scores(latent, noise, target)
    each = [nn.functional.cross_entropy(said, target[:, place]) for place, said in enumerate(scores)]
    return torch.stack(each).mean()


def _told_apart(real: Tensor, fake: Tensor) -> Tensor:
    return ((real - 1).square().mean() + fake.square().mean()) / 2
