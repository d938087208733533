"""The one-decibel compression point from a sweep of one tone's power."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.circuits.tones import response
from genrf.core.spec import Metric

_SMALL_DBM = -60.0  # where the gain is that of small signals
_STEP_DB = 5.0
_HIGHEST_DBM = 20.0
_WITHIN_DB = 0.005  # of one decibel
_SETTLE_PERIODS = 80.0
_WINDOW_PERIODS = 4


@dataclass(frozen=True)
class Compression(Procedure):
    """One tone at the centre of the band, raised until its gain has fallen by one decibel.

    `level_dbm` is the available power to begin with. What a bias of more than a few ten nanoseconds would do to the
    gain in the long run is not in it.
    """

    level_dbm: float = -25.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "p1db_dbm": Metric("dBm", "available input power at which the gain of a tone has fallen by 1 dB"),
            "op1db_dbm": Metric("dBm", "output power into 50 ohm at that point"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        small = self._gain(setup, _SMALL_DBM)

        def beyond(level: float) -> float:
            return small - 1.0 - self._gain(setup, level)

        low, high = self._bracket(beyond)
        from scipy.optimize import brentq

        level = float(brentq(beyond, low, high, xtol=_WITHIN_DB))
        return {"p1db_dbm": level, "op1db_dbm": level + small - 1.0}

    def _bracket(self, beyond: Callable[[float], float]) -> tuple[float, float]:
        level = self.level_dbm
        while beyond(level) > 0:
            level -= 2 * _STEP_DB
        while level < _HIGHEST_DBM:
            if beyond(level + _STEP_DB) > 0:
                return level, level + _STEP_DB
            level += _STEP_DB
        raise NotMeasurable(f"p1db_dbm: the gain has not fallen by 1 dB at {_HIGHEST_DBM:g} dBm")

    def _gain(self, setup: Setup, power_dbm: float) -> float:
        centre = (setup.band[0] * setup.band[1]) ** 0.5
        lines = response(setup, (centre,), centre / _WINDOW_PERIODS, power_dbm, _SETTLE_PERIODS / centre)
        return lines.power_dbm(centre) - power_dbm
