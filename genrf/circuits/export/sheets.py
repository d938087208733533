"""A design as schematic sheets: the circuit's devices on one, and a sheet for each that is more than one element."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.placement import placed
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.rules.bias import Card, read_cards
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.topology import Device
from genrf.core.problem import Design
from genrf.core.units import suffixed

ANALOG = "analogLib"
OWN = ""  # the library that the script builds
GLOBAL_GROUND = "gnd!"
WARMER = "trise"  # how much warmer a device is than its circuit, which ngspice calls `dtemp`
_PASSIVE = {"r": ("res", "r"), "c": ("cap", "c"), "l": ("ind", "l")}
_TRANSISTORS = {"nmos": "nmos4", "pmos": "pmos4", "npn": "npn", "pnp": "pnp"}
TERMINALS: Mapping[str, tuple[str, ...]] = {
    "res": ("PLUS", "MINUS"), "cap": ("PLUS", "MINUS"), "ind": ("PLUS", "MINUS"),
    "nmos4": ("D", "G", "S", "B"), "pmos4": ("D", "G", "S", "B"), "npn": ("C", "B", "E"), "pnp": ("C", "B", "E"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """The cell of a foundry's library for a kind of device.

    `terminals` are the cell's by genrf's (`{d: D}`), `parameters` what is drawn by names of CDF parameters (`{fw: w}`).
    """

    library: str
    cell: str
    terminals: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Placed:
    """One instance: nets by the cell's terminals, values of CDF parameters as text, its place in columns and rows."""

    name: str
    library: str
    cell: str
    nets: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    at: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Sheet:
    """A cell with its pins and instances."""

    cell: str
    pins: tuple[str, ...]
    instances: tuple[Placed, ...]


def sheets(design: Design, cells: Mapping[str, Cell]) -> list[Sheet]:
    """The sheets of a design, the circuit's own last.

    A device of one element that analogLib has a cell for is an instance of that cell, one of several elements an
    instance of a sheet of its own. A kind in `cells` is an instance of the foundry's cell, as it is drawn; so is a
    transistor that analogLib has not, as cell `<kind>` of a library with the name of the process.
    """
    problem = sizing(design)
    structure, nominal = problem.structure, problem.technology.at()
    where = placed(structure)
    below: list[Sheet] = []
    instances: list[Placed] = []
    for device in structure.devices:
        drawn = problem.drawn(device, design.values)
        elements = nominal.devices[device.kind].elements(device.name, device.nets, drawn)
        known = read_cards((*nominal.models, *(e.line() for e in elements if e.name.startswith(".model "))))
        real = [element for element in elements if not element.name.startswith(".model ")]
        at = where[device.name]
        if device.kind in cells or not all(_has_cell(element, known) for element in real):
            cell = cells.get(device.kind) or named_alike(device, drawn, problem.technology)
            instances.append(_as_drawn(device, drawn, cell, at))
        elif len(real) == 1:
            instances.append(_primitive(device.name, real[0], known, at))
        else:
            below.append(_below(structure.name, device, real, known))
            nets = {net: net for net in _outer(device)}
            instances.append(Placed(device.name, OWN, below[-1].cell, nets, at=at))
    return [*below, Sheet(structure.name, structure.ports, tuple(instances))]


def modelled(element: Element, known: Mapping[str, Card]) -> str:
    """The analogLib cell of an element with a model: empty where there is none."""
    card = known.get(element.model.lower())
    return _TRANSISTORS.get(card.kind, "") if card else ""


def _has_cell(element: Element, known: Mapping[str, Card]) -> bool:
    letter = element.name[0].lower()
    if letter in _PASSIVE:
        return True
    cell = modelled(element, known) if letter in "mq" else ""
    return bool(cell) and len(element.nets) <= len(TERMINALS[cell])


def _primitive(name: str, element: Element, known: Mapping[str, Card], at: tuple[int, int]) -> Placed:
    letter = element.name[0].lower()
    cell, main = _PASSIVE.get(letter) or (modelled(element, known), "")
    texts = {} if element.value is None else {main: suffixed(element.value)}
    texts |= {"model": element.model} if element.model else {}
    texts |= {key: suffixed(value) for key, value in element.parameters.items()}
    said = (word.split("=", 1) for word in element.flags.split())
    texts |= {WARMER if key == "dtemp" else key: suffixed(float(text)) for key, text in said}
    nets = dict(zip(TERMINALS[cell], map(_net, element.nets), strict=True))
    return Placed(name, ANALOG, cell, nets, texts, at)


def _below(circuit: str, device: Device, elements: Iterable[Element], known: Mapping[str, Card]) -> Sheet:
    """The sheet of one device; its elements stand in rows of four."""
    placed_elements = tuple(
        _primitive(element.name, element, known, (number % 4, number // 4)) for number, element in enumerate(elements)
    )
    return Sheet(f"{circuit}_{device.name}", _outer(device), placed_elements)


def _outer(device: Device) -> tuple[str, ...]:
    """The nets of a device, by whose names the pins of its own sheet are called: ground is global."""
    return tuple(dict.fromkeys(net for net in device.nets.values() if net != GROUND))


def _net(net: str) -> str:
    return GLOBAL_GROUND if net == GROUND else net


def named_alike(device: Device, drawn: Mapping[str, float], technology: TechnologyFile) -> Cell:
    """The cell that a device is where none is known: called as its kind, in a library called as the process."""
    terminals = {terminal: terminal.upper() for terminal in device.nets}
    return Cell(technology.name, device.kind, terminals, {key: key for key in drawn})


def _as_drawn(device: Device, drawn: Mapping[str, float], cell: Cell, at: tuple[int, int]) -> Placed:
    nets = {cell.terminals[terminal]: _net(net) for terminal, net in device.nets.items()}
    texts = {name: suffixed(drawn[key]) for name, key in cell.parameters.items() if key in drawn}
    return Placed(device.name, cell.library, cell.cell, nets, texts, at)
