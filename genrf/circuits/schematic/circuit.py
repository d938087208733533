"""What can be drawn: devices between nets, of which some are ports and some are rails."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from genrf.circuits.topology import Device, Drawn, Rails


class Frame(NamedTuple):
    """The nets of a circuit that the outside knows: its ports, which of them are inputs, its rails.

    Where `inputs` is None the order and the names of the ports tell them. Nets that are `named` reach their far pins by
    name, whatever their number. `levels` are the direct voltages of a row's nets, which its parts alone do not tell.
    """

    signals: tuple[str, ...]
    inputs: tuple[str, ...] | None = None
    rails: Rails = Rails()
    named: frozenset[str] = frozenset()
    levels: tuple[tuple[str, float], ...] = ()


class Circuit(Protocol):
    """A circuit as it is drawn: a topology, or a netlist from outside."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def devices(self) -> tuple[Device, ...]: ...
    @property
    def references(self) -> Mapping[str, Drawn]: ...
    @property
    def signals(self) -> tuple[str, ...]: ...
    @property
    def inputs(self) -> tuple[str, ...] | None: ...
    @property
    def rails(self) -> Rails: ...


def frame(circuit: Circuit) -> Frame:
    """Ports and rails of a circuit."""
    return Frame(circuit.signals, circuit.inputs, circuit.rails)
