"""What machines take for a network: clock cycles, energy, area, traffic."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

PARTS = ("array and lanes", "accumulators", "line buffer", "activation buffer", "weight buffer")  # of a machine's area
TAKING = (*PARTS, "memory outside")  # energy


@dataclass(frozen=True, eq=False)
class Cost:
    """What n machines take for m layers. Clock cycles and joule are [n, m], the rest [n]."""

    layer_cycles: np.ndarray
    compute_cycles: np.ndarray  # of each layer, were there no waiting
    layer_energy: np.ndarray
    energies: np.ndarray  # [n, 6], joule of an inference, of `TAKING`
    dram_bytes: np.ndarray  # [n, m]
    layer_bytes: np.ndarray  # [n, m], read and written once, wherever from
    dram_cycles: np.ndarray  # [n, m], that the traffic alone would take
    stream_cycles: np.ndarray  # input in, output out
    areas: np.ndarray  # [n, 5], square metres, of `PARTS`
    spill: np.ndarray  # bytes of activations and weights that their buffers lack
    utilization: np.ndarray  # [n, m], multiplications per element and clock cycle
    clock: np.ndarray

    @cached_property
    def area(self) -> np.ndarray:
        """Of all parts together, in square metres."""
        return np.asarray(self.areas.sum(axis=1))

    @cached_property
    def cycles(self) -> np.ndarray:
        """Of an inference, with its input and output."""
        return np.asarray(self.layer_cycles.sum(axis=1) + self.stream_cycles)

    @cached_property
    def latency(self) -> np.ndarray:
        """Of an inference, in seconds."""
        return np.asarray(self.cycles / self.clock)

    @cached_property
    def energy(self) -> np.ndarray:
        """Of an inference, in joule."""
        return np.asarray(self.layer_energy.sum(axis=1))
