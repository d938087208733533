"""Architecture and bit widths of one network, searched together."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from genrf.accel.architecture import BITS, AcceleratorConfig, Precision
from genrf.accel.generate.systolic import Architecture
from genrf.accel.integer import Convolution, IntegerNetwork
from genrf.accel.optimizer import ModelOptimizer
from genrf.accel.panels import breakdown, panels
from genrf.accel.program import Program, compile_program, tiling
from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.estimator import PerformanceEstimator
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.core.errors import ConfigError, Unsuitable
from genrf.core.problem import AbstractProblem, Design, Measurement, Panel
from genrf.core.space import Choice, Space
from genrf.core.spec import DesignSpec, Metric

_Key = tuple[int, ...]
_SOURCES = Path(__file__).parent

METRICS = {
    "accuracy": Metric(
        "",
        "share of right answers of the network of integers, bit by bit what the RTL computes; once a design is "
        "verified of test images, before of others",
    ),
    "latency_s": Metric("s", "time of one inference, with its input and output"),
    "energy_j": Metric("J", "energy of one inference"),
    "area_mm2": Metric("mm2", "area of array, buffers and vector unit"),
    "cycles": Metric("", "clock cycles of one inference"),
    "utilization": Metric("", "multiplications per processing element and clock cycle"),
    "weight_bits": Metric("", "mean bits of a weight"),
    "dram_bytes": Metric("B", "bytes from and to outside, per inference"),
    "spill_bytes": Metric("B", "bytes that do not fit the buffers; the RTL can be had at zero alone"),
}


@dataclass
class CodesignProblem(AbstractProblem):
    """One architecture for one network. Bit widths of weights and results are variables beside those of the machine.

    Accuracy in the search comes from images kept back from training, in the verification from the test images.
    """

    called = "accelerators"

    structure: Architecture
    spec: DesignSpec
    workload: ModelOptimizer
    estimator: PerformanceEstimator
    weight_bits: Sequence[int] = BITS
    activation_bits: Sequence[int] = BITS
    _known: dict[_Key, tuple[IntegerNetwork, float]] = field(default_factory=dict, repr=False)
    _tuned: dict[_Key, IntegerNetwork] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name in ("weight_bits", "activation_bits"):
            for bits in getattr(self, name):
                if bits not in BITS:
                    raise ConfigError(
                        f"problem.{name}: {bits} bits cannot be; choose among {', '.join(map(str, BITS))}"
                    )
        if not isinstance(self.estimator, PerformanceEstimator):
            kind = type(self.estimator).__name__
            raise ConfigError(f"CodesignProblem needs a cost model (sim=loopnest or sim=roofline), got {kind}")
        own = (*self.structure.space.variables, *self._precisions())
        self.structure = replace(self.structure, space=Space(own))

    def _precisions(self) -> list[Choice]:
        layers = self.workload.layers
        named = [("weight_bits", layer, self.weight_bits) for layer in layers]
        named += [("activation_bits", layer, self.activation_bits) for layer in layers[:-1]]  # the result has 8
        return [
            Choice(f"{kind}.{layer}", tuple(float(bits) for bits in sorted(options)), "bit")
            for kind, layer, options in named if len(options) > 1
        ]  # fmt: skip

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    @property
    def identity(self) -> str:
        decides = (
            self.structure,
            self.workload.network,
            self.workload.data,
            self.workload.training,
            self.workload.finetuning,
            self.estimator,
        )
        whole = hashlib.sha256(repr((decides, self.tools())).encode())
        for path in sorted(_SOURCES.rglob("*.py")):
            whole.update(path.read_bytes())
        return whole.hexdigest()

    def tools(self) -> Mapping[str, str]:
        from importlib import metadata

        return {name: metadata.version(name) for name in ("torch", "scikit-learn")}

    def measure(self, values: Mapping[str, float], corner: str = "") -> Measurement:
        network, accuracy = self.network(values)
        try:
            machine = self.machine(values)
            for step in network.steps:
                if isinstance(step, Convolution):
                    tiling(step, machine)
        except ConfigError as error:  # a machine that cannot be is a design that is invalid
            return Measurement("invalid", message=str(error))
        return Measurement("ok", self._metrics(values, network, accuracy))

    def verify(self, values: Mapping[str, float]) -> Measurement:
        network = self.tuned(values)
        try:
            compile_program(network, self.machine(values))
        except Unsuitable as error:
            return Measurement("invalid", message=str(error))
        return Measurement("ok", self._metrics(values, network, self.workload.accuracy(network, test=True)))

    def survey(self, values: Mapping[str, float]) -> Measurement:
        return replace(self.verify(values), curves=breakdown(self.layers, self.cost(values), self.machine(values)))

    def panels(self, designs: Sequence[Design]) -> list[Panel]:
        return panels(designs, self.layers.names)

    def machine(self, values: Mapping[str, float]) -> AcceleratorConfig:
        """The machine of a design, with the bits of each layer."""
        return replace(self.structure.machine(values), precision=self.workload.precision(values))

    def network(self, values: Mapping[str, float]) -> tuple[IntegerNetwork, float]:
        """The network of integers of a design, and its accuracy on the images of the search."""
        precision = self.workload.precision(values)
        if (key := _key(precision)) not in self._known:
            network = self.workload.quantized(precision)
            self._known[key] = (network, self.workload.accuracy(network))
        return self._known[key]

    def tuned(self, values: Mapping[str, float]) -> IntegerNetwork:
        """The network of integers of a chosen design, fine-tuned where that pays."""
        precision = self.workload.precision(values)
        if (key := _key(precision)) not in self._tuned:
            self._tuned[key] = self.workload.tuned(precision)
        return self._tuned[key]

    def program(self, values: Mapping[str, float]) -> Program:
        """All that goes into the machine. Raises Unsuitable when something does not fit."""
        return compile_program(self.tuned(values), self.machine(values))

    def cost(self, values: Mapping[str, float]) -> Cost:
        """What the machine takes for each step of the network."""
        network, _ = self.network(values)
        weight, activation = _bits(network)
        population = Population.of([self.machine(values)], weight, activation, len(network.steps))
        return self.estimator.estimate(self.layers, population)

    @cached_property
    def layers(self) -> LayerTable:
        """The steps of the network, whatever their bits."""
        eight = {name: 8 for name in self.workload.layers}
        return LayerTable.of_network(self.workload.quantized(Precision(eight, eight)))

    def _metrics(self, values: Mapping[str, float], network: IntegerNetwork, accuracy: float) -> Mapping[str, float]:
        cost, machine = self.cost(values), self.machine(values)
        convolutions = [step for step in network.steps if isinstance(step, Convolution)]
        weights = sum(step.weight.size for step in convolutions)
        busy = float(cost.cycles[0]) * machine.rows * machine.columns
        return {
            "accuracy": accuracy,
            "latency_s": float(cost.latency[0]),
            "energy_j": float(cost.energy[0]),
            "area_mm2": float(cost.area[0]) * 1e6,
            "cycles": float(cost.cycles[0]),
            "utilization": float(self.layers.macs.sum()) / busy,
            "weight_bits": sum(step.weight.size * step.weight_bits for step in convolutions) / weights,
            "dram_bytes": float(cost.dram_bytes[0].sum()),
            "spill_bytes": float(cost.spill[0]),
        }


def _key(precision: Precision) -> _Key:
    return (*precision.weights.values(), *precision.activations.values())


def _bits(network: IntegerNetwork) -> tuple[np.ndarray, np.ndarray]:
    """Bits of the weights of each step, and of what it reads."""
    tensors = network.tensors()
    weights = [step.weight_bits if isinstance(step, Convolution) else 8 for step in network.steps]
    widest = max((w for w, s in zip(weights, network.steps, strict=True) if isinstance(s, Convolution)), default=8)
    weights = [min(w, widest) for w in weights]
    reads = [tensors[step.source if hasattr(step, "source") else step.sources[0]].bits for step in network.steps]
    return np.array(weights), np.array(reads)
