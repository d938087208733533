"""A netlist as it was written: statements in order, values as text. Two netlists are equal when they say the same."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Dialect = Literal["spice", "spectre"]
Assigned = Mapping[str, str]


def _line() -> int:
    return field(default=0, compare=False)  # where it stands in its file


@dataclass(frozen=True)
class Remark:
    """A comment, without the sign that makes it one."""

    text: str
    line: int = _line()


@dataclass(frozen=True)
class Instance:
    """An element, a device or a subcircuit between `nets`; `master` is its model or subcircuit, where it names one.

    In Spectre an analysis has this form too, without nets. `values` are words beside the assignments: `1k`, `dc 1`.
    """

    name: str
    nets: tuple[str, ...]
    master: str
    values: tuple[str, ...]
    parameters: Assigned
    line: int = _line()
    file: str = field(default="", compare=False)  # where it was included from


@dataclass(frozen=True)
class Parameters:
    """Definitions of parameters, as expressions; `f(x)` is a function of parameters."""

    assigned: Assigned
    line: int = _line()
    file: str = field(default="", compare=False)  # where it was included from


@dataclass(frozen=True)
class Model:
    """A model card."""

    name: str
    kind: str
    parameters: Assigned
    line: int = _line()


@dataclass(frozen=True)
class Command:
    """Any other statement: an analysis, an option, an include; `name` in small letters, without SPICE's dot."""

    name: str
    words: tuple[str, ...]
    parameters: Assigned
    line: int = _line()
    file: str = field(default="", compare=False)  # where it was included from


@dataclass(frozen=True)
class Subcircuit:
    """A subcircuit with what stands in it."""

    name: str
    ports: tuple[str, ...]
    parameters: Assigned
    body: tuple["Statement", ...]
    line: int = _line()


@dataclass(frozen=True)
class Section:
    """A named part of a library file."""

    name: str
    body: tuple["Statement", ...]
    line: int = _line()


@dataclass(frozen=True)
class Block:
    """Lines that are kept as they are: ngspice's control language, Spectre's braces. Nothing here is ever run."""

    name: str
    lines: tuple[str, ...]
    line: int = _line()


@dataclass(frozen=True)
class Language:
    """From here on the file is written in another dialect."""

    dialect: Dialect
    line: int = _line()


Statement = Remark | Instance | Parameters | Model | Command | Subcircuit | Section | Block | Language


def safe(net: str) -> str:
    """A net's name as it may stand in a command of the simulator, where `>`, `$` and others mean something."""
    return re.sub(r"[^\w.#]", lambda sign: f"_{ord(sign[0]):x}_", net)


@dataclass(frozen=True)
class Source:
    """One file: the dialect that it begins in, its title (SPICE decks have one) and its statements."""

    dialect: Dialect
    title: str
    body: tuple[Statement, ...]
    path: str = field(default="", compare=False)

    def walk(self) -> Iterator[Statement]:
        """Every statement, those inside of subcircuits and sections too."""
        yield from _walked(self.body)


def _walked(body: tuple[Statement, ...]) -> Iterator[Statement]:
    for statement in body:
        yield statement
        if isinstance(statement, Subcircuit | Section):
            yield from _walked(statement.body)
