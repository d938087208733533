"""Measures that take more than one bench: noise parameters, intermodulation, compression."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from genrf.circuits.measure import Measure
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.testbench import Analysis, Testbench, Waveforms
from genrf.core.errors import GenrfError
from genrf.core.spec import Metric


class NotMeasurable(GenrfError):
    """The circuit gives no number that could be defended; the message says why."""


@dataclass(frozen=True)
class Setup:
    """A circuit with its supply and bias, ports `in` and `out` open, at a temperature in degrees Celsius.

    `origin` is the same circuit with other numbers, of which `Testbench` says what it is for.
    """

    circuit: Netlist
    temperature: float
    band: tuple[float, float]
    engine: SPICEEngine
    origin: Netlist | None = None

    def simulate(self, around: Iterable[Element], analyses: Mapping[str, Analysis]) -> Waveforms:
        """What the analyses give with `around` at the ports."""
        whole = self.joined(around)
        return self.engine.simulate(Testbench(whole.circuit, analyses, self.temperature, whole.origin))

    def joined(self, more: Iterable[Element]) -> "Setup":
        """The circuit followed by more elements."""
        more = tuple(more)
        return self.altered(lambda circuit: circuit.joined(more))

    def altered(self, change: Callable[[Netlist], Netlist]) -> "Setup":
        """The circuit after a change, which its origin goes through too."""
        return replace(self, circuit=change(self.circuit), origin=self.origin and change(self.origin))


@dataclass(frozen=True)
class Counterpart:
    """What another simulator runs to find metrics of a procedure: the powered circuit with `around`, in one bench.

    The names of the analyses are no other procedure's, nor any bench's.
    """

    around: tuple[Element, ...]
    analyses: Mapping[str, Analysis]
    measures: Mapping[str, Measure]


class Procedure(ABC):
    """A way to measure some metrics of a two-port amplifier that costs more than one bench."""

    @property
    @abstractmethod
    def metrics(self) -> Mapping[str, Metric]:
        """What `measure` returns, with units."""

    @abstractmethod
    def measure(self, setup: Setup) -> dict[str, float]:
        """The metrics. Raises NotMeasurable when there is no number to defend, NoConvergence from the engine."""

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """What figures of these metrics want; nothing by default."""
        return {}

    def counterpart(self, band: tuple[float, float]) -> Counterpart | None:
        """How another simulator comes to these metrics, `band` in Hz being the setup's; None where it cannot."""
        return None
