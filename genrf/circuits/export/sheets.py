"""A design as schematic sheets: the circuit as it is drawn, and a sheet for each device that is more than one element.

Places are hundredths of a schematic's unit, y upwards; a cell of the drawing is a quarter of a unit, so that a symbol
of analogLib, half a unit high, has the room of ours with text around it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.sheet_places import CELL, Places, Point, Port, Wire, offsets, point
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.rules.bias import Card, read_cards
from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.parts import kind_of, shape
from genrf.circuits.schematic.symbols import Symbol
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
_SHAPES = {
    "res": "resistor", "cap": "capacitor", "ind": "inductor", "nmos4": "nmos4", "pmos4": "pmos4", "npn": "npn",
    "pnp": "pnp",
}  # fmt: skip
_ROW, _APART = 4, (10, 8)  # elements of a device beside each other; cells between them
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
    """One instance: nets by the cell's terminals, values of CDF parameters as text, its place.

    `ends` are the places of its terminals as they are drawn, from its own; `joined` are those that wires lead to.
    """

    name: str
    library: str
    cell: str
    nets: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    at: Point = (0, 0)
    ends: Mapping[str, Point] = field(default_factory=dict)
    joined: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Own:
    """The symbol of a sheet below: places of its pins, the name of its shape, what stands on ground."""

    pins: Mapping[str, Point]
    shape: str
    form: Symbol


@dataclass(frozen=True)
class Sheet:
    """A cell with its pins, instances and wires; the symbol that a sheet below has."""

    cell: str
    pins: tuple[Port, ...]
    instances: tuple[Placed, ...]
    wires: tuple[Wire, ...] = ()
    symbol: Own | None = None

    @property
    def nets(self) -> tuple[str, ...]:
        """The names of the pins."""
        return tuple(pin.net for pin in self.pins)


def sheets(design: Design, cells: Mapping[str, Cell]) -> list[Sheet]:
    """The sheets of a design, the circuit's own last.

    A device of one element that analogLib has a cell for is an instance of that cell, one of several elements an
    instance of a sheet of its own. A kind in `cells` is an instance of the foundry's cell, as it is drawn; so is a
    transistor that analogLib has not, as cell `<kind>` of a library with the name of the process.
    """
    problem = sizing(design)
    structure, nominal = problem.structure, problem.technology.at()
    places = Places.of(structure, problem.sheet(design.values))
    below: list[Sheet] = []
    instances: list[Placed] = []
    for device in structure.devices:
        drawn = problem.drawn(device, design.values)
        elements = nominal.devices[device.kind].elements(device.name, device.nets, drawn)
        known = read_cards((*nominal.models, *(e.line() for e in elements if e.name.startswith(".model "))))
        real = [element for element in elements if not element.name.startswith(".model ")]
        if device.kind in cells or not all(_has_cell(element, known) for element in real):
            cell = cells.get(device.kind) or named_alike(device, drawn, problem.technology)
            one, terminals = _as_drawn(device, drawn, cell), dict(cell.terminals)
        elif len(real) == 1:
            one = _primitive(device.name, real[0], known)
            apart = nominal.devices[device.kind].elements(device.name, {end: end for end in device.nets}, drawn)
            ends = next(element.nets for element in apart if element.name == real[0].name)
            terminals = dict(zip(ends, TERMINALS[one.cell], strict=True))
        else:
            below.append(_below(structure.name, device, real, known))
            one = Placed(device.name, OWN, below[-1].cell, {net: net for net in _outer(device)})
            terminals = {end: device.nets[end] for end in _first(device)}
        instances.append(_standing(one, terminals, places))
    wires = tuple(wire._replace(net=_net(wire.net)) for wire in places.wires)
    return [*below, Sheet(structure.name, places.ports, tuple(instances), wires)]


def _standing(one: Placed, terminals: Mapping[str, str], places: Places) -> Placed:
    """The instance where its device is drawn; `terminals` are the cell's by the device's."""
    stand = places.stands[one.name]
    ends = {terminals[end]: place for end, place in stand.ends.items() if end in terminals}
    joined = frozenset(terminals[end] for end in stand.joined if end in terminals)
    return replace(one, at=stand.at, ends=ends, joined=joined)


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


def _primitive(name: str, element: Element, known: Mapping[str, Card]) -> Placed:
    letter = element.name[0].lower()
    cell, main = _PASSIVE.get(letter) or (modelled(element, known), "")
    texts = {} if element.value is None else {main: suffixed(element.value)}
    texts |= {"model": element.model} if element.model else {}
    texts |= {key: suffixed(value) for key, value in element.parameters.items()}
    said = (word.split("=", 1) for word in element.flags.split())
    texts |= {WARMER if key == "dtemp" else key: suffixed(float(text)) for key, text in said}
    nets = dict(zip(TERMINALS[cell], map(_net, element.nets), strict=True))
    return Placed(name, ANALOG, cell, nets, texts)


def _below(circuit: str, device: Device, elements: Iterable[Element], known: Mapping[str, Card]) -> Sheet:
    """The sheet of one device: its elements upright in rows of four, and the symbol that the device is drawn as."""
    instances = []
    for number, element in enumerate(elements):
        one = _primitive(element.name, element, known)
        form = symbols()[_SHAPES[one.cell]]
        ends = dict(zip(TERMINALS[one.cell], offsets(form).values(), strict=False))
        at = point((_APART[0] * (number % _ROW), _APART[1] * (number // _ROW)))
        instances.append(replace(one, at=at, ends={end: ends[end] for end in one.nets}))
    pins = tuple(
        Port(net, "inputOutput", point((-_APART[0], 4 * number)), "R0") for number, net in enumerate(_outer(device))
    )
    return Sheet(f"{circuit}_{device.name}", pins, tuple(instances), symbol=_own(device))


def _own(device: Device) -> Own:
    """The symbol as it is drawn; hidden terminals are pins at the right, those on ground stand on it."""
    kind = kind_of(device)
    form = shape(kind.symbol, tuple(end for end in device.nets if end not in kind.implied))
    hidden = {end: (1.0, 2.0 * place) for place, end in enumerate(end for end in device.nets if end in kind.implied)}
    places = {**form.pins, **hidden}
    pins = {device.nets[end]: (round(CELL * places[end][0]), round(-CELL * places[end][1])) for end in _first(device)}
    earth = [
        one.moved(*form.pins[end])
        for end, net in device.nets.items()
        if net == GROUND and end in form.pins
        for one in symbols()["ground"].strokes
    ]
    called = kind.symbol + "".join(f"_{end}" for end, net in device.nets.items() if net == GROUND and end in form.pins)
    return Own(pins, called, replace(form, strokes=(*form.strokes, *earth)))


def _first(device: Device) -> list[str]:
    """The first terminal at each net that is not ground."""
    ends = {net: end for end, net in reversed(list(device.nets.items())) if net != GROUND}
    return [ends[net] for net in _outer(device)]


def _outer(device: Device) -> tuple[str, ...]:
    """The nets of a device, by whose names the pins of its own sheet are called: ground is global."""
    return tuple(dict.fromkeys(net for net in device.nets.values() if net != GROUND))


def _net(net: str) -> str:
    return GLOBAL_GROUND if net == GROUND else net


def named_alike(device: Device, drawn: Mapping[str, float], technology: TechnologyFile) -> Cell:
    """The cell that a device is where none is known: called as its kind, in a library called as the process."""
    terminals = {terminal: terminal.upper() for terminal in device.nets}
    return Cell(technology.name, device.kind, terminals, {key: key for key in drawn})


def _as_drawn(device: Device, drawn: Mapping[str, float], cell: Cell) -> Placed:
    nets = {cell.terminals[terminal]: _net(net) for terminal, net in device.nets.items()}
    texts = {name: suffixed(drawn[key]) for name, key in cell.parameters.items() if key in drawn}
    return Placed(device.name, cell.library, cell.cell, nets, texts)
