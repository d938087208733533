"""Trust regions: boxes around points of the front that grow where they find better designs and shrink where not.

Sources: Eriksson et al., Scalable global optimization via local Bayesian optimization, NeurIPS 2019 (TuRBO: lengths and
counters); Daulton et al., Multi-objective Bayesian optimization over high-dimensional search spaces, UAI 2022 (MORBO:
centres by their hypervolume, success by its growth).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import moocore
import numpy as np
from jaxtyping import Bool, Float, Int

from genrf.core import pareto

_FIRST, _LEAST, _MOST = 0.8, 0.5**7, 1.6  # lengths of an edge, of 1
_SUCCESSES = 3  # in a row, after which a region doubles
_GROWTH = 1e-3  # of the hypervolume, which is a success


@dataclass(frozen=True)
class Region:
    """The length of one box and its luck so far; it halves after `patience` failures in a row and begins anew when it
    has become too small to matter.
    """

    length: float
    patience: int
    successes: int = 0
    failures: int = 0

    @classmethod
    def fresh(cls, dimensions: int, batch: int) -> "Region":
        """A region that has seen nothing."""
        return cls(_FIRST, math.ceil(max(4, dimensions) / batch))

    def after(self, success: bool) -> "Region":
        """The region after one more batch."""
        now = replace(self, successes=(self.successes + 1) * success, failures=(self.failures + 1) * (not success))
        if now.successes == _SUCCESSES:
            return replace(now, length=min(2 * now.length, _MOST), successes=0)
        if now.failures == now.patience:
            length = now.length / 2
            return replace(now, length=length if length >= _LEAST else _FIRST, failures=0)
        return now

    def box(self, centre: Float[np.ndarray, "d"]) -> Float[np.ndarray, "2 d"]:
        """The box around `centre`, within the unit cube."""
        half = 0.5 * self.length
        return np.array([np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)])


def whole(dimensions: int) -> Float[np.ndarray, "2 d"]:
    """The unit cube as a box."""
    return np.array([np.zeros(dimensions), np.ones(dimensions)])


def centres(F: Float[np.ndarray, "n m"], violation: Float[np.ndarray, "n"], count: int) -> Int[np.ndarray, "c"]:
    """The designs to search around: those of the front that own most hypervolume, then those that miss least."""
    front = np.flatnonzero(pareto.front(F, violation))
    scaled, reference = _scaled(F, front)
    own = moocore.hv_contributions(scaled[front], ref=reference) if len(front) else np.empty(0)
    others = np.setdiff1d(pareto.best_first(F, violation), front, assume_unique=True)
    return np.asarray([*front[np.argsort(-own, kind="stable")], *others][:count], dtype=int)


def improved(
    F: Float[np.ndarray, "n m"], violation: Float[np.ndarray, "n"], before: int, shares: Sequence[Int[np.ndarray, "s"]]
) -> list[bool]:
    """Whether each share of the new designs (those from row `before` on) made the front of the old ones larger.

    While no old design is feasible: whether it misses the limits by less.
    """
    old = np.flatnonzero(pareto.front(F[:before], violation[:before]))
    if not len(old):
        return [bool(violation[share].min(initial=np.inf) < violation[:before].min()) for share in shares]
    scaled, reference = _scaled(F, old)
    volume = pareto.hypervolume(scaled[old], reference)
    return [
        pareto.hypervolume(scaled[_with(old, share, violation)], reference) > (1 + _GROWTH) * volume for share in shares
    ]


def _with(
    old: Int[np.ndarray, "o"], share: Int[np.ndarray, "s"], violation: Float[np.ndarray, "n"]
) -> Bool[np.ndarray, "k"]:
    return np.concatenate([old, share[violation[share] <= 0]])


def _scaled(F: Float[np.ndarray, "n m"], front: Int[np.ndarray, "f"]) -> tuple[np.ndarray, np.ndarray]:
    """Objectives in ranges of the front, and a reference point a tenth behind its worst values."""
    if not len(front):
        return F, np.zeros(F.shape[1])
    low, width = F[front].min(axis=0), np.ptp(F[front], axis=0)
    return (F - low) / np.where(width > 0, width, 1.0), np.full(F.shape[1], 1.1)
