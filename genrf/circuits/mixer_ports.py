"""What a mixer is measured between: a source of tones, a local oscillator and a load, all differential."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genrf.circuits.measure import Z0
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.tones import emf

_QUIET = "noisy=0"  # the source's noise is that of 290 K, and the load's is not the mixer's
_MIDDLE = 3e-12  # F from the middle of the load to ground: what both sides do alike is loaded too, and settles soon


@dataclass(frozen=True)
class MixerPorts:
    """Ports `inp inn`, `lop lon`, `outp outn`: the spec's conditions in Hz, dBm, V, ohm, dB and degrees.

    The radio frequency comes from 50 ohm through an ideal balun. `lo_dbm` is available from 100 ohm between `lop` and
    `lon`, a sine on `lo_level`, the oscillator's direct voltage; its balun is off by `balun_db` and `balun_deg` between
    the sides, without which a balanced mixer would leak nothing. `load` lies between `outp` and `outn`, its middle
    on ground for alternating currents.
    """

    lo: float
    intermediate: float
    lo_dbm: float
    lo_level: float
    load: float
    balun_db: float
    balun_deg: float

    def driven(self, tones: Sequence[float], power_dbm: float) -> list[Element]:
        """Tones of `power_dbm` each at the input, and the oscillator running."""
        nets = [GROUND, *(f"tone{number}" for number in range(1, len(tones) + 1))]
        sine = f"dc 0 sin(0 {emf(power_dbm)!r} {{}})"
        sources = [
            Element(f"vtone{number}", (nets[number], nets[number - 1]), flags=sine.format(repr(float(tone))))
            for number, tone in enumerate(tones, 1)
        ]
        oscillator = [
            Element(f"vlo{side}", (f"lo{side}_emf", GROUND), flags=self._sine(amplitude, degrees))
            for side, amplitude, degrees in self._sides()
        ]
        return [*sources, *oscillator, *self._resistors(nets[-1])]

    def frozen(self, phase: float) -> list[Element]:
        """The oscillator held at a `phase` in rad, and a source of small signals `vtone1`."""
        source = Element("vtone1", ("tone1", GROUND), flags="dc 0 ac 1")
        oscillator = [
            Element(
                f"vlo{side}",
                (f"lo{side}_emf", GROUND),
                self.lo_level + amplitude * math.sin(phase + math.radians(degrees)),
            )
            for side, amplitude, degrees in self._sides()
        ]
        return [source, *oscillator, *self._resistors("tone1")]

    def _sides(self) -> Iterator[tuple[str, float, float]]:
        """Name, amplitude in V and phase in degrees of either side of the oscillator."""
        half = 0.5 * math.sqrt(8.0 * 2.0 * Z0 * 1e-3 * 10.0 ** (self.lo_dbm / 10.0))
        more = 10.0 ** (self.balun_db / 40.0)
        yield "p", half * more, 0.5 * self.balun_deg
        yield "n", -half / more, -0.5 * self.balun_deg

    def _sine(self, amplitude: float, degrees: float) -> str:
        return f"dc {self.lo_level!r} sin({self.lo_level!r} {amplitude!r} {self.lo!r} 0 0 {degrees!r})"

    def _resistors(self, tone: str) -> list[Element]:
        """The input's balun with its 50 ohm, the oscillator's 100 ohm, the load."""
        return [
            Element("ebalunp", ("inp_emf", GROUND, tone, GROUND), 0.5),
            Element("ebalunn", ("inn_emf", GROUND, tone, GROUND), -0.5),
            Element("rsourcep", ("inp_emf", "inp"), 0.5 * Z0, flags=_QUIET),
            Element("rsourcen", ("inn_emf", "inn"), 0.5 * Z0, flags=_QUIET),
            Element("rlop", ("lop_emf", "lop"), Z0, flags=_QUIET),
            Element("rlon", ("lon_emf", "lon"), Z0, flags=_QUIET),
            Element("rloadp", ("outp", "middle_load"), 0.5 * self.load, flags=_QUIET),
            Element("rloadn", ("outn", "middle_load"), 0.5 * self.load, flags=_QUIET),
            Element("cload", ("middle_load", GROUND), _MIDDLE),
        ]
