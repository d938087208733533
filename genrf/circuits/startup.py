"""Whether an oscillator leaves its operating point, and by which margin, from small-signal analyses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import MEASURES, metrics
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.nodal import Nodal, linearised, unknowns
from genrf.circuits.procedure import Counterpart, NotMeasurable, Procedure, Setup
from genrf.circuits.quasistatic import Held, held, is_nonlinear, terminals
from genrf.circuits.resistance import resistance
from genrf.circuits.testbench import Ac, Grid, Op
from genrf.core.spec import Metric

_POINTS = 201
_ENDLESS = 1e15  # 1/s: an eigenvalue beyond it belongs to a net without capacitance


@dataclass(frozen=True)
class Rest(Procedure):
    """What the circuit draws at its operating point: cheaper to know than what it draws while it oscillates."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"resting_power_w": Metric("W", "power drawn from the supply at rest, bias reference included")}

    def measure(self, setup: Setup) -> dict[str, float]:
        counterpart = self.counterpart(setup.band)
        return metrics(setup.simulate([], counterpart.analyses), counterpart.measures)

    def counterpart(self, band: tuple[float, float]) -> Counterpart:
        power = replace(MEASURES["power_w"], metric=self.metrics["resting_power_w"], analyses=("rest",))
        return Counterpart((), {"rest": Op(("vdd", "vsupply#branch"))}, {"resting_power_w": power})


@dataclass(frozen=True)
class StartUpMargin(Procedure):
    """The negative conductance of a tank over its loss, seen between two nets at the operating point.

    An alternating current flows into `positive` and out of `negative`, and Y is the current over the voltage between
    them. At the frequency where Im Y rises through zero, nearest to the middle of the band and at most an octave beyond
    it, each element takes the power Re(v* Y_element v). The margin is the power that some elements deliver over the
    power that all others take; with a parallel resonator of R beside -G it is G R, and Re Y = (1 - margin) / R.
    A transistor counts as one element: a pair delivers (gm - gds) / 2, less its gates' loss.
    """

    positive: str
    negative: str

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "startup_margin": Metric("", "negative conductance over loss of the tank at its operating point"),
            "resonance_hz": Metric("Hz", "frequency at which the tank's susceptance is zero at its operating point"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        frequency = self.resonance(setup)
        taken = self.powers(setup, frequency)
        delivered = -sum(power for power in taken.values() if power < 0.0)
        lost = sum(power for power in taken.values() if power > 0.0)
        if not lost:
            raise NotMeasurable("startup_margin: nothing in the tank has a loss that it could be the ratio to")
        return {
            "startup_margin": float(delivered / lost),
            "resonance_hz": frequency,
        }

    def resonance(self, setup: Setup) -> float:
        """The frequency in Hz of the zero of Im Y. Raises NotMeasurable when there is none about the band."""
        low, high = 0.5 * setup.band[0], 2.0 * setup.band[1]
        for _ in range(3):
            f, susceptance = self._susceptance(setup, Grid("lin", _POINTS, low, high))
            rising = np.flatnonzero((susceptance[:-1] <= 0.0) & (susceptance[1:] > 0.0))
            if not len(rising):
                raise NotMeasurable(f"startup_margin: no resonance between {low:g} and {high:g} Hz")
            at = rising[np.argmin(np.abs(np.log(f[rising] ** 2 / (setup.band[0] * setup.band[1]))))]
            low, high = float(f[max(at - 1, 0)]), float(f[min(at + 2, len(f) - 1)])
        return float(np.interp(0.0, susceptance[at : at + 2], f[at : at + 2]))

    def powers(self, setup: Setup, frequency: float) -> dict[str, float]:
        """The power in W that each lossy or active element takes from one volt (amplitude sqrt 2) between the nets."""
        nets = tuple(name for name in unknowns(setup.circuit) if not name.endswith("#branch"))
        wave = self._driven(setup, nets, Grid("lin", 1, frequency, frequency))
        op = setup.simulate([], {"op": Op(nets)})["op"]
        across = wave[self.positive][0] - wave[self.negative][0]
        found = {}
        for element in setup.circuit.elements:
            at = terminals(element)
            volts = np.array([wave[net][0] / across if net != GROUND else 0.0 for net in at])
            if element.name[0].lower() == "r":
                found[element.name] = float(
                    abs(volts[0] - volts[1]) ** 2 / resistance(element, setup.temperature, setup.circuit)
                )
            elif is_nonlinear(element):
                bias = np.array([[op[net][0] if net != GROUND else 0.0 for net in at]])
                real = _real(held(setup, element, bias, frequency), frequency)
                found[element.name] = float((volts.conj() @ real[0] @ volts).real)
        return found

    def _susceptance(self, setup: Setup, grid: Grid) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n"]]:
        wave = self._driven(setup, (self.positive, self.negative), grid)
        return grid.frequencies(), (1.0 / (wave[self.positive] - wave[self.negative])).imag

    def _driven(self, setup: Setup, vectors: tuple[str, ...], grid: Grid) -> Mapping[str, np.ndarray]:
        probe = Element("iprobe", (self.negative, self.positive), flags="dc 0 ac 1")
        return setup.simulate([probe], {"driven": Ac(vectors, grid)})["driven"]


@dataclass(frozen=True)
class Growth(Procedure):
    """The fastest growing natural oscillation of the circuit around its operating point, of any kind of oscillator.

    Natural frequencies s solve det(G + s C) = 0, with the conductances G taken at the middle of the band.
    """

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {
            "startup_growth": Metric("", "natural logarithm of the growth of a small oscillation in one period"),
            "natural_hz": Metric("Hz", "its frequency; a ring of inverters settles at about half of it"),
        }

    def measure(self, setup: Setup) -> dict[str, float]:
        fastest = self.natural(setup)
        return {
            "startup_growth": 2.0 * math.pi * fastest.real / fastest.imag,
            "natural_hz": fastest.imag / (2.0 * math.pi),
        }

    def natural(self, setup: Setup) -> complex:
        """The natural frequency in rad/s, growth as its real part. Raises NotMeasurable where nothing oscillates."""
        found = natural_frequencies(setup)
        turning = found[found.imag > 0.0]
        if not len(turning):
            raise NotMeasurable("startup_growth: no natural frequency of the circuit oscillates")
        return complex(turning[np.argmax(turning.real)])


@dataclass(frozen=True)
class Damping(Procedure):
    """The lowest damping ratio of a circuit's natural frequencies at its operating point, with `load` in F at `out`.

    It tells of every loop in the circuit without opening one: of a loop of second order the phase margin is about 100
    degrees times the ratio (Franklin, Powell, Emami-Naeini, Feedback Control of Dynamic Systems, section 6.4).
    """

    load: float

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"damping": Metric("", "lowest damping ratio of the natural frequencies; 1 where none oscillates")}

    def measure(self, setup: Setup) -> dict[str, float]:
        found = natural_frequencies(setup.joined([Element("cload", ("out", GROUND), self.load)]))
        deciding = found[(found.imag > 0.0) | (found.real > 0.0)]
        return {"damping": float(min(-deciding.real / np.abs(deciding), default=1.0))}


def natural_frequencies(setup: Setup) -> Complex[np.ndarray, "n"]:
    """The natural frequencies of a circuit at its operating point in rad/s, growth as the real part."""
    from scipy.linalg import eigvals

    names = unknowns(setup.circuit)
    state = setup.simulate([], {"op": Op(names)})["op"]
    middle = math.sqrt(setup.band[0] * setup.band[1])
    equations = linearised(setup, state, middle)
    found = eigvals(-_real(equations, middle)[0], equations.capacitance[0])
    return np.asarray(found[np.isfinite(found) & (np.abs(found) < _ENDLESS)], dtype=complex)


def _real(of: Held | Nodal, frequency: float) -> Float[np.ndarray, "n u u"]:
    """The real part of the admittances at a frequency in Hz."""
    return np.asarray(of.conductance + (2.0 * math.pi * frequency) ** 2 * of.lag)
