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
        right = np.zeros((len(self.angular), len(output)))
        right[len(right) // 2] = output
        return self._solve(self._still.swapaxes(1, 2), self._coupling.T, right)

    def driven(self, right: Complex[np.ndarray, "n u"]) -> Complex[np.ndarray, "n u"]:
        """The unknowns at all sidebands for right-hand sides: currents into nets, less the voltages of branches."""
        return self._solve(self._still, self._coupling, right)

    def _solve(self, still: np.ndarray, coupling: np.ndarray, right: np.ndarray) -> Complex[np.ndarray, "n u"]:
        varying = self._varying
        count, unknowns = right.shape
        units = np.broadcast_to(np.eye(unknowns)[:, varying], (count, unknowns, len(varying)))
        solved = np.linalg.solve(still, np.concatenate([units, right[:, :, None]], axis=2))
        through, found = solved[:, :, :-1], solved[:, :, -1]
        if not len(varying):
            return np.asarray(found)
        blocks = coupling.reshape(len(coupling), count, len(varying)).transpose(1, 0, 2) @ through[:, varying]
        whole = np.eye(len(coupling)) + blocks.transpose(1, 0, 2).reshape(coupling.shape)
        moved = np.linalg.solve(whole, coupling @ found[:, varying].ravel())
        return np.asarray(found - np.einsum("kup,kp->ku", through, moved.reshape(count, len(varying))))

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
    def _still(self) -> Complex[np.ndarray, "n u u"]:
        """L, a block per sideband."""
        conductance, capacitance, lag = (matrix.mean(axis=0) for matrix in self._matrices)
        at = self.angular[:, None, None]
        return np.asarray(conductance + 1j * at * capacitance + at**2 * lag)

    @cached_property
    def _coupling(self) -> Complex[np.ndarray, "m m"]:
        varying = self._varying
        return _coupling([move[:, varying][:, :, varying] for move in self._moves], self.angular)


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
