"""What every circuit simulator offers."""

from abc import ABC, abstractmethod

from genrf.circuits.testbench import Testbench, Waveforms
from genrf.core.errors import GenrfError


class NoConvergence(GenrfError):
    """An analysis did not run to its end; the message holds what the simulator said."""


class SPICEEngine(ABC):
    """A circuit simulator. Settings only: what is opened for simulation lives in the worker process."""

    @abstractmethod
    def require(self) -> None:
        """Raise ToolNotFound when the simulator is not on this machine."""

    @abstractmethod
    def version(self) -> str:
        """Name and version of the simulator."""

    @abstractmethod
    def simulate(self, testbench: Testbench) -> Waveforms:
        """The vectors of every analysis. Raises NoConvergence when one did not run to its end."""
