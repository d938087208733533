"""How the admittances of a nonlinear element bend with its voltages, asked of the simulator like the admittances.

With i the currents into the terminals and q the charges, as functions of the voltages against the last terminal,

    i_a = G_ab v_b + 1/2 G_abc v_b v_c + 1/6 G_abcd v_b v_c v_d,        q_a likewise of C,

the second and third coefficients are differences of the first ones over a few millivolts. Derivatives do not depend
on their order; the small rest by which a model's charges do is averaged out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.netlist import Element
from genrf.circuits.procedure import Setup
from genrf.circuits.quasistatic import held, is_still

_STEP = 10e-3  # V: makes 1.2 % too much of an exponential; models of a channel are rough where its current turns
_ABSOLUTE = "b"  # an expression may read voltages against ground, which is none of its terminals


@dataclass(frozen=True)
class Curvature:
    """An element's coefficients of second and third order over n states; first axis: currents in A, charges in C."""

    second: Float[np.ndarray, "2 n t m m"]
    third: Float[np.ndarray, "2 n t m m m"]

    def of_two(self, a: Complex[np.ndarray, "n t"], b: Complex[np.ndarray, "n t"]) -> Complex[np.ndarray, "2 n t"]:
        """What stands at the sum of two frequencies in the product of waves a and b: both orders of them."""
        return np.asarray(np.einsum("ynijk,nj,nk->yni", self.second, self._against(a), self._against(b)))

    def of_three(
        self, a: Complex[np.ndarray, "n t"], b: Complex[np.ndarray, "n t"], c: Complex[np.ndarray, "n t"]
    ) -> Complex[np.ndarray, "2 n t"]:
        """What stands at the sum of three frequencies in the product of waves a, b and c: all six orders of them."""
        waves = (self._against(wave) for wave in (a, b, c))
        return np.asarray(np.einsum("ynijkl,nj,nk,nl->yni", self.third, *waves))

    def _against(self, wave: Complex[np.ndarray, "n t"]) -> Complex[np.ndarray, "n m"]:
        free = self.second.shape[-1]
        return wave if free == wave.shape[1] else wave[:, :free] - wave[:, free:]


def curvature(setup: Setup, element: Element, volts: Float[np.ndarray, "n t"], frequency: float) -> Curvature:
    """The element's coefficients at `volts` of its terminals; admittances are asked for below `frequency` in Hz."""
    count = len(volts)
    asked = volts.mean(axis=0, keepdims=True) if is_still(volts) else volts
    terminals = volts.shape[1]
    free = terminals if element.name[0].lower() in _ABSOLUTE else terminals - 1
    places = list(_places(free))
    moved = asked[:, None, :] + _STEP * np.pad(np.array(places), ((0, 0), (0, terminals - free)))
    one = held(setup, element, moved.reshape(-1, terminals), frequency)
    first = np.stack([one.conductance, one.capacitance]).reshape(2, len(asked), len(places), terminals, terminals)
    at = {place: first[:, :, number, :, :free] for number, place in enumerate(places)}
    second, third = _differences(at, free)
    return Curvature(*(np.repeat(one, count // len(asked), axis=1) for one in (second, third)))


def _places(free: int) -> Iterator[tuple[int, ...]]:
    """Where admittances are asked for, in steps: the state, and beside it along every axis and between two."""
    yield (0,) * free
    for axes in (*combinations(range(free), 1), *combinations(range(free), 2)):
        for sign in (1, -1):
            yield tuple(sign if axis in axes else 0 for axis in range(free))


def _differences(at: dict[tuple[int, ...], np.ndarray], free: int) -> tuple[np.ndarray, np.ndarray]:
    """First and second differences of the admittances, the same in whichever order of their axes."""

    def both(*axes: int) -> tuple[np.ndarray, np.ndarray]:
        plus = tuple(int(axis in axes) for axis in range(free))
        return at[plus], at[tuple(-step for step in plus)]

    middle = at[(0,) * free]
    even = [sum(both(k)) - 2.0 * middle for k in range(free)]
    first = np.stack([np.subtract(*both(k)) / (2.0 * _STEP) for k in range(free)], axis=-1)
    second = np.empty((*middle.shape, free, free))
    for k in range(free):
        second[..., k, k] = even[k] / _STEP**2
    for k, other in combinations(range(free), 2):
        mixed = sum(both(k, other)) - 2.0 * middle - even[k] - even[other]
        second[..., k, other] = second[..., other, k] = mixed / (2.0 * _STEP**2)
    return _symmetric(first, 2), _symmetric(second, 3)


def _symmetric(tensor: np.ndarray, axes: int) -> np.ndarray:
    """The mean over all orders of the last `axes` axes."""
    kept = tuple(range(tensor.ndim - axes))
    last = range(tensor.ndim - axes, tensor.ndim)
    return np.asarray(np.mean([tensor.transpose(*kept, *order) for order in permutations(last)], axis=0))
