"""Devices of a foundry's own library, and the library itself below `PDK_ROOT`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

from genrf.circuits.definitions import Definitions
from genrf.circuits.devices import (
    BIPOLAR,
    CAPACITOR,
    INDUCTOR,
    MOSFET,
    RESISTOR,
    SUBSTRATE_BIPOLAR,
    VARACTOR,
    AbstractDevice,
    Limits,
    Made,
    Pins,
)
from genrf.circuits.expansion import Process
from genrf.circuits.expressions import Draw, Scope, expression
from genrf.circuits.models import ModelLibrary
from genrf.circuits.netlist import GROUND, Element
from genrf.core.errors import ConfigError, ToolNotFound, choices

_PINS: Mapping[str, Pins] = {
    "mosfet": MOSFET,
    "bipolar": BIPOLAR,
    "substrate_bipolar": SUBSTRATE_BIPOLAR,
    "resistor": RESISTOR,
    "capacitor": CAPACITOR,
    "inductor": INDUCTOR,
    "varactor": VARACTOR,
}


@dataclass(frozen=True)
class Files:
    """What makes up one corner: files with a section each (none for a whole file), and parameters set over them."""

    files: Sequence[Sequence[str]]
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundryLibrary(ModelLibrary):
    """SPICE libraries of an installed PDK. `folder` lies below `PDK_ROOT`.

    `scale` is what the library's `.option scale` multiplies lengths with; genrf writes metres and never sets it.
    `only_temperature` in degrees Celsius is the one at which the simulator gets the models right, if there is only one.
    """

    folder: str
    sections: Mapping[str, Files]
    scale: float = 1.0
    only_temperature: float | None = None

    def lines(self, section: str, draw: Draw | None = None) -> tuple[str, ...]:
        if section not in self.sections:
            raise ConfigError(f"models {self.folder}: no section {section!r}; {choices(section, self.sections)}")
        return ()  # each device brings its own card, of the bin that it lies in

    def check(self, section: str, temperature: float) -> None:
        self.lines(section)
        if self.only_temperature is not None and temperature != self.only_temperature:
            raise ConfigError(
                f"models {self.folder} hold at {self.only_temperature:g} degrees only, got {temperature:g}; "
                "ngspice 39 scales VBIC wrongly with temperature"
            )

    def require(self) -> None:
        self.path()

    def path(self) -> Path:
        """The folder of the library. Raises ToolNotFound when `PDK_ROOT` does not lead there."""
        root = os.environ.get("PDK_ROOT")
        if root is None:
            raise ToolNotFound(
                f"PDK_ROOT is not set, and {self.folder} is wanted below it; install the PDK (pip install ciel; "
                "ciel enable) or set PDK_ROOT to the folder that holds it"
            )
        path = Path(root).absolute() / self.folder
        if not path.is_dir():
            raise ToolNotFound(f"PDK_ROOT={root} has no {self.folder}; install that PDK there or set PDK_ROOT to it")
        return path

    def hashed(self) -> tuple[Path, ...]:
        """The files whose content decides what this library says."""
        return tuple(sorted(path for path in self.path().rglob("*") if path.is_file()))

    def process(self, made: Made) -> Process:
        """The library as a die came out, shared by all devices of that die."""
        return _process(self, self.path(), made)

    def __hash__(self) -> int:
        return hash((self.folder, tuple(self.sections), self.scale))


@lru_cache(maxsize=64)
def _process(library: FoundryLibrary, path: Path, made: Made) -> Process:
    files = library.sections[made.section]
    definitions = _definitions(path, tuple(tuple(file) for file in files.files))
    given = {name.lower(): value for name, value in files.parameters.items()}
    return Process(definitions, given, made.temperature, library.scale, made.draw)


@lru_cache
def _definitions(path: Path, files: tuple[tuple[str, ...], ...]) -> Definitions:
    definitions = Definitions()
    for file, *section in files:
        definitions.add(path / file, *section)
    return definitions


@dataclass(frozen=True)
class FoundryDevice(AbstractDevice):
    """A device that the foundry gives as a subcircuit.

    `ports` are our terminals, or net `0`, in the order of the subcircuit's. `parameters` compute the subcircuit's
    parameters from what is drawn (in SI units), as SPICE expressions: `{w: w*nf*1e6}`. `drawn` are the limits, and
    `defaults` what is drawn where a topology leaves it open.
    """

    kind: str
    subcircuit: str
    ports: Sequence[str]
    parameters: Mapping[str, str]
    drawn: Mapping[str, Limits]
    library: FoundryLibrary
    defaults: Mapping[str, float] = field(default_factory=dict)
    made: Made = Made("tt", 27.0)

    def __post_init__(self) -> None:
        if self.kind not in _PINS:
            raise ConfigError(f"device {self.subcircuit}: no kind {self.kind!r}; {choices(self.kind, _PINS)}")
        for port in self.ports:
            if port not in (*self.pins.terminals, GROUND):
                raise ConfigError(
                    f"device {self.subcircuit}: port {port!r} is no terminal of a {self.kind}; "
                    f"{choices(port, (*self.pins.terminals, GROUND))}"
                )

    @property
    def pins(self) -> Pins:
        return _PINS[self.kind]

    def limits(self) -> Mapping[str, Limits]:
        return self.drawn

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        places = [nets.get(port, port) for port in self.ports]
        return self.library.process(self.made).elements(self.subcircuit.lower(), name, places, self.given(drawn))

    def given(self, drawn: Mapping[str, float]) -> dict[str, float]:
        """The subcircuit's parameters for what is drawn, in the library's units of length."""
        scope = Scope({}, given={**self.defaults, **drawn})
        return {key.lower(): expression(text)(scope) for key, text in self.parameters.items()}

    def at(self, made: Made) -> Self:
        return replace(self, made=made)


@dataclass(frozen=True)
class GateResistance(AbstractDevice):
    """A MOS transistor, or a varactor made of one, whose model lacks the resistance of its gate, with that before it.

    `sheet` of the gate's polysilicon in ohm per square; `contacts` at one end of each finger or at both.
    R = sheet w / (3 contacts^2 l nf), the distributed gate seen from its contacts.
    Source: Razavi, Yan, Lee, IEEE Trans. Circuits Syst. I 41 (1994) 750.
    """

    device: AbstractDevice
    sheet: float
    contacts: int
    length: float

    @property
    def pins(self) -> Pins:
        return self.device.pins

    def limits(self) -> Mapping[str, Limits]:
        return self.device.limits()

    def elements(self, name: str, nets: Mapping[str, str], drawn: Mapping[str, float]) -> list[Element]:
        squares = drawn["w"] / drawn.get("l", self.length) / drawn["nf"]
        (terminal,) = self.pins.senses
        gate = f"{name}_gate"
        value = self.sheet * squares / (3.0 * self.contacts**2)
        return [
            *self.device.elements(name, {**nets, terminal: gate}, drawn),
            Element(f"r{name}_gate", (nets[terminal], gate), value),
        ]

    def at(self, made: Made) -> Self:
        return replace(self, device=self.device.at(made))
