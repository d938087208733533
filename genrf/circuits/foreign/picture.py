"""A netlist from outside as it is drawn: its devices with their sizes as text, its ports and its supplies."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from genrf.circuits.foreign.fixture import NAME
from genrf.circuits.foreign.roles import Roles
from genrf.circuits.foreign.wording import Worded
from genrf.circuits.schematic.drawing import drawing
from genrf.circuits.schematic.values import readable
from genrf.circuits.topology import Device, Drawn, Rails


@dataclass(frozen=True)
class Picture:
    """A netlist to be drawn, its nets by the netlist's names; `texts` are the lines beside each device."""

    name: str
    description: str
    devices: tuple[Device, ...]
    references: Mapping[str, Drawn]
    signals: tuple[str, ...]
    inputs: tuple[str, ...] | None
    rails: Rails
    texts: Mapping[str, tuple[str, ...]] = field(repr=False)

    def lines(self, device: Device) -> tuple[str, ...]:
        """What stands below a device's name."""
        return self.texts[device.name]

    def drawing(self) -> str:
        """The picture as SVG."""
        return drawing(self, self.lines, self.currents)

    @property
    def currents(self) -> dict[str, str]:
        """What flows into each reference."""
        return {net: readable(float(str(current)), "A") for net, current in self.references.items()}

    def boxes(self) -> "Picture":
        """The same circuit without symbols and wires: every device a box, its nets by name."""
        return replace(self, devices=tuple(replace(one, kind="box") for one in self.devices))


def picture(
    title: tuple[str, str], devices: Sequence[Worded], found: Roles, references: Mapping[str, float]
) -> Picture:
    """The picture of devices whose nets have roles; `title` is a name and a description, `references` are in A."""
    outer = [*found.signals, *found.rails.upper, *found.rails.lower]
    sole = _sole(one.device.name for one in devices)
    nets = _short([*outer, *references, *(net for one in devices for net in one.device.nets.values())], sole, _net)
    names = _short([one.device.name for one in devices], sole, _element)
    shown = tuple(_renamed(one.device, names, nets) for one in devices)

    def called(wanted: Iterable[str]) -> tuple[str, ...]:
        return tuple(nets[net] for net in wanted)

    return Picture(
        *title,
        shown,
        {nets[net]: current for net, current in references.items()},
        called(found.signals),
        None if found.inputs is None else called(found.inputs),
        Rails(called(found.rails.upper), called(found.rails.lower)),
        {new.name: one.lines for new, one in zip(shown, devices, strict=True)},
    )


def boxed(title: tuple[str, str], devices: Sequence[Worded], found: Roles, references: Mapping[str, float]) -> Picture:
    """A circuit that is too large to be drawn: one box with the nets that the outside knows."""
    nets = {net for one in devices for net in one.device.nets.values()}
    outer = [net for net in (*found.signals, *references, *found.rails.upper, *found.rails.lower) if net in nets]
    whole = Device(title[0], "box", {net.rpartition(".")[2]: net for net in outer})
    return picture(title, [Worded(whole, (f"{len(devices)} devices",))], found, references)


def _renamed(device: Device, names: Mapping[str, str], nets: Mapping[str, str]) -> Device:
    on = {terminal: nets[net] for terminal, net in device.nets.items()}
    return Device(names[device.name], device.kind, on, device.drawn)


def _sole(names: Iterable[str]) -> str:
    """What the paths of all devices inside of subcircuits begin with: the only instance there is."""
    paths = [path for name in names if (path := _inner(name)).count(".")]
    first = {path.split(".")[0] for path in paths}
    return f"{first.pop()}." if len(first) == 1 else ""


def _inner(name: str) -> str:
    """`m.x1.m5` as `x1.m5`: the letter in front is the simulator's."""
    _, dot, path = name.partition(".")
    return path if dot else name


def _element(name: str, sole: str) -> str:
    return _inner(name).removeprefix(sole).replace(f"{NAME}.", "")


def _net(net: str, sole: str) -> str:
    return net.removeprefix(sole)


def _short(names: Iterable[str], sole: str, short: Callable[[str, str], str]) -> dict[str, str]:
    """Short names; two that would be the same keep their paths, or stay as they are."""
    found = {name: (short(name, sole), short(name, ""), name) for name in names}
    counts = Counter(one for shown in found.values() for one in {*shown})
    return {name: next((one for one in shown if counts[one] == 1), name) for name, shown in found.items()}
