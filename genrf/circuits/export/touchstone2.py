"""S-parameters and noise parameters as a Touchstone 2.0 file, read back by scikit-rf.

Source: Touchstone File Format Specification, version 2.0, IBIS Open Forum 2009. Unlike in version 1, the noise
resistance is not normalised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrf.circuits.export.flat import afresh, sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.touchstone import PORTS, entry, swept
from genrf.circuits.measure import BOLTZMANN, T0, Z0
from genrf.circuits.noise_parameters import FourSources, NoiseParameters
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Grid
from genrf.core.problem import AbstractExporter, Check, Design

_TOLERANCE = 1e-6
_POINTS = 11  # frequencies of noise parameters, over the band


@dataclass(frozen=True)
class Touchstone2(AbstractExporter):
    """`<circuit>.ts`: S around the band, and in a two-port amplifier its noise parameters over the band."""

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / f"{sizing(design).structure.name}.ts"
        path.write_text("\n".join(_lines(design)) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [check for path in paths for check in _checks(path, design)]


def _lines(design: Design) -> Iterator[str]:
    frequency, s = swept(design)
    noise = _noise(design)
    ports = s.shape[1]
    yield from header(design, "!")
    yield "! ports: " + ", ".join(f"{net} ({number})" for number, net in enumerate(PORTS[ports], 1))
    yield "[Version] 2.0"
    yield f"# Hz S RI R {Z0:g}"
    yield f"[Number of Ports] {ports}"
    if ports == 2:
        yield "[Two-Port Data Order] 21_12"
    yield f"[Number of Frequencies] {len(frequency)}"
    if noise is not None:
        yield f"[Number of Noise Frequencies] {_POINTS}"
    yield "[Reference] " + " ".join([f"{Z0:g}"] * ports)
    yield "[Matrix Format] Full"
    yield "[Network Data]"
    yield from (entry(f, matrix) for f, matrix in zip(frequency, s, strict=True))
    if noise is not None:
        yield "[Noise Data]"
        yield "! frequency in Hz, minimum noise figure in dB, best source: magnitude, degrees; noise resistance in ohm"
        yield from (" ".join(f"{number:.9e}" for number in row) for row in _table(_grid(design), noise))
    yield "[End]"


def _grid(design: Design) -> Grid:
    return Grid("lin", _POINTS, *sizing(design).bench.band)


def _noise(design: Design) -> NoiseParameters | None:
    """The noise parameters over the band; the format has them of two-ports only, and not every bench measures them."""
    problem = sizing(design)
    if len(problem.structure.signals) != 2:
        return None
    sources = next((one for one in problem.bench.procedures if isinstance(one, FourSources)), None)
    if sources is None:
        return None
    try:
        found = sources.parameters(afresh(design), _grid(design))
    except (NoConvergence, NotMeasurable):
        return None
    return found if np.all(np.isfinite(found.f_min)) else None


def _table(grid: Grid, noise: NoiseParameters) -> np.ndarray:
    """The five columns of noise data, a row for each frequency."""
    best = noise.gamma_opt
    decibel = 10.0 * np.log10(noise.f_min)
    return np.array([grid.frequencies(), decibel, np.abs(best), np.degrees(np.angle(best)), noise.rn]).T


def _checks(path: Path, design: Design) -> Iterator[Check]:
    import skrf  # pandas and matplotlib come with it: wanted only here

    frequency, s = swept(design)
    try:
        network = skrf.Network(str(path))
    except (ValueError, IndexError) as refused:
        yield Check(f"touchstone {path.name}", False, f"scikit-rf cannot read it: {refused}")
        return
    same = network.s.shape == s.shape and np.allclose(network.f, frequency, rtol=_TOLERANCE)
    error = float(np.abs(network.s - s).max()) if same else float("inf")
    yield Check(f"touchstone {path.name}", error <= _TOLERANCE, f"scikit-rf reads S within {error:.1g}")
    noise = _noise(design)
    if noise is None:
        return
    read = network.noise_freq is not None and np.allclose(network.noise_freq.f, _grid(design).frequencies())
    error = _noise_error(network.noise, noise) if read else float("inf")
    detail = f"scikit-rf reads noise factors within {error:.1g}"
    yield Check(f"touchstone {path.name} noise", error <= _TOLERANCE, detail)


def _noise_error(matrix: np.ndarray, noise: NoiseParameters) -> float:
    """The largest relative difference of noise factors, by scikit-rf's matrix and by ours, for four sources.

    `matrix` correlates voltage and current at the input, in V^2/Hz, A^2/Hz and V A/Hz: a source of admittance y sees
    F = 1 + <|i + y u|^2> / (4 k T0 Re y). Source: Haus et al., Proc. IRE 48 (1960) 69.
    """
    sources = np.array([0.0, 0.5, 0.5j, -0.3 - 0.4j])
    worst = 0.0
    for y in (1.0 - sources) / (1.0 + sources) / Z0:
        seen = matrix[:, 1, 1] + np.abs(y) ** 2 * matrix[:, 0, 0] + 2.0 * np.real(y * matrix[:, 0, 1])
        theirs = 1.0 + np.real(seen) / (4.0 * BOLTZMANN * T0 * y.real)
        worst = max(worst, float(np.abs(theirs / noise.factor(y) - 1.0).max()))
    return worst
