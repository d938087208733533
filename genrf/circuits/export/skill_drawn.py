"""What a SKILL script of genrf's draws: its calls as sheets, opened to single elements and held against a design."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from genrf.circuits.export.flat import differences, expected, sizing
from genrf.circuits.export.sheet_places import Point, Port, Wire
from genrf.circuits.export.sheets import ANALOG, GLOBAL_GROUND, OWN, WARMER, Cell, Placed, Sheet, named_alike
from genrf.circuits.export.skill_reader import Binary, Call, Expression, Negative, Symbol
from genrf.circuits.netlist import GROUND
from genrf.circuits.topology import Device
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.units import quantity

_RELATIVE = 1e-9  # between a number and the ten digits that are written of it
_ENDS = {"PLUS": "a", "MINUS": "b"}
_MOS = {"D": "d", "G": "g", "S": "s", "B": "b"}
_BIPOLAR = {"C": "c", "B": "b", "E": "e"}
# analogLib's cells: the kind of element, its terminals, and the parameter that is its value
_ANALOG = {
    "res": ("resistor", _ENDS, "r"), "cap": ("capacitor", _ENDS, "c"), "ind": ("inductor", _ENDS, "l"),
    "nmos4": ("nmos", _MOS, ""), "pmos4": ("pmos", _MOS, ""),
    "npn": ("npn", _BIPOLAR, ""), "pnp": ("pnp", _BIPOLAR, ""),
}  # fmt: skip


@dataclass
class _Instance:
    name: str
    library: str
    cell: str
    at: Point
    ends: dict[str, Point]
    nets: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass
class _Page:
    cell: str
    pins: list[Port] = field(default_factory=list)
    instances: list[_Instance] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    closed: bool = False
    symbol: set[str] | None = None


def drawn(script: Iterable[Expression]) -> list[Sheet]:
    """The sheets, places in hundredths of a schematic's unit.

    Raises ConfigError for a sheet that is not checked and saved or has another symbol, or a terminal or parameter that
    is given twice.
    """
    pages: list[_Page] = []
    for expression in script:
        call = expression.right if isinstance(expression, Binary) and expression.operator == "=" else expression
        if isinstance(call, Call):
            _drawn(call, pages)
    for page in pages:
        if not page.closed:
            raise ConfigError(f"{page.cell} is never checked and saved")
        if page.symbol is not None and page.symbol != {pin.net for pin in page.pins}:
            raise ConfigError(f"the symbol of {page.cell} has the pins {' '.join(sorted(page.symbol))}")
    return [Sheet(one.cell, tuple(one.pins), tuple(_placed(one)), tuple(one.wires)) for one in pages]


def _placed(page: _Page) -> Iterator[Placed]:
    for one in page.instances:
        yield Placed(one.name, one.library, one.cell, one.nets, one.parameters, one.at, one.ends)


def _drawn(call: Call, pages: list[_Page]) -> None:
    match call.name, call.arguments:
        case "genrfOpen", (str(cell),):
            pages.append(_Page(cell))
        case "genrfPin", (_, str(net), str(direction), Call() as at, str(orient)):
            pages[-1].pins.append(Port(net, direction, _point(at), orient))
        case "genrfPlace", (_, library, str(cell), str(name), Call() as at, Call() as ends):
            where = OWN if library == Symbol("genrfLibrary") else str(library)
            if any(one.name == name for one in pages[-1].instances):
                raise ConfigError(f"line {call.line}: {pages[-1].cell} has {name} twice")
            pages[-1].instances.append(_Instance(name, where, cell, _point(at), dict(map(_end, ends.arguments))))
        case "genrfSet", (_, str(name), str(text)):
            _once(pages[-1].instances[-1].parameters, name, text, call)
        case "genrfConnect", (_, str(terminal), str(net), to):
            _once(pages[-1].instances[-1].nets, terminal, net, call)
            if isinstance(to, Call) and _point(to) != _moved(pages[-1].instances[-1], terminal):
                raise ConfigError(f"line {call.line}: {pages[-1].instances[-1].name} has {terminal} elsewhere")
        case "genrfWire", (str(net), Call() as start, Call() as end):
            pages[-1].wires.append(Wire(net, _point(start), _point(end)))
        case "genrfClose", _:
            pages[-1].closed = True
        case "genrfSymbol", (str(cell), Call() as pins, _, _) if pages and cell == pages[-1].cell:
            pages[-1].symbol = {name for name, _ in map(_end, pins.arguments)}


def _end(one: Expression) -> tuple[str, Point]:
    """A terminal and its place."""
    if not isinstance(one, Call) or len(one.arguments) != 3:
        raise ConfigError(f"{one} is no terminal with its place")
    name, x, y = one.arguments
    return str(name), (_coordinate(x), _coordinate(y))


def _moved(one: _Instance, terminal: str) -> Point | None:
    if terminal not in one.ends:
        return None
    return one.at[0] + one.ends[terminal][0], one.at[1] + one.ends[terminal][1]


def _once(given: dict[str, str], key: str, text: str, call: Call) -> None:
    if key in given:
        raise ConfigError(f"line {call.line}: {key} is given twice")
    given[key] = text


def _point(at: Call) -> Point:
    x, y = (_coordinate(one) for one in at.arguments)
    return x, y


def _coordinate(one: Expression) -> int:
    value = -one.term if isinstance(one, Negative) and isinstance(one.term, float) else one
    if not isinstance(value, float):
        raise ConfigError(f"{one} is no coordinate")
    return round(100 * value)


def differs(found: Sequence[Sheet], design: Design, cells: Mapping[str, Cell]) -> Iterator[str]:
    """What sets the drawn sheets apart from the design, opened down to elements.

    An element of a sheet below is called `<device>/<element>`; an instance of a foundry's cell is held against the
    device of the topology as it is drawn.
    """
    problem = sizing(design)
    *below, top = found
    if (top.cell, top.nets) != (problem.structure.name, problem.structure.ports):
        yield f"the sheet {top.cell} has the pins {' '.join(top.nets)}"
    for sheet in found:
        yield from _misplaced(sheet)
    foreign = {one.name for one in top.instances if one.library not in (OWN, ANALOG)}
    wanted = list(_wanted(design, cells, foreign))
    yield from differences(wanted, _opened(top, {sheet.cell: sheet for sheet in below}), _RELATIVE)


def _misplaced(sheet: Sheet) -> Iterator[str]:
    """Instances on one place, and wires that touch what is of another net where the drawing has it."""
    if len({one.at for one in sheet.instances}) < len(sheet.instances):
        yield f"{sheet.cell}: two instances stand at one place"
    for wire in sheet.wires:
        if wire.start[0] != wire.end[0] and wire.start[1] != wire.end[1]:
            yield f"{sheet.cell}: a wire of {wire.net} is not straight"
    for wire in sheet.wires:
        for pin, net, at in _pins(sheet):
            if net != wire.net and _on(at, wire):
                yield f"{sheet.cell}: a wire of {wire.net} crosses {pin}, which is on {net}"
        for other in sheet.wires:
            if other.net != wire.net and (_on(other.start, wire) or _on(other.end, wire)):
                yield f"{sheet.cell}: a wire of {other.net} ends on one of {wire.net}"


def _pins(sheet: Sheet) -> Iterator[tuple[str, str, Point]]:
    """Every terminal and every pin of a sheet: what it is, its net, its place."""
    for one in sheet.instances:
        for end, (dx, dy) in one.ends.items():
            if end in one.nets:
                yield f"{one.name} {end}", one.nets[end], (one.at[0] + dx, one.at[1] + dy)
    for pin in sheet.pins:
        yield f"the pin {pin.net}", pin.net, pin.at


def _on(at: Point, wire: Wire) -> bool:
    return all(min(a, b) <= x <= max(a, b) for x, a, b in zip(at, wire.start, wire.end, strict=True))


def _wanted(design: Design, cells: Mapping[str, Cell], foreign: Collection[str]) -> Iterator[Device]:
    problem, known = sizing(design), {one.name: one for one in expected(design).devices}
    devices = problem.technology.at().devices
    for device in problem.structure.devices:
        drawn = problem.drawn(device, design.values)
        names = [one.name for one in devices[device.kind].elements(device.name, device.nets, drawn)]
        real = [known[name] for name in names if name in known]
        if device.name in foreign:
            cell = cells.get(device.kind) or named_alike(device, drawn, problem.technology)
            nets = {cell.terminals[terminal]: net for terminal, net in device.nets.items()}
            numbers = {name: drawn[key] for name, key in cell.parameters.items() if key in drawn}
            yield Device(device.name, f"{cell.library} {cell.cell}", nets, numbers)
        elif len(real) == 1:
            yield replace(real[0], name=device.name)
        else:
            yield from (replace(one, name=f"{device.name}/{one.name}") for one in real)


def _opened(top: Sheet, below: Mapping[str, Sheet]) -> Iterator[Device]:
    for one in top.instances:
        if one.library != OWN:
            yield _device(one, one.name, {})
            continue
        if one.cell not in below:
            raise ConfigError(f"{one.name}: no sheet {one.cell} is drawn")
        if set(one.nets) != set(below[one.cell].nets):
            raise ConfigError(f"{one.name}: {one.cell} has the pins {' '.join(below[one.cell].nets)}")
        for inner in below[one.cell].instances:
            yield _device(inner, f"{one.name}/{inner.name}", one.nets)


def _device(one: Placed, name: str, outside: Mapping[str, str]) -> Device:
    """An instance as a device; nets that are pins of its sheet are those `outside`."""
    nets = {terminal: _outer(outside.get(net, net)) for terminal, net in one.nets.items()}
    drawn = {key: text if key == "model" else quantity(text, f"{name} {key}") for key, text in one.parameters.items()}
    if one.library != ANALOG:
        return Device(name, f"{one.library} {one.cell}", nets, drawn)
    if one.cell not in _ANALOG:
        raise ConfigError(f"{name}: {ANALOG} has no cell {one.cell!r} that is known")
    kind, terminals, main = _ANALOG[one.cell]
    if set(nets) != set(terminals):
        raise ConfigError(f"{name}: {one.cell} has the terminals {' '.join(terminals)}, connected are {' '.join(nets)}")
    back = {main: "value", WARMER: "dtemp"}
    named = {back.get(key, key): value for key, value in drawn.items()}
    return Device(name, kind, {terminals[end]: net for end, net in nets.items()}, named)


def _outer(net: str) -> str:
    return GROUND if net == GLOBAL_GROUND else net
