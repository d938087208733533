"""The SPICE dialects, ngspice's and HSPICE's (CDL is one of them): from text to statements and back."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from genrf.circuits.foreign.lines import Logical, joined, split
from genrf.circuits.foreign.lines import words as apart
from genrf.circuits.foreign.syntax import (
    Block,
    Command,
    Instance,
    Language,
    Model,
    Parameters,
    Remark,
    Section,
    Statement,
    Subcircuit,
)

MARKS = re.compile(r"\*|//|;|\$")
BESIDE = re.compile(r"\s*;|\s//|\s\$")
_NETS = {"r": 2, "c": 2, "l": 2, "v": 2, "i": 2, "b": 2, "d": 2, "j": 3, "z": 3, "m": 4, "s": 4, "t": 4, "o": 4, "w": 2,
         "f": 2, "h": 2, "k": 0}  # fmt: skip
_WITH_MASTER = "djzmqow"
_LAST = "xanuy"  # the last word is what they are an instance of
_CONTROLLED = ("poly", "vol", "cur", "value", "table", "laplace", "vcvs", "vccs", "opamp", "delay", "freq", "foster")
_DEPTH = 50  # of subcircuits and sections that are written in each other
_NUMBER = re.compile(r"[-+]?(\d|\.\d)")


def statements(text: str, first: int = 1) -> list[Statement]:
    """What `text` says, without its title. Raises ValueError `(line, reason)` for what cannot be read."""
    return _Reader(joined(text, MARKS, BESIDE, first)).body()


class _Reader:
    """Goes through the statements, nested ones included."""

    def __init__(self, lines: Iterator[Logical]) -> None:
        self.lines = lines
        self.depth = 0

    def body(self, ends: tuple[str, ...] = (), opened: Logical | None = None) -> list[Statement]:
        if self.depth > _DEPTH:
            raise ValueError(f"more than {_DEPTH} subcircuits and sections in each other")
        self.depth += 1
        found: list[Statement] = []
        for line in self.lines:
            command = line.text.split(maxsplit=1)[0].lower() if line.text and not line.remark else ""
            if command in ends:
                self.depth -= 1
                return found
            if command == ".end":
                found += [Remark(one.text, one.line) for one in self.lines if one.remark]
                return found
            try:
                found.append(self.one(line, command))
            except ValueError as error:
                raise _at(line, error) from error
        if opened is not None:
            raise ValueError(opened.line, f"{opened.text.split()[0]} has no {ends[0]}")
        return found

    def one(self, line: Logical, command: str) -> Statement:
        if line.remark:
            return Remark(line.text, line.line)
        if command == ".control":
            return self.block(line)
        return self.command(line, command) if command.startswith(".") else _instance(line)

    def command(self, line: Logical, command: str) -> Statement:
        words, assigned = split(line.text)
        match command:
            case ".subckt" | ".macro":
                made: Statement = self.subcircuit(line, words, assigned)
            case ".lib" if len(words) == 2 and not _quoted(words[1]):
                made = Section(words[1], tuple(self.body((".endl",), line)), line.line)
            case ".param":
                made = Parameters(split(line.text, calls=True)[1], line.line)
            case ".model":
                made = _model(line)
            case _:
                made = Command(command[1:], words[1:], assigned, line.line)
                if not _whole(printed(made), line.text):  # `.meas ac ugf when vdb(out)=0` assigns nothing
                    made = Command(command[1:], tuple(apart(line.text))[1:], {}, line.line)
        return made

    def subcircuit(self, line: Logical, words: Sequence[str], assigned: dict[str, str]) -> Subcircuit:
        if len(words) < 2:
            raise ValueError("a subcircuit needs a name")
        ports = tuple(word for word in words[2:] if word.lower() != "params:")
        body = tuple(self.body((".ends", ".eom"), line))
        return Subcircuit(words[1], ports, assigned, body, line.line)

    def block(self, line: Logical) -> Block:
        kept: list[str] = []
        for inner in self.lines:
            if inner.text.lower().startswith(".endc") and not inner.remark:
                return Block("control", tuple(kept), line.line)
            if not inner.remark:
                kept.append(inner.text)
        raise ValueError(".control has no .endc")


def _whole(written: Iterable[str], text: str) -> bool:
    """Whether a statement as it would be written says all that `text` does."""
    return "".join("".join(written).split()).lower() == "".join(text.split()).lower()


def _at(line: Logical, error: ValueError) -> ValueError:
    """The error with its line, kept where an inner statement has said one."""
    return error if len(error.args) == 2 else ValueError(line.line, str(error))


def _quoted(word: str) -> bool:
    return word[0] in "'\"" or "/" in word or "." in word


def _model(line: Logical) -> Model:
    head, bracket, inner = line.text.partition("(")
    if bracket and "=" not in head and inner.rstrip().endswith(")"):
        words, assigned = split(head + " " + inner.rstrip()[:-1])
    else:
        words, assigned = split(line.text)
    if len(words) < 3:
        raise ValueError("a model card needs a name and a type")
    return Model(words[1], words[2], {**{word: "" for word in words[3:]}, **assigned}, line.line)


def _instance(line: Logical) -> Instance:
    """An element by its letter."""
    words, assigned = split(line.text)
    if not words:
        raise ValueError(f"cannot read {line.text!r}")
    name, rest = words[0], [word for word in words[1:] if word not in ("/", "params:", "PARAMS:")]
    letter = name[0].lower()
    if letter in _LAST:
        if len(rest) < 1:
            raise ValueError(f"element {name!r} names nothing that it is an instance of")
        return Instance(name, tuple(rest[:-1]), rest[-1], (), assigned, line.line)
    count = _count(letter, rest, name)
    if len(rest) < count:
        raise ValueError(f"element {name!r} needs {count} nets, got {len(rest)}")
    nets, values = tuple(rest[:count]), rest[count:]
    master = ""
    if letter in _WITH_MASTER:
        if not values:
            raise ValueError(f"element {name!r} names no model")
        master, *values = values
    return Instance(name, nets, master, tuple(values), assigned, line.line)


def _count(letter: str, rest: Sequence[str], name: str) -> int:
    """How many of the words behind a name are nets."""
    if letter in "eg":
        keyword = rest[2].lower().split("(")[0] if len(rest) > 2 else ""
        return 2 if len(rest) < 5 or keyword in _CONTROLLED else 4
    if letter == "q":
        return 4 if len(rest) > 4 and not _NUMBER.match(rest[4]) else 3
    if letter == "m" and len(rest) == 4:
        return 3  # CDL may leave the bulk to the model
    if letter not in _NETS:
        raise ValueError(f"no element begins with {name[0]!r}: {name!r}")
    return _NETS[letter]


def printed(statement: Statement) -> Iterator[str]:
    """The lines of a statement."""
    match statement:
        case Remark():
            yield f"* {statement.text}".rstrip()
        case Instance():
            master = [statement.master] if statement.master else []
            yield line_of((statement.name, *statement.nets, *master, *statement.values), statement.parameters)
        case Parameters():
            yield line_of((".param",), statement.assigned)
        case Model():
            flags = [key for key, value in statement.parameters.items() if not value]
            values = {key: value for key, value in statement.parameters.items() if value}
            yield line_of((".model", statement.name, statement.kind, *flags), values)
        case Command():
            yield line_of((f".{statement.name}", *statement.words), statement.parameters)
        case Subcircuit():
            yield line_of((".subckt", statement.name, *statement.ports), statement.parameters)
            yield from chain.from_iterable(map(printed, statement.body))
            yield f".ends {statement.name}"
        case Section():
            yield f".lib {statement.name}"
            yield from chain.from_iterable(map(printed, statement.body))
            yield f".endl {statement.name}"
        case Block():
            yield from (f".{statement.name}", *statement.lines, ".endc")
        case Language():
            yield f"simulator lang={statement.dialect}"


def line_of(words: Iterable[str], assigned: Mapping[str, str]) -> str:
    """Words and assignments on one line."""
    return " ".join([*words, *(f"{key}={value}" for key, value in assigned.items())])
