"""Sizes of a topology that should keep a spec's limits: drawn by guided diffusion, ranked by the forward model."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import log_ndtr

from genrf.circuits.learned.checkpoint import Trained
from genrf.circuits.learned.examples import SPREAD, centred, uncentred
from genrf.circuits.learned.losses import flat, stacked
from genrf.circuits.learned.networks import GraphTensors, Joined
from genrf.circuits.learned.schedule import Schedule, dpm_solver
from genrf.circuits.learned.structures import Graph


@dataclass(frozen=True)
class Guidance:
    """How designs are drawn: `weight` 0 asks for nothing, 1 for the limits, more exaggerates what they ask for."""

    weight: float = 1.5
    steps: int = 16


def propose(
    trained: Trained,
    graph: Graph,
    limits: Float[np.ndarray, "m"],
    count: int,
    rng: np.random.Generator,
    guidance: Guidance,
) -> Float[np.ndarray, "n v"]:
    """`count` points of the unit cube of `graph`'s space, for limits on their normal scales, NaN where open."""
    velocity = _Guided(trained, graph, limits, count, guidance.weight)
    noise = rng.standard_normal((count, len(graph.space)))
    return uncentred(dpm_solver(velocity.schedule, velocity, noise, guidance.steps))


def log_chance(
    trained: Trained, graph: Graph, points: Float[np.ndarray, "n v"], limits: Float[np.ndarray, "m"]
) -> Float[np.ndarray, "n"]:
    """Logarithm of the chance that designs keep all limits, metric by metric as if they were independent."""
    mean, deviation = predict(trained, graph, points)
    beyond = trained.meaning.wanted.signs * (mean - limits) / deviation
    return np.asarray(np.where(np.isnan(beyond), 0.0, log_ndtr(beyond)).sum(axis=1))


def predict(
    trained: Trained, graph: Graph, points: Float[np.ndarray, "n v"]
) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, "n m"]]:
    """Means and standard deviations of the metrics on their normal scales."""
    with torch.no_grad():
        mean, spread = trained.forward(flat([centred(points)]), _joined(graph, len(points)))
    return mean.numpy().astype(float), np.exp(spread.numpy().astype(float) / 2)


class _Guided:
    """The velocity with and without limits, extrapolated; clean values it implies are kept in the unit cube."""

    def __init__(
        self, trained: Trained, graph: Graph, limits: Float[np.ndarray, "m"], count: int, weight: float
    ) -> None:
        self.model, self.weight = trained.denoiser, weight
        self.of = _joined(graph, 2 * count)
        self.limits = stacked([np.tile(limits, (count, 1)), np.full((count, len(limits)), np.nan)])
        self.schedule = Schedule(trained.meaning.diffusion_steps)

    def __call__(self, x: Float[np.ndarray, "n v"], t: int) -> Float[np.ndarray, "n v"]:
        time = torch.full((2 * len(x),), t / self.schedule.steps)
        with torch.no_grad():
            both = self.model(flat([x, x]), time, self.limits, self.of)
        wanted, unasked = both.numpy().astype(float).reshape(2, *x.shape)
        return self._kept(x, unasked + self.weight * (wanted - unasked), t)

    def _kept(self, x: Float[np.ndarray, "n v"], v: Float[np.ndarray, "n v"], t: int) -> Float[np.ndarray, "n v"]:
        alpha, sigma = self.schedule.at(t)
        x0 = np.clip(alpha * x - sigma * v, -SPREAD, SPREAD)
        return np.asarray((alpha * x - x0) / sigma)


def _joined(graph: Graph, count: int) -> Joined:
    return Joined.of([(GraphTensors.of(graph), len(graph.space), count)])
