"""The sizing of one topology in one process: from design variables to measured metrics."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from genrf.circuits import canonical
from genrf.circuits.bench import AbstractBench
from genrf.circuits.checks import faults
from genrf.circuits.makeable import makeable
from genrf.circuits.meter import Meter, attempted
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.operating_points import drawn_names, operating_points
from genrf.circuits.procedure import Setup
from genrf.circuits.rules.bias import Bias, cards, operating_point
from genrf.circuits.rules.regions import Transistor, regions
from genrf.circuits.schematic.drawing import arranged, drawing, drawings
from genrf.circuits.schematic.parts import Values
from genrf.circuits.schematic.sheet import Sheet
from genrf.circuits.schematic.values import readable, sized
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.sizes import Build, SizedNetlist, Sizes, sizes
from genrf.circuits.sizes_apart import sizes_apart
from genrf.circuits.technology import Conditions, TechnologyFile
from genrf.circuits.testbench import Testbench
from genrf.circuits.topology import Device, Given, Topology, resolve
from genrf.circuits.variation import Die
from genrf.core.errors import ConfigError
from genrf.core.problem import AbstractProblem, Design, Measurement, Panel
from genrf.core.spec import DesignSpec, Metric

_SOURCES = Path(__file__).parent  # a change of how things are measured is another measurement


@dataclass(frozen=True)
class SizingProblem(AbstractProblem):
    """A topology to be sized for a spec in a process, measured in a kind of bench by an engine.

    Raises ConfigError when the topology breaks an electrical rule, or draws what the process or the spec lacks.
    """

    called = "circuits of the library or the grammar"

    structure: Topology
    spec: DesignSpec
    technology: TechnologyFile
    engine: SPICEEngine
    kind: type[AbstractBench]
    bench: AbstractBench = field(init=False)
    _sizes: dict[str, tuple[Sizes | Build, Netlist]] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "bench", self.kind.read(self.spec.conditions, self.spec.name))
        wrong = faults(self.structure, self.technology)
        if wrong:
            raise ConfigError(f"topology {self.structure.name!r}: " + "; ".join(wrong))
        self._check_given()
        object.__setattr__(self, "structure", makeable(self.structure, self.technology))

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return self.bench.metrics

    @cached_property
    def identity(self) -> str:
        decides = (self.structure, self.spec, self.technology, self.engine, self.bench, self.engine.version())
        files = (*self.technology.models_from.hashed(), *sorted(_SOURCES.rglob("*.py")))
        whole = hashlib.sha256(repr(decides).encode())
        for path in files:
            whole.update(path.read_bytes())
        return whole.hexdigest()

    @cached_property
    def corners(self) -> tuple[str, ...]:
        return tuple(self.technology.corners)

    @property
    def starts(self) -> Sequence[Mapping[str, float]]:
        return self.structure.starts

    def require(self) -> None:
        self.engine.require()
        self.technology.models_from.require()

    def tools(self) -> Mapping[str, str]:
        return {"process": self.technology.name, "simulator": self.engine.version()}

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        meter = self.meter()
        small = meter.small(self.testbench(values, corner))
        return meter.costly(small, partial(self.setup, values, self.technology.at(corner)))

    def glance(self, values: Mapping[str, float]) -> Measurement:
        return self.meter().small(self.testbench(values))

    def verify(self, values: Mapping[str, float]) -> Measurement:
        meter = self.meter(self.bench.strict())
        small = meter.small(self.testbench(values, bench=meter.bench))
        return meter.costly(small, partial(self.setup, values, self.technology.at()))

    def survey(self, values: Mapping[str, float]) -> Measurement:
        meter = self.meter(self.bench.survey())
        testbench = self.testbench(values, bench=meter.bench)
        return meter.survey(testbench, partial(self.setup, values, self.technology.at()))

    def sketch(self, values: Mapping[str, float]) -> Measurement:
        meter = self.meter(self.bench.survey())
        testbench = self.testbench(values, bench=meter.bench)
        drawn = meter.sketch(testbench, partial(self.setup, values, self.technology.at()))
        return drawn if drawn.curves is None else replace(drawn, curves={**drawn.curves, **self._bias(testbench)})

    def extras(self, values: Mapping[str, float]) -> Measurement:
        setup = partial(self.setup, values, self.technology.at())
        return attempted(lambda: Measurement("ok", curves=self.meter(self.bench.survey()).extras(setup)))

    def _bias(self, testbench: Testbench) -> Mapping[str, Mapping[str, float]]:
        """What the operating point shows of the inside of transistors, under `bias`; empty where nothing does."""
        if not isinstance(self.engine, NgSpiceEngine | NgSpiceBatchEngine):  # which alone have these names
            return {}
        try:
            known = operating_point(testbench.netlist, testbench.temperature, self.engine, origin=testbench.origin)
            return {"bias": known.found}
        except NoConvergence:
            return {}

    def vary(self, values: Mapping[str, float], seed: int, number: int) -> Measurement:
        die, meter = Die(seed, number), self.meter()
        conditions = self.technology.drawn(die)
        circuit = self._around(values, conditions, self.bench)
        nominal = self.testbench(values)
        small = meter.small(replace(nominal, netlist=circuit, temperature=conditions.temperature))
        return replace(meter.costly(small, partial(self.setup, values, conditions)), curves=die.deviates)

    def meter(self, bench: AbstractBench | None = None) -> Meter:
        """What measures in the bench, or in another one."""
        return Meter(bench or self.bench, self.spec, self.engine)

    def record(self) -> Mapping[str, Any]:
        return {**self.structure.record(), "key": canonical.key(self.structure)}

    def drawing(self, values: Mapping[str, float]) -> str:
        return drawing(self.structure, *self.written(values))

    def pictured(self, values: Mapping[str, float]) -> Topology:
        """The circuit as it is drawn, whatever the values."""
        return self.structure

    def sheet(self, values: Mapping[str, float]) -> Sheet:
        """The drawing as its parts and wires."""
        return arranged(self.structure, *self.written(values))

    def written(self, values: Mapping[str, float]) -> tuple[Values, Mapping[str, str]]:
        """What stands beside devices and references in the drawing."""
        currents = {net: readable(current, "A") for net, current in self.references(values).items()}
        return sized(partial(self.drawn, values=values), self.technology.devices), currents

    def drawings(self, designs: Sequence[Mapping[str, float]]) -> list[str]:
        return drawings(self.structure, [self.written(values) for values in designs])

    def panels(self, designs: Sequence[Design]) -> list[Panel]:
        biased = [design for design in designs if design.curves and "bias" in design.curves]
        points = self._operating_points(biased[0]) if len(biased) == len(designs) == 1 else []
        return [*self.bench.panels(self.spec.goals, designs), *points]

    def _operating_points(self, design: Design) -> list[Panel]:
        transistors, devices = self._transistors(design), (device.name for device in self.structure.devices)
        return operating_points(transistors, drawn_names((one.device for one in transistors), devices))

    def _transistors(self, design: Design) -> list[Transistor]:
        """Those of a sketched design."""
        bench = self.testbench(design.values)
        return regions(Bias(bench.netlist, cards(bench.netlist), design.curves["bias"]), bench.temperature)

    def testbench(self, values: Mapping[str, float], corner: str = "", bench: AbstractBench | None = None) -> Testbench:
        """The test bench of one design, at the nominal corner of the process unless one is named."""
        if corner not in self._sizes:
            self._sizes[corner] = self._sized(corner)
        sized, origin = self._sizes[corner]
        analyses, temperature = (bench or self.bench).analyses, self.technology.at(corner).temperature
        return Testbench(_netlist(sized, values), analyses, temperature, origin)

    def _sized(self, corner: str) -> tuple[Sizes | Build, Netlist]:
        """The circuit at a corner with its sizes compiled, as it is where they cannot be; and one of middle size."""
        build = partial(self._around, conditions=self.technology.at(corner), bench=self.bench)
        space = self.structure.space
        samples = space.decode_all(np.random.default_rng(0).random((3, len(space))))
        sized = sizes(build, space.names, samples) or build
        return sized, _netlist(sized, self._middle)

    @cached_property
    def _middle(self) -> Mapping[str, float]:
        """A design of middle size, from which a simulator begins whichever design it meets first."""
        return self.structure.space.decode(np.full(len(self.structure.space), 0.5))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_sizes": {}}  # compiled functions stay in their process

    def setup(self, values: Mapping[str, float], conditions: Conditions) -> Setup:
        """The powered circuit of one design, for measures that bring their own sources and loads."""
        powered, origin = (self._powered(own, conditions) for own in (values, self._middle))
        return Setup(powered, conditions.temperature, self.bench.band, self.engine, origin)

    def _powered(self, values: Mapping[str, float], conditions: Conditions) -> Netlist:
        return self.bench.powered(self._made(values, conditions), conditions.supply, self.references(values))

    def _around(self, values: Mapping[str, float], conditions: Conditions, bench: AbstractBench) -> Netlist:
        return bench.around(self._made(values, conditions), conditions.supply, self.references(values))

    def _made(self, values: Mapping[str, float], conditions: Conditions) -> Netlist:
        return sizes_apart(Netlist(tuple(self.elements(values, conditions)), conditions.models))

    def elements(self, values: Mapping[str, float], conditions: Conditions | None = None) -> list[Element]:
        """The circuit itself as SPICE elements, devices in the order of the topology, nominal ones by default."""
        devices = (conditions or self.technology.at()).devices
        return [
            element
            for device in self.structure.devices
            for element in devices[device.kind].elements(device.name, device.nets, self.drawn(device, values))
        ]

    def references(self, values: Mapping[str, float]) -> dict[str, float]:
        """The bias currents in ampere by the net that they flow into."""
        return {net: resolve(drawn, values, self.bench.given) for net, drawn in self.structure.references.items()}

    def drawn(self, device: Device, values: Mapping[str, float]) -> dict[str, float]:
        """What is drawn of a device, in SI units."""
        return {key: resolve(drawn, values, self.bench.given) for key, drawn in device.drawn.items()}

    def _check_given(self) -> None:
        for device in self.structure.devices:
            limits = self.technology.device(device.kind).limits()
            for key, drawn in device.drawn.items():
                if key not in limits:
                    raise ConfigError(
                        f"topology {self.structure.name!r}: {device.kind} {device.name!r} has no {key!r}; "
                        f"known: {', '.join(limits)}"
                    )
                if isinstance(drawn, Given) and not self.bench.given.get(drawn.condition):
                    raise ConfigError(
                        f"spec {self.spec.name!r}: {device.kind} {device.name!r} of {self.structure.name!r} needs the "
                        f"condition {drawn.condition!r}, for example `off_chip_q: 40`"
                    )


def _netlist(sized: Sizes | Build, values: Mapping[str, float]) -> Netlist:
    plain = {name: float(value) for name, value in values.items()}  # a number of numpy is written as more than a number
    return SizedNetlist(sized, plain) if isinstance(sized, Sizes) else sized(plain)
