"""The user's own netlist as a structure to be sized: its deck, and the parameters that may vary."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import Deck, gather
from genrf.circuits.foreign.measure_statements import Statements
from genrf.circuits.foreign.syntax import Parameters
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import AbstractGenerator
from genrf.core.space import AbstractVariable, Choice, Integer, Real, Space
from genrf.core.spec import DesignSpec
from genrf.core.units import quantity

log = logging.getLogger("genrf")

_KEYS = ("low", "high", "log", "integer", "options", "unit")


@dataclass(frozen=True)
class UserCircuit:
    """A netlist from outside with the space of the parameters that the spec lets vary."""

    name: str
    deck: Deck
    space: Space

    @property
    def description(self) -> str:
        """Its title, or where it came from."""
        return self.deck.source.title or self.deck.source.path

    def defaults(self) -> dict[str, float]:
        """The netlist's own values of the variables."""
        scope = Flattening(self.deck, {}, 27.0).scope()
        return {name: scope[name.lower()] for name in self.space.names}


@dataclass(frozen=True)
class NetlistFile(AbstractGenerator):
    """Reads the netlist at `path`; the spec's condition `variables` says which `.param` may vary, and how far."""

    path: str | None

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[UserCircuit]:
        if not self.path:
            raise ConfigError(f"spec {spec.name!r} sizes a netlist of yours; say which: netlist=path/to/{spec.name}.sp")
        path = Path(self.path)
        if not path.is_file():
            raise ConfigError(f"netlist={self.path}: no such file")
        deck = gather(path)
        for said in Statements.of(deck).refused.values():
            log.warning(said)
        space = _space(spec)
        known = {name.lower() for one in deck.body if isinstance(one, Parameters) for name in one.assigned}
        for name in space.names:
            if name.lower() not in known:
                raise ConfigError(
                    f"spec {spec.name!r}: {path} has no .param {name!r} to vary; {choices(name.lower(), known)}"
                )
        return [UserCircuit(path.stem, deck, space)]


def _space(spec: DesignSpec) -> Space:
    given = spec.conditions.get("variables")
    if not given:
        raise ConfigError(
            f"spec {spec.name!r}: name what may vary, for example `variables: {{w1: {{low: 1u, high: 50u}}}}`"
        )
    return Space(tuple(_variable(str(name), wanted, spec.name) for name, wanted in given.items()))


def _variable(name: str, wanted: Mapping[str, Any] | Sequence[Any], owner: str) -> AbstractVariable:
    where = f"spec {owner!r}: variable {name!r}"
    if not isinstance(wanted, Mapping):
        raise ConfigError(f"{where} must be {{low: ..., high: ...}}, got {wanted!r}")
    for key in wanted:
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}; {choices(str(key), _KEYS)}")
    unit = str(wanted.get("unit", ""))
    if "options" in wanted:
        return Choice(name, tuple(quantity(one, where) for one in wanted["options"]), unit)
    for key in ("low", "high"):
        if wanted.get(key) is None:
            raise ConfigError(f"{where} has no {key!r}")
    low, high = quantity(wanted["low"], where), quantity(wanted["high"], where)
    logarithmic = bool(wanted.get("log", False))
    if wanted.get("integer"):
        return Integer(name, round(low), round(high), unit, logarithmic)
    return Real(name, low, high, unit, logarithmic)
