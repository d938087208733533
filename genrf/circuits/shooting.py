"""The orbit that a driven circuit ends on, found from where it is after some periods: shooting.

A transient would have to wait for the slowest voltage, which in a receiver creeps for hundreds of periods. After some
of them the state x has moved by d = x(T) - x(0) within one. A small change of it obeys the equations that `nodal` has
around the waves, so that the one after which nothing moves is their answer to a current that brings d in every period.
With it the circuit starts again, until the change is small: each is about the square of the one before (Newton).
Source: Aprille, Trick, Steady-state analysis of nonlinear circuits with periodic inputs, Proc. IEEE 60 (1972) 108.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from jaxtyping import Complex, Float
from scipy.interpolate import CubicSpline

from genrf.circuits.netlist import Element
from genrf.circuits.nodal import linearised, unknowns
from genrf.circuits.periodic import Orbit, phases
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.sidebands import Sidebands
from genrf.circuits.tones import STEPS, stretch

_RELAXED = (24, 10, 10, 10, 20, 40, 80, 160)  # periods before each change: what is quick has come to rest by itself
_SMALL = 1e-3  # V: what such a change leaves is below its square over the 26 mV of a junction
_LARGEST = 0.5  # V that a change may have, for the equations hold nearby
_PHASES = 17  # at which a change is computed; more would only make its rest smaller
_MARGIN = 4  # steps on either side of a period


def orbit(setup: Setup, around: Iterable[Element], frequency: float, samples: int, steps: int = 2 * STEPS) -> Orbit:
    """The circuit with sources `around` of one `frequency` in Hz once it repeats itself, at `samples` phases.

    The transients have `steps` in a period.

    Raises ValueError when `samples` is even, NotMeasurable when it does not repeat, NoConvergence from the engine.
    """
    if samples % 2 == 0:
        raise ValueError(f"samples must be odd, got {samples}")
    around = tuple(around)
    whole = setup.joined(around)
    names = unknowns(whole.circuit)
    nets = [number for number, name in enumerate(names) if not name.endswith("#branch")]
    state: dict[str, float] | None = None
    for periods in _RELAXED:
        wave = _period(setup, around, names, frequency, periods, steps, state)
        moved = wave(1.0) - wave(0.0)
        change = _change(_orbit(whole, names, frequency, wave(_even(_PHASES))), moved)
        largest = float(np.abs(_along(change, _PHASES)[:, nets]).max())
        if largest < _SMALL:
            return _orbit(whole, names, frequency, wave(_even(samples)) + _along(change, samples))
        begin = wave(0.0) + min(1.0, _LARGEST / largest) * (_along(change, 1)[0] + 0.5 * moved)
        state = dict(zip(names, begin.tolist(), strict=True))
    raise NotMeasurable(f"after {sum(_RELAXED)} periods of {frequency:g} Hz the circuit does not repeat itself")


def _period(
    setup: Setup,
    around: Iterable[Element],
    names: tuple[str, ...],
    frequency: float,
    periods: int,
    steps: int,
    state: Mapping[str, float] | None,
) -> CubicSpline:
    """All unknowns over the time in periods, 0 being so many `periods` after the start."""
    step, margin = 1.0 / (steps * frequency), _MARGIN / steps
    ends = ((periods - margin) / frequency, (periods + 1.0 + margin) / frequency)
    found = stretch(setup, around, names, step, ends, state)
    return CubicSpline(found["time"] * frequency - periods, np.stack([found[name] for name in names], axis=1))


def _even(count: int) -> Float[np.ndarray, "n"]:
    return np.arange(count) / count


def _orbit(whole: Setup, names: tuple[str, ...], frequency: float, waves: Float[np.ndarray, "n u"]) -> Orbit:
    return Orbit(whole, frequency, dict(zip(names, waves.T, strict=True)))


def _change(around: Orbit, moved: Float[np.ndarray, "u"]) -> Complex[np.ndarray, "k u"]:
    """The Fourier coefficients of the change that brings `moved` in every period, by which nothing moves any more."""
    states = {name: around.waves[name] for name in unknowns(around.setup.circuit)}
    equations = linearised(around.setup, states, around.frequency)
    count = len(equations.conductance)
    kicks = np.tile(equations.capacitance[0] @ moved * around.frequency, (count, 1)).astype(complex)
    try:
        return Sidebands(equations, 0.0, around.frequency).driven(kicks)
    except np.linalg.LinAlgError as singular:
        raise NotMeasurable(f"around its waves at {around.frequency:g} Hz the circuit has no one state") from singular


def _along(change: Complex[np.ndarray, "k u"], count: int) -> Float[np.ndarray, "n u"]:
    """At `count` even phases."""
    sidebands = np.arange(len(change)) - len(change) // 2
    return np.asarray((np.exp(1j * np.outer(phases(count), sidebands)) @ change).real)
