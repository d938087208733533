"""What circuits with a local oscillator are measured between: a source of tones, the oscillator, a load."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from genrf.circuits.measure import Z0
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.tones import STEPS, emf
from genrf.core.errors import ConfigError

QUIET = "noisy=0"  # the source's noise is that of 290 K, and the load's is not the circuit's
_WHOLE = 1e-9  # how far from a whole number a ratio of two decimal numbers may be
_SETTLE_PERIODS = 200.0  # of the oscillator, from rest
_MIDDLE = 3e-12  # F from the middle of the load to ground: what both sides do alike is loaded too, and settles soon


class Side(NamedTuple):
    """A resistance in ohm between a net and another that leaked power goes into."""

    net: str
    other: str
    ohms: float


@dataclass(frozen=True)
class Oscillator:
    """A local oscillator of `lo` Hz between `lop` and `lon`: `lo_dbm` available from 100 ohm, a sine on `lo_level` V.

    Its balun is off by `balun_db` and `balun_deg` between the sides, without which a balanced mixer would leak nothing.
    """

    lo: float
    lo_dbm: float
    lo_level: float
    balun_db: float
    balun_deg: float

    def running(self) -> list[Element]:
        """Its sources and resistances; direct currents see it at rest, at its level."""
        sources = [
            Element(f"vlo{side}", (f"lo{side}_emf", GROUND), flags=self._sine(amplitude, degrees))
            for side, amplitude, degrees in self._sides()
        ]
        return [*sources, *(Element(f"rlo{s}", (f"lo{s}_emf", f"lo{s}"), Z0, flags=QUIET) for s in "pn")]

    def _sides(self) -> Iterator[tuple[str, float, float]]:
        """Name, amplitude in V and phase in degrees of either side."""
        half = 0.5 * math.sqrt(8.0 * 2.0 * Z0 * 1e-3 * 10.0 ** (self.lo_dbm / 10.0))
        more = 10.0 ** (self.balun_db / 40.0)
        yield "p", half * more, 0.5 * self.balun_deg
        yield "n", -half / more, -0.5 * self.balun_deg

    def _sine(self, amplitude: float, degrees: float) -> str:
        return f"dc {self.lo_level!r} sin({self.lo_level!r} {amplitude!r} {self.lo!r} 0 0 {degrees!r})"


def check_multiple(lo: float, intermediate: float, owner: str) -> None:
    """Raise ConfigError when the oscillator is no multiple of the intermediate frequency, both in Hz."""
    ratio = lo / intermediate
    if round(ratio) < 1 or abs(ratio - round(ratio)) > _WHOLE * ratio:
        raise ConfigError(f"spec {owner!r}: lo must be a multiple of if, got {lo:g} and {intermediate:g} Hz")


class AbstractMixerPorts(ABC):
    """The ports of a circuit that brings a signal from `lo` + `intermediate` Hz down to `intermediate` Hz.

    `settle` in s is what its filters and biases need besides; `output` are the nets of the load. A transient has
    `steps` in the period of a tone.
    """

    oscillator: Oscillator
    intermediate: float
    settle: float
    output: tuple[str, str]
    steps: int = STEPS

    @property
    def lo(self) -> float:
        """Frequency of the local oscillator in Hz."""
        return self.oscillator.lo

    @property
    def settling(self) -> float:
        """How long a transient from rest is to go on, in s, until what settles lies below products of third order."""
        return max(_SETTLE_PERIODS / self.lo, 3.0 * self.settle)

    @property
    @abstractmethod
    def inputs(self) -> tuple[Side, ...]:
        """Where power leaks into at the input."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[Side, ...]:
        """Where power leaks into at the output."""

    @abstractmethod
    def around(self, tone: str) -> list[Element]:
        """Source resistance, with its electromotive force at the net `tone`, and load."""

    def driven(self, tones: Sequence[float], power_dbm: float) -> list[Element]:
        """The oscillator running, and tones in Hz of `power_dbm` each at the input; `vtone1` is silent if none."""
        nets = [GROUND, *(f"tone{number}" for number in range(1, max(1, len(tones)) + 1))]
        sine = f"dc 0 sin(0 {emf(power_dbm)!r} {{}})"
        sources = [
            Element(f"vtone{number}", (nets[number], nets[number - 1]), flags=sine.format(repr(float(tone))))
            for number, tone in enumerate(tones, 1)
        ]
        silent = Element("vtone1", ("tone1", GROUND), flags="dc 0 ac 1")
        return [*(sources or [silent]), *self.oscillator.running(), *self.around(nets[-1])]


@dataclass(frozen=True)
class MixerPorts(AbstractMixerPorts):
    """Ports `inp inn`, `lop lon`, `outp outn`, all differential.

    The radio frequency comes from 50 ohm through an ideal balun. `load` in ohm lies between `outp` and `outn`, its
    middle on ground for alternating currents.
    """

    oscillator: Oscillator
    intermediate: float
    load: float
    settle: float = 0.0
    output: tuple[str, str] = ("outp", "outn")

    @property
    def inputs(self) -> tuple[Side, ...]:
        return tuple(Side(net, GROUND, 0.5 * Z0) for net in ("inp", "inn"))

    @property
    def outputs(self) -> tuple[Side, ...]:
        return tuple(Side(net, "middle_load", 0.5 * self.load) for net in self.output)

    def around(self, tone: str) -> list[Element]:
        return [
            Element("ebalunp", ("inp_emf", GROUND, tone, GROUND), 0.5),
            Element("ebalunn", ("inn_emf", GROUND, tone, GROUND), -0.5),
            Element("rsourcep", ("inp_emf", "inp"), 0.5 * Z0, flags=QUIET),
            Element("rsourcen", ("inn_emf", "inn"), 0.5 * Z0, flags=QUIET),
            Element("rloadp", ("outp", "middle_load"), 0.5 * self.load, flags=QUIET),
            Element("rloadn", ("outn", "middle_load"), 0.5 * self.load, flags=QUIET),
            Element("cload", ("middle_load", GROUND), _MIDDLE),
        ]
