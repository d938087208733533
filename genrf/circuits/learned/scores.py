"""How good a forward model is on designs that its training did not see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from genrf.circuits.learned.checkpoint import Trained
from genrf.circuits.learned.examples import uncentred
from genrf.circuits.learned.proposals import predict
from genrf.circuits.learned.training import Designs


@dataclass(frozen=True)
class MetricScore:
    """One metric: Spearman's rank correlation, median error in its own unit and in parts of the value, calibration.

    Of a metric in decibels the second is in parts of the decibels. `within_one` and `within_two` are the shares inside
    one and two sigma.
    """

    metric: str
    rank_correlation: float
    median_error: float
    relative_error: float
    within_one: float
    within_two: float


@dataclass(frozen=True)
class Scores:
    """Of how many designs, and how each metric fares."""

    designs: int
    metrics: tuple[MetricScore, ...]


def scores(trained: Trained, held: Sequence[Designs]) -> Scores:
    """The scores on `held` designs."""
    known = [designs for designs in held if len(designs.x0)]
    measured = np.concatenate([designs.normals for designs in known])
    said = [predict(trained, designs.graph, uncentred(designs.x0)) for designs in known]
    mean, deviation = (np.concatenate(parts) for parts in zip(*said, strict=True))
    wanted = trained.meaning.wanted
    return Scores(
        len(measured),
        tuple(
            _score(
                name, scale.value(mean[:, i]), scale.value(measured[:, i]), (measured - mean)[:, i] / deviation[:, i]
            )
            for i, (name, scale) in enumerate(zip(wanted.metrics, wanted.scales, strict=True))
        ),
    )


def _score(
    metric: str, said: Float[np.ndarray, "n"], measured: Float[np.ndarray, "n"], z: Float[np.ndarray, "n"]
) -> MetricScore:
    known = np.isfinite(measured)
    said, measured, z = said[known], measured[known], np.abs(z[known])
    if len(z) < 2:
        return MetricScore(metric, *[float("nan")] * 5)
    ranks = np.corrcoef(rankdata(said), rankdata(measured))[0, 1]
    errors = np.abs(said - measured)
    relative = float(np.median(errors / np.maximum(np.abs(measured), 1e-30)))
    within = float(np.mean(z <= 1)), float(np.mean(z <= 2))
    return MetricScore(metric, float(ranks), float(np.median(errors)), relative, *within)
