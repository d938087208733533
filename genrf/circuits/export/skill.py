"""A SKILL script that draws the design in Virtuoso; read back call by call and held against the circuit.

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
from genrf.circuits.export.skill_drawn import differs, drawn
from genrf.circuits.export.skill_reader import check, read
from genrf.circuits.netlist import Netlist
from genrf.circuits.simulate.spectre_netlist import written
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design

_PROCEDURES = """\
; genrfEnds: (instance place net where-it-is-drawn) of terminals; genrfWires: (from to net) to be drawn;
; genrfLines: (from to net) of pins and wires that are there, which none of another net may touch
procedure( genrfOpen(cell)
  genrfEnds = nil
  genrfWires = nil
  genrfLines = nil
  dbOpenCellViewByType(genrfLibrary cell "schematic" "schematic" "w")
)
; where a symbol has a terminal: the middle of its pin
procedure( genrfAt(master name transform)
  let( (terminal)
    terminal = dbFindTermByName(master name)
    unless( terminal error("genrf: cell %s has no terminal %s\\n" master~>cellName name))
    dbTransformPoint(centerBox(car(terminal~>pins)~>fig~>bBox) transform)
  )
)
procedure( genrfMean(numbers)
  let( (sum)
    sum = 0.0
    foreach( number numbers sum = sum + number)
    sum / length(numbers)
  )
)
; how well an orientation brings the terminals (name x y) to their places around the middle of all
procedure( genrfFit(master ends orient)
  let( (x y sum at)
    x = genrfMean(mapcar('cadr ends))
    y = genrfMean(mapcar('caddr ends))
    sum = 0.0
    foreach( end ends
      at = genrfAt(master car(end) list(list(0 0) orient))
      sum = sum + (cadr(end) - x) * xCoord(at) + (caddr(end) - y) * yCoord(at)
    )
    sum
  )
)
; how far the terminals then are from their places, on the grid: those in line with the symbol, or all
procedure( genrfShift(master ends orient axis)
  let( (straight apart)
    straight = setof(end ends abs(nth(axis end)) < 0.01)
    unless( straight straight = ends)
    apart = nil
    foreach( end straight
      apart = cons(nth(axis - 1 genrfAt(master car(end) list(list(0 0) orient))) - nth(axis end) apart)
    )
    0.0625 * round(16.0 * genrfMean(apart))
  )
)
procedure( genrfPlace(cellView library cell name at ends)
  let( (master best)
    master = dbOpenCellViewByType(library cell "symbol")
    unless( master error("genrf: library %s has no symbol of %s\\n" library cell))
    best = "R0"
    foreach( orient list("MY" "MX" "R180" "R90" "R270" "MYR90" "MXR90")
      when( genrfFit(master ends orient) > genrfFit(master ends best) + 0.001 best = orient)
    )
    schCreateInst(cellView master name
      list(xCoord(at) - genrfShift(master ends best 1) yCoord(at) - genrfShift(master ends best 2)) best)
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
procedure( genrfConnect(instance terminal net to)
  let( (from)
    from = genrfAt(instance~>master terminal instance~>transform)
    genrfEnds = cons(list(instance from net to) genrfEnds)
    genrfLines = cons(list(from from net) genrfLines)
  )
)
procedure( genrfPin(cellView name direction at orient)
  let( (master)
    master = if( direction == "input" then
      dbOpenCellViewByType("basic" "ipin" "symbol")
    else
      if( direction == "output" then
        dbOpenCellViewByType("basic" "opin" "symbol")
      else
        dbOpenCellViewByType("basic" "iopin" "symbolr")
      )
    )
    schCreatePin(cellView master name direction nil at orient)
    genrfLines = cons(list(at at name) genrfLines)
  )
)
procedure( genrfWire(net from to)
  genrfWires = cons(list(from to net) genrfWires)
)
procedure( genrfOn(at from to)
  xCoord(at) > min(xCoord(from) xCoord(to)) - 0.01 && xCoord(at) < max(xCoord(from) xCoord(to)) + 0.01 &&
  yCoord(at) > min(yCoord(from) yCoord(to)) - 0.01 && yCoord(at) < max(yCoord(from) yCoord(to)) + 0.01
)
; whether a wire would touch nothing of another net
procedure( genrfFree(from to net)
  forall( line genrfLines
    caddr(line) == net || not(genrfOn(car(line) from to) || genrfOn(cadr(line) from to) ||
      genrfOn(from car(line) cadr(line)) || genrfOn(to car(line) cadr(line)))
  )
)
procedure( genrfDraw(cellView from to net named)
  let( (wire middle)
    wire = car(schCreateWire(cellView "draw" "full" list(from to) 0.0625 0.0625 0.0))
    middle = list((xCoord(from) + xCoord(to)) / 2.0 (yCoord(from) + yCoord(to)) / 2.0)
    when( named schCreateWireLabel(cellView wire middle net "lowerCenter" "R0" "stick" 0.0625 nil))
    genrfLines = cons(list(from to net) genrfLines)
  )
)
; a wire from a terminal to its place, round one corner
procedure( genrfLead(cellView from corner to net)
  if( genrfOn(from corner corner) then
    genrfDraw(cellView from to net t)
  else
    genrfDraw(cellView from corner net t)
    unless( genrfOn(to corner corner) genrfDraw(cellView corner to net nil))
  )
)
; a short wire from a terminal, away from the middle of the symbol if that is free
procedure( genrfStub(cellView instance from net)
  let( (all middle x y ways ends)
    all = instance~>master~>terminals
    middle = if( cdr(all) then
      list(genrfMean(foreach( mapcar one all xCoord(genrfAt(instance~>master one~>name instance~>transform))))
        genrfMean(foreach( mapcar one all yCoord(genrfAt(instance~>master one~>name instance~>transform)))))
    else
      centerBox(instance~>bBox)
    )
    x = if( xCoord(from) < xCoord(middle) then -1 else 1)
    y = if( yCoord(from) < yCoord(middle) then -1 else 1)
    ways = if( abs(xCoord(from) - xCoord(middle)) > abs(yCoord(from) - yCoord(middle)) then
      list(list(x 0) list(0 y) list(0 0 - y) list(0 - x 0))
    else
      list(list(0 y) list(x 0) list(0 - x 0) list(0 0 - y))
    )
    ends = nil
    foreach( long list(0.25 0.125 0.0625)
      foreach( way ways
        ends = cons(list(xCoord(from) + long * car(way) yCoord(from) + long * cadr(way)) ends)
      )
    )
    ends = setof(to reverse(ends) genrfFree(from to net))
    unless( ends error("genrf: %s of %s has no room for a wire\\n" net instance~>name))
    genrfDraw(cellView from car(ends) net t)
  )
)
; the wires of all nets that are free of others' pins, then each terminal that none of them reaches
procedure( genrfJoin(cellView)
  let( (blocked drawn corners from net to)
    blocked = mapcar('caddr setof(wire genrfWires not(genrfFree(car(wire) cadr(wire) caddr(wire)))))
    drawn = setof(wire genrfWires not(member(caddr(wire) blocked)))
    foreach( wire drawn
      genrfDraw(cellView car(wire) cadr(wire) caddr(wire)
        exists(end genrfEnds caddr(end) == caddr(wire) && genrfOn(cadr(end) car(wire) cadr(wire))))
    )
    foreach( end genrfEnds
      from = cadr(end)
      net = caddr(end)
      to = nth(3 end)
      unless( exists(wire drawn caddr(wire) == net && genrfOn(from car(wire) cadr(wire)))
        corners = when( to && not(genrfOn(from to to))
          setof(corner list(list(xCoord(from) yCoord(to)) list(xCoord(to) yCoord(from)))
            genrfFree(from corner net) && genrfFree(corner to net))
        )
        if( corners then
          genrfLead(cellView from car(corners) to net)
        else
          genrfStub(cellView car(end) from net)
        )
      )
    )
  )
)
procedure( genrfClose(cellView)
  genrfJoin(cellView)
  schCheck(cellView)
  dbSave(cellView)
  dbClose(cellView)
)
; a block as symbol, of the circuit
procedure( genrfBlock(cell)
  schPinListToSymbol(genrfLibrary cell "symbol" schSchemToPinList(genrfLibrary cell "schematic"))
)
; a symbol as it is drawn, of a device: pins (name x y), lines, a box around all
procedure( genrfSymbol(cell pins lines box)
  let( (symbol x y)
    symbol = dbOpenCellViewByType(genrfLibrary cell "symbol" "schematicSymbol" "w")
    foreach( pin pins
      x = cadr(pin)
      y = caddr(pin)
      schDrawSymbolPin(symbol car(pin) "inputOutput" list(list(x - 0.03125 y - 0.03125) list(x + 0.03125 y - 0.03125)
        list(x + 0.03125 y + 0.03125) list(x - 0.03125 y + 0.03125)))
    )
    foreach( line lines schCreateSymbolShape(symbol "line" "outline" line))
    schCreateSymbolLabel(symbol cadr(box) "instance label" "[@instanceName]" "lowerLeft" "R0" "stick" 0.0625 "NLPLabel")
    dbCreateRect(symbol list("instance" "drawing") box)
    dbSave(symbol)
    dbClose(symbol)
  )
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


def _script(design: Design, drawings: Sequence[Sheet]) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, ";")
    yield f"; ports: {' '.join(structure.ports)}"
    yield f'; in Virtuoso: genrfLibrary = "my_library"  load("{structure.name}.il")'
    if _models(design):
        yield f"; models, to be included in ADE: {structure.name}_models.scs"
    yield 'unless( boundp(\'genrfLibrary) genrfLibrary = "genrf")'
    yield "unless( ddGetObj(genrfLibrary) ddCreateLib(genrfLibrary))"
    yield _PROCEDURES
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
