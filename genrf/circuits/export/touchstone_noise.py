"""The noise parameters of a two-port amplifier as Touchstone files have them, and whether they are read back."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Complex

from genrf.circuits.export.flat import afresh, sizing
from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.noise_parameters import FourSources, NoiseParameters
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Grid
from genrf.core.problem import Check, Design

POINTS = 11  # frequencies, over the band
SOURCES = np.array([0.0, 0.5, 0.5j, -0.3 - 0.4j])  # reflections whose noise factors tell all four parameters
_TOLERANCE = 1e-6
_REMARK = "! frequency in Hz, minimum noise figure in dB, best source: magnitude, degrees; noise resistance {unit}"


def parameters(design: Design) -> NoiseParameters | None:
    """Those over the band; None where the format or the bench knows none, or where they cannot be measured."""
    sources = _sources(design)
    if sources is None:
        return None
    try:
        found = sources.parameters(afresh(design), _grid(design))
    except (NoConvergence, NotMeasurable):
        return None
    return found if np.all(np.isfinite(found.f_min)) else None


def _sources(design: Design) -> FourSources | None:
    """How noise parameters are measured; the format has them of two-ports only, and not every bench measures them."""
    problem = sizing(design)
    if len(problem.structure.signals) != 2:
        return None
    return next((one for one in problem.bench.procedures if isinstance(one, FourSources)), None)


def lines(design: Design, found: NoiseParameters, ohms: float = 1.0) -> Iterator[str]:
    """A remark and a line for each frequency; the noise resistance as a multiple of so many ohms."""
    yield _REMARK.format(unit="in ohm" if ohms == 1.0 else f"over {ohms:g} ohm")
    best = found.gamma_opt
    columns = (10.0 * np.log10(found.f_min), np.abs(best), np.degrees(np.angle(best)), found.rn / ohms)
    for row in np.array([_grid(design).frequencies(), *columns]).T:
        yield " ".join(f"{number:.9e}" for number in row)


def checks(name: str, network: Any, found: NoiseParameters | None, design: Design) -> Iterator[Check]:
    """Whether scikit-rf's network has the noise that was found of the design; nothing where noise is not measured.

    A design whose noise could not be measured has none in its file, which is said: nobody could hold it against that.
    """
    if found is None:
        if _sources(design) is not None:
            yield Check(f"{name} noise", None, "its noise parameters could not be measured: the file has none")
        return
    read = network.noise_freq is not None and np.allclose(network.noise_freq.f, _grid(design).frequencies())
    error = _error(network.noise, found) if read else float("inf")
    yield Check(f"{name} noise", error <= _TOLERANCE, f"scikit-rf reads noise factors within {error:.1g}")


def _grid(design: Design) -> Grid:
    return Grid("lin", POINTS, *sizing(design).bench.band)


def _error(matrix: Complex[np.ndarray, "n 2 2"], noise: NoiseParameters) -> float:
    """The largest relative difference of noise factors, by scikit-rf's matrix and by ours, for four sources.

    `matrix` correlates voltage and current at the input, in V^2/Hz, A^2/Hz and V A/Hz: a source of admittance y sees
    F = 1 + <|i + y u|^2> / (4 k T0 Re y). Source: Haus et al., Proc. IRE 48 (1960) 69.
    """
    worst = 0.0
    for y in (1.0 - SOURCES) / (1.0 + SOURCES) / Z0:
        seen = matrix[:, 1, 1] + np.abs(y) ** 2 * matrix[:, 0, 0] + 2.0 * np.real(y * matrix[:, 0, 1])
        theirs = 1.0 + np.real(seen) / (4.0 * BOLTZMANN * T0 * y.real)
        worst = max(worst, float(np.abs(theirs / noise.factor(y) - 1.0).max()))
    return worst
