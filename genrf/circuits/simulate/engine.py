"""What every circuit simulator offers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from genrf.circuits.testbench import Analysis, Dc, Op, Testbench, Tran, Waveforms
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


def whole(analysis: Analysis, found: Mapping[str, np.ndarray | None]) -> dict[str, np.ndarray] | None:
    """The vectors of an analysis that ran to its end; None when one is missing or cut short."""
    vectors = {name: vector for name, vector in found.items() if vector is not None and _complete(analysis, vector)}
    if len(vectors) < len(found):
        return None
    if isinstance(analysis, Tran) and vectors["time"][-1] < analysis.stop * (1 - 1e-9):
        return None
    return vectors


def _complete(analysis: Analysis, vector: np.ndarray) -> bool:
    if isinstance(analysis, Tran):
        return len(vector) > 1
    if isinstance(analysis, Dc):
        return len(vector) == len(analysis.points())
    return len(vector) == (1 if isinstance(analysis, Op) else len(analysis.grid.frequencies()))
