"""What is written in a drawing, held against the circuit: names of nets and of devices, and values beside symbols."""

from collections.abc import Iterator, Mapping
from functools import reduce
from math import hypot

from genrf.circuits.schematic.circuit import Circuit
from genrf.circuits.schematic.lettering import LINE, TIMES
from genrf.circuits.schematic.parts import Values
from genrf.circuits.schematic.read import Drawing, Drawn, Name
from genrf.circuits.schematic.symbols import Box, Point
from genrf.circuits.topology import Device

_REFERENCE = "reference "
_BESIDE = 0.8  # cells from a name to its point; a port's is in its frame
_LOOSE = 0.2  # cells that lines of a text may be out of their rows
_CLEAR = 1.0  # cells that a text may be nearer to another symbol: names of nets push it from its own


def captions(
    drawing: Drawing,
    circuit: Circuit,
    wanted: Mapping[tuple[str, str], str],
    values: Values | None,
    currents: Mapping[str, str] | None,
) -> list[str]:
    """What is written otherwise than it should be; `wanted` has the net of each device and pin.

    Values are held where `values` and `currents` say what they are.
    """
    devices = {device.name: device for device in circuit.devices}
    said = [text for part in drawing.parts for text in _parts_text(part, devices, values, currents)]
    strays = [f"{one.text!r} stands beside nothing" for one in drawing.strays()]
    return [*_nets(drawing, wanted), *said, *strays, *_places(drawing)]


def _nets(drawing: Drawing, wanted: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Names that are not those of the nets that they stand on."""
    for name, pins in drawing.called():
        nets = sorted({wanted[pin] for pin in pins if pin in wanted})
        on = f"on net {', '.join(nets)}" if nets else "on no net"
        if not name.net:
            yield f"a name is missing at {_at(name.at)}, {on}"
        elif name.net not in nets:
            yield f"the name {name.net!r} at {_at(name.at)} stands {on}"
        if name.net and name.mark != name.net:
            yield f"the name {name.net!r} at {_at(name.at)} is marked {name.mark!r}"


def _parts_text(
    part: Drawn, devices: Mapping[str, Device], values: Values | None, currents: Mapping[str, str] | None
) -> Iterator[str]:
    """What is wrong in the lines beside one symbol: its name, of how many devices it is, its values."""
    called, *lines = [one.text for one in part.text] or [""]
    heading, several = _heading(part.devices), f"{len(part.devices)} {TIMES}" if len(part.devices) > 1 else ""
    if called != heading:
        yield f"{part.devices[0]}: {_instead(called, heading, 'name')}"
    if several and not (lines and (lines[0] == several or lines[0].startswith(f"{several} "))):
        yield f"{heading}: {several!r} is not beside it, for {len(part.devices)} devices"
    for device in part.devices:
        wanted = _wanted(device, devices, values, currents)
        if wanted is not None:
            first, *more = wanted or ("",)
            yield from _other_lines(device, lines, [one for one in (f"{several} {first}".strip(), *more) if one])


def _heading(devices: tuple[str, ...]) -> str:
    """The name of one device or of several as a drawing has it; a reference is the current into its net."""
    first, last = devices[0], devices[-1]
    if first.startswith(_REFERENCE):
        return f"i({first.removeprefix(_REFERENCE)})"
    return first if len(devices) == 1 else f"{first}…{last}"


def _wanted(
    device: str, devices: Mapping[str, Device], values: Values | None, currents: Mapping[str, str] | None
) -> tuple[str, ...] | None:
    """The values of a device or of a reference; None where they are not known."""
    if device.startswith(_REFERENCE) and currents is not None:
        return (currents.get(device.removeprefix(_REFERENCE), ""),)
    return values(devices[device]) if values is not None and device in devices else None


def _other_lines(device: str, found: list[str], wanted: list[str]) -> Iterator[str]:
    for k in range(max(len(found), len(wanted))):
        one, other = (lines[k] if k < len(lines) else "" for lines in (found, wanted))
        if one != other:
            yield f"{device}: {_instead(one, other, 'value')}"


def _instead(found: str, wanted: str, what: str) -> str:
    if not found:
        return f"the {what} {wanted!r} is missing"
    return f"the {what} {found!r} stands beside it{f' in place of {wanted!r}' if wanted else ''}"


def _places(drawing: Drawing) -> Iterator[str]:
    """Texts that do not stand at what they name: far from it, or clearly nearer to another symbol."""
    for name in drawing.names:
        for one in name.text:
            if _apart(one.box, _frame(name)) > _BESIDE:
                yield f"the name {one.text!r} is not at {_at(name.at)}, which it names"
    for part in drawing.parts:
        if part.text:
            boxes = [one.box for one in part.text]
            block, wide = reduce(Box.joined, boxes), max(box.right - box.left for box in boxes)
            if block.right - block.left > wide + _LOOSE or block.bottom - block.top > LINE * len(boxes) + _LOOSE:
                yield f"the lines of {part.devices[0]} are not below each other"
            near = min(drawing.parts, key=lambda other: _apart(block, other.body))
            if _apart(block, near.body) + _CLEAR < _apart(block, part.body):
                yield f"{part.text[0].text!r} of {part.devices[0]} stands nearer to {near.devices[0]}"


def _frame(name: Name) -> Box:
    """The box around a name's lines and its point."""
    xs, ys = zip(name.at, *(point for line in name.lines for point in line), strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _apart(one: Box, other: Box) -> float:
    """How far two boxes are from each other, in cells."""
    wide = max(one.left, other.left) - min(one.right, other.right)
    high = max(one.top, other.top) - min(one.bottom, other.bottom)
    return hypot(max(wide, 0.0), max(high, 0.0))


def _at(point: Point) -> str:
    return f"({point[0]:g}, {point[1]:g})"
