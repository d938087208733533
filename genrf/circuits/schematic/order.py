"""The order of columns: short wires, few of them through a foreign column, inputs at the left, outputs at the right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from genrf.circuits.schematic.items import THIN, Item

_GAP = 2.0
_BLOCKED = 8.0  # cells that a wire may be longer rather than lead around a column
_EDGE = 10.0  # cells for each column that a port has on its outer side
_CENTRAL = 0.2  # of a pin's distance from the middle of its net
_GATE = 3
_HALF = 2
_PASSES = 12
_WINDOW = 12  # columns that one is moved past at once
_BAND = 2.0  # cells of height that are looked at as one

_Ends = list[tuple[list[tuple[int, int]], frozenset[int]]]
_Profile = list[tuple[int, float, float]]


@dataclass(frozen=True)
class Row:
    """Columns to be ordered: their items as they stand unmirrored; a `twin` is the equal one of the other half."""

    items: Sequence[Item]
    levels: Mapping[str, int]
    twins: Mapping[int, int]

    def ordered(self, halves: Sequence[int], middle: Sequence[int]) -> tuple[list[int], list[int]]:
        """The columns of the left half, and those that are their own twins, in the best order that is found."""
        ends = self._ends({*self._whole(halves, middle)})
        half, rest = list(halves), list(middle)
        best = self._cost(self._whole(half, rest), ends)
        for _ in range(_PASSES):
            before, kept = best, rest
            half, best = _improved(half, lambda row: self._cost(self._whole(row, kept), ends), best)  # noqa: B023
            fixed = half
            rest, best = _improved(rest, lambda row: self._cost(self._whole(fixed, row), ends), best)  # noqa: B023
            if best >= before:
                break
        return half, rest

    def _whole(self, halves: Sequence[int], middle: Sequence[int]) -> list[int]:
        """Left half, middle, right half."""
        return [*halves, *middle, *(self.twins[k] for k in reversed(halves))]

    def _ends(self, row: set[int]) -> _Ends:
        """Of each net its pins by column, and the columns with something at its height."""
        nets: dict[str, list[tuple[int, int]]] = {}
        for k in sorted(row):
            for pin in self.items[k].pins:
                turnable = abs(pin.x) == _HALF  # a lying part, whose ends change places as is best
                nets.setdefault(pin.net, []).append((k, 0 if turnable else pin.x))
        blocked = {net: frozenset(k for k in row if _at(self.items[k], -self.levels[net])) for net in nets}
        return [(pins, blocked[net]) for net, pins in nets.items() if len(pins) > 1]

    @cached_property
    def _profiles(self) -> list[_Profile]:
        return [_profile(item) for item in self.items]

    def _positions(self, row: Sequence[int]) -> dict[int, float]:
        """Each column as far to the left as those before it allow."""
        position: dict[int, float] = {}
        edge: dict[int, float] = {}
        x = 0.0
        for k in row:
            profile = self._profiles[k]
            x = max([x + 2.0, *(edge[band] - left for band, left, _ in profile if band in edge)])
            position[k] = x
            for band, _, right in profile:
                edge[band] = max(edge.get(band, -1e9), x + right + _GAP)
        return position

    def _cost(self, row: Sequence[int], ends: _Ends) -> float:
        position = self._positions(row)
        total = 0.0
        for pins, blocked in ends:
            centre = sum(position[k] for k, _ in pins) / len(pins)
            xs = [position[k] + (dx if dx != -_GATE or position[k] >= centre - 1e-6 else _GATE) for k, dx in pins]
            low, high = min(xs), max(xs)
            total += high - low + _BLOCKED * sum(low + 1 < position[k] < high - 1 for k in blocked)
            total += _CENTRAL * sum(abs(x - 0.5 * (low + high)) for x in xs)
        paired = {k for k in row if self.twins[k] != k and self.twins[k] in position}
        inwards = any(self.items[k].side < 0 for k in paired)
        for place, k in enumerate(row):
            total += _EDGE * self._astray(k, place, len(row) - 1 - place, k in paired, inwards)
        return total

    def _astray(self, k: int, left: int, right: int, paired: bool, inwards: bool) -> int:
        """How many columns lie on the outer side of a port.

        With two halves that is an input's nearer one, and an output's inner one where the signal runs `inwards`.
        """
        side = self.items[k].side
        if paired:
            return min(left, right) if side < 0 else abs(left - right) // 2 if side > 0 and inwards else 0
        return left if side < 0 else right if side > 0 else 0


def _improved(row: list[int], cost: Callable[[list[int]], float], best: float) -> tuple[list[int], float]:
    """The row after one round of moving each column everywhere and exchanging each two, where that helps."""
    for moved in list(row):
        rest = [k for k in row if k != moved]
        here = row.index(moved)
        for place in range(max(0, here - _WINDOW), min(len(row), here + _WINDOW + 1)):
            row, best = _better(row, [*rest[:place], moved, *rest[place:]], cost, best)
    for i in range(len(row)):
        for j in range(i + 1, min(len(row), i + _WINDOW + 1)):
            candidate = list(row)
            candidate[i], candidate[j] = candidate[j], candidate[i]
            row, best = _better(row, candidate, cost, best)
    return row, best


def _better(
    row: list[int], candidate: list[int], cost: Callable[[list[int]], float], best: float
) -> tuple[list[int], float]:
    found = cost(candidate)
    return (candidate, found) if found < best - 1e-9 else (row, best)


def _profile(item: Item) -> _Profile:
    """How far an item reaches to both sides, by bands of height."""
    found: dict[int, tuple[float, float]] = {}
    for box in item.boxes:
        for band in range(int(box.top // _BAND), int(box.bottom // _BAND) + 1):
            left, right = found.get(band, (0.0, 0.0))
            found[band] = min(left, box.left), max(right, box.right)
    return [(band, left, right) for band, (left, right) in found.items()]


def _at(item: Item, y: int) -> bool:
    """Whether something of the item is in the way of a wire at a height; its own wires can be crossed."""
    return any(box.top < y < box.bottom for box in item.boxes if abs(box.right - box.left - 2 * THIN) > 1e-9)
