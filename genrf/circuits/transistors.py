"""Transistors as they are drawn: fingers of a width and a length."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from genrf.circuits.devices import AbstractDevice, Limits
from genrf.circuits.netlist import Element


@dataclass(frozen=True)
class Mosfet(AbstractDevice):
    """A MOS transistor of a compact model with `w`, `l` and `nf`. Drawn: finger width `w`, `l`, fingers `nf`."""

    model: str
    l_min: float
    l_max: float
    w_min: float
    w_max: float
    fingers: int

    terminals: ClassVar = ("d", "g", "s", "b")
    conducts: ClassVar = (("d", "s"),)
    senses: ClassVar = ("g",)

    def limits(self) -> Mapping[str, Limits]:
        return {
            "w": Limits(self.w_min, self.w_max, "m"),
            "l": Limits(self.l_min, self.l_max, "m"),
            "nf": Limits(1, self.fingers, integer=True),
        }

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        fingers = drawn["nf"]
        size = {"w": drawn["w"] * fingers, "l": drawn.get("l", self.l_min), "nf": fingers}
        return [Element(f"m{name}", tuple(nets[t] for t in self.terminals), model=self.model, parameters=size)]
