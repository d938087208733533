"""A netlist's text to statements, whatever its dialect, and back to text."""

import re
from collections.abc import Iterator
from pathlib import Path

from genrf.circuits.foreign import spectre, spice
from genrf.circuits.foreign.lines import Unreadable
from genrf.circuits.foreign.syntax import Dialect, Language, Source, Statement

_LARGEST = 20_000_000  # bytes of a file
_SWITCH = re.compile(r"^\s*simulator\s+lang\s*=\s*(\w+).*$", re.M)
_SPECTRE = re.compile(
    r"^\s*(?:(?:inline\s+)?subckt\s|parameters\s|global\s|section\s|//|(?:ahdl_)?include\s+\"|\w\S*\s*\([^()=']*\)\s*\w)",
    re.M,
)
_SPICE = re.compile(
    r"^\s*\.(?:subckt|macro|param|model|inc|lib|option|global|end|temp|tran|ac|dc|op|meas)", re.M | re.I
)
_DECK = re.compile(r"^\s*\.end\s*$", re.M | re.I)


def read(path: Path) -> Source:
    """The netlist in a file.

    Raises Unreadable with file, line and reason, and ConfigError when the file is not there or too large.
    """
    try:
        size = path.stat().st_size
        text = path.read_text(errors="replace") if size <= _LARGEST else ""
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
    if size > _LARGEST:
        raise Unreadable(f"{path}: {size} bytes; a netlist has at most {_LARGEST}")
    return parse(text, str(path))


def parse(text: str, path: str = "netlist") -> Source:
    """The netlist that `text` says. Raises Unreadable with `path`, line and reason."""
    if "\0" in text:
        raise Unreadable(f"{path}:1: not a text file")
    dialect = _dialect(text)
    title, skipped = _title(text, dialect)
    try:
        body = tuple(_parts(text, dialect, skipped))
    except ValueError as error:
        line, reason = error.args if len(error.args) == 2 else (1, str(error))
        raise Unreadable(f"{path}:{line}: {reason}") from error
    return Source(dialect, title, body, path)


def write(source: Source) -> str:
    """The netlist as text, a statement a line; `parse` reads the same statements from it."""
    lines = [source.title] if source.title else []
    dialect = source.dialect
    for statement in source.body:
        lines += (spice if dialect == "spice" else spectre).printed(statement)
        if isinstance(statement, Language):
            dialect = statement.dialect
    if source.title:
        lines.append(".end")
    return "\n".join(lines) + "\n"


def _parts(text: str, dialect: Dialect, skipped: int) -> Iterator[Statement]:
    """The statements of each part between two changes of the language."""
    lines = text.splitlines()[skipped:]
    first = skipped + 1
    part: list[str] = []
    for number, line in enumerate(lines, start=first):
        switch = _SWITCH.match(line)
        if switch is None:
            part.append(line)
            continue
        yield from _read(part, dialect, first)
        dialect = "spectre" if switch[1] == "spectre" else "spice"
        yield Language(dialect, number)
        part, first = [], number + 1
    yield from _read(part, dialect, first)


def _read(lines: list[str], dialect: Dialect, first: int) -> list[Statement]:
    text = "\n".join(lines)
    return spice.statements(text, first) if dialect == "spice" else spectre.statements(text, first)


def _dialect(text: str) -> Dialect:
    """What a file begins in: SPICE where a line begins with one of its dotted commands, Spectre where one looks so."""
    switch = _SWITCH.search(text)
    before = text[: switch.start()] if switch else text
    if _SPICE.search(before):
        return "spice"
    if _SPECTRE.search(before):
        return "spectre"
    return "spectre" if switch is not None and switch[1] == "spectre" else "spice"


def _title(text: str, dialect: Dialect) -> tuple[str, int]:
    """A deck's first line is its title, whatever it says; a file without `.end` is a part of a deck and has none."""
    lines = text.splitlines()
    if dialect == "spectre" or not lines or not _DECK.search(text):
        return "", 0
    first = lines[0].strip()
    return ("", 0) if not first or first[0] in "*.$" else (first, 1)
