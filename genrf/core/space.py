"""The variables of a search and their images in the unit cube, where every optimizer works."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.core.errors import ConfigError


class AbstractVariable(ABC):
    """One variable: a name, a unit, and a monotone map from [0, 1] to its values."""

    name: str
    unit: str

    @abstractmethod
    def decode(self, u: float) -> float:
        """The value at `u` in [0, 1]; values outside are clipped."""

    @abstractmethod
    def encode(self, value: float) -> float:
        """The `u` that decodes to `value`; for an integer, the middle of its share of [0, 1]."""

    @abstractmethod
    def nearest(self, value: float) -> float:
        """The value of this variable that is nearest to `value`."""

    @property
    def values(self) -> tuple[float, ...]:
        """All its values, rising, where they can be counted; none of a real variable."""
        return ()


@dataclass(frozen=True)
class Real(AbstractVariable):
    """A real variable in [low, high], in SI units, on a logarithmic scale if `log`."""

    name: str
    low: float
    high: float
    unit: str = ""
    log: bool = False

    def __post_init__(self) -> None:
        _check_bounds("Real", self.name, self.low, self.high, self.log)

    def decode(self, u: float) -> float:
        u = min(max(u, 0.0), 1.0)
        if self.log:
            return float(min(max(self.low * (self.high / self.low) ** u, self.low), self.high))
        return self.low + (self.high - self.low) * u

    def encode(self, value: float) -> float:
        if self.log:
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)

    def nearest(self, value: float) -> float:
        return float(min(max(value, self.low), self.high))


@dataclass(frozen=True)
class Integer(AbstractVariable):
    """A whole number in [low, high]; each value owns an interval of [0, 1], equal ones unless `log`."""

    name: str
    low: int
    high: int
    unit: str = ""
    log: bool = False

    def __post_init__(self) -> None:
        _check_bounds("Integer", self.name, self.low, self.high, self.log)

    def decode(self, u: float) -> float:
        value = round(self._line().decode(u))
        return float(min(max(value, self.low), self.high))

    def encode(self, value: float) -> float:
        return self._line().encode(value)

    def nearest(self, value: float) -> float:
        return float(min(max(round(value), self.low), self.high))

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(float(value) for value in range(self.low, self.high + 1))

    def _line(self) -> Real:
        # half a step beyond both ends, so that the outermost values are as likely as the others
        return Real(self.name, self.low - 0.5, self.high + 0.5, log=self.log)


@dataclass(frozen=True)
class Choice(AbstractVariable):
    """One of a few values in rising order; each owns an equal interval of [0, 1]."""

    name: str
    options: tuple[float, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.options or list(self.options) != sorted(set(self.options)):
            raise ConfigError(f"Choice {self.name!r}: options must rise, got {list(self.options)}")

    def decode(self, u: float) -> float:
        place = int(u * len(self.options))
        return float(self.options[min(max(place, 0), len(self.options) - 1)])

    def encode(self, value: float) -> float:
        return (self.options.index(value) + 0.5) / len(self.options)

    def nearest(self, value: float) -> float:
        return float(min(self.options, key=lambda option: abs(option - value)))

    @property
    def values(self) -> tuple[float, ...]:
        return self.options


@dataclass(frozen=True)
class Space:
    """The variables of one structure, in a fixed order."""

    variables: tuple[AbstractVariable, ...]

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"Space: variable {name!r} is there twice")

    def __len__(self) -> int:
        return len(self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names, in order."""
        return tuple(variable.name for variable in self.variables)

    def decode(self, u: Float[np.ndarray, "d"]) -> dict[str, float]:
        """The values at the point `u` of the unit cube."""
        return {variable.name: variable.decode(float(x)) for variable, x in zip(self.variables, u, strict=True)}

    def encode(self, values: Mapping[str, float]) -> Float[np.ndarray, "d"]:
        """The point of the unit cube that decodes to `values`."""
        return np.array([variable.encode(values[variable.name]) for variable in self.variables])

    def nearest(self, values: Mapping[str, float]) -> dict[str, float]:
        """The values of these variables that are nearest to `values`."""
        return {variable.name: variable.nearest(values[variable.name]) for variable in self.variables}

    def decode_all(self, U: Float[np.ndarray, "n d"]) -> list[dict[str, float]]:
        """One set of values per row of `U`."""
        return [self.decode(u) for u in U]


def _check_bounds(kind: str, name: str, low: float, high: float, log: bool) -> None:
    if not low < high:
        swapped = " (swapped?)" if low > high else ""
        raise ConfigError(f"{kind} {name!r}: low must be below high, got low={low:g}, high={high:g}{swapped}")
    if log and low <= 0:
        raise ConfigError(f"{kind} {name!r}: a logarithmic scale needs low above 0, got low={low:g}")
