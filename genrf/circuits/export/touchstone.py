"""S-parameters as a Touchstone 1.1 file, read back by scikit-rf."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.export.header import header
from genrf.circuits.measure import Z0, scattering
from genrf.circuits.problem import SizingProblem
from genrf.circuits.testbench import Sp
from genrf.core.problem import AbstractExporter, Check, Design

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Touchstone(AbstractExporter):
    """`<design>.s2p`: S over the band and around it, real and imaginary part, 50 ohm."""

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / f"{design.problem.structure.name}.s2p"
        frequency, s = _swept(design)
        lines = [*header(design, "!"), "! S-parameters of ports in (1) and out (2)", f"# Hz S RI R {Z0:g}"]
        lines += [_line(f, matrix) for f, matrix in zip(frequency, s, strict=True)]
        path.write_text("\n".join(lines) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        import skrf  # pandas and matplotlib come with it: wanted only here

        frequency, s = _swept(design)
        checks = []
        for path in paths:
            network = skrf.Network(str(path))
            same = network.s.shape == s.shape and np.allclose(network.f, frequency, rtol=_TOLERANCE)
            error = float(np.abs(network.s - s).max()) if same else float("inf")
            checks.append(
                Check(f"touchstone {path.name}", error <= _TOLERANCE, f"scikit-rf reads S within {error:.1g}")
            )
        return checks


def _swept(design: Design) -> tuple[Float[np.ndarray, "n"], Complex[np.ndarray, "n 2 2"]]:
    assert isinstance(design.problem, SizingProblem)
    wide = design.problem.bench.survey().analyses["wide"]
    assert isinstance(wide, Sp)
    return wide.grid.frequencies(), scattering(design.curves["wide"])


def _line(frequency: float, s: Complex[np.ndarray, "2 2"]) -> str:
    """One frequency of a two-port: S11 S21 S12 S22, columns first, as the standard has it for two ports."""
    numbers = [part for entry in s.T.ravel() for part in (entry.real, entry.imag)]
    return f"{frequency:.9e} " + " ".join(f"{number: .9e}" for number in numbers)
