"""What the two networks are trained for, on designs of several topologies at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from genrf.circuits.learned.networks import Denoiser, ForwardModel, GraphTensors, Joined
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
class Part:
    """Designs of one topology: centred values (n v), metrics on their normal scales (n m), NaN where missing.

    `weight` is what their mean loss counts in that of a step; `rng` draws for them and for no others, so that it is
    nothing to them with whom they share a process.
    """

    graph: GraphTensors
    x0: Float[np.ndarray, "n v"]
    normals: Float[np.ndarray, "n m"]
    weight: float
    rng: np.random.Generator

    def spread(self, known: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
        """The weight of each of the numbers that are `known`, together the part's own."""
        return np.asarray(known * (self.weight / max(1, known.sum())))


@dataclass(frozen=True)
class DenoisingLoss:
    """Squared error of the velocity at a time drawn evenly (Ho et al., arXiv:2006.11239, in the velocity's terms)."""

    schedule: Schedule
    asking: Asking
    signs: Float[np.ndarray, "m"]

    def __call__(self, model: Denoiser, parts: Sequence[Part]) -> Tensor:
        noisy, target, time, limits = zip(*(self._drawn(part) for part in parts), strict=True)
        of, device = joined(parts), parts[0].graph.kinds.device
        weights = [part.spread(np.ones(part.x0.shape)) for part in parts]
        said = model(flat(noisy, device), flat(time, device), stacked(limits, device), of)
        return (flat(weights, device) * (said - flat(target, device)) ** 2).sum()

    def _drawn(self, part: Part) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        t = part.rng.integers(self.schedule.steps, size=len(part.x0))
        alpha, sigma = (one[:, None] for one in self.schedule.at(t))
        eps = part.rng.standard_normal(part.x0.shape)
        limits = self.asking.limits(part.normals, self.signs, part.rng)
        return alpha * part.x0 + sigma * eps, alpha * eps - sigma * part.x0, t / self.schedule.steps, limits


@dataclass(frozen=True)
class MetricsLoss:
    """Negative logarithm of the likelihood of what was measured, under normals of the predicted mean and variance.

    Each counts by its variance to the power of `beta`, which is not learnt from: by likelihood alone what is predicted
    badly would hardly count, and stay so (Seitzer et al., ICLR 2022, arXiv:2203.09168, who advise 0.5).
    """

    beta: float = 0.5

    def __call__(self, model: ForwardModel, parts: Sequence[Part]) -> Tensor:
        device = parts[0].graph.kinds.device
        mean, spread = model(flat([part.x0 for part in parts], device), joined(parts))
        measured = stacked([part.normals for part in parts], device)
        weights = stacked([part.spread(~np.isnan(part.normals)) for part in parts], device)
        error = torch.where(measured.isnan(), mean, measured) - mean
        counted = weights * (self.beta * spread.detach()).exp()
        return (counted * 0.5 * (spread + error**2 * (-spread).exp())).sum()


def joined(parts: Sequence[Part]) -> Joined:
    """The topologies of `parts`, with how many designs of each."""
    return Joined.of([(part.graph, part.x0.shape[1], len(part.x0)) for part in parts])


def tensor(values: Float[np.ndarray, "*n"], device: torch.device | None = None) -> Tensor:
    """`values` as torch computes with them."""
    return torch.as_tensor(np.asarray(values, dtype=np.float32), device=device)


def flat(values: Sequence[Float[np.ndarray, "..."]], device: torch.device | None = None) -> Tensor:
    """All `values`, one behind the other."""
    return tensor(np.concatenate([one.ravel() for one in values]), device)


def stacked(values: Sequence[Float[np.ndarray, "b m"]], device: torch.device | None = None) -> Tensor:
    """All rows of `values`."""
    return tensor(np.concatenate(values), device)
