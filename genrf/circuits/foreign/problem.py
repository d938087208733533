"""Sizing of a netlist from outside: its parameters vary, a bench or its own analyses measure it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from genrf.circuits import canonical
from genrf.circuits.bench import AbstractBench
from genrf.circuits.foreign.circuit import UserCircuit
from genrf.circuits.foreign.figures import panels
from genrf.circuits.foreign.fixture import Fixture
from genrf.circuits.foreign.flatten import Flattening
from genrf.circuits.foreign.graph import FlatCircuit
from genrf.circuits.foreign.own_analyses import OwnAnalyses, Writing, as_it_is
from genrf.circuits.foreign.picture import Picture
from genrf.circuits.foreign.sketch import Sketch
from genrf.circuits.meter import Meter
from genrf.circuits.procedure import Setup
from genrf.circuits.schematic.drawing import drawings
from genrf.circuits.schematic.parts import Values
from genrf.circuits.simulate.engine import SPICEEngine
from genrf.circuits.sizes_apart import sizes_apart
from genrf.circuits.testbench import Testbench
from genrf.core.errors import ConfigError, choices
from genrf.core.problem import AbstractProblem, Design, Measurement, Panel
from genrf.core.spec import DesignSpec, Metric
from genrf.core.units import quantity

_KEYS = ("variables", "bench", "meas", "analyses", "corners", "temperature", "units")
_SOURCES = Path(__file__).parents[1]


@dataclass(frozen=True)
class UserProblem(AbstractProblem):
    """A netlist of the user's to be sized for a spec.

    The spec's conditions: `variables`, `bench` (what a `Fixture` reads, and the conditions of the bench of that
    `kind`), `meas` (name: text in the language of measurements), `analyses` (lines beside those of the netlist),
    `corners` (name: parameters, and `temp` in degrees Celsius), `temperature`, `units` (of the measurements).
    Raises ConfigError for what cannot be read, before anything is simulated.
    """

    called = "netlists of one's own"

    structure: UserCircuit
    spec: DesignSpec
    engine: SPICEEngine
    kind: type[AbstractBench] | None = None
    foreign = True
    bench: AbstractBench | None = field(init=False, default=None)
    fixture: Fixture | None = field(init=False, default=None)
    own: OwnAnalyses = field(init=False)
    settings: Mapping[str, Mapping[str, float]] = field(init=False)  # of each corner

    def __post_init__(self) -> None:
        conditions, owner = self.spec.conditions, f"spec {self.spec.name!r}"
        for key in conditions:
            if key not in _KEYS:
                raise ConfigError(f"{owner}: unknown condition {key!r}; {choices(key, _KEYS)}")
        object.__setattr__(self, "own", OwnAnalyses.read(self.structure.deck, conditions, self.spec.goals, owner))
        corners = {
            str(name): {str(key).lower(): quantity(value, f"{owner} corner {name!r}") for key, value in given.items()}
            for name, given in conditions.get("corners", {}).items()
        }
        object.__setattr__(self, "settings", corners)
        if self.kind is not None:
            given = conditions.get("bench", {})
            object.__setattr__(self, "bench", self.kind.read(Fixture.conditions(given), self.spec.name))
            assert self.bench is not None
            object.__setattr__(self, "fixture", Fixture.read(given, self.bench, self.structure.deck, f"{owner} bench"))
        self._check()

    @property
    def metrics(self) -> Mapping[str, Metric]:
        own = self.own.metrics(self.spec.conditions.get("units", {}))
        return {**own, **(self.bench.metrics if self.bench else {})}

    @cached_property
    def identity(self) -> str:
        decides = (self.structure, self.spec, self.engine, self.kind, self.engine.version())
        whole = hashlib.sha256(repr(decides).encode())
        for path in sorted(_SOURCES.rglob("*.py")):
            whole.update(path.read_bytes())
        return whole.hexdigest()

    @property
    def corners(self) -> tuple[str, ...]:
        return tuple(self.settings)

    @property
    def starts(self) -> Sequence[Mapping[str, float]]:
        """The netlist's own values, each as near as its variable comes to it."""
        return (self.structure.space.nearest(self.structure.defaults()),)

    def require(self) -> None:
        self.engine.require()

    def tools(self) -> Mapping[str, str]:
        return {"netlist": self.structure.deck.source.path, "simulator": self.engine.version()}

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        return self._measured(values, corner, self.bench)

    def verify(self, values: Mapping[str, float]) -> Measurement:
        return self._measured(values, "", self.bench.strict() if self.bench else None)

    def survey(self, values: Mapping[str, float]) -> Measurement:
        drawn = Measurement("ok", curves={})
        if self.bench:
            meter = Meter(self.bench.survey(), self.spec, self.engine)
            drawn = meter.survey(self.testbench(values, bench=meter.bench), partial(self.setup, values))
        if drawn.status != "ok":
            return drawn
        own = self.own.measured(self.flattening(values), self.engine, drawn.metrics, keep=True)
        return replace(own, curves={**drawn.curves, **own.curves} if own.curves else None)

    def measured_by(
        self, engine: SPICEEngine, values: Mapping[str, float], whole: Writing, part: Writing
    ) -> Measurement:
        """The cheap metrics of `verify`, by another engine from other writings of the whole and of the bench's part."""
        other = replace(self, engine=engine)
        small = other._small(values, "", self.bench.strict() if self.bench else None, part)
        if small.status != "ok":
            return small
        return other.own.measured(other.flattening(values), engine, small.metrics, written=whole)

    @cached_property
    def circuit(self) -> FlatCircuit:
        """The netlist at its own values as a graph: what the bench measures of it, or all of it."""
        flat = self.flattening(self.structure.defaults())
        if self.fixture is None:
            return FlatCircuit.of(self.structure.name, flat.netlist(), {})
        return FlatCircuit.of(self.structure.name, self.fixture.powered(flat).circuit, self.fixture.labels())

    def record(self) -> Mapping[str, Any]:
        return {**self.circuit.record(), "key": canonical.key(self.circuit)}

    def drawing(self, values: Mapping[str, float]) -> str:
        return self.pictured(values).drawing()

    def drawings(self, designs: Sequence[Mapping[str, float]]) -> list[str]:
        pictures = [self.pictured(values) for values in designs]
        return drawings(pictures[0], [(one.lines, one.currents) for one in pictures]) if pictures else []

    def pictured(self, values: Mapping[str, float]) -> Picture:
        """The circuit with these values as it is drawn."""
        return self._sketch.picture(self.flattening(values))

    def written(self, values: Mapping[str, float]) -> tuple[Values, Mapping[str, str]]:
        """What stands beside devices and references in the drawing."""
        picture = self.pictured(values)
        return picture.lines, picture.currents

    @cached_property
    def _sketch(self) -> Sketch:
        return Sketch(self.structure, self.fixture, self.own)

    def panels(self, designs: Sequence[Design]) -> list[Panel]:
        benched = self.bench.panels(self.spec.goals, designs) if self.bench else []
        return [*benched, *panels(self.own.wanted, designs)]

    def flattening(self, values: Mapping[str, float], corner: str = "") -> Flattening:
        """The deck with the values of a design, at a corner."""
        given = {**{name.lower(): value for name, value in values.items()}, **self.settings.get(corner, {})}
        temperature = given.pop("temp", self._temperature())
        return Flattening(self.structure.deck, given, temperature)

    def testbench(
        self,
        values: Mapping[str, float],
        corner: str = "",
        bench: AbstractBench | None = None,
        written: Writing = as_it_is,
    ) -> Testbench:
        """The circuit in its bench, or in another one; where it has none, the whole netlist with its own analyses."""
        flat, bench = self.flattening(values, corner), bench or self.bench
        if bench is None or self.fixture is None:
            return Testbench(sizes_apart(flat.netlist()), self.own.made(flat), flat.temperature)
        dut = self.fixture.powered(flat)
        return bench.testbench(written(sizes_apart(dut.circuit)), dut.supply, dut.references, flat.temperature)

    def setup(self, values: Mapping[str, float], corner: str = "") -> Setup:
        """The powered circuit of one design, for measures that bring their own sources and loads."""
        assert self.bench is not None and self.fixture is not None
        flat = self.flattening(values, corner)
        dut = self.fixture.powered(flat)
        powered = self.bench.powered(sizes_apart(dut.circuit), dut.supply, dut.references)
        return Setup(powered, flat.temperature, self.bench.band, self.engine)

    def _measured(self, values: Mapping[str, float], corner: str, bench: AbstractBench | None) -> Measurement:
        """What the bench reads, the measurements, then what costs more, as long as every limit so far holds."""
        small = self._small(values, corner, bench)
        if small.status != "ok":
            return small
        measured = self.own.measured(self.flattening(values, corner), self.engine, small.metrics)
        if bench is None:
            return measured
        return Meter(bench, self.spec, self.engine).costly(measured, partial(self.setup, values, corner))

    def _small(
        self, values: Mapping[str, float], corner: str, bench: AbstractBench | None, written: Writing = as_it_is
    ) -> Measurement:
        """What the bench reads from its own analyses; nothing without a bench."""
        if bench is None:
            return Measurement("ok")
        try:
            testbench = self.testbench(values, corner, bench, written)
        except ConfigError as error:
            return Measurement("invalid", message=str(error))
        return Meter(bench, self.spec, self.engine).small(testbench)

    def _temperature(self) -> float:
        given = self.structure.deck.commands("temp")
        if "temperature" in self.spec.conditions or not given:
            return quantity(self.spec.conditions.get("temperature", 27.0), f"spec {self.spec.name!r} temperature")
        return float(given[-1].words[0])

    def _check(self) -> None:
        """Everything that can be known to be wrong before a simulation."""
        if self.bench is None and not self.own.commands:
            raise ConfigError(
                f"spec {self.spec.name!r}: {self.structure.deck.source.path} asks for no analysis; add one, for "
                "example `analyses: [ac dec 20 1 1G]`, or a `bench`, for example `bench: {kind: amplifier, ...}`"
            )
        flat = Flattening(self.structure.deck, self.structure.defaults(), self._temperature())
        self.own.check(flat, tuple(self.bench.measures) if self.bench else ())
        if self.fixture:
            self.fixture.powered(flat)
