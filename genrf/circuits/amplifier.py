"""The test bench of a two-port amplifier: what surrounds the circuit, and which analyses measure it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from genrf.circuits.amplifier_noise import sources
from genrf.circuits.bench import AbstractBench, check_keys, edges, ports
from genrf.circuits.compression import Compression
from genrf.circuits.intermodulation import ConfirmedIntercept, Intercept, small_tones
from genrf.circuits.measure import MEASURES, Measure
from genrf.circuits.netlist import Netlist
from genrf.circuits.noise_parameters import FourSources
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Analysis, Grid, Noise, Op, Sp
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal
from genrf.core.units import quantity

_KEYS = ("family", "band", "stability", "off_chip_q")


@dataclass(frozen=True)
class AmplifierBench(AbstractBench):
    """Conditions of the spec: the band in Hz, and the wide band over which the amplifier must be stable.

    The search uses coarse grids; `verify` refines them and goes an octave beyond the stability band, because a
    margin that holds only on the grid of the search is none.
    """

    band: tuple[float, float]
    stability: tuple[float, float]
    off_chip_q: float
    band_points: int = 3
    points_per_decade: int = 3
    procedures: tuple[Procedure, ...] = (FourSources(), Intercept(), Compression())  # in the order of what they cost

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, _KEYS, owner)
        q = quantity(conditions.get("off_chip_q", 0.0), f"spec {owner!r} off_chip_q")
        return cls(edges(conditions, "band", owner), edges(conditions, "stability", owner), q)

    @cached_property
    def given(self) -> dict[str, float]:
        """What topologies may draw from the conditions: centre of the band in Hz, Q of off-chip inductors there."""
        return {"centre": (self.band[0] * self.band[1]) ** 0.5, "off_chip_q": self.off_chip_q}

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("in", "out")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return MEASURES

    def strict(self) -> Self:
        """The same bench on finer grids and a wider band, its intercept from transients."""
        low, high = self.stability
        procedures = (FourSources(), ConfirmedIntercept(), Compression())
        return replace(self, stability=(low, 2.0 * high), band_points=41, points_per_decade=40, procedures=procedures)

    def survey(self) -> Self:
        """The same bench for drawing: a fine grid from a quarter of the band up to four times it."""
        return replace(
            self,
            stability=(self.band[0] / 4.0, self.band[1] * 4.0),
            band_points=41,
            points_per_decade=160,
        )

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with supply, bias currents and a 50 ohm port at `in` and `out`."""
        return self.powered(circuit, supply, references).joined(ports())

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

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """At the centre of the band: noise parameters, the intercept of small tones, what noise comes from."""
        centre = self.given["centre"]
        found = FourSources().parameters(setup, Grid("lin", 1, centre, centre))
        parameters = {"f_min": found.f_min, "rn": found.rn, "y_opt": found.y_opt}
        drawn = {"small_tones": small_tones(setup), "noise_sources": sources(setup, centre)}
        return {"noise_parameters": parameters, **drawn}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.figures import panels  # wanted only for the report

        return panels(self, goals, designs)
