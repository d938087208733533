"""The devices of a flat netlist with what stands beside them in a drawing: sizes, values, models."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from genrf.circuits.foreign.graph import FlatCircuit
from genrf.circuits.foreign.outline import Whole
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.schematic.values import readable
from genrf.circuits.topology import Device

_UNITS = {"r": "ohm", "c": "F", "l": "H", "v": "V", "i": "A", "k": ""}
_LONGEST = 18  # characters of text that is not a number
_PLAIN = ("resistor", "capacitor", "inductor")


class Worded(NamedTuple):
    """A device, and the lines below its name."""

    device: Device
    lines: tuple[str, ...]


def worded(netlist: Netlist, wholes: Mapping[str, Whole]) -> list[Worded]:
    """The devices of a netlist; those that were left whole have the terminals of their kind."""
    elements = {one.name: one for one in netlist.elements}
    devices = [_whole(one, wholes.get(one.name)) for one in FlatCircuit.of("", netlist, {}).devices]
    models: dict[str, set[str]] = {}
    for one in devices:
        models.setdefault(one.kind, set()).add(_model(elements[one.name]))
    return [Worded(one, tuple(_lines(elements[one.name], one, len(models[one.kind]) > 1))[:3]) for one in devices]


def _whole(device: Device, whole: Whole | None) -> Device:
    if whole is None:
        return device
    terminals = ("a", "b") if whole.kind in _PLAIN else whole.terminals
    return Device(device.name, whole.kind, dict(zip(terminals, device.nets.values(), strict=True)), device.drawn)


def _lines(element: Element, device: Device, several: bool) -> Iterator[str]:
    """Values first, the model where the symbol does not tell it or several are in use."""
    if element.value is not None:
        yield readable(element.value, _UNITS.get(element.name[0], ""))
    sizes = element.parameters
    if "w" in sizes and "l" in sizes:
        yield f"{readable(sizes['w'], 'm')} / {readable(sizes['l'], 'm')}"
    counts = [f"{key} {sizes[key]:.3g}" for key in ("nf", "m", "area") if sizes.get(key, 1.0) != 1.0]
    if counts:
        yield ", ".join(counts)
    if element.model and (several or device.kind in ("box", "diode", "switch")) and element.name[0] not in "fhk":
        yield _cut(_model(element))
    yield from _drive(element.flags)


def _drive(flags: str) -> Iterator[str]:
    """What a source does beside its direct value: `ac 1`, `port 2`, the name of a shape; a formula as it begins."""
    if "=" in flags:
        yield _cut(flags)
        return
    words = [f"{word.replace('portnum', 'port')} {float(number):.3g}"
             for word, number in re.findall(r"\b(ac|portnum) ([\d.eE+-]+)", flags)]  # fmt: skip
    words += re.findall(r"(\w+)\(", flags)
    if words:
        yield ", ".join(words)


def _model(element: Element) -> str:
    """A model's name without the path of its subcircuit and the prefix of its library."""
    return element.model.rsplit("__", 1)[-1].rsplit(".", 1)[-1]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
