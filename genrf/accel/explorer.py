"""Whole populations of machines for one network, without a search: tens of thousands in a second."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.estimator import PerformanceEstimator
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.accel.workload import ModelProfile
from genrf.core import pareto


@dataclass(frozen=True, eq=False)
class DesignSpaceExplorer:
    """A profiled network and a cost model; every operand has `bits` bits."""

    profile: ModelProfile
    estimator: PerformanceEstimator
    bits: int = 8

    def explore(self, machines: Sequence[AcceleratorConfig]) -> Cost:
        """The cost of each machine for each layer that multiplies."""
        layers = LayerTable.of_profile(self.profile)
        return self.estimator.estimate(layers, Population.of(machines, self.bits, self.bits, len(layers.names)))

    def front(self, machines: Sequence[AcceleratorConfig]) -> list[AcceleratorConfig]:
        """The machines that no other beats in latency, energy and area together."""
        cost = self.explore(machines)
        F = np.stack([cost.latency, cost.energy, cost.area], axis=1)
        return [machines[place] for place in np.flatnonzero(pareto.front(F, np.zeros(len(F)))).tolist()]
