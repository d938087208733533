"""The roofline: a layer takes as long as its multiplications or its bytes, whichever is longer. A first screen."""

from dataclasses import dataclass, replace

import numpy as np

from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.estimator import PerformanceEstimator
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.loopnest import LoopNest
from genrf.accel.simulate.population import Population
from genrf.accel.simulate.technology import AcceleratorTechnology


@dataclass(frozen=True)
class Roofline(PerformanceEstimator):
    """A lower bound of the clock cycles (Williams, Waterman, Patterson, CACM 2009); the rest is the loop nest's."""

    technology: AcceleratorTechnology

    def estimate(self, layers: LayerTable, population: Population) -> Cost:
        exact = LoopNest(self.technology).estimate(layers, population)
        elements = (population.rows * population.columns)[:, None]
        words = layers.written[:, 1] * layers.filters * -(-layers.channels // population.lanes[:, None])
        compute = np.where(layers.vector, words, np.ceil(layers.macs / elements))
        cycles = np.maximum(compute, exact.dram_cycles)
        return replace(
            exact,
            layer_cycles=cycles,
            compute_cycles=compute,
            utilization=layers.macs / (elements * np.maximum(cycles, 1)),
        )
