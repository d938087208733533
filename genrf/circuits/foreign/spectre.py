"""Spectre's own language: from text to statements and back."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from genrf.circuits.foreign.lines import Logical, joined, split
from genrf.circuits.foreign.spice import line_of
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

MARKS = re.compile(r"//|\*")
BESIDE = re.compile(r"\s*//")
_COMMANDS = (
    "global", "include", "ahdl_include", "save", "ic", "nodeset", "library", "endlibrary", "print", "else", "if",
    "function", "protect", "unprotect", "export", "assert",
)  # fmt: skip
_BRACED = re.compile(r"(real|statistics|if|else|model|process|mismatch|vary|truncate|.*\ssweep|.*\smontecarlo)\b", re.I)


def statements(text: str, first: int = 1) -> list[Statement]:
    """What `text` says. Raises ValueError `(line, reason)` for what cannot be read."""
    return _Reader(joined(text, MARKS, BESIDE, first)).body()


class _Reader:
    """Goes through the statements, nested ones included."""

    def __init__(self, lines: Iterator[Logical]) -> None:
        self.lines = lines

    def body(self, end: str = "", opened: Logical | None = None) -> list[Statement]:
        found: list[Statement] = []
        for line in self.lines:
            if not line.remark and end and line.text.split()[0] == end:
                return found
            try:
                found.append(self.one(line))
            except ValueError as error:
                raise error if len(error.args) == 2 else ValueError(line.line, str(error)) from error
        if opened is not None:
            raise ValueError(opened.line, f"{opened.text.split()[0]} has no {end}")
        return found

    def one(self, line: Logical) -> Statement:
        if line.remark:
            return Remark(line.text, line.line)
        opened = line.text.count("{") > line.text.count("}")
        if opened or (_BRACED.match(line.text) and line.text.endswith("{")):
            return self.block(line)
        return self.plain(line, line.text.split()[0])

    def plain(self, line: Logical, keyword: str) -> Statement:
        words, assigned = split(line.text, square=True)
        if keyword == "inline":
            words, keyword = words[1:], words[1]
        match keyword:
            case "section":
                name = line.text.split()[1].partition("=")[0]
                made: Statement = Section(name, tuple(self.body("endsection", line)), line.line)
            case "subckt":
                made = self.subcircuit(line, words, assigned)
            case "parameters":
                made = Parameters({**{word: "" for word in words[1:]}, **assigned}, line.line)
            case "model":
                made = _model(line, words, assigned)
            case _ if keyword in _COMMANDS:
                made = Command(keyword, words[1:], assigned, line.line)
            case _:
                made = _instance(line, words, assigned)
        return made

    def subcircuit(self, line: Logical, words: Sequence[str], assigned: dict[str, str]) -> Subcircuit:
        if len(words) < 2:
            raise ValueError("a subcircuit needs a name")
        ports = chain.from_iterable(_nets(word) for word in words[2:])
        return Subcircuit(words[1], tuple(ports), assigned, tuple(self.body("ends", line)), line.line)

    def block(self, line: Logical) -> Block:
        kept, depth = [line.text], line.text.count("{") - line.text.count("}")
        for inner in self.lines:
            if inner.remark:
                continue
            kept.append(inner.text)
            depth += inner.text.count("{") - inner.text.count("}")
            if depth <= 0:
                return Block("braces", tuple(kept), line.line)
        raise ValueError("'}' is missing")


def _model(line: Logical, words: Sequence[str], assigned: dict[str, str]) -> Model:
    if len(words) < 3:
        raise ValueError("a model needs a name and a type")
    return Model(words[1], words[2], assigned, line.line)


def _instance(line: Logical, words: Sequence[str], assigned: dict[str, str]) -> Instance:
    if not words or len(words) == 1:
        raise ValueError(f"cannot read {line.text[:60]!r}: an instance needs a name and what it is an instance of")
    name, *rest = words
    if "(" in name:
        raise ValueError(f"cannot read {line.text[:60]!r}: an instance begins with its name")
    if rest[0].startswith("("):
        if len(rest) == 1:
            raise ValueError(f"instance {name!r} names nothing that it is an instance of")
        return Instance(name, _nets(rest[0]), rest[1], tuple(rest[2:]), assigned, line.line)
    return Instance(name, tuple(rest[:-1]), rest[-1], (), assigned, line.line)


def _nets(word: str) -> tuple[str, ...]:
    return tuple(word[1:-1].split()) if word.startswith("(") else (word,)


def printed(statement: Statement) -> Iterator[str]:
    """The lines of a statement."""
    match statement:
        case Remark():
            yield f"// {statement.text}".rstrip()
        case Instance():
            nets = f"({' '.join(statement.nets)})" if statement.nets or statement.values else ""
            words = (statement.name, nets, statement.master, *statement.values)
            yield line_of((word for word in words if word), statement.parameters)
        case Parameters():
            plain = [key for key, value in statement.assigned.items() if not value]
            yield line_of(("parameters", *plain), {key: value for key, value in statement.assigned.items() if value})
        case Model():
            yield line_of(("model", statement.name, statement.kind), statement.parameters)
        case Command():
            yield line_of((statement.name, *statement.words), statement.parameters)
        case Subcircuit():
            ports = f"({' '.join(statement.ports)})" if statement.ports else ""
            yield line_of(("subckt", statement.name, *([ports] if ports else [])), statement.parameters)
            yield from chain.from_iterable(map(printed, statement.body))
            yield f"ends {statement.name}"
        case Section():
            yield f"section {statement.name}"
            yield from chain.from_iterable(map(printed, statement.body))
            yield f"endsection {statement.name}"
        case Block():
            yield from statement.lines
        case Language():
            yield f"simulator lang={statement.dialect}"
