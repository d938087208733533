"""A design drawn as an SVG, which is read back and held against the circuit by pins, names and values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from genrf.circuits.export.header import origin
from genrf.circuits.foreign.problem import UserProblem
from genrf.circuits.problem import SizingProblem
from genrf.circuits.schematic.faults import faults
from genrf.circuits.schematic.read import Drawing
from genrf.core.problem import AbstractExporter, Check, Design


@dataclass(frozen=True)
class Schematic(AbstractExporter):
    """`<circuit>.svg`: the schematic with the design's sizes beside its symbols."""

    writes = (SizingProblem, UserProblem)

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / f"{design.problem.structure.name}.svg"
        drawn = design.problem.drawing(design.values)
        path.write_text(drawn.replace("</title>\n", f"</title>\n{_described(design)}", 1), encoding="utf-8")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [_check(path, design) for path in paths]


def _described(design: Design) -> str:
    """What the drawing is of; a netlist of the user's own says so itself."""
    return f"<desc>{escape(origin(design))}</desc>\n" if isinstance(design.problem, SizingProblem) else ""


def _check(path: Path, design: Design) -> Check:
    what = f"schematic {path.name}"
    try:
        drawing = Drawing.of(path.read_text(encoding="utf-8"))
    except (ValueError, ElementTree.ParseError) as refused:
        return Check(what, False, str(refused))
    found = _faults(drawing, design)
    pins = sum(len(part.pins) * len(part.devices) for part in drawing.parts)
    good = f"its lines join {pins} pins as the circuit does, names and values are the design's"
    return Check(what, not found, "; ".join(found) or good)


def _faults(drawing: Drawing, design: Design) -> list[str]:
    assert isinstance(design.problem, SizingProblem | UserProblem)
    values = design.values
    return faults(drawing, design.problem.pictured(values), *design.problem.written(values))
