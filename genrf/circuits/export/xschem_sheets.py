"""A design as xschem sheets: the circuit as it is drawn, a sheet for each device of several elements, and a bench."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import networkx as nx

from genrf.circuits.export.flat import by_size, sizing
from genrf.circuits.export.header import header, origin, ports
from genrf.circuits.export.xschem_symbols import (
    GRID,
    VERSION,
    Labels,
    Library,
    ascii_text,
    block,
    code_symbol,
    drawn_as,
    naming_symbols,
    symbol_text,
)
from genrf.circuits.netlist import GROUND, Element
from genrf.circuits.rules.bias import Card, read_cards
from genrf.circuits.schematic.items import PORTS, Spot, Text
from genrf.circuits.schematic.lettering import TIMES
from genrf.circuits.schematic.parts import Part, kind_of
from genrf.circuits.schematic.route import Edge
from genrf.circuits.schematic.sheet import Sheet
from genrf.circuits.schematic.symbols import Point, Symbol, Turn
from genrf.circuits.topology import SUPPLY, Device
from genrf.core.problem import Design
from genrf.core.units import spice_suffixed

_TWO = {"r": "resistor", "c": "capacitor", "l": "inductor"}
_SOURCES = {"v": "voltage source", "i": "current"}
_TRANSISTORS = {"nmos": "nmos4", "pmos": "pmos4", "npn": "npn", "pnp": "pnp"}
_STYLES = {"in": "ipin", "out": "opin", "label": "label", "ground": "ground", "supply": "supply"}
_ROW = 6  # elements beside each other
_APART = (12, 10)  # cells between them
_LETTER = 0.45  # cells; of a text beside a symbol

Node = tuple[int, int]


@dataclass
class Drawer:
    """All files of a design, by name; symbols that several instances share are written once."""

    design: Design
    symbols: Library
    sheets: dict[str, str]

    @classmethod
    def of(cls, design: Design) -> "Drawer":
        symbols = Library()
        for name, text in naming_symbols().items():
            symbols.add(name, text)
        symbols.add("code", code_symbol())
        made = cls(design, symbols, {})
        made._circuit()
        return made

    @property
    def files(self) -> dict[str, str]:
        """Every file's text by its name, with what it is and whose behind the version, as xschem's own have it."""
        sheets = {f"{name}.sch": text for name, text in self.sheets.items()}
        symbols = {f"{name}.sym": text for name, text in self.symbols.files.items()}
        return {file: self._stamped(file) + text.removeprefix(VERSION) for file, text in (sheets | symbols).items()}

    def _stamped(self, file: str) -> str:
        structure = sizing(self.design).structure
        said = [f"{file} of {structure.name}: {structure.description}", origin(self.design)]
        said += [ports(self.design)] if file.endswith(".sch") or file == f"{structure.name}.sym" else []
        return "\n* ".join([VERSION.removesuffix("}"), *map(ascii_text, said)]) + "\n}"

    def _circuit(self) -> None:
        """The sheet of the circuit and its symbol."""
        problem = sizing(self.design)
        structure = problem.structure
        found = problem.sheet(self.design.values)
        devices = {device.name: device for device in structure.devices}
        lines = [*_wires(found), *_names(found, structure.signals)]
        drawn, spare = list[tuple[Device, list[str]]](), list[tuple[Part, Device]]()
        for spot in found.spots:
            part = found.parts[spot.part]
            if part.symbol == "current":  # the bench has the source, the circuit its pin
                lines.append(_label("iopin", _pin(part, spot, "into"), part.nets["into"], f"p_{part.nets['into']}"))
                continue
            first, *others = (devices[name] for name in part.names)
            drawn.append((first, list(self._device(_one(part), spot, first))))
            spare += [(_one(part), other) for other in others]
        left, bottom = min(spot.x for spot in found.spots), max(spot.y for spot in found.spots) + _APART[1]
        for place, (part, device) in enumerate(spare):
            drawn.append((device, list(self._alone(part, (left + _APART[0] * place, bottom), device))))
        order = {device.name: place for place, device in enumerate(by_size(self.design))}
        lines += chain.from_iterable(text for _, text in sorted(drawn, key=lambda each: order[each[0].name]))
        if structure.supplied:
            lines.append(_label("iopin", (left - _APART[0], min(spot.y for spot in found.spots)), SUPPLY, "p_vdd"))
        self._sheet(structure.name, lines)
        called = "@name @pinlist @symname"
        form, labels = block(structure.ports), [structure.name, "@name"]
        text = symbol_text(form, "subcircuit", called, "name=x1", labels, Labels.above(form, len(labels)))
        self.symbols.add(structure.name, text)

    def _alone(self, part: Part, at: Node, device: Device) -> Iterator[str]:
        """A device that the drawing has no place for: one of several equal ones, its nets by name."""
        spot = Spot(0, *at, Turn(), Text(part.text, at[0] + 1, at[1] - 2, "start"))
        yield from self._device(part, spot, device)
        for terminal, net in part.nets.items():
            yield _label("label", _pin(part, spot, terminal), net, f"l_{device.name}_{terminal}")

    def _device(self, part: Part, spot: Spot, device: Device) -> Iterator[str]:
        """One device: an instance of its element's symbol, or of a cell of its own."""
        problem = sizing(self.design)
        conditions = problem.technology.at()
        kind, drawn = conditions.devices[device.kind], problem.drawn(device, self.design.values)
        hidden = [name for name, net in kind_of(device).implied.items() if net != GROUND]
        form = drawn_as(part.symbol, tuple(part.nets), hidden)
        terminals = tuple(form.pins)
        apart = {name: f"<{name}>" if name in terminals else net for name, net in device.nets.items()}
        wanted = {element.name for element in kind.elements(device.name, device.nets, drawn)}
        elements = [one for one in kind.elements(device.name, apart, drawn) if one.name in wanted]
        real = [one for one in elements if not one.name.startswith(".model ")]
        if len(real) == 1:
            called, given = self._primitive(
                real[0], part.symbol, {f"<{name}>": f"@@{name}" for name in terminals}, form, Labels.where_drawn(spot)
            )
            yield _instance(called, (spot.x, spot.y), spot.turn, {"name": real[0].name, **given})
        else:
            cell = f"{problem.structure.name}_{device.name}"
            self._below(cell, terminals, real)
            labels = ["@name", *part.text[1:]]
            text = symbol_text(
                form, "subcircuit", "@name @pinlist @symname", "name=x1", labels, Labels.where_drawn(spot)
            )
            called = self.symbols.add(cell, text)
            yield _instance(called, (spot.x, spot.y), spot.turn, {"name": f"x{device.name}"})
        for name in hidden:
            yield _label("label", _turned(form, spot, name), device.nets[name], f"l_{device.name}_{name}")

    def _below(self, cell: str, terminals: Sequence[str], elements: Sequence[Element]) -> None:
        """The sheet of a device: its elements in rows, their nets by name."""
        inner = [one._replace(nets=tuple(net.strip("<>") for net in one.nets)) for one in elements]
        lines = list(self._rows(inner))
        for row, terminal in enumerate(terminals):
            lines.append(_label("iopin", (-_APART[0], 2 * row), terminal, f"p_{terminal}"))
        self._sheet(cell, lines)

    def _rows(self, elements: Sequence[Element]) -> Iterator[str]:
        known = self._cards()
        apart = _columns(elements, known)
        for number, element in enumerate(elements):
            at = (apart * (number % _ROW), _APART[1] * (number // _ROW))
            shape = _shape(element, known)
            names = _terminals(element, shape)
            form = drawn_as(shape, names, ())
            nets = {net: f"@@{name}" for net, name in zip(names, names, strict=True)}
            plain = element._replace(nets=names)
            called, given = self._primitive(plain, shape, nets, form)
            yield _instance(called, at, Turn(), {"name": element.name, **given})
            for name, net in zip(names, element.nets, strict=True):
                x, y = form.pins[name]
                yield _label(
                    _beside(form, (x, y), net), (at[0] + round(x), at[1] + round(y)), net, f"l_{element.name}_{name}"
                )

    def _primitive(
        self, element: Element, shape: str, nets: Mapping[str, str], form: Symbol, labels: Labels | None = None
    ) -> tuple[str, dict[str, str]]:
        """The symbol of one element, and the attributes that its instance has."""
        given = {} if element.value is None else {"value": spice_suffixed(element.value)}
        given |= {"model": element.model} if element.model else {}
        words = [f"@{key}" for key in ("model", "value") if key in given]
        given |= {key: spice_suffixed(value) for key, value in element.parameters.items()}
        words += [f"{key}=@{key}" for key in element.parameters]
        given |= {"flags": f'"{element.flags}"'} if element.flags else {}
        words += ["@flags"] if element.flags else []
        spoken = " ".join(["@name", *(nets.get(net, net) for net in element.nets), *words])
        template = " ".join([f"name={element.name[0]}1", *(f"{key}=0" for key in given)])
        shown = ["@name", *_shown(given)]
        if labels is None and shape == "box":  # beside it nets have their names
            labels = Labels.above(form, len(shown))
        text = symbol_text(form, "primitive", spoken, template, shown, labels)
        return self.symbols.add(shape.replace(" ", "_"), text), given

    def _cards(self) -> Mapping[str, Card]:
        problem = sizing(self.design)
        computed = (one.line() for one in problem.elements(self.design.values) if one.name.startswith(".model "))
        return read_cards((*problem.technology.at().models, *computed))

    def bench(self, name: str, around: Sequence[Element], text: Sequence[str]) -> None:
        """A sheet with the circuit, what surrounds it, and lines for the simulator."""
        structure = sizing(self.design).structure
        form = block(structure.ports)
        lines = [_instance(structure.name, (0, -12), Turn(), {"name": "x1"})]
        for net, (x, y) in form.pins.items():
            lines.append(_label(_beside(form, (x, y), net), (round(x), round(y) - 12), net, f"l_{net}"))
        lines += self._rows(around)
        said = re.sub(r"([{}])", r"\\\1", "\n".join(text))  # a brace ends the attributes
        lines.append(_instance("code", (20, -16), Turn(), {"name": "models_and_analyses", "value": f'"{said}\n"'}))
        self._sheet(name, lines)

    def _sheet(self, name: str, lines: Sequence[str]) -> None:
        remarks = "\n".join([*header(self.design, "#"), f"# {ports(self.design)}"])
        note = f"T {{{ascii_text(remarks)}}} 0 {_below_all(lines)} 0 0 0.2 0.2 {{}}"
        self.sheets[name] = "\n".join([VERSION, "G {}", "V {}", "S {}", "E {}", note, *lines]) + "\n"


def _shown(given: Mapping[str, str]) -> list[str]:
    """What stands below the name of an element."""
    if {"w", "nf"} <= given.keys():
        return ["W=@w nf=@nf"]
    return [f"@{key}" for key in ("value", "model", "flags") if key in given][:1]


def _shape(element: Element, known: Mapping[str, Card]) -> str:
    letter = element.name[0].lower()
    if letter in _TWO and len(element.nets) == 2:
        return _TWO[letter]
    if letter in _SOURCES:
        return _SOURCES[letter]
    card = known.get(element.model.lower())
    found = _TRANSISTORS.get(card.kind, "box") if card else "box"
    return found if found == "box" or len(element.nets) == (4 if found.endswith("4") else 3) else "box"


def _columns(elements: Sequence[Element], known: Mapping[str, Card]) -> int:
    """How far in cells elements stand beside each other, with words and names of nets between them."""
    words = max((4 + _LETTER * len(one.flags) for one in elements), default=0.0)
    names: dict[int, int] = {-1: 0, 1: 0}  # the longest at the left and at the right pins of boxes
    reach = 0.0
    for one in elements:
        if (shape := _shape(one, known)) == "box":
            pins = drawn_as(shape, _terminals(one, shape), ()).pins.values()
            reach = max(reach, *(x for x, _ in pins))
            for net, (x, _) in zip(one.nets, pins, strict=True):
                side = 1 if x > 0 else -1
                names[side] = max(names[side], len(net))
    return math.ceil(max(_APART[0], words, 2 + 2 * reach + _LETTER * sum(names.values())))


def _terminals(element: Element, shape: str) -> tuple[str, ...]:
    """The pins of a symbol in the order of an element's nets."""
    known = {"nmos4": "dgsb", "pmos4": "dgsb", "npn": "cbe", "pnp": "cbe", "voltage source": "pn"}
    if shape == "current":
        return ("from", "into")
    if shape in _TWO.values():
        return ("a", "b")
    return tuple(known.get(shape) or (f"n{place}" for place, _ in enumerate(element.nets, 1)))


def _wires(found: Sheet) -> Iterator[str]:
    for (x, y), (u, v) in found.wires:
        yield f"N {x * GRID} {y * GRID} {u * GRID} {v * GRID} {{}}"


def _names(found: Sheet, signals: Sequence[str]) -> Iterator[str]:
    """Ports and labels where they are drawn, and the name of every net that is drawn without one."""
    at = _pins(found)
    bare = {_pin(part, spot, "from") for part, spot in _drawn(found) if part.symbol == "current"} - set(at)
    for place, tag in enumerate(tag for tag in found.tags if (tag.x, tag.y) not in bare):
        style = "label" if tag.style in PORTS and tag.net not in signals else _STYLES[tag.style]
        yield _label(style, (tag.x, tag.y), tag.net, f"l{place}")
    graph = nx.Graph()
    graph.add_nodes_from(at)
    graph.add_edges_from(found.wires)
    tagged = {(tag.x, tag.y) for tag in found.tags}
    for place, group in enumerate(sorted(nx.connected_components(graph), key=min)):
        nets = sorted({at[node] for node in group if node in at})
        if nets and not tagged & group:
            yield _label("label", _free(found, group), nets[0], f"n{place}")


def _drawn(found: Sheet) -> Iterator[tuple[Part, Spot]]:
    return ((found.parts[spot.part], spot) for spot in found.spots)


def _pins(found: Sheet) -> dict[Node, str]:
    """The net at every pin of the circuit."""
    return {
        _pin(part, spot, terminal): net
        for part, spot in _drawn(found)
        for terminal, net in part.nets.items()
        if terminal != "from"  # of a reference, which is no part of the circuit
    }


def _pin(part: Part, spot: Spot, terminal: str) -> Node:
    return _turned(part.shape, spot, terminal)


def _turned(form: Symbol, spot: Spot, terminal: str) -> Node:
    dx, dy = spot.turn.of(form.pins[terminal])
    return spot.x + round(dx), spot.y + round(dy)


def _one(part: Part) -> Part:
    """The part as a single device: without the number of equal ones before its value."""
    return replace(part, text=tuple(line.split(f"{TIMES} ")[-1] for line in part.text)) if part.names[1:] else part


def _free(found: Sheet, group: set[Node]) -> Node:
    """A point of a net where nothing else passes, by choice the middle of its longest piece, or of a lying one.

    xschem joins what a label lies on, two lines that cross, too.
    """
    own = [wire for wire in found.wires if wire[0] in group]
    foreign = {point for wire in found.wires if wire[0] not in group for point in _points(wire)}
    own.sort(key=lambda wire: (wire[0][1] != wire[1][1], -math.dist(*wire), wire))
    points = (point for wire in own for point in sorted(_points(wire), key=lambda point: _from_middle(wire, point)))
    return next((point for point in points if point not in foreign), min(group))


def _points(wire: Edge) -> list[Node]:
    (x, y), (u, v) = wire
    if x == u:
        return [(x, row) for row in range(min(y, v), max(y, v) + 1)]
    return [(column, y) for column in range(min(x, u), max(x, u) + 1)]


def _from_middle(wire: Edge, point: Node) -> tuple[int, Node]:
    (x, y), (u, v) = wire
    return abs(2 * point[0] - x - u) + abs(2 * point[1] - y - v), point


def _beside(form: Symbol, pin: Point, net: str) -> str:
    """The symbol that names the net at a pin where no stroke of the pin's own symbol is."""
    x, y = pin
    if net == GROUND and y > 0:
        return "ground"
    if x < form.body.left:
        return "label_left"
    return "label" if x > form.body.right or y <= 0 else "label_below"


def _label(style: str, at: Node, net: str, name: str) -> str:
    return _instance(style, at, Turn(), {"name": name, "lab": net})


def _instance(symbol: str, at: Node, turn: Turn, given: Mapping[str, str]) -> str:
    words = " ".join(f"{key}={value}" for key, value in given.items())
    return f"C {{{symbol}.sym}} {at[0] * GRID} {at[1] * GRID} {turn.quarters % 4} {int(turn.mirrored)} {{{words}}}"


def _below_all(lines: Sequence[str]) -> int:
    """A height below every instance."""
    return max(int(line.split("}", 1)[1].split()[1]) for line in lines if line.startswith("C ")) + 60
