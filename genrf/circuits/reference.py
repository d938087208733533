"""The test bench of a voltage reference: temperature, supply, noise, rejection, and whether it comes up at all.

A corner's temperature and supply are those of the operating point, the rejection and the noise; the sweep of the
temperature always covers the whole range, and that of the supply rises from zero to the end of its own range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from genrf.circuits.bench import AbstractBench, check_keys, edges, positive
from genrf.circuits.measure import Measure, decibel
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.ramp import StartUp
from genrf.circuits.startup import Damping
from genrf.circuits.testbench import Ac, Analysis, Dc, Grid, Noise, Op
from genrf.core.errors import ConfigError
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric
from genrf.core.units import quantity

_KEYS = ("family", "target", "temperatures", "supplies", "band", "noise_at", "load", "ramps", "duration")
_COLD = -273.15  # degrees Celsius
_WITHIN = 0.02  # of the target: a supply is high enough where the reference is so close to it

Wave = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ReferenceBench(AbstractBench):
    """Conditions of the spec: `target` in V, `temperatures` in degrees Celsius and `supplies` in V from low to high.

    `band` is where the supply's rejection is measured, `noise_at` the frequency of the noise, both in Hz; `load` in F
    hangs at the output. For start-up the supply rises within each of `ramps`, and `duration` follows, all in s.
    """

    target: float
    temperatures: tuple[float, float]
    supplies: tuple[float, float]
    band: tuple[float, float]
    noise_at: float
    load: float
    ramps: tuple[float, float]
    duration: float
    temperature_steps: int = 11
    supply_steps: int = 44
    points_per_decade: int = 4

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, _KEYS, owner)

        def given(key: str, example: str) -> float:
            return positive(conditions, key, owner, example)

        return cls(
            given("target", "500m"), _range(conditions, "temperatures", owner, "[-40, 125]", _COLD),
            _range(conditions, "supplies", owner, "[1.08, 1.32]", 0.0), edges(conditions, "band", owner),
            given("noise_at", "1k"), given("load", "1p"), _range(conditions, "ramps", owner, "[1u, 1m]", 0.0),
            given("duration", "200u"),
        )  # fmt: skip

    @property
    def procedures(self) -> tuple[Procedure, ...]:  # type: ignore[override]
        """The damping at the operating point, then the supply switched on, fast and slowly, cold and hot."""
        return (Damping(self.load), self.startup)

    @property
    def startup(self) -> StartUp:
        """How the supply is switched on."""
        return StartUp(self.target, self.load, self.temperatures, self.ramps, self.duration)

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("out",)

    @property
    def measures(self) -> Mapping[str, Measure]:
        return measures(self)

    def strict(self) -> Self:
        """Steps a third as wide."""
        return replace(self, temperature_steps=33, supply_steps=132, points_per_decade=12)

    def survey(self) -> Self:
        return self.strict()

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        return self.powered(circuit, supply, references).joined((Element("cload", ("out", GROUND), self.load),))

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """With a supply that a small signal is on; a reference biases itself."""
        return circuit.joined((Element("vsupply", ("vdd", GROUND), supply, flags="ac 1"),))

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        vectors = ("out", "vsupply#branch")
        return {
            "op": Op(("vdd", *vectors)),
            "temperature": Dc(vectors, "temp", *self._steps(*self.temperatures, self.temperature_steps)),
            "supply": Dc(vectors, "vsupply", *self._steps(0.0, self.supplies[1], self.supply_steps)),
            "rejection": Ac(("out",), Grid("dec", self.points_per_decade, *self.band)),
            "noise": Noise(
                "out", "vsupply", Grid("lin", 3, self.noise_at, 1.001 * self.noise_at),  # one is no plot
                ("onoise_spectrum",),
            ),
        }  # fmt: skip

    @staticmethod
    def _steps(low: float, high: float, count: int) -> tuple[float, float, float]:
        return low, high, (high - low) / count

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """The slowest start at either end of the temperatures."""
        return {"startup": self.startup.slowest(setup)}

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.reference_figure import panels

        return panels(self.survey(), designs)


def _range(conditions: Mapping[str, Any], key: str, owner: str, example: str, least: float) -> tuple[float, float]:
    """A condition `[low, high]`, above `least`. Raises ConfigError when it does not rise."""
    given = conditions.get(key)
    if not isinstance(given, Sequence) or len(given) != 2:
        raise ConfigError(f"spec {owner!r}: condition {key!r} must be [low, high], for example `{key}: {example}`")
    low, high = (quantity(end, f"spec {owner!r} {key}") for end in given)
    if not least < low < high:
        swapped = " (swapped?)" if low > high else ""
        raise ConfigError(f"spec {owner!r}: {key} must rise from above {least:g}, got {low:g} to {high:g}{swapped}")
    return low, high


def box(voltage: Float[np.ndarray, "n"], span: float) -> float:
    """Temperature coefficient in 1e-6/K by the box method: highest less lowest over the mean and `span` in K."""
    return float(1e6 * np.ptp(voltage) / (max(abs(float(voltage.mean())), 1e-12) * span))


def regulation(op: Wave, supply: Wave, grid: Float[np.ndarray, "n"], supplies: tuple[float, float]) -> float:
    """Change of the reference in V over the range of its supply, per V of it.

    The operating point counts as one more point of the curve: a circuit that a slow supply leaves without current,
    whatever Newton's iteration found elsewhere, has not regulated anything.
    """
    low, high = supplies
    kept = np.append(supply["out"][grid >= low * (1.0 - 1e-9)], [np.interp(low, grid, supply["out"]), op["out"][0]])
    return float(np.ptp(kept) / (high - low))


def minimum_supply(
    voltage: Float[np.ndarray, "n"], grid: Float[np.ndarray, "n"], target: float, within: float = _WITHIN
) -> float:
    """The supply in V from which on a reference, whose supply rises slowly from zero, stays by its target.

    One that never gets there is given the end of the sweep and as many times more as it misses the target there.
    """
    missed = np.abs(voltage / target - 1.0)
    if missed[-1] > within:
        return float(grid[-1] * (1.0 + missed[-1]))
    away = np.flatnonzero(missed > within)
    if not len(away):
        return float(grid[0])
    at = int(away[-1])
    return float(np.interp(within, [missed[at + 1], missed[at]], [grid[at + 1], grid[at]]))


def _regulation(supplies: tuple[float, float]) -> str:
    """`regulation` in OCEAN's words."""
    low, high = supplies
    return (
        f"kept = clip(supply.out {low!r} {high!r})\n"
        f"result = (max(ymax(kept) op.out) - min(ymin(kept) op.out))/{high - low!r}"
    )


def _regulation_nutmeg(supplies: tuple[float, float]) -> str:
    """The same in nutmeg: outside the range of supplies stands the operating point, but once what is at its end."""
    low, high = supplies
    return (
        "let supplied = v(vdd)\nlet reference = v(out)\nlet at = 1\n"
        f"while supplied[at] lt {low * (1.0 - 1e-9)!r}\nlet at = at + 1\nend\n"  # `meas` would keep seven digits
        f"let share = ({low!r} - supplied[at-1])/(supplied[at] - supplied[at-1])\n"
        f"let kept = op.out + (supplied ge {low * (1.0 - 1e-9)!r})*(reference - op.out)\n"
        "let kept[0] = reference[at-1] + share*(reference[at] - reference[at-1])\n"
        f"let result = (vecmax(kept) - vecmin(kept))/{high - low!r}"
    )


def _box(temperatures: tuple[float, float], steps: int) -> str:
    """`box` in OCEAN's words, whose average is of the lines between points; from it, the mean of the points."""
    low, high = temperatures
    within = 1e-9 * (high - low)  # a sweep may end a rounding before its stop
    return (
        f"ends = value(temperature.out {low + within!r}) + value(temperature.out {high - within!r})\n"
        f"mean = ({steps}*average(temperature.out) + ends/2)/{steps + 1}\n"
        f"result = 1e6*(ymax(temperature.out) - ymin(temperature.out))/mean/{high - low!r}"
    )


def _minimum_supply(grid: Float[np.ndarray, "n"], target: float) -> str:
    """`minimum_supply` in OCEAN's words."""
    last = float(grid[-1])
    inside = last * (1.0 - 1e-9)  # a sweep may end a rounding before its stop
    return (
        f"missed = abs(supply.out/{target!r} - 1)\n"
        f"end = value(missed {inside!r})\n"
        f"result = if(end > {_WITHIN!r} {last!r}*(1 + end) cross(missed {_WITHIN!r} -1 'falling))"
    )


def _minimum_supply_nutmeg(grid: Float[np.ndarray, "n"], target: float) -> str:
    """The same in nutmeg."""
    last = float(grid[-1])
    return (
        f"let missed = abs(v(out)/{target!r} - 1)\n"
        f"let result = {last!r}*(1 + missed[length(missed)-1])\n"
        f"if missed[length(missed)-1] le {_WITHIN!r}\n"
        f"meas dc result when missed={_WITHIN!r} fall=last\nend"
    )


def measures(bench: ReferenceBench) -> Mapping[str, Measure]:
    """What is read from the analyses of a bench."""
    low, high = bench.temperatures
    sweep = bench.analyses["supply"]
    assert isinstance(sweep, Dc)
    grid, target = sweep.points(), bench.target
    return {
        "vref_v": Measure(
            Metric("V", "reference voltage"), ("op",), lambda op: float(op["out"][0]), "let result = v(out)"
        ),
        "vref_error": Measure(
            Metric("", "distance of the reference from its target, as a share of that"), ("op",),
            lambda op: float(abs(op["out"][0] / target - 1.0)), f"let result = abs(v(out)/{target!r} - 1)",
        ),
        "tc_ppm_k": Measure(
            Metric("ppm/K", "temperature coefficient by the box method, over the whole range of temperatures"),
            ("temperature",), lambda dc: box(dc["out"], high - low),
            f"let result = 1e6*(vecmax(v(out)) - vecmin(v(out)))/mean(v(out))/{high - low!r}",
            _box(bench.temperatures, bench.temperature_steps),
        ),
        "supply_current_a": Measure(
            Metric("A", "highest current from the supply over the range of temperatures"), ("temperature",),
            lambda dc: float((-dc["vsupply#branch"]).max()), "let result = vecmax(-vsupply#branch)",
        ),
        "power_w": Measure(
            Metric("W", "power drawn from the supply"), ("op",),
            lambda op: float(-op["vdd"][0] * op["vsupply#branch"][0]), "let result = -v(vdd)*vsupply#branch",
        ),
        "line_regulation_v_v": Measure(
            Metric("V/V", "change of the reference over the range of its supply, which rises slowly from zero"),
            ("op", "supply"), lambda op, dc: regulation(op, dc, grid, bench.supplies),
            _regulation_nutmeg(bench.supplies), _regulation(bench.supplies),
        ),
        "minimum_supply_v": Measure(
            Metric("V", f"supply, rising slowly from zero, from which the reference stays {_WITHIN:.0%} by its target"),
            ("supply",), lambda dc: minimum_supply(dc["out"], grid, target),
            _minimum_supply_nutmeg(grid, target), _minimum_supply(grid, target),
        ),
        "psrr_db": Measure(
            Metric("dB", "supply over reference, small signals, at the lower edge of the band"), ("rejection",),
            lambda ac: float(-decibel(ac["out"][:1])[0]), "let result = -db(v(out)[0])",
            f"result = -value(dB20(rejection.out) {bench.band[0]!r})",
        ),
        "psrr_worst_db": Measure(
            Metric("dB", "supply over reference, small signals, at its lowest in the band"), ("rejection",),
            lambda ac: float(-decibel(ac["out"]).max()), "let result = -vecmax(db(v(out)))",
        ),
        "noise_v_rthz": Measure(
            Metric("V/sqrt(Hz)", "noise of the reference, at one frequency"), ("noise",),
            lambda noise: float(noise["onoise_spectrum"].max()), "let result = vecmax(onoise_spectrum)",
        ),
    }  # fmt: skip
