"""A mixer's conversion gain, noise figures and leakage, from one orbit of its running oscillator."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.circuits.conversion_transient import ConversionTransient
from genrf.circuits.measure import SOURCE, Z0
from genrf.circuits.mixer_ports import AbstractMixerPorts, Side
from genrf.circuits.periodic import Orbit, Transfer, transfer
from genrf.circuits.procedure import Counterpart, Procedure, Setup
from genrf.circuits.shooting import orbit
from genrf.circuits.tones import dbm
from genrf.core.spec import Metric

_kept: list[tuple["Conversion", Setup, Orbit]] = []  # the last orbit, a third of what a design takes


@dataclass(frozen=True)
class Conversion(Procedure):
    """Small signals and noise around the orbit, at `samples` phases of the oscillator, an odd number.

    Gain is of voltage, from the input's matched voltage (half of its electromotive force) above the oscillator to the
    load; with a load of 50 ohm it is the transducer gain too. The noise figures count the source's noise in both
    sidebands (DSB) or above the oscillator only (SSB) as the signal's, all else as the circuit's, what comes from other
    harmonics too. Leakage is what either side carries, in opposition or alike: a balanced mixer without mismatch leaks
    only alike.
    """

    ports: AbstractMixerPorts
    samples: int = 33

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "conversion_gain_db": Metric("dB", "voltage at the load over the matched voltage of the input"),
            "image_rejection_db": Metric("dB", "conversion gain above the oscillator over that below it"),
            "nf_dsb_db": Metric("dB", "double-sideband noise figure, source of 50 ohm at 290 K"),
            "nf_ssb_db": Metric("dB", "single-sideband noise figure, source of 50 ohm at 290 K in both sidebands"),
            "lo_rf_dbm": Metric("dBm", "power of the local oscillator out of the input into the source"),
            "lo_if_dbm": Metric("dBm", "power of the local oscillator in the load"),
            "power_w": Metric("W", "mean power drawn from the supply with the local oscillator running"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        settled = self.settled(setup)
        found = self._transfer(setup, self.ports.intermediate)
        upper, lower = (abs(found.gain("vtone1", side)) for side in (1, -1))
        double, single = noise_figures(found)
        return {
            "conversion_gain_db": decibel(2.0 * upper),
            "image_rejection_db": decibel(upper / max(lower, 1e-30)),
            "nf_dsb_db": double,
            "nf_ssb_db": single,
            "lo_rf_dbm": _leaked_dbm(settled, self.ports.inputs),
            "lo_if_dbm": _leaked_dbm(settled, self.ports.outputs),
            "power_w": -float((settled.waves["vdd"] * settled.waves["vsupply#branch"]).mean()),
        }

    def counterpart(self, band: tuple[float, float]) -> Counterpart:
        return ConversionTransient(self.ports, self.ports.settling).counterpart(self.metrics)

    def swept(self, setup: Setup, frequencies: Float[np.ndarray, "n"]) -> dict[str, Float[np.ndarray, "n"]]:
        """Conversion gain and both noise figures in dB over the frequency of the output in Hz."""
        found = [self._transfer(setup, float(frequency)) for frequency in frequencies]
        figures = np.array([noise_figures(one) for one in found])
        gain = np.array([decibel(2.0 * abs(one.gain("vtone1", 1))) for one in found])
        return {"gain_db": gain, "nf_dsb_db": figures[:, 0], "nf_ssb_db": figures[:, 1]}

    def sources(self, setup: Setup) -> dict[str, float]:
        """Noise density at the output in V^2/Hz by element, that of the source of 50 ohm under `source`."""
        found = self._transfer(setup, self.ports.intermediate)
        return {"source": SOURCE * found.folded("vtone1"), **found.noise()}

    def _transfer(self, setup: Setup, frequency: float) -> Transfer:
        return transfer(self.settled(setup).equations(frequency), self.ports.output, frequency, self.ports.lo)

    def settled(self, setup: Setup) -> Orbit:
        """The circuit with its oscillator running and no signal; kept for the next procedure that asks for the same."""
        if not _kept or _kept[0][:2] != (self, setup):
            _kept[:] = [(self, setup, self._run(setup))]
        return _kept[0][2]

    def _run(self, setup: Setup) -> Orbit:
        return orbit(setup, self.ports.driven((), 0.0), self.ports.lo, self.samples, 2 * self.ports.steps)


def noise_figures(found: Transfer) -> tuple[float, float]:
    """Double- and single-sideband noise figure in dB, the source being `vtone1` behind 50 ohm without noise."""
    whole = sum(found.noise().values()) + SOURCE * found.folded("vtone1")
    upper, lower = (abs(found.gain("vtone1", side)) ** 2 for side in (1, -1))
    return tuple(10.0 * math.log10(whole / max(SOURCE * kept, 1e-99)) for kept in (upper + lower, upper))  # type: ignore[return-value]


def decibel(ratio: float) -> float:
    """20 log10 of a ratio; 0 becomes -600 dB."""
    return 20.0 * math.log10(max(ratio, 1e-30))


def _leaked_dbm(settled: Orbit, sides: Sequence[Side]) -> float:
    """Power in dBm of the oscillator's fundamental in the resistances of all sides together."""
    watts = sum(settled.line(settled.between(side.net, side.other), 1) ** 2 / (2.0 * side.ohms) for side in sides)
    return dbm(math.sqrt(2.0 * Z0 * watts))
