"""The analyses that stand in a user's netlist, and the spec's measurements over them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from genrf.circuits.expressions import Scope
from genrf.circuits.foreign import analyses
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.gather import Deck
from genrf.circuits.foreign.measure_statements import Statements
from genrf.circuits.foreign.measurements import Measurement
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Command
from genrf.circuits.foreign.waves import Waves
from genrf.circuits.meter import attempted, checked
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.sizes_apart import sizes_apart
from genrf.circuits.testbench import Ac, Analysis, Noise, Sp, Testbench, Waveforms
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import Measurement as Measured
from genrf.core.spec import Metric

POWER = "power_w"
Writing = Callable[[Netlist], Netlist]


def as_it_is(netlist: Netlist) -> Netlist:
    """The netlist in its own writing."""
    return netlist


@dataclass(frozen=True)
class OwnAnalyses:
    """Commands of the netlist and of the spec by name, and what is measured of them, in order.

    `power_w`, what all sources deliver at the operating point, is there without a measurement.
    """

    commands: Mapping[str, Command]
    measurements: tuple[Measurement, ...]

    @classmethod
    def read(cls, deck: Deck, conditions: Mapping[str, Any], goals: Iterable[str], owner: str) -> Self:
        """Those of `deck` and of the conditions `analyses` and `meas`. Raises ConfigError for what cannot be read.

        Of the deck's `.measure` statements those that `goals` or `meas` name, where `meas` has none of that name.
        """
        said = tuple(Measurement(str(name), str(text)) for name, text in conditions.get("meas", {}).items())
        own = {one.name for one in said}
        wanted = [name for name in (*goals, *(name for one in said for name in one.names)) if name not in own]
        measured = (*Statements.of(deck).wanted(wanted), *said)
        return cls(_commands(deck, conditions.get("analyses", ()), owner), measured)

    def metrics(self, units: Mapping[str, Any]) -> dict[str, Metric]:
        """All that is measured."""
        own = {one.name: Metric(str(units.get(one.name, "")), one.text) for one in self.measurements}
        power = {POWER: Metric("W", "power that all sources deliver at the operating point")}
        return {**(power if "op" in self.commands else {}), **own}

    @cached_property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """The vectors to keep of each analysis."""
        kept: dict[str, dict[str, None]] = {name: {} for name in self.commands}
        for one in self.measurements:
            if name := one.analysis(tuple(self.commands)):
                kept[name].update(dict.fromkeys(one.vectors))
        return {name: tuple(vectors) for name, vectors in kept.items()}

    def measured(
        self,
        flat: Flattening,
        engine: SPICEEngine,
        known: Mapping[str, float],
        keep: bool = False,
        written: Writing = as_it_is,
    ) -> Measured:
        """The metrics of one design, and those `known` before, which measurements may use."""

        def read() -> Measured:
            netlist = flat.netlist() if self.commands else Netlist(())
            supplies = self._supplies(netlist)
            made = self.made(flat, [f"{one.name}#branch" for one in supplies])
            waves = engine.simulate(Testbench(written(sizes_apart(netlist)), made, flat.temperature)) if made else {}
            found = self._numbers(made, waves, _Named(flat.scope(), known))
            power = {POWER: _power(supplies, waves["op"])} if "op" in made else {}
            return checked({**power, **known, **found}, {"own": _along(made, waves)} if keep else None)

        try:
            return attempted(read)
        except ConfigError as error:
            return Measured("invalid", message=str(error))

    def made(self, flat: Flattening, supplies: Sequence[str] = ()) -> dict[str, Analysis]:
        """The analyses with the numbers of a design; `supplies` are vectors that the operating point keeps too."""
        scope, more = flat.scope(), {"op": supplies}
        return {
            name: analyses.analysis(command, (*self.wanted[name], *more.get(name, ())), scope)
            for name, command in self.commands.items()
        }

    def check(self, flat: Flattening, known: Sequence[str]) -> None:
        """Raise ConfigError for all that can be known to be wrong before a simulation; `known` are metrics before."""
        netlist = flat.netlist()
        scope = flat.scope()
        self.made(flat)
        nets = {net for element in netlist.elements for net in element.nets}
        sources = {f"{element.name}#branch" for element in netlist.elements}
        before = set(known)
        for one in self.measurements:
            if one.name in known:
                raise ConfigError(f"meas {one.name!r}: the bench measures {one.name!r} already; choose another name")
            one.check_single(swept=one.analysis(tuple(self.commands)) not in ("", "op"))
            for vector in one.vectors:
                _check_vector(one.name, vector, nets, sources)
            for name in one.names:
                if name not in before and not _defined(scope, name):
                    raise ConfigError(f"meas {one.name!r}: {name!r} is no parameter and no measurement before it")
            before.add(one.name)

    def _supplies(self, netlist: Netlist) -> list[Element]:
        return [element for element in netlist.elements if element.name[0] == "v"] if "op" in self.commands else []

    def _numbers(self, made: Mapping[str, Analysis], waveforms: Waveforms, numbers: "_Named") -> dict[str, float]:
        """All measurements, in order; each may use those before it."""
        found: dict[str, float] = {}
        for one in self.measurements:
            name = one.analysis(tuple(self.commands))
            vectors = waveforms[name] if name else {}
            along = analyses.axis(made[name], vectors) if name else np.zeros(1)
            logarithmic = isinstance(made.get(name), Ac | Noise | Sp) and along[0] > 0
            numbers[one.name] = found[one.name] = one(Waves(along, vectors, numbers, logarithmic))
        return found


class _Named(dict[str, float]):
    """Metrics and measurements by name; any other name is a parameter of the netlist, which knows no capitals."""

    def __init__(self, scope: Scope, known: Mapping[str, float]) -> None:
        super().__init__(known)
        self.scope = scope

    def __missing__(self, name: str) -> float:
        return self.scope[name.lower()]


def _commands(deck: Deck, more: Sequence[str], owner: str) -> dict[str, Command]:
    lines = [one if str(one).startswith(".") else f".{one}" for one in more]
    added = [one for one in parse("\n".join(lines), "analyses").body if isinstance(one, Command)]
    for one in added:
        if one.name not in analyses.NAMES:
            raise ConfigError(f"{owner}: no analysis {one.name!r}; {choices(one.name, analyses.NAMES)}")
    return {one.name: one for one in (*deck.commands(*analyses.NAMES), *added)}


def _check_vector(owner: str, vector: str, nets: set[str], sources: set[str]) -> None:
    if vector in nets | sources or vector.startswith("S_") or vector.endswith("_spectrum"):
        return
    what = "source" if vector.endswith("#branch") else "net"
    name = vector.removesuffix("#branch")
    known = {one.removesuffix("#branch") for one in (sources if what == "source" else nets)}
    raise ConfigError(f"meas {owner!r}: the netlist has no {what} {name!r}; {choices(name, known)}")


def _defined(scope: Mapping[str, float], name: str) -> bool:
    try:
        scope[name.lower()]
    except ConfigError:
        return False
    return True


def _power(supplies: Sequence[Element], op: Mapping[str, np.ndarray]) -> float:
    return -sum(float((one.value or 0.0) * op[f"{one.name}#branch"][0].real) for one in supplies)


def _along(made: Mapping[str, Analysis], waveforms: Waveforms) -> dict[str, dict[str, np.ndarray]]:
    """The waveforms with what each analysis steps through."""
    return {name: {**found, "axis": analyses.axis(made[name], found)} for name, found in waveforms.items()}
