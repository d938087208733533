"""Double-sideband noise figure of a mixer, from its noise at operating points along the oscillator's period."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.conversion import Conversion
from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.mixer_ports import MixerPorts
from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.circuits.testbench import Ac, Analysis, Grid, Noise
from genrf.core.spec import Metric

_PHASES = 128
_AGREE_DB = 1.0  # between the gains of the held and of the running oscillator


@dataclass(frozen=True)
class SampledNoise(Procedure):
    """Noise and gain with the oscillator held at phases of its period, averaged and folded.

    White noise through a network that varies faster than it remembers has the mean of its density at the output, with
    all foldings in it; the signal's gain is the first Fourier coefficient of the gain g over the phase:
    F = (mean Sn + 4 k T0 Rs mean |g|^2) / (4 k T0 Rs 2 |g1|^2), Sn being all noise but the source's.
    Source: Hull and Meyer, IEEE Trans. Circuits Syst. I 40 (1993) 909; Terrovitis and Meyer, IEEE J. Solid-State
    Circuits 34 (1999) 772. What capacitances remember from one phase to the next is not in it, nor is flicker noise at
    frequencies other than the intermediate one; where they change the gain by more than 1 dB there is no number.
    """

    ports: MixerPorts

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"nf_dsb_db": Metric("dB", "double-sideband noise figure, source of 50 ohm at 290 K, without memory")}

    def measure(self, setup: Setup) -> dict[str, float]:
        gain, noise = self.sampled(setup)
        _check_agreement(gain, Conversion(self.ports).measure(setup)["conversion_gain_db"])
        return {"nf_dsb_db": 10.0 * math.log10(factor(gain, noise))}

    def sampled(self, setup: Setup) -> tuple[Complex[np.ndarray, "n"], Float[np.ndarray, "n"]]:
        """Gain from the input's electromotive force to the load, and the circuit's noise there in V^2/Hz, by phase."""
        grid = Grid("lin", 1, self.ports.intermediate, self.ports.intermediate)
        analyses: Mapping[str, Analysis] = {
            "gain": Ac(("outp", "outn"), grid),
            "noise": Noise("outp,outn", "vtone1", grid, ("onoise_spectrum",)),
        }
        held = [setup.simulate(self.ports.frozen(phase), analyses) for phase in phases()]
        gain = np.array([found["gain"]["outp"][0] - found["gain"]["outn"][0] for found in held])
        return gain, np.array([found["noise"]["onoise_spectrum"][0] ** 2 for found in held])


def phases() -> Float[np.ndarray, "n"]:
    """Where the oscillator is held, in rad; none is a zero of its sine."""
    return 2.0 * np.pi * (np.arange(_PHASES) + 0.5) / _PHASES


def fundamental(gain: Complex[np.ndarray, "n"]) -> float:
    """Magnitude of the gain's Fourier coefficient at the oscillator's frequency."""
    return float(np.abs(np.mean(gain * np.exp(-1j * phases()))))


def factor(gain: Complex[np.ndarray, "n"], noise: Float[np.ndarray, "n"]) -> float:
    """The double-sideband noise factor from gain and noise in V^2/Hz by phase."""
    source = 4.0 * BOLTZMANN * T0 * Z0
    return float((noise.mean() / source + np.mean(np.abs(gain) ** 2)) / (2.0 * fundamental(gain) ** 2))


def _check_agreement(gain: Complex[np.ndarray, "n"], running_db: float) -> None:
    held_db = 20.0 * math.log10(max(2.0 * fundamental(gain), 1e-30))  # both from the matched voltage
    if abs(held_db - running_db) > _AGREE_DB:
        raise NotMeasurable(
            f"nf_dsb_db: the gain is {held_db:.1f} dB at a held oscillator and {running_db:.1f} dB at a running one; "
            "the circuit has too much memory for its noise to be averaged over phases"
        )
