"""Sizes of a topology that should keep a spec's limits: drawn by guided diffusion, ranked by the forward model."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import log_ndtr

from genrf.circuits.learned.checkpoint import Trained
from genrf.circuits.learned.examples import SPREAD, centred, uncentred
from genrf.circuits.learned.losses import flat
from genrf.circuits.learned.networks import GraphTensors, Joined
from genrf.circuits.learned.runtime import Runtime, TorchRuntime, Velocity
from genrf.circuits.learned.schedule import Schedule, dpm_solver
from genrf.circuits.learned.structures import Graph


@dataclass(frozen=True)
class Guidance:
    """How designs are drawn: `weight` 0 asks for nothing, 1 for the limits, more exaggerates what they ask for."""

    weight: float = 1.5
    steps: int = 10


def propose(
    trained: Trained,
    graph: Graph,
    limits: Float[np.ndarray, "m"],
    count: int,
    rng: np.random.Generator,
    guidance: Guidance,
    runtime: Runtime | None = None,
) -> Float[np.ndarray, "n v"]:
    """`count` points of the unit cube of `graph`'s space, for limits on their normal scales, NaN where open."""
    schedule, runtime = Schedule(trained.meaning.diffusion_steps), runtime or TorchRuntime(trained.denoiser)
    both = np.concatenate([np.tile(limits, (count, 1)), np.full((count, len(limits)), np.nan)])
    velocity = _Guided(runtime.velocity(graph, both), schedule, guidance.weight)
    noise = rng.standard_normal((count, len(graph.space)))
    return uncentred(dpm_solver(schedule, velocity, noise, guidance.steps))


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
        of = Joined.of([(GraphTensors.of(graph), len(graph.space), len(points))])
        mean, spread = trained.forward(flat([centred(points)]), of)
    return mean.numpy().astype(float), np.exp(spread.numpy().astype(float) / 2)


def expected(trained: Trained, graph: Graph, points: Float[np.ndarray, "n v"]) -> dict[str, Float[np.ndarray, "n"]]:
    """The metrics that the forward model expects of designs, in their own units."""
    wanted, (mean, _) = trained.meaning.wanted, predict(trained, graph, points)
    return {
        name: scale.value(mean[:, i]) for i, (name, scale) in enumerate(zip(wanted.metrics, wanted.scales, strict=True))
    }


class _Guided:
    """The velocity with and without limits, extrapolated; clean values it implies are kept in the unit cube."""

    def __init__(self, velocity: Velocity, schedule: Schedule, weight: float) -> None:
        self.velocity, self.schedule, self.weight = velocity, schedule, weight

    def __call__(self, x: Float[np.ndarray, "n v"], t: int) -> Float[np.ndarray, "n v"]:
        wanted, unasked = np.split(self.velocity(np.concatenate([x, x]), t / self.schedule.steps), 2)
        return self._kept(x, unasked + self.weight * (wanted - unasked), t)

    def _kept(self, x: Float[np.ndarray, "n v"], v: Float[np.ndarray, "n v"], t: int) -> Float[np.ndarray, "n v"]:
        alpha, sigma = self.schedule.at(t)
        x0 = np.clip(alpha * x - sigma * v, -SPREAD, SPREAD)
        return np.asarray((alpha * x - x0) / sigma)
