"""The test bench of an operational amplifier: a buffer, `inn` on `out`, whose loop stays closed for every measure.

With the loop gain T of two probes (Tian et al. 2001) and the buffer's answers H to its input and H_s to its supply, the
gains of the open amplifier follow without ever opening the loop: A_cm = H (1 + T) - T, A_d = T + A_cm / 2,
A_s = H_s (1 + T), as v_out = A_d (v_p - v_out) + A_cm (v_p + v_out) / 2 + A_s v_s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Complex

from genrf.circuits.bench import AbstractBench, check_keys, edges, positive
from genrf.circuits.feedback import StepResponse, margins, tian
from genrf.circuits.measure import Measure, decibel
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Procedure
from genrf.circuits.testbench import Ac, Analysis, Grid, Noise, Op
from genrf.core.problem import Design, Panel
from genrf.core.spec import Goal, Metric

_KEYS = ("family", "band", "common_mode", "load", "noise_at", "step", "duration")
_SOURCES = ("vprobe", "iprobe", "vinp", "vsupply")
_WITHIN = 0.01  # of a step, where it counts as settled
_PROBED = ("inn", "vprobe#branch")
_LOOP = """\
probes = 2*(voltage.vprobe#branch*current.inn - voltage.inn*current.vprobe#branch)
loop_gain = -1/(1 - 1/(probes + voltage.inn + current.vprobe#branch))
"""
# gain and phase lie on one line between the same two points, whatever the axis; of the frequency, the logarithm does
_MARGINS = {
    "dc_gain_db": "result = value(dB20(loop_gain) ymin(xval(loop_gain)))",
    "gbw_hz": "result = 10**value(log10(xval(loop_gain)) cross(dB20(loop_gain) 0 1 'falling))",
    "phase_margin_deg": "result = 180 + value(phaseDegUnwrapped(loop_gain) cross(dB20(loop_gain) 0 1 'falling))",
    "gain_margin_db": (
        "inverted = cross(phaseDegUnwrapped(loop_gain) -180 1 'falling)\n"
        "result = -value(dB20(loop_gain) if(inverted inverted ymax(xval(loop_gain))))"
    ),
}
# the same in nutmeg, whose `meas` takes one line between two points as well
_LOOP_NUTMEG = """\
let probes = 2*(voltage.vprobe#branch*current.inn - voltage.inn*current.vprobe#branch)
let loop_gain = -1/(1 - 1/(probes + voltage.inn + current.vprobe#branch))
"""
_GAIN = _LOOP_NUTMEG + "let gain = db(loop_gain)\n"
_PHASE = _GAIN + "let phase = 180/pi*cph(loop_gain)\n"
_MARGINS_NUTMEG = {
    "dc_gain_db": _GAIN + "let result = gain[0]",
    "gbw_hz": f"""\
{_GAIN}let decades = log10(real(frequency))
meas ac crossing find decades when gain=0 fall=1
let result = 10^crossing""",
    "phase_margin_deg": f"{_PHASE}meas ac turned find phase when gain=0 fall=1\nlet result = 180 + turned",
    "gain_margin_db": f"""\
{_PHASE}let result = -gain[length(gain) - 1]
if vecmin(phase) < -180
meas ac inverted find gain when phase=-180 fall=1
let result = -inverted
end""",
}
_COMMON = f"""\
{_LOOP}around = value(loop_gain ymin(xval(loop_gain)))
common = value(input.out ymin(xval(input.out)))*(1 + around) - around
"""
_COMMON_NUTMEG = f"""\
{_LOOP_NUTMEG}let around = loop_gain[0]
let common = input.out[0]*(1 + around) - around
"""

Wave = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class OpAmpBench(AbstractBench):
    """Conditions of the spec, in SI units.

    `band`: from where the gain counts as that of direct current to where the loop gain is surely below one.
    `common_mode` is the input's level, `load` the capacitance at the output, `noise_at` the frequency of the noise,
    `step` and `duration` those of the step response.
    """

    band: tuple[float, float]
    common_mode: float
    load: float
    noise_at: float
    step: float
    duration: float
    points_per_decade: int = 10

    @classmethod
    def read(cls, conditions: Mapping[str, Any], owner: str) -> Self:
        check_keys(conditions, _KEYS, owner)

        def given(key: str, example: str) -> float:
            return positive(conditions, key, owner, example)

        return cls(
            edges(conditions, "band", owner), given("common_mode", "600m"), given("load", "2p"),
            given("noise_at", "1M"), given("step", "200m"), given("duration", "1u"),
        )  # fmt: skip

    @property
    def procedures(self) -> tuple[Procedure, ...]:  # type: ignore[override]
        """A step around the common mode."""
        return (StepResponse(self.common_mode - self.step / 2, self.step, self.load, self.duration, _WITHIN),)

    @property
    def terminals(self) -> tuple[str, ...]:
        return ("inp", "inn", "out")

    @property
    def measures(self) -> Mapping[str, Measure]:
        return measures(Grid("dec", self.points_per_decade, *self.band))

    def strict(self) -> Self:
        return replace(self, points_per_decade=50)

    def survey(self) -> Self:
        return self.strict()

    def around(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        return self.powered(circuit, supply, references).joined(
            (
                Element("vinp", ("inp", GROUND), self.common_mode, flags="ac 0"),
                Element("vprobe", ("inn", "out"), 0.0, flags="ac 0"),
                Element("iprobe", (GROUND, "inn"), 0.0, flags="ac 0"),
                Element("cload", ("out", GROUND), self.load),
            )
        )

    def powered(self, circuit: Netlist, supply: float, references: Mapping[str, float]) -> Netlist:
        """With a supply that a small signal can be on."""
        bias = (Element(f"i{net}", ("vdd", net), current) for net, current in references.items())
        return circuit.joined((Element("vsupply", ("vdd", GROUND), supply, flags="ac 0"), *bias))

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        grid = Grid("dec", self.points_per_decade, *self.band)
        low = Grid("lin", 3, self.band[0], 1.001 * self.band[0])  # one is no sweep
        return {
            "op": Op(("vdd", "vsupply#branch", "out", "inp")),
            "voltage": _excited("vprobe", _PROBED, grid),
            "current": _excited("iprobe", _PROBED, grid),
            "input": _excited("vinp", ("out",), low),
            "supply": _excited("vsupply", ("out",), low),
            "noise": Noise("out", "vinp", Grid("lin", 3, self.noise_at, 1.001 * self.noise_at)),  # one is no plot
        }

    def panels(self, goals: Mapping[str, Goal], designs: Sequence[Design]) -> list[Panel]:
        from genrf.circuits.bode import panels

        grid = Grid("dec", self.survey().points_per_decade, *self.band)
        drawn = [design for design in designs if design.curves]
        return panels(grid.frequencies(), {design.id: (design, _loop(design.curves)) for design in drawn})


def _excited(source: str, vectors: tuple[str, ...], grid: Grid) -> Ac:
    return Ac(vectors, grid, excited=source, silent=tuple(other for other in _SOURCES if other != source))


def _loop(curves: Mapping[str, Wave]) -> Complex[np.ndarray, "n"]:
    return _loop_of(curves["voltage"], curves["current"])


def _loop_of(voltage: Wave, current: Wave) -> Complex[np.ndarray, "n"]:
    return tian(*(wave[name] for wave in (voltage, current) for name in _PROBED))


def common_gain(voltage: Wave, current: Wave, entered: Wave) -> tuple[complex, complex]:
    """Differential and common-mode gain at the lowest frequency, from the loop gain and the buffer's answer."""
    loop = complex(_loop_of(voltage, current)[0])
    common = complex(entered["out"][0]) * (1.0 + loop) - loop
    return loop + common / 2.0, common


def _cmrr(voltage: Wave, current: Wave, entered: Wave) -> float:
    differential, common = common_gain(voltage, current, entered)
    return _over(differential, common)


def _psrr(voltage: Wave, current: Wave, entered: Wave, supply: Wave) -> float:
    differential, _ = common_gain(voltage, current, entered)
    from_supply = complex(supply["out"][0]) * (1.0 + complex(_loop_of(voltage, current)[0]))
    return _over(differential, from_supply)


def _over(one: complex, other: complex) -> float:
    """A ratio in dB; that over nothing, as ideal elements have it, is some thousand dB and still a number."""
    return float(decibel(np.asarray(one)) - decibel(np.asarray(other)))


def measures(grid: Grid) -> Mapping[str, Measure]:
    """What is read from the analyses; the loop gain lies on `grid`."""
    probes = ("voltage", "current")

    def margin(name: str, unit: str, text: str) -> Measure:
        return Measure(
            Metric(unit, text), probes,
            lambda voltage, current: margins(grid.frequencies(), _loop_of(voltage, current))[name],
            _MARGINS_NUTMEG[name], _LOOP + _MARGINS[name],
        )  # fmt: skip

    return {
        "power_w": Measure(
            Metric("W", "power drawn from the supply, bias reference included"), ("op",),
            lambda op: float(-op["vdd"][0] * op["vsupply#branch"][0]), "let result = -v(vdd)*vsupply#branch",
        ),
        "offset_v": Measure(
            Metric("V", "magnitude of the systematic offset of a buffer"), ("op",),
            lambda op: float(abs(op["out"][0] - op["inp"][0])), "let result = abs(v(out) - v(inp))",
        ),
        "dc_gain_db": margin("dc_gain_db", "dB", "loop gain of a buffer at the lowest frequency"),
        "gbw_hz": margin("gbw_hz", "Hz", "frequency at which the loop gain of a buffer has fallen to one"),
        "phase_margin_deg": margin(
            "phase_margin_deg", "deg", "phase of a buffer's loop gain above -180 degrees where its magnitude is one"
        ),
        "gain_margin_db": margin(
            "gain_margin_db", "dB", "a buffer's loop gain below 0 dB where its phase is -180 degrees"
        ),
        "cmrr_db": Measure(
            Metric("dB", "differential over common-mode gain at the lowest frequency"), (*probes, "input"), _cmrr,
            _COMMON_NUTMEG + "let result = db(mag(around + common/2)/mag(common))",
            _COMMON + "result = dB20(mag(around + common/2)/mag(common))",
        ),
        "psrr_db": Measure(
            Metric("dB", "differential gain over that from the supply at the lowest frequency"),
            (*probes, "input", "supply"), _psrr,
            _COMMON_NUTMEG + "let supplied = supply.out[0]*(1 + around)\n"
            "let result = db(mag(around + common/2)/mag(supplied))",
            _COMMON + "supplied = value(supply.out ymin(xval(supply.out)))*(1 + around)\n"
            "result = dB20(mag(around + common/2)/mag(supplied))",
        ),
        "noise_v_rthz": Measure(
            Metric("V/sqrt(Hz)", "noise of a buffer referred to its input, at one frequency"), ("noise",),
            lambda noise: float(noise["inoise_spectrum"].max()), "let result = vecmax(inoise_spectrum)",
        ),
    }  # fmt: skip
