"""A design drawn as an SVG, which is read back and held against the topology pin by pin."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.problem import SizingProblem
from genrf.circuits.schematic.faults import faults
from genrf.circuits.schematic.read import Drawing
from genrf.core.problem import AbstractExporter, Check, Design


@dataclass(frozen=True)
class Schematic(AbstractExporter):
    """`<circuit>.svg`: the schematic with the design's sizes beside its symbols."""

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / f"{_problem(design).structure.name}.svg"
        path.write_text(_problem(design).drawing(design.values), encoding="utf-8")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [_check(path, _problem(design)) for path in paths]


def _problem(design: Design) -> SizingProblem:
    assert isinstance(design.problem, SizingProblem)
    return design.problem


def _check(path: Path, problem: SizingProblem) -> Check:
    drawing = Drawing.of(path.read_text(encoding="utf-8"))
    found = faults(drawing, problem.structure)
    pins = sum(len(part.pins) * len(part.devices) for part in drawing.parts)
    return Check(
        f"schematic {path.name}", not found, "; ".join(found) or f"its lines join {pins} pins as the circuit does"
    )
