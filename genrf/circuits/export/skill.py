"""A SKILL script that draws the design in Virtuoso; read back call by call and held against the circuit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.sheets import OWN, Cell, Sheet, sheets
from genrf.circuits.export.skill_drawn import differs, drawn
from genrf.circuits.export.skill_reader import check, read
from genrf.circuits.netlist import Netlist
from genrf.circuits.simulate.spectre_netlist import written
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design

_STEP = (2.5, 2.0)  # between columns and between rows, in the units of a schematic
_PROCEDURES = """\
procedure( genrfOpen(cell)
  dbOpenCellViewByType(genrfLibrary cell "schematic" "schematic" "w")
)
procedure( genrfPlace(cellView library cell name at)
  let( (master)
    master = dbOpenCellViewByType(library cell "symbol")
    unless( master error("genrf: library %s has no symbol of %s\\n" library cell))
    schCreateInst(cellView master name at "R0")
  )
)
procedure( genrfSet(instance name value)
  let( (parameter)
    parameter = cdfFindParamByName(cdfGetInstCDF(instance) name)
    if( parameter then
      parameter~>value = value
    else
      warn("genrf: %s of cell %s has no CDF parameter %s = %s\\n" instance~>name instance~>cellName name value)
    )
  )
)
; a wire from the terminal away from the middle of the symbol, with the name of the net
procedure( genrfConnect(cellView instance terminal net)
  let( (pin from middle dx dy to wire)
    pin = dbFindTermByName(instance~>master terminal)
    unless( pin error("genrf: cell %s has no terminal %s\\n" instance~>cellName terminal))
    from = dbTransformPoint(centerBox(car(pin~>pins)~>fig~>bBox) instance~>transform)
    middle = centerBox(instance~>bBox)
    dx = xCoord(from) - xCoord(middle)
    dy = yCoord(from) - yCoord(middle)
    to = if( abs(dx) > abs(dy) then
      list(xCoord(from) + if( dx > 0 then 0.25 else -0.25) yCoord(from))
    else
      list(xCoord(from) yCoord(from) + if( dy > 0 then 0.25 else -0.25))
    )
    wire = car(schCreateWire(cellView "draw" "full" list(from to) 0.0625 0.0625 0.0))
    schCreateWireLabel(cellView wire to net "lowerCenter" "R0" "stick" 0.0625 nil)
  )
)
procedure( genrfPin(cellView name at)
  schCreatePin(cellView dbOpenCellViewByType("basic" "iopin" "symbolr") name "inputOutput" nil at "R0")
)
; check and save, and a symbol for the sheets above
procedure( genrfClose(cellView)
  schCheck(cellView)
  dbSave(cellView)
  schPinListToSymbol(genrfLibrary cellView~>cellName "symbol"
    schSchemToPinList(genrfLibrary cellView~>cellName "schematic"))
  dbClose(cellView)
)
"""


@dataclass(frozen=True)
class Skill(AbstractExporter):
    """`<circuit>.il`, and `<circuit>_models.scs` with the models that its instances name, for ADE.

    `cells` are cells of a foundry's library by kind of device; without them devices are made of analogLib's.
    """

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
        name = f"skill {paths[0].name}"
        try:
            script = read(paths[0].read_text())
            check(script)
            found = drawn(script)
            wrong = list(differs(found, design, self.cells))
        except GenrfError as error:
            return [Check(name, False, str(error))]
        instances = sum(len(one.instances) for one in found)
        nets = {(one.cell, net) for one in found for placed in one.instances for net in placed.nets.values()}
        detail = f"every call exists; {len(found)} sheets, {instances} instances, {len(nets)} nets are the design's"
        return [Check(name, not wrong, "; ".join(wrong[:5]) or detail)]


def _script(design: Design, drawings: Iterable[Sheet]) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, ";")
    yield f"; ports: {' '.join(structure.ports)}"
    yield f'; in Virtuoso: genrfLibrary = "my_library"  load("{structure.name}.il")'
    if _models(design):
        yield f"; models, to be included in ADE: {structure.name}_models.scs"
    yield 'unless( boundp(\'genrfLibrary) genrfLibrary = "genrf")'
    yield "unless( ddGetObj(genrfLibrary) ddCreateLib(genrfLibrary))"
    yield _PROCEDURES
    for sheet in drawings:
        yield from _drawing(sheet)


def _drawing(sheet: Sheet) -> Iterator[str]:
    yield f'cellView = genrfOpen("{sheet.cell}")'
    for number, pin in enumerate(sheet.pins):
        yield f'genrfPin(cellView "{pin}" list({-_STEP[0]:g} {0.0 - _STEP[1] * number / 2:g}))'
    for one in sheet.instances:
        library = f'"{one.library}"' if one.library != OWN else "genrfLibrary"
        x, y = one.at[0] * _STEP[0], 0.0 - one.at[1] * _STEP[1]
        yield f'instance = genrfPlace(cellView {library} "{one.cell}" "{one.name}" list({x:g} {y:g}))'
        yield from (f'  genrfSet(instance "{name}" "{text}")' for name, text in one.parameters.items())
        yield from (f'  genrfConnect(cellView instance "{end}" "{net}")' for end, net in one.nets.items())
    yield "genrfClose(cellView)"
    yield ""


def _models(design: Design) -> list[str]:
    """The cards of the process, and those that were computed for one device."""
    netlist = body(design)
    computed = tuple(element for element in netlist.elements if element.name.startswith(".model "))
    return written(Netlist(computed, netlist.models), ports=False)
