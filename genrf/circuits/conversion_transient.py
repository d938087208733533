"""A mixer's conversion gain, leakage and power from one transient, as any simulator finds them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from genrf.circuits.measure import Measure
from genrf.circuits.mixer_ports import AbstractMixerPorts, Side
from genrf.circuits.netlist import GROUND
from genrf.circuits.procedure import Counterpart
from genrf.circuits.testbench import Tran
from genrf.circuits.tone_transients import amplitude, nutmeg_amplitude, nutmeg_mean
from genrf.circuits.tones import emf
from genrf.core.spec import Metric

_TONE_DBM = -50.0
_ANALYSIS = "conversion"
_SUPPLY = ("vdd", "vsupply#branch")
_DECIBELS = 0.2  # to the gain around an orbit, whose 33 phases miss harmonics of switches: 0.06 dB against 65
_LEAKED_DECIBELS = 1.0  # behind a receiver's filters little is left, and has settled less: 0.8 dB 92 dB below it
_SHARE = 10.0 ** (_DECIBELS / 20.0) - 1.0


@dataclass(frozen=True)
class ConversionTransient:
    """One period of the output, `settle` s after the start at least, with a tone of -50 dBm above the oscillator.

    Of a mixer with an intercept of -5 dBm the tone lies 45 dB below it, where the gain has changed by a share of
    10^(-45/10), or 0.0003 dB.
    """

    ports: AbstractMixerPorts
    settle: float

    def counterpart(self, metrics: Mapping[str, Metric]) -> Counterpart:
        """Gain, leakage and power by Fourier's coefficients over the period, in numpy, OCEAN's words, and nutmeg."""
        gain = Measure(
            metrics["conversion_gain_db"], (_ANALYSIS,),
            self._gain, self._nutmeg_gain(), self._ocean_gain(), _DECIBELS,
        )  # fmt: skip
        power = Measure(
            metrics["power_w"], (_ANALYSIS,), self._power, self._nutmeg_power(), self._ocean_power(), _SHARE
        )
        around = tuple(self.ports.driven((self._tone,), _TONE_DBM))
        leaked = {
            name: self._leaked(metrics[name], sides)
            for name, sides in (("lo_rf_dbm", self.ports.inputs), ("lo_if_dbm", self.ports.outputs))
        }
        measures = {"conversion_gain_db": gain, **leaked, "power_w": power}
        return Counterpart(around, {_ANALYSIS: self._tran()}, measures)

    @property
    def _tone(self) -> float:
        return self.ports.lo + self.ports.intermediate

    @property
    def _period(self) -> float:
        return 1.0 / self.ports.intermediate

    @property
    def _start(self) -> float:
        """A whole number of periods, in s."""
        return math.ceil(self.settle * self.ports.intermediate) * self._period

    @property
    def _ends(self) -> tuple[float, float]:
        """Of the period, in s."""
        return self._start, self._start + self._period

    @property
    def _nets(self) -> tuple[str, ...]:
        return tuple(net for net in self.ports.output if net != GROUND)

    def _tran(self) -> Tran:
        """A little more than the period, whose ends lie between points."""
        step, more = 0.5 / (self.ports.steps * self._tone), 1.0 / self.ports.lo
        leaking = (net for side in (*self.ports.inputs, *self.ports.outputs) for net in (side.net, side.other))
        vectors = tuple(dict.fromkeys(("time", *self._nets, *(net for net in leaking if net != GROUND), *_SUPPLY)))
        return Tran(vectors, step, self._start + self._period + more, self._start - more)

    def _gain(self, found: Mapping[str, np.ndarray]) -> float:
        high, low = (0.0 if net == GROUND else self._even(found, found[net]) for net in self.ports.output)
        wave = np.asarray(high - low)
        turn = np.exp(-2j * math.pi * np.arange(len(wave)) / len(wave))
        return 20.0 * math.log10(2.0 * abs(np.mean(wave * turn)) / (0.5 * emf(_TONE_DBM)))

    def _power(self, found: Mapping[str, np.ndarray]) -> float:
        volts, amperes = (self._even(found, found[vector]) for vector in _SUPPLY)
        return -float(np.mean(volts * amperes))

    def _leaked(self, metric: Metric, sides: Sequence[Side]) -> Measure:
        """The oscillator's power in some resistances together, by its fundamental in each."""

        def value(found: Mapping[str, np.ndarray]) -> float:
            watts = 0.0
            for side in sides:
                high, low = (0.0 if net == GROUND else self._even(found, found[net]) for net in (side.net, side.other))
                wave = np.asarray(high - low)
                turn = np.exp(-2j * math.pi * self.ports.lo * self._period * np.arange(len(wave)) / len(wave))
                watts += 2.0 * abs(np.mean(wave * turn)) ** 2 / side.ohms
            return 10.0 * math.log10(watts / 1e-3)

        said = self._nutmeg_leaked(sides), self._ocean_leaked(sides)
        return Measure(metric, (_ANALYSIS,), value, *said, _LEAKED_DECIBELS)

    def _ocean_leaked(self, sides: Sequence[Side]) -> str:
        lines = ["watts = 0"]
        for side in sides:
            across = " - ".join(f"{_ANALYSIS}.{net}" for net in (side.net, side.other) if net != GROUND)
            lines.append(f"wave = {self._clipped(across)}")
            lines.append(f"watts = watts + ({amplitude(self.ports.lo)})**2/{2.0 * side.ohms!r}")
        return "\n".join([*lines, "result = 10*log10(watts/1e-3)"])

    def _even(self, found: Mapping[str, np.ndarray], wave: Float[np.ndarray, "m"]) -> Float[np.ndarray, "n"]:
        """A wave over the period at even points."""
        points = round(self._period / self._tran().step)
        even = self._start + self._period * np.arange(points) / points
        return np.asarray(CubicSpline(found["time"], wave)(even))

    def _nutmeg_gain(self) -> str:
        """With the integrals of the wave against a cosine and a sine."""
        return (
            f"let wave = {' - '.join(f'v({net})' for net in self._nets)}\n"
            f"{nutmeg_amplitude(self.ports.intermediate, self._ends)}"
            f"let result = db(amplitude/{0.5 * emf(_TONE_DBM)!r})"
        )

    def _nutmeg_power(self) -> str:
        return f"{nutmeg_mean('power', 'v(vdd)*vsupply#branch', self._ends)}let result = -power"

    def _nutmeg_leaked(self, sides: Sequence[Side]) -> str:
        lines = ["let watts = 0\n"]
        for side in sides:
            across = " - ".join(f"v({net})" for net in (side.net, side.other) if net != GROUND)
            lines.append(f"let wave = {across}\n{nutmeg_amplitude(self.ports.lo, self._ends)}")
            lines.append(f"let watts = watts + amplitude^2/{2.0 * side.ohms!r}\n")
        return "".join([*lines, "let result = 10*log10(watts/1e-3)"])

    def _ocean_gain(self) -> str:
        output = " - ".join(f"{_ANALYSIS}.{net}" for net in self._nets)
        return (
            f"wave = {self._clipped(output)}\n"
            f"angle = {2.0 * math.pi * self.ports.intermediate!r}*xval(wave)\n"
            "amplitude = 2*sqrt(average(wave*cos(angle))**2 + average(wave*sin(angle))**2)\n"
            f"result = dB20(amplitude/{0.5 * emf(_TONE_DBM)!r})"
        )

    def _ocean_power(self) -> str:
        return f"result = -average({self._clipped(f'{_ANALYSIS}.vdd*{_ANALYSIS}.vsupply#branch')})"

    def _clipped(self, wave: str) -> str:
        return f"clip({wave} {self._start!r} {self._start + self._period!r})"
