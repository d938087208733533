"""The fixture between a user's netlist and a bench: which part of it is measured, which nets are the bench's ports.

The part is an instance `xdut` in the bench's netlist: of a subcircuit, or of all that stands outside of subcircuits
but for the sources at the bench's own ports, which the bench replaces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from genrf.circuits.bench import AbstractBench
from genrf.circuits.expressions import expression
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import Deck
from genrf.circuits.foreign.lines import split
from genrf.circuits.foreign.syntax import Instance, Subcircuit, safe
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.topology import SUPPLY
from genrf.core.errors import ConfigError, choices

NAME = "xdut"
_KEYS = ("kind", "circuit", "ports", "supply", "currents", "voltages")
_GROUNDS = (GROUND, "gnd")


@dataclass(frozen=True)
class Powered:
    """A circuit from outside as a bench wants it: with its supply in V, and bias currents in A by net."""

    circuit: Netlist
    supply: float
    references: Mapping[str, float]


@dataclass(frozen=True)
class Fixture:
    """How a netlist's circuit stands in a bench; raises ConfigError when it does not fit there.

    `nets` are the bench's ports by the netlist's own names. `supply` (V), `currents` (A, from the supply into a net)
    and `voltages` (V, of a net against ground) are expressions of the netlist's parameters. Where `supply` is empty it
    is that of the source that the bench replaces.
    """

    deck: Deck
    terminals: tuple[str, ...]  # that the bench must find
    circuit: str  # a subcircuit, with its parameters; empty: all that stands outside of any
    nets: Mapping[str, str]
    supply: str
    currents: Mapping[str, str]
    voltages: Mapping[str, str]

    @classmethod
    def read(cls, given: Mapping[str, Any], bench: AbstractBench, deck: Deck, owner: str) -> Self:
        """The fixture that `bench` in the yaml describes."""
        ports, currents, voltages = (_mapping(given, key, owner) for key in ("ports", "currents", "voltages"))
        known = (*bench.terminals, SUPPLY, GROUND)
        for port in ports:
            if port not in known:
                raise ConfigError(f"{owner}: ports: this bench has no {port!r}; {choices(port, known)}")
        named = {port: port for port in known} | ports  # a net that has a port's name is that port
        nets = {net.lower(): port for port, net in named.items()}
        if len(nets) < len(named):
            raise ConfigError(f"{owner}: ports: two of them are one net of the circuit: {named}")
        made = cls(
            deck, bench.terminals, str(given.get("circuit", "")), nets, str(given.get("supply", "")), currents, voltages
        )
        made._check(ports, owner)
        return made

    @staticmethod
    def conditions(given: Mapping[str, Any]) -> dict[str, Any]:
        """What of `bench` in the yaml is for the bench itself."""
        return {key: value for key, value in given.items() if key not in _KEYS}

    def powered(self, flat: Flattening) -> Powered:
        """The circuit with the values of `flat`. Raises ConfigError when its supply is not known."""
        dut, scope = replace(flat, called=self.nets, cards={}, read=0), flat.scope()
        whole = dut.opened(self.instance()) if self.circuit else dut.under(f"{NAME}.")
        replaced = [] if self.circuit else [one for one in whole.elements if self._replaced(one)]
        kept = tuple(one for one in whole.elements if one not in replaced)
        _check_controlled(kept, replaced)
        levels = [
            Element(f"v{self.outer(net)}", (self.outer(net), GROUND), expression(text)(scope))
            for net, text in self.voltages.items()
        ]
        currents = {self.outer(net): expression(text)(scope) for net, text in self.currents.items()}
        supply = expression(self.supply)(scope) if self.supply else self._own_supply(replaced)
        return Powered(Netlist((*kept, *levels), whole.models), supply, currents)

    def instance(self) -> Instance:
        """The subcircuit between the bench's ports. Raises ConfigError when there is no such subcircuit."""
        words, assigned = split(self.circuit)
        return Instance(NAME, tuple(map(self.outer, self._subcircuit().ports)), words[0], (), assigned)

    def outer(self, net: str) -> str:
        """What a net that the circuit knows as `net` is called in the bench's netlist."""
        own = net.lower()
        if own in _GROUNDS:
            return GROUND
        return self.nets.get(own, safe(own) if own in self.deck.global_nets else f"{NAME}.{safe(own)}")

    def replaces(self, instance: Instance) -> bool:
        """Whether an instance of the netlist is a source that the bench stands in for."""
        return instance.name[0].lower() in "vi" and all(self._port(net) for net in instance.nets)

    def labels(self) -> dict[str, str]:
        """What the nets outside mean, as a topology says it."""
        signals = {net: f"signal {place}" for place, net in enumerate(self.terminals)}
        return {SUPPLY: SUPPLY, **signals, **{self.outer(net): "reference" for net in self.currents}}

    def _port(self, net: str) -> bool:
        return net.lower() in self.nets or net.lower() in _GROUNDS

    def _replaced(self, element: Element) -> bool:
        letter, name = element.name[0], element.name[len(f"v.{NAME}.") :]
        return letter in "vi" and "." not in name and {*element.nets} <= {*self.nets.values(), GROUND}

    def _own_supply(self, replaced: list[Element]) -> float:
        for element in replaced:
            if element.name[0] == "v" and {*element.nets} == {SUPPLY, GROUND}:
                return (element.value or 0.0) * (1.0 if element.nets[0] == SUPPLY else -1.0)
        if SUPPLY in map(self.outer, self._known()):
            raise ConfigError("bench: say the supply in V, a number or a parameter, for example `supply: 1.2`")
        return 0.0  # a circuit without a supply

    def _subcircuit(self) -> Subcircuit:
        words, _ = split(self.circuit)
        known = {one.name.lower(): one for one in self.deck.body if isinstance(one, Subcircuit)}
        if not words or words[0].lower() not in known:
            raise ConfigError(f"bench: circuit: no subcircuit {self.circuit!r}; {choices(self.circuit, known)}")
        return known[words[0].lower()]

    def _known(self) -> set[str]:
        """The nets of the circuit that the outside can reach."""
        instances = [one for one in self.deck.body if isinstance(one, Instance)]
        own = self._subcircuit().ports if self.circuit else [net for one in instances for net in one.nets]
        return {net.lower() for net in (*own, *self.deck.global_nets)}

    def _check(self, ports: Mapping[str, str], owner: str) -> None:
        known = self._known()
        for key, nets in (("ports", ports.values()), ("currents", self.currents), ("voltages", self.voltages)):
            for net in nets:
                if net.lower() not in known:
                    raise ConfigError(f"{owner}: {key}: the circuit has no net {net!r}; {choices(net.lower(), known)}")
        found = {self.outer(net) for net in known}
        for terminal in self.terminals:
            if terminal not in found:
                raise ConfigError(
                    f"{owner}: ports: which net is {terminal!r}? for example `ports: {{{terminal}: {min(known)}}}`; "
                    f"known: {', '.join(sorted(known))}"
                )
        fed = {net.lower() for net in (*self.nets, *self.currents, *self.voltages, *_GROUNDS)}
        for port in self._subcircuit().ports if self.circuit else ():
            if port.lower() not in fed:
                raise ConfigError(
                    f"{owner}: port {port!r} of {self.circuit!r} is on nothing; name it in `ports`, `currents` or "
                    "`voltages`"
                )


def _mapping(given: Mapping[str, Any], key: str, owner: str) -> dict[str, str]:
    found = given.get(key) or {}
    if not isinstance(found, Mapping):
        raise ConfigError(f"{owner}: {key} must be {{name: value}}, got {found!r}")
    return {str(name): str(value) for name, value in found.items()}


def _check_controlled(kept: tuple[Element, ...], replaced: list[Element]) -> None:
    """Raise ConfigError where an element reads the current of a source that is gone."""
    for element in kept:
        for source in replaced:
            if source.name in element.model.split() or f"i({source.name})" in element.flags:
                raise ConfigError(
                    f"bench: {element.name} reads the current of {source.name}, which the bench replaces; put a source "
                    "of 0 V in series and read that"
                )
