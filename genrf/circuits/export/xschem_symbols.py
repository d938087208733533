"""Symbols in xschem's own format: pins on its grid of ten, strokes, and what a netlist has of an instance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.items import Spot
from genrf.circuits.schematic.lettering import LINE, TIMES
from genrf.circuits.schematic.parts import shape
from genrf.circuits.schematic.symbols import Box, Point, Stroke, Symbol, Turn

GRID = 10  # of xschem's units to a cell
VERSION = "v {xschem version=2.8.1 file_version=1.0}"
_SIZE = 0.16  # of text
_OTHER = ("V {}", "S {}", "E {}")


# xschem's lettering has these signs no strokes for: it ends when it should draw one
_PLAIN = {"Ω": "ohm", "µ": "u", TIMES: "x", "⌀": "dia.", "·": "*", "…": "..."}


def ascii_text(text: str) -> str:
    """Text as xschem can draw it, without braces, which are its own."""
    for sign, instead in {**_PLAIN, "{": "(", "}": ")"}.items():
        text = text.replace(sign, instead)
    return text.encode("ascii", "replace").decode()


@dataclass(frozen=True)
class Library:
    """Symbols by file, without `.sym`; one with the same text is the same symbol."""

    files: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, text: str) -> str:
        """The name under which a symbol is kept: its own, or with a number where that is another one."""
        number, called = 1, name
        while self.files.setdefault(called, text) != text:
            number += 1
            called = f"{name}_{number}"
        return called


@dataclass(frozen=True)
class Labels:
    """Lines of text of a symbol from a point on, in cells; turned and mirrored against the symbol's own turn."""

    at: Point
    below: Point  # from one line to the next
    quarters: int = 0
    mirrored: bool = False
    centred: bool = False

    @classmethod
    def beside(cls, form: Symbol, lines: int) -> "Labels":
        """To the right of a body."""
        middle = (form.body.top + form.body.bottom) / 2
        return cls((form.body.right + 0.5, middle - LINE * lines / 2), (0.0, LINE))

    @classmethod
    def above(cls, form: Symbol, lines: int) -> "Labels":
        """Over a body whose sides have pins with labels."""
        return cls((form.body.left, form.body.top - LINE * lines - 0.5), (0.0, LINE))

    @classmethod
    def where_drawn(cls, spot: Spot) -> "Labels":
        """Where a drawing has the text of a part, to be read without turning one's head.

        xschem turns text with its symbol, that of a mirrored one by another half where it is turned itself.
        """
        turn, text = spot.turn, spot.text
        back = -turn.quarters % 4
        if turn.mirrored and back % 2:
            back = (back + 2) % 4
        ends = text.anchor == "end"
        at, below = _undone(turn, (text.x - spot.x, text.y - spot.y)), _undone(turn, (0.0, LINE))
        return cls(at, below, back, turn.mirrored ^ ends, text.anchor == "middle")

    def lines(self, texts: Sequence[str]) -> Iterator[str]:
        """The text as lines of a symbol's file."""
        for row, text in enumerate(texts):
            x, y = (round(GRID * (one + row * step), 1) for one, step in zip(self.at, self.below, strict=True))
            turned = f"{self.quarters} {int(self.mirrored)} {_SIZE} {_SIZE}"
            yield f"T {{{ascii_text(text)}}} {x:g} {y:g} {turned} {{{'hcenter=true' if self.centred else ''}}}"


def _undone(turn: Turn, point: Point) -> Point:
    """The point that a turn brings to `point`."""
    x, y = Turn(quarters=-turn.quarters % 4).of(point)
    return (-x if turn.mirrored else x), y


def symbol_text(
    form: Symbol, kind: str, spoken: str, template: str, labels: Sequence[str], at: Labels | None = None
) -> str:
    """A symbol file. `spoken` is the format of its netlist lines, `labels` the lines of text beside its body."""
    head = [VERSION, f'G {{type={kind}\nformat="{spoken}"\ntemplate="{template}"}}', *_OTHER]
    written = (at or Labels.beside(form, len(labels))).lines(labels)
    return "\n".join([*head, *_strokes(form.strokes), *_pins(form.pins), *written]) + "\n"


def named_symbol(kind: str, form: Symbol, direction: str = "inout", shown: bool = True, before: bool = False) -> str:
    """A symbol that gives the net at its only point a name: a label, or a pin of the sheet.

    `before`: the name ends at the symbol instead of beginning behind it.
    """
    spoken = "*.alias @lab" if kind == "label" else f"*.{kind} @lab"
    head = [VERSION, f'G {{type={kind}\nformat="{spoken}"\ntemplate="name=l1 lab=net"}}', *_OTHER]
    (point,) = form.pins.values()
    pin = _pin("p", point, 1.25, direction)
    box = form.body
    x = box.left * GRID - 3 if before else box.right * GRID + 3
    text = [f"T {{@lab}} {x:g} {box.top * GRID - 6:g} 0 {int(before)} {_SIZE} {_SIZE} {{}}"] if shown else []
    return "\n".join([*head, *_strokes(form.strokes), pin, *text]) + "\n"


def code_symbol() -> str:
    """Text that goes to the netlist as it is."""
    frame = Stroke(((0, 0), (6, 0), (6, 3), (0, 3), (0, 0)))
    head = [
        VERSION,
        'G {type=netlist_commands\ntemplate="name=s1 only_toplevel=true value="\nformat="\n@value\n"}',
        *_OTHER,
    ]
    return "\n".join([*head, *_strokes([frame]), f"T {{@name}} 5 -15 0 0 {_SIZE} {_SIZE} {{}}"]) + "\n"


def drawn_as(symbol: str, terminals: Sequence[str], hidden: Sequence[str]) -> Symbol:
    """A symbol of the drawing with pins for terminals that it hides; they stand at the bulk's place, then beside it."""
    form = shape(symbol, tuple(terminals))
    extra = {name: (1.0, float(2 * place)) for place, name in enumerate(hidden)}
    known = {name: form.pins[name] for name in terminals}
    return Symbol({**known, **extra}, form.strokes, form.body)


def block(terminals: Sequence[str]) -> Symbol:
    """A box with its pins at both sides."""
    return shape("box", tuple(terminals))


def naming_symbols() -> Mapping[str, str]:
    """The symbols that give nets their names, by the file of each."""
    supply, ground = symbols()["supply"], symbols()["ground"]
    return {
        "label": named_symbol("label", _plain((), Box(0, -1, 0, 0))),
        "label_left": named_symbol("label", _plain((), Box(0, -1, 0, 0)), before=True),
        "label_below": named_symbol("label", _plain((), Box(0.2, 0.8, 0.2, 1.8))),
        "ground": named_symbol("label", ground, shown=False),
        "supply": named_symbol("label", supply),
        "ipin": named_symbol("ipin", _plain([_FLAG], Box(-1.6, -1, -1.6, 0)), "out"),
        "opin": named_symbol("opin", _plain([_AWAY], Box(0, -1, 1.6, 0)), "in"),
        "iopin": named_symbol("iopin", _plain([_AWAY], Box(0, -1, 1.6, 0))),
    }


def _plain(strokes: Sequence[Stroke], box: Box) -> Symbol:
    return Symbol({"p": (0.0, 0.0)}, tuple(strokes), box)


def _strokes(strokes: Sequence[Stroke]) -> Iterator[str]:
    for stroke in strokes:
        points = [(round(x * GRID, 2), round(y * GRID, 2)) for x, y in stroke.points]
        if stroke.filled:
            closed = " ".join(f"{x:g} {y:g}" for x, y in (*points, points[0]))
            yield f"P 4 {len(points) + 1} {closed} {{fill=true}}"
            continue
        for (x, y), (u, v) in pairwise(points):
            yield f"L 4 {x:g} {y:g} {u:g} {v:g} {{}}"


def _pins(pins: Mapping[str, Point]) -> Iterator[str]:
    return (_pin(name, point, 2.5, "inout") for name, point in pins.items())


def _pin(name: str, point: Point, half: float, direction: str) -> str:
    x, y = point[0] * GRID, point[1] * GRID
    return f"B 5 {x - half:g} {y - half:g} {x + half:g} {y + half:g} {{name={name} dir={direction}}}"


_FLAG = Stroke(((0, 0), (-0.6, -0.5), (-1.6, -0.5), (-1.6, 0.5), (-0.6, 0.5), (0, 0)))
_AWAY = Stroke(((0, 0), (0, -0.5), (1.0, -0.5), (1.6, 0), (1.0, 0.5), (0, 0.5), (0, 0)))
