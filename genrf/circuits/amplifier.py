"""The test bench of a two-port amplifier: what surrounds the circuit, and which analyses measure it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from genrf.circuits.compression import Compression
from genrf.circuits.intermodulation import TwoTone
from genrf.circuits.measure import MEASURES, Z0
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.noise_parameters import FourSources
from genrf.circuits.procedure import Procedure
from genrf.circuits.testbench import Analysis, Grid, Noise, Op, Sp, Testbench
from genrf.core.errors import ConfigError, choices
from genrf.core.spec import Metric
from genrf.core.units import quantity

_KEYS = ("family", "band", "stability", "off_chip_q")


@dataclass(frozen=True)
class AmplifierBench:
    """Conditions of the spec: the band in Hz, and the wide band over which the amplifier must be stable.

    The search uses coarse grids; `verify` refines them and goes an octave beyond the stability band, because a
    margin that holds only on the grid of the search is none.
    """

    band: tuple[float, float]
    stability: tuple[float, float]
    off_chip_q: float
    band_points: int = 3
    points_per_decade: int = 3
    procedures: tuple[Procedure, ...] = (FourSources(), TwoTone(), Compression())  # in the order of what they cost

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        """The bench that a spec's conditions ask for.

        Raises ConfigError for unknown or missing keys and for swapped edges.
        """
        for key in conditions:
            if key not in _KEYS:
                raise ConfigError(f"spec {owner!r}: unknown condition {key!r}; {choices(key, _KEYS)}")
        q = quantity(conditions.get("off_chip_q", 0.0), f"spec {owner!r} off_chip_q")
        return cls(_edges(conditions, "band", owner), _edges(conditions, "stability", owner), q)

    @cached_property
    def given(self) -> dict[str, float]:
        """What topologies may draw from the conditions: centre of the band in Hz, Q of off-chip inductors there."""
        return {"centre": (self.band[0] * self.band[1]) ** 0.5, "off_chip_q": self.off_chip_q}

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """All that this bench can measure."""
        small = {name: measure.metric for name, measure in MEASURES.items()}
        return small | {name: metric for procedure in self.procedures for name, metric in procedure.metrics.items()}

    def strict(self) -> Self:
        """The same bench on finer grids and a wider band."""
        low, high = self.stability
        return replace(self, stability=(low, 2.0 * high), band_points=41, points_per_decade=40)

    def survey(self) -> Self:
        """The same bench for drawing: a fine grid from a quarter of the band up to four times it."""
        return replace(
            self,
            stability=(self.band[0] / 4.0, self.band[1] * 4.0),
            band_points=41,
            points_per_decade=160,
        )

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with its supply and bias currents."""
        bias = (Element(f"i{net}", ("vdd", net), current) for net, current in references.items())
        return circuit.joined((Element("vsupply", ("vdd", GROUND), supply), *bias))

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with supply, bias currents and a 50 ohm port at `in` and `out`."""
        port = "dc 0 ac {ac} portnum {number} z0 {z0:g}"
        ports = (
            Element("vin", ("in", GROUND), flags=port.format(ac=1, number=1, z0=Z0)),
            Element("vout", ("out", GROUND), flags=port.format(ac=0, number=2, z0=Z0)),
        )
        return self.powered(circuit, supply, references).joined(ports)

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """What is run, by the name that measures know it under."""
        band = Grid("lin", self.band_points, *self.band)
        return {
            "band": Sp(band),
            "op": Op(("vdd", "vsupply#branch"), kept=True),
            "noise": Noise("out", "vin", band),
            "wide": Sp(self.sweep()),
        }

    def sweep(self) -> Grid:
        """The grid over the stability band."""
        return Grid("dec", self.points_per_decade, *self.stability)

    def testbench(
        self, circuit: Netlist, supply: float, references: Mapping[str, float], temperature: float
    ) -> Testbench:
        """The whole bench at a supply in V and a temperature in degrees Celsius."""
        return Testbench(self.around(circuit, supply, references), self.analyses, temperature)


def _edges(conditions: Mapping[str, Any], key: str, owner: str) -> tuple[float, float]:
    given = conditions.get(key)
    if given is None or len(given) != 2:
        raise ConfigError(f"spec {owner!r}: condition {key!r} must be [low, high] in Hz, got {given!r}")
    low, high = (quantity(edge, f"spec {owner!r} {key}") for edge in given)
    if not 0 < low < high:
        swapped = " (swapped?)" if low > high else ""
        raise ConfigError(f"spec {owner!r}: {key} must rise from above 0, got {low:g} to {high:g} Hz{swapped}")
    return low, high
