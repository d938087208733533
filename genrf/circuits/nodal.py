"""Modified nodal equations of a circuit, linearised around a succession of states.

    d/dt (C x) + G x - d/dt (K dx/dt) = 0

K holds the resistances within nonlinear elements (`quasistatic.Held`), which have no nets of their own here.
The unknowns are the nets without ground, and the branch currents of inductors and voltage sources, controlled ones too.
Source: Ho, Ruehli, Brennan, The modified nodal approach to network analysis, IEEE Trans. Circuits Syst. 22 (1975) 504.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from genrf.circuits.measure import BOLTZMANN
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import Setup
from genrf.circuits.quasistatic import Held, held, is_nonlinear, terminals
from genrf.circuits.resistance import resistance
from genrf.core.errors import ConfigError

_BRANCH = ("l", "v", "e", "h")
_KNOWN = "r c l e f g h by value, v i and m q d b"


class NoEquation(ConfigError):
    """An element of the circuit has no equation here."""


@dataclass(frozen=True)
class NoiseSource:
    """A noise current from one net to another over n states; see `quasistatic.NoiseCurrent`."""

    element: str
    nets: tuple[str, str]
    white: Float[np.ndarray, "n"]
    charge: Float[np.ndarray, "n"]
    modulation: Float[np.ndarray, "n"]


@dataclass(frozen=True)
class Nodal:
    """G, C and K of every state, and the noise sources.

    Rows of a branch hold L di/dt - v for an inductor, -v for a voltage source, gain * control - v for a controlled one.
    """

    unknowns: tuple[str, ...]
    conductance: Float[np.ndarray, "n u u"]
    capacitance: Float[np.ndarray, "n u u"]
    lag: Float[np.ndarray, "n u u"]
    noise: tuple[NoiseSource, ...]

    def column(self, nets: tuple[str, str]) -> Float[np.ndarray, "u"]:
        """The unknowns' row vector of a current that leaves the first net and enters the second."""
        return incidence(self.unknowns, nets)


def unknowns(circuit: Netlist) -> tuple[str, ...]:
    """The vectors that hold a state of the circuit, as ngspice names them."""
    elements = [e for e in circuit.elements if not e.name.startswith(".model ")]
    nets = dict.fromkeys(net for e in elements for net in e.nets if net != GROUND)
    return (*nets, *(f"{e.name}#branch" for e in elements if e.name[0].lower() in _BRANCH))


def incidence(names: tuple[str, ...], nets: tuple[str, ...]) -> Float[np.ndarray, "u"]:
    """+1 at the first net, -1 at the second, nothing at ground."""
    found = np.zeros(len(names))
    for net, sign in zip(nets, (1.0, -1.0), strict=False):
        if net != GROUND:
            found[names.index(net)] += sign
    return found


def linearised(
    setup: Setup, states: Mapping[str, Float[np.ndarray, "n"]], frequency: float, offset: float | None = None
) -> Nodal:
    """The equations around n states, given by the vectors of `unknowns`.

    Nonlinear elements are held at their voltages up to `frequency` in Hz. With an `offset` in Hz there is noise too.
    Raises NoEquation for an element that has none here.
    """
    names = unknowns(setup.circuit)
    count = len(next(iter(states.values())))
    empty = np.zeros((count, len(names), len(names)))
    found = Nodal(names, empty, empty.copy(), empty.copy(), ())
    noise: list[NoiseSource] = []
    for element in setup.circuit.elements:
        if element.name.startswith(".model "):
            continue
        if is_nonlinear(element):
            noise += _hold(setup, found, element, states, frequency, offset)
        else:
            noise += _stamp(found, element, setup)
    return replace(found, noise=tuple(noise))


def _hold(
    setup: Setup,
    into: Nodal,
    element: Element,
    states: Mapping[str, Float[np.ndarray, "n"]],
    frequency: float,
    offset: float | None,
) -> list[NoiseSource]:
    if element.flags.startswith("v"):
        raise NoEquation(
            f"element {element.name!r}: no linear equation for an expression of voltage; one of current has"
        )
    nets = terminals(element)
    zero = np.zeros(len(into.conductance))
    volts = np.stack([zero if net == GROUND else states[net] for net in nets], axis=1)
    one = held(setup, element, volts, frequency, offset)
    place(into, nets, one)
    return [
        NoiseSource(element.name, (nets[n.terminals[0]], nets[n.terminals[1]]), n.white, n.charge, n.modulation)
        for n in one.noise
    ]


def place(into: Nodal, nets: tuple[str, ...], one: Held) -> None:
    """Add the admittances of a held element to the equations."""
    join = np.stack([incidence(into.unknowns, (net,)) for net in nets])
    into.conductance[:] += join.T @ one.conductance @ join
    into.capacitance[:] += join.T @ one.capacitance @ join
    into.lag[:] += join.T @ one.lag @ join


def _stamp(into: Nodal, element: Element, setup: Setup) -> list[NoiseSource]:
    letter, value = element.name[0].lower(), element.value
    across = incidence(into.unknowns, element.nets[:2])
    if letter == "r":
        ohms = resistance(element, setup.temperature, setup.circuit)
        into.conductance[:] += np.outer(across, across) / ohms
        return _thermal(into, element, ohms, setup.temperature)
    if letter == "c" and value is not None:
        into.capacitance[:] += np.outer(across, across) * value
    elif letter == "v" or (letter in _BRANCH and value is not None):
        _stamp_branch(into, element, across)
    elif letter in ("f", "g") and value is not None:
        into.conductance[:] += value * np.outer(across, _control(into, element))
    elif letter != "i":
        raise NoEquation(f"element {element.name!r}: no linear equation for it; known: {_KNOWN}")
    return []


def _control(into: Nodal, element: Element) -> Float[np.ndarray, "u"]:
    """What a controlled source follows: a voltage between two nets, or the current of a branch."""
    if element.name[0].lower() in ("e", "g"):
        return incidence(into.unknowns, element.nets[2:])
    found = np.zeros(len(into.unknowns))
    found[into.unknowns.index(f"{element.model}#branch")] = 1.0
    return found


def _stamp_branch(into: Nodal, element: Element, across: Float[np.ndarray, "u"]) -> None:
    own = into.unknowns.index(f"{element.name}#branch")
    into.conductance[:, :, own] += across
    into.conductance[:, own, :] -= across
    if element.name[0].lower() in ("e", "h") and element.value is not None:
        into.conductance[:, own, :] += element.value * _control(into, element)
    if element.name[0].lower() == "l" and element.value is not None:
        into.capacitance[:, own, own] += element.value


def _thermal(into: Nodal, element: Element, ohms: float, temperature: float) -> list[NoiseSource]:
    """4kT/R, where the resistor is not said to be noiseless or negative."""
    if "noisy=0" in element.flags or ohms < 0.0:
        return []
    density = 4.0 * BOLTZMANN * (temperature + 273.15) / ohms
    none = np.zeros(len(into.conductance))
    return [NoiseSource(element.name, (element.nets[0], element.nets[1]), none + density, none, none)]
