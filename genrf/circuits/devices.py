"""What a process offers: kinds of devices, each turned into SPICE elements from what a layout engineer would draw."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from genrf.circuits.expressions import Draw
from genrf.circuits.netlist import Element


@dataclass(frozen=True)
class Limits:
    """What the process allows for one drawn quantity, in SI units."""

    low: float
    high: float
    unit: str = ""
    integer: bool = False


@dataclass(frozen=True)
class Pins:
    """The terminals of a kind of device, and what they mean to an electrical check."""

    terminals: tuple[str, ...]
    conducts: tuple[tuple[str, str], ...] = ()  # pairs between which direct current can flow
    senses: tuple[str, ...] = ()  # terminals that need a bias but take no current: gates
    leaks: tuple[tuple[str, str], ...] = ()  # pairs whose insulation holds the voltage of a net that nothing else does
    shorts: bool = False  # whether it conducts with next to no resistance: inductors


MOSFET = Pins(("d", "g", "s", "b"), (("d", "s"),), ("g",))
BIPOLAR = Pins(("c", "b", "e", "s"), (("c", "e"), ("b", "e")))
SUBSTRATE_BIPOLAR = Pins(("b", "e"), (("b", "e"),))  # its collector is the substrate, net `0`, and nothing else
RESISTOR = Pins(("a", "b"), (("a", "b"),))
CAPACITOR = Pins(("a", "b"))
CERAMIC = Pins(("a", "b"), leaks=(("a", "b"),))
INDUCTOR = Pins(("a", "b"), (("a", "b"),), shorts=True)
PAD = Pins(("a",))
VARACTOR = Pins(("gate", "tune"), senses=("gate",))


@dataclass(frozen=True)
class Made:
    """How a die came out: the corner of its models, its temperature in degrees Celsius, its statistical draws."""

    section: str
    temperature: float
    draw: Draw | None = None


class AbstractDevice(ABC):
    """One kind of device of a process (`nmos`, `spiral`), from its drawn parameters to SPICE elements.

    A kind is a frozen dataclass whose fields are the constants of the process; `conf/tech/*.yaml` fills them in.
    """

    @property
    @abstractmethod
    def pins(self) -> Pins:
        """The terminals."""

    @abstractmethod
    def limits(self) -> Mapping[str, Limits]:
        """The drawn parameters and what the process allows for each."""

    @abstractmethod
    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        """SPICE elements of the device `name`, its terminals on `nets`.

        Internal nets are called `<name>_<something>`; the substrate is net `0`. Number and names of the elements
        do not depend on what is drawn, so that two sizes of a circuit differ by numbers alone.
        """

    def at(self, made: Made) -> Self:
        """The device on a die that came out so; the same one where its constants say nothing about that."""
        return self
