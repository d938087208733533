"""Units of a row: stacks of parts between the rails, lying parts, ports and labels, each to stand in one column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genrf.circuits.schematic.plan import Plan, control

Exchange = Mapping[object, object]


@dataclass(frozen=True)
class Unit:
    """Parts that share a column, or the port (`side` -1 input, 1 output) or label (0) of a net."""

    members: tuple[int, ...] = ()
    upright: bool = True
    net: str = ""
    side: int = 0


def units(plan: Plan, exchange: Exchange) -> tuple[Unit, ...]:
    """All units of a plan; the halves of a symmetric circuit have equal ones."""
    lying = (Unit(tuple(bundle), upright=False) for bundle in bundles(plan))
    standing = (Unit(tuple(stack)) for stack in _stacks(plan, exchange))
    drawn = [net for net in plan.signals if net in plan.near]
    ports = (Unit(net=net, side=side(plan, net)) for net in drawn)
    labels = (Unit(net=net) for net in sorted(plan.labels) if net in plan.near and net not in drawn)
    return (*standing, *lying, *ports, *labels)


def bundles(plan: Plan) -> list[list[int]]:
    """Lying parts, those between the same two nets together."""
    found: dict[object, list[int]] = {}
    for k, part in enumerate(plan.parts):
        if not plan.upright[k]:
            found.setdefault(frozenset(part.nets.values()) if part.plain else k, []).append(k)
    return list(found.values())


def side(plan: Plan, net: str) -> int:
    """An input is the first of several ports, and what is called like it; the others are outputs but for controls."""
    if plan.frame.inputs is not None:
        return -1 if net in plan.frame.inputs else 1
    first = plan.signals[0].rstrip("pn")
    gates = all(pin == control(plan.parts[k]) for k, pin in plan.near[net])
    return -1 if (len(plan.signals) > 1 and net.rstrip("pn") == first) or gates else 1


def _stacks(plan: Plan, exchange: Exchange) -> list[list[int]]:
    """Upright parts, chained where the lower end of one is the upper end of the other, and current flows in both."""
    below: dict[int, int] = {}
    for net in plan.near:
        uppers = [k for k, pin in plan.near[net] if _end(plan, k, pin) < 0]
        lowers = [k for k, pin in plan.near[net] if _end(plan, k, pin) > 0]
        if _pair(plan, uppers, net):
            continue
        for upper, lower in _chained(plan, uppers, lowers, exchange):
            if upper not in below and lower not in below.values():
                below[upper] = lower
                below[_image(exchange, upper)] = _image(exchange, lower)
    heads = [k for k in range(len(plan.parts)) if plan.upright[k] and k not in below.values()]
    return [_down(head, below) for head in heads]


def _image(exchange: Exchange, k: int) -> int:
    """What a part becomes when the halves are exchanged."""
    found = exchange.get(k, k)
    assert isinstance(found, int)  # nets have their images in it too
    return found


def _down(head: int, below: Mapping[int, int]) -> list[int]:
    stack = [head]
    while stack[-1] in below:
        stack.append(below[stack[-1]])
    return stack


def _end(plan: Plan, k: int, pin: str) -> int:
    """1 at the upper end of a part with current, -1 at the lower one, 0 elsewhere."""
    part = plan.parts[k]
    if not plan.upright[k] or not plan.carries[k]:
        return 0
    y = part.shape.pins[pin][1]
    if part.plain:
        return 1 if pin == plan.top(k) else -1
    return 0 if not y else 1 if y < 0 else -1


def _pair(plan: Plan, uppers: Sequence[int], net: str) -> bool:
    """Whether two transistors stand on the net with their sources: what carries them both belongs between them."""
    return sum(plan.parts[k].nets.get("s", plan.parts[k].nets.get("e")) == net for k in uppers) > 1


def _chained(plan: Plan, uppers: list[int], lowers: list[int], exchange: Exchange) -> list[tuple[int, int]]:
    """The best of the uppers over the best of the lowers: transistors before coils before resistors."""
    pairs = [(up, low) for up in _ranked(plan, uppers) for low in _ranked(plan, lowers) if _alike(up, low, exchange)]
    return pairs[:1]


def _alike(upper: int, lower: int, exchange: Exchange) -> bool:
    """Whether both belong to a half of the circuit, or neither."""
    return (exchange.get(upper, upper) == upper) == (exchange.get(lower, lower) == lower)


def _ranked(plan: Plan, found: Sequence[int]) -> list[int]:
    order = {"inductor": 1, "resistor": 2}
    return sorted(found, key=lambda k: (order.get(plan.parts[k].symbol, 0), k))
