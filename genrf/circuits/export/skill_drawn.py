"""What a SKILL script of genrf's draws: its calls as sheets. Every expression is one of a drawing, or an error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from textwrap import shorten
from typing import Any

from genrf.circuits.export.sheet_places import CELL, Point, Port, Wire
from genrf.circuits.export.sheets import OWN, Own, Placed, Sheet
from genrf.circuits.export.skill_procedures import PROCEDURES
from genrf.circuits.export.skill_reader import Binary, Call, Expression, Negative, Symbol, line_of, read, source
from genrf.circuits.schematic.symbols import Box, Stroke
from genrf.circuits.schematic.symbols import Symbol as Form
from genrf.core.errors import ConfigError

_DIRECTIONS = ("input", "output", "inputOutput")
_ORIENTS = ("R0", "R90", "R180", "R270", "MX", "MY", "MXR90", "MYR90")


@dataclass
class _Instance:
    name: str
    library: str
    cell: str
    at: Point
    ends: dict[str, Point]
    nets: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)


@dataclass
class _Page:
    cell: str
    pins: dict[str, Port] = field(default_factory=dict)
    instances: dict[str, _Instance] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    closed: bool = False
    symbol: str = ""  # the procedure that makes it
    own: Own | None = None

    @property
    def sheet(self) -> Sheet:
        placed = (
            Placed(one.name, one.library, one.cell, one.nets, one.parameters, one.at, one.ends, frozenset(one.joined))
            for one in self.instances.values()
        )
        return Sheet(self.cell, tuple(self.pins.values()), tuple(placed), tuple(self.wires), self.own)


def drawn(script: Sequence[Expression]) -> list[Sheet]:
    """The sheets, places in hundredths of a schematic's unit; `joined` are terminals that are led to their places.

    The form of a symbol is in cells, its body the box that the script has around it.
    Raises ConfigError with its line for an expression that is none of a drawing or stands where it draws nothing, for
    procedures that are not genrf's, for a sheet that is not checked and saved or has another symbol, and for what is
    given twice: a sheet, a pin, an instance, a terminal, a parameter, a shape.
    """
    head = read(PROCEDURES)
    for wanted, one in zip_longest(head, script[: len(head)]):
        if one is None:
            raise ConfigError(f"the script ends before {_short(wanted)}")
        if one != wanted:
            raise ConfigError(f"line {line_of(one)}: {_short(one)} stands where genrf has {_short(wanted)}")
    desk = _Desk()
    for one in script[len(head) :]:
        try:
            desk.take(one)
        except ConfigError as error:
            raise ConfigError(f"line {line_of(one)}: {error}") from error
    return desk.sheets()


class _Desk:
    """The sheets as they are being drawn, one after the other, and the shapes of symbols."""

    def __init__(self) -> None:
        self.pages: dict[str, _Page] = {}
        self.shapes: dict[str, list[Stroke]] = {}

    def take(self, one: Expression) -> None:
        match one:
            case Binary("=", Symbol(shape), Call("list", lines)) if shape.startswith("genrf_"):
                _once(self.shapes, shape, [Stroke(_corners(line)) for line in lines])
            case Binary("=", Symbol("cellView"), Call("genrfOpen", (str(cell),))):
                for page in self.pages.values():
                    _finished(page, "genrfSymbol")
                _once(self.pages, cell, _Page(cell))
            case Call("genrfBlock", (str(cell),)):
                self.waiting(cell).symbol = "genrfBlock"
            case Call("genrfSymbol", (str(cell), pins, Symbol(shape), box)):
                page = self.waiting(cell)
                page.symbol, page.own = "genrfSymbol", self.own(page, _items(pins), shape, box)
            case _:
                self.draw(one)

    def draw(self, one: Expression) -> None:
        """What belongs to the sheet that is open."""
        page = next(reversed(self.pages.values()), None)
        if page is None or page.closed:
            raise ConfigError(f"{_short(one)} belongs to no sheet")
        match one:
            case Binary("=", Symbol("instance"), Call("genrfPlace", (Symbol("cellView"), library, *given))):
                placed = _placed(library, given)
                _once(page.instances, placed.name, placed)
            case Call("genrfSet" | "genrfConnect", (Symbol("instance"), *_)) if page.instances:
                _complete(next(reversed(page.instances.values())), one)
            case Call("genrfPin", (Symbol("cellView"), str(net), str(direction), at, str(orient))):
                if direction not in _DIRECTIONS or orient not in _ORIENTS:
                    raise ConfigError(f"{net} is no pin as {direction} {orient}")
                _once(page.pins, net, Port(net, direction, _point(at), orient))
            case Call("genrfWire", (str(net), start, end)):
                page.wires.append(Wire(net, _point(start), _point(end)))
            case Call("genrfClose", (Symbol("cellView"),)):
                page.closed = True
            case _:
                raise ConfigError(f"{_short(one)} is no part of a drawing")

    def own(self, page: _Page, pins: Sequence[Expression], shape: str, box: Expression) -> Own:
        places = _checked_pins(page, pins)
        corners = _corners(box)
        if shape not in self.shapes or len(corners) != 2:
            raise ConfigError(f"the symbol of {page.cell} has no shape {shape} in {source(box)}")
        (left, bottom), (right, top) = corners
        return Own(places, shape, Form({}, tuple(self.shapes[shape]), Box(left, top, right, bottom)))

    def waiting(self, cell: str) -> _Page:
        """The sheet of a cell, saved and without a symbol."""
        if cell not in self.pages or self.pages[cell].symbol:
            raise ConfigError(f"no sheet {cell} waits for a symbol")
        _check_saved(self.pages[cell])
        return self.pages[cell]

    def sheets(self) -> list[Sheet]:
        if not self.pages:
            raise ConfigError("the script draws no sheet")
        _finished(list(self.pages.values())[-1], "genrfBlock")
        return [page.sheet for page in self.pages.values()]


def _finished(page: _Page, symbol: str) -> None:
    """Raise ConfigError for a sheet that is not saved or has no symbol: a drawn one, that of the circuit a block."""
    _check_saved(page)
    if page.symbol != symbol:
        raise ConfigError(f"{page.cell} has no symbol by {symbol}")


def _check_saved(page: _Page) -> None:
    if not page.closed:
        raise ConfigError(f"{page.cell} is never checked and saved")


def _checked_pins(page: _Page, pins: Sequence[Expression]) -> dict[str, Point]:
    """The places of a symbol's pins.

    Raises ConfigError unless it has each pin of its sheet once, at a place of its own, to both directions.
    """
    places = dict(map(_end, pins))
    if places.keys() != page.pins.keys() or len(pins) > len(set(places.values())):
        raise ConfigError(f"the symbol of {page.cell} has the pins {' '.join(map(source, pins))}")
    for net, pin in page.pins.items():
        if pin.direction != "inputOutput":
            raise ConfigError(f"{net} of {page.cell} is an {pin.direction}, which the symbol does not say")
    return places


def _placed(library: Expression, given: Sequence[Expression]) -> _Instance:
    match library, given:
        case ((Symbol("genrfLibrary") | str()), (str(cell), str(name), at, ends)) if library != OWN:
            found = _Instance(name, library if isinstance(library, str) else OWN, cell, _point(at), {})
        case _:
            raise ConfigError(f"{' '.join(map(source, [library, *given]))} is no instance")
    for one in _items(ends):
        _once(found.ends, *_end(one))
    return found


def _complete(instance: _Instance, call: Call) -> None:
    """A parameter of the instance, or a terminal with its net and the place that it is led to."""
    match call.name, call.arguments:
        case "genrfSet", (_, str(name), str(text)):
            _once(instance.parameters, name, text)
        case "genrfConnect", (_, str(terminal), str(net), to):
            _once(instance.nets, terminal, net)
            if to == Symbol("nil"):
                return
            (x, y), end = instance.at, instance.ends.get(terminal)
            if end is None or _point(to) != (x + end[0], y + end[1]):
                raise ConfigError(f"{instance.name} has {terminal} elsewhere")
            instance.joined.add(terminal)
        case _:
            raise ConfigError(f"{_short(call)} is no part of a drawing")


def _once(given: dict[str, Any], key: str, value: Any) -> None:
    if key in given:
        raise ConfigError(f"{key} is given twice")
    given[key] = value


def _items(one: Expression) -> tuple[Expression, ...]:
    if not isinstance(one, Call) or one.name != "list" or one.keywords:
        raise ConfigError(f"{_short(one)} is no list")
    return one.arguments


def _end(one: Expression) -> tuple[str, Point]:
    """A terminal and its place."""
    match _items(one):
        case str(name), x, y:
            return name, (_whole(x), _whole(y))
    raise ConfigError(f"{source(one)} is no terminal with its place")


def _point(one: Expression) -> Point:
    match _items(one):
        case x, y:
            return _whole(x), _whole(y)
    raise ConfigError(f"{source(one)} is no place")


def _corners(one: Expression) -> tuple[tuple[float, float], ...]:
    """The points of a line of a symbol, which lie off the grid too, in cells of the drawing, whose y runs down."""
    found = [tuple(map(_coordinate, _items(corner))) for corner in _items(one)]
    if len(found) < 2 or {len(corner) for corner in found} != {2}:
        raise ConfigError(f"{_short(one)} is no line")
    return tuple((100 * x / CELL, -100 * y / CELL) for x, y in found)


def _whole(one: Expression) -> int:
    """A coordinate in hundredths."""
    value = 100 * _coordinate(one)
    if abs(value - round(value)) > 1e-6:
        raise ConfigError(f"{source(one)} is between the hundredths of the drawing")
    return round(value)


def _coordinate(one: Expression) -> float:
    match one:
        case float():
            return one
        case Negative(float() as value):
            return -value
    raise ConfigError(f"{source(one)} is no coordinate")


def _short(one: Expression) -> str:
    return shorten(source(one), 70, placeholder=" ...")
