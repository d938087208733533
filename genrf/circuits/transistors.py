"""Transistors as they are drawn: fingers of a width and a length, or a number of emitters."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from genrf.circuits.devices import MOSFET, SUBSTRATE_BIPOLAR, AbstractDevice, Limits, Made
from genrf.circuits.expressions import Draw
from genrf.circuits.netlist import GROUND, Element


@dataclass(frozen=True)
class Mosfet(AbstractDevice):
    """A MOS transistor of a compact model with `w`, `l` and `nf`. Drawn: finger width `w`, `l`, fingers `nf`.

    `matching_vt` in V m and `matching_beta` in m are Pelgrom's coefficients: the deviation of one of a matched pair's
    threshold and relative current factor is `matching / sqrt(2 W L)`.
    Source: Pelgrom, Duinmaijer, Welbers, IEEE J. Solid-State Circuits 24 (1989) 1433.
    """

    model: str
    l_min: float
    l_max: float
    w_min: float
    w_max: float
    fingers: int
    matching_vt: float
    matching_beta: float
    draw: Draw | None = None

    pins: ClassVar = MOSFET

    def limits(self) -> Mapping[str, Limits]:
        return {
            "w": Limits(self.w_min, self.w_max, "m"),
            "l": Limits(self.l_min, self.l_max, "m"),
            "nf": Limits(1, self.fingers, integer=True),
        }

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        fingers, length = drawn["nf"], drawn.get("l", self.l_min)
        size = {"w": drawn["w"] * fingers, "l": length, "nf": fingers}
        if self.draw is not None:
            size |= self._mismatch(name, size["w"] * length, self.draw)
        return [Element(f"m{name}", tuple(nets[t] for t in MOSFET.terminals), model=self.model, parameters=size)]

    def at(self, made: Made) -> Self:
        return replace(self, draw=made.draw)

    def _mismatch(self, name: str, area: float, draw: Draw) -> dict[str, float]:
        one = 1.0 / math.sqrt(2.0 * area)
        return {
            "delvto": self.matching_vt * one * draw(f"{name}.vth0"),
            "mulu0": 1.0 + self.matching_beta * one * draw(f"{name}.beta"),
        }


@dataclass(frozen=True)
class SubstratePnp(AbstractDevice):
    """The vertical pnp that every n-well process has: emitter p+, base the well, collector the substrate, net `0`.

    Drawn: the number `m` of unit emitters, each a square of side `emitter` in m, as a matched array is laid out.
    `matching_is` in m is Pelgrom's coefficient of the saturation current: its relative deviation in one of a matched
    pair of `m` emitters is `matching_is / sqrt(2 m emitter^2)`.
    """

    model: str
    emitter: float
    emitters: int
    matching_is: float
    draw: Draw | None = None

    pins: ClassVar = SUBSTRATE_BIPOLAR

    def limits(self) -> Mapping[str, Limits]:
        return {"m": Limits(1, self.emitters, integer=True)}

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        size = {"m": drawn["m"], "area": 1.0}
        if self.draw is not None:
            deviation = self.matching_is / math.sqrt(2.0 * drawn["m"]) / self.emitter
            size["area"] += deviation * self.draw(f"{name}.is")
        return [Element(f"q{name}", (GROUND, nets["b"], nets["e"]), model=self.model, parameters=size)]

    def at(self, made: Made) -> Self:
        return replace(self, draw=made.draw)
