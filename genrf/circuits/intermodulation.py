"""Third-order intercept points from two tones, believed only where the third-order product rises three to one."""

from collections.abc import Mapping
from dataclasses import dataclass

from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.circuits.tones import Lines, dbm, response
from genrf.core.spec import Metric

_STEP_DB = 5.0  # between the two levels of the slope
_SLOPE = 0.2  # how far from 3 it may lie
_ABOVE_DB = 10.0  # the product over the numerical floor
_NEWTON_DBC = -100.0  # below the tones Newton's tolerance of 1e-6 shows
_TRIES = 6
_SETTLE_PERIODS = 80.0  # of the carrier: five time constants of a tank with a Q of 50


@dataclass(frozen=True)
class TwoTone(Procedure):
    """Two tones of equal power about the centre of the band; the lines come from one period of their difference.

    IIP3 = P + (P1 - P3) / 2 with the available power P of each tone, the output power P1 of the weaker one and P3 of
    the stronger third-order product, all in dBm. Source: Razavi, RF Microelectronics, section 2.2.
    `level_dbm` is the power to begin with.
    """

    level_dbm: float = -40.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "iip3_dbm": Metric("dBm", "third-order intercept point, available power of each of two tones in the band"),
            "oip3_dbm": Metric("dBm", "third-order intercept point, output power into 50 ohm of each of two tones"),
            "im3_floor_dbc": Metric("dB", "numerical floor of the two-tone test below the tones"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        low, high, common = plan(setup.band)
        level, said = self.level_dbm, ""
        for _ in range(_TRIES):
            weak, strong = (self._lines(setup, low, high, common, power) for power in (level, level + _STEP_DB))
            product = _product(weak, low, high)
            floor = max(floor_dbm(weak), weak.power_dbm(low) + _NEWTON_DBC)
            slope = (_product(strong, low, high) - product) / _STEP_DB
            if product < floor + _ABOVE_DB:
                level, said = (
                    level + 2 * _STEP_DB,
                    f"at {level:g} dBm the product lies {product - floor:.1f} dB above it",
                )
            elif abs(slope - 3.0) > _SLOPE:
                level, said = level - _STEP_DB, f"the product rises {slope:.2f} to one from {level:g} dBm, not 3 to one"
            else:
                return _intercept(weak, low, high, level)
        raise NotMeasurable(f"iip3_dbm: no level gives a product of third order above the numerical floor; {said}")

    def _lines(self, setup: Setup, low: float, high: float, common: float, power: float) -> Lines:
        return response(setup, (low, high), common, power, _SETTLE_PERIODS / low)


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


def _product(lines: Lines, low: float, high: float) -> float:
    return max(lines.power_dbm(2.0 * low - high), lines.power_dbm(2.0 * high - low))


def _intercept(lines: Lines, low: float, high: float, level: float) -> dict[str, float]:
    carrier = min(lines.power_dbm(low), lines.power_dbm(high))
    half = 0.5 * (carrier - _product(lines, low, high))
    return {"iip3_dbm": level + half, "oip3_dbm": carrier + half, "im3_floor_dbc": floor_dbm(lines) - carrier}
