"""The test bench of a power amplifier: small signals as of any amplifier, and one tone up to saturation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from genrf.circuits.amplifier import AmplifierBench
from genrf.circuits.bench import AbstractBench
from genrf.circuits.drive import DriveSweep
from genrf.circuits.measure import MEASURES, Measure
from genrf.circuits.netlist import Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.testbench import Analysis
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal

_MEASURES = {name: measure for name, measure in MEASURES.items() if "noise" not in measure.analyses}


@dataclass(frozen=True)
class PowerAmplifierBench(AbstractBench):
    """An `amplifier` bench without its noise, and a sweep of the drive. `power_w` is what it draws without a tone."""

    amplifier: AmplifierBench
    band: tuple[float, float]
    procedures: tuple[Procedure, ...] = (DriveSweep(),)

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        amplifier = AmplifierBench.read(conditions, owner)
        return cls(amplifier, amplifier.band)

    @property
    def given(self) -> Mapping[str, float]:
        return self.amplifier.given

    @property
    def terminals(self) -> tuple[str, ...]:
        return self.amplifier.terminals

    @property
    def measures(self) -> Mapping[str, Measure]:
        return _MEASURES

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """What is run, by the name that measures know it under."""
        return {name: analysis for name, analysis in self.amplifier.analyses.items() if name != "noise"}

    def strict(self) -> Self:
        return replace(self, amplifier=self.amplifier.strict())

    def survey(self) -> Self:
        return replace(self, amplifier=self.amplifier.survey())

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        return self.amplifier.around(circuit, supply, references)

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """The sweep of the drive, from small signals on."""
        return {"drive": DriveSweep().curve(setup)}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.drive_figure import panels  # wanted only for the report

        return panels(self.amplifier, goals, designs)
