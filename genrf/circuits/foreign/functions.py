"""Functions of parameters, `.func f(x,y) {x*y}` and HSPICE's `.param f(x)='2*x'`, written out where they are called.

A function becomes text before any expression is read. Its body is written out first, so that one that calls itself is
found, and what grows without end is cut off: nothing here depends on numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from genrf.circuits.foreign.lines import Unreadable
from genrf.circuits.foreign.syntax import Assigned, Command, Instance, Model, Parameters, Statement, Subcircuit

_HEAD = re.compile(r"(\w+)\s*\(([^()]*)\)\s*(?:=\s*)?(.*)$", re.S)
_NAME = re.compile(r"[a-z_]\w*")
_CALL = re.compile(r"(?<![\w.$#])([A-Za-z_]\w*)(?=\()")
_WORD = re.compile(r"(?<![\w.$#])[A-Za-z_][\w.$#]*")
_DEEPEST = 50  # functions that call each other, or are called in each other
_LONGEST = 10_000  # characters that one call may become: functions of functions double and double again
_STATEMENT = 200_000  # characters of one value with all its calls
_TAKEN = (
    "v", "i", "sqrt", "exp", "log", "ln", "log10", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "abs", "min",
    "max", "pow", "floor", "ceil", "int", "nint", "sgn", "agauss", "gauss", "pulse", "pwl", "sffm", "am", "par", "poly",
)  # fmt: skip


@dataclass(frozen=True)
class Function:
    """A function whose body calls no other one; `where` is its file and line."""

    name: str
    arguments: tuple[str, ...]
    body: str
    where: str

    def of(self, given: Sequence[str]) -> str:
        """The body with what is given in place of the arguments.

        Raises ValueError when their number is wrong, or it would become too long.
        """
        if len(given) != len(self.arguments):
            raise ValueError(f"{self.name} has {len(self.arguments)} arguments, got {len(given)}")
        texts = {name: _whole(text) for name, text in zip(self.arguments, given, strict=True)}
        more = sum(len(texts.get(word.lower(), "")) for word in _WORD.findall(self.body))
        if len(self.body) + more > _LONGEST:
            raise ValueError(f"what {self.name!r} stands for has more than {_LONGEST} characters")
        made = _WORD.sub(lambda word: texts.get(word[0].lower(), word[0]), self.body)
        return f"({made})"


Functions = Mapping[str, Function]


def written_out(body: Sequence[Statement], path: str, outer: Functions | None = None) -> tuple[Statement, ...]:
    """`body` without functions, each call in it, and in its subcircuits, replaced by what it stands for.

    Raises Unreadable with file and line for a function that cannot be, or a call that does not fit it.
    """
    known = _Known(_defined(body, path), outer or {})
    functions = {**(outer or {}), **{name: known.closed(name) for name in known.raw}}
    return tuple(_statements(body, functions, path)) if functions else tuple(body)


class _Known:
    """The functions of one place, closed one by one: each body with the calls in it written out."""

    def __init__(self, raw: Mapping[str, Function], outer: Functions) -> None:
        self.raw, self.outer = raw, outer
        self._done: dict[str, Function] = {}
        self._open: list[str] = []

    def closed(self, name: str) -> Function:
        if name in self._done:
            return self._done[name]
        raw = self.raw[name]
        if name in self._open:
            raise Unreadable(f"{raw.where}: function {name!r} calls itself")
        if len(self._open) == _DEEPEST:
            raise Unreadable(f"{raw.where}: functions call each other more than {_DEEPEST} deep")
        self._open.append(name)
        called = {found.lower() for found in _CALL.findall(raw.body)}
        inner = {**self.outer, **{other: self.closed(other) for other in called & self.raw.keys()}}
        try:
            made = replace(raw, body=_expanded(raw.body, inner))
        except ValueError as error:
            raise Unreadable(f"{raw.where}: function {name!r}: {error}") from error
        self._open.pop()
        self._done[name] = made
        return made


def _defined(body: Sequence[Statement], path: str) -> dict[str, Function]:
    """The functions that stand in `body`, not those of its subcircuits."""
    return {one.name: one for statement in body for one in _functions(statement, path)}


def _functions(statement: Statement, path: str) -> Iterator[Function]:
    if isinstance(statement, Command) and statement.name == "func":
        yield _function(" ".join([*statement.words, *map("=".join, statement.parameters.items())]), statement, path)
    if isinstance(statement, Parameters):
        heads = [head for head in statement.assigned if "(" in head]
        yield from (_function(f"{head}={statement.assigned[head]}", statement, path) for head in heads)


def _function(text: str, statement: Command | Parameters, path: str) -> Function:
    where = f"{statement.file or path}:{statement.line}"
    match = _HEAD.match(text)
    if match is None or not match[3].strip():
        raise Unreadable(f"{where}: cannot read {text[:60]!r}; a function is written `.func f(x) {{2*x}}`")
    name = match[1].lower()
    arguments = tuple(part.strip().lower() for part in match[2].split(",")) if match[2].strip() else ()
    for word in (name, *arguments):
        if not _NAME.fullmatch(word):
            raise Unreadable(f"{where}: {word!r} is no name of a function or of its argument")
    if name in _TAKEN:
        raise Unreadable(f"{where}: {name!r} means something already; a function needs another name")
    if len(set(arguments)) < len(arguments):
        raise Unreadable(f"{where}: function {name!r}: two of its arguments have one name")
    return Function(name, arguments, _bare(match[3]), where)


def _statements(body: Sequence[Statement], functions: Functions, path: str) -> Iterator[Statement]:
    for one in body:
        if isinstance(one, Command) and one.name == "func":
            continue
        try:
            yield _statement(one, functions, path)
        except Unreadable:
            raise
        except ValueError as error:
            raise Unreadable(f"{getattr(one, 'file', '') or path}:{one.line}: {error}") from error


def _statement(one: Statement, functions: Functions, path: str) -> Statement:
    """A statement with its calls written out; what names nets and models stays."""

    def assigned(given: Assigned) -> dict[str, str]:
        return {key: _expanded(text, functions) for key, text in given.items()}

    match one:
        case Instance():
            values = tuple(_expanded(text, functions) for text in one.values)
            return replace(one, values=values, parameters=assigned(one.parameters))
        case Command():
            words = tuple(_expanded(text, functions) for text in one.words)
            return replace(one, words=words, parameters=assigned(one.parameters))
        case Parameters():
            return replace(one, assigned=assigned({key: text for key, text in one.assigned.items() if "(" not in key}))
        case Model():
            return replace(one, parameters=assigned(one.parameters))
        case Subcircuit():
            inner = written_out(one.body, path, functions)
            return replace(one, parameters=assigned(one.parameters), body=inner)
        case _:
            return one


def _expanded(text: str, functions: Functions, depth: int = 0) -> str:
    """`text` with every call of a function replaced. Raises ValueError when a call does not fit or grows too long."""
    if depth > _DEEPEST:
        raise ValueError(f"functions are called in each other more than {_DEEPEST} deep")
    made, at = "", 0
    for match in _CALL.finditer(text):
        function = functions.get(match[1].lower())
        if function is None or match.start() < at:
            continue
        given, end = _arguments(text, match.end())
        made += text[at : match.start()] + function.of([_expanded(one, functions, depth + 1) for one in given])
        at = end
        if len(made) > _STATEMENT:
            raise ValueError(f"with its functions written out it has more than {_STATEMENT} characters")
    return made + text[at:]


def _arguments(text: str, begin: int) -> tuple[list[str], int]:
    """What stands between the bracket at `begin` and the one that closes it, and the place behind that."""
    depth, parts, at = 0, list[str](), begin + 1
    for place in range(begin, len(text)):
        sign = text[place]
        depth += (sign in "({[") - (sign in ")}]")
        if depth == 1 and sign == ",":
            parts.append(text[at:place].strip())
            at = place + 1
        if depth == 0:
            last = text[at:place].strip()
            return [*parts, last] if parts or last else [], place + 1
    raise ValueError(f"a bracket of {text[begin - 10 : begin + 20]!r} stays open")


def _bare(text: str) -> str:
    """Without the quotes or braces around it."""
    plain = text.strip()
    return plain[1:-1] if plain[:1] + plain[-1:] in ("''", '""', "{}") else plain


def _whole(text: str) -> str:
    """As one operand; a name or a number needs no brackets."""
    plain = _bare(text)
    return plain if re.fullmatch(r"[\w.]+", plain) else f"({plain})"
