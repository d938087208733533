"""The four noise parameters of a two-port, from `.noise` with four noiseless source admittances.

`.sp` of ngspice below 43 computes them wrongly, and its correlation matrix lacks flicker noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.circuits.testbench import Grid, Noise
from genrf.core.spec import Metric

_OPEN = 1e-7  # S: a source admittance of about zero, which still gives the input a path for direct current
_POINTS = 3


@dataclass(frozen=True)
class NoiseParameters:
    """Minimum noise factor, noise resistance in ohm and optimum source admittance in S, per frequency."""

    f_min: Float[np.ndarray, "n"]
    rn: Float[np.ndarray, "n"]
    y_opt: Complex[np.ndarray, "n"]

    @property
    def gamma_opt(self) -> Complex[np.ndarray, "n"]:
        """The optimum source reflection in 50 ohm."""
        return np.asarray((1.0 - Z0 * self.y_opt) / (1.0 + Z0 * self.y_opt))

    def factor(self, y: Complex[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Noise factor with the source admittance `y` in S at 290 K."""
        return np.asarray(self.f_min + self.rn / y.real * np.abs(y - self.y_opt) ** 2)


@dataclass(frozen=True)
class FourSources(Procedure):
    """Noise currents with the source admittances 0, 1/50, +j/50 and -j/50 S give the correlation matrix.

    i and u are the equivalent noise sources at the input: S(Y) = <ii> + |Y|^2 <uu> + 2 Re(Y <ui*>).
    Source: Haus et al., Representation of noise in linear twoports, Proc. IRE 48 (1960) 69.
    """

    points: int = _POINTS

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "nfmin_db": Metric("dB", "highest minimum noise figure in the band, source at 290 K"),
            "rn_ohm": Metric("ohm", "highest noise resistance in the band"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        found = self.parameters(setup, Grid("lin", self.points, *setup.band))
        if not (np.all(np.isfinite(found.f_min)) and np.all(found.f_min >= 1.0 - 1e-9)):
            raise NotMeasurable("nfmin_db: the four noise measurements contradict each other")
        return {"nfmin_db": float(10 * np.log10(found.f_min).max()), "rn_ohm": float(found.rn.max())}

    def parameters(self, setup: Setup, grid: Grid) -> NoiseParameters:
        """The noise parameters over a grid."""
        omega = 2.0 * np.pi * grid.frequencies()
        y0, centre = 1.0 / Z0, 2.0 * math.pi * math.sqrt(setup.band[0] * setup.band[1])
        capacitor, inductor = y0 / centre, Z0 / centre

        def current(*source: Element) -> Float[np.ndarray, "n"]:
            found = setup.simulate([*_around(), *source], {"noise": Noise("out", "iin", grid)})
            return np.asarray(found["noise"]["inoise_spectrum"] ** 2)

        none, real = current(), current(Element("rsource", ("in", GROUND), Z0, flags="noisy=0"))
        plus = current(Element("csource", ("in", GROUND), capacitor))
        minus = current(Element("lsource", ("in", GROUND), inductor))
        # S at Y = G_open, y0 + G_open, j w C + G_open, 1/(j w L) + G_open: linear in <ii>, <uu>, Re and Im of <ui*>
        y = [0j * omega, y0 + 0j * omega, 1j * omega * capacitor, -1j / (omega * inductor)]
        y = [one + _OPEN for one in y]
        rows = np.array([[np.ones_like(omega), np.abs(one) ** 2, 2 * one.real, -2 * one.imag] for one in y])
        # columns of very different size: voltages are counted in units of y0
        units = np.array([1.0, y0**-2, y0**-1, y0**-1])
        matrix = rows.transpose(2, 0, 1) * units
        ii, uu, re, im = (np.linalg.solve(matrix, np.array([none, real, plus, minus]).T[..., None])[..., 0] * units).T
        return _parameters(ii, uu, re, im)


def _parameters(
    ii: Float[np.ndarray, "n"], uu: Float[np.ndarray, "n"], re: Float[np.ndarray, "n"], im: Float[np.ndarray, "n"]
) -> NoiseParameters:
    kt = 4.0 * BOLTZMANN * T0
    b_opt = im / uu
    g_opt = np.sqrt(np.maximum(ii / uu - b_opt**2, 0.0))
    return NoiseParameters(1.0 + 2.0 / kt * (uu * g_opt + re), uu / kt, g_opt + 1j * b_opt)


def _around() -> list[Element]:
    """A current source in place of the input's, and a load whose noise does not count."""
    return [
        Element("iin", (GROUND, "in"), flags="dc 0 ac 1"),
        Element("ropen", ("in", GROUND), 1.0 / _OPEN, flags="noisy=0"),
        Element("rload", ("out", GROUND), Z0, flags="noisy=0"),
    ]


def circle(found: NoiseParameters, at: int, noise_figure_db: float) -> tuple[complex, float]:
    """Centre and radius, in the plane of the source reflection, of the circle of a constant noise figure.

    Source: Gonzalez, Microwave Transistor Amplifiers, section 4.3.
    """
    gamma = complex(found.gamma_opt[at])
    excess = 10.0 ** (noise_figure_db / 10.0) - float(found.f_min[at])
    n = excess / (4.0 * float(found.rn[at]) / Z0) * abs(1.0 + gamma) ** 2
    return gamma / (1.0 + n), math.sqrt(n**2 + n * (1.0 - abs(gamma) ** 2)) / (1.0 + n)
