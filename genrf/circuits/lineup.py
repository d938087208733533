"""What a whole receiver has come to behind each of its stages: gain, noise, intercept point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genrf.circuits.conversion import Conversion, decibel
from genrf.circuits.measure import SOURCE, Z0
from genrf.circuits.mixer_intermodulation import small_tones
from genrf.circuits.mixer_ports import AbstractMixerPorts
from genrf.circuits.netlist import GROUND
from genrf.circuits.nodal import Nodal
from genrf.circuits.periodic import Orbit, Transfer, transfer
from genrf.circuits.procedure import Setup
from genrf.circuits.tones import dbm

ELSEWHERE = "source elsewhere"  # the source's own noise in the image and about harmonics of the oscillator


@dataclass(frozen=True)
class Place:
    """The chain as it is behind one stage: power gain, the stage's part of F - 1 of the whole, input intercept."""

    gain_db: float
    noise: float
    iip3_dbm: float


@dataclass(frozen=True)
class Lineup:
    """The chain's stages in order, each with the resistance in ohm between its outputs that gains of power are for.

    Behind the stage `lna` lies the net `lna_out`, or `lna_outp` and `lna_outn`.
    """

    ports: AbstractMixerPorts
    stages: Mapping[str, float]

    def measure(self, setup: Setup) -> dict[str, Place]:
        """By stage, in order; `ELSEWHERE` last. Raises as the engine does."""
        nets = {net for element in setup.circuit.elements for net in element.nets}
        outs = {
            name: _output(name, nets) if name != list(self.stages)[-1] else self.ports.output for name in self.stages
        }
        settled = Conversion(self.ports).settled(setup)
        equations = settled.equations(self.ports.intermediate)
        gains = {name: self._gain_db(equations, out, self.stages[name]) for name, out in outs.items()}
        whole = transfer(equations, self.ports.output, self.ports.intermediate, self.ports.lo)
        parts = shares(whole, tuple(self.stages))
        products = self._intercepts(settled, outs)
        found = {name: Place(gains[name], parts[name], products[name]) for name in self.stages}
        return {**found, ELSEWHERE: Place(math.nan, parts[ELSEWHERE], math.nan)}

    def _gain_db(self, equations: Nodal, out: tuple[str, str], ohms: float) -> float:
        """Of power, from the source to `out`: at the frequency, of the two, at which most of it is there."""
        ports = self.ports
        radio = transfer(equations, out, ports.lo + ports.intermediate, ports.lo).gain("vtone1", 0)
        mixed = transfer(equations, out, ports.intermediate, ports.lo).gain("vtone1", 1)
        return decibel(2.0 * max(abs(radio), abs(mixed))) - 10.0 * math.log10(ohms / Z0)

    def _intercepts(self, settled: Orbit, outs: Mapping[str, tuple[str, str]]) -> dict[str, float]:
        """Of small tones: at the frequency, of the two, at which most of them is there."""
        either = small_tones(self.ports, settled, [(out, sideband) for out in outs.values() for sideband in (0, 1)])
        pairs = zip(either[::2], either[1::2], strict=True)
        stronger = (max(pair, key=lambda one: min(map(abs, one.lines))) for pair in pairs)
        return {name: dbm(0.5 * found.intercept) for name, found in zip(outs, stronger, strict=True)}


def shares(whole: Transfer, stages: Sequence[str]) -> dict[str, float]:
    """Each stage's part of F - 1 (single sideband), by the names of its elements; the ports' own are without noise."""
    signal = SOURCE * abs(whole.gain("vtone1", 1)) ** 2
    found = dict.fromkeys(stages, 0.0)
    for element, density in whole.noise().items():
        owner = max((stage for stage in stages if element[1:].startswith(f"{stage}_")), key=len, default=None)
        if owner:
            found[owner] += density / signal
    return {**found, ELSEWHERE: SOURCE * whole.folded("vtone1") / signal - 1.0}


def _output(stage: str, nets: set[str]) -> tuple[str, str]:
    single = f"{stage}_out"
    return (single, GROUND) if single in nets else (f"{single}p", f"{single}n")
