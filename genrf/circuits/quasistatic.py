"""A nonlinear element held at a succession of voltages: its admittances and its noise at each of them.

The element is taken out of its circuit, with a source at every terminal, and asked by `.ac` and `.noise`. So it needs
no model of its own here: what the simulator's model says of gate resistance, junctions or induced gate noise, it says
here too.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Setup
from genrf.circuits.testbench import Ac, Analysis, Grid, Noise, Op, Testbench, Waveforms

# terminals between which an element's noise currents flow: the channel and the gate, collector and base, a junction
_NOISY = {"m": ((0, 2), (1, 2)), "q": ((0, 2), (1, 2)), "d": ((0, 1),), "b": ()}
_THROUGH_OXIDE = {"m": (1,)}  # terminals whose noise current is that of a fluctuating charge
_POINTS = 3  # ngspice 39 stops after the first of two
_SLOW = 100.0  # the frequency of oscillation over that at which inner resistances do not count yet
_STILL = 1e-4  # V: an element whose terminals move less is asked once for all states
NONLINEAR = tuple(_NOISY)
_VOLTAGE = re.compile(r"\bv\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?\)", re.IGNORECASE)


@dataclass(frozen=True)
class NoiseCurrent:
    """A noise current between two terminals over n states, densities one-sided at the frequency of oscillation.

    `white` in A^2/Hz is that of a current; `charge` in C^2/Hz that of a charge, whose current grows with the frequency:
    the induced noise of a gate, and the noise of its resistance, below the transit frequency (beyond it the model lets
    the induced noise grow no more). `modulation` in A/sqrt(Hz) is the root of what flicker adds at the offset, with the
    sign of the direct current.
    """

    terminals: tuple[int, int]
    white: Float[np.ndarray, "n"]
    charge: Float[np.ndarray, "n"]
    modulation: Float[np.ndarray, "n"]


@dataclass(frozen=True)
class Held:
    """Admittances between the terminals over n states, Y(s) = G + s C - s^2 K, and the noise currents.

    `conductance` G in S and `capacitance` C in F hold at low frequency; `lag` K in F s is what a resistance in series
    with a capacitance adds, C R C, and is met at the frequency of oscillation.
    """

    conductance: Float[np.ndarray, "n t t"]
    capacitance: Float[np.ndarray, "n t t"]
    lag: Float[np.ndarray, "n t t"]
    noise: tuple[NoiseCurrent, ...]


def is_nonlinear(element: Element) -> bool:
    """Whether an element is held at voltages rather than stamped by its value."""
    return element.name[0].lower() in NONLINEAR


def terminals(element: Element) -> tuple[str, ...]:
    """The nets of an element, and those that the expression of a behavioural one reads."""
    read = [net for pair in _VOLTAGE.findall(element.flags) for net in pair if net]
    return (*element.nets, *(net for net in dict.fromkeys(read) if net not in element.nets))


def held(
    setup: Setup, element: Element, volts: Float[np.ndarray, "n t"], frequency: float, offset: float | None = None
) -> Held:
    """The element at `volts` of its terminals: admittances up to `frequency` in Hz, noise there and at `offset`.

    Without an offset no noise is asked for.
    """
    pairs = _NOISY[element.name[0].lower()] if offset else ()
    analyses = _analyses(len(terminals(element)), len(pairs), frequency, offset)
    cards = tuple(e for e in setup.circuit.elements if e.name.startswith(".model "))
    still = (*cards, *_copies(element), *_probes(pairs))
    found = []
    for state in volts.mean(axis=0, keepdims=True) if is_still(volts) else volts:
        bench = Netlist((*still, *_sources(state.tolist())), setup.circuit.models)
        found.append(setup.engine.simulate(Testbench(bench, analyses, setup.temperature)))
    found *= len(volts) // len(found)
    slow, _, fast = np.moveaxis(np.array([_admittance(one["ac"], volts.shape[1]) for one in found]), -1, 0)
    omega = 2.0 * math.pi * frequency
    lag = (fast.real - slow.real) / omega**2
    through = _THROUGH_OXIDE.get(element.name[0].lower(), ())
    noise = tuple(_noise(found, k, pair, pair[0] in through, omega) for k, pair in enumerate(pairs))
    return Held(slow.real, slow.imag * _SLOW / omega, lag, noise)


def is_still(volts: Float[np.ndarray, "n t"]) -> bool:
    """Whether one state stands for all."""
    return bool(np.ptp(volts, axis=0).max() < _STILL)


def _analyses(count: int, pairs: int, frequency: float, offset: float | None) -> Mapping[str, Analysis]:
    branches = tuple(f"v{i}_{j}#branch" for i in range(count) for j in range(count))
    found: dict[str, Analysis] = {"ac": Ac(branches, Grid("lin", _POINTS, frequency / _SLOW, frequency))}
    if offset and pairs:
        found["op"] = Op(branches)
        for k in range(pairs):
            found[f"noise{k}"] = Noise(f"o{k}", f"ip{k}", Grid("lin", 2, offset, frequency))
    return found


def _copies(element: Element) -> list[Element]:
    """A copy of the element for each terminal; between that terminal and its source stands the alternating voltage.

    They have no name of their own: elements of one model and one size are the same circuit.
    """
    nets, made = terminals(element), []
    for j in range(len(nets)):
        renamed = {net: f"t{i}_{j}" for i, net in enumerate(nets)}
        own = tuple(f"t{i}_{j}" for i in range(len(element.nets)))
        name, flags = f"{element.name[0]}_{j}", _renamed(element.flags, renamed)
        made.append(element._replace(name=name, nets=own, flags=flags))
        made += [Element(f"v{i}_{j}", (f"t{i}_{j}", f"t{i}"), 0.0, flags=f"ac {int(i == j)}") for i in range(len(nets))]
    return made


def _sources(state: list[float]) -> list[Element]:
    return [Element(f"vt{i}", (f"t{i}", GROUND), volt) for i, volt in enumerate(state)]


def _renamed(flags: str, names: Mapping[str, str]) -> str:
    def voltage(found: re.Match[str]) -> str:
        return f"v({','.join(names[net] for net in found.groups() if net)})"

    return _VOLTAGE.sub(voltage, flags)


def _probes(pairs: tuple[tuple[int, int], ...]) -> list[Element]:
    """One volt per ampere of a terminal's current in the first copy, and a source of one ampere to refer it to."""
    made = []
    for k, (terminal, _) in enumerate(pairs):
        made += [
            Element(f"f{k}", (GROUND, f"o{k}", f"v{terminal}_0"), 1.0),
            Element(f"rp{k}", (f"o{k}", GROUND), 1.0, flags="noisy=0"),
            Element(f"ip{k}", (GROUND, f"o{k}"), flags="dc 0 ac 1"),
        ]
    return made


def _admittance(ac: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    return np.array([[-ac[f"v{i}_{j}#branch"] for j in range(count)] for i in range(count)])


def _noise(found: list[Waveforms], k: int, pair: tuple[int, int], oxide: bool, omega: float) -> NoiseCurrent:
    density = np.array([one[f"noise{k}"]["inoise_spectrum"] ** 2 for one in found])
    sign = np.array([-np.sign(one["op"][f"v{pair[0]}_0#branch"][0]) for one in found])
    modulation = sign * np.sqrt(np.maximum(density[:, 0] - density[:, 1], 0.0))
    fast, none = density[:, 1], np.zeros(len(found))
    return NoiseCurrent(pair, none if oxide else fast, fast / omega**2 if oxide else none, modulation)
