"""Capacitors that a voltage tunes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from genrf.circuits.devices import VARACTOR, AbstractDevice, Limits
from genrf.circuits.netlist import GROUND, Element


@dataclass(frozen=True)
class InversionVaractor(AbstractDevice):
    """A MOS transistor as a varactor: gate against drain and source together, bulk at the substrate.

    Drawn: finger width `w`, `l`, fingers `nf`. Its capacitance rises from that of overlap and depletion to that of the
    oxide where the gate lies a threshold above the terminal `tune`: by as much as the compact model says, which knows
    the body effect and the gate's resistance too. The channel's own resistance, L / (12 W mu Cox Vov) a finger, is not
    in it: for 0.25 um and 0.5 V of overdrive it would give a Q near 100 at 5 GHz, for 1 um one near 6.
    Source: Andreani and Mattisson, On the use of MOS varactors in RF VCOs, IEEE J. Solid-State Circuits 35 (2000) 905.
    """

    model: str
    l_min: float
    l_max: float
    w_min: float
    w_max: float
    fingers: int

    pins: ClassVar = VARACTOR

    def limits(self) -> Mapping[str, Limits]:
        return {
            "w": Limits(self.w_min, self.w_max, "m"),
            "l": Limits(self.l_min, self.l_max, "m"),
            "nf": Limits(1, self.fingers, integer=True),
        }

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        size = {"w": drawn["w"] * drawn["nf"], "l": drawn["l"], "nf": drawn["nf"]}
        return [
            Element(f"m{name}", (nets["tune"], nets["gate"], nets["tune"], GROUND), model=self.model, parameters=size)
        ]
