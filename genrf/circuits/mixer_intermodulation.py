"""A mixer's third-order intercept, its oscillator running: of small signals around the orbit, and from two tones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genrf.circuits.conversion import Conversion
from genrf.circuits.intermodulation import Sample, confirmed, small_dbm
from genrf.circuits.mixer_ports import AbstractMixerPorts
from genrf.circuits.netlist import GROUND
from genrf.circuits.periodic import Orbit
from genrf.circuits.procedure import Counterpart, Procedure, Setup
from genrf.circuits.tone_transients import TwoTones, Window
from genrf.circuits.tones import dbm, fitted, steady
from genrf.circuits.weakly_nonlinear import Products
from genrf.core.spec import Metric

_PERIODS = 200.0  # of the oscillator, in which tones settle around its orbit
SHARES = 6  # of the intermediate frequency: two tones come out at 5 and 7, their products of third order at 3 and 9
_LOW, _HIGH, _PRODUCTS, _EMPTY = 5, 7, (3, 9), 6  # no product below the sixth order falls between the tones
_FINE = 2  # times as many steps where it is confirmed: half a decibel of a receiver's intercept
_LONGER = (2.0, 4.0, 8.0)
_AGREED_DB = 1.0  # a receiver's lay 0.5 dB apart at two levels
_BELOW_DB = (
    25.0  # the intercept: products 50 dB below tones bend by half a decibel, weaker ones drown in the steps' noise
)
_SHOWN = 16  # shares of the intermediate frequency
METRICS = {"iip3_dbm": Metric("dBm", "third-order intercept point, available power of each of two tones")}


@dataclass(frozen=True)
class MixedIntercept(Procedure):
    """The intercept of two small tones above the oscillator, the weaker line and the stronger product."""

    ports: AbstractMixerPorts

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    def measure(self, setup: Setup) -> dict[str, float]:
        (found,) = small_tones(self.ports, Conversion(self.ports).settled(setup), [(self.ports.output, 0)])
        return {"iip3_dbm": small_dbm(found)}


@dataclass(frozen=True)
class ConfirmedMixedIntercept(Procedure):
    """The intercept from two tones, which small signals must confirm."""

    ports: AbstractMixerPorts

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    def measure(self, setup: Setup) -> dict[str, float]:
        expected = MixedIntercept(self.ports).measure(setup)["iip3_dbm"]

        def sample(level: float, longer: float) -> Sample:
            return MixedTwoTone(self.ports, longer=longer, finer=_FINE).sample(setup, level)

        level, found = confirmed(expected, sample, _LONGER)
        return {"iip3_dbm": found.intercept_dbm(level)}

    def counterparts(self, band: tuple[float, float], measured: Mapping[str, float]) -> Sequence[Counterpart]:
        """Two tones 25 dB below the intercept, settled as long as for the first level; none where it is not known."""
        if "iip3_dbm" not in measured:
            return []
        ports, common = self.ports, self.ports.intermediate / SHARES
        level = float(round(measured["iip3_dbm"] - _BELOW_DB))
        tones = [ports.lo + share * common for share in (_LOW, _HIGH)]
        steps = _FINE * ports.steps * round(max(tones) / common)
        window = Window("two_tones", common, _LONGER[0] * ports.settling, steps)
        low, high, below, above = (share * common for share in (_LOW, _HIGH, *_PRODUCTS))
        told = TwoTones(window, level, (low, high), (below, above), ports.output, _AGREED_DB)
        around = tuple(ports.driven(tones, level))
        return [Counterpart(around, {window.analysis: told.tran()}, told.measures(METRICS))]


def small_tones(
    ports: AbstractMixerPorts, settled: Orbit, outputs: Iterable[tuple[tuple[str, str], int]]
) -> list[Products]:
    """The products of two small tones at outputs: pairs of nets, and 1 before the mixing or 0 behind it."""
    common = ports.intermediate / SHARES
    return settled.expanded().products("vtone1", 1, (_LOW * common, _HIGH * common), outputs)


@dataclass(frozen=True)
class MixedTwoTone:
    """Two tones of equal power above the oscillator, in a transient.

    Where a filter treats them unequally, the weaker tone and the stronger product count, as of an amplifier's.
    They come upon the settled orbit, and settle `longer` times as long as filters do, in `finer` times as many steps
    as the ports say.
    """

    ports: AbstractMixerPorts
    longer: float = 1.0
    finer: int = 1

    def sample(self, setup: Setup, power: float) -> Sample:
        """What tones of `power` dBm each give."""
        amplitude = self.spectrum(setup, power)
        carrier, product = min(amplitude[n] for n in (_LOW, _HIGH)), max(amplitude[n] for n in _PRODUCTS)
        return Sample(dbm(carrier), dbm(product), dbm(amplitude[_EMPTY]))

    def spectrum(self, setup: Setup, power_dbm: float) -> dict[int, float]:
        """Amplitudes in V at the load at multiples of a sixth of the intermediate frequency."""
        common, periods = self.ports.intermediate / SHARES, self._periods
        found = self._waves(setup, power_dbm)
        multiples = [*range(1, _SHOWN), periods, 2 * periods]
        high, low = (0.0 if net == GROUND else found[net] for net in self.ports.output)
        return fitted(found["time"], np.asarray(high - low), common, multiples).amplitude

    @property
    def _periods(self) -> int:
        return round(self.ports.lo / self.ports.intermediate * SHARES)

    def _waves(self, setup: Setup, power_dbm: float) -> Mapping[str, np.ndarray]:
        ports = self.ports
        common = ports.intermediate / SHARES
        tones = [ports.lo + share * common for share in (_LOW, _HIGH)]
        settle = self.longer * max(_PERIODS / ports.lo, ports.settle)
        nets = tuple(net for net in ports.output if net != GROUND)
        state = Conversion(ports).settled(setup).state
        around = ports.driven(tones, power_dbm)
        return steady(setup, around, nets, 1.0 / max(tones), common, settle, self.finer * ports.steps, state)
