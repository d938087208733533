"""Sizing of a netlist from outside: its parameters vary, its own analyses run, its measurements are the metrics."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from genrf.circuits.foreign import analyses
from genrf.circuits.foreign.circuit import UserCircuit
from genrf.circuits.foreign.figures import panels
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.measurements import Measurement, Waves
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Command
from genrf.circuits.netlist import Netlist
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from genrf.circuits.testbench import Ac, Analysis, Noise, Sp, Testbench, Waveforms
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import AbstractProblem, Design, Panel
from genrf.core.problem import Measurement as Measured
from genrf.core.robust import everywhere
from genrf.core.spec import DesignSpec, Metric
from genrf.core.units import quantity

_KEYS = ("variables", "meas", "analyses", "corners", "temperature", "units")
_SOURCES = Path(__file__).parents[1]
_DIGITS = 9
_POWER = "power_w"


@dataclass(frozen=True)
class UserProblem(AbstractProblem):
    """A netlist of the user's to be sized for a spec.

    The spec's conditions: `variables`, `meas` (name: text in the language of measurements), `analyses` (lines beside
    those of the netlist), `corners` (name: parameters, and `temp` in degrees Celsius), `temperature`, `units` (of the
    measurements). `power_w`, what all sources deliver at the operating point, is there without a measurement.
    Raises ConfigError for what cannot be read, before anything is simulated.
    """

    structure: UserCircuit
    spec: DesignSpec
    engine: SPICEEngine
    foreign = True
    measurements: tuple[Measurement, ...] = field(init=False)
    commands: Mapping[str, Command] = field(init=False)
    settings: Mapping[str, Mapping[str, float]] = field(init=False)  # of each corner

    def __post_init__(self) -> None:
        conditions, owner = self.spec.conditions, f"spec {self.spec.name!r}"
        for key in conditions:
            if key not in _KEYS:
                raise ConfigError(f"{owner}: unknown condition {key!r}; {choices(key, _KEYS)}")
        found = tuple(Measurement(str(name), str(text)) for name, text in conditions.get("meas", {}).items())
        object.__setattr__(self, "measurements", found)
        object.__setattr__(self, "commands", self._commands(conditions.get("analyses", ())))
        corners = {
            str(name): {str(key).lower(): quantity(value, f"{owner} corner {name!r}") for key, value in given.items()}
            for name, given in conditions.get("corners", {}).items()
        }
        object.__setattr__(self, "settings", corners)
        self._check()

    @property
    def metrics(self) -> Mapping[str, Metric]:
        units = self.spec.conditions.get("units", {})
        own = {one.name: Metric(str(units.get(one.name, "")), one.text) for one in self.measurements}
        power = {_POWER: Metric("W", "power that all sources deliver at the operating point")}
        return {**(power if "op" in self.commands else {}), **own}

    @cached_property
    def identity(self) -> str:
        decides = (self.structure, self.spec, self.engine, self.engine.version())
        whole = hashlib.sha256(repr(decides).encode())
        for path in sorted(_SOURCES.rglob("*.py")):
            whole.update(path.read_bytes())
        return whole.hexdigest()

    @property
    def corners(self) -> tuple[str, ...]:
        return tuple(self.settings)

    def require(self) -> None:
        self.engine.require()

    def tools(self) -> Mapping[str, str]:
        return {"netlist": self.structure.deck.source.path, "simulator": self.engine.version()}

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measured:
        measured = self._measured(values, corner)
        return measured if corner else everywhere(self, values, measured)

    def survey(self, values: Mapping[str, float]) -> Measured:
        return self._measured(values, "", keep=True)

    def measured_by(
        self, engine: SPICEEngine, values: Mapping[str, float], written: Callable[[Netlist], Netlist]
    ) -> Measured:
        """The metrics as another engine finds them in another writing of the netlist."""
        return replace(self, engine=engine)._measured(values, "", written=written)

    def panels(self, designs: Sequence[Design]) -> list[Panel]:
        return panels(self.wanted, designs)

    @cached_property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """The vectors to keep of each analysis."""
        kept: dict[str, dict[str, None]] = {name: {} for name in self.commands}
        for one in self.measurements:
            if name := one.analysis(tuple(self.commands)):
                kept[name].update(dict.fromkeys(one.vectors))
        return {name: tuple(vectors) for name, vectors in kept.items()}

    def flattening(self, values: Mapping[str, float], corner: str = "") -> Flattening:
        """The deck with the values of a design, at a corner."""
        given = {**{name.lower(): value for name, value in values.items()}, **self.settings.get(corner, {})}
        temperature = given.pop("temp", self._temperature())
        return Flattening(self.structure.deck, given, temperature)

    def _measured(
        self,
        values: Mapping[str, float],
        corner: str,
        keep: bool = False,
        written: Callable[[Netlist], Netlist] = lambda flat: flat,
    ) -> Measured:
        flat = self.flattening(values, corner)
        given, temperature = flat.values, flat.temperature
        try:
            netlist = flat.netlist()
            supplies = (
                [element for element in netlist.elements if element.name[0] == "v"] if "op" in self.commands else []
            )
            made = self._analyses(flat, [f"{one.name}#branch" for one in supplies])
            waveforms = self.engine.simulate(Testbench(written(netlist), made, temperature))
            found = self._numbers(made, waveforms, {**flat.scope(), **given})
        except NoConvergence as error:
            return Measured("no_convergence", message=str(error))
        except (NotMeasurable, ConfigError) as error:
            return Measured("invalid", message=str(error))
        if supplies:
            branch = {one.name: waveforms["op"][f"{one.name}#branch"][0] for one in supplies}
            found[_POWER] = -sum(float((one.value or 0.0) * branch[one.name].real) for one in supplies)
        return _checked(found, _along(made, waveforms) if keep else None)

    def _analyses(self, flat: Flattening, supplies: Sequence[str]) -> dict[str, Analysis]:
        scope = flat.scope()
        more = {"op": supplies}
        return {
            name: analyses.analysis(command, (*self.wanted[name], *more.get(name, ())), scope)
            for name, command in self.commands.items()
        }

    def _numbers(
        self, made: Mapping[str, Analysis], waveforms: Waveforms, numbers: Mapping[str, float]
    ) -> dict[str, float]:
        """All measurements, in order; each may use those before it."""
        found: dict[str, float] = {}
        for one in self.measurements:
            name = one.analysis(tuple(self.commands))
            vectors = waveforms[name] if name else {}
            along = analyses.axis(made[name], vectors) if name else np.zeros(1)
            logarithmic = isinstance(made.get(name), Ac | Noise | Sp) and along[0] > 0
            found[one.name] = one(Waves(along, vectors, {**numbers, **found}, logarithmic))
        return found

    def _temperature(self) -> float:
        given = self.structure.deck.commands("temp")
        if "temperature" in self.spec.conditions or not given:
            return quantity(self.spec.conditions.get("temperature", 27.0), f"spec {self.spec.name!r} temperature")
        return float(given[-1].words[0])

    def _commands(self, more: Sequence[str]) -> dict[str, Command]:
        own = self.structure.deck.commands(*analyses.NAMES)
        lines = [one if str(one).startswith(".") else f".{one}" for one in more]
        added = [one for one in parse("\n".join(lines), "analyses").body if isinstance(one, Command)]
        for one in added:
            if one.name not in analyses.NAMES:
                raise ConfigError(
                    f"spec {self.spec.name!r}: no analysis {one.name!r}; {choices(one.name, analyses.NAMES)}"
                )
        return {one.name: one for one in (*own, *added)}

    def _check(self) -> None:
        """Everything that can be known to be wrong before a simulation."""
        if not self.commands:
            raise ConfigError(
                f"spec {self.spec.name!r}: {self.structure.deck.source.path} asks for no analysis; add one, "
                "for example `analyses: [ac dec 20 1 1G]`"
            )
        flat = Flattening(self.structure.deck, self.structure.defaults(), self._temperature())
        netlist = flat.netlist()
        scope = flat.scope()
        self._analyses(flat, ())
        nets = {net for element in netlist.elements for net in element.nets}
        sources = {f"{element.name}#branch" for element in netlist.elements}
        before: set[str] = set()
        for one in self.measurements:
            one.check_single(swept=one.analysis(tuple(self.commands)) not in ("", "op"))
            for vector in one.vectors:
                if vector not in nets | sources and not vector.startswith("S_") and not vector.endswith("_spectrum"):
                    what = "source" if vector.endswith("#branch") else "net"
                    known = {name.removesuffix("#branch") for name in (sources if what == "source" else nets)}
                    raise ConfigError(
                        f"meas {one.name!r}: the netlist has no {what} {vector.removesuffix('#branch')!r}; "
                        f"{choices(vector.removesuffix('#branch'), known)}"
                    )
            for name in one.names:
                if name not in before and not _defined(scope, name):
                    raise ConfigError(f"meas {one.name!r}: {name!r} is no parameter and no measurement before it")
            before.add(one.name)


def _defined(scope: Mapping[str, float], name: str) -> bool:
    try:
        scope[name.lower()]
    except ConfigError:
        return False
    return True


def _along(made: Mapping[str, Analysis], waveforms: Waveforms) -> dict[str, dict[str, np.ndarray]]:
    """The waveforms with what each analysis steps through."""
    return {name: {**found, "axis": analyses.axis(made[name], found)} for name, found in waveforms.items()}


def _checked(found: Mapping[str, float], curves: Any) -> Measured:
    for name, value in found.items():
        if not math.isfinite(value):
            return Measured("invalid", message=f"{name} is {value}")
    return Measured("ok", {name: float(f"{value:.{_DIGITS}g}") for name, value in found.items()}, curves=curves)
