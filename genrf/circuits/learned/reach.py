"""What the designs that a model learnt from reach together, and how far beyond them the limits of a spec lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from moocore import is_nondominated

_MOST = 8192  # designs that are kept of each sort
_NEAR = 0.005  # sigma: what 16 bits make of a design
_LACKING = 8.0  # sigma: a metric that was not measured keeps no limit
_UNSEEN = 0.5  # sigma: how far a model is trusted when too few designs were held back to tell
_FEW = 20
_TAIL = 1e-3  # share of the designs beyond either end of a metric's range: a few by chance are nothing to learn from


@dataclass(frozen=True)
class Reach:
    """Designs on the normal scales (k m) in 16 bits: a fair sample of them, and those that no other one betters.

    `trusted` is the distance in sigma up to which limits are believed to be asked sensibly. Of the designs that were
    held back and lie beyond those trained on, nineteen in twenty are nearer.
    """

    sample: Float[np.ndarray, "k m"]
    front: Float[np.ndarray, "k m"]
    trusted: float

    @classmethod
    def of(
        cls,
        learnt: Sequence[Float[np.ndarray, "n m"]],
        held: Sequence[Float[np.ndarray, "n m"]],
        signs: Float[np.ndarray, "m"],
        seed: int,
    ) -> "Reach":
        """The reach of the designs `learnt`, measured on those `held` back."""
        rng, every = np.random.default_rng([seed, 3]), np.concatenate(learnt)
        worst = np.where(np.isnan(every), -_LACKING, every * signs)
        front = every[is_nondominated(-worst, keep_weakly=False)]
        made = cls(_some(every, rng), _some(front, rng), 0.0)
        distances = np.array([made.distance(own, signs) for own in _some(np.concatenate(held), rng)[:1000]])
        beyond = distances[distances > 0]
        trusted = float(np.quantile(beyond, 0.95)) if len(beyond) >= _FEW else _UNSEEN
        return cls(made.sample, made.front, trusted)

    def share(self, limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]) -> float:
        """The share of the designs that keep all `limits`, NaN where open."""
        return float(np.mean(_short(self.sample, limits, signs).max(axis=1) <= _NEAR))

    def ranges(self) -> Float[np.ndarray, "m 2"]:
        """Between which normals each metric of the designs lies, but for a thousandth at either end; NaN for none."""
        return np.array([_ends(column) for column in self.sample.astype(float).T])

    def distance(self, limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]) -> float:
        """How far the nearest design falls short of all `limits` together, in sigma; 0 where one keeps them."""
        return float(self._distances(limits, signs).min())

    def missed(self, limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]) -> list[tuple[int, float]]:
        """Which of `limits` the nearest design misses, and its normal there; NaN for a metric it does not have."""
        place = int(self._distances(limits, signs).argmin())
        short = _short(self.front[[place]], limits, signs)[0]
        return [(int(metric), float(self.front[place, metric])) for metric in np.flatnonzero(short > _NEAR)]

    def _distances(self, limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]) -> Float[np.ndarray, "k"]:
        short = _short(self.front, limits, signs)
        return np.asarray(np.sqrt((np.where(short <= _NEAR, 0.0, short) ** 2).sum(axis=1)))


def _short(
    designs: Float[np.ndarray, "k m"], limits: Float[np.ndarray, "m"], signs: Float[np.ndarray, "m"]
) -> Float[np.ndarray, "k m"]:
    """By how much each design falls short of each limit."""
    short = np.nan_to_num(np.maximum(signs * (limits - designs.astype(float)), 0.0), nan=_LACKING)
    return np.where(np.isnan(limits), 0.0, short)


def _ends(normals: Float[np.ndarray, "k"]) -> tuple[float, float]:
    known = np.sort(normals[~np.isnan(normals)])
    if not len(known):
        return float("nan"), float("nan")
    place = int(_TAIL * len(known))
    return known[place] - _NEAR, known[-1 - place] + _NEAR


def _some(designs: Float[np.ndarray, "n m"], rng: np.random.Generator) -> Float[np.ndarray, "k m"]:
    return designs[np.sort(rng.permutation(len(designs))[:_MOST])].astype(np.float16)
