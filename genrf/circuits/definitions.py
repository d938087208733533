"""What a foundry's SPICE library defines: parameters, model cards and subcircuits, one section of it at a time.

ngspice reads the includes of every section of a `.lib` file before it keeps one. Here only the files that the wanted
sections name are read, each once per process, and a subcircuit is looked into when a circuit uses it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from genrf.circuits.expressions import Expression, expression
from genrf.core.errors import ConfigError, choices

_ASSIGNMENT = re.compile(r"([a-z_][\w.]*)\s*=(?!=)")
_NESTED = re.compile(r"\{[^{}]*\}|'[^']*'|\"[^\"]*\"|\((?:[^()]|\([^()]*\))*\)")
_REMARK = re.compile(r"\s[$;].*|;.*")


@dataclass(frozen=True)
class Line:
    """One statement: its words before the first assignment, and the assignments as text. All in small letters."""

    words: tuple[str, ...]
    assignments: Mapping[str, str]


@dataclass(frozen=True)
class ModelCard:
    """A `.model`: its name with the number of its bin, its type, and its parameters."""

    name: str
    kind: str
    parameters: Mapping[str, Expression]


@dataclass(frozen=True)
class Subcircuit:
    """A `.subckt`: ports, parameters with their defaults, elements and conditions in order, and its own models."""

    name: str
    ports: tuple[str, ...]
    parameters: Mapping[str, Expression]
    body: tuple[Line, ...]
    models: tuple[ModelCard, ...]


@dataclass
class Definitions:
    """All that some sections of a library define; a later definition replaces an earlier one of that name."""

    parameters: dict[str, Expression] = field(default_factory=dict)
    models: dict[str, ModelCard] = field(default_factory=dict)
    blocks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scale: float = 1.0  # what `.option scale` multiplies lengths with

    def subcircuit(self, name: str) -> Subcircuit:
        """The subcircuit of that name. Raises ConfigError when the library has none."""
        if name not in self.blocks:
            raise ConfigError(f"the model library has no subcircuit {name!r}; {choices(name, self.blocks)}")
        return _subcircuit(self.blocks[name])

    def add(self, path: Path, section: str = "") -> None:
        """Take in a file, or one section of it, with all that it includes. Raises ConfigError for a missing section."""
        content = _content(path)
        if section.lower() not in content:
            raise ConfigError(f"{path} has no section {section!r}; {choices(section, filter(None, content))}")
        for statement in content[section.lower()]:
            if isinstance(statement, tuple):
                self.blocks[statement[0].split()[1]] = statement
            else:
                self._take(statement, path)

    def _take(self, statement: str, path: Path) -> None:
        command, _, rest = statement.partition(" ")
        match command.lower():
            case ".param":
                assigned = _line(statement.lower()).assignments
                self.parameters.update({name: expression(text) for name, text in assigned.items()})
            case ".model":
                card = _model(statement.lower())
                self.models[card.name] = card
            case ".option" | ".options":
                given = _line(statement.lower()).assignments.get("scale")
                self.scale = expression(given)({}) if given else self.scale
            case ".include" | ".inc":
                self.add(path.parent / _unquoted(rest))
            case ".lib":
                file, section = rest.split()
                self.add(path.parent / _unquoted(file), section)


@lru_cache
def _content(path: Path) -> Mapping[str, tuple[str | tuple[str, ...], ...]]:
    """Statements by section of a file; the empty name for what stands outside. A subcircuit is a tuple of lines."""
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; is PDK_ROOT the folder of a whole PDK?") from error
    content: dict[str, list[str | tuple[str, ...]]] = {"": []}
    section, block = "", list[str]()
    for line in _joined(text.splitlines()):
        command = line.split(maxsplit=1)[0].lower()
        if command == ".subckt" or block:
            block.append(line.lower())
            if command == ".ends":
                content[section].append(tuple(block))
                block = []
        elif command == ".lib" and len(line.split()) == 2:
            section = line.split()[1].lower()
            content.setdefault(section, [])
        elif command == ".endl":
            section = ""
        else:
            content[section].append(line)
    return {name: tuple(statements) for name, statements in content.items()}


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Statements without remarks, their continuation lines joined, blank lines and comments between them dropped."""
    whole = ""
    for line in lines:
        plain = line.strip()
        if not plain or plain.startswith("*"):
            continue
        plain = _REMARK.sub("", plain).strip()
        if plain.startswith("+"):
            whole += " " + plain[1:]
        else:
            if whole:
                yield whole
            whole = plain
    if whole:
        yield whole


def _line(text: str) -> Line:
    """A statement taken apart; an assignment's value goes on to the next assignment outside of brackets."""
    hidden = _hidden(text)
    found = list(_ASSIGNMENT.finditer(hidden))
    ends = [*(match.start() for match in found), len(text)][1:]
    assigned = {match[1]: text[match.end() : end].strip() for match, end in zip(found, ends, strict=True)}
    head = text[: found[0].start()] if found else text
    return Line(tuple(_words(head)), assigned)


def _hidden(text: str) -> str:
    """`text` with all that stands in brackets or quotes blanked out, places kept."""
    return _NESTED.sub(lambda match: " " * len(match[0]), text)


def _words(head: str) -> list[str]:
    """Words of a head, an expression in brackets or quotes being one word."""
    words, at = list[str](), 0
    for match in _NESTED.finditer(head):
        words += [*head[at : match.start()].split(), match[0]]
        at = match.end()
    return [*words, *head[at:].split()]


def _model(text: str) -> ModelCard:
    head, bracket, body = text.partition("(")
    if bracket and "=" not in head:
        body = body.rpartition(")")[0]
        _, name, kind = head.split()
    else:
        _, name, kind, *rest = text.split(maxsplit=3)
        body = " ".join(rest)
    return ModelCard(name, kind, {key: expression(value) for key, value in _line(f". {body}").assignments.items()})


@lru_cache(maxsize=1000)
def _subcircuit(block: tuple[str, ...]) -> Subcircuit:
    head, *inner = (line for line in block if not line.startswith(".ends"))
    first = _line(head.replace("params:", " "))
    parameters = dict(first.assignments)
    body, models = [], []
    for text in inner:
        if text.startswith(".param"):
            parameters.update(_line(text).assignments)
        elif text.startswith(".model"):
            models.append(_model(text))
        else:
            body.append(_line(text) if not text.startswith((".if", ".else")) else Line((text,), {}))
    compiled = {name: expression(value) for name, value in parameters.items()}
    return Subcircuit(first.words[1], first.words[2:], compiled, tuple(body), tuple(models))


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"")
