"""What of a circuit a layout engineer draws alike: groups of devices that must match."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from genrf.circuits.export.matching_sides import symmetry
from genrf.circuits.topology import GROUND, SUPPLY, Device, Drawn, Times, Topology

_CONTROL = {"g": "s", "b": "e"}  # the terminal that steers a transistor, and the one that it is steered against
_RESISTORS = ("resistor",)
_COILS = ("spiral", "inductor_off_chip")


_DIGITS = 6  # of a ratio
_BOARD = "off_chip"  # ends the kinds that no layout holds


@dataclass(frozen=True)
class Group:
    """Devices that must match, and why: `mirror`, `junctions`, `pair`, `cascodes`, `ratio`, `divider` or `halves`.

    `ratio` holds their sizes over the smallest, in their order; nothing where they differ in several sizes.
    """

    why: str
    devices: tuple[str, ...]
    ratio: tuple[float, ...] = ()


def groups(structure: Topology, drawn: Mapping[str, Mapping[str, float]]) -> list[Group]:
    """The groups of devices that must match; `drawn` holds their sizes by name."""
    mirrors, pairs = list(_mirrors(structure)), list(_pairs(structure, drawn))
    cascodes = _cascodes(structure, drawn, mirrors, pairs)
    found = [*mirrors, *_junctions(structure), *pairs, *cascodes, *_ratios(structure), *_dividers(structure)]
    whole = [*found, *_halves(structure, drawn, found)]
    return [replace(group, ratio=_ratio([drawn[name] for name in group.devices])) for group in whole]


def _ratio(sizes: Sequence[Mapping[str, float]]) -> tuple[float, ...]:
    """The sizes over the smallest; none where devices differ in more than one of those that are drawn."""
    apart = [key for key in sizes[0] if len({size[key] for size in sizes}) > 1]
    if len(apart) > 1:
        return ()
    drawn = [size[apart[0]] if apart else 1.0 for size in sizes]
    return tuple(float(f"{one / min(drawn):.{_DIGITS}g}") for one in drawn)


def _steered(device: Device) -> tuple[str, str] | None:
    """The nets that steer a transistor; None for what is none."""
    for control, against in _CONTROL.items():
        if control in device.nets and against in device.nets:
            return device.nets[control], device.nets[against]
    return None


def _mirrors(structure: Topology) -> Iterator[Group]:
    """Transistors of a kind that one direct voltage steers.

    A gate that a resistor joins to that of a diode follows it; a coil to ground or supply is that net.
    """
    diodes = _diodes(structure)
    found = defaultdict[tuple[str, str, str], list[Device]](list)
    for device in structure.devices:
        steered = _steered(device)
        if steered is not None:
            control = _behind(structure, _RESISTORS, steered[0], diodes)
            found[device.kind, control, _behind(structure, _COILS, steered[1], {SUPPLY, GROUND})].append(device)
    for (_, control, _), devices in found.items():
        if len(devices) > 1 and control not in (SUPPLY, GROUND):
            yield Group("mirror", tuple(device.name for device in devices))


def _stack(structure: Topology, device: Device) -> list[Device]:
    """A transistor and the cascodes on it, upwards: each alone of its kind has its source at the output below it.

    A coil between them is that net. What two sources share is no cascode's: a pair parts the current.
    """
    found = [device]
    while True:
        output = _output(found[-1])
        nets = {output, *_over(structure, _COILS, output)} - {SUPPLY, GROUND} if output else set()
        above = [
            one for one in structure.devices if one.kind == device.kind and (of := _steered(one)) and of[1] in nets
        ]
        if len(above) != 1 or above[0] in found:
            return found
        found += above


def _closed(structure: Topology, device: Device) -> list[Device]:
    """The stack up to the output that holds the gate of its lowest transistor, a diode's; empty where none does."""
    stack = _stack(structure, device)
    outputs = [_output(one) for one in stack]
    gate = _control(device)
    return stack[: outputs.index(gate) + 1] if gate in outputs else []


def _diodes(structure: Topology) -> set[str]:
    """The gates of diodes."""
    return {steered[0] for one in structure.devices if (steered := _steered(one)) and _closed(structure, one)}


def _cascode_mirrors(structure: Topology, mirrors: Collection[Group]) -> Iterator[Group]:
    """The cascodes of a mirror: one that its diode is closed over or that is a diode on it, and those that it steers.

    They stand equally high, in whatever ratio, and hold the outputs below them at one voltage.
    """
    known, diodes = {one.name: one for one in structure.devices}, _diodes(structure)
    for mirror in mirrors:
        levels = defaultdict[tuple[int, str], list[str]](list)
        leading = set[tuple[int, str]]()
        for device in (known[name] for name in mirror.devices):
            closed = _closed(structure, device)
            for height, one in enumerate(_stack(structure, device)[1:]):
                level = height, _behind(structure, _RESISTORS, str(_control(one)), diodes)
                levels[level] += [] if one.name in levels[level] else [one.name]
                if closed and (one in closed or _closed(structure, one)):
                    leading.add(level)
        yield from (Group("cascodes", tuple(levels[level])) for level in levels if level in leading)


def _within(devices: Collection[str], found: Collection[Group]) -> bool:
    """Whether a group holds all of them."""
    return any(set(devices) <= set(group.devices) for group in found)


def _junctions(structure: Topology) -> Iterator[Group]:
    """Bipolar transistors of a kind that are used as diodes and have one end in common: a reference compares them.

    A substrate transistor has its collector in the ground, and is a diode where its base is there, too.
    """
    found = defaultdict[tuple[str, str, str], list[str]](list)
    for device in structure.devices:
        if "e" in device.nets and device.nets.get("c", GROUND) == device.nets["b"]:
            for end in ("b", "e"):
                found[device.kind, end, device.nets[end]].append(device.name)
    yield from (Group("junctions", tuple(devices)) for devices in found.values() if len(devices) > 1)


def _behind(structure: Topology, kinds: Collection[str], net: str, wanted: Collection[str]) -> str:
    """The net among those wanted that a device of some kinds joins `net` to; `net` itself where none does."""
    if net in wanted:
        return net
    joined = (list(one.nets.values()) for one in structure.devices if one.kind in kinds and net in one.nets.values())
    return next((end for ends in joined for end in ends if end != net and end in wanted), net)


def _pairs(structure: Topology, drawn: Mapping[str, Mapping[str, float]]) -> Iterator[Group]:
    """Two transistors of a kind and a size on a net of their own: differential and cross-coupled pairs.

    A coil between source and that net degenerates the transistor, and leaves it one of the pair.
    """
    found = defaultdict[tuple[str, str], list[Device]](list)
    for device in structure.devices:
        steered = _steered(device)
        if steered is not None and steered[1] not in (SUPPLY, GROUND):
            for net in {steered[1], *_over(structure, _COILS, steered[1])} - {SUPPLY, GROUND}:
                found[device.kind, net].append(device)
    for devices in found.values():
        for one, other in combinations(devices, 2):
            if drawn[one.name] == drawn[other.name] and _control(one) != _control(other):
                yield Group("pair", (one.name, other.name))


def _control(device: Device) -> str | None:
    steered = _steered(device)
    return steered and steered[0]


def _output(device: Device) -> str | None:
    return device.nets.get("d", device.nets.get("c"))


def _over(structure: Topology, kinds: Collection[str], net: str) -> set[str]:
    """The nets at the other ends of the devices of some kinds at `net`."""
    joined = (set(one.nets.values()) for one in structure.devices if one.kind in kinds and net in one.nets.values())
    return {end for ends in joined for end in ends - {net}}


def _cascodes(
    structure: Topology,
    drawn: Mapping[str, Mapping[str, float]],
    mirrors: Collection[Group],
    pairs: Collection[Group],
) -> list[Group]:
    """Those of mirrors, and equal ones that are in no such group, in the order of the circuit."""
    found = [group for group in _cascode_mirrors(structure, mirrors) if len(group.devices) > 1]
    found += [one for one in _equal_cascodes(structure, drawn, mirrors, pairs) if not _within(one.devices, found)]
    places = {device.name: place for place, device in enumerate(structure.devices)}
    return sorted(found, key=lambda group: places[group.devices[0]])


def _equal_cascodes(
    structure: Topology,
    drawn: Mapping[str, Mapping[str, float]],
    mirrors: Collection[Group],
    pairs: Collection[Group],
) -> Iterator[Group]:
    """Two transistors of a kind and a size with one gate, above two that match each other; switches are pairs."""
    outputs = {one.name: _output(one) for one in structure.devices}
    stacked = {
        frozenset({outputs[one], outputs[other]})
        for group in (*mirrors, *pairs)
        for one, other in combinations(group.devices, 2)
        if drawn[one] == drawn[other]
    }
    paired = {name for group in pairs for name in group.devices}
    free = [
        (one, steered)
        for one in structure.devices
        if (steered := _steered(one)) and outputs[one.name] and one.name not in paired
    ]
    for (one, (gate, low)), (other, (same, low2)) in combinations(free, 2):
        equal = one.kind == other.kind and drawn[one.name] == drawn[other.name] and gate == same
        if equal and low != low2 and frozenset({low, low2}) in stacked:
            yield Group("cascodes", (one.name, other.name))


def _ratios(structure: Topology) -> Iterator[Group]:
    """Passive devices of a kind that are drawn as multiples of one variable."""
    found = defaultdict[tuple[str, str], list[str]](list)
    for device in structure.devices:
        main = next(iter(device.drawn.values()), None)
        variable = _variable(main)
        on_chip = not device.kind.endswith(_BOARD)
        if variable and on_chip and _steered(device) is None and len(device.drawn) == 1:
            found[device.kind, variable].append(device.name)
    yield from (Group("ratio", tuple(devices)) for devices in found.values() if len(devices) > 1)


def _dividers(structure: Topology) -> Iterator[Group]:
    """Resistors from the supply and from the ground that meet: their ratio sets the voltage there."""
    found = defaultdict[tuple[str, str], dict[str, str]](dict)
    for device in structure.devices:
        if device.kind in _RESISTORS:
            for end, far in permutations(device.nets.values()):
                if end not in (SUPPLY, GROUND):
                    found[device.kind, end][device.name] = far
    for ends in found.values():
        if {SUPPLY, GROUND} <= set(ends.values()):
            yield Group("divider", tuple(name for name, far in ends.items() if far in (SUPPLY, GROUND)))


def _halves(structure: Topology, drawn: Mapping[str, Mapping[str, float]], found: Collection[Group]) -> Iterator[Group]:
    """Devices on the chip that change places with the sides of the circuit, and stand in no group together."""
    kinds = {device.name: device.kind for device in structure.devices}
    for one, other in symmetry(structure, drawn):
        if drawn[one] and not _within((one, other), found) and not kinds[one].endswith(_BOARD):
            yield Group("halves", (one, other))


def _variable(drawn: Drawn | None) -> str:
    if isinstance(drawn, Times):
        return drawn.variable
    return drawn if isinstance(drawn, str) else ""
