"""Tones in and lines out: coherent transients of an amplifier between 50 ohm."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.circuits.measure import Z0
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.procedure import Setup
from genrf.circuits.testbench import Tran

STEPS = 50  # of the fastest tone's period
_END = 1e-9  # of a period: its last point is its first one
_GRIDS = (1.0, 1.07)  # times as many steps
_EVEN = 0.5  # the shortest step over the longest, below which one was cut
_ORDER = 5  # of the products that are told apart


@dataclass(frozen=True)
class Lines:
    """Amplitudes in V at multiples of a common frequency, the mean beside them, and what no line explains."""

    common: float
    amplitude: dict[int, float]
    residue: float
    mean: float

    def power_dbm(self, frequency: float) -> float:
        """Power of the line at `frequency` in the 50 ohm load."""
        return dbm(self.amplitude[round(frequency / self.common)])


def dbm(amplitude: float) -> float:
    """Power in dBm of a sine of `amplitude` V over 50 ohm."""
    return 10.0 * math.log10(max(amplitude, 1e-30) ** 2 / (2.0 * Z0) / 1e-3)


def emf(available_dbm: float) -> float:
    """Amplitude in V behind 50 ohm for an available power: P = emf^2 / (8 Z0)."""
    return math.sqrt(8.0 * Z0 * 1e-3 * 10.0 ** (available_dbm / 10.0))


def response(setup: Setup, tones: Sequence[float], common: float, power_dbm: float, settle: float) -> Lines:
    """The lines at the output, each tone having `power_dbm` available; all tones are multiples of `common` in Hz."""
    found = steady(setup, amplifier(tones, power_dbm), ("out",), 1.0 / max(tones), common, settle)
    return fitted(found["time"], found["out"], common, products(tones, common))


def steady(
    setup: Setup,
    around: Iterable[Element],
    vectors: Sequence[str],
    period: float,
    common: float,
    settle: float,
    steps: int = STEPS,
    state: Mapping[str, float] | None = None,
) -> Mapping[str, np.ndarray]:
    """The vectors over one whole period of `common` in Hz, after `settle` s at least; `time` in s begins at 0.

    `period` in s is that of the fastest tone, in `steps` steps. ngspice chooses its own points of time; lines are
    fitted to them as they are, since to interpolate would set the floor.
    """
    start = math.ceil(settle * common * (1.0 - _END)) / common
    found = stretch(setup, around, vectors, period / steps, (start, start + 1.0 / common), state)
    time = found["time"] - start
    once = time * common < 1.0 - _END  # at even points all lines are then orthogonal, those too that nobody fits
    return {name: vector[once] for name, vector in {**found, "time": time}.items()}


def stretch(
    setup: Setup,
    around: Iterable[Element],
    vectors: Sequence[str],
    step: float,
    ends: tuple[float, float],
    state: Mapping[str, float] | None = None,
) -> Mapping[str, np.ndarray]:
    """The vectors and `time` in s between `ends` of a transient, from a `state` of all unknowns or at rest.

    Where Newton's iteration fails at a point, ngspice cuts the step, and the trapezoidal rule rings from there: at
    other points it does not fail, mostly.
    """
    whole = setup.joined(around)
    if state is not None:
        whole = whole.altered(lambda circuit: circuit.starting(state))
    for grid in _GRIDS:
        tran = Tran(("time", *vectors), step / grid, ends[1], ends[0], stated=state is not None)
        found = whole.simulate((), {"tones": tran})["tones"]
        apart = np.diff(found["time"][:-1])  # the last one is cut where the transient ends
        if apart.min() > _EVEN * apart.max():
            break
    return found


def fitted(
    time: Float[np.ndarray, "n"], wave: Float[np.ndarray, "n"], common: float, multiples: Sequence[int]
) -> Lines:
    """Least-squares amplitudes of sines at `multiples` of `common`, beside a constant."""
    phase = 2.0 * np.pi * common * np.outer(time, multiples)
    basis = np.hstack([np.ones((len(time), 1)), np.cos(phase), np.sin(phase)])
    parts, *_ = np.linalg.lstsq(basis, wave, rcond=None)
    residue = float(np.sqrt(2.0 * np.mean((wave - basis @ parts) ** 2)))
    cosine, sine = parts[1 : len(multiples) + 1], parts[len(multiples) + 1 :]
    amplitude = dict(zip(multiples, np.hypot(cosine, sine).tolist(), strict=True))
    return Lines(common, amplitude, residue, float(parts[0]))


def products(tones: Sequence[float], common: float) -> list[int]:
    """Harmonics and intermodulation of the tones up to an order, as multiples of the common frequency."""
    base = [round(tone / common) for tone in tones]
    reach = range(-_ORDER, _ORDER + 1)
    if len(base) == 1:
        return [abs(n) * base[0] for n in reach if n > 0]
    pairs = ((m, n) for m in reach for n in reach if 0 < abs(m) + abs(n) <= _ORDER)
    return sorted({abs(m * base[0] + n * base[1]) for m, n in pairs} - {0})


def amplifier(tones: Sequence[float], power_dbm: float) -> list[Element]:
    """Tones in series behind 50 ohm at `in`, and 50 ohm at `out`."""
    nets = [GROUND, *(f"tone{i}" for i in range(1, len(tones) + 1))]
    sine = f"dc 0 sin(0 {emf(power_dbm)!r} {{}})"
    sources = [
        Element(f"vtone{number}", (nets[number], nets[number - 1]), flags=sine.format(repr(float(tone))))
        for number, tone in enumerate(tones, 1)
    ]
    return [*sources, Element("rsource", (nets[-1], "in"), Z0), Element("rload", ("out", GROUND), Z0)]
