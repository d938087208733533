"""A reader of the part of SKILL that genrf writes: text to expressions, and an expression to text.

SKILL's arguments are separated by blanks, so that an operator with a blank on one side alone belongs to what it
touches: `f(a -1)` has two arguments, `f(a - 1)` one. A backslash at the end of a line goes on with the next one, in a
comment too. Source: Cadence SKILL Language User Guide, "Language Characteristics".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from genrf.core.errors import ConfigError
from genrf.core.units import quantity

_TOKEN = re.compile(  # SKILL scales numbers by a letter behind them: `300u`
    r"""(?P<space>\s+|;(?:\\\n|[^\n])*)|(?P<text>"(?:[^"\\]|\\[\s\S])*")"""
    r"""|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+|[TGMKkmunpf](?![\w.]))?)"""
    r"""|(?P<name>\?[A-Za-z_]\w*|[A-Za-z_]\w*)|(?P<sign>~>|\*\*|==|&&|\|\||[-+*/<>=!'()])"""
)
_ESCAPE = re.compile(r"\\([0-7]{2,3}|[\s\S])")
_ESCAPES = {"n": "\n", "t": "\t", "v": "\v", "b": "\b", "r": "\r", "f": "\f", "\\": "\\", '"': '"', "\n": ""}
_ESCAPED = str.maketrans({character: f"\\{name}" for name, character in _ESCAPES.items() if character})
_BINDS = {"=": 1, "||": 2, "&&": 3, "==": 4, "<": 5, ">": 5, "+": 6, "-": 6, "*": 7, "/": 7, "**": 9, "~>": 10}
_UNARY = 8  # between a product and a power


@dataclass(frozen=True)
class Symbol:
    """A name."""

    name: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Quoted:
    """A name that stands for itself."""

    name: str

    def __str__(self) -> str:
        return f"'{self.name}"


@dataclass(frozen=True)
class Group:
    """A list in parentheses that no name precedes: of local variables, or around a term."""

    items: tuple["Expression", ...]

    def __str__(self) -> str:
        return f"({' '.join(map(source, self.items))})"


@dataclass(frozen=True)
class Call:
    """A function with its arguments; `keywords` are those that are named by `?name`."""

    name: str
    arguments: tuple["Expression", ...]
    keywords: Mapping[str, "Expression"]
    line: int = field(compare=False)

    def __str__(self) -> str:
        named = (f"?{key} {source(value)}" for key, value in self.keywords.items())
        return f"{self.name}({' '.join([*map(source, self.arguments), *named])})"


@dataclass(frozen=True)
class Binary:
    """An operator between two terms."""

    operator: str
    left: "Expression"
    right: "Expression"

    def __str__(self) -> str:
        return f"{source(self.left)} {self.operator} {source(self.right)}"


@dataclass(frozen=True)
class Negative:
    """A minus before a term."""

    term: "Expression"

    def __str__(self) -> str:
        return f"-{source(self.term)}"


Expression = float | str | Symbol | Quoted | Group | Call | Binary | Negative


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    before: bool  # whether a blank stands in front
    after: bool


def read(text: str) -> list[Expression]:
    """The expressions of a script. Raises ConfigError with the line of what cannot be read, or names nothing."""
    try:
        return _Parser(_tokens(text)).all()
    except RecursionError as error:
        raise ConfigError("parentheses stand too deep in each other") from error


def line_of(one: Expression) -> int:
    """The line of the first name in an expression; 0 where it has none."""
    match one:
        case Symbol() | Call():
            return one.line
        case Binary():
            return line_of(one.left) or line_of(one.right)
        case Negative():
            return line_of(one.term)
        case Group():
            return next(filter(None, map(line_of, one.items)), 0)
    return 0


def source(one: Expression) -> str:
    """An expression as text in one line."""
    if isinstance(one, str):
        return f'"{one.translate(_ESCAPED)}"'
    return f"{one:g}" if isinstance(one, float) else str(one)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, line, blank = 0, 1, True
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConfigError(f"line {line}: cannot read {text[at : at + 20]!r}")
        kind, piece = str(match.lastgroup), match[0]
        at = match.end()
        if kind != "space":
            after = at >= len(text) or text[at].isspace()
            found.append(_Token(kind, piece, line, blank, after))
        blank = kind == "space"
        line += piece.count("\n")
    return found


def _number(token: _Token) -> float:
    if re.fullmatch(r"0\d+[TGMKkmunpf]?", token.text):
        raise ConfigError(f"line {token.line}: {token.text} is octal to SKILL")
    number = quantity(token.text)
    if not isfinite(number):
        raise ConfigError(f"line {token.line}: {token.text} is too large")
    return number


def _character(escape: str, line: int) -> str:
    """What a backslash with `escape` behind it stands for; two or three digits are a character's octal code."""
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    code = int(escape, 8) if len(escape) > 1 else 0
    if not 0 < code < 256:  # a zero would end the string
        raise ConfigError(f"line {line}: \\{escape} is no character to SKILL")
    return chr(code)


class _Parser:
    """Goes through the tokens once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.place = 0

    def all(self) -> list[Expression]:
        found: list[Expression] = []
        while self.place < len(self.tokens):
            line = self.peek().line
            found.append(self.term())
            if not line_of(found[-1]):
                raise ConfigError(f"line {line}: {source(found[-1])} does nothing")
        return found

    def peek(self) -> _Token:
        if self.place >= len(self.tokens):
            raise ConfigError("the script ends inside of a parenthesis")
        return self.tokens[self.place]

    def next(self) -> _Token:
        token = self.peek()
        self.place += 1
        return token

    def term(self, binds: int = 0) -> Expression:
        left = self.primary()
        while self.place < len(self.tokens) and self.infix(self.peek()) > binds:
            operator = self.next().text
            # to the right first for assignment and powers
            right = self.term(_BINDS[operator] - (operator in ("=", "**")))
            left = Binary(operator, left, right)
        return left

    def infix(self, token: _Token) -> int:
        """How strongly the next token binds as an operator; 0 where it begins another argument."""
        if token.kind != "sign" or token.text not in _BINDS or (token.text == "-" and token.before and not token.after):
            return 0
        return _BINDS[token.text]

    def primary(self) -> Expression:
        token = self.next()
        if token.kind == "number":
            return _number(token)
        if token.kind == "text":
            return _ESCAPE.sub(lambda match: _character(match[1], token.line), token.text[1:-1])
        if token.kind == "name":
            opened = self.place < len(self.tokens) and self.peek().text == "(" and not self.peek().before
            return self.call(token) if opened else Symbol(token.text, token.line)
        if token.text == "'":
            return Quoted(self.next().text)
        if token.text == "-":
            return Negative(self.term(_UNARY))
        if token.text == "(":
            return Group(tuple(self.items()))
        raise ConfigError(f"line {token.line}: {token.text!r} stands where a term should")

    def items(self) -> Iterator[Expression]:
        while self.peek().text != ")" or self.peek().kind == "text":
            yield self.term()
        self.next()

    def call(self, token: _Token) -> Call:
        self.next()
        given, named = [], dict[str, Expression]()
        items = iter(list(self.items()))
        for item in items:
            if isinstance(item, Symbol) and item.name.startswith("?"):
                named[item.name[1:]] = next(items, Symbol("nil"))
            else:
                given.append(item)
        return Call(token.text, tuple(given), named, token.line)
