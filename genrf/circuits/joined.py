"""Circuits one behind the other as one circuit, which is sized, measured and written out like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from genrf.circuits.topology import GROUND, SUPPLY, Device, Drawn, Given, Times, Topology
from genrf.core.errors import ConfigError
from genrf.core.space import Space

_SIDES = {"": ("",), "p": ("p", "n")}  # of a single-ended and of a differential port


@dataclass(frozen=True)
class Link:
    """One circuit of a chain. `given` renames the conditions that it draws to those of the chain."""

    name: str
    topology: Topology
    given: Mapping[str, str] = field(default_factory=dict)

    def sides(self, port: str) -> tuple[str, ...]:
        """The sides of the port `in` or `out`. Raises ConfigError when the circuit has no such port."""
        for first, sides in _SIDES.items():
            if f"{port}{first}" in self.topology.signals:
                return sides
        raise ConfigError(f"{self.name}: {self.topology.name} has no port {port!r} or {port + 'p'!r}")

    def variable(self, name: str) -> str:
        """What a variable of the circuit is called in the chain."""
        return f"{self.name}_{name}"

    def values(self, values: Mapping[str, float]) -> dict[str, float]:
        """The chain's values of the circuit's own."""
        return {self.variable(name): value for name, value in values.items()}


def joined(name: str, family: str, links: Sequence[Link], starts: Sequence[Mapping[str, float]] = ()) -> Topology:
    """The links in a row as one topology with the ports `in` and `out`.

    Behind the link `lna` lies the net `lna_out`, or `lna_outp` and `lna_outn`; other ports keep their names, and are
    one where two links share one. Devices, inner nets, references and variables begin with the link's name.
    Raises ConfigError where a single-ended port meets a differential one.
    """
    for one, other in pairwise(links):
        if one.sides("out") != other.sides("in"):
            raise ConfigError(f"chain: {one.name} and {other.name} do not meet: one of them is differential")
    nets = [_nets(links, place) for place in range(len(links))]
    return Topology(
        name=name,
        family=family,
        description=", ".join(f"{link.name}: {link.topology.name}" for link in links),
        signals=tuple(dict.fromkeys(net for link, own in zip(links, nets, strict=True) for net in _outer(link, own))),
        references={
            f"{link.name}_{net}": _renamed(link, drawn)
            for link in links
            for net, drawn in link.topology.references.items()
        },
        devices=tuple(
            _device(link, device, own)
            for link, own in zip(links, nets, strict=True)
            for device in link.topology.devices
        ),
        space=Space(
            tuple(
                replace(variable, name=link.variable(variable.name))  # type: ignore[type-var]  # each is a dataclass
                for link in links
                for variable in link.topology.space.variables
            )
        ),
        starts=tuple(starts),
    )


def _nets(links: Sequence[Link], place: int) -> dict[str, str]:
    """What the nets of a link's ports are called in the chain."""
    link, found = links[place], {GROUND: GROUND, SUPPLY: SUPPLY}
    for port, there in (("in", links[place - 1].name if place else ""), ("out", link.name)):
        last = port == "out" and place == len(links) - 1
        outer = not there or last
        for side in link.sides(port):
            found[port + side] = port + side if outer else f"{there}_out{side}"
    others = (signal for signal in link.topology.signals if signal not in found)
    return found | {signal: signal for signal in others}


def _outer(link: Link, nets: Mapping[str, str]) -> list[str]:
    """The ports of a link that are ports of the chain."""
    return [nets[signal] for signal in link.topology.signals if nets[signal] == signal]


def _device(link: Link, device: Device, nets: Mapping[str, str]) -> Device:
    return Device(
        f"{link.name}_{device.name}",
        device.kind,
        {terminal: nets.get(net, f"{link.name}_{net}") for terminal, net in device.nets.items()},
        {key: _renamed(link, drawn) for key, drawn in device.drawn.items()},
    )


def _renamed(link: Link, drawn: Drawn) -> Drawn:
    if isinstance(drawn, Given):
        return Given(link.given.get(drawn.condition, drawn.condition))
    if isinstance(drawn, Times):
        factor = link.variable(drawn.factor) if isinstance(drawn.factor, str) else drawn.factor
        return Times(link.variable(drawn.variable), factor)
    return link.variable(drawn) if isinstance(drawn, str) else drawn
