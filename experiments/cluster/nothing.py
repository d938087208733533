"""A problem that costs nothing, so that all that is left is the way to a worker and back, or but time."""

import time
from dataclasses import dataclass
from typing import Any

from genrf.core.problem import AbstractProblem, Measurement
from genrf.core.space import Real, Space
from genrf.core.spec import DesignSpec, Metric


@dataclass(frozen=True)
class _Line:
    name: str = "line"
    space: Space = Space((Real("x", 0.0, 1.0),))


@dataclass(frozen=True)
class Nothing(AbstractProblem):
    """Gives back its variable after `wait` seconds, in which it leaves the processor to others."""

    structure: _Line = _Line()
    spec: DesignSpec = DesignSpec("nothing", {"y": {"objective": "minimize"}})
    wait: float = 0.0

    @property
    def metrics(self) -> dict[str, Metric]:
        """One number."""
        return {"y": Metric("", "the variable")}

    def measure(self, values: Any, corner: str = "") -> Measurement:
        """The variable."""
        time.sleep(self.wait)
        return Measurement("ok", {"y": values["x"]})
