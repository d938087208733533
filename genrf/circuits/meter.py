"""How a circuit is measured in its bench: what is cheap first, then procedures as long as every limit so far holds."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from genrf.circuits.bench import AbstractBench
from genrf.circuits.measure import metrics
from genrf.circuits.procedure import NotMeasurable, Setup
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from genrf.circuits.testbench import Testbench
from genrf.core.problem import Measurement
from genrf.core.spec import DesignSpec

_DIGITS = 9  # of a metric; Newton's iteration leaves traces of the circuit's last design from the twelfth on


@dataclass(frozen=True)
class Meter:
    """A bench with an engine that simulates it, for the goals of a spec."""

    bench: AbstractBench
    spec: DesignSpec
    engine: SPICEEngine

    def small(self, testbench: Testbench, keep: bool = False) -> Measurement:
        """What the bench reads from its own analyses, with their waveforms as curves where these are to be kept."""

        def read() -> Measurement:
            waveforms = self.engine.simulate(testbench)
            return checked(metrics(waveforms, self.bench.measures), waveforms if keep else None)

        return attempted(read)

    def costly(self, measured: Measurement, setup: Callable[[], Setup]) -> Measurement:
        """`measured` with the metrics that take more, in the order of their cost, until a limit does not hold."""
        for procedure in self.bench.procedures:
            if self.spec.wanted.isdisjoint(procedure.metrics):
                continue
            if measured.status != "ok" or self.spec.misses(measured.metrics):
                break
            known, curves, measure = measured.metrics, measured.curves, procedure.measure
            measured = attempted(lambda: checked({**known, **measure(setup())}, curves))  # noqa: B023  # called at once
        return measured

    def sketch(self, testbench: Testbench, setup: Callable[[], Setup]) -> Measurement:
        """What `small` gives, with the curves that the bench's figures cannot do without."""
        measured = self.small(testbench, keep=True)
        if measured.curves is None:
            return measured
        return replace(measured, curves={**measured.curves, **_rounded(self.bench.curves(setup()))})

    def survey(self, testbench: Testbench, setup: Callable[[], Setup]) -> Measurement:
        """What `sketch` gives, with all curves that the bench's figures want."""
        measured = self.sketch(testbench, setup)
        if measured.curves is None:
            return measured
        return replace(measured, curves={**measured.curves, **self.extras(setup)})

    def extras(self, setup: Callable[[], Setup]) -> dict[str, Any]:
        """The curves that `sketch` leaves out, since they take transients and sweeps."""
        curves = dict(self.bench.extras(setup()))
        for procedure in self.bench.procedures:
            if not self.spec.wanted.isdisjoint(procedure.metrics):
                curves |= procedure.curves(setup())
        return {name: _rounded(curve) for name, curve in curves.items()}


def _rounded(curve: Any) -> Any:
    """A curve, or several by name, to the digits of a metric; what is complex as it is."""
    if isinstance(curve, Mapping):
        return {name: _rounded(one) for name, one in curve.items()}
    if isinstance(curve, np.ndarray) and curve.dtype == float:
        return np.array([_digits(value) for value in curve.ravel()]).reshape(curve.shape)
    return _digits(curve) if isinstance(curve, float) else curve


def _digits(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def attempted(measure: Callable[[], Measurement]) -> Measurement:
    """The measurement, or the status of one that could not be made."""
    try:
        return measure()
    except NoConvergence as error:
        return Measurement("no_convergence", message=str(error))
    except NotMeasurable as error:
        return Measurement("invalid", message=str(error))


def checked(found: Mapping[str, float], curves: Any = None) -> Measurement:
    """Metrics as a measurement; `invalid` where one is no number."""
    for name, value in found.items():
        if not math.isfinite(value):
            return Measurement("invalid", message=f"{name} is {value}")
    return Measurement("ok", {name: _digits(value) for name, value in found.items()}, curves=curves)
