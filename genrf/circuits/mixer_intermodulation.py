"""A mixer's third-order intercept from transients with two tones and its oscillator running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.circuits.intermodulation import Sample, intercept
from genrf.circuits.mixer_ports import AbstractMixerPorts
from genrf.circuits.netlist import GROUND
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.tones import dbm, fitted, steady
from genrf.core.spec import Metric

SHARES = 6  # of the intermediate frequency: two tones come out at 5 and 7, their products of third order at 3 and 9
_LOW, _HIGH, _PRODUCTS, _EMPTY = 5, 7, (3, 9), 6  # no product below the sixth order falls between the tones
_SETTLE_PERIODS = 200.0  # of the oscillator, until what settles lies below products of third order
_SHOWN = 16  # shares of the intermediate frequency


@dataclass(frozen=True)
class MixedTwoTone(Procedure):
    """Two tones of equal power above the oscillator, believed as those of an amplifier are.

    Where a filter treats them unequally, the weaker tone and the stronger product count, as there.
    `level_dbm` is the power to begin with.
    """

    ports: AbstractMixerPorts
    level_dbm: float = -30.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"iip3_dbm": Metric("dBm", "third-order intercept point, available power of each of two tones")}

    def measure(self, setup: Setup) -> dict[str, float]:
        level, found = self.believed(setup)
        return {"iip3_dbm": level + 0.5 * (found.carrier_dbm - found.product_dbm)}

    def believed(self, setup: Setup) -> tuple[float, Sample]:
        """The level in dBm at which products rise three to one, and what was sampled there. Raises NotMeasurable."""

        def sample(power: float) -> Sample:
            amplitude = self.spectrum(setup, power)
            carrier, product = min(amplitude[n] for n in (_LOW, _HIGH)), max(amplitude[n] for n in _PRODUCTS)
            return Sample(dbm(carrier), dbm(product), dbm(amplitude[_EMPTY]))

        return intercept(sample, self.level_dbm)

    def spectrum(self, setup: Setup, power_dbm: float) -> dict[int, float]:
        """Amplitudes in V at the load at multiples of a sixth of the intermediate frequency."""
        common, periods = self.ports.intermediate / SHARES, self._periods
        found = self._waves(setup, power_dbm, (self.ports.output,))
        multiples = [*range(1, _SHOWN), periods, 2 * periods]
        return fitted(found["time"], _between(found, self.ports.output), common, multiples).amplitude

    def products_dbc(self, setup: Setup, power_dbm: float, outs: Sequence[tuple[str, str]]) -> list[float]:
        """The stronger product of third order below the weaker tone between two nets, before or behind the mixing."""
        found, periods = self._waves(setup, power_dbm, outs), self._periods
        shown = list(range(1, _SHOWN))
        multiples = [*shown, *(periods + side * n for side in (-1, 1) for n in shown), periods, 2 * periods]

        def dbc(out: tuple[str, str]) -> float:
            amplitude = fitted(
                found["time"], _between(found, out), self.ports.intermediate / SHARES, multiples
            ).amplitude
            around = max((0, periods), key=lambda line: amplitude[line + _LOW])
            carrier = min(amplitude[around + n] for n in (_LOW, _HIGH))
            return dbm(max(amplitude[around + n] for n in _PRODUCTS)) - dbm(carrier)

        return [dbc(out) for out in outs]

    @property
    def _periods(self) -> int:
        return round(self.ports.lo / self.ports.intermediate * SHARES)

    def _waves(self, setup: Setup, power_dbm: float, outs: Sequence[tuple[str, str]]) -> Mapping[str, np.ndarray]:
        ports = self.ports
        common = ports.intermediate / SHARES
        tones = [ports.lo + share * common for share in (_LOW, _HIGH)]
        settle = max(_SETTLE_PERIODS / ports.lo, 3.0 * ports.settle)
        nets = tuple(dict.fromkeys(net for out in outs for net in out if net != GROUND))
        return steady(setup, ports.driven(tones, power_dbm), nets, 1.0 / max(tones), common, settle, ports.steps)


def _between(waves: Mapping[str, np.ndarray], out: tuple[str, str]) -> Float[np.ndarray, "n"]:
    high, low = (0.0 if net == GROUND else waves[net] for net in out)
    return np.asarray(high - low)
