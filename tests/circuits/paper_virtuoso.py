"""A Virtuoso on paper: runs the SKILL that genrf writes on symbols of a library, and says what its sheets connect.

Wires join where one ends on another, and what they end on or pass over of pins; a label is the name of all that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import networkx as nx

from genrf.circuits.export.skill_reader import Binary, Call, Group, Negative, Quoted, Symbol

GRID = 0.0625
# x and y of a turned symbol by its own, as products with (x, y)
_TURNS = {
    "R0": ((1, 0), (0, 1)), "R90": ((0, -1), (1, 0)), "R180": ((-1, 0), (0, -1)), "R270": ((0, 1), (-1, 0)),
    "MX": ((1, 0), (0, -1)), "MY": ((-1, 0), (0, 1)), "MXR90": ((0, 1), (1, 0)), "MYR90": ((0, -1), (-1, 0)),
}  # fmt: skip

Point = tuple[float, float]

_CHANNEL = {"G": (0.0, 0.0), "D": (0.25, 0.1875), "S": (0.25, -0.1875), "B": (0.25, 0.0)}
_TWO = {"PLUS": (0.0, 0.0), "MINUS": (0.0, -0.375)}
# terminals about as analogLib has them, and as a foundry's might be: turned by a quarter, larger, off the middle
ANALOG: Mapping[str, Mapping[str, Point]] = {
    "nmos4": _CHANNEL, "pmos4": {**_CHANNEL, "S": _CHANNEL["D"], "D": _CHANNEL["S"]},
    "res": _TWO, "cap": _TWO, "ind": _TWO,
}  # fmt: skip
TURNED = {cell: {end: (0.5 - 3 * y, 2 * x) for end, (x, y) in ends.items()} for cell, ends in ANALOG.items()}
# its bulk lies on the wire to the gate of the next one
WIDE = {**ANALOG, "nmos4": {"G": (-0.75, 0.0), "D": (0.0, 0.5), "S": (0.0, -0.5), "B": (2.9375, 0.0)}}


@dataclass
class Page:
    """A schematic."""

    cellName: str  # as Virtuoso calls it
    instances: list[Any] = field(default_factory=list)
    wires: list[Any] = field(default_factory=list)
    pins: list[tuple[str, str, Point]] = field(default_factory=list)
    checked: bool = False


class Virtuoso:
    """`library` has the terminals of the symbols that the script does not make itself, by cell."""

    def __init__(self, library: Mapping[str, Mapping[str, Point]]) -> None:
        self.library = library
        self.pages: dict[str, Page] = {}
        self.symbols: dict[str, Any] = {}
        self.warned: list[str] = []
        self.scopes: list[dict[str, Any]] = [{"t": True, "nil": None}]
        self.procedures: dict[str, Call] = {}

    def run(self, script: Sequence[Any]) -> "Virtuoso":
        for one in script:
            self.value(one)
        return self

    def value(self, one: Any) -> Any:
        match one:
            case float() | str():
                return one
            case Symbol(name=name):
                return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
            case Quoted(name=name):
                return name
            case Negative(term=term):
                return -self.value(term)
            case Group(items=(inner,)):
                return self.value(inner)
            case Binary(operator="=", left=Symbol(name=name), right=right):
                value = self.value(right)
                next((scope for scope in reversed(self.scopes) if name in scope), self.scopes[0])[name] = value
                return value
            case Binary(operator="=", left=Binary(operator="~>", left=left, right=Symbol(name=name)), right=right):
                setattr(self.value(left), name, self.value(right))
                return None
            case Binary(operator="~>", left=left, right=Symbol(name=name)):
                return getattr(self.value(left), name)
            case Binary(operator="&&", left=left, right=right):
                return self.value(left) and self.value(right)
            case Binary(operator="||", left=left, right=right):
                return self.value(left) or self.value(right)
            case Binary(operator=sign, left=left, right=right):
                return _OPERATORS[sign](self.value(left), self.value(right))
            case Call():
                return self.call(one)
        raise TypeError(f"{one} has no value")

    def all(self, body: Sequence[Any]) -> Any:
        found = None
        for one in body:
            found = self.value(one)
        return found

    def within(self, scope: dict[str, Any], body: Sequence[Any]) -> Any:
        self.scopes.append(scope)
        try:
            return self.all(body)
        finally:
            self.scopes.pop()

    def call(self, call: Call) -> Any:
        match call.name, call.arguments:
            case "procedure", (Call() as head, *_):
                self.procedures[head.name] = call
            case "let", (Group() as names, *body):
                return self.within({one.name: None for one in names.items}, body)
            case "if", (asked, *rest):
                words = [one.name if isinstance(one, Symbol) else "" for one in rest]
                split = words.index("else") if "else" in words else len(rest)
                yes, no = rest[:split], rest[split + 1 :]
                if "then" not in words:
                    yes, no = rest[:1], rest[1:]
                return self.all([one for one in (yes if self.value(asked) else no) if one != Symbol("then")])
            case "when", (asked, *body):
                return self.all(body) if self.value(asked) else None
            case "unless", (asked, *body):
                return None if self.value(asked) else self.all(body)
            case "foreach", (Symbol(name="mapcar"), Symbol(name=name), every, *body):
                return [self.within({name: one}, body) for one in self.value(every)]
            case "foreach", (Symbol(name=name), every, *body):
                for one in self.value(every) or []:
                    self.within({name: one}, body)
            case ("setof" | "exists" | "forall") as kind, (Symbol(name=name), every, asked):
                found = [one for one in self.value(every) or [] if self.within({name: one}, [asked])]
                return len(found) == len(self.value(every) or []) if kind == "forall" else found or None
            case name, arguments if name in self.procedures:
                head, *body = self.procedures[name].arguments
                given = [self.value(one) for one in arguments]
                return self.within(dict(zip((one.name for one in head.arguments), given, strict=True)), body)
            case name, arguments:
                given = [self.value(one) for one in arguments]
                return _FUNCTIONS[name](*given) if name in _FUNCTIONS else getattr(self, name)(*given)
        return None

    # What the script asks Virtuoso to do.

    def boundp(self, name: str) -> bool:
        return name in self.scopes[0]

    def error(self, text: str, *given: Any) -> None:
        raise RuntimeError(text % given)

    def warn(self, text: str, *given: Any) -> None:
        self.warned.append(text % given)

    def dbOpenCellViewByType(self, library: str, cell: str, view: str, *kind: str) -> Any:
        if kind == ("schematicSymbol", "w"):
            self.symbols[cell] = _symbol(cell, {})
            return self.symbols[cell]
        if kind:
            return self.pages.setdefault(cell, Page(cell))
        return self.symbols[cell] if cell in self.symbols else _symbol(cell, self.library.get(cell, {}))

    def schDrawSymbolPin(self, symbol: Any, name: str, direction: str, points: Sequence[Point]) -> None:
        symbol.terminals.append(_terminal(name, points[0], points[2]))

    def schCreateSymbolShape(self, symbol: Any, *given: Any) -> None:
        symbol.lines.append(given[2])

    def schCreateInst(self, page: Page, master: Any, name: str, at: Point, orient: str) -> Any:
        found = SimpleNamespace(
            name=name, master=master, cellName=master.cellName, transform=[at, orient], bBox=[at, at]
        )
        page.instances.append(found)
        return found

    def cdfGetInstCDF(self, instance: Any) -> Any:
        return instance

    def cdfFindParamByName(self, instance: Any, name: str) -> Any:
        return SimpleNamespace(value=None)

    def schCreateWire(self, page: Page, how: str, style: str, points: Sequence[Point], *given: float) -> list[Any]:
        start, end = points
        assert (start[0] == end[0]) != (start[1] == end[1]), f"a wire from {start} to {end}"
        page.wires.append(SimpleNamespace(start=tuple(start), end=tuple(end), net=None))
        return page.wires[-1:]

    def schCreateWireLabel(self, page: Page, wire: Any, at: Point, net: str, *given: Any) -> None:
        assert _on(at, wire.start, wire.end)
        wire.net = net

    def schCreatePin(
        self, page: Page, master: Any, name: str, direction: str, net: None, at: Point, orient: str
    ) -> None:
        page.pins.append((name, direction, tuple(at)))

    def schCheck(self, page: Page) -> None:
        page.checked = True

    def ignored(self, *given: Any) -> None:
        return None

    dbSave = dbClose = schPinListToSymbol = schSchemToPinList = ddGetObj = ddCreateLib = ignored
    schCreateSymbolLabel = dbCreateRect = ignored


def joined(page: Page) -> dict[tuple[str, str], set[str]]:
    """The names of the net at each terminal of each instance, as wires and labels join them."""
    graph: nx.Graph = nx.Graph()
    for k, wire in enumerate(page.wires):
        graph.add_edge(("wire", k), ("name", wire.net)) if wire.net else graph.add_node(("wire", k))
        for m, other in enumerate(page.wires):
            if k != m and (_on(wire.start, other.start, other.end) or _on(wire.end, other.start, other.end)):
                graph.add_edge(("wire", k), ("wire", m))
    points = {("pin", name): at for name, _, at in page.pins}
    graph.add_edges_from((("pin", name), ("name", name)) for name, _, _ in page.pins)
    for one in page.instances:
        for terminal in one.master.terminals:
            points["terminal", one.name, terminal.name] = at = _moved(terminal.at, one.transform)
            graph.add_node(("terminal", one.name, terminal.name))
            assert all(abs(v / GRID - round(v / GRID)) < 1e-6 for v in at), f"{one.name} is off the grid at {at}"
    for what, at in points.items():
        graph.add_edges_from((what, ("wire", k)) for k, wire in enumerate(page.wires) if _on(at, wire.start, wire.end))
        graph.add_edges_from(
            (what, other) for other, there in points.items() if other != what and _on(at, there, there)
        )
    found = {}
    for group in nx.connected_components(graph):
        names = {one[1] for one in group if one[0] == "name"}
        found |= {one[1:]: names for one in group if one[0] == "terminal"}
    return found


def _symbol(cell: str, terminals: Mapping[str, Point]) -> Any:
    made = [_terminal(name, at, at) for name, at in terminals.items()]
    return SimpleNamespace(cellName=cell, terminals=made, lines=[], bBox=[(-0.5, -0.5), (0.5, 0.5)])


def _terminal(name: str, low: Point, high: Point) -> Any:
    at = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    return SimpleNamespace(name=name, at=at, pins=[SimpleNamespace(fig=SimpleNamespace(bBox=[low, high]))])


def _moved(at: Point, transform: Any) -> list[float]:
    (x, y), orient = transform
    return [x + sum(a * b for a, b in zip(_TURNS[orient][0], at, strict=True)),
            y + sum(a * b for a, b in zip(_TURNS[orient][1], at, strict=True))]  # fmt: skip


def _on(at: Sequence[float], start: Sequence[float], end: Sequence[float]) -> bool:
    return all(min(a, b) - 1e-6 < x < max(a, b) + 1e-6 for x, a, b in zip(at, start, end, strict=True))


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "==": _equal,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "list": lambda *given: list(given), "car": lambda a: a[0] if a else None, "cadr": lambda a: a[1],
    "caddr": lambda a: a[2], "cdr": lambda a: a[1:] or None, "nth": lambda k, a: a[int(k)],
    "cons": lambda a, b: [a, *(b or [])], "length": lambda a: len(a or []), "reverse": lambda a: (a or [])[::-1],
    "member": lambda a, b: a in (b or []) or None, "not": lambda a: not a, "abs": abs, "min": min, "max": max,
    "round": round, "xCoord": lambda a: a[0], "yCoord": lambda a: a[1],
    "mapcar": lambda name, every: [_FUNCTIONS[name](one) for one in every or []],
    "centerBox": lambda box: [(box[0][0] + box[1][0]) / 2, (box[0][1] + box[1][1]) / 2],
    "dbTransformPoint": _moved,
    "dbFindTermByName": lambda master, name: next((one for one in master.terminals if one.name == name), None),
}  # fmt: skip
