"""What the two networks are trained for, on designs of one topology at a time."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from genrf.circuits.learned.networks import Denoiser, ForwardModel, GraphTensors
from genrf.circuits.learned.schedule import Schedule


@dataclass(frozen=True)
class Asking:
    """How limits are drawn for a design that is known to keep them, so that designs answer limits and not values.

    A limit lies short of what was measured by an exponential slack on the normal scale. A share of the designs is
    asked nothing, for guidance without a classifier (Ho and Salimans, arXiv:2207.12598), and of the others each limit
    is left open with a chance of its own.
    """

    slack: float = 0.7
    unasked: float = 0.1
    left_open: float = 0.2

    def limits(
        self, normals: Float[np.ndarray, "n m"], signs: Float[np.ndarray, "m"], rng: np.random.Generator
    ) -> Float[np.ndarray, "n m"]:
        """One limit per metric that the design keeps; NaN where it is left open, or the metric is missing."""
        short = normals - signs * rng.exponential(1.0, normals.shape) * self.slack
        opened = (rng.random(normals.shape) < self.left_open) | (rng.random((len(normals), 1)) < self.unasked)
        return np.where(opened, np.nan, short)


@dataclass(frozen=True)
class Batch:
    """Designs of one topology: centred values (n v), metrics on their normal scales (n m), NaN where missing."""

    graph: GraphTensors
    x0: Float[np.ndarray, "n v"]
    normals: Float[np.ndarray, "n m"]


@dataclass(frozen=True)
class DenoisingLoss:
    """Squared error of the velocity at a time drawn evenly (Ho et al., arXiv:2006.11239, in the velocity's terms)."""

    schedule: Schedule
    asking: Asking
    signs: Float[np.ndarray, "m"]

    def __call__(self, model: Denoiser, batch: Batch, rng: np.random.Generator) -> Tensor:
        t = rng.integers(self.schedule.steps, size=len(batch.x0))
        alpha, sigma = (part[:, None] for part in self.schedule.at(t))
        eps = rng.standard_normal(batch.x0.shape)
        limits = self.asking.limits(batch.normals, self.signs, rng)
        noisy, target = alpha * batch.x0 + sigma * eps, alpha * eps - sigma * batch.x0
        said = model(tensor(noisy), tensor(t / self.schedule.steps), tensor(limits), batch.graph)
        return torch.nn.functional.mse_loss(said, tensor(target))


@dataclass(frozen=True)
class MetricsLoss:
    """Negative logarithm of the likelihood of what was measured, under normals of the predicted mean and variance."""

    def __call__(self, model: ForwardModel, batch: Batch, rng: np.random.Generator) -> Tensor:
        mean, spread = model(tensor(batch.x0), batch.graph)
        measured = tensor(batch.normals)
        known = ~measured.isnan()
        error = torch.where(known, measured, mean) - mean
        return (0.5 * (spread + error**2 * (-spread).exp())[known]).mean()


def tensor(values: Float[np.ndarray, "*n"]) -> Tensor:
    """`values` as torch computes with them."""
    return torch.as_tensor(np.asarray(values), dtype=torch.float32)
