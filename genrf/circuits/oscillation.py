"""Measures of an oscillator from its transient: whether it starts and settles, frequency, swing and power."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from genrf.circuits.measure import Measure
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Settling, Setup
from genrf.circuits.testbench import Tran
from genrf.core.spec import Metric

_KEPT = 24  # periods of the band's lower edge that are looked at
_LONGEST = 8  # times the transient is doubled in length at most, as a factor
_DEAD = 1e-3  # V: a differential swing below it is no oscillation
_ABSTOL = 1e-12  # A, as ngspice has it by default
_CREEP = 2e-3  # of swing and power beside a bias that settles slowly; 1e-3 was seen
_SUPPLY = ("vdd", "vsupply#branch")
_FEWEST = 40  # points per period below which the waveform is not resolved


@dataclass(frozen=True)
class Settled:
    """The end of a transient: `time` in s, waveforms by vector, `period` in s, and an upward crossing in s."""

    time: Float[np.ndarray, "n"]
    waves: Mapping[str, Float[np.ndarray, "n"]]
    period: float
    crossing: float

    def sampled(self, vector: str, samples: int) -> Float[np.ndarray, "n"]:
        """One period of a waveform at even phases, the first where the differential output crosses upwards."""
        return np.asarray(CubicSpline(self.time, self.waves[vector])(self.crossing + self._phases(samples)))

    def _phases(self, samples: int) -> Float[np.ndarray, "n"]:
        return np.arange(samples) * (self.period / samples)


@dataclass(frozen=True)
class Oscillation(Procedure):
    """The settled oscillation between two nets, one of which may be ground, its frequency within the setup's band.

    A pulse of `kick` A for a quarter of a period at the band's upper edge takes it out of its unstable operating point;
    an oscillator that needs a greater one does not start. The time step is a share `1/points` of the same period. The
    trapezoidal rule lowers the frequency by a share (2 pi / points per period)^2 / 12, which is put right for a
    sine; of the harmonics' own share nothing is known.
    The transient is doubled in length until swing and period repeat within `drift`.
    """

    positive: str
    negative: str
    kick: float = 1e-4
    points: int = 100
    cycles: int = 100  # of the band's lower edge, at first
    drift: float = 2e-4

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "frequency_hz": Metric("Hz", "frequency of the settled oscillation"),
            "swing_v": Metric("V", "differential swing, from peak to peak"),
            "power_w": Metric("W", "mean power drawn from the supply while it oscillates, bias reference included"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        found = self.settled(setup, _SUPPLY)
        return {
            "frequency_hz": self.frequency(setup, found),
            "swing_v": float(np.ptp(self.difference(found, 10 * self.points))),
            "power_w": self._power(found),
        }

    def frequency(self, setup: Setup, found: Settled) -> float:
        """In Hz, put right for the trapezoidal rule: a resonance at w is computed at 2/h atan(w h / 2)."""
        half = 0.5 * self.step(setup)
        return math.tan(2.0 * math.pi / found.period * half) / half / (2.0 * math.pi)

    def difference(self, found: Settled, samples: int) -> Float[np.ndarray, "n"]:
        """One period of the differential output in V at even phases."""
        return np.asarray(found.sampled(self.positive, samples) - found.sampled(self.negative, samples))

    def step(self, setup: Setup) -> float:
        """The time step in s."""
        return self._step(setup.band)

    def _step(self, band: tuple[float, float]) -> float:
        return 1.0 / (self.points * band[1])

    def settled(self, setup: Setup, vectors: tuple[str, ...] = ()) -> Settled:
        """The settled end of the transient, with further vectors.

        Raises NotMeasurable when it does not start, does not settle, or oscillates outside what the steps resolve.
        """
        wanted = tuple(
            name for name in dict.fromkeys(("time", self.positive, self.negative, *vectors)) if name != GROUND
        )
        for cycles in self._lengths():
            found = self._transient(setup, wanted, cycles)
            difference = found[self.positive] - found[self.negative]
            self._check_alive(difference, cycles)
            crossings = upward(found["time"], difference)
            self._check_resolved(crossings, setup)
            if repeats(found["time"], difference, crossings, self.drift):
                return Settled(found["time"], found, _period(crossings), float(crossings[-2]))
        raise NotMeasurable(f"frequency_hz: the oscillation has not settled after {cycles} periods")

    def _lengths(self) -> Iterator[int]:
        factor = 1
        while factor <= _LONGEST:
            yield self.cycles * factor
            factor *= 2

    def _transient(self, setup: Setup, wanted: tuple[str, ...], cycles: int) -> Mapping[str, Float[np.ndarray, "n"]]:
        tran = self._tran(setup.band, wanted, cycles)
        found = setup.simulate([self._kicked(setup.band)], {"tran": tran})["tran"]
        return {**found, GROUND: np.zeros_like(found["time"])}

    def _tran(self, band: tuple[float, float], wanted: tuple[str, ...], cycles: int) -> Tran:
        stop = cycles / band[0]
        return Tran(wanted, self._step(band), stop, stop - _KEPT / band[0], _ABSTOL)

    def _kicked(self, band: tuple[float, float]) -> Element:
        edge = self._step(band)
        pulse = f"dc 0 pulse(0 {self.kick!r} {edge!r} {edge!r} {edge!r} {0.25 / band[1]!r} 1)"
        return Element("ikick", (self.negative, self.positive), flags=pulse)

    def counterpart(self, band: tuple[float, float]) -> Counterpart:
        """The longest transient, for no simulator of a file waits until it has settled.

        OCEAN and nutmeg take the mean over the periods at its end, without what puts the frequency right for the
        trapezoidal rule, the greatest and the least point for the swing, and the mean power of whole periods. From a
        period and a swing that repeat within `drift` these differ by `drift`, by (2 pi / points)^2 / 12 for the rule,
        and by at most (pi / points)^2 / 2 of an extremum that lies between two points. Swing and power may differ by
        more: `drift` bounds what they change within the periods that are looked at. Where the bias settles slower than
        these last, they have several times as far to go.
        """
        vectors = tuple(net for net in (self.positive, self.negative) if net != GROUND)
        analyses = {"oscillation": self._tran(band, ("time", *vectors, *_SUPPLY), self.cycles * _LONGEST)}
        agreement = self.drift + (2.0 * math.pi / self.points) ** 2 / 12.0 + (math.pi / self.points) ** 2 / 2.0
        creeping = max(agreement, _CREEP)
        measures = {
            name: Measure(metric, ("oscillation",), value, nutmeg, ocean, within)
            for (name, metric), value, nutmeg, ocean, within in zip(
                self.metrics.items(), self._values(), self._nutmeg(), self._ocean(), (agreement, creeping, creeping),
                strict=True,
            )
        }  # fmt: skip
        return Counterpart((self._kicked(band),), analyses, measures, settling=self._settling(band))

    def _settling(self, band: tuple[float, float]) -> Settling:
        """As `repeats`: the energy of the first and the last eight periods, and the period of the first and of all."""
        last = "when about=0 rise=last"
        settled = (
            f"{self._about()}let energy = integ(about^2)\n"
            "meas tran eight trig about val=0 rise=1 targ about val=0 rise=9\n"
            "meas tran whole trig about val=0 rise=1 targ about val=0 rise=last\n"
            "meas tran first find energy when about=0 rise=1\nmeas tran ninth find energy when about=0 rise=9\n"
            f"meas tran late {last}\nmeas tran end find energy {last}\n"
            "let eighth = late - eight\nmeas tran before find energy at=$&eighth\n"
            "let periods = floor(8*whole/eight + 0.5)\n"
            f"let same_swing = abs((end - before)/(ninth - first) - 1) lt {2.0 * self.drift!r}\n"
            f"let same_period = abs(8*whole/eight/periods - 1) lt {self.drift / 2.0!r}\n"
            "let settled = same_swing & same_period"
        )
        return Settling(tuple(cycles / band[0] for cycles in self._lengths()), _KEPT / band[0], settled)

    def _values(self) -> tuple[Callable[[Mapping[str, np.ndarray]], float], ...]:
        """Frequency, swing and power of the end of a transient, the frequency as it is there."""

        def ended(found: Mapping[str, np.ndarray]) -> Settled:
            waves = {**found, GROUND: np.zeros_like(found["time"])}
            crossings = upward(found["time"], waves[self.positive] - waves[self.negative])
            return Settled(found["time"], waves, _period(crossings), float(crossings[-2]))

        return (
            lambda found: 1.0 / ended(found).period,
            lambda found: float(np.ptp(self.difference(ended(found), 10 * self.points))),
            lambda found: self._power(ended(found)),
        )

    def _power(self, found: Settled) -> float:
        volts, amperes = (found.sampled(vector, self.points) for vector in _SUPPLY)
        return float(-np.mean(volts * amperes))

    def _ocean(self) -> tuple[str, str, str]:
        nets = (f"oscillation.{net}" for net in (self.positive, self.negative) if net != GROUND)
        wave = f"wave = {' - '.join(nets) if self.positive != GROUND else '-' + next(nets)}\n"
        power = "oscillation.vdd*oscillation.vsupply#branch"
        whole = " ".join(f"cross(wave middle {number} 'rising)" for number in (1, _KEPT // 2))
        return (
            f"{wave}result = frequency(wave)",
            f"{wave}result = ymax(wave) - ymin(wave)",
            f"{wave}middle = (ymax(wave) + ymin(wave))/2\nresult = -average(clip({power} {whole}))",
        )

    def _nutmeg(self) -> tuple[str, str, str]:
        """The same in nutmeg."""
        wave, last = self._wave(), _KEPT // 2
        span = f"{self._about()}meas tran span trig about val=0 rise=1 targ about val=0 rise={last}\n"
        return (
            f"{span}let result = {last - 1}/span",
            f"{wave}let result = vecmax(wave) - vecmin(wave)",
            f"{span}let energy = integ(-v(vdd)*vsupply#branch)\n"
            "meas tran before find energy when about=0 rise=1\n"
            f"meas tran after find energy when about=0 rise={last}\nlet result = (after - before)/span",
        )

    def _wave(self) -> str:
        nets = (f"v({net})" for net in (self.positive, self.negative) if net != GROUND)
        return f"let wave = {' - '.join(nets) if self.positive != GROUND else '-' + next(nets)}\n"

    def _about(self) -> str:
        """The wave, and what it is above the middle of its range."""
        return f"{self._wave()}let about = wave - (vecmax(wave) + vecmin(wave))/2\n"

    def _check_alive(self, difference: Float[np.ndarray, "n"], cycles: int) -> None:
        middle = len(difference) // 2
        early, late = float(np.ptp(difference[:middle])), float(np.ptp(difference[middle:]))
        if late < _DEAD and (late <= early or cycles >= self.cycles * _LONGEST):
            raise NotMeasurable(f"frequency_hz: no oscillation, {late:.2g} V are left after {cycles} periods")

    def _check_resolved(self, crossings: Float[np.ndarray, "k"], setup: Setup) -> None:
        low, high = setup.band
        if len(crossings) < _KEPT // 2:
            raise NotMeasurable(f"frequency_hz: fewer than half of the periods that {low:g} Hz would have")
        per_period = float(np.mean(np.diff(crossings))) / self.step(setup)
        if per_period < _FEWEST:
            raise NotMeasurable(
                f"frequency_hz: {per_period:.0f} points per period, below {_FEWEST}: "
                f"it oscillates far above the band's {high:g} Hz"
            )


def upward(time: Float[np.ndarray, "n"], wave: Float[np.ndarray, "n"]) -> Float[np.ndarray, "k"]:
    """Times at which a wave crosses the middle of its range upwards, by cubic splines between the points."""
    middle = 0.5 * (wave.max() + wave.min())
    roots = CubicSpline(time, wave - middle).roots(extrapolate=False)
    rising = np.interp(roots, time, np.gradient(wave, time)) > 0.0
    return np.asarray(roots[rising], dtype=float)


def repeats(
    time: Float[np.ndarray, "n"], wave: Float[np.ndarray, "n"], crossings: Float[np.ndarray, "k"], drift: float
) -> bool:
    """Whether the swing and the period of the first and of the last third of the periods agree within `drift`."""
    third = len(crossings) // 3
    first, last = crossings[: third + 1], crossings[-third - 1 :]
    spread = [_effective(time, wave, part[0], part[-1]) for part in (first, last)]
    lengths = [_period(part) for part in (first, last)]
    return all(abs(late / early - 1.0) < drift for early, late in (spread, lengths))


def _effective(time: Float[np.ndarray, "n"], wave: Float[np.ndarray, "n"], start: float, stop: float) -> float:
    """Root mean square of a wave without its mean, between two times."""
    even = CubicSpline(time, wave)(np.linspace(start, stop, len(time)))
    return float(np.std(even))


def _period(crossings: Float[np.ndarray, "k"]) -> float:
    """The slope of the crossings over their number, by least squares."""
    return float(np.polyfit(np.arange(len(crossings)), crossings - crossings[0], 1)[0])
