"""What sets the sheets that a SKILL script draws apart from a design: opened to single elements, and as a drawing."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from genrf.circuits.export.flat import differences, expected, sizing
from genrf.circuits.export.sheets import ANALOG, GLOBAL_GROUND, OWN, WARMER, Cell, Placed, Sheet, named_alike
from genrf.circuits.export.skill_symbols import otherwise_shaped
from genrf.circuits.export.skill_wires import misplaced, otherwise_drawn
from genrf.circuits.netlist import GROUND
from genrf.circuits.schematic.read import Drawing
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
_TERMINALS = {kind: {*terminals.values()} for kind, terminals, _ in _ANALOG.values()}


def differs(found: Sequence[Sheet], design: Design, cells: Mapping[str, Cell]) -> Iterator[str]:
    """What sets the drawn sheets apart from the design, opened down to elements, and the last from its drawing.

    An element of a sheet below is called `<device>/<element>`; an instance of a foundry's cell is held against the
    device of the topology as it is drawn.
    """
    problem = sizing(design)
    *below, top = found
    if (top.cell, top.nets) != (problem.structure.name, problem.structure.ports):
        yield f"the sheet {top.cell} has the pins {' '.join(top.nets)}"
    used = {one.cell for one in top.instances if one.library == OWN}
    yield from (f"{sheet.cell} is the sheet of no instance" for sheet in below if sheet.cell not in used)
    yield from (f"{sheet.cell} has wires, where names join elements" for sheet in below if sheet.wires)
    circuit = {net for device in problem.structure.devices for net in device.nets.values()}
    cells_below = {sheet.cell: sheet for sheet in below}
    opened = _opened(top, cells_below, circuit)
    yield from differences(list(_wanted(design, cells)), opened, _RELATIVE)
    for sheet in found:
        yield from misplaced(sheet)
    drawing = Drawing.of(problem.drawing(design.values))
    yield from otherwise_drawn(top, problem.structure, drawing)
    yield from otherwise_shaped(top, cells_below, problem.structure, drawing)


def _wanted(design: Design, cells: Mapping[str, Cell]) -> Iterator[Device]:
    problem, known = sizing(design), {one.name: one for one in expected(design).devices}
    devices = problem.technology.at().devices
    for device in problem.structure.devices:
        drawn = problem.drawn(device, design.values)
        names = [one.name for one in devices[device.kind].elements(device.name, device.nets, drawn)]
        real = [known[name] for name in names if name in known]
        if device.kind in cells or not all(_TERMINALS.get(one.kind, set()) >= {*one.nets} for one in real):
            cell = cells.get(device.kind) or named_alike(device, drawn, problem.technology)
            nets = {cell.terminals[terminal]: net for terminal, net in device.nets.items()}
            numbers = {name: drawn[key] for name, key in cell.parameters.items() if key in drawn}
            yield Device(device.name, f"{cell.library} {cell.cell}", nets, numbers)
        elif len(real) == 1:
            yield replace(real[0], name=device.name)
        else:
            yield from (replace(one, name=f"{device.name}/{one.name}") for one in real)


def _opened(top: Sheet, below: Mapping[str, Sheet], circuit: Set[str]) -> Iterator[Device]:
    """Every element; a net of a sheet below that is no pin there is not the circuit's, whatever it is called."""
    for one in top.instances:
        if one.library != OWN:
            yield _device(one, one.name, {})
            continue
        if one.cell not in below:
            raise ConfigError(f"{one.name}: no sheet {one.cell} is drawn")
        if set(one.nets) != set(below[one.cell].nets):
            raise ConfigError(f"{one.name}: {one.cell} has the pins {' '.join(below[one.cell].nets)}")
        outside = {**{net: f"{net} inside {one.name}" for net in circuit}, **one.nets}
        for inner in below[one.cell].instances:
            yield _device(inner, f"{one.name}/{inner.name}", outside)


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
    """The circuit's name for a net of a sheet, where ground is the global net alone."""
    return {GLOBAL_GROUND: GROUND, GROUND: f"the net {GROUND}"}.get(net, net)
