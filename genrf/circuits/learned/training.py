"""Training that goes on where it stopped: what a step does depends on the seed and its number alone."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from genrf.circuits.learned.losses import Part
from genrf.circuits.learned.machine import Machine
from genrf.circuits.learned.networks import Denoiser, ForwardModel, GraphTensors
from genrf.circuits.learned.ranks import Rank
from genrf.circuits.learned.structures import Graph
from genrf.core.errors import ConfigError

Network = Denoiser | ForwardModel
Loss = Callable[[Any, Sequence[Part]], Tensor]

_MOMENTS = ("momentum_buffer", "exp_avg", "exp_avg_sq")  # of Muon; of AdamW, which also counts steps


@dataclass(frozen=True)
class Training:
    """Muon and AdamW with a short warm-up and a cosine down to zero; a moving average of the weights is what is kept.

    Each step draws a few structures, those with more designs the more often, and equally many designs of each.
    """

    steps: int
    batch: int
    learning_rate: float
    device: str = "auto"  # or cpu, cuda
    precision: str = "auto"  # of products: or float32, bfloat16
    ranks: int | None = None  # processes that share each step; as many as GPUs when None
    warm_up: int = 50
    together: int = 8  # structures in one step
    kept: float = 0.995  # of the moving average at each step
    decay: float = 1e-3
    clip: float = 1.0  # of the gradient's norm

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"training: {name} must be above 0, got {getattr(self, name)}")
        if self.ranks is not None and not 1 <= self.ranks <= self.together:
            raise ConfigError(f"training: ranks must be 1 to {self.together}, a step's structures, got {self.ranks}")

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        fall = 0.5 + 0.5 * math.cos(math.pi * step / self.steps)
        return self.learning_rate * min(1.0, (step + 1) / self.warm_up) * fall

    def places(self, designs: Sequence[float], seed: Sequence[int]) -> list[int]:
        """Which structures a step sees, of those that have so many `designs`: every design is seen equally often."""
        shares = np.array(designs) / sum(designs)
        return [int(place) for place in np.random.default_rng(seed).choice(len(shares), self.together, p=shares)]


@dataclass(frozen=True)
class Designs:
    """What one structure gives to train on: centred values (n v) and metrics on their normal scales (n m).

    Each design counts as `weight` designs.
    """

    graph: Graph
    x0: Float[np.ndarray, "n v"]
    normals: Float[np.ndarray, "n m"]
    weight: float = 1.0


class Fit:
    """The running state of one network's training, of which other ranks hold the same."""

    def __init__(
        self,
        model: Network,
        loss: Loss,
        given: Training,
        seed: Sequence[int],
        data: Sequence[Designs],
        rank: Rank | None = None,
    ) -> None:
        self.loss, self.given, self.seed, self.data, self.rank = loss, given, list(seed), data, rank or Rank()
        self.machine = Machine.of(given.device, given.precision)
        self.model = model.to(self.machine.device)
        self.graphs = [GraphTensors.of(one.graph).to(self.machine.device) for one in data]
        self.average = copy.deepcopy(model).requires_grad_(False)
        self.optimizers = optimizers(self.model, given)
        self.step = 0

    @property
    def done(self) -> bool:
        """Whether all steps were made."""
        return self.step >= self.given.steps

    def advance(self) -> float:
        """One step; the loss before it."""
        self.model.zero_grad()
        with self.machine.mixed():
            loss = self.loss(self.model, self._parts())
        loss.backward()
        self.rank.add(self.model.parameters())
        self._step()
        return self.rank.sum(loss.item())

    def _parts(self) -> list[Part]:
        """The designs of a step that are this rank's."""
        seed = [*self.seed, self.step]
        places = list(enumerate(self.given.places([one.weight * len(one.x0) for one in self.data], seed)))
        return [self._part(place, np.random.default_rng([*seed, i])) for i, place in places[self.rank.own]]

    def _part(self, place: int, rng: np.random.Generator) -> Part:
        together, one = self.given.together, self.data[place]
        chosen = rng.integers(len(one.x0), size=max(1, self.given.batch // together))
        return Part(self.graphs[place], one.x0[chosen], one.normals[chosen], 1 / together, rng)

    def _step(self) -> None:
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.given.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.given.rate(self.step)
            optimizer.step()
        self.step += 1
        kept = min(self.given.kept, self.step / (self.step + 9))  # early averages forget the start
        for average, own in zip(self.average.parameters(), self.model.parameters(), strict=True):
            average.lerp_(own.detach(), 1 - kept)

    def state(self) -> dict[str, Tensor]:
        """All that going on needs, by name."""
        tensors = {"step": torch.tensor(self.step)}
        for name, own in self.model.named_parameters():
            tensors |= {f"model.{name}": own.detach()}
            moments = self._owner(own).state.get(own, {})
            tensors |= {f"{moment}.{name}": value for moment, value in moments.items() if moment != "step"}
        return tensors | {f"average.{name}": own for name, own in self.average.named_parameters()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self.step = int(tensors["step"])
        device = self.machine.device
        with torch.no_grad():
            for name, own in self.model.named_parameters():
                own.copy_(tensors[f"model.{name}"])
                moments = {m: tensors[f"{m}.{name}"].clone().to(device) for m in _MOMENTS if f"{m}.{name}" in tensors}
                if "exp_avg" in moments:
                    moments["step"] = torch.tensor(float(self.step), device=device)
                if moments:
                    self._owner(own).state[own] = moments
            for name, own in self.average.named_parameters():
                own.copy_(tensors[f"average.{name}"])

    def _owner(self, weights: Tensor) -> torch.optim.Optimizer:
        muon, adam = self.optimizers
        return muon if any(weights is own for own in muon.param_groups[0]["params"]) else adam


def optimizers(model: Network, given: Training) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the matrices between hidden channels, AdamW for embeddings, biases, and what enters or leaves.

    As its authors advise (K. Jordan et al., Muon, 2024), at the scale of Liu et al., arXiv:2502.16982, with which one
    learning rate is right for both.
    """
    hidden = model.backbone.matrices()
    others = [own for own in model.parameters() if not any(own is one for one in hidden)]
    rate, decay = given.learning_rate, given.decay
    return (
        torch.optim.Muon(hidden, rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, rate, weight_decay=decay, fused=True),
    )
