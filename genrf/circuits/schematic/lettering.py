"""How wide text is: an upper bound for the sans-serif faces that browsers take, in cells of the grid."""

from collections.abc import Sequence

from genrf.circuits.schematic.symbols import Box

TIMES = "\N{MULTIPLICATION SIGN}"
SIZE = 1.0  # of the letters, in cells
LINE = 1.15  # from one line to the next
_WIDE = {**dict.fromkeys("ijl.,:;'|!()[] ", 0.33), **dict.fromkeys("ftrI-/…", 0.45), **dict.fromkeys("mMwW@", 0.95)}


def width(text: str) -> float:
    """Of one line; DejaVu Sans, the widest in use, has this."""
    return sum(_WIDE.get(letter, 0.74 if letter.isupper() else 0.64) for letter in text) * SIZE


def widest(lines: Sequence[str]) -> float:
    """Of several lines."""
    return max(map(width, lines), default=0.0)


def block(lines: Sequence[str], x: float, y: float, anchor: str) -> Box:
    """The box of lines whose upper edge is at `y` and whose start, middle or end is at `x`."""
    wide = widest(lines)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
    return Box(left, y, left + wide, y + LINE * len(lines))
