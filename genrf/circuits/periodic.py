"""Small signals and noise of a circuit around a periodic large one: mixers, receivers, their oscillator running.

Around the orbit of a driven circuit the equations of `nodal` vary with its period. A small signal at w comes out at
every w + k w0, and what comes out at w comes from all of these: with unknowns X_k at the sidebands,

    sum over l of ( G_{k-l} + j w_k C_{k-l} + w_k w_l K_{k-l} ) X_l = U_k,        w_k = w + k w0,

G_m, C_m, K_m being the Fourier coefficients along the orbit (`sidebands`). Solved once for the transposed system, for
one output, it gives the transfer from every net and sideband. With g_j its value at phase j, white noise of density S_j
comes out as the mean of |g_j|^2 S_j, all foldings in it; a current that is the derivative of a fluctuating charge has
j w_k in addition; of flicker, which is slow, the mean of g_j m_j counts. The correlation of gate and channel noise is
left out.
Source: Okumura, Sugawara, Tanimoto, An efficient small signal frequency analysis method of nonlinear circuits with two
frequency excitations, IEEE Trans. CAD 9 (1990) 225; Roychowdhury, Long, Feldmann, Cyclostationary noise analysis of
large RF circuits with multitone excitations, IEEE J. Solid-State Circuits 33 (1998) 324.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.netlist import GROUND
from genrf.circuits.nodal import Nodal, incidence, linearised, unknowns
from genrf.circuits.procedure import Setup
from genrf.circuits.sidebands import Sidebands, sidebands
from genrf.circuits.weakly_nonlinear import WeaklyNonlinear, expanded


@dataclass(frozen=True)
class Orbit:
    """A driven circuit over one period that repeats: `waves` at an odd number of even phases, by unknown and vector."""

    setup: Setup
    frequency: float
    waves: Mapping[str, Float[np.ndarray, "n"]]

    @property
    def state(self) -> dict[str, float]:
        """Where the period begins, by unknown."""
        return {name: float(wave[0]) for name, wave in self.waves.items()}

    def equations(self, offset: float) -> Nodal:
        """The equations around it, with noise sources whose flicker is that at `offset` Hz."""
        names = unknowns(self.setup.circuit)
        return linearised(self.setup, {name: self.waves[name] for name in names}, self.frequency, offset)

    def expanded(self) -> WeaklyNonlinear:
        """The circuit around it to third order."""
        return expanded(self.setup, self.waves, self.frequency, self.frequency)

    def between(self, net: str, other: str) -> Float[np.ndarray, "n"]:
        """The voltage between two nets, either of which may be ground."""
        high, low = (0.0 if one == GROUND else self.waves[one] for one in (net, other))
        return np.asarray(high - low)

    def line(self, wave: Float[np.ndarray, "n"], harmonic: int) -> float:
        """Amplitude of a harmonic of a wave."""
        return float(2.0 * np.abs(np.mean(wave * np.exp(-1j * harmonic * phases(len(wave))))))


def phases(samples: int) -> Float[np.ndarray, "n"]:
    """Even phases of a period in rad, from 0."""
    return 2.0 * math.pi * np.arange(samples) / samples


@dataclass(frozen=True)
class Transfer:
    """How every unknown at every sideband comes out at one output: `to_output` at sidebands k = -h ... h.

    `frequency` in Hz is that of the output, `carrier` in Hz that of the orbit.
    """

    equations: Nodal
    frequency: float
    carrier: float
    to_output: Complex[np.ndarray, "n u"]

    def gain(self, source: str, sideband: int) -> complex:
        """The output over the electromotive force of a voltage source at `frequency` + `sideband` * `carrier`."""
        row = self.equations.unknowns.index(f"{source}#branch")
        return -complex(self.to_output[sideband + len(self.to_output) // 2, row])

    def folded(self, source: str) -> float:
        """The mean square of the gain from a source: what white noise in series with it has over the output's."""
        row = self.equations.unknowns.index(f"{source}#branch")
        return float(np.sum(np.abs(self.to_output[:, row]) ** 2))

    def noise(self) -> dict[str, float]:
        """Noise density at the output in V^2/Hz, by element."""
        along = _along(self.to_output)
        moving = _along(1j * self._angular[:, None] * self.to_output)
        found: dict[str, float] = {}
        for source in self.equations.noise:
            column = self.equations.column(source.nets)
            white, charge = np.abs(along @ column) ** 2 * source.white, np.abs(moving @ column) ** 2 * source.charge
            slow = abs(np.mean(along @ column * source.modulation)) ** 2
            found[source.element] = found.get(source.element, 0.0) + float(np.mean(white + charge) + slow)
        return found

    @property
    def _angular(self) -> Float[np.ndarray, "n"]:
        return sidebands(len(self.to_output), self.frequency, self.carrier)


def transfer(equations: Nodal, output: tuple[str, str], frequency: float, carrier: float) -> Transfer:
    """From everywhere to the voltage between two nets at `frequency` in Hz, along an orbit of `carrier` in Hz."""
    solved = Sidebands(equations, frequency, carrier)
    return Transfer(equations, frequency, carrier, solved.towards(incidence(equations.unknowns, output)))


def _along(sidebands: Complex[np.ndarray, "n u"]) -> Complex[np.ndarray, "n u"]:
    """The values g at even phases for which the sum of X_k U_k is the mean of g u, u having coefficients U_k."""
    return np.asarray(np.fft.fft(np.fft.ifftshift(sidebands, axes=0), axis=0))
