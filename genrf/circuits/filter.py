"""The test bench of a filter between two 50 ohm ports: S-parameters over the pass band and over each stop band.

A filter draws no supply, and its operating point says nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from genrf.circuits.bench import AbstractBench, check_keys, edges, ports, positive
from genrf.circuits.filter_measures import measures
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import Netlist
from genrf.circuits.procedure import Procedure
from genrf.circuits.testbench import Analysis, Grid, Sp
from genrf.core.errors import ConfigError
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

_KEYS = ("family", "band", "stop", "off_chip_q")
_DRAWN = 1500  # points of a figure and of an exported file

Band = tuple[float, float]


@dataclass(frozen=True)
class FilterBench(AbstractBench):
    """Conditions of the spec: the pass `band` and the `stop` bands in Hz, and the Q of coils on the board.

    Every grid holds both edges of its band, where a filter is at its worst. `verify` refines the grids, so that no
    narrow resonance of a part lies between two points; it does not widen the bands, which are what the spec asks for.
    """

    band: Band
    stop: tuple[Band, ...]
    off_chip_q: float
    band_points: int = 33
    stop_points: int = 97
    wide: Grid | None = None  # all bands and what lies between, for drawing
    procedures: tuple[Procedure, ...] = ()

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, _KEYS, owner)
        band = edges(conditions, "band", owner)
        return cls(band, _stop_bands(conditions, band, owner), positive(conditions, "off_chip_q", owner, "40"))

    @cached_property
    def given(self) -> dict[str, float]:
        """What topologies may draw: the Q of off-chip coils, and the frequencies in Hz where they have it.

        A band-pass takes the `centre` of the band, a low-pass its upper `edge`, where its loss is highest.
        """
        low, high = self.band
        return {"centre": (low * high) ** 0.5, "edge": high, "off_chip_q": self.off_chip_q}

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("in", "out")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return measures(self.passing(), tuple(self._stopping()))

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """What is run, by the name that measures know it under; `wide` is what the exporter of S-parameters writes."""
        wide = {"wide": Sp(self.wide)} if self.wide else {}
        return {"band": Sp(self.passing()), **self._stopping(), **wide}

    def passing(self) -> Grid:
        """The grid over the pass band."""
        return Grid("lin", self.band_points, *self.band)

    def _stopping(self) -> dict[str, Sp]:
        return {f"stop{n}": Sp(Grid("lin", self.stop_points, *one)) for n, one in enumerate(self.stop, start=1)}

    def strict(self) -> Self:
        return replace(self, band_points=201, stop_points=1001)

    def survey(self) -> Self:
        """The strict bench, and a sweep from half the lowest edge up to twice the highest."""
        bands = (self.band, *self.stop)
        low, high = 0.5 * min(low for low, _ in bands), 2.0 * max(high for _, high in bands)
        return replace(self.strict(), wide=Grid("dec", round(_DRAWN / math.log10(high / low)), low, high))

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with a 50 ohm port at `in` and at `out`."""
        return circuit.joined(ports())

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` as it is: it has no supply."""
        return circuit

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.filter_figure import panels  # wanted only for the report

        return panels(self, goals, designs)


def _stop_bands(conditions: Mapping[str, Any], band: Band, owner: str) -> tuple[Band, ...]:
    """The stop bands. Raises ConfigError when there is none, or when one reaches into the pass band."""
    given = conditions.get("stop")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ConfigError(
            f"spec {owner!r}: stop must be a list of bands, for example `stop: [[200M, 3G]]`; got {given!r}"
        )
    stop = tuple(edges({"stop": one if isinstance(one, list | tuple) else [one]}, "stop", owner) for one in given)
    for low, high in stop:
        if low < band[1] and band[0] < high:
            inside = f"{band[0]:g} to {band[1]:g} Hz"
            raise ConfigError(f"spec {owner!r}: the stop band {low:g} to {high:g} Hz reaches into the band {inside}")
    return stop
