"""The test bench of a differential amplifier: that of any amplifier between ideal baluns, and its common mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from genrf.circuits.amplifier import AmplifierBench
from genrf.circuits.balun import balun
from genrf.circuits.bench import AbstractBench
from genrf.circuits.measure import COMMON_MODE, MEASURES, Z0, Measure
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Analysis, Sp
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

_MEASURES = {**MEASURES, **COMMON_MODE}


@dataclass(frozen=True)
class DifferentialBench(AbstractBench):
    """An `amplifier` bench before baluns at `inp inn` and `outp outn`, to which the circuit has one `in` and one `out`.

    So all that is measured of an amplifier is measured of the difference, in 100 ohm between the sides. The common mode
    lies between ports of its own, `inc` and `outc`; elsewhere it ends in 25 ohm without noise.
    """

    amplifier: AmplifierBench
    band: tuple[float, float]
    procedures: tuple[Procedure, ...]

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        amplifier = AmplifierBench.read(conditions, owner)
        return cls(amplifier, amplifier.band, amplifier.procedures)

    @property
    def given(self) -> Mapping[str, float]:
        return self.amplifier.given

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("inp", "inn", "outp", "outn")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return _MEASURES

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """Those of the amplifier, S-parameters with the two ports of the common mode."""
        return {
            name: replace(analysis, ports=4) if isinstance(analysis, Sp) else analysis
            for name, analysis in self.amplifier.analyses.items()
        }

    def strict(self) -> Self:
        amplifier = self.amplifier.strict()
        return replace(self, amplifier=amplifier, procedures=amplifier.procedures)

    def survey(self) -> Self:
        return replace(self, amplifier=self.amplifier.survey())

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """`circuit` with its baluns, supply and bias currents, and 50 ohm ports at `in out inc outc`."""
        port = "dc 0 ac 0 portnum {number} z0 {z0:g}"
        ports = (
            Element(f"v{net}", (net, GROUND), flags=port.format(number=number, z0=Z0))
            for number, net in enumerate(("inc", "outc"), 3)
        )
        return self.amplifier.around(_balanced(circuit), supply, references).joined(ports)

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        ends = (Element(f"r{net}", (net, GROUND), Z0, flags="noisy=0") for net in ("inc", "outc"))
        return super().powered(_balanced(circuit).joined(ends), supply, references)

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        return self.amplifier.curves(setup)

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        """Those of any amplifier, and the common mode."""
        from genrf.circuits.differential_figure import common_mode  # wanted only for the report

        drawn = [design for design in designs if design.curves]
        if not drawn:
            return []
        frequency = self.survey().amplifier.sweep().frequencies()
        return [*self.amplifier.panels(goals, drawn), common_mode(self.band, frequency, drawn)]


def _balanced(circuit: Netlist) -> Netlist:
    return circuit.joined((*balun("in"), *balun("out")))
