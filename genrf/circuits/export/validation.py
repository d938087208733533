"""The validation of a design as `validation.json`: every finding, and where every transistor works."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from genrf.circuits.confined import confined
from genrf.circuits.export.header import origin
from genrf.circuits.foreign.problem import UserProblem
from genrf.circuits.operating_points import drawn_names, operating_points, renamed
from genrf.circuits.problem import SizingProblem
from genrf.circuits.rules.regions import Transistor
from genrf.circuits.signoff import signoff
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.validator import Validation
from genrf.core.problem import AbstractExporter, Check, Design, Panel

_SAID = (
    "Of what is found at several corners the worst one, with its corner; none is named for the nominal one. Values and "
    "limits are in validation.json."
)


@dataclass(frozen=True)
class ValidationReport(AbstractExporter):
    """`validation.json`; the check fails when a finding is an error."""

    writes = (SizingProblem, UserProblem)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        path = folder / "validation.json"
        look = partial(signoff, design.problem, design.values, design.metrics)
        validation = confined(look) if design.problem.foreign else look()
        said = {"circuit": design.problem.structure.name, "origin": origin(design), **plain(validation)}
        path.write_text(json.dumps(said, indent=2) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [_check(path, design) for path in paths]

    def panels(self, paths: Sequence[Path], design: Design) -> list[Panel]:
        problem = design.problem
        devices = [one.name for one in problem.structure.devices] if isinstance(problem, SizingProblem) else []
        return [panel for path in paths for panel in _panels(json.loads(path.read_text()), devices)]


def plain(validation: Validation) -> dict[str, Any]:
    """A validation as JSON has it."""
    return {
        "passed": validation.passed,
        "summary": validation.summary,
        "findings": [_rounded(asdict(finding)) for finding in validation.findings],
        "transistors": [_rounded(asdict(transistor)) for transistor in validation.transistors],
    }


def _rounded(said: dict[str, Any]) -> dict[str, Any]:
    """Numbers with as many digits as a simulator's tolerance leaves, also in what lies within."""
    return {
        name: float(f"{one:.6g}") if isinstance(one, float) else _rounded(one) if isinstance(one, dict) else one
        for name, one in said.items()
    }


def _panels(read: Mapping[str, Any], devices: Sequence[str]) -> Iterator[Panel]:
    names = drawn_names((one["device"] for one in read["transistors"]), devices)
    yield from operating_points([Transistor(**one) for one in read["transistors"]], names)
    if findings := read["findings"]:
        columns = ("severity", "rule", "device", "what", "corner")
        cells = {name: [renamed(one[name] or "", names) for one in findings] for name in columns}
        yield Panel.table("Findings", cells, _SAID)


def _check(path: Path, design: Design) -> Check:
    read = json.loads(path.read_text())
    errors = [f"{one['device']} {one['what']}".strip() for one in read["findings"] if one["severity"] == "error"]
    return Check(f"validation {design.id}", read["passed"], "; ".join([read["summary"], *errors]))
