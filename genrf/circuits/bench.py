"""What surrounds a kind of circuit and measures it: the seam between sizing and the kinds (amplifier, op-amp, ...)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

from genrf.circuits.measure import Z0, Measure
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Analysis, Testbench
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric
from genrf.core.units import quantity


class AbstractBench(ABC):
    """The test bench of a kind of circuit, filled in by the conditions of a spec. A frozen dataclass.

    `band` in Hz is where procedures measure; they stand in the order of what they cost.
    """

    band: tuple[float, float]
    procedures: tuple[Procedure, ...]

    @classmethod
    @abstractmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        """The bench that a spec's conditions ask for. Raises ConfigError for unknown or missing keys."""

    @property
    @abstractmethod
    def terminals(self) -> tuple[str, ...]:
        """The nets of a circuit that this bench has something at, beside `vdd` and ground."""

    @property
    @abstractmethod
    def measures(self) -> Mapping[str, Measure]:
        """What is read from the analyses, by metric."""

    @property
    @abstractmethod
    def analyses(self) -> Mapping[str, Analysis]:
        """What is run, by the name that measures know it under."""

    @property
    def given(self) -> Mapping[str, float]:
        """What topologies may draw from the conditions, in SI units."""
        return {}

    @abstractmethod
    def strict(self) -> Self:
        """The same bench as the front is verified with: finer grids, wider bands."""

    @abstractmethod
    def survey(self) -> Self:
        """The same bench for drawing."""

    @abstractmethod
    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with all that it is measured in."""

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """What the figures cannot do without beside the waveforms of `survey`."""
        return {}

    def extras(self, setup: Setup) -> Mapping[str, Any]:
        """What figures of a chosen design want besides, at more cost than all else."""
        return {}

    @abstractmethod
    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        """The figures of all surveyed designs together."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """All that this bench can measure."""
        cheap = {name: measure.metric for name, measure in self.measures.items()}
        return cheap | {name: metric for procedure in self.procedures for name, metric in procedure.metrics.items()}

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with its supply and bias currents."""
        bias = (Element(f"i{net}", ("vdd", net), current) for net, current in references.items())
        return circuit.joined((Element("vsupply", ("vdd", GROUND), supply), *bias))

    def testbench(
        self, circuit: Netlist, supply: float, references: Mapping[str, float], temperature: float
    ) -> Testbench:
        """The whole bench at a supply in V and a temperature in degrees Celsius."""
        return Testbench(self.around(circuit, supply, references), self.analyses, temperature)


def ports() -> tuple[Element, Element]:
    """The 50 ohm ports of a two-port, 1 at `in` and 2 at `out`."""
    port = "dc 0 ac {ac} portnum {number} z0 {z0:g}"
    return (
        Element("vin", ("in", GROUND), flags=port.format(ac=1, number=1, z0=Z0)),
        Element("vout", ("out", GROUND), flags=port.format(ac=0, number=2, z0=Z0)),
    )


def check_keys(conditions: Mapping[str, Any], known: Sequence[str], owner: str) -> None:
    """Raise ConfigError for a condition that is not `known`."""
    for key in conditions:
        if key not in known:
            raise ConfigError(f"spec {owner!r}: unknown condition {key!r}; {choices(key, known)}")


def positive(conditions: Mapping[str, Any], key: str, owner: str, example: str) -> float:
    """A condition that must be there and above 0, in SI units. Raises ConfigError with an `example` otherwise."""
    if conditions.get(key) is None:
        raise ConfigError(f"spec {owner!r}: the condition {key!r} is missing, for example `{key}: {example}`")
    value = quantity(conditions[key], f"spec {owner!r} {key}")
    if not value > 0:
        raise ConfigError(f"spec {owner!r}: {key} must be above 0, got {value:g}")
    return value


def edges(conditions: Mapping[str, Any], key: str, owner: str) -> tuple[float, float]:
    """A condition `[low, high]` in Hz. Raises ConfigError when it does not rise from above 0."""
    given = conditions.get(key)
    if given is None or len(given) != 2:
        raise ConfigError(f"spec {owner!r}: condition {key!r} must be [low, high] in Hz, got {given!r}")
    low, high = (quantity(edge, f"spec {owner!r} {key}") for edge in given)
    if not 0 < low < high:
        swapped = " (swapped?)" if low > high else ""
        raise ConfigError(f"spec {owner!r}: {key} must rise from above 0, got {low:g} to {high:g} Hz{swapped}")
    return low, high
