"""A differential circuit as two equal halves, and the tail that they stand on."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from genrf.circuits.blocks import bias_mirror
from genrf.circuits.topology import GROUND, SUPPLY, Device
from genrf.core.space import AbstractVariable, Integer, Real

TAIL: tuple[AbstractVariable, ...] = (
    Integer("nf_tail", 20, 200, log=True),
    Real("r_up", 4e3, 20e3, "ohm", log=True),
)

_OTHER = "~"


def other(net: str) -> str:
    """The net of the other half, for what crosses from one to the other."""
    return _OTHER + net


def both(half: Iterable[Device], shared: Collection[str] = ()) -> tuple[Device, ...]:
    """Two of each device of a half circuit: `p` and `n` end its name and its nets.

    Supply, ground and the `shared` nets are common to the halves.
    """
    devices, common = tuple(half), {SUPPLY, GROUND, *shared}
    return tuple(_sided(devices, common))


def _sided(devices: Iterable[Device], common: Collection[str]) -> Iterator[Device]:
    for device in devices:
        for side, far in (("p", "n"), ("n", "p")):
            nets = {terminal: _net(net, side, far, common) for terminal, net in device.nets.items()}
            yield replace(device, name=device.name + side, nets=nets)


def _net(net: str, side: str, far: str, common: Collection[str]) -> str:
    if net in common:
        return net
    return net[1:] + far if net.startswith(_OTHER) else net + side


def nmos(name: str, nets: str, fingers: str) -> Device:
    """A transistor whose fingers are `w_finger` wide, its nets in SPICE's order: drain, gate, source, bulk."""
    return Device(name, "nmos", dict(zip("dgsb", nets.split(), strict=True)), {"w": "w_finger", "nf": fingers})


def tail() -> tuple[Device, ...]:
    """A mirror draws the current of both halves from `tail`; a divider holds the gates' `level`, which may be rough.

    The sources find their own level below that of the gates.
    """
    return (
        *bias_mirror("gate_tail"),
        nmos("mt", "tail gate_tail 0 0", "nf_tail"),
        Device("ru", "resistor", {"a": "vdd", "b": "level"}, {"r": "r_up"}),
        Device("rl", "resistor", {"a": "level", "b": "0"}, {"r": 20e3}),
        Device("cl", "mim", {"a": "level", "b": "0"}, {"c": 2e-12}),
    )
