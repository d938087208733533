"""A power amplifier driven into saturation: output power and efficiency over the drive of one tone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genrf.circuits.compression import centre, driven, drives, one_decibel
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup
from genrf.core.spec import Metric

_BEFORE_DB = 4.0  # below the compression point the sweep begins
_STEP_DB = 2.0
_FALLEN_DB = 6.0  # of gain, where the sweep ends
_STEPS = 12
_BEYOND_DB = 2.0  # a foundry's model may saturate later
_DRAWN_DBM = np.arange(-20.0, 12.5, 1.0)


@dataclass(frozen=True)
class Drive:
    """One point of the sweep: available and output power of the tone in dBm, power from the supply in W."""

    available_dbm: float
    output_dbm: float
    dc_w: float

    @property
    def gain_db(self) -> float:
        """Transducer gain of the tone."""
        return self.output_dbm - self.available_dbm

    @property
    def pae(self) -> float:
        """Power-added efficiency (Pout - Pin) / Pdc, Pin being the available power.

        Source: Cripps, RF Power Amplifiers for Wireless Communications, 2nd ed., Artech House 2006, section 1.4.
        """
        return (_watt(self.output_dbm) - _watt(self.available_dbm)) / self.dc_w


@dataclass(frozen=True)
class DriveSweep(Procedure):
    """One tone at the centre of the band, raised in steps of 2 dB until its gain has fallen by 6 dB.

    The supply's power at a drive is the mean over whole periods of the steady state. A maximum is measured once more
    at the vertex of the parabola through its three highest points. `level_dbm` is the available power to begin with.
    """

    level_dbm: float = -5.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "p1db_dbm": Metric("dBm", "available input power at which the gain of a tone has fallen by 1 dB"),
            "op1db_dbm": Metric("dBm", "output power into 50 ohm where the gain of a tone has fallen by 1 dB"),
            "psat_dbm": Metric("dBm", "highest output power of a tone until its gain has fallen by 6 dB"),
            "pae": Metric("", "highest power-added efficiency until the gain has fallen by 6 dB, a share of one"),
            "pae_p1db": Metric("", "power-added efficiency at the 1 dB compression point, a share of one"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        level, small = one_decibel(lambda power: drive(setup, power).gain_db, self.level_dbm)
        sweep = self.sweep(setup, level, small)
        return {
            "p1db_dbm": level,
            "op1db_dbm": level + small - 1.0,
            "psat_dbm": _highest(setup, sweep, "output_dbm"),
            "pae": _highest(setup, sweep, "pae"),
            "pae_p1db": drive(setup, level).pae,
        }

    def counterparts(self, band: tuple[float, float], measured: Mapping[str, float]) -> Sequence[Counterpart]:
        """Steps of 1 dB from where the sweep began to 2 dB beyond where it ended; none where it was not measured.

        The gain had fallen by 6 dB at `psat_dbm` of output or less.
        """
        if not measured.keys() >= {"p1db_dbm", "op1db_dbm", "psat_dbm"}:
            return []
        small = measured["op1db_dbm"] + 1.0 - measured["p1db_dbm"]
        first, last = measured["p1db_dbm"] - _BEFORE_DB, measured["psat_dbm"] - small + _FALLEN_DB + _BEYOND_DB
        return [drives(band, np.arange(first, last + 1.0).tolist()).counterpart(self.metrics)]

    def curve(self, setup: Setup) -> dict[str, np.ndarray]:
        """Available and output power in dBm, gain in dB and efficiency over a fixed range of drives, for drawing."""
        points = [drive(setup, float(power)) for power in _DRAWN_DBM]
        return {
            "available_dbm": _DRAWN_DBM,
            "output_dbm": np.array([point.output_dbm for point in points]),
            "gain_db": np.array([point.gain_db for point in points]),
            "pae": np.array([point.pae for point in points]),
        }

    def sweep(self, setup: Setup, level: float, small: float) -> list[Drive]:
        """From some dB below `level` in dBm to where the gain has fallen by 6 dB from `small` (to 0.1 dB)."""
        points = [drive(setup, level - _BEFORE_DB)]
        for step in range(1, _STEPS):
            points.append(drive(setup, level - _BEFORE_DB + step * _STEP_DB))
            if points[-1].gain_db < small - _FALLEN_DB:
                points[-1] = drive(setup, _reached(points[-2], points[-1], small - _FALLEN_DB))
                return points
        raise NotMeasurable(f"psat_dbm: at {points[-1].available_dbm:.1f} dBm the gain has not fallen by 6 dB")


def drive(setup: Setup, power_dbm: float) -> Drive:
    """The amplifier with `power_dbm` available."""
    lines = driven(setup, power_dbm, ("out", "vdd", "vsupply#branch"))
    dc = -lines["vdd"].mean * lines["vsupply#branch"].mean
    return Drive(power_dbm, lines["out"].power_dbm(centre(setup)), dc)


def _highest(setup: Setup, sweep: Sequence[Drive], name: str) -> float:
    """The maximum of a value along the sweep, measured once more at the vertex of the parabola through its top."""
    values = [getattr(point, name) for point in sweep]
    at = int(np.argmax(values))
    if at in (0, len(values) - 1):
        return float(values[at])
    near = slice(at - 1, at + 2)
    square, slope, _ = np.polyfit([point.available_dbm for point in sweep[near]], values[near], 2)
    return float(max(values[at], getattr(drive(setup, float(-slope / (2.0 * square))), name)))


def _reached(before: Drive, after: Drive, gain_db: float) -> float:
    """The available power in dBm between two points at which the gain is `gain_db`, on a straight line."""
    share = (before.gain_db - gain_db) / (before.gain_db - after.gain_db)
    return before.available_dbm + share * (after.available_dbm - before.available_dbm)


def _watt(dbm: float) -> float:
    return float(1e-3 * 10.0 ** (dbm / 10.0))
