"""What every cost model looks like from outside."""

from abc import ABC, abstractmethod

from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.accel.simulate.technology import AcceleratorTechnology


class PerformanceEstimator(ABC):
    """Says what machines take for the layers of a network, many machines at once."""

    technology: AcceleratorTechnology

    @abstractmethod
    def estimate(self, layers: LayerTable, population: Population) -> Cost:
        """The cost of every machine of `population` for every layer."""
