"""What of a user's netlist is drawn: all of it, or its outermost level, or one box, by its size."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from genrf.circuits.foreign.circuit import UserCircuit
from genrf.circuits.foreign.fixture import Fixture
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.outline import Outline
from genrf.circuits.foreign.own_analyses import OwnAnalyses
from genrf.circuits.foreign.picture import Picture, boxed, picture
from genrf.circuits.foreign.roles import Roles, rails, roles
from genrf.circuits.foreign.wording import Worded, worded
from genrf.circuits.netlist import Netlist
from genrf.circuits.schematic.faults import faults
from genrf.circuits.schematic.read import Drawing
from genrf.circuits.topology import SUPPLY, Rails

_OPENED = 45  # devices; of larger circuits the subcircuits are boxes
_MOST = 200  # devices; a larger circuit is one box
_SWEEPS = ("dc", "noise")  # analyses that name a source
_OUTPUTS = 4


class _Seen(NamedTuple):
    """A netlist as it would be drawn."""

    netlist: Netlist
    devices: list[Worded]
    references: Mapping[str, float]


@dataclass(frozen=True)
class Sketch:
    """How a user's circuit is drawn, in the bench that its fixture describes or by itself."""

    structure: UserCircuit
    fixture: Fixture | None
    own: OwnAnalyses

    def picture(self, flat: Flattening) -> Picture:
        """The circuit with the values of `flat`; every device as a box where its drawing could be misread."""
        seen, found = self._seen(flat, self._closed), self._roles
        title = self.structure.name, self.structure.deck.source.title or Path(self.structure.deck.source.path).name
        if len(seen.devices) > _MOST:
            return boxed(title, seen.devices, found, seen.references)
        made = picture(title, seen.devices, found, seen.references)
        return made.boxes() if faults(Drawing.of(made.drawing()), made) else made

    @cached_property
    def _closed(self) -> bool:
        return len(self._seen(self._default, closed=False).devices) > _OPENED

    @cached_property
    def _default(self) -> Flattening:
        return Flattening(self.structure.deck, self.structure.defaults(), 27.0)

    @cached_property
    def _roles(self) -> Roles:
        """What nets are for, the same for all designs: sources at the netlist's own values tell it."""
        seen = self._seen(self._default, self._closed)
        devices = [one.device for one in seen.devices]
        if self.fixture is None:
            return roles(seen.netlist.elements, devices, self._read(), self._driven())
        held = rails(seen.netlist.elements, devices)
        return Roles(self.fixture.terminals, None, Rails((SUPPLY, *held.upper), held.lower))

    def _seen(self, flat: Flattening, closed: bool) -> _Seen:
        outline = Outline(flat.deck, flat.values, flat.temperature, closed=closed)
        if self.fixture is None:
            netlist, references = outline.netlist(), {}
        else:
            powered = self.fixture.powered(outline)
            netlist, references = powered.circuit, dict(powered.references)
        return _Seen(netlist, worded(netlist, outline.wholes), references)

    def _read(self) -> list[str]:
        """The nets outside of subcircuits that measurements read along an analysis."""
        found = [net for name, vectors in self.own.wanted.items() if name != "op" for net in vectors]
        return [net for net in dict.fromkeys(found) if "." not in net][:_OUTPUTS]

    def _driven(self) -> list[str]:
        """The sources that analyses name."""
        return [word for name in _SWEEPS if name in self.own.commands for word in self.own.commands[name].words]
