"""Many machines side by side, as columns of numbers: what the cost model computes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genrf.accel.architecture import AcceleratorConfig

_CODES = {"weight": 0, "output": 1, "input": 2}


@dataclass(frozen=True, eq=False)
class Population:
    """n machines for a network of m layers; every field is [n] but the bits, which are [n, m].

    Bits of weights count for layers that have any, bits of activations for what a layer reads.
    """

    rows: np.ndarray
    columns: np.ndarray
    dataflow: np.ndarray  # 0 weight, 1 output, 2 input stationary
    accumulators: np.ndarray
    activation_buffer: np.ndarray  # bytes
    weight_buffer: np.ndarray
    dram_bandwidth: np.ndarray  # bytes per second
    clock: np.ndarray
    resident: np.ndarray
    weight_bits: np.ndarray
    activation_bits: np.ndarray

    @classmethod
    def of(
        cls,
        machines: Sequence[AcceleratorConfig],
        weight_bits: np.ndarray | int = 8,
        activation_bits: np.ndarray | int = 8,
        layers: int = 1,
    ) -> "Population":
        """The machines, all with the same bits where one number is given."""
        count = len(machines)
        names = ("rows", "columns", "accumulators", "activation_buffer", "weight_buffer", "dram_bandwidth", "clock")
        columns = {name: np.array([getattr(machine, name) for machine in machines]) for name in names}
        return cls(
            **columns,
            dataflow=np.array([_CODES[machine.dataflow] for machine in machines]),
            resident=np.array([machine.resident for machine in machines]),
            weight_bits=np.broadcast_to(weight_bits, (count, layers)),
            activation_bits=np.broadcast_to(activation_bits, (count, layers)),
        )

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def lanes(self) -> np.ndarray:
        """Channels in a word of activations."""
        return np.maximum(self.rows, self.columns)

    @cached_property
    def weight_stationary(self) -> np.ndarray:
        """Where weights stay."""
        return np.asarray(self.dataflow == 0)

    @cached_property
    def output_stationary(self) -> np.ndarray:
        """Where sums stay."""
        return np.asarray(self.dataflow == 1)

    @cached_property
    def input_stationary(self) -> np.ndarray:
        """Where activations stay."""
        return np.asarray(self.dataflow == 2)

    @cached_property
    def weight_width(self) -> np.ndarray:
        """Bits of the widest weights, which the array is built for."""
        return np.asarray(self.weight_bits.max(axis=1))

    @cached_property
    def activation_width(self) -> np.ndarray:
        """Bits of the widest activations."""
        return np.asarray(self.activation_bits.max(axis=1))
