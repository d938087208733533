"""What is drawn of a circuit: one part for each device, for parallel equal ones, and for each reference current."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from genrf.circuits.schematic.box import box_of
from genrf.circuits.schematic.circuit import Circuit
from genrf.circuits.schematic.elements import symbols
from genrf.circuits.schematic.lettering import TIMES
from genrf.circuits.schematic.symbols import Symbol
from genrf.circuits.topology import GROUND, SUPPLY, Device, Rails

Values = Callable[[Device], tuple[str, ...]]  # the lines below a device's name

_CHANNEL, _JUNCTION = ("d", "g", "s"), ("c", "b", "e")
_BY_TERMINALS = {("gate", "tune"): "varactor", ("anode", "cathode"): "diode", ("a",): "pad"}
_BY_KIND = {"voltage source": ("p", "n"), "current source": ("p", "n"), "njf": _CHANNEL, "pjf": _CHANNEL}
_CONTROLLED = ("vcvs", "vccs")
_RAILS = Rails()
_BY_START = {"res": "resistor", "ind": "inductor", "spiral": "inductor", "cap": "capacitor", "mim": "capacitor"}


class Kind(NamedTuple):
    """A symbol by name, and what the terminals that it does not draw stand on."""

    symbol: str
    implied: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """One symbol on the sheet: the devices that it stands for, its nets by pin, and its text."""

    names: tuple[str, ...]
    symbol: str
    nets: Mapping[str, str] = field(hash=False)
    text: tuple[str, ...]

    @property
    def shape(self) -> Symbol:
        return shape(self.symbol, tuple(self.nets))

    @property
    def plain(self) -> bool:
        """Whether it is a part with two ends, one above the other."""
        return len(self.nets) == 2 and all(x == 0 for x, _ in self.shape.pins.values())


def shape(symbol: str, terminals: tuple[str, ...]) -> Symbol:
    """The symbol by name; a box where it has none."""
    return symbols().get(symbol) or box_of(terminals)


def kind_of(device: Device, rails: Rails = _RAILS) -> Kind:
    """How a device is drawn. Bulks on their own rail, and substrates, are not: they say nothing."""
    own = _of_a_netlist(device, rails) or _transistor(device, rails)
    if own:
        return own
    terminals = tuple(device.nets)
    named = _BY_TERMINALS.get(terminals)
    started = next((symbol for start, symbol in _BY_START.items() if device.kind.startswith(start)), "box")
    return Kind(named or (started if set(terminals) == {"a", "b"} else "box"), {})


def _of_a_netlist(device: Device, rails: Rails) -> Kind | None:
    """Sources and others that only netlists from outside have."""
    terminals = tuple(device.nets)
    if device.kind in _CONTROLLED and terminals == ("p", "n", "cp", "cn"):
        turned = device.nets["p"] in rails.lower or device.nets["n"] in rails.upper
        return Kind(f"{device.kind}_turned" if turned else device.kind, {})
    return Kind(device.kind, {}) if device.kind == "box" or _BY_KIND.get(device.kind) == terminals else None


def _transistor(device: Device, rails: Rails) -> Kind | None:
    terminals = {*device.nets}
    polarity = device.kind[:1]
    if set(_CHANNEL) <= terminals <= {*_CHANNEL, "b"} and polarity in "np":
        own = rails.lower[0] if polarity == "n" else rails.upper[0] if rails.upper else SUPPLY
        hidden = device.nets.get("b", own) == own
        return Kind(f"{polarity}mos{'' if hidden else '4'}", {"b": own} if "b" in terminals and hidden else {})
    if set(_JUNCTION) <= terminals and device.nets.get("s", GROUND) == GROUND:
        rest = {"s": GROUND} if "s" in terminals else {}
        return Kind("pnp" if device.kind.startswith("pnp") else "npn", rest)
    return Kind("pnp_substrate", {}) if terminals == {"b", "e"} else None


def parts(circuit: Circuit, values: Values, currents: Mapping[str, str]) -> tuple[Part, ...]:
    """The parts of a circuit; `currents` says for each reference what flows into it."""
    grouped: dict[object, list[Device]] = {}
    for device in circuit.devices:
        grouped.setdefault(_alike(device), []).append(device)
    return (
        *(_part(group, values, circuit.rails) for group in grouped.values()),
        *(_reference(net, currents[net]) for net in circuit.references),
    )


def _alike(device: Device) -> object:
    """Equal for plain parts that are alike and parallel, which are drawn as one."""
    plain = set(device.nets) == {"a", "b"}
    whole = (device.kind, tuple(sorted(device.nets.items())), repr(sorted(device.drawn.items())))
    return whole if plain else device.name


def _part(group: list[Device], values: Values, rails: Rails) -> Part:
    first, kind = group[0], kind_of(group[0], rails)
    nets = {terminal: net for terminal, net in first.nets.items() if terminal not in kind.implied}
    names = tuple(device.name for device in group)
    lines = values(first)
    if len(group) == 1:
        return Part(names, kind.symbol, nets, (first.name, *lines))
    several = f"{len(group)} {TIMES} {lines[0]}" if lines else f"{len(group)} {TIMES}"
    return Part(names, kind.symbol, nets, (f"{names[0]}…{names[-1]}", several, *lines[1:]))


def _reference(net: str, current: str) -> Part:
    return Part((f"reference {net}",), "current", {"from": SUPPLY, "into": net}, (f"i({net})", current))
