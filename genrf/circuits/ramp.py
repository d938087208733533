"""Whether a circuit that biases itself leaves the state without current when its supply is switched on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.procedure import NotMeasurable, Procedure, Setup
from genrf.circuits.testbench import Tran
from genrf.core.spec import Metric

_UP = 0.1  # of the target, in which a reference has come up at all
_WITHIN = 0.01  # of where it ends, in which it has settled
_STEPS = 1000  # of each transient


@dataclass(frozen=True)
class StartUp(Procedure):
    """The supply rises from zero in each of `ramps`, at each of `temperatures`, and `duration` follows.

    The transient begins where nothing carries current. A fast ramp may kick a circuit on through its capacitances that
    a slow one leaves off, and a slow one may leave the amplifier behind: both must come up, to within a tenth of
    `target` in V, settled to a hundredth. `load` in F hangs at the output; times in s, temperatures in degrees Celsius.
    """

    target: float
    load: float
    temperatures: tuple[float, ...]
    ramps: tuple[float, ...]
    duration: float

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"startup_s": Metric("s", "longest time from where the supply is up until the reference has settled")}

    def measure(self, setup: Setup) -> dict[str, float]:
        return {"startup_s": max(self._settled(setup, ramp, t) for ramp, t in self._cases())}

    def slowest(self, setup: Setup) -> dict[str, Float[np.ndarray, "n"]]:
        """Time and the waveforms of supply and reference, by temperature, while the supply rises most slowly."""
        found = {f"{t:g}": self.waves(setup, max(self.ramps), t) for t in self.temperatures}
        return {f"{name}@{t}": wave for t, waves in found.items() for name, wave in waves.items()}

    def waves(self, setup: Setup, ramp: float, temperature: float) -> Mapping[str, Float[np.ndarray, "n"]]:
        """`time`, `vdd` and `out` from the moment that the supply begins to rise."""
        stop = ramp + self.duration
        tran = Tran(("time", "vdd", "out"), stop / _STEPS, stop)
        there = setup.altered(lambda circuit: replace(circuit, elements=tuple(_rising(circuit, ramp))))
        load = Element("cload", ("out", GROUND), self.load)
        return replace(there, temperature=temperature).simulate([load], {"start": tran})["start"]

    def _cases(self) -> Iterator[tuple[float, float]]:
        return ((ramp, temperature) for ramp in self.ramps for temperature in self.temperatures)

    def _settled(self, setup: Setup, ramp: float, temperature: float) -> float:
        wave = self.waves(setup, ramp, temperature)
        time, out = wave["time"] - ramp, wave["out"]
        case = f"with a ramp of {ramp:g} s at {temperature:g} degrees"
        if abs(out[-1] / self.target - 1.0) > _UP:
            raise NotMeasurable(f"startup_s: {case} the reference ends at {out[-1]:.3g} V, not {self.target:g} V")
        away = np.flatnonzero(np.abs(out / out[-1] - 1.0) > _WITHIN)
        if time[away[-1]] > 0.9 * self.duration:
            raise NotMeasurable(f"startup_s: {case} the reference has not settled in {self.duration:g} s")
        return max(0.0, float(time[away[-1] + 1]))


def _rising(circuit: Netlist, ramp: float) -> Iterator[Element]:
    """The circuit, its supply risen from zero within `ramp` s."""
    for element in circuit.elements:
        if element.name == "vsupply":
            yield element._replace(value=None, flags=f"dc 0 pwl(0 0 {ramp!r} {element.value!r})")
        else:
            yield element
