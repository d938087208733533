"""A mixer's third-order intercept from transients with two tones and its oscillator running."""

from collections.abc import Mapping
from dataclasses import dataclass

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

    `level_dbm` is the power to begin with.
    """

    ports: AbstractMixerPorts
    level_dbm: float = -30.0

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"iip3_dbm": Metric("dBm", "third-order intercept point, available power of each of two tones")}

    def measure(self, setup: Setup) -> dict[str, float]:
        def sample(power: float) -> Sample:
            amplitude = self.spectrum(setup, power)
            carrier, product = (dbm(max(amplitude[n] for n in of)) for of in ((_LOW, _HIGH), _PRODUCTS))
            return Sample(carrier, product, dbm(amplitude[_EMPTY]))

        level, found = intercept(sample, self.level_dbm)
        return {"iip3_dbm": level + 0.5 * (found.carrier_dbm - found.product_dbm)}

    def spectrum(self, setup: Setup, power_dbm: float) -> dict[int, float]:
        """Amplitudes in V at the load at multiples of a sixth of the intermediate frequency."""
        ports = self.ports
        common = ports.intermediate / SHARES
        tones = [ports.lo + share * common for share in (_LOW, _HIGH)]
        periods = round(ports.lo / common)
        multiples = [*range(1, _SHOWN), periods, 2 * periods]
        settle = max(_SETTLE_PERIODS / ports.lo, 3.0 * ports.settle)
        nets = tuple(net for net in ports.output if net != GROUND)
        found = steady(setup, ports.driven(tones, power_dbm), nets, 1.0 / max(tones), common, settle)
        out = found[nets[0]] - found[nets[1]] if len(nets) > 1 else found[nets[0]]
        return fitted(found["time"], out, common, multiples).amplitude
