"""The test bench of a down-converting mixer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from genrf.circuits.bench import AbstractBench, check_keys, positive
from genrf.circuits.conversion import Conversion
from genrf.circuits.measure import MEASURES, Measure
from genrf.circuits.mixer_intermodulation import ConfirmedMixedIntercept, MixedIntercept, MixedTwoTone
from genrf.circuits.mixer_ports import MixerPorts, Oscillator, check_multiple
from genrf.circuits.netlist import Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Analysis, Op
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric
from genrf.core.units import quantity

_EXAMPLES = {"lo": "2.4G", "if": "60M", "lo_level": "0.8", "load": "1k"}
_NUMBERS = ("lo_dbm", "balun_db", "balun_deg")
_DRAWN_DBM = -25.0
_SWEPT, _POINTS = (0.03, 3.0), 13  # intermediate frequencies over that of the spec in the figure


@dataclass(frozen=True)
class MixerBench(AbstractBench):
    """Conditions of the spec: those of its ports, called `lo if lo_dbm lo_level load balun_db balun_deg`.

    The operating point is that of an oscillator at rest; all else takes transients.
    """

    ports: MixerPorts
    band: tuple[float, float]
    procedures: tuple[Procedure, ...]

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, ("family", *_EXAMPLES, *_NUMBERS), owner)
        lo, intermediate, level, load = (positive(conditions, key, owner, text) for key, text in _EXAMPLES.items())
        power, db, degrees = (quantity(conditions.get(key, 0.0), f"spec {owner!r} {key}") for key in _NUMBERS)
        check_multiple(lo, intermediate, owner)
        ports = MixerPorts(Oscillator(lo, power, level, db, degrees), intermediate, load)
        return cls(ports, (lo, lo + 2.0 * intermediate), (Conversion(ports), MixedIntercept(ports)))

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("inp", "inn", "lop", "lon", "outp", "outn")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return {"rest_w": rest()}

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        return {"op": Op(("vdd", "vsupply#branch"))}

    def strict(self) -> Self:
        """The same bench, its intercept from transients."""
        return replace(self, procedures=(Conversion(self.ports), ConfirmedMixedIntercept(self.ports)))

    def survey(self) -> Self:
        return self

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with supply, bias currents and its ports, without a tone."""
        return self.powered(circuit, supply, references).joined(self.ports.driven((), 0.0))

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """The spectrum of two tones."""
        found = MixedTwoTone(self.ports).spectrum(setup, _DRAWN_DBM)
        return {"spectrum": {"multiple": np.array([*found]), "amplitude": np.array([*found.values()])}}

    def extras(self, setup: Setup) -> Mapping[str, Any]:
        """Gain and noise figures over the intermediate frequency, and which elements noise comes from."""
        conversion = Conversion(self.ports)
        frequency = np.geomspace(*_SWEPT, _POINTS) * self.ports.intermediate
        frequency = frequency[frequency < self.ports.lo / 2.0]  # beyond, sidebands of two harmonics cross
        sources = {element: np.array([power]) for element, power in conversion.sources(setup).items()}
        return {"conversion": {"frequency": frequency, **conversion.swept(setup, frequency)}, "noise": sources}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.mixer_figure import panels  # wanted only for the report

        return panels(self.ports, _DRAWN_DBM, goals, designs)


def rest() -> Measure:
    """The power drawn with the oscillator at rest, which an operating point tells."""
    text = "power drawn from the supply, the local oscillator at rest"
    return replace(MEASURES["power_w"], metric=Metric("W", text))
