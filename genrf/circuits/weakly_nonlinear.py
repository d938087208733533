"""Products of two small tones, in the limit of small ones, around an operating point or an orbit.

The nonlinear elements are expanded to third order (`curvature`) and their products taken for sources in the linear
circuit, order by order: the method of nonlinear currents, a Volterra series. With exponentials of frequencies w1, w1
and -w2 the first order gives waves a, a and c; these the products of second order at 2 w1 and w1 - w2; and all of
them the product of third order at 2 w1 - w2. Around an orbit each wave has all sidebands of its frequency, and
products are taken phase by phase. Resistances within elements (`quasistatic.Held.lag`) are linear here.
Source: Bussgang, Ehrman, Graham, Analysis of nonlinear systems with multiple inputs, Proc. IEEE 62 (1974) 1088;
Wambacq, Sansen, Distortion Analysis of Analog Integrated Circuits, chapter 5; around an orbit: Yuan, Opal, Distortion
analysis of periodically switched nonlinear circuits using time-varying Volterra series, IEEE Trans. Circuits Syst. I 48
(2001) 726.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.curvature import Curvature, curvature
from genrf.circuits.netlist import GROUND
from genrf.circuits.nodal import Nodal, incidence, linearised, unknowns
from genrf.circuits.procedure import Setup
from genrf.circuits.quasistatic import is_nonlinear, terminals
from genrf.circuits.sidebands import Sidebands

_NONE = 1e3  # V: a product that would meet the tones beyond it is the rounding of differences


@dataclass(frozen=True)
class Bent:
    """An element with the rows of its terminals (none for ground), and its curvature along the orbit."""

    join: Float[np.ndarray, "t u"]
    curvature: Curvature


@dataclass(frozen=True)
class Products:
    """Two tones at one output: the slopes of both lines and the coefficients of both products of third order.

    For an electromotive force of amplitude E in V per tone, lines have the amplitude E |line|, in the order of the
    tones, and products E^3 |product|, below the first and above the second.
    """

    lines: tuple[complex, complex]
    products: tuple[complex, complex]

    @property
    def intercept(self) -> float:
        """The amplitude in V at which the stronger product would be as strong as the weaker line; inf if none is."""
        weaker, stronger = min(map(abs, self.lines)), max(map(abs, self.products))
        return math.sqrt(weaker / stronger) if stronger * _NONE**2 > weaker else math.inf


@dataclass(frozen=True)
class WeaklyNonlinear:
    """A circuit around n states, an odd number of phases of an orbit of `carrier` in Hz, or an operating point."""

    equations: Nodal
    elements: tuple[Bent, ...]
    carrier: float

    def products(
        self, source: str, sideband: int, tones: tuple[float, float], outputs: Iterable[tuple[tuple[str, str], int]]
    ) -> list[Products]:
        """What two tones of the voltage source at `sideband` give at outputs: pairs of nets, and a sideband there.

        `tones` in Hz are without their sideband.
        """
        low, high = (self._wave(tone, self._source(source, sideband)) for tone in tones)
        below, above = self._third(low, high), self._third(high, low)

        def at(wave: "_Wave", output: tuple[str, str], place: int) -> complex:
            middle = len(wave.sidebands) // 2
            return complex(wave.sidebands[middle + place] @ incidence(self.equations.unknowns, output))

        return [
            Products((at(low, *out), at(high, *out)), (0.25 * at(below, *out), 0.25 * at(above, *out)))
            for out in outputs
        ]

    def _third(self, a: "_Wave", other: "_Wave") -> "_Wave":
        """The product at twice the frequency of `a` less that of `other`."""
        c = other.reflected
        double = self._born(2.0 * a.frequency, [0.5 * one for one in self._of_two(a, a)])
        beat = self._born(a.frequency + c.frequency, self._of_two(a, c))
        kinds = zip(self._of_two(double, c), self._of_two(beat, a), self._of_three(a, c), strict=True)
        return self._born(2.0 * a.frequency + c.frequency, [second + slow + third for second, slow, third in kinds])

    def _of_two(self, a: "_Wave", b: "_Wave") -> list[np.ndarray]:
        return [e.curvature.of_two(a.volts @ e.join.T, b.volts @ e.join.T) for e in self.elements]

    def _of_three(self, a: "_Wave", c: "_Wave") -> list[np.ndarray]:
        joined = ((e, a.volts @ e.join.T, c.volts @ e.join.T) for e in self.elements)
        return [0.5 * e.curvature.of_three(first, first, last) for e, first, last in joined]

    def _born(self, frequency: float, products: list[Complex[np.ndarray, "2 n t"]]) -> "_Wave":
        """The wave that currents and charges of the elements make at a frequency."""
        along = np.zeros((2, *self.equations.conductance.shape[:2]), dtype=complex)
        for element, product in zip(self.elements, products, strict=True):
            along -= product @ element.join
        current, charge = np.fft.fftshift(np.fft.fft(along, axis=1), axes=1) / along.shape[1]
        solved = self._solved(frequency)
        return _Wave(frequency, solved.driven(current + 1j * solved.angular[:, None] * charge))

    def _wave(self, frequency: float, right: Complex[np.ndarray, "n u"]) -> "_Wave":
        return _Wave(frequency, self._solved(frequency).driven(right))

    def _solved(self, frequency: float) -> Sidebands:
        return Sidebands(self.equations, frequency, self.carrier)

    def _source(self, name: str, sideband: int) -> Complex[np.ndarray, "n u"]:
        found = np.zeros(self.equations.conductance.shape[:2], dtype=complex)
        found[len(found) // 2 + sideband, self.equations.unknowns.index(f"{name}#branch")] = -1.0
        return found


@dataclass(frozen=True)
class _Wave:
    """A small signal exp(j 2 pi f t) times what varies along the orbit, which has `sidebands`."""

    frequency: float
    sidebands: Complex[np.ndarray, "n u"]

    @cached_property
    def volts(self) -> Complex[np.ndarray, "n u"]:
        """The unknowns by phase."""
        return np.asarray(len(self.sidebands) * np.fft.ifft(np.fft.ifftshift(self.sidebands, axes=0), axis=0))

    @property
    def reflected(self) -> "_Wave":
        """The wave of the negative frequency, that makes a real signal of both."""
        return _Wave(-self.frequency, self.sidebands[::-1].conj())


def expanded(
    setup: Setup, states: Mapping[str, Float[np.ndarray, "n"]], frequency: float, carrier: float = 0.0
) -> WeaklyNonlinear:
    """The circuit of a setup around `states`, by the vectors of `nodal.unknowns`; for signals up to `frequency` in Hz.

    Raises NoEquation where an element has no equation, NoConvergence from the engine.
    """
    names = unknowns(setup.circuit)
    still = np.zeros(len(next(iter(states.values()))))
    equations = linearised(setup, states, frequency)
    bent = []
    for element in filter(is_nonlinear, setup.circuit.elements):
        nets = terminals(element)
        volts = np.stack([still if net == GROUND else states[net] for net in nets], axis=1)
        join = np.stack([incidence(names, (net,)) for net in nets])
        bent.append(Bent(join, curvature(setup, element, volts, frequency)))
    return WeaklyNonlinear(equations, tuple(bent), carrier)
