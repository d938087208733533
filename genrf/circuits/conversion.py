"""A mixer's conversion gain, leakage and intercept point, from coherent transients with its oscillator running."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genrf.circuits.intermodulation import Sample, intercept
from genrf.circuits.measure import Z0
from genrf.circuits.mixer_ports import MixerPorts
from genrf.circuits.procedure import Procedure, Setup
from genrf.circuits.tones import Lines, dbm, fitted, steady
from genrf.core.spec import Metric

SHARES = 6  # of the intermediate frequency: two tones come out at 5 and 7, their products of third order at 3 and 9
_LOW, _HIGH, _PRODUCTS, _EMPTY = 5, 7, (3, 9), 6  # no product below the sixth order falls between the tones
_SMALL_DBM = -40.0
_SETTLE_PERIODS = 60.0  # of the oscillator
_DEEP_PERIODS = 200.0  # until what settles lies below products of third order
_SHOWN = 16  # shares of the intermediate frequency


@dataclass(frozen=True)
class Conversion(Procedure):
    """One small tone above the oscillator by the intermediate frequency.

    Gain is of voltage, from the input's matched voltage (half of its electromotive force) to the load; with a load of
    50 ohm it is the transducer gain too. Leakage is what either side carries, in opposition or alike: a balanced mixer
    without mismatch leaks only alike.
    """

    ports: MixerPorts

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "conversion_gain_db": Metric("dB", "voltage between the load's ends over the matched voltage of the input"),
            "lo_rf_dbm": Metric(
                "dBm", "power of the local oscillator out of both sides of the input, into 25 ohm each"
            ),
            "lo_if_dbm": Metric("dBm", "power of the local oscillator in both halves of the load"),
            "power_w": Metric("W", "mean power drawn from the supply with the local oscillator running"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        ports = self.ports
        periods = round(ports.lo / ports.intermediate)
        tone = ports.lo + ports.intermediate
        multiples = [1, 2, 3, periods - 1, periods, periods + 1, 2 * periods]
        lines = converted(setup, ports, (tone,), _SMALL_DBM, ports.intermediate, multiples)
        leaked = {name: found.amplitude[periods] for name, found in lines.items()}
        return {
            "conversion_gain_db": dbm(lines["out"].amplitude[1]) - _SMALL_DBM,
            "lo_rf_dbm": _sides_dbm(leaked["inp"], leaked["inn"], 0.5 * Z0),
            "lo_if_dbm": _sides_dbm(leaked["outp"], leaked["outn"], 0.5 * ports.load),
            "power_w": -lines["vdd"].mean * lines["vsupply#branch"].mean,
        }


@dataclass(frozen=True)
class MixedTwoTone(Procedure):
    """Two tones of equal power about the one of `Conversion`, believed as those of an amplifier are."""

    ports: MixerPorts
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
        """Amplitudes in V over the load at multiples of a sixth of the intermediate frequency."""
        common = self.ports.intermediate / SHARES
        tones = [self.ports.lo + share * common for share in (_LOW, _HIGH)]
        periods = round(self.ports.lo / common)
        multiples = [*range(1, _SHOWN), periods, 2 * periods]
        return converted(setup, self.ports, tones, power_dbm, common, multiples, _DEEP_PERIODS)["out"].amplitude


def converted(
    setup: Setup,
    ports: MixerPorts,
    tones: Sequence[float],
    power_dbm: float,
    common: float,
    multiples: Sequence[int],
    settle: float = _SETTLE_PERIODS,
) -> dict[str, Lines]:
    """Lines at multiples of `common` in Hz: of the load's voltage `out`, and of each side of input and load."""
    nets = ("inp", "inn", "outp", "outn", "middle_load", "vdd", "vsupply#branch")
    found = steady(setup, ports.driven(tones, power_dbm), nets, 1.0 / max(tones), common, settle / ports.lo)
    waves: dict[str, np.ndarray] = {
        **{name: found[name] for name in ("inp", "inn", "vdd", "vsupply#branch")},
        **{name: found[name] - found["middle_load"] for name in ("outp", "outn")},
        "out": found["outp"] - found["outn"],
    }
    return {name: fitted(found["time"], wave, common, multiples) for name, wave in waves.items()}


def _sides_dbm(p: float, n: float, resistance: float) -> float:
    """Power in dBm of two amplitudes in V, each over its own `resistance` in ohm."""
    return dbm(math.hypot(p, n) * math.sqrt(Z0 / resistance))
