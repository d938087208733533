"""What a two-port does, as numbers a behavioural model needs: poles and residues, noise waves, a cubic, currents.

Waves are counted as voltages, a = V + Z0 I and b = V - Z0 I, so that a source of 50 ohm sends its electromotive force.
"""

import logging
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float
from scipy.optimize import nnls

from genrf.circuits.export.flat import afresh, sizing
from genrf.circuits.export.touchstone import swept
from genrf.circuits.intermodulation import Intercept, plan
from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.noise_parameters import FourSources, NoiseParameters
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Grid, Op
from genrf.core.errors import GenrfError
from genrf.core.problem import Design

_ACCURACY = 3e-4  # of every entry of S, absolute: 0.1 dB of a reflection of -30 dB
_SHARE = 0.03  # and of its own largest value: an isolation of 80 dB lies below the accuracy
_NOTHING = 1e-6  # an error that does not count
_PAIRS = range(2, 11)
_NOISE_POINTS = 21
_CORNERS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of noise's shapes, over the centre of the band
_ORDERS = (1, 2, 3, 4)  # two do not follow a noise figure that turns up steeply at both ends of an octave
_Gain = Callable[[Float[np.ndarray, "n"]], Complex[np.ndarray, "n"]]  # S21 at frequencies
_Shape = Callable[[Float[np.ndarray, "n"], float], Float[np.ndarray, "n"]]


def _low(order: int) -> _Shape:
    return lambda f, corner: 1.0 / (1.0 + (f / corner) ** 2) ** order


def _high(order: int) -> _Shape:
    return lambda f, corner: 1.0 / (1.0 + (corner / f) ** 2) ** order


# power over frequency: 1/f, flat, and what equal filters of first order, one behind the other, leave of a flat one
SHAPES: Mapping[str, _Shape] = {
    "flicker": lambda f, corner: corner / f,
    "white": lambda f, corner: np.ones_like(f),
    **{f"low_{order}": _low(order) for order in _ORDERS},
    **{f"high_{order}": _high(order) for order in _ORDERS},
}


@dataclass(frozen=True)
class Rational:
    """S = constant + the sum over poles of residue / (s - pole); of a pair of complex poles the upper one stands here.

    `residues` has a matrix for each pole; poles and residues in rad/s.
    """

    constant: Float[np.ndarray, "2 2"]
    poles: Complex[np.ndarray, "k"]
    residues: Complex[np.ndarray, "k 2 2"]

    def at(self, frequency: Float[np.ndarray, "n"]) -> Complex[np.ndarray, "n 2 2"]:
        """S at frequencies in Hz."""
        s = 2j * np.pi * np.asarray(frequency, dtype=complex)[:, None]
        upper = np.einsum("nk,kij->nij", 1.0 / (s - self.poles), self.residues)
        paired = self.poles.imag != 0.0
        lower = np.einsum("nk,kij->nij", 1.0 / (s - self.poles[paired].conj()), self.residues[paired].conj())
        return np.asarray(self.constant + upper + lower)


@dataclass(frozen=True)
class NoiseWaves:
    """Noise that the input sees: a wave added to the incident one, and one that leaves the input, partly the same.

    The first is the sum of `densities` in V^2/Hz times their shapes, by kind and corner in Hz. The second is
    `correlated` times the first at `centre` in Hz, and beside that white of density `own`.
    Source: Meys, IEEE Trans. MTT-26 (1978) 34.
    """

    densities: Mapping[tuple[str, float], float]
    correlated: complex
    own: float
    centre: float


@dataclass(frozen=True)
class Behaviour:
    """A two-port's S, noise (None: it has none that was measured), third-order bend of the output wave, currents in A.

    `cubic` in 1/V^2 multiplies the third power of the forward wave at the output. `currents` flow into the supply and
    the references, at `voltages`. `band` in Hz.
    """

    scattering: Rational
    noise: NoiseWaves | None
    cubic: float
    currents: Mapping[str, float]
    voltages: Mapping[str, float]
    band: tuple[float, float]


def behaviour(design: Design) -> Behaviour:
    """The model of a design. Raises GenrfError where it is no two-port, or rational functions do not follow it."""
    problem = sizing(design)
    if tuple(problem.structure.signals) != ("in", "out") or "wide" not in (design.curves or {}):
        raise GenrfError(f"{problem.structure.name} is no two-port with S-parameters")
    frequency, s = swept(design)
    fitted = rational(frequency, s)
    bend = cubic(intercept_dbm(design), problem.bench.band, lambda f: fitted.at(f)[:, 1, 0])
    return Behaviour(fitted, _noise(design), bend, currents(design), voltages(design), problem.bench.band)


def rational(frequency: Float[np.ndarray, "n"], s: Complex[np.ndarray, "n 2 2"]) -> Rational:
    """The fewest poles that follow S, all of them stable. Raises GenrfError when there are none.

    Source: Gustavsen and Semlyen, IEEE Trans. Power Delivery 14 (1999) 1052; scikit-rf's vector fitting.
    """
    error = math.inf
    allowed = np.minimum(_ACCURACY, np.maximum(_SHARE * np.abs(s).max(axis=0), _NOTHING))
    for pairs in _PAIRS:
        found = _fitted(frequency, s, pairs)
        off = np.abs(found.at(frequency) - s).max(axis=0)
        error = min(error, float(off.max()))
        if np.all(off < allowed) and np.all(found.poles.real < 0.0):
            return found
    raise GenrfError(f"no rational functions of up to {_PAIRS[-1]} pairs of poles follow S within {error:.2g}")


def _fitted(frequency: Float[np.ndarray, "n"], s: Complex[np.ndarray, "n 2 2"], pairs: int) -> Rational:
    import skrf.vectorFitting  # pandas and matplotlib come with it: wanted only here

    logging.getLogger(skrf.vectorFitting.__name__).setLevel(logging.WARNING)  # it tells of every step
    fit = skrf.vectorFitting.VectorFitting(skrf.Network(f=frequency, s=s, f_unit="hz"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of its iterations; the result is looked at below
        fit.vector_fit(n_poles_real=1, n_poles_cmplx=pairs, fit_constant=True, fit_proportional=False)
    residues = np.asarray(fit.residues, dtype=complex).T.reshape(-1, 2, 2)
    return Rational(np.real(fit.constant_coeff).reshape(2, 2), np.asarray(fit.poles, dtype=complex), residues)


def voltages(design: Design) -> dict[str, float]:
    """What the supply and the references lie at."""
    problem = sizing(design)
    nets = problem.structure.ports[len(problem.structure.signals) :]
    if not nets:
        return {}
    found = afresh(design).simulate((), {"op": Op(nets)})["op"]
    return {net: float(found[net][0]) for net in nets}


def currents(design: Design) -> dict[str, float]:
    """What flows into the references and the supply; the measured power holds both."""
    problem = sizing(design)
    references = problem.references(design.values)
    if not problem.structure.supplied:
        return references
    total = design.metrics["power_w"] / problem.technology.at().supply
    return {**references, "vdd": total - sum(references.values())}


def cubic(measured: float | None, band: tuple[float, float], gain: _Gain) -> float:
    """The coefficient k of w - k w^3 that gives the `measured` intercept in dBm, w the forward wave at the output.

    Two tones of amplitude A leave w with amplitudes A g1 and A g2; k w^3 adds 3/4 k (A g1)^2 A g2 and its mirror image.
    As in the measurement, the weaker tone and the stronger product count: they are equal at
    A^2 = min(g) / (3/4 k g1 g2 max(g)), and A^2 = 8 Z0 P. Without an intercept k is 0.
    """
    if measured is None:
        return 0.0
    low, high, _ = plan(band)
    one, other = np.abs(gain(np.array([low, high])))
    square = 8.0 * Z0 * 1e-3 * 10.0 ** (measured / 10.0)
    return float(min(one, other) / max(one, other) / (0.75 * one * other * square))


def intercept_dbm(design: Design) -> float | None:
    """The intercept that was measured, or that of small tones; None where the bench knows none, or finds none."""
    problem = sizing(design)
    if "iip3_dbm" in design.metrics or "iip3_dbm" not in problem.metrics:
        return design.metrics.get("iip3_dbm")
    try:
        return Intercept().measure(afresh(design))["iip3_dbm"]
    except (NotMeasurable, NoConvergence):
        return None


def _noise(design: Design) -> NoiseWaves | None:
    found = noise(design)
    return None if found is None else waves(*found)


def noise(design: Design) -> tuple[Float[np.ndarray, "n"], NoiseParameters] | None:
    """Frequencies over the band and the noise parameters there; None where the bench does not measure them."""
    problem = sizing(design)
    sources = next((one for one in problem.bench.procedures if isinstance(one, FourSources)), None)
    if sources is None:
        return None
    grid = Grid("lin", _NOISE_POINTS, *problem.bench.band)
    return grid.frequencies(), sources.parameters(afresh(design), grid)


def middle(frequency: Float[np.ndarray, "n"]) -> int:
    """Which of the frequencies of a band is nearest to its centre."""
    return int(np.argmin(np.abs(np.log(frequency**2 / (frequency[0] * frequency[-1])))))


def waves(frequency: Float[np.ndarray, "n"], found: NoiseParameters) -> NoiseWaves:
    """Noise waves of the noise figure at 50 ohm over the frequencies, and of all noise parameters at the middle one."""
    place = middle(frequency)
    centre = float(frequency[place])
    incident, back, both = correlations(found)
    shapes = {
        (kind, share * centre): shape(frequency, share * centre)
        for kind, shape in SHAPES.items()
        for share in (_CORNERS if "_" in kind else (1.0,))
    }
    columns = np.array([shape / incident for shape in shapes.values()])
    scale = columns.mean(axis=1)
    weights = nnls((columns / scale[:, None]).T, np.ones_like(incident))[0] / scale
    densities = {key: float(density) for key, density in zip(shapes, weights, strict=True) if density > 0.0}
    correlated = complex(both[place] / incident[place])
    own = max(float(back[place] - abs(both[place]) ** 2 / incident[place]), 0.0)
    return NoiseWaves(densities, correlated, own, centre)


def correlations(found: NoiseParameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Densities <aa*>, <bb*> and <ba*> in V^2/Hz of the noise waves a to the input and b from it.

    With the equivalent sources u in series and i parallel before a noiseless two-port, a = -(u + Z0 i), b = u - Z0 i;
    <uu*> = 4 k T0 Rn, <iu*> = Ycor <uu*>, Ycor = (Fmin - 1) / (2 Rn) - Yopt, <ii*> = |Yopt|^2 <uu*>.
    Source: Haus et al., Proc. IRE 48 (1960) 69.
    """
    uu = 4.0 * BOLTZMANN * T0 * found.rn
    ii = uu * np.abs(found.y_opt) ** 2
    iu = uu * ((found.f_min - 1.0) / (2.0 * found.rn) - found.y_opt)
    both = uu + Z0**2 * ii
    return (
        np.asarray(both + 2.0 * Z0 * iu.real),
        np.asarray(both - 2.0 * Z0 * iu.real),
        np.asarray(-(uu - Z0**2 * ii) + 2j * Z0 * iu.imag),
    )
