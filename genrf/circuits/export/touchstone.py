"""S-parameters, and an amplifier's noise parameters, as a Touchstone 1.1 file, read back by scikit-rf.

Source: Touchstone File Format Specification, revision 1.1, EIA/IBIS Open Forum 2002: noise follows the network's data,
from a frequency below their last one, its resistance over the reference.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.balun import single_ended
from genrf.circuits.export import touchstone_noise
from genrf.circuits.export.header import header
from genrf.circuits.export.touchstone_reader import Outline, other_outline, outline
from genrf.circuits.measure import Z0, scattering
from genrf.circuits.problem import SizingProblem
from genrf.circuits.testbench import Sp
from genrf.core.problem import AbstractExporter, Check, Design

_TOLERANCE = 1e-6
PORTS = {2: ("in", "out"), 4: ("inp", "outp", "inn", "outn")}


@dataclass(frozen=True)
class Touchstone(AbstractExporter):
    """`<design>.s2p`, of a differential amplifier `.s4p`: S over the band and around it, real and imaginary, 50 ohm.

    A two-port amplifier's has the noise parameters over the band behind them. A circuit without S-parameters has no
    file, and a check that says so.
    """

    writes = (SizingProblem,)

    def export(self, design: Design, folder: Path) -> list[Path]:
        if not scattered(design):
            return []
        frequency, s = swept(design)
        path = folder / f"{design.problem.structure.name}.s{s.shape[1]}p"
        ports = ", ".join(f"{net} ({number})" for number, net in enumerate(PORTS[s.shape[1]], 1))
        lines = [*header(design, "!"), f"! S-parameters of ports {ports}", f"# Hz S RI R {Z0:g}"]
        lines += [entry(f, matrix) for f, matrix in zip(frequency, s, strict=True)]
        noise = touchstone_noise.parameters(design)
        if noise is not None:
            lines += touchstone_noise.lines(design, noise, Z0)
        path.write_text("\n".join(lines) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return read_back("touchstone", paths, design, _outline)


def _outline(design: Design, noise: int) -> Outline:
    """What the file says beside its numbers, and how many there are; `noise` frequencies."""
    frequency, s = swept(design)
    return Outline([("#", f"hz s ri r {Z0:g}")], {"#": len(frequency) * (1 + 2 * s.shape[1] ** 2) + 5 * noise})


def scattered(design: Design) -> bool:
    """Whether S-parameters were swept; an oscillator has none."""
    return "wide" in (design.curves or {})


def read_back(
    name: str, paths: Sequence[Path], design: Design, wanted: Callable[[Design, int], Outline]
) -> list[Check]:
    """What scikit-rf reads of each file, and what it says beside its numbers, against the design.

    `wanted` gives the latter for a count of frequencies that noise is written at.
    """
    if not scattered(design):
        return [Check(name, False, f"{design.problem.structure.name} has no S-parameters: nothing was written")]
    return [check for path in paths for check in _checks(path, design, wanted)]


def _checks(path: Path, design: Design, wanted: Callable[[Design, int], Outline]) -> Iterator[Check]:
    import skrf  # pandas and matplotlib come with it: wanted only here

    name = f"touchstone {path.name}"
    frequency, s = swept(design)
    try:
        network = skrf.Network(str(path))
    except (ValueError, IndexError) as refused:
        yield Check(name, False, f"scikit-rf cannot read it: {refused}")
        return
    same = network.s.shape == s.shape and np.allclose(network.f, frequency, rtol=_TOLERANCE)
    error = float(np.abs(network.s - s).max()) if same else float("inf")
    noise = touchstone_noise.parameters(design)
    points = 0 if noise is None else touchstone_noise.POINTS
    wrong = [*other_outline(wanted(design, points), outline(path.read_text()))]
    yield Check(
        name, error <= _TOLERANCE and not wrong, "; ".join([f"scikit-rf reads S within {error:.1g}", *wrong[:5]])
    )
    yield from touchstone_noise.checks(name, network, noise, design)


def swept(design: Design) -> tuple[Float[np.ndarray, "n"], Complex[np.ndarray, "n p p"]]:
    """Frequencies, and S of the circuit's own ports: of the modes the bench knows."""
    assert isinstance(design.problem, SizingProblem)
    wide = design.problem.bench.survey().analyses["wide"]
    assert isinstance(wide, Sp)
    s = scattering(design.curves["wide"], range(1, wide.ports + 1))
    return wide.grid.frequencies(), single_ended(s) if wide.ports == 4 else s


def entry(frequency: float, s: Complex[np.ndarray, "p p"]) -> str:
    """One frequency: a two-port in one line, columns first, as the standard has it; else a line for each row."""
    if len(s) == 2:
        return f"{frequency:.9e} {_numbers(s.T.ravel())}"
    first, *rows = (_numbers(row) for row in s)
    return "\n".join([f"{frequency:.9e} {first}", *rows])


def _numbers(entries: Complex[np.ndarray, "n"]) -> str:
    return " ".join(f"{number: .9e}" for entry in entries for number in (entry.real, entry.imag))
