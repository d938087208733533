"""Phase noise by the impulse sensitivity of the settled orbit.

A small charge put into a net at time t of the period shifts the oscillation by w(t) in seconds per coulomb for good.
w is the perturbation projection vector of Demir, Mehrotra and Roychowdhury, IEEE Trans. Circuits Syst. I 47 (2000) 655;
w0 w(t) times a charge of reference is the impulse sensitivity function of Hajimiri and Lee, IEEE J. Solid-State
Circuits 33 (1998) 179. It could be read from transients with a pulse each; here it is the left null vector of the
equations along the orbit (`nodal`), collocated at an odd number of even phases, after Demir, Long and Roychowdhury,
Computing phase noise eigenfunctions directly from steady-state Jacobian matrices, ICCAD 2000, 283.
One transient and one operating point per nonlinear element and phase give it for all nets at once.

With one-sided densities S(t) of the noise current between nets a and b, w_ab = w_a - w_b, at an offset f:

    L(f) = f0^2 / (2 f^2) * sum over sources of ( mean(w_ab^2 S) + mean((dw_ab/dt)^2 S_charge) + mean(w_ab m)^2 )

A fluctuating charge is a current that is its derivative, integrated here by parts. m(t), its square the density of
flicker at the offset, follows the direct current, so that only the mean of w_ab m counts (Hajimiri and Lee, section
III.D). Their own writing of the rest is Gamma_rms^2 S / (2 q^2 dw^2). Valid where the offset is far above the line
width. The correlation of gate and channel noise is left out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from genrf.circuits.nodal import Nodal, linearised, unknowns
from genrf.circuits.oscillation import Oscillation
from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.core.spec import Metric
from genrf.core.units import engineering


@dataclass(frozen=True)
class Sensitivity:
    """The settled orbit: its equations, dx/dt, and the time shift `w` per charge (s/C) for every unknown and phase."""

    frequency: float
    equations: Nodal
    slope: Float[np.ndarray, "n u"]
    w: Float[np.ndarray, "n u"]

    @cached_property
    def closure(self) -> float:
        """The root mean square deviation from one of w C dx/dt - w K d2x/dt2 + dw/dt K dx/dt.

        By Lagrange's identity it is one all along an orbit that solves the equations.
        """
        along, turn = self.equations, self.turn
        weighted = np.einsum("nuv,nv->nu", along.capacitance, self.slope)
        weighted -= np.einsum("nuv,nv->nu", along.lag, turn @ self.slope)
        lagged = np.einsum("nuv,nv->nu", along.lag, self.slope)
        one = np.sum(self.w * weighted + (turn @ self.w) * lagged, axis=1)
        return float(np.sqrt(np.mean((one - 1.0) ** 2)))

    @cached_property
    def turn(self) -> Float[np.ndarray, "n n"]:
        """The matrix that differentiates along the orbit, in 1/s."""
        return derivative(len(self.slope), self.frequency)

    def between(self, nets: tuple[str, str]) -> Float[np.ndarray, "n"]:
        """The time shift in s/C of a charge taken from the first net and put into the second."""
        return np.asarray(-self.w @ self.equations.column(nets))

    def contributions(self, offset: float) -> dict[str, tuple[float, float]]:
        """White and flicker share of each element in L(offset), as power ratios per hertz."""
        found: dict[str, tuple[float, float]] = {}
        scale = self.frequency**2 / (2.0 * offset**2)
        for source in self.equations.noise:
            w = self.between(source.nets)
            white, flicker = found.get(source.element, (0.0, 0.0))
            white += scale * float(np.mean(w**2 * source.white + (self.turn @ w) ** 2 * source.charge))
            flicker += scale * float(np.mean(w * source.modulation)) ** 2
            found[source.element] = (white, flicker)
        return found


@dataclass(frozen=True)
class PhaseNoise(Procedure):
    """Single-sideband phase noise at `offset` Hz of an oscillation, from `samples` phases of its period, an odd number.

    An orbit whose `closure` exceeds `tolerance` is refused: its linear equations do not belong to it.
    """

    oscillation: Oscillation
    offset: float
    samples: int = 81
    tolerance: float = 0.05

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "phase_noise_dbc_hz": Metric("dBc/Hz", f"single-sideband phase noise at {engineering(self.offset, 'Hz')}"),
            "flicker_corner_hz": Metric("Hz", "offset at which flicker and white noise give the same phase noise"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        shares = self.sensitivity(setup).contributions(self.offset).values()
        white, flicker = (sum(share[k] for share in shares) for k in range(2))
        return {
            "phase_noise_dbc_hz": 10.0 * math.log10(white + flicker),
            "flicker_corner_hz": self.offset * flicker / white,
        }

    def sensitivity(self, setup: Setup) -> Sensitivity:
        """The orbit with its sensitivity. Raises NotMeasurable when the orbit does not close."""
        names = unknowns(setup.circuit)
        settled = self.oscillation.settled(setup, names)
        states = {name: settled.sampled(name, self.samples) for name in names}
        frequency = 1.0 / settled.period
        equations = linearised(setup, states, frequency, self.offset)
        slope = derivative(self.samples, frequency) @ np.stack([states[name] for name in names], axis=1)
        found = Sensitivity(frequency, equations, slope, shift_per_charge(equations, slope, frequency))
        if not found.closure < self.tolerance:
            raise NotMeasurable(
                f"phase_noise_dbc_hz: the orbit misses its own linear equations by {found.closure:.1%}, more than "
                f"{self.tolerance:.1%}; more samples or points may help"
            )
        return found


def derivative(samples: int, frequency: float) -> Float[np.ndarray, "n n"]:
    """The matrix that differentiates trigonometric polynomials, given at an odd number of even phases, in 1/s.

    Source: Trefethen, Spectral Methods in MATLAB, chapter 3.
    """
    if samples % 2 == 0:
        raise ValueError(f"samples must be odd, got {samples}")
    apart = np.subtract.outer(np.arange(samples), np.arange(samples))
    sine = np.sin(math.pi * apart / samples)
    np.fill_diagonal(sine, np.inf)
    return np.asarray(math.pi * frequency * (-1.0) ** apart / sine)


def shift_per_charge(equations: Nodal, slope: Float[np.ndarray, "n u"], frequency: float) -> Float[np.ndarray, "n u"]:
    """The time shift w in s/C: the left null vector of d/dt C + G along the orbit, the mean of w C dx/dt one.

    The matrix is bordered, so that it is well conditioned and any vector near the null space will do as border.
    """
    samples, count = slope.shape
    size = samples * count
    turn = derivative(samples, frequency)
    whole = np.einsum("nm,muv->numv", turn, equations.capacitance)
    whole -= np.einsum("nl,luv,lm->numv", turn, equations.lag, turn, optimize=True)
    phases = np.arange(samples)
    whole[phases, :, phases, :] += equations.conductance
    border = _border(equations, slope, turn)
    bordered = np.zeros((size + 1, size + 1))
    bordered[:size, :size] = whole.reshape(size, size).T
    bordered[:size, size] = bordered[size, :size] = border / np.linalg.norm(border)
    right = np.zeros(size + 1)
    right[size] = samples / np.linalg.norm(border)
    return np.asarray(np.linalg.solve(bordered, right)[:size].reshape(samples, count))


def _border(
    equations: Nodal, slope: Float[np.ndarray, "n u"], turn: Float[np.ndarray, "n n"]
) -> Float[np.ndarray, "m"]:
    """The derivative of (D + s) C + G - (D + s) K (D + s) by s at 0, applied to dx/dt."""

    def times(matrix: Float[np.ndarray, "n u u"], vector: Float[np.ndarray, "n u"]) -> Float[np.ndarray, "n u"]:
        return np.asarray(np.einsum("nuv,nv->nu", matrix, vector))

    lagged = times(equations.lag, turn @ slope) + turn @ times(equations.lag, slope)
    return np.asarray((times(equations.capacitance, slope) - lagged).ravel())
