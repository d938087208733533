"""The noise schedule of a diffusion and its samplers; equal to those of `diffusers`, which the tests show.

Everywhere `x_t = alpha_t x0 + sigma_t eps` with `alpha^2 + sigma^2 = 1`, and the model predicts the velocity.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

Velocity = Callable[[Float[np.ndarray, "n v"], int], Float[np.ndarray, "n v"]]


@dataclass(frozen=True)
class Schedule:
    """The cosine schedule in discrete time (Nichol and Dhariwal, arXiv:2102.09672, equation 17)."""

    steps: int = 1000

    @cached_property
    def kept(self) -> Float[np.ndarray, "t"]:
        """The share of the signal's power that is left after each step, `alpha^2`."""
        ends = np.cos((np.arange(self.steps + 1) / self.steps + 0.008) / 1.008 * math.pi / 2) ** 2
        return np.cumprod(1.0 - np.minimum(1.0 - ends[1:] / ends[:-1], 0.999))

    def at(self, t: Int[np.ndarray, "n"] | int) -> tuple[np.ndarray, np.ndarray]:
        """`alpha` and `sigma` at step `t`; before the first step there is no noise."""
        kept = np.where(np.asarray(t) < 0, 1.0, self.kept[np.maximum(t, 0)])
        return np.sqrt(kept), np.sqrt(1.0 - kept)

    def times(self, count: int) -> list[int]:
        """`count` steps from the last downwards, evenly, then -1 for the end (Lin et al., arXiv:2305.08891)."""
        return [round(self.steps * (1 - i / count)) - 1 for i in range(count)] + [-1]


def ddim(
    schedule: Schedule, velocity: Velocity, noise: Float[np.ndarray, "n v"], count: int
) -> Float[np.ndarray, "n v"]:
    """Samples by the deterministic DDIM in `count` steps (Song et al., arXiv:2010.02502, equation 12)."""
    x = noise
    for t, after in pairwise(schedule.times(count)):
        v, (alpha, sigma), (alpha_after, sigma_after) = velocity(x, t), schedule.at(t), schedule.at(after)
        x0, eps = alpha * x - sigma * v, alpha * v + sigma * x
        x = alpha_after * x0 + sigma_after * eps
    return x


def dpm_solver(
    schedule: Schedule, velocity: Velocity, noise: Float[np.ndarray, "n v"], count: int
) -> Float[np.ndarray, "n v"]:
    """Samples by DPM-Solver++(2M) in `count` steps (Lu et al., arXiv:2211.01095, algorithm 2)."""
    x, before, h_before = noise, None, math.inf
    for t, after in pairwise(schedule.times(count)):
        (alpha, sigma), (alpha_after, sigma_after) = schedule.at(t), schedule.at(after)
        x0 = alpha * x - sigma * velocity(x, t)
        if after < 0:  # the last step goes to no noise at all, where only first order is defined
            return x0
        h = float(np.log(alpha_after / sigma_after) - np.log(alpha / sigma))
        slope = 0.0 if before is None else h / (2 * h_before) * (x0 - before)
        x = sigma_after / sigma * x - alpha_after * math.expm1(-h) * (x0 + slope)
        before, h_before = x0, h
    return x


SAMPLERS = {"ddim": ddim, "dpm_solver": dpm_solver}
