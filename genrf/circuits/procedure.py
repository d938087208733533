"""Measures that take more than one bench: noise parameters, intermodulation, compression."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

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
class Swept:
    """A number of a source that analyses are run for several `values` of, in V.

    `ampl`: the amplitude of its sine, `dc`: its level. In nutmeg, the lines `each` behind a run leave the numbers that
    are `kept` of it; over all runs these are vectors beside that of the `variable`, from which the lines `behind` and
    the formulas of measures go on. Without `kept` nutmeg has no words for it.
    """

    source: str
    parameter: Literal["ampl", "dc"]
    values: tuple[float, ...]
    each: str = ""
    kept: tuple[str, ...] = ()
    behind: str = ""

    @property
    def variable(self) -> str:
        """What it is called in a bench."""
        return f"{self.parameter}_{self.source}"

    def runs(self, analysis: str) -> tuple[str, ...]:
        """The names of an analysis by the values."""
        return tuple(f"{analysis}@{value!r}" for value in self.values)

    def at(self, setup: Setup, value: float) -> Setup:
        """The setup with the source at a value."""

        def changed(element: Element) -> Element:
            if element.name != self.source:
                return element
            if self.parameter == "dc":
                return element._replace(value=value)
            return element._replace(flags=re.sub(r"(sin\(\S+) \S+", rf"\1 {value!r}", element.flags))

        return setup.altered(lambda circuit: replace(circuit, elements=tuple(map(changed, circuit.elements))))


@dataclass(frozen=True)
class Settling:
    """When a transient of nutmeg's need not be longer: it is run until each of `stops` in turn, in s, `kept` s of it.

    The lines `settled` leave a number of that name behind each, which is not zero when that one was long enough.
    """

    stops: tuple[float, ...]
    kept: float
    settled: str


@dataclass(frozen=True)
class Counterpart:
    """What another simulator runs to find metrics of a procedure: the powered circuit with `around`, in one bench.

    The names of the analyses are no other procedure's, nor any bench's. They are run for each value of what is `swept`;
    measures then read their `Swept.runs`, and formulas in OCEAN's words families of waveforms. Where ngspice can tell
    that a transient is `settling`, no longer one is run.
    """

    around: tuple[Element, ...]
    analyses: Mapping[str, Analysis]
    measures: Mapping[str, Measure]
    swept: Swept | None = None
    settling: Settling | None = None

    def simulate(self, setup: Setup) -> Waveforms:
        """What the analyses give, by their names or those of their runs."""
        whole = setup.joined(self.around)
        if self.swept is None:
            return whole.simulate((), self.analyses)
        found = dict[str, Mapping[str, Any]]()
        for value in self.swept.values:
            one = self.swept.at(whole, value).simulate((), self.analyses)
            found |= {f"{name}@{value!r}": waves for name, waves in one.items()}
        return found


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

    def counterparts(self, band: tuple[float, float], measured: Mapping[str, float]) -> Sequence[Counterpart]:
        """The same of a design of which some metrics are known: where a level must be chosen, they say which."""
        found = self.counterpart(band)
        return [found] if found else []
