"""The machine: an array of processing elements with its buffers, as a designer describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from genrf.core.errors import ConfigError

Dataflow = Literal["weight", "output", "input"]
BITS = (2, 4, 8)


@dataclass(frozen=True)
class Precision:
    """Bits of each layer: of the weights of convolutions, and of what they write. The input and the result have 8."""

    weights: Mapping[str, int]
    activations: Mapping[str, int]


@dataclass(frozen=True)
class AcceleratorConfig:
    """A systolic array and what feeds it.

    `rows` run over input channels (over pixels when output stationary), `columns` over output channels (over pixels
    when input stationary); one of them divides the other, as a word of activations holds as many channels as the
    larger. `accumulators` is how many sums each column keeps, the local buffer; `activation_buffer` and `weight_buffer`
    are the global ones, in bytes; `dram_bandwidth` in bytes per second and `clock` in hertz. `resident`: all weights
    stay on the chip; otherwise they come anew for each inference, in granules that take turns in two halves of their
    buffer. Raises ConfigError for a machine that cannot be.
    """

    rows: int
    columns: int
    dataflow: Dataflow
    accumulators: int = 256
    activation_buffer: float = 65536
    weight_buffer: float = 65536
    dram_bandwidth: float = 3.2e9
    clock: float = 200e6
    resident: bool = True
    precision: Precision = field(default_factory=lambda: Precision({}, {}))

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "accumulators"):
            if getattr(self, name) < 1:
                raise ConfigError(f"AcceleratorConfig: {name} must be at least 1, got {getattr(self, name)}")
        for name in ("activation_buffer", "weight_buffer", "dram_bandwidth", "clock"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"AcceleratorConfig: {name} must be above 0, got {getattr(self, name):g}")
        if self.dataflow not in ("weight", "output", "input"):
            raise ConfigError(f"AcceleratorConfig: dataflow must be weight, output or input, got {self.dataflow!r}")
        if self.rows % self.columns and self.columns % self.rows:
            raise ConfigError(
                f"AcceleratorConfig: rows={self.rows}, columns={self.columns}: one must be a multiple of the other"
            )

        for layer, bits in (*self.precision.weights.items(), *self.precision.activations.items()):
            if bits not in BITS:
                raise ConfigError(f"AcceleratorConfig: layer {layer!r}: {bits} bits cannot be; choose among {BITS}")
        if self.dataflow == "input" and self.accumulators < self.columns:
            raise ConfigError(
                f"AcceleratorConfig: accumulators={self.accumulators} must be at least columns={self.columns} "
                "when input stationary"
            )

    @property
    def lanes(self) -> int:
        """Channels in a word of the activation buffer."""
        return max(self.rows, self.columns)

    @property
    def chunk(self) -> int:
        """Pixels that the array takes at a time."""
        return {"weight": self.accumulators, "output": self.rows, "input": self.columns}[self.dataflow]

    @property
    def weight_lanes(self) -> int:
        """Weights in a word of the weight buffer."""
        return self.columns if self.dataflow == "output" else self.rows

    @property
    def name(self) -> str:
        """Short, for tables."""
        return f"{self.rows}x{self.columns}_{self.dataflow}"
