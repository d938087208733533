"""What a Monte Carlo analysis says of a design: yield with its interval, worst dies, and what costs the most yield."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from genrf.core.spec import DesignSpec

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Yield:
    """Dies that keep a limit, of how many, with Wilson's interval at 95 % confidence."""

    passed: int
    dies: int

    @property
    def share(self) -> float:
        """The yield as found."""
        return self.passed / self.dies

    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of the true yield.

        Source: Wilson, J. American Statistical Association 22 (1927) 209.
        """
        from scipy.stats import binomtest

        found = binomtest(self.passed, self.dies).proportion_ci(_CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


@dataclass(frozen=True)
class Dies:
    """Metrics and deviates of many dies of one design; a die that could not be measured has no metrics and fails."""

    spec: DesignSpec
    metrics: Sequence[Mapping[str, float]]
    deviates: Sequence[Mapping[str, float]]

    def overall(self) -> Yield:
        """Dies that keep every limit."""
        return _yield(np.all(self.margins() >= 0, axis=1))

    def by_goal(self) -> dict[str, Yield]:
        """Dies that keep each goal's limits, by metric."""
        names, margins = self._owners(), self.margins()
        return {
            name: _yield(np.all(margins[:, [owner == name for owner in names]] >= 0, axis=1))
            for name in dict.fromkeys(names)
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

        Each margin is modelled as linear in the deviates, and a parameter's part taken out of what was measured.
        """
        measured = [die for die, metrics in enumerate(self.metrics) if metrics]
        names = sorted({name for deviates in self.deviates for name in deviates})
        if not names or len(measured) <= len(names):
            return {}
        z = np.array([[self.deviates[die].get(name, 0.0) for name in names] for die in measured])
        margins = self.margins()[measured]
        slopes = np.linalg.lstsq(np.column_stack([np.ones(len(z)), z]), margins, rcond=None)[0][1:]
        now = np.mean(np.all(margins >= 0, axis=1))
        without = {
            name: float(np.mean(np.all(margins - np.outer(z[:, i], slopes[i]) >= 0, axis=1)) - now)
            for i, name in enumerate(names)
        }
        return dict(sorted(without.items(), key=lambda item: -item[1]))

    def margins(self) -> Float[np.ndarray, "dies limits"]:
        """How far each die lies within each limit, as a share of it; minus infinity where there is no metric."""
        failed = np.full(len(self._owners()), -np.inf)
        rows = [-self.spec.G(metrics) if metrics else failed for metrics in self.metrics]
        return np.array(rows).reshape(len(rows), len(failed))

    def _owners(self) -> list[str]:
        return [
            name
            for name, goal in self.spec.goals.items()
            for limit in (goal.minimum, goal.maximum)
            if limit is not None
        ]


def _yield(kept: Bool[np.ndarray, "dies"]) -> Yield:
    return Yield(int(np.sum(kept)), len(kept))
