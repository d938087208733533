"""A search that wants a yield: the share of dies that keep every limit, from few dies where few will do."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError
from genrf.core.goal import Goal, Metric
from genrf.core.problem import Measurement
from genrf.core.robust import EXTRA, AbstractRobustness, Extra
from genrf.core.spec import DesignSpec
from genrf.core.workers import Task
from genrf.core.yields import Dies

YIELD = "yield"
_YIELD = Metric("", "share of dies that keep every limit")
_STEPS = (8, 24, 64)  # dies, more only of who may reach the target
_LAST = 200  # dies of a design of the front, none of which the search has seen
_WORTH = 8.0  # dies, that the estimate from means and covariances counts as
_DRAWS = 8192  # of normal deviates for that estimate
_CONFIDENT = 1.64  # standard deviations: one chance in twenty to give up a design that is at the target
_SEARCHED, _VERIFIED = 1_000_003, 2_000_003  # beyond the run's seed, with which the exported designs' dies are drawn


class Yielding(AbstractRobustness):
    """A yield of at least `target`, over dies that are the same for every design.

    A search finds the designs that these dies flatter, so that it counts on the estimate less one standard error; the
    dies of `last` are others, and their estimate stands.
    Raises ConfigError when the spec has no limit that a die could miss.
    """

    beyond: ClassVar[Mapping[str, Metric]] = {YIELD: _YIELD, **AbstractRobustness.beyond}
    steps = len(_STEPS)

    def __init__(self, spec: DesignSpec, target: float, seed: int) -> None:
        if not any(goal.limits() for goal in spec.goals.values()):
            raise ConfigError(f"robust=yield: spec {spec.name!r} has no limit that a die could miss")
        self.nominal, self.target, self.seed = spec, target, seed
        goals = {**spec.goals, YIELD: Goal(YIELD, minimum=target)}
        self.spec = replace(spec, goals=goals, beyond=self.beyond)

    def tasks(self, task: Task, step: int) -> list[Task]:
        first = sum(_STEPS[:step])
        return _dies(task, self.seed + _SEARCHED, range(first, first + _STEPS[step]))

    def last(self, task: Task) -> list[Task]:
        return _dies(task, self.seed + _VERIFIED, range(_LAST))

    def joined(self, nominal: Measurement, extra: Extra) -> Measurement:
        if not extra:
            return replace(nominal, metrics={**nominal.metrics, EXTRA: 0.0})
        found = {YIELD: self._yield(extra), EXTRA: float(len(extra))}
        return replace(nominal, metrics={**nominal.metrics, **found})

    def promising(self, nominal: Measurement, extra: Extra) -> bool:
        return estimate(self._margins(extra)) + _CONFIDENT * self._error(extra) >= self.target

    def _yield(self, extra: Extra) -> float:
        fresh = extra[0][0].die[0] == self.seed + _VERIFIED
        return max(0.0, estimate(self._margins(extra)) - (0.0 if fresh else self._error(extra)))

    def _error(self, extra: Extra) -> float:
        """The standard error of an estimate, were the yield at its target."""
        return math.sqrt(self.target * (1 - self.target) / (len(extra) + _WORTH))

    def _margins(self, extra: Extra) -> Float[np.ndarray, "dies limits"]:
        metrics = [self.nominal.complete(found.metrics) if found.status == "ok" else {} for _, found in extra]
        return Dies(self.nominal, metrics, [{}] * len(metrics)).margins()


def estimate(margins: Float[np.ndarray, "dies limits"]) -> float:
    """The yield that dies with these margins (at least 0 where a limit is kept) speak for.

    The share of them that keep every limit, together with what a normal distribution of their mean and covariance
    gives, which counts as eight dies: of few dies it tells more than their count, of many their count stands, whatever
    the distribution.
    """
    passed = float(np.sum(np.all(margins >= 0, axis=1)))
    return (passed + _WORTH * normal_share(margins)) / (len(margins) + _WORTH)


def normal_share(margins: Float[np.ndarray, "dies limits"]) -> float:
    """The probability that all margins are kept, were they normal with the mean and covariance of the dies found.

    A die that could not be measured keeps none. The integral is over fixed deviates: within 0.004 at 0.95.
    """
    measured = margins[np.all(np.isfinite(margins), axis=1)]
    if len(measured) < 2:
        return 0.0
    widths, axes = np.linalg.eigh(np.atleast_2d(np.cov(measured, rowvar=False)))
    z = np.random.default_rng(0).standard_normal((_DRAWS, len(widths)))
    drawn = measured.mean(axis=0) + (z * np.sqrt(np.maximum(widths, 0.0))) @ axes.T
    return float(np.mean(np.all(drawn >= 0, axis=1))) * len(measured) / len(margins)


def _dies(task: Task, seed: int, numbers: Sequence[int]) -> list[Task]:
    return [replace(task, action="vary", die=(seed, number)) for number in numbers]
