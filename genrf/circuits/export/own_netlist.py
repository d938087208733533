"""The user's netlist with a design's values in its `.param` lines, read back and simulated as a fresh process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from genrf.circuits.export.header import origin
from genrf.circuits.foreign.circuit import UserCircuit
from genrf.circuits.foreign.fixture import NAME, Fixture
from genrf.circuits.foreign.gather import INCLUDES
from genrf.circuits.foreign.problem import UserProblem
from genrf.circuits.foreign.reader import parse, write
from genrf.circuits.foreign.syntax import Command, Instance, Parameters, Remark, Source, Statement, Subcircuit
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import engineering, spice_suffixed

_RELATIVE = 1e-4  # between values measured in process and by a fresh ngspice
_SECONDS = 60.0


@dataclass(frozen=True)
class OwnNetlist(AbstractExporter):
    """`<netlist>.sp`: every statement as it was, but for the parameters that were sized."""

    writes = (UserProblem,)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        problem = _problem(design)
        path = folder / f"{problem.structure.name}.sp"
        path.write_text(write(_sized(problem.structure, design)))
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        return [_check(path, design) for path in paths]


def _problem(design: Design) -> UserProblem:
    assert isinstance(design.problem, UserProblem)
    return design.problem


def _sized(structure: UserCircuit, design: Design) -> Source:
    """The netlist with the design's values; what it includes is named by its whole path."""
    source = structure.deck.source
    problem = _problem(design)
    goals = [name for name in problem.spec.goals if name in design.metrics]
    reached = [f"{name} = {engineering(design.metrics[name], problem.known[name].unit)}" for name in goals]
    said = (Remark(f"{origin(design)}; this file is yours"), *map(Remark, reached))
    values = {name.lower(): value for name, value in design.values.items()}
    folder = Path(source.path).resolve().parent
    return replace(source, body=(*said, *(_with(one, values, folder) for one in source.body)))


def _with(statement: Statement, values: Mapping[str, float], folder: Path) -> Statement:
    if isinstance(statement, Command) and statement.name in INCLUDES and statement.words:
        file = statement.words[0].strip("'\"")
        whole = file if file.startswith("$") else str((folder / file).resolve())
        return replace(statement, words=(f'"{whole}"', *statement.words[1:]))
    if not isinstance(statement, Parameters):
        return statement
    assigned = {
        name: spice_suffixed(values[name.lower()]) if name.lower() in values else text
        for name, text in statement.assigned.items()
    }
    return replace(statement, assigned=assigned)


@dataclass(frozen=True)
class _AsWritten(Netlist):
    """A deck whose lines ngspice reads as they stand in a file; the elements only name its nets."""

    text: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        return list(self.text)

    def joined(self, more: Iterable[Element]) -> Netlist:
        added = tuple(more)
        return _AsWritten((*self.elements, *added), self.models, (*self.text, *(one.line() for one in added)))


def _as_written(source: Source, flat: Netlist) -> Netlist:
    """The whole file."""
    return _AsWritten(flat.elements, (), tuple(_lines(source.body)))


def _part_as_written(source: Source, fixture: Fixture | None, dut: Netlist) -> Netlist:
    """What of the file stands in the bench: a subcircuit, or the elements but for the sources that the bench replaces.

    These are put into a subcircuit of their own, whose ports are the nets that the bench knows.
    """
    assert fixture is not None
    instances = [one for one in source.body if isinstance(one, Instance)]
    rest = [one for one in source.body if not isinstance(one, Instance)]
    outside = [one.line() for one in dut.elements if one.name.startswith(f"v{NAME}.")]  # the bench's, by `voltages`
    if fixture.circuit:
        made: list[Statement] = [fixture.instance()]
    else:
        ports = [net for net in fixture.nets if net != GROUND]
        kept = tuple(one for one in instances if not fixture.replaces(one))
        called = tuple(map(fixture.outer, ports))
        made = [Subcircuit(NAME, tuple(ports), {}, kept), Instance(NAME, called, NAME, (), {})]
    return _AsWritten(dut.elements, (), (*_lines([*rest, *made]), *outside))


def _lines(body: Iterable[Statement]) -> Iterator[str]:
    whole = write(Source("spice", "", tuple(body)))
    return (line for line in whole.splitlines() if line.lower() != ".end")


def _check(path: Path, design: Design) -> Check:
    """What ngspice makes of the file by itself, parameters and subcircuits included, against the measured values."""
    problem, source = _problem(design), parse(path.read_text(), str(path))
    if source != _sized(problem.structure, design):
        return Check(f"netlist {path.name}", False, "it does not read back as it was written")
    engine = NgSpiceBatchEngine(_SECONDS)
    again = problem.measured_by(
        engine, design.values, partial(_as_written, source), partial(_part_as_written, source, problem.fixture)
    )
    if again.status != "ok":
        return Check(f"netlist {path.name}", False, again.message)
    asked = problem.spec.goals.keys() | problem.own.metrics({}).keys()  # others may be no more than rounding
    found = {name: value for name, value in again.metrics.items() if name in asked}
    apart = {name: abs(value - design.metrics[name]) / max(abs(value), 1e-12) for name, value in found.items()}
    worst = max(apart, key=lambda name: apart[name])
    detail = f"ngspice -b reads it by itself and finds {worst} within {apart[worst]:.1g}"
    return Check(f"netlist {path.name}", apart[worst] <= _RELATIVE, detail)
