"""Third-order intercept points of amplifiers: of small signals, as a search wants them, and from two tones."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from genrf.circuits.netlist import GROUND
from genrf.circuits.nodal import NoEquation, unknowns
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Op
from genrf.circuits.tone_transients import BELOW_DB, TwoTones, Window
from genrf.circuits.tones import STEPS, Lines, amplifier, dbm, response
from genrf.circuits.weakly_nonlinear import Products, expanded
from genrf.core.spec import Metric

METRICS = {
    "iip3_dbm": Metric("dBm", "third-order intercept point, available power of each of two tones in the band"),
    "oip3_dbm": Metric("dBm", "third-order intercept point, output power into 50 ohm of each of two tones"),
    "im3_floor_dbc": Metric("dB", "numerical floor of the two-tone test below the tones"),
}

_STEP_DB = 5.0  # between the two levels of the slope
_SLOPE = 0.2  # how far from 3 it may lie
_ABOVE_DB = 10.0  # the product over the numerical floor
_NEWTON_DBC = -100.0  # below the tones Newton's tolerance of 1e-6 shows
_TRIES = 6
_SILENT_DBM = -600.0
_SETTLE_PERIODS = 80.0  # of the carrier: five time constants of a tank with a Q of 50
_LONGER = (1.0, 5.0, 25.0)  # times as long: what the tones do to a bias may take far longer than a tank
_BELOW_DB = 25.0  # the intercept, where products are 50 dB below the tones: a cubic compresses by 0.04 dB of it
_AGREED_DB = 0.5
_DRAWN_DB = (35.0, 30.0, 25.0, 20.0, 15.0, 10.0, 5.0)


@dataclass(frozen=True)
class Intercept(Procedure):
    """The intercept of small signals: a fiftieth of what transients take, and no level to be found.

    Where an element has no equation, it is that of two tones.
    """

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    def measure(self, setup: Setup) -> dict[str, float]:
        try:
            return self.limit(setup)
        except NoEquation:
            return TwoTone().measure(setup)

    def curves(self, setup: Setup) -> Mapping[str, Any]:
        """Carrier and product over the power of two tones in dBm, up to where they bend."""
        try:
            highest = self.measure(setup)["iip3_dbm"]
        except (NotMeasurable, NoConvergence):
            return {}
        found = [(level, one) for level in swept(highest) if (one := _sampled(setup, level)) is not None]
        carrier, product = [one.carrier_dbm for _, one in found], [one.product_dbm for _, one in found]
        level = np.array([level for level, _ in found])
        return {"two_tone": {"level_dbm": level, "carrier_dbm": np.array(carrier), "product_dbm": np.array(product)}}

    def limit(self, setup: Setup) -> dict[str, float]:
        """Intercepts in the limit of small tones. Raises NoEquation."""
        low, high, _ = plan(setup.band)
        whole = setup.joined(amplifier((high,), _SILENT_DBM))
        names = unknowns(whole.circuit)
        states = whole.simulate((), {"op": Op(names)})["op"]
        (found,) = expanded(whole, states, high).products("vtone1", 0, (low, high), [(("out", GROUND), 0)])
        return {"iip3_dbm": small_dbm(found), "oip3_dbm": dbm(found.intercept * min(map(abs, found.lines)))}


def small_tones(setup: Setup) -> dict[str, float]:
    """Intercepts in the limit of small tones, which take milliseconds; empty where they cannot be had."""
    try:
        return Intercept().limit(setup)
    except (NoEquation, NotMeasurable, NoConvergence):
        return {}


def swept(intercept_dbm: float) -> list[float]:
    """Powers of the tones of a figure: from where the product is 70 dB below them up to 5 dB below the intercept."""
    return [intercept_dbm - below for below in _DRAWN_DB]


def _sampled(setup: Setup, level: float) -> "Sample | None":
    """What tones of `level` dBm give, where the product can be told from the floor."""
    try:
        found = TwoTone().sample(setup, level)
    except NoConvergence:
        return None
    return found if found.above_db > _ABOVE_DB else None


@dataclass(frozen=True)
class ConfirmedIntercept(Procedure):
    """The intercept from two tones, which small signals must confirm.

    So the product is known to rise three to one from nothing, and the tones to have settled: what they do to a bias
    through a coupling capacitor may take microseconds.
    """

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    def measure(self, setup: Setup) -> dict[str, float]:
        try:
            expected = Intercept().limit(setup)["iip3_dbm"]
        except NoEquation:
            return TwoTone().measure(setup)
        return points(*confirmed(expected, lambda level, longer: TwoTone(longer=longer).sample(setup, level)))

    def counterparts(self, band: tuple[float, float], measured: Mapping[str, float]) -> Sequence[Counterpart]:
        """Two tones 35 dB below the intercept, settled five times as long as a tank does; none where it is not known.

        No one level and no one time are right for all: at these, seven of genrf's amplifiers, in the middle of their
        spaces, give the intercept of small signals within 0.5 dB.
        """
        if "iip3_dbm" not in measured:
            return []
        low, high, common = plan(band)
        level = float(round(measured["iip3_dbm"] - BELOW_DB))
        window = Window("two_tones", common, _LONGER[1] * _SETTLE_PERIODS / low, STEPS * round(high / common))
        tones = TwoTones(window, level, (low, high), (2.0 * low - high, 2.0 * high - low))
        around = tuple(amplifier((low, high), level))
        return [Counterpart(around, {window.analysis: tones.tran()}, tones.measures(METRICS))]


def small_dbm(found: Products) -> float:
    """The intercept of small tones in dBm of available power. Raises NotMeasurable when there is no product."""
    if math.isinf(found.intercept):
        raise NotMeasurable("iip3_dbm: small tones give no product of third order")
    return dbm(0.5 * found.intercept)


def confirmed(
    expected: float, sample: Callable[[float, float], "Sample"], times: Sequence[float] = _LONGER
) -> tuple[float, "Sample"]:
    """A level in dBm at which two tones give the intercept of small ones, and what was sampled there.

    `expected` is the latter in dBm. Where they do not agree, weaker tones are left to settle for longer, until these
    agree with small ones or with those before: transistors near their threshold bend within some ten millivolts, and
    their products rise three to one far below or far above that. `sample` takes the level and how many `times` as long.
    Raises NotMeasurable when none agree.
    """
    known = expected
    for number, longer in enumerate(times):
        level = expected - _BELOW_DB - number * _STEP_DB
        found = sample(level, longer)
        agreed = min(abs(found.intercept_dbm(level) - other) for other in (expected, known)) < _AGREED_DB
        if agreed and found.above_db > _ABOVE_DB:
            return level, found
        known = found.intercept_dbm(level)
    raise NotMeasurable(
        f"iip3_dbm: {known:.2f} dBm by two tones of {level:.1f} dBm, whose product lies "
        f"{found.above_db:.1f} dB above the numerical floor; {expected:.2f} dBm by small signals"
    )


@dataclass(frozen=True)
class TwoTone(Procedure):
    """Two tones of equal power about the centre of the band; the lines come from one period of their difference.

    IIP3 = P + (P1 - P3) / 2 with the available power P of each tone, the output power P1 of the weaker one and P3 of
    the stronger third-order product, all in dBm. Source: Razavi, RF Microelectronics, section 2.2.
    `level_dbm` is the power to begin with; they settle `longer` times as long as a tank does.
    """

    level_dbm: float = -40.0
    longer: float = 1.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    def measure(self, setup: Setup) -> dict[str, float]:
        return points(*intercept(lambda power: self.sample(setup, power), self.level_dbm))

    def sample(self, setup: Setup, power: float) -> "Sample":
        """What tones of `power` dBm each give."""
        low, high, common = plan(setup.band)
        lines = response(setup, (low, high), common, power, self.longer * _SETTLE_PERIODS / low)
        carrier = min(lines.power_dbm(low), lines.power_dbm(high))
        product = max(lines.power_dbm(2.0 * low - high), lines.power_dbm(2.0 * high - low))
        return Sample(carrier, product, floor_dbm(lines))


@dataclass(frozen=True)
class Sample:
    """What two tones of one power give: the weaker of them, the stronger third-order product, the numerical floor."""

    carrier_dbm: float
    product_dbm: float
    floor_dbm: float

    @property
    def above_db(self) -> float:
        """The product over the floor, or over what Newton's tolerance leaves of the tones."""
        return self.product_dbm - max(self.floor_dbm, self.carrier_dbm + _NEWTON_DBC)

    def intercept_dbm(self, level: float) -> float:
        """The input intercept that tones of `level` dBm point at, their product rising three to one."""
        return level + 0.5 * (self.carrier_dbm - self.product_dbm)


def points(level: float, found: Sample) -> dict[str, float]:
    """The intercept points that tones of `level` dBm point at, and the floor."""
    inward = found.intercept_dbm(level)
    return {
        "iip3_dbm": inward,
        "oip3_dbm": inward + found.carrier_dbm - level,
        "im3_floor_dbc": found.floor_dbm - found.carrier_dbm,
    }


def intercept(sample: Callable[[float], Sample], level: float) -> tuple[float, Sample]:
    """A power in dBm at which the product rises three to one, and what was sampled there; `level` is the first tried.

    Raises NotMeasurable when no such power is found.
    """
    said, sample, tried, below = "", cache(sample), list[float](), 0.0  # a step down needs one of the two again
    for _ in range(_TRIES):
        if level in tried:  # the floor was high there, perhaps by chance, and the slope is wrong above
            if below:
                break
            level = below = min(tried) - 2 * _STEP_DB
        tried.append(level)
        weak, strong = sample(level), sample(level + _STEP_DB)
        slope = (strong.product_dbm - weak.product_dbm) / _STEP_DB
        if weak.above_db < _ABOVE_DB:
            said = f"at {level:g} dBm the product lies {weak.above_db:.1f} dB above it"
            level += 2 * _STEP_DB
        elif abs(slope - 3.0) > _SLOPE:
            said = f"the product rises {slope:.2f} to one from {level:g} dBm, not 3 to one"
            level -= _STEP_DB
        else:
            return level, weak
    raise NotMeasurable(f"iip3_dbm: no level gives a product of third order above the numerical floor; {said}")


def plan(band: tuple[float, float]) -> tuple[float, float, float]:
    """Two tones about the centre of the band, and their difference, of which both are multiples.

    The difference is a third of the band, so that the products lie in it too, but no less than a hundredth and no more
    than a tenth of the centre: fewer periods make a shorter transient, more keep the products within the tank.
    """
    centre = (band[0] * band[1]) ** 0.5
    difference = min(max((band[1] - band[0]) / 3.0, centre / 100.0), centre / 10.0)
    first = round(centre / difference - 0.5)
    common = centre / (first + 0.5)
    return first * common, (first + 1) * common, common


def floor_dbm(lines: Lines) -> float:
    """What the fit cannot explain, as the power of one line: spread over the lines that the points could tell apart."""
    return dbm(lines.residue / len(lines.amplitude) ** 0.5)
