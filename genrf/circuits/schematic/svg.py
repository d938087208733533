"""A sheet as SVG: readable on light and dark pages, the same bytes for the same sheet."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from genrf.circuits.schematic.box import pin_names
from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.items import PORTS, RAILS, Spot, Tag, Text
from genrf.circuits.schematic.lettering import LINE
from genrf.circuits.schematic.parts import Part
from genrf.circuits.schematic.sheet import Sheet, bounds
from genrf.circuits.schematic.symbols import Point, Stroke, Turn

CELL = 10  # px
_EDGE = 1.5  # cells around everything
_STYLE = (
    ".schematic{background:#fff;color:#1f2933}"
    ".schematic path{fill:none;stroke:currentColor;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}"
    ".schematic .wire{stroke:#2b6390;stroke-width:1.3}"
    ".schematic path.fill{fill:currentColor;stroke-width:.6}"
    ".schematic .dot{fill:#2b6390}"
    ".schematic text{font:10px Helvetica,Arial,'Liberation Sans',sans-serif;fill:currentColor}"
    ".schematic .name{font-weight:600}"
    ".schematic .net{fill:#2b6390}"
)


def svg(sheet: Sheet, title: str) -> str:
    """The drawing of a sheet, on a white card of its own."""
    body = [line for spot in sheet.spots for line in _part(sheet.parts[spot.part], spot)]
    body += [f'<path class="wire" d="{_path([one, other])}"/>' for one, other in sheet.wires]
    body += [f'<circle class="dot" cx="{_px(x)}" cy="{_px(y)}" r="2.6"/>' for x, y in sheet.dots]
    body += [line for tag in sheet.tags for line in _tag(tag)]
    box = bounds(sheet)
    left, top = _px(box.left - _EDGE), _px(box.top - _EDGE)
    wide, high = _px(box.right - box.left + 2 * _EDGE), _px(box.bottom - box.top + 2 * _EDGE)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="schematic" viewBox="{left} {top} {wide} {high}" '
        f'width="{wide}" height="{high}" role="img" aria-label={quoteattr(title)}>'
    )
    card = f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" rx="6" fill="#fff"/>'
    return (
        "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{_STYLE}</style>", card, *body, "</svg>"]) + "\n"
    )


def strokes(part: Part, spot: Spot) -> list[str]:
    """The path of each stroke of a part."""
    return [_path([_at(spot.turn, spot.x, spot.y, p) for p in s.points], s.filled) for s in part.shape.strokes]


def _part(part: Part, spot: Spot) -> Iterator[str]:
    devices = quoteattr(" ".join(part.names) if part.symbol != "current" else part.names[0])
    pins = quoteattr(" ".join(part.nets))
    turn = f"{'m' if spot.turn.mirrored else 'r'}{spot.turn.quarters % 4}"
    place = f'data-turn="{turn}" data-x="{spot.x}" data-y="{spot.y}"'
    yield f'<g class="part" data-devices={devices} data-symbol="{part.symbol}" data-pins={pins} {place}>'
    for stroke, d in zip(part.shape.strokes, strokes(part, spot), strict=True):
        yield f'<path{_fill(stroke)} d="{d}"/>'
    yield from _text(spot.text, "name")
    if part.symbol == "box":
        yield from _pin_names(part, spot)
    yield "</g>"


def _pin_names(part: Part, spot: Spot) -> Iterator[str]:
    for name, point, anchor in pin_names(part.shape):
        x, y = _at(Turn(), spot.x, spot.y, point)
        at = f'x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}"'
        yield f'<text class="pin" style="fill:#52606d" {at}>{escape(name)}</text>'


def _tag(tag: Tag) -> Iterator[str]:
    at = f'data-net={quoteattr(tag.net)} data-x="{tag.x}" data-y="{tag.y}"'
    yield f'<g class="tag" {at} data-style="{tag.style}">'
    if tag.style in RAILS:
        drawn = (stroke.moved(tag.x, tag.y) for stroke in symbols()[tag.style].strokes)
        yield from (f'<path d="{_path(stroke.points)}"/>' for stroke in drawn)
    if tag.style in PORTS:
        yield f'<path d="{_path(_flag(tag))}"/>'
    if tag.style != "ground":
        yield from _text(tag.text, "net")
    yield "</g>"


def _flag(tag: Tag) -> list[Point]:
    """The outline of a port: a box that points where the signal goes."""
    (box,) = tag.boxes
    if not tag.side[0]:
        far, shoulder = tag.y + 2.0 * tag.side[1], tag.y + 0.6 * tag.side[1]
        sides = [(box.left, shoulder), (box.left, far), (box.right, far), (box.right, shoulder)]
        return [(tag.x, tag.y), *sides, (tag.x, tag.y)]
    y, ends = tag.y, (float(tag.x), box.right if tag.side[0] > 0 else box.left)
    x, far = ends[::-1] if tag.style == "out" else ends
    near = x + (0.6 if far > x else -0.6)
    return [(x, y), (near, y - 0.7), (far, y - 0.7), (far, y + 0.7), (near, y + 0.7), (x, y)]


def _text(text: Text, kind: str) -> Iterator[str]:
    for row, line in enumerate(text.lines):
        x, y = _px(text.x), _px(text.y + LINE * row + 0.88)
        label = f' class="{kind}"' if row == 0 else ""
        yield f'<text{label} x="{x}" y="{y}" text-anchor="{text.anchor}">{escape(line)}</text>'


def _at(turn: Turn, x: float, y: float, point: Point) -> Point:
    dx, dy = turn.of(point)
    return x + dx, y + dy


def _fill(stroke: Stroke) -> str:
    return ' class="fill"' if stroke.filled else ""


def _path(points: Sequence[Point] | list[tuple[int, int]], closed: bool = False) -> str:
    return "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points) + ("Z" if closed else "")


def _px(cells: float) -> str:
    """Cells as px, without needless digits."""
    return f"{round(cells * CELL, 1):g}"
