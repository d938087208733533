"""What is wrong with a drawing: joined or written otherwise than the circuit, or hard to read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

from genrf.circuits.schematic.captions import captions
from genrf.circuits.schematic.circuit import Circuit
from genrf.circuits.schematic.items import RAILS
from genrf.circuits.schematic.parts import Values, kind_of
from genrf.circuits.schematic.read import Drawing, Drawn
from genrf.circuits.schematic.symbols import Box, Point
from genrf.circuits.topology import SUPPLY

_CURRENT = {"d", "s", "c", "e", "a", "from"}
Segment = tuple[Point, Point]


def faults(
    drawing: Drawing, circuit: Circuit, values: Values | None = None, currents: Mapping[str, str] | None = None
) -> list[str]:
    """Everything that is wrong, in words; nothing for a good drawing.

    Where `values` and `currents` say what stands beside devices and references, that is held too.
    """
    written = captions(drawing, circuit, _wanted(circuit), values, currents)
    return [*connections(drawing, circuit), *written, *geometry(drawing)]


def connections(drawing: Drawing, circuit: Circuit) -> list[str]:
    """Where the drawing is another circuit: devices missing, pins on other nets, ports or rails of another name."""
    drawn = Counter(device for part in drawing.parts for device in part.devices)
    wanted = _wanted(circuit)
    devices = {device for device, _ in wanted}
    found = [f"{device}: drawn {drawn[device]} times" for device in sorted(devices | {*drawn}) if drawn[device] != 1]
    joined, named = drawing.joined(), drawing.nets()
    if joined.keys() != wanted.keys():
        odd = sorted(joined.keys() ^ wanted.keys())
        return [*found, *(f"{device}: pin {pin} is drawn or wanted, not both" for device, pin in odd)]
    pairs = {(wanted[key], joined[key]) for key in wanted}
    pieces = Counter(net for net, _ in pairs)
    found += [f"net {net} is drawn in pieces" for net, count in sorted(pieces.items()) if count > 1]
    several = [sorted(net for net, number in pairs if number == one) for one in sorted({*joined.values()})]
    found += [f"a drawn net joins several: {', '.join(nets)}" for nets in several if len(nets) > 1]
    outside = {net for net in (*circuit.signals, *circuit.rails.upper, *circuit.rails.lower) if net in wanted.values()}
    found += [f"net {net} is not named as such" for net in sorted(outside) if (net, named.get(net)) not in pairs]
    return found


def _wanted(circuit: Circuit) -> dict[tuple[str, str], str]:
    """Of each device and drawn pin the net."""
    pins = {
        (device.name, pin): net
        for device in circuit.devices
        for pin, net in device.nets.items()
        if pin not in kind_of(device, circuit.rails).implied
    }
    for net in circuit.references:
        pins |= {(f"reference {net}", "from"): SUPPLY, (f"reference {net}", "into"): net}
    return pins


def geometry(drawing: Drawing) -> list[str]:
    """What makes a drawing hard to read or ambiguous."""
    return [*_overlaps(drawing), *_wires(drawing), *_dots(drawing), *_rails(drawing)]


def _overlaps(drawing: Drawing) -> Iterator[str]:
    """Symbols and texts that lie over each other."""
    shapes = [(part.devices[0], _boxes(part)) for part in drawing.parts]
    shapes += [(f"{name.style} of {name.net}", [_around(line) for line in name.lines]) for name in drawing.names]
    shapes += [(f"text {one.text!r}", [one.box]) for one in drawing.writing]
    for (one, own), (other, others) in combinations(shapes, 2):
        if one.startswith(("in of ", "out of ")) and other == f"text {one.split(' of ')[1]!r}":
            continue  # a port's name stands in its frame
        if any(a.meets(b) for a in own for b in others):
            yield f"{one} and {other} overlap"


def _boxes(part: Drawn) -> list[Box]:
    return [part.body, *(_around(pair) for line in part.lines for pair in pairwise(line))]


def _around(line: tuple[Point, ...]) -> Box:
    xs, ys = zip(*line, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _wires(drawing: Drawing) -> Iterator[str]:
    """Wires through symbols, texts, pins and along each other."""
    pins = {point for part in drawing.parts for point in part.pins.values()} | {name.at for name in drawing.names}
    ends = pins | {point for wire in drawing.wires for point in wire}
    for wire in drawing.wires:
        box = _around(wire)
        for part in drawing.parts:
            if any(box.meets(other) for other in _boxes(part)):
                yield f"a wire from {wire[0]} to {wire[1]} runs through {part.devices[0]}"
        for one in drawing.writing:
            if box.meets(one.box):
                yield f"a wire from {wire[0]} to {wire[1]} runs through the text {one.text!r}"
        for point in ends:
            if point not in wire and _on(point, wire):
                yield f"a wire from {wire[0]} to {wire[1]} touches {point}"
    for first, second in combinations(drawing.wires, 2):
        if _along(first, second):
            yield f"wires from {first[0]} and {second[0]} lie on each other"


def _on(point: Point, wire: Segment) -> bool:
    box = _around(wire)
    return box.left <= point[0] <= box.right and box.top <= point[1] <= box.bottom


def _along(one: Segment, other: Segment) -> bool:
    """Whether two wires share more than a point."""
    a, b = _around(one), _around(other)
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    return min(wide, high) >= 0 and max(wide, high) > 0


def _dots(drawing: Drawing) -> Iterator[str]:
    """Three lines that meet without a dot, and dots where none do."""
    meeting = {point for point, count in drawing.ends().items() if count > 2}
    yield from (f"no dot at {point}" for point in sorted(meeting - drawing.dots))
    yield from (f"a dot at {point} joins nothing" for point in sorted(drawing.dots - meeting))


def _rails(drawing: Drawing) -> Iterator[str]:
    """Parts whose current would flow up the page: the supply's end is below, or the ground's above."""
    rails = {name.at: name.style for name in drawing.names if name.style in RAILS}
    for part in drawing.parts:
        heights = [y for _, y in part.pins.values()]
        for pin, point in part.pins.items():
            wrong = {"supply": min(heights), "ground": max(heights), "negative": max(heights)}.get(rails.get(point, ""))
            if pin in _CURRENT and wrong is not None and point[1] != wrong:
                yield f"{part.devices[0]}: pin {pin} on a rail is upside down"
