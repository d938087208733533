"""What a process offers: kinds of devices, each turned into SPICE elements from what a layout engineer would draw."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from genrf.circuits.netlist import Element


@dataclass(frozen=True)
class Limits:
    """What the process allows for one drawn quantity, in SI units."""

    low: float
    high: float
    unit: str = ""
    integer: bool = False


class AbstractDevice(ABC):
    """One kind of device of a process (`nmos`, `spiral`), from its drawn parameters to SPICE elements.

    A kind is a frozen dataclass whose fields are the constants of the process; `conf/tech/*.yaml` fills them in.
    """

    terminals: ClassVar[tuple[str, ...]]
    conducts: ClassVar[tuple[tuple[str, str], ...]]  # pairs of terminals between which direct current can flow
    senses: ClassVar[tuple[str, ...]] = ()  # terminals that need a bias but take no current: gates
    shorts: ClassVar[bool] = False  # whether it conducts with next to no resistance: inductors

    @abstractmethod
    def limits(self) -> Mapping[str, Limits]:
        """The drawn parameters and what the process allows for each."""

    @abstractmethod
    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        """SPICE elements of the device `name`, its terminals on `nets`.

        Internal nets are called `<name>_<something>`; the substrate is net `0`. Number and names of the elements
        do not depend on what is drawn, so that two sizes of a circuit differ by numbers alone.
        """
