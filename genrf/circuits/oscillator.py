"""The test bench of an oscillator: supply, bias and tuning voltage, and what is measured of the oscillation."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from genrf.circuits.bench import AbstractBench, check_keys, edges, positive
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.oscillation import Oscillation
from genrf.circuits.phase_noise import PhaseNoise
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup, Swept
from genrf.circuits.startup import Growth, Rest, StartUpMargin
from genrf.circuits.testbench import Analysis, Op
from genrf.core.errors import ConfigError
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric
from genrf.core.units import quantity

_KEYS = ("family", "band", "outputs", "tuning", "offset", "cycles")
_TUNE = "vtune"
_TUNED_RUN = "tuning"
_FEWEST = 30  # cycles: all that is looked at, and a few to begin with
_DRAWN = 200  # points of the period in the figure
_TUNED = 7  # tuning voltages in the figure, a transient each


@dataclass(frozen=True)
class OscillatorBench(AbstractBench):
    """Conditions of the spec: the band in Hz within which it may oscillate, the two nets between which it does, the
    lowest and highest tuning voltage in V, and the offset in Hz of the phase noise. `cycles` are the periods of the
    band's lower edge in the first transient, where an oscillator without a tank settles sooner.

    Everything but the tuning range is measured at the middle of the tuning voltages.
    """

    band: tuple[float, float]
    outputs: tuple[str, str]
    tuning: tuple[float, float]
    offset: float
    cycles: int = Oscillation.cycles
    points: int = 80  # per period of the band's upper edge

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, _KEYS, owner)
        outputs = [str(net) for net in conditions.get("outputs", ())]
        tuning = [quantity(v, f"spec {owner!r} tuning") for v in conditions.get("tuning", ())]
        if len(outputs) != 2:
            raise ConfigError(f"spec {owner!r}: outputs must be two nets, for example [outp, outn] or [out, 0]")
        if len(tuning) != 2 or not tuning[0] < tuning[1]:
            raise ConfigError(f"spec {owner!r}: tuning must be [low, high] in V, got {conditions.get('tuning')!r}")
        band = edges(conditions, "band", owner)
        cycles = conditions.get("cycles", Oscillation.cycles)
        if not isinstance(cycles, int) or cycles < _FEWEST:
            raise ConfigError(f"spec {owner!r}: cycles must be a whole number from {_FEWEST} on, got {cycles!r}")
        offset = positive(conditions, "offset", owner, "1M")
        return cls(band, (outputs[0], outputs[1]), (tuning[0], tuning[1]), offset, cycles)

    @cached_property
    def oscillation(self) -> Oscillation:
        """The transient that all measures share."""
        return Oscillation(*self.outputs, points=self.points, cycles=self.cycles)

    @property
    def procedures(self) -> tuple[Procedure, ...]:  # type: ignore[override]
        """In the order of what they cost."""
        return (
            Rest(), StartUpMargin(*self.outputs), Growth(), self.oscillation,
            TuningRange(self.oscillation, self.tuning), Merit(PhaseNoise(self.oscillation, self.offset)),
        )  # fmt: skip

    @property
    def terminals(self) -> tuple[str, ...]:
        return (*(net for net in self.outputs if net != GROUND), "tune")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return {}

    @property
    def analyses(self) -> Mapping[str, Analysis]:
        return {"op": Op(("vdd",))}

    def strict(self) -> Self:
        return replace(self, points=2 * self.points)

    def survey(self) -> Self:
        return self

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        tune = Element(_TUNE, ("tune", GROUND), sum(self.tuning) / 2)
        return super().powered(circuit, supply, references).joined((tune,))

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        return self.powered(circuit, supply, references)

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """One period of the differential output."""
        found = self.oscillation.settled(setup)
        time = np.linspace(0.0, found.period, _DRAWN, endpoint=False)
        return {"period": {"time": time, "output": self.oscillation.difference(found, _DRAWN)}}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.oscillator_figure import panels  # wanted only for the report

        return panels(self, goals, designs)


@dataclass(frozen=True)
class TuningRange(Procedure):
    """The frequencies at both ends of the tuning voltage."""

    oscillation: Oscillation
    tuning: tuple[float, float]

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "frequency_low_hz": Metric("Hz", "lower of the frequencies at both ends of the tuning voltage"),
            "frequency_high_hz": Metric("Hz", "higher of the frequencies at both ends of the tuning voltage"),
            "tuning_range": Metric("", "difference of both ends of the tuning voltage in frequency, over the mean"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        low, high = sorted(self._frequency(setup, voltage) for voltage in self.tuning)
        return {
            "frequency_low_hz": low,
            "frequency_high_hz": high,
            "tuning_range": _spread(low, high),
        }

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """The frequency over the tuning voltage."""
        voltages = np.linspace(*self.tuning, _TUNED)
        frequencies = [self._frequency(setup, voltage) for voltage in voltages.tolist()]
        return {"tuned": {"voltage": voltages, "frequency": np.array(frequencies)}}

    def counterpart(self, band: tuple[float, float]) -> Counterpart:
        """The oscillation's own at both ends of the tuning voltage."""
        own = self.oscillation.counterpart(band)
        ((name, tran),) = own.analyses.items()
        frequency = own.measures["frequency_hz"]
        each = frequency.nutmeg.replace("let result", "let tuned")
        swept = Swept(_TUNE, "dc", self.tuning, each, ("tuned",))
        ocean = frequency.ocean.replace(f"{name}.", f"{_TUNED_RUN}.").replace("result =", "tuned =")
        formulas = {
            "frequency_low_hz": ("ymin(tuned)", "vecmin(tuned)", lambda low, high: low, 1.0),
            "frequency_high_hz": ("ymax(tuned)", "vecmax(tuned)", lambda low, high: high, 1.0),
            "tuning_range": (
                "2*(ymax(tuned) - ymin(tuned))/(ymax(tuned) + ymin(tuned))",
                "2*(vecmax(tuned) - vecmin(tuned))/(vecmax(tuned) + vecmin(tuned))", _spread, 2.0,
            ),
        }  # fmt: skip

        def measure(
            metric: str, formula: str, nutmeg: str, of_both: Callable[[float, float], float], times: float
        ) -> Measure:
            return Measure(
                self.metrics[metric], swept.runs(_TUNED_RUN),
                lambda *found: of_both(*sorted(frequency.value(one) for one in found)),
                f"let result = {nutmeg}", f"{ocean}\nresult = {formula}", times * frequency.agreement,
            )  # fmt: skip

        measures = {metric: measure(metric, *said) for metric, said in formulas.items()}
        return Counterpart(own.around, {_TUNED_RUN: tran}, measures, swept, own.settling)

    def _frequency(self, setup: Setup, voltage: float) -> float:
        tuned = setup.altered(lambda circuit: _tuned(circuit, voltage))
        return self.oscillation.frequency(tuned, self.oscillation.settled(tuned))


def _spread(low: float, high: float) -> float:
    return 2.0 * (high - low) / (high + low)


def _tuned(circuit: Netlist, voltage: float) -> Netlist:
    """The circuit with another voltage at its tuning input."""
    elements = (one._replace(value=voltage) if one.name == _TUNE else one for one in circuit.elements)
    return replace(circuit, elements=tuple(elements))


@dataclass(frozen=True)
class Merit(Procedure):
    """Phase noise, and the figure of merit `-L + 20 log10(f0 / offset) - 10 log10(P / 1 mW)`.

    Source: Kinget, in Analog Circuit Design: (X)DSL and other communication systems, Kluwer 1999, 353.
    """

    noise: PhaseNoise

    @property
    def metrics(self) -> Mapping[str, Metric]:
        merit = Metric("dBc/Hz", "-L + 20 log10(frequency / offset) - 10 log10(power / 1 mW); 180 to 195 is usual")
        return {**self.noise.metrics, "fom_dbc_hz": merit}

    def measure(self, setup: Setup) -> dict[str, float]:
        found, own = self.noise.measure(setup), self.noise.oscillation.measure(setup)
        if not own["power_w"] > 0.0:
            raise NotMeasurable(f"fom_dbc_hz: power_w must be above 0, got {own['power_w']:g}: no current from `vdd`")
        share = 20.0 * math.log10(own["frequency_hz"] / self.noise.offset) - 10.0 * math.log10(own["power_w"] / 1e-3)
        return {**found, "fom_dbc_hz": share - found["phase_noise_dbc_hz"]}

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """What white noise and flicker of each element give at the spec's offset, as power ratios per hertz."""
        found = self.noise.sensitivity(setup).contributions(self.noise.offset)
        return {"phase_noise": {element: np.array(shares) for element, shares in found.items()}}
