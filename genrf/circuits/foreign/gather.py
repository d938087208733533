"""A netlist with all that it includes: the statements of a whole deck.

Only files below the netlist's own folder, and model libraries below PDK_ROOT, are read. A control block, a path that
leads elsewhere, and a statement that would reach outside are refused by file and line.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genrf.circuits.definitions import Definitions
from genrf.circuits.expressions import expression
from genrf.circuits.foreign.functions import written_out
from genrf.circuits.foreign.lines import Unreadable
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import (
    Block,
    Command,
    Instance,
    Language,
    Parameters,
    Remark,
    Section,
    Source,
    Statement,
    Subcircuit,
)

_OPTIONS = ("reltol", "abstol", "vntol", "chgtol", "gmin", "itl1", "itl2", "itl4", "method", "maxord", "pivtol")
_REFUSED = ("system", "shell", "exec", "csparam", "hdl", "load", "pre_osdi", "codemodel", "python")
_UNKNOWN = (
    "ic",
    "nodeset",
    "data",
    "alter",
    "protect",
    "connect",
)  # passed over, another circuit
_INSTEAD = {"data": "; say in the yaml's `variables` what may vary"}
INCLUDES = ("include", "inc", "lib")
_DEPTH = 20  # of files in each other


@dataclass(frozen=True)
class Deck:
    """A whole netlist: its statements without includes, model libraries, global nets, and lines for the simulator."""

    source: Source
    body: tuple[Statement, ...]
    library: Definitions
    global_nets: tuple[str, ...]
    settings: tuple[str, ...]

    def where(self, instance: Instance) -> str:
        """File and line of an element."""
        return f"{instance.file or self.source.path}:{instance.line}"

    def commands(self, *names: str) -> list[Command]:
        """The commands of these names, in order."""
        return [one for one in self.body if isinstance(one, Command) and one.name in names]


def gather(path: Path) -> Deck:
    """The deck in a file. Raises Unreadable with file, line and reason."""
    return _Gathering(path).deck()


class _Gathering:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = read(path)
        self.root = path.resolve().parent
        self.library = Definitions()

    def deck(self) -> Deck:
        if self.source.dialect == "spectre":
            raise Unreadable(f"{self.path}: Spectre's language is read and written, but not simulated yet; use SPICE")
        body = written_out(tuple(self._flat(self.source.body, self.path, 0)), str(self.path))
        nets = tuple(
            word.lower() for one in body if isinstance(one, Command) and one.name == "global" for word in one.words
        )
        return Deck(self.source, body, self.library, nets, tuple(_settings(body)))

    def _flat(self, body: Sequence[Statement], path: Path, depth: int) -> Iterator[Statement]:
        for one in body:
            if isinstance(one, Block):
                raise Unreadable(
                    f"{path}:{one.line}: a control block is never run; say what to measure in the spec's `meas`"
                )
            if isinstance(one, Command) and one.name in _REFUSED:
                raise Unreadable(f"{path}:{one.line}: .{one.name} is refused in a netlist from outside")
            if isinstance(one, Command) and one.name in _UNKNOWN:
                raise Unreadable(f"{path}:{one.line}: .{one.name} is not understood{_INSTEAD.get(one.name, '')}")
            if isinstance(one, Command) and one.name in INCLUDES:
                yield from self._included(one, path, depth)
            elif isinstance(one, Subcircuit):
                inner = tuple(self._flat(one.body, path, depth))
                yield Subcircuit(one.name, one.ports, one.parameters, inner, one.line)
            elif isinstance(one, Instance | Command | Parameters):
                yield replace(one, file=str(path))
            elif not isinstance(one, Remark | Language | Section):
                yield one

    def _included(self, command: Command, path: Path, depth: int) -> Iterator[Statement]:
        if not command.words:
            raise Unreadable(f"{path}:{command.line}: .{command.name} names no file")
        section = command.words[1].strip("'\"") if len(command.words) > 1 else ""
        file = self._allowed(command, path)
        if depth == _DEPTH:
            raise Unreadable(f"{path}:{command.line}: files include each other more than {_DEPTH} deep")
        if _below(file, _pdk()):
            self.library.add(file, section)
            return
        included = read(file)
        body = included.body if not section else _section(included, section, f"{path}:{command.line}")
        yield from self._flat(body, file, depth + 1)

    def _allowed(self, command: Command, path: Path) -> Path:
        """The file that a statement names, below one of the folders that may be read."""
        text = command.words[0].strip("'\"").replace("$PDK_ROOT", str(_pdk() or "$PDK_ROOT"))
        file = (path.parent / text).resolve()
        if not (_below(file, self.root) or _below(file, _pdk())):
            raise Unreadable(f"{path}:{command.line}: {text!r} lies neither below {self.root} nor below PDK_ROOT")
        if not file.is_file():
            raise Unreadable(f"{path}:{command.line}: {text!r}: no such file")
        return file


def _pdk() -> Path | None:
    root = os.environ.get("PDK_ROOT")
    return Path(root).resolve() if root else None


def _below(file: Path, root: Path | None) -> bool:
    return root is not None and file.is_relative_to(root)


def _section(source: Source, name: str, where: str) -> tuple[Statement, ...]:
    for one in source.body:
        if isinstance(one, Section) and one.name.lower() == name.lower():
            return one.body
    raise Unreadable(f"{where}: {source.path} has no section {name!r}")


def _settings(body: Sequence[Statement]) -> Iterator[str]:
    """Lines of the deck that go to the simulator: tolerances. What lengths are scaled with is in the numbers."""
    for one in body:
        if isinstance(one, Command) and one.name in ("option", "options"):
            kept = {key.lower(): value for key, value in one.parameters.items() if key.lower() in _OPTIONS}
            if kept:
                yield " ".join([".options", *(f"{key}={_plain(value)}" for key, value in kept.items())])


def _plain(text: str) -> str:
    """A number, or the name of a method."""
    return text.lower() if text.isalpha() else repr(expression(text)({}))
