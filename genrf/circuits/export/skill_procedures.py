"""What each SKILL script of genrf's begins with: its library, and the procedures that draw a sheet in Virtuoso.

Where the pins of a symbol lie only Virtuoso knows: the procedures ask the symbols when they run.
"""

PROCEDURES = """\
unless( boundp('genrfLibrary) genrfLibrary = "genrf")
unless( ddGetObj(genrfLibrary) ddCreateLib(genrfLibrary))
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
