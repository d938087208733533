"""Training that goes on where it stopped: what a step does depends on the seed and its number alone."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from genrf.circuits.learned.losses import Batch
from genrf.circuits.learned.networks import GraphTensors
from genrf.core.errors import ConfigError

Loss = Callable[[Any, Batch, np.random.Generator], Tensor]


@dataclass(frozen=True)
class Training:
    """AdamW with a short warm-up and a cosine down to zero; a moving average of the weights is what is kept.

    Each step draws designs of a few structures, equally many of each, however many the data hold.
    """

    steps: int
    batch: int
    learning_rate: float
    warm_up: int = 50
    together: int = 4  # structures in one step
    kept: float = 0.995  # of the moving average at each step
    decay: float = 1e-3
    clip: float = 1.0  # of the gradient's norm

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"training: {name} must be above 0, got {getattr(self, name)}")

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        fall = 0.5 + 0.5 * math.cos(math.pi * step / self.steps)
        return self.learning_rate * min(1.0, (step + 1) / self.warm_up) * fall


@dataclass(frozen=True)
class Designs:
    """What one structure gives to train on: centred values (n v) and metrics on their normal scales (n m)."""

    graph: GraphTensors
    x0: Float[np.ndarray, "n v"]
    normals: Float[np.ndarray, "n m"]

    def some(self, count: int, rng: np.random.Generator) -> Batch:
        """`count` of the designs, by chance."""
        chosen = rng.integers(len(self.x0), size=count)
        return Batch(self.graph, self.x0[chosen], self.normals[chosen])


class Fit:
    """The running state of one network's training."""

    def __init__(self, model: nn.Module, loss: Loss, given: Training, seed: Sequence[int]) -> None:
        self.model, self.loss, self.given, self.seed = model, loss, given, list(seed)
        self.average = copy.deepcopy(model).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(model.parameters(), given.learning_rate, weight_decay=given.decay)
        self.step = 0

    @property
    def done(self) -> bool:
        """Whether all steps were made."""
        return self.step >= self.given.steps

    def advance(self, data: Sequence[Designs]) -> float:
        """One step; the loss before it."""
        rng = np.random.default_rng([*self.seed, self.step])
        chosen = rng.permutation(len(data))[: self.given.together]
        self.optimizer.zero_grad()
        total = 0.0
        for place in chosen:
            batch = data[place].some(max(1, self.given.batch // len(chosen)), rng)
            loss = self.loss(self.model, batch, rng) / len(chosen)
            loss.backward()
            total += loss.item()
        self._step()
        return total

    def _step(self) -> None:
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.given.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.given.rate(self.step)
        self.optimizer.step()
        self.step += 1
        kept = min(self.given.kept, self.step / (self.step + 9))  # early averages forget the start
        for average, own in zip(self.average.parameters(), self.model.parameters(), strict=True):
            average.lerp_(own.detach(), 1 - kept)

    def state(self) -> dict[str, Tensor]:
        """All that going on needs, by name."""
        tensors = {"step": torch.tensor(self.step)}
        for name, own in self.model.named_parameters():
            moments = self.optimizer.state.get(own, {})
            tensors |= {f"model.{name}": own.detach()}
            tensors |= {f"{moment}.{name}": moments[moment] for moment in ("exp_avg", "exp_avg_sq") if moments}
        return tensors | {f"average.{name}": own for name, own in self.average.named_parameters()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        self.step = int(tensors["step"])
        with torch.no_grad():
            for name, own in self.model.named_parameters():
                own.copy_(tensors[f"model.{name}"])
                if f"exp_avg.{name}" in tensors:
                    moments = {moment: tensors[f"{moment}.{name}"].clone() for moment in ("exp_avg", "exp_avg_sq")}
                    self.optimizer.state[own] = {"step": torch.tensor(float(self.step)), **moments}
            for name, own in self.average.named_parameters():
                own.copy_(tensors[f"average.{name}"])
