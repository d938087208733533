"""The one-decibel compression point from a sweep of one tone's power."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup
from genrf.circuits.tone_transients import DriveTransients, Window
from genrf.circuits.tones import STEPS, Lines, amplifier, fitted, products, steady
from genrf.core.spec import Metric

_SMALL_DBM = -60.0  # where the gain is that of small signals
_STEP_DB = 5.0
_HIGHEST_DBM = 20.0
_WITHIN_DB = 0.005  # of one decibel
_SETTLE_PERIODS = 80.0
_WINDOW_PERIODS = 4
_AROUND_DB = range(-2, 3)  # the point: a foundry's model may find it elsewhere


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
            "op1db_dbm": Metric("dBm", "output power into 50 ohm where the gain of a tone has fallen by 1 dB"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        def gain(power: float) -> float:
            return driven(setup, power, ("out",))["out"].power_dbm(centre(setup)) - power

        level, small = one_decibel(gain, self.level_dbm)
        return {"p1db_dbm": level, "op1db_dbm": level + small - 1.0}

    def counterparts(self, band: tuple[float, float], measured: Mapping[str, float]) -> Sequence[Counterpart]:
        """Tones about the point that was measured; none where none was."""
        if "p1db_dbm" not in measured:
            return []
        return [drives(band, [measured["p1db_dbm"] + beside for beside in _AROUND_DB]).counterpart(self.metrics)]


def drives(band: tuple[float, float], powers: Iterable[float]) -> DriveTransients:
    """A tone at the centre of the band at some powers in dBm, as `driven`."""
    tone = middle(band)
    window = Window("drive", tone / _WINDOW_PERIODS, _SETTLE_PERIODS / tone, STEPS * _WINDOW_PERIODS)
    return DriveTransients(window, tone, tuple(powers))


def centre(setup: Setup) -> float:
    """The centre of the band in Hz."""
    return middle(setup.band)


def middle(band: tuple[float, float]) -> float:
    """The centre of a band in Hz."""
    low, high = band
    return float((low * high) ** 0.5)


def driven(setup: Setup, power_dbm: float, vectors: Sequence[str]) -> dict[str, Lines]:
    """The lines of some vectors when a tone at the centre of the band has `power_dbm` available."""
    tone = centre(setup)
    common = tone / _WINDOW_PERIODS
    found = steady(setup, amplifier((tone,), power_dbm), vectors, 1.0 / tone, common, _SETTLE_PERIODS / tone)
    return {name: fitted(found["time"], found[name], common, products((tone,), common)) for name in vectors}


def one_decibel(gain: Callable[[float], float], level: float) -> tuple[float, float]:
    """The available power in dBm at which `gain` in dB has fallen by 1 dB, and the gain of small signals.

    `level` in dBm is where the search begins. Raises NotMeasurable when the gain does not fall so far.
    """
    from scipy.optimize import brentq

    small = gain(_SMALL_DBM)

    def beyond(power: float) -> float:
        return small - 1.0 - gain(power)

    low, high = _bracket(beyond, level)
    return float(brentq(beyond, low, high, xtol=_WITHIN_DB)), small


def _bracket(beyond: Callable[[float], float], level: float) -> tuple[float, float]:
    while beyond(level) > 0:
        level -= 2 * _STEP_DB
    while level < _HIGHEST_DBM:
        if beyond(level + _STEP_DB) > 0:
            return level, level + _STEP_DB
        level += _STEP_DB
    raise NotMeasurable(f"p1db_dbm: the gain has not fallen by 1 dB at {_HIGHEST_DBM:g} dBm")
