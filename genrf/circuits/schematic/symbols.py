"""What a symbol is: pins on a grid and the strokes between them; x to the right, y down, a cell is 10 px."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle by its corners."""

    left: float
    top: float
    right: float
    bottom: float

    def moved(self, x: float, y: float) -> "Box":
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def joined(self, other: "Box") -> "Box":
        """The box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def meets(self, other: "Box") -> bool:
        """Whether the two have an area in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Stroke(NamedTuple):
    """A line through points; a filled one is closed."""

    points: tuple[Point, ...]
    filled: bool = False

    def moved(self, x: float, y: float) -> "Stroke":
        return Stroke(tuple((px + x, py + y) for px, py in self.points), self.filled)


@dataclass(frozen=True)
class Symbol:
    """Pins by terminal and strokes of one symbol as it stands upright, and the box around its body."""

    pins: Mapping[str, Point]
    strokes: tuple[Stroke, ...]
    body: Box


@dataclass(frozen=True)
class Turn:
    """How a symbol is set: mirrored left to right first, then turned by quarters of a circle, clockwise."""

    mirrored: bool = False
    quarters: int = 0

    def of(self, point: Point) -> Point:
        x, y = (-point[0] if self.mirrored else point[0]), point[1]
        for _ in range(self.quarters % 4):
            x, y = -y, x
        return x + 0.0, y + 0.0  # no negative zero

    def of_box(self, box: Box) -> Box:
        (x0, y0), (x1, y1) = self.of(box[:2]), self.of(box[2:])
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
