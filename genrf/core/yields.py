"""What a Monte Carlo analysis says of a design: yield with its interval, worst dies, and what costs the most yield."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from genrf.core.spec import DesignSpec

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Yield:
    """Dies that keep a limit, of how many, with Wilson's interval at 95 % confidence; of no die nothing is known."""

    passed: int
    dies: int

    @property
    def share(self) -> float:
        """The yield as found, NaN of no die."""
        return self.passed / self.dies if self.dies else math.nan

    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of the true yield.

        Source: Wilson, J. American Statistical Association 22 (1927) 209.
        """
        from scipy.stats import binomtest

        if not self.dies:
            return 0.0, 1.0
        found = binomtest(self.passed, self.dies).proportion_ci(_CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


@dataclass(frozen=True)
class Dies:
    """Metrics and deviates of many dies of one design; a die that could not be measured has no metrics and fails.

    A die that misses a limit may lack the metrics that take long: nothing is said of those.
    """

    spec: DesignSpec
    metrics: Sequence[Mapping[str, float]]
    deviates: Sequence[Mapping[str, float]]

    def overall(self) -> Yield:
        """Dies that keep every limit."""
        return _yield(np.all(self.margins() >= 0, axis=1))

    def by_goal(self) -> dict[str, Yield]:
        """By metric, dies that keep its limits, of those that have it or could not be measured at all, maybe none."""
        names, margins = self._owners(), self.margins()
        asked = {name: [not metrics or name in metrics for metrics in self.metrics] for name in names}
        return {
            name: _yield(np.all(margins[np.ix_(those, [owner == name for owner in names])] >= 0, axis=1))
            for name, those in asked.items()
        }

    def worst(self) -> dict[str, tuple[int, float]]:
        """By metric with a limit: the die that comes out worst, and its value there."""
        names, margins, found = self._owners(), self.margins(), {}
        for column, name in enumerate(names):
            measured = [die for die, metrics in enumerate(self.metrics) if name in metrics]
            if measured:
                die = min(measured, key=lambda die: margins[die, column])
                found[name] = (die, self.metrics[die][name])
        return found

    def costs(self) -> dict[str, float]:
        """By statistical parameter, most first: by how much the yield would rise if that one did not vary.

        Each margin is modelled as linear in the deviates, and a parameter's part taken out of what was measured, or of
        what the model says of a die that lacks the metric. Nothing where dies are too few for that.
        """
        known = [die for die, metrics in enumerate(self.metrics) if metrics]
        names = sorted({name for deviates in self.deviates for name in deviates})
        margins = self.margins()[known]
        measured = np.isfinite(margins)
        if not names or not margins.size or measured.sum(axis=0).min() <= len(names):
            return {}
        z = np.array([[self.deviates[die].get(name, 0.0) for name in names] for die in known])
        modelled = np.column_stack([np.ones(len(z)), z])
        fits = [np.linalg.lstsq(modelled[those], margins[those, i])[0] for i, those in enumerate(measured.T)]
        slopes = np.column_stack(fits)[1:]
        margins = np.where(measured, margins, modelled @ np.column_stack(fits))
        now = np.mean(np.all(margins >= 0, axis=1))
        without = {
            name: float(np.mean(np.all(margins - np.outer(z[:, i], slopes[i]) >= 0, axis=1)) - now)
            for i, name in enumerate(names)
        }
        return dict(sorted(without.items(), key=lambda item: -item[1]))

    def margins(self) -> Float[np.ndarray, "dies limits"]:
        """How far each die lies within each limit, as a share of it; minus infinity where there is no metric."""
        names = self._owners()
        rows = [
            np.where([name in metrics for name in names], -self.spec.G(metrics) if metrics else 0.0, -np.inf)
            for metrics in self.metrics
        ]
        return np.array(rows).reshape(len(rows), len(names))

    def _owners(self) -> list[str]:
        return [
            name
            for name, goal in self.spec.goals.items()
            for limit in (goal.minimum, goal.maximum)
            if limit is not None
        ]


def _yield(kept: Bool[np.ndarray, "dies"]) -> Yield:
    return Yield(int(np.sum(kept)), len(kept))
