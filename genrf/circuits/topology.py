"""A topology: a graph of devices and nets whose drawn values are numbers or design variables."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import networkx as nx

from genrf.core.errors import ConfigError, choices
from genrf.core.space import Space

SUPPLY = "vdd"
GROUND = "0"


class Rails(NamedTuple):
    """The nets of direct supplies, highest and lowest first; every current runs from the upper to the lower ones."""

    upper: tuple[str, ...] = (SUPPLY,)
    lower: tuple[str, ...] = (GROUND,)


@dataclass(frozen=True)
class Times:
    """A multiple of a design variable: a mirror's ratio, a matched pair's second half.

    `factor` is a number, or the name of another variable: of two resistors that are laid out alike the ratio is chosen.
    """

    variable: str
    factor: float | str


@dataclass(frozen=True)
class Given:
    """A value that the spec's conditions give, such as the Q of an off-chip inductor."""

    condition: str


Drawn = float | str | Times | Given


@dataclass(frozen=True)
class Device:
    """One device: its kind in the process (`nmos`, `spiral`), its nets by terminal, and what is drawn of it.

    A drawn value is a number in SI units, the name of a design variable, a multiple of one, or given by the spec.
    """

    name: str
    kind: str
    nets: Mapping[str, str]
    drawn: Mapping[str, Drawn] = field(default_factory=dict)


@dataclass(frozen=True)
class Topology:
    """Devices between the ports of a circuit, with the space of their sizes.

    `signals` are the RF ports in order (input first), `references` the currents in ampere that the bias block feeds
    from the supply into a net. Nets `vdd` and `0` are supply and ground; a circuit of passive devices has no supply.
    `starts` are values that a search does well to begin with.
    Raises ConfigError when a device draws a variable that the space lacks, or a variable is drawn by nothing.
    """

    name: str
    family: str
    description: str
    signals: tuple[str, ...]
    references: Mapping[str, Drawn]
    devices: tuple[Device, ...]
    space: Space
    starts: tuple[Mapping[str, float], ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        used = variables_of(self._all_drawn())
        for name in sorted(used - set(self.space.names)):
            raise ConfigError(f"topology {self.name!r}: no variable {name!r}; {choices(name, self.space.names)}")
        for name in sorted(set(self.space.names) - used):
            raise ConfigError(f"topology {self.name!r}: variable {name!r} is drawn by no device")

    @property
    def supplied(self) -> bool:
        """Whether the circuit has a supply: a device on it, or a current fed from it."""
        return bool(self.references) or any(SUPPLY in device.nets.values() for device in self.devices)

    @property
    def ports(self) -> tuple[str, ...]:
        """The pins of the circuit in the order of its subcircuit: signals, references, supply (ground is global)."""
        return (*self.signals, *self.references, *((SUPPLY,) if self.supplied else ()))

    @property
    def rails(self) -> Rails:
        """Supply and ground."""
        return Rails()

    @property
    def inputs(self) -> None:
        """The order and the names of its signals tell which of them go in."""
        return None

    def graph(self) -> nx.Graph:
        """Devices and nets as a bipartite graph; an edge carries the terminals that join them."""
        return bipartite(self.devices)

    @property
    def labels(self) -> Mapping[str, str]:
        """What nets mean outside, by name: signals in their order, references, supply and ground."""
        signals = {net: f"signal {place}" for place, net in enumerate(self.signals)}
        return {SUPPLY: SUPPLY, GROUND: GROUND, **dict.fromkeys(self.references, "reference"), **signals}

    def record(self) -> dict[str, Any]:
        """The topology as plain data that JSON can hold, without its space.

        A drawn value is a number, a variable's name, `{variable, factor}` or `{condition}`.
        """
        return {
            "family": self.family,
            "description": self.description,
            "signals": list(self.signals),
            "references": {net: _plain(drawn) for net, drawn in self.references.items()},
            "devices": [
                {
                    "name": d.name,
                    "kind": d.kind,
                    "nets": dict(d.nets),
                    "drawn": {k: _plain(v) for k, v in d.drawn.items()},
                }
                for d in self.devices
            ],
        }

    def _all_drawn(self) -> list[Drawn]:
        return [value for device in self.devices for value in device.drawn.values()] + list(self.references.values())


def bipartite(devices: Iterable[Device]) -> nx.Graph:
    """Devices and nets as a bipartite graph; an edge carries the terminals that join them."""
    graph = nx.Graph()
    for device in devices:
        graph.add_node(("device", device.name), kind=device.kind)
        for terminal, net in device.nets.items():
            edge = (("device", device.name), ("net", net))
            graph.add_edge(*edge, terminals=(*graph.edges.get(edge, {}).get("terminals", ()), terminal))
    return graph


def resolve(drawn: Drawn, values: Mapping[str, float], given: Mapping[str, float]) -> float:
    """A drawn value as a number in SI units."""
    if isinstance(drawn, Given):
        return given[drawn.condition]
    if isinstance(drawn, Times):
        factor = values[drawn.factor] if isinstance(drawn.factor, str) else drawn.factor
        return factor * values[drawn.variable]
    return values[drawn] if isinstance(drawn, str) else float(drawn)


def variables_of(drawn: Iterable[Drawn]) -> set[str]:
    """The design variables among drawn values."""
    return {name for value in drawn for name in _variables(value)}


def _plain(drawn: Drawn) -> float | str | dict[str, float | str]:
    return asdict(drawn) if isinstance(drawn, Times | Given) else drawn


def _variables(drawn: Drawn) -> list[str]:
    parts = (drawn.variable, drawn.factor) if isinstance(drawn, Times) else (drawn,)
    return [part for part in parts if isinstance(part, str)]
