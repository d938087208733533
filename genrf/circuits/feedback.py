"""Measures of an amplifier in a feedback loop: loop gain and its margins, and the answer to a step.

The circuit has the nets `inp`, `inn` and `out`; each procedure closes the loop as a buffer, `inn` on `out`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import Measure
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup
from genrf.circuits.testbench import Ac, Analysis, Grid, Tran
from genrf.core.spec import Metric

_POINTS_PER_DECADE = 50
_POINTS_PER_STEP = 1500


@dataclass(frozen=True)
class LoopGain(Procedure):
    """The loop gain by two probes at one place, which does not open the loop and needs no side to be stiff.

    Source: Tian, Visvanathan, Hantgan, Kundert, Striving for small-signal stability, IEEE Circuits and Devices 17
    (2001) 31. `common` in V is the input's level, `load` in F the load, `start` and `stop` in Hz the grid.
    """

    common: float
    load: float
    start: float
    stop: float

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "dc_gain_db": Metric("dB", "loop gain at the lowest frequency, in unity feedback"),
            "gbw_hz": Metric("Hz", "frequency at which the loop gain in unity feedback has fallen to one"),
            "phase_margin_deg": Metric("deg", "phase of the loop gain above -180 degrees where its magnitude is one"),
            "gain_margin_db": Metric("dB", "loop gain below 0 dB where its phase is -180 degrees"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        grid = Grid("dec", _POINTS_PER_DECADE, self.start, self.stop)
        return margins(grid.frequencies(), self.loop_gain(setup, grid))

    def loop_gain(self, setup: Setup, grid: Grid) -> Complex[np.ndarray, "n"]:
        """T over the grid, positive and real at low frequency for negative feedback."""
        voltage, current = (self._probed(setup, grid, v, i) for v, i in ((1, 0), (0, 1)))
        return tian(*voltage, *current)

    def _probed(
        self, setup: Setup, grid: Grid, v: int, i: int
    ) -> tuple[Complex[np.ndarray, "n"], Complex[np.ndarray, "n"]]:
        """Voltage behind the probes and current through them, for one of the two sources."""
        around = [
            Element("vcommon", ("inp", GROUND), self.common),
            Element("cload", ("out", GROUND), self.load),
            Element("vprobe", ("inn", "out"), flags=f"dc 0 ac {v}"),
            Element("iprobe", (GROUND, "inn"), flags=f"dc 0 ac {i}"),
        ]
        found = setup.simulate(around, {"loop": Ac(("inn", "vprobe#branch"), grid)})["loop"]
        return found["inn"], found["vprobe#branch"]


def tian(
    v1: Complex[np.ndarray, "n"],
    i1: Complex[np.ndarray, "n"],
    v2: Complex[np.ndarray, "n"],
    i2: Complex[np.ndarray, "n"],
) -> Complex[np.ndarray, "n"]:
    """The loop gain from voltage behind and current through the probes, with the one and with the other source on."""
    return np.asarray(-1.0 / (1.0 - 1.0 / (2.0 * (i1 * v2 - v1 * i2) + v1 + i2)))


def margins(f: Float[np.ndarray, "n"], loop: Complex[np.ndarray, "n"]) -> dict[str, float]:
    """Gain, unity-gain frequency and margins of a loop gain over frequencies in Hz, interpolated on logarithmic axes.

    A loop whose phase never reaches -180 degrees has the gain margin at the highest frequency, and no less.
    Raises NotMeasurable when its magnitude does not fall through one.
    """
    gain, phase = 20.0 * np.log10(np.abs(loop)), np.degrees(np.unwrap(np.angle(loop)))
    phase -= 360.0 * np.round(phase[0] / 360.0)
    decades = np.log10(f)
    if not gain[0] > 0.0 > gain[-1]:
        raise NotMeasurable(f"gbw_hz: the loop gain does not fall through one between {f[0]:g} and {f[-1]:g} Hz")
    at = int(np.argmax(gain < 0.0))
    unity = _crossing(decades, gain, at, 0.0)
    turned = np.flatnonzero(phase < -180.0)
    inverted = _crossing(decades, phase, int(turned[0]), -180.0) if len(turned) and turned[0] else decades[-1]
    return {
        "dc_gain_db": float(gain[0]),
        "gbw_hz": float(10.0**unity),
        "phase_margin_deg": float(180.0 + np.interp(unity, decades, phase)),
        "gain_margin_db": float(-np.interp(inverted, decades, gain)),
    }


def _crossing(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], after: int, level: float) -> float:
    before = after - 1
    return float(x[before] + (x[after] - x[before]) * (level - y[before]) / (y[after] - y[before]))


@dataclass(frozen=True)
class StepResponse(Procedure):
    """A buffer's answer to a step of `step` V from `low` V within `duration` s, settled to a share `within` of it."""

    low: float
    step: float
    load: float
    duration: float
    within: float

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "slew_v_s": Metric("V/s", "rate of change of a buffer's output between 10 and 90 % of a step"),
            "settling_s": Metric("s", "time from a step until a buffer's output stays within its error band"),
            "overshoot": Metric("", "how far a buffer's output goes beyond a step, as a share of it"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        return self._answer(setup.simulate(self._around(), self._analyses())["step"])

    def counterpart(self, band: tuple[float, float]) -> Counterpart:
        measures = {
            name: Measure(metric, ("step",), lambda step, name=name: self._answer(step)[name], nutmeg, ocean)
            for (name, metric), nutmeg, ocean in zip(self.metrics.items(), self._nutmeg(), self._ocean(), strict=True)
        }
        return Counterpart(self._around(), self._analyses(), measures)

    def _ocean(self) -> tuple[str, str, str]:
        """Slew rate, settling time and overshoot; OCEAN interpolates linearly between points, as `answer` does."""
        risen = f"risen = (step.out - {self.low!r})/{self.step!r}\n"
        return (
            f"{risen}result = {0.8 * self.step!r}/(cross(risen 0.9 1 'rising) - cross(risen 0.1 1 'rising))",
            f"{risen}result = cross(mag(risen - 1) {self.within!r} -1 'falling) - {self._delay!r}",
            f"{risen}result = max(ymax(risen) - 1 0)",
        )

    def _nutmeg(self) -> tuple[str, str, str]:
        """The same in nutmeg."""
        risen = f"let risen = (v(out) - {self.low!r})/{self.step!r}\n"
        edge = "trig risen val=0.1 rise=1 targ risen val=0.9 rise=1"
        return (
            f"{risen}meas tran edge {edge}\nlet result = {0.8 * self.step!r}/edge",
            f"{risen}let error = abs(risen - 1)\nmeas tran settled when error={self.within!r} fall=last\n"
            f"let result = settled - {self._delay!r}",
            f"{risen}let beyond = vecmax(risen) - 1\nlet result = (beyond + abs(beyond))/2",
        )

    @property
    def _delay(self) -> float:
        return 0.05 * self.duration

    @property
    def _edge(self) -> float:
        return self.duration / _POINTS_PER_STEP

    def _around(self) -> tuple[Element, ...]:
        levels = f"{self.low!r} {self.low + self.step!r} {self._delay!r} {self._edge!r} {self._edge!r} 1 2"
        return (
            Element("vstep", ("inp", GROUND), flags=f"dc {self.low!r} pulse({levels})"),
            Element("cload", ("out", GROUND), self.load),
            Element("vloop", ("inn", "out"), 0.0),
        )

    def _analyses(self) -> dict[str, Analysis]:
        return {"step": Tran(("time", "out"), self._edge, self._delay + self.duration)}

    def _answer(self, step: Mapping[str, np.ndarray]) -> dict[str, float]:
        return answer(step["time"] - self._delay, (step["out"] - self.low) / self.step, self.step, self.within)


def answer(time: Float[np.ndarray, "n"], risen: Float[np.ndarray, "n"], step: float, within: float) -> dict[str, float]:
    """Slew rate, settling time and overshoot of a step response that should rise from 0 to 1 at time 0.

    Raises NotMeasurable when it does not rise to 90 %, or has not settled at the end.
    """
    if risen.max() < 0.9:
        raise NotMeasurable(f"slew_v_s: the step has risen to {100 * risen.max():.1f} % only")
    t10, t90 = (_reached(time, risen, level) for level in (0.1, 0.9))
    outside = np.flatnonzero(np.abs(risen - 1.0) > within)
    last = int(outside[-1])
    if last == len(time) - 1:
        raise NotMeasurable(f"settling_s: after {time[-1]:g} s the output is still {abs(risen[-1] - 1):.2%} off")
    edge = 1.0 + within * np.sign(risen[last] - 1.0)
    share = (edge - risen[last]) / (risen[last + 1] - risen[last])
    settled = time[last] + share * (time[last + 1] - time[last])
    return {
        "slew_v_s": float(abs(0.8 * step) / (t90 - t10)),
        "settling_s": float(settled),
        "overshoot": float(max(risen.max() - 1.0, 0.0)),
    }


def _reached(time: Float[np.ndarray, "n"], risen: Float[np.ndarray, "n"], level: float) -> float:
    after = int(np.argmax(risen >= level))
    share = (level - risen[after - 1]) / (risen[after] - risen[after - 1])
    return float(time[after - 1] + share * (time[after] - time[after - 1]))
