"""What tones do to a circuit, from transients as any simulator runs them, in numpy and in OCEAN's words.

Lines are projections on sines over a whole period of all that is there, at even points, which keep them apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genrf.circuits.measure import Z0, Measure
from genrf.circuits.netlist import GROUND
from genrf.circuits.procedure import Counterpart, Swept
from genrf.circuits.testbench import Tran
from genrf.circuits.tones import amplifier, dbm, emf, fitted
from genrf.core.spec import Metric

BELOW_DB = 35.0  # the intercept: products lie 70 dB below the tones, and a cubic bends by 0.004 dB of it
_AGREED_DB = 0.6  # genrf takes stronger tones wherever these are within 0.5 dB of small ones; weaker ones are in 0.1
_AVAILABLE = 8.0 * Z0 * 1e-3  # V^2, the square of an electromotive force of which 0 dBm are available
_INTO = 2.0 * Z0 * 1e-3  # V^2, the square of an amplitude that brings 0 dBm into the load
_SUPPLY = ("vdd", "vsupply#branch")
_SMALL_DBM = -60.0  # where the gain is that of small signals
_DRIVE_DB = 0.05  # a line over 1 dB lies 0.03 dB beside a gain that falls as a cubic's; points miss a peak by less
_SHARE = 0.003  # of one, for an efficiency

_FALLEN = """let at = 1
while gain[at] gt gain[0] - {by} & at lt length(gain) - 1
let at = at + 1
end
let share = (gain[at-1] - gain[0] + {by})/(gain[at-1] - gain[at])
let drive_{name} = ampl_vtone1[at-1] + share*(ampl_vtone1[at] - ampl_vtone1[at-1])
"""
# nutmeg's lines behind all drives: where the gain has fallen by 1 dB (`p1db`), and by 6 dB (`end`)
_BEHIND = (
    f"let gain = db(2*line/ampl_vtone1)\n"
    f"let efficiency = (line^2/{2.0 * Z0!r} - ampl_vtone1^2/{8.0 * Z0!r})/supplied\n"
    f"{_FALLEN.format(by=1, name='p1db')}"
    "let efficiency_p1db = efficiency[at-1] + share*(efficiency[at] - efficiency[at-1])\n"
    f"{_FALLEN.format(by=6, name='end')}"
    "let until = ampl_vtone1 lt drive_end\n"
    "let line_end = line[at-1] + share*(line[at] - line[at-1])\n"
    "let efficiency_end = efficiency[at-1] + share*(efficiency[at] - efficiency[at-1])"
)
_NUTMEG = {
    "p1db_dbm": f"let result = db(drive_p1db/{math.sqrt(_AVAILABLE)!r})",
    "op1db_dbm": f"let result = db(drive_p1db/{math.sqrt(_AVAILABLE)!r}) + gain[0] - 1",
    "psat_dbm": f"let result = db(vecmax(line_end + until*(line - line_end))/{math.sqrt(_INTO)!r})",
    "pae": "let result = vecmax(efficiency_end + until*(efficiency - efficiency_end))",
    "pae_p1db": "let result = efficiency_p1db",
}

Found = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Window:
    """One period of `common` in Hz, `settle` s after the start at least, in `steps` steps: what lines are read from."""

    analysis: str
    common: float
    settle: float
    steps: int

    @property
    def ends(self) -> tuple[float, float]:
        """In s."""
        whole = math.ceil(self.settle * self.common * (1.0 - 1e-9))
        return whole / self.common, (whole + 1) / self.common

    def tran(self, vectors: Sequence[str]) -> Tran:
        """A little more than the period, whose ends may lie between points."""
        step = 1.0 / (self.steps * self.common)
        low, high = self.ends
        return Tran(("time", *vectors), step, high + 2.0 * step, low - 2.0 * step, even=True)

    def clipped(self, wave: str) -> str:
        """A wave over the period, in OCEAN's words."""
        low, high = self.ends
        return f"clip({wave} {low!r} {high!r})"

    def amplitudes(self, found: Found, output: tuple[str, str], frequencies: Sequence[float]) -> list[float]:
        """Of lines between two nets, in V."""
        low, high = self.ends
        inside = (found["time"] >= low) & (found["time"] < high - 0.5 / (self.steps * self.common))
        positive, negative = (0.0 if net == GROUND else found[net][inside] for net in output)
        multiples = [round(frequency / self.common) for frequency in frequencies]
        wave = np.asarray(positive - negative)
        at = fitted(found["time"][inside] - low, wave, self.common, sorted(multiples)).amplitude
        return [at[multiple] for multiple in multiples]


def amplitude(frequency: float) -> str:
    """That of the line of `wave` at a frequency in Hz, in OCEAN's words."""
    angle = f"{2.0 * math.pi * frequency!r}*xval(wave)"
    return f"2*sqrt(average(wave*cos({angle}))**2 + average(wave*sin({angle}))**2)"


def nutmeg_mean(name: str, wave: str, ends: tuple[float, float]) -> str:
    """Lines of nutmeg that leave the mean of a wave between two times in s, which may lie between points."""
    low, high = ends
    return (
        f"let sum = integ({wave})\n"
        f"meas tran first find sum at={low!r}\nmeas tran last find sum at={high!r}\n"
        f"let {name} = (last - first)/{high - low!r}\n"
    )


def nutmeg_amplitude(frequency: float, ends: tuple[float, float]) -> str:
    """Lines that leave `amplitude`, that of the line of `wave` at a frequency in Hz, as `amplitude` in nutmeg."""
    return (
        f"let angle = {2.0 * math.pi * frequency!r}*time\n"
        f"{nutmeg_mean('real', 'wave*cos(angle)', ends)}{nutmeg_mean('imaginary', 'wave*sin(angle)', ends)}"
        "let amplitude = 2*sqrt(real^2 + imaginary^2)\n"
    )


@dataclass(frozen=True)
class TwoTones:
    """Where two tones of `level` dBm each and their products of third order come out, in Hz.

    `agreement` in dB is by how much their intercept may differ from what genrf measured at a level of its own.
    """

    window: Window
    level: float
    lines: tuple[float, float]
    products: tuple[float, float]
    output: tuple[str, str] = ("out", GROUND)
    agreement: float = _AGREED_DB

    def tran(self) -> Tran:
        """The transient."""
        return self.window.tran([net for net in self.output if net != GROUND])

    def measures(self, metrics: Mapping[str, Metric]) -> dict[str, Measure]:
        """The intercepts among some metrics: of the available power, and of that into the load."""
        outward = {"iip3_dbm": False, "oip3_dbm": True}
        return {name: self._measure(metrics[name], out) for name, out in outward.items() if name in metrics}

    def _measure(self, metric: Metric, outward: bool) -> Measure:
        def value(found: Found) -> float:
            amplitudes = self.window.amplitudes(found, self.output, (*self.lines, *self.products))
            carrier, product = min(amplitudes[:2]), max(amplitudes[2:])
            return (dbm(carrier) if outward else self.level) + 10.0 * math.log10(carrier / product)

        return Measure(metric, (self.window.analysis,), value, ocean=self._ocean(outward), agreement=self.agreement)

    def _ocean(self, outward: bool) -> str:
        output = " - ".join(f"{self.window.analysis}.{net}" for net in self.output if net != GROUND)
        named = zip(("low", "high", "below", "above"), (*self.lines, *self.products), strict=True)
        power = f"dB20(min(low high)/{math.sqrt(_INTO)!r})" if outward else f"{self.level!r}"
        lines = "\n".join(f"{name} = {amplitude(frequency)}" for name, frequency in named)
        return (
            f"wave = {self.window.clipped(output)}\n{lines}\nresult = {power} + dB20(min(low high)/max(below above))/2"
        )


@dataclass(frozen=True)
class DriveTransients:
    """One tone in Hz at several powers in dBm, after one of small signals: gain, output power and efficiency.

    Between the powers they lie on straight lines.
    """

    window: Window
    tone: float
    powers: tuple[float, ...]

    @property
    def swept(self) -> Swept:
        """The tone's electromotive force."""
        values = tuple(_rounded(power) for power in (_SMALL_DBM, *self.powers))
        return Swept("vtone1", "ampl", values, self._each(), ("line", "supplied"), _BEHIND)

    def counterpart(self, metrics: Mapping[str, Metric]) -> Counterpart:
        """Those of the metrics that a sweep tells."""
        around = tuple(amplifier((self.tone,), _SMALL_DBM))
        told = {name: self._measure(metrics, name, *said) for name, said in self._said().items() if name in metrics}
        return Counterpart(around, {self.window.analysis: self.window.tran(("out", *_SUPPLY))}, told, self.swept)

    def _each(self) -> str:
        """The line of the tone in V and the power from the supply in W of one run, in nutmeg."""
        ends = self.window.ends
        line = f"let wave = v(out)\n{nutmeg_amplitude(self.tone, ends)}let line = amplitude\n"
        return f"{line}{nutmeg_mean('power', 'v(vdd)*vsupply#branch', ends)}let supplied = -power"

    def _said(self) -> dict[str, tuple[str, float]]:
        """What OCEAN computes from the gain, the drive at which it has fallen by 1 dB, and waveforms over the drive."""
        first = _rounded(self.powers[0])
        until = f"clip({{}} {first!r} cross(gain small-6 1 'falling))"
        return {
            "p1db_dbm": (f"dB20(point/{math.sqrt(_AVAILABLE)!r})", _DRIVE_DB),
            "op1db_dbm": (f"dB20(point/{math.sqrt(_AVAILABLE)!r}) + small - 1", _DRIVE_DB),
            "psat_dbm": (f"ymax({until.format(f'dB20(line/{math.sqrt(_INTO)!r})')})", _DRIVE_DB),
            "pae": (f"ymax({until.format('efficiency')})", _SHARE),
            "pae_p1db": ("value(efficiency point)", _SHARE),
        }

    def _measure(self, metrics: Mapping[str, Metric], name: str, formula: str, agreement: float) -> Measure:
        runs = self.swept.runs(self.window.analysis)

        def value(*found: Found) -> float:
            return self._values(found)[name]

        return Measure(metrics[name], runs, value, _NUTMEG[name], self._ocean(formula), agreement)

    def _values(self, found: Sequence[Found]) -> dict[str, float]:
        """All that the sweep tells, by lines over the electromotive force."""
        drive = np.array(self.swept.values)
        line = np.array([self.window.amplitudes(one, ("out", GROUND), (self.tone,))[0] for one in found])
        supplied = np.array([-np.mean(one["vdd"]) * np.mean(one["vsupply#branch"]) for one in found])
        gain = 20.0 * np.log10(2.0 * line / drive)
        efficiency = (line**2 / (2.0 * Z0) - drive**2 / (8.0 * Z0)) / supplied
        point, end = (_fallen(drive, gain, by) for by in (1.0, 6.0))
        until = np.append(drive[1:][drive[1:] < end], end)
        available = 10.0 * math.log10(point**2 / _AVAILABLE)
        return {
            "p1db_dbm": available,
            "op1db_dbm": available + float(gain[0]) - 1.0,
            "psat_dbm": dbm(float(np.interp(until, drive, line).max())),
            "pae": float(np.interp(until, drive, efficiency).max()),
            "pae_p1db": float(np.interp(point, drive, efficiency)),
        }

    def _ocean(self, formula: str) -> str:
        name = self.window.analysis
        lines = [
            f"wave = {self.window.clipped(f'{name}.out')}",
            f"line = {amplitude(self.tone)}",
            "gain = dB20(2*line/xval(line))",
            f"small = value(gain {_rounded(_SMALL_DBM)!r})",
        ]
        if "point" in formula:
            lines.append("point = cross(gain small-1 1 'falling)")
        if "efficiency" in formula:
            lines += [
                f"supplied = -average({self.window.clipped(f'{name}.vdd*{name}.vsupply#branch')})",
                f"efficiency = (line**2/{2.0 * Z0!r} - xval(line)**2/{8.0 * Z0!r})/supplied",
            ]
        return "\n".join([*lines, f"result = {formula}"])


def _rounded(power: float) -> float:
    """An electromotive force in V as a script has it, which asks for what was found at that very number."""
    return float(f"{emf(power):.6g}")


def _fallen(drive: np.ndarray, gain: np.ndarray, by: float) -> float:
    """The drive at which a gain in dB has first fallen `by` from its first value, on a line; else the last."""
    below = np.flatnonzero(gain < gain[0] - by)
    if not len(below):
        return float(drive[-1])
    pair = slice(below[0] - 1, below[0] + 1)
    return float(np.interp(by, gain[0] - gain[pair], drive[pair]))
