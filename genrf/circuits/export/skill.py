"""A SKILL script that draws the design in Virtuoso; read back whole, held against the circuit and its drawing.

The sheet is the drawing of `schematic`: supply above, ground below, signals from left to right. Where the pins of a
symbol lie only Virtuoso knows, and foundries' symbols differ from analogLib's. So the script says where the drawing has
each terminal, and when it runs it asks the symbol: of the eight orientations it takes the one that brings the terminals
closest to their places, and moves the symbol so that those in line with it stay in line. Each terminal is then led to
its place by a wire, or has a stub where that would touch something else; wires and stubs carry the name of the net. A
net's long wires are drawn only if none touches a pin of another net where the symbols really have them. Names alone say
what is connected, and wires never say anything else: a symbol of another shape costs beauty, not the circuit.

A device of several elements has a sheet of its own, whose symbol is the one of the drawing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.sheet_places import CELL
from genrf.circuits.export.sheets import OWN, Cell, Own, Placed, Sheet, sheets
from genrf.circuits.export.skill_differences import differs
from genrf.circuits.export.skill_drawn import drawn
from genrf.circuits.export.skill_names import check
from genrf.circuits.export.skill_procedures import PROCEDURES
from genrf.circuits.export.skill_reader import read
from genrf.circuits.export.spectre_models import check_models
from genrf.circuits.netlist import Netlist
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.spectre_netlist import written
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design


@dataclass(frozen=True)
class Skill(AbstractExporter):
    """`<circuit>.il`, and `<circuit>_models.scs` with the models that its instances name, for ADE.

    `cells` are cells of a foundry's library by kind of device; without them devices are made of analogLib's.
    """

    writes = (SizingProblem,)

    cells: Mapping[str, Cell]

    def export(self, design: Design, folder: Path) -> list[Path]:
        name = sizing(design).structure.name
        script, models = folder / f"{name}.il", folder / f"{name}_models.scs"
        script.write_text("\n".join(_script(design, sheets(design, self.cells))) + "\n")
        cards = _models(design)
        if not cards:
            return [script]
        models.write_text("\n".join([*header(design, "//"), "simulator lang=spectre", *cards]) + "\n")
        return [script, models]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        script, *models = paths
        return [self._check_script(script, design), *(check_models(path, design) for path in models)]

    def _check_script(self, path: Path, design: Design) -> Check:
        name = f"skill {path.name}"
        try:
            script = read(path.read_text())
            check(script)
            found = drawn(script)
            wrong = list(differs(found, design, self.cells))
        except GenrfError as error:
            return Check(name, False, str(error))
        instances = sum(len(one.instances) for one in found)
        nets = {(one.cell, net) for one in found for placed in one.instances for net in placed.nets.values()}
        wires = sum(len(one.wires) for one in found)
        counts = f"{len(found)} sheets, {instances} instances, {len(nets)} nets, {wires} wires"
        detail = f"every expression is known; {counts} are the design's"
        return Check(name, not wrong, "; ".join(wrong[:5]) or detail)


def _script(design: Design, drawings: Sequence[Sheet]) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, ";")
    yield f"; ports: {' '.join(structure.ports)}"
    yield f'; in Virtuoso: genrfLibrary = "my_library"  load("{structure.name}.il")'
    if _models(design):
        yield f"; models, to be included in ADE: {structure.name}_models.scs"
    yield PROCEDURES
    yield from _shapes(drawings)
    for sheet in drawings:
        yield from _drawing(sheet)


def _shapes(drawings: Iterable[Sheet]) -> Iterator[str]:
    """The lines of each symbol once, with a box around them."""
    forms = {sheet.symbol.shape: sheet.symbol for sheet in drawings if sheet.symbol is not None}
    for name, own in forms.items():
        lines = [[(CELL * x, 0.0 - CELL * y) for x, y in stroke.points] for stroke in own.form.strokes]
        lines = [
            [*line, line[0]] if stroke.filled else line for line, stroke in zip(lines, own.form.strokes, strict=True)
        ]
        yield f"{_called(name)} = list("
        yield from (f"  list({' '.join(_at(one) for one in line)})" for line in lines)
        yield ")"
    yield ""


def _called(shape: str) -> str:
    return f"genrf_{shape}".replace(" ", "_")


def _drawing(sheet: Sheet) -> Iterator[str]:
    yield f'cellView = genrfOpen("{sheet.cell}")'
    for one in sheet.instances:
        library = f'"{one.library}"' if one.library != OWN else "genrfLibrary"
        ends = " ".join(f'list("{end}" {_number(x)} {_number(y)})' for end, (x, y) in one.ends.items())
        yield f'instance = genrfPlace(cellView {library} "{one.cell}" "{one.name}" {_at(one.at)} list({ends}))'
        yield from (f'  genrfSet(instance "{name}" "{text}")' for name, text in one.parameters.items())
        yield from (f'  genrfConnect(instance "{end}" "{net}" {_drawn(one, end)})' for end, net in one.nets.items())
    for pin in sheet.pins:
        yield f'genrfPin(cellView "{pin.net}" "{pin.direction}" {_at(pin.at)} "{pin.orient}")'
    for wire in sheet.wires:
        yield f'genrfWire("{wire.net}" {_at(wire.start)} {_at(wire.end)})'
    yield "genrfClose(cellView)"
    if sheet.symbol is None:
        yield f'genrfBlock("{sheet.cell}")'
    else:
        yield from _symbol(sheet.cell, sheet.symbol)
    yield ""


def _drawn(one: Placed, end: str) -> str:
    """Where the drawing has a terminal that wires or a pin of the sheet lead to."""
    if end not in one.joined:
        return "nil"
    (x, y), (dx, dy) = one.at, one.ends[end]
    return _at((x + dx, y + dy))


def _symbol(cell: str, own: Own) -> Iterator[str]:
    pins = " ".join(f'list("{net}" {_number(x)} {_number(y)})' for net, (x, y) in own.pins.items())
    xs, ys = zip(*(point for stroke in own.form.strokes for point in stroke.points), strict=True)
    box = [(CELL * min(xs), 0.0 - CELL * max(ys)), (CELL * max(xs), 0.0 - CELL * min(ys))]
    yield f'genrfSymbol("{cell}" list({pins}) {_called(own.shape)} list({" ".join(map(_at, box))}))'


def _at(place: tuple[float, float]) -> str:
    return f"list({_number(place[0])} {_number(place[1])})"


def _number(hundredths: float) -> str:
    return f"{round(hundredths / 100, 4) + 0.0:g}"


def _models(design: Design) -> list[str]:
    """The cards of the process, and those that were computed for one device."""
    netlist = body(design)
    computed = tuple(element for element in netlist.elements if element.name.startswith(".model "))
    return written(Netlist(computed, netlist.models), ports=False)
