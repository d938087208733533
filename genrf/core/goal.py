"""One line of a spec: what is wanted of one metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from genrf.core.errors import ConfigError, choices
from genrf.core.units import engineering, quantity

Direction = Literal["minimize", "maximize"]
_GOAL_KEYS = ("min", "max", "objective")
_DIGITS = 6  # of a limit in words


@dataclass(frozen=True)
class Metric:
    """A number that a problem can measure: its unit and what it says in words."""

    unit: str
    description: str


@dataclass(frozen=True)
class Goal:
    """What is wanted of one metric: limits, and whether the search pushes it further."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None
    objective: Direction | None = None

    def __post_init__(self) -> None:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:
            raise ConfigError(
                f"goal {self.metric!r}: min must not exceed max, got min={low:g}, max={high:g} (swapped?)"
            )
        if self.objective not in (None, "minimize", "maximize"):
            raise ConfigError(f"goal {self.metric!r}: objective must be minimize or maximize, got {self.objective!r}")
        if low is None and high is None and self.objective is None:
            raise ConfigError(f"goal {self.metric!r} wants nothing; give min, max or objective")

    @classmethod
    def read(cls, metric: str, wanted: Mapping[str, Any]) -> Self:
        """The goal as yaml writes it: `{min: 15, objective: maximize}`."""
        for key in wanted:
            if key not in _GOAL_KEYS:
                raise ConfigError(f"goal {metric!r}: unknown key {key!r}; {choices(key, _GOAL_KEYS)}")
        low, high = (
            None if wanted.get(key) is None else quantity(wanted[key], f"goal {metric!r} {key}")
            for key in ("min", "max")
        )
        return cls(metric, low, high, wanted.get("objective"))

    def excess(self, value: float) -> list[float]:
        """How far `value` lies beyond each limit, as a share of the limit; at most 0 where the limit holds."""
        beyond = []
        if self.minimum is not None:
            beyond.append((self.minimum - value) / (abs(self.minimum) or 1.0))
        if self.maximum is not None:
            beyond.append((value - self.maximum) / (abs(self.maximum) or 1.0))
        return beyond

    def limits(self, unit: str = "") -> str:
        """The limits as a reader wants them, in the metric's `unit`: `>= 4.8 GHz and <= 5.2 GHz`."""
        parts = [f">= {engineering(self.minimum, unit, _DIGITS)}"] if self.minimum is not None else []
        parts += [f"<= {engineering(self.maximum, unit, _DIGITS)}"] if self.maximum is not None else []
        return " and ".join(parts)
