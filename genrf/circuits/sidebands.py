"""The linear equations of a circuit that vary with an orbit's period, solved for all sidebands of one frequency."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.nodal import Nodal

_STILL = 1e-9  # of the largest entry of a matrix: what varies less along the orbit is constant


@dataclass(frozen=True)
class Sidebands:
    """The equations at `frequency` + k * `carrier` in Hz, k = -h ... h, for `equations` at 2 h + 1 phases.

    Only nets of elements that vary couple the sidebands: L holds the means of the equations, a block per sideband, and
    D what varies; (L + S D S')^-1 = L^-1 - L^-1 S (1 + D Z)^-1 D S' L^-1 with Z = S' L^-1 S (Woodbury).
    """

    equations: Nodal
    frequency: float
    carrier: float

    def towards(self, output: Float[np.ndarray, "u"]) -> Complex[np.ndarray, "n u"]:
        """What a combination of the unknowns at `frequency` has of a unit at every sideband's equations."""
        inverse, middle = self._inverse, len(self.angular) // 2
        wanted = output @ inverse[middle]
        found = np.zeros((len(self.angular), len(self.equations.unknowns)), dtype=complex)
        found[middle] = wanted
        if not len(self._varying):
            return found
        right = np.zeros((len(inverse), len(self._varying)), dtype=complex)
        right[middle] = wanted[self._varying]
        y = np.linalg.solve(self._whole.T, right.ravel()) @ self._coupling
        return np.asarray(found - np.einsum("kp,kpu->ku", y.reshape(right.shape), inverse[:, self._varying]))

    def driven(self, right: Complex[np.ndarray, "n u"]) -> Complex[np.ndarray, "n u"]:
        """The unknowns at all sidebands for right-hand sides: currents into nets, less the voltages of branches."""
        inverse = self._inverse
        found = np.einsum("kuv,kv->ku", inverse, right)
        if not len(self._varying):
            return np.asarray(found)
        moved = self._coupling @ found[:, self._varying].ravel()
        y = np.linalg.solve(self._whole, moved).reshape(len(right), -1)
        return np.asarray(found - np.einsum("kup,kp->ku", inverse[:, :, self._varying], y))

    @cached_property
    def angular(self) -> Float[np.ndarray, "n"]:
        """The sidebands in rad/s."""
        return sidebands(len(self.equations.conductance), self.frequency, self.carrier)

    @cached_property
    def _matrices(self) -> tuple[np.ndarray, ...]:
        return self.equations.conductance, self.equations.capacitance, self.equations.lag

    @cached_property
    def _moves(self) -> list[Float[np.ndarray, "n u u"]]:
        return [matrix - matrix.mean(axis=0) for matrix in self._matrices]

    @cached_property
    def _varying(self) -> np.ndarray:
        """The unknowns whose equations vary along the orbit."""
        return _varying(self._matrices, self._moves)

    @cached_property
    def _inverse(self) -> Complex[np.ndarray, "n u u"]:
        conductance, capacitance, lag = (matrix.mean(axis=0) for matrix in self._matrices)
        at = self.angular[:, None, None]
        return np.asarray(np.linalg.inv(conductance + 1j * at * capacitance + at**2 * lag))

    @cached_property
    def _coupling(self) -> Complex[np.ndarray, "m m"]:
        varying = self._varying
        return _coupling([move[:, varying][:, :, varying] for move in self._moves], self.angular)

    @cached_property
    def _whole(self) -> Complex[np.ndarray, "m m"]:
        count, size = len(self.angular), len(self._varying)
        z = self._inverse[:, self._varying][:, :, self._varying]
        blocks = (self._coupling.reshape(count * size, count, size).transpose(1, 0, 2) @ z).transpose(1, 0, 2)
        return np.asarray(np.eye(count * size) + blocks.reshape(count * size, count * size))


def sidebands(count: int, frequency: float, carrier: float) -> Float[np.ndarray, "n"]:
    """An odd `count` of sidebands in rad/s, `frequency` in Hz in their middle, `carrier` in Hz apart."""
    return np.asarray(2.0 * math.pi * (frequency + carrier * (np.arange(count) - count // 2)))


def _coupling(moves: list[Float[np.ndarray, "n p p"]], angular: Float[np.ndarray, "n"]) -> Complex[np.ndarray, "m m"]:
    """Row (k, p), column (l, q): how the varying part takes an unknown q from sideband l to p at sideband k."""
    count = len(angular)
    apart = np.subtract.outer(np.arange(count), np.arange(count)) % count
    conductance, capacitance, lag = ((np.fft.fft(move, axis=0) / count)[apart] for move in moves)
    rising = angular[:, None, None, None]
    whole = conductance + 1j * rising * capacitance + rising * angular[None, :, None, None] * lag
    size = whole.shape[-1]
    return np.asarray(whole.transpose(0, 2, 1, 3).reshape(count * size, count * size))


def _varying(matrices: Iterable[np.ndarray], moves: Iterable[np.ndarray]) -> np.ndarray:
    found = [
        np.abs(move).max(axis=0) > _STILL * np.abs(whole).max() for whole, move in zip(matrices, moves, strict=True)
    ]
    varies = np.any(found, axis=0)
    return np.flatnonzero(varies.any(axis=0) | varies.any(axis=1))
