"""A reader of the part of SKILL that genrf writes: text to expressions, and whether every call is one that exists.

SKILL's arguments are separated by blanks, so that an operator with a blank on one side alone belongs to what it
touches: `f(a -1)` has two arguments, `f(a - 1)` one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from genrf.core.errors import ConfigError
from genrf.core.units import quantity

_TOKEN = re.compile(  # SKILL scales numbers by a letter behind them: `300u`
    r"""(?P<space>\s+|;[^\n]*)|(?P<text>"(?:[^"\\]|\\.)*")"""
    r"""|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+|[TGMKkmunpf](?![\w.]))?)"""
    r"""|(?P<name>\?[A-Za-z_]\w*|[A-Za-z_]\w*)|(?P<sign>~>|\*\*|==|&&|\|\||[-+*/<>=!'()])"""
)
_BINDS = {"=": 1, "||": 2, "&&": 3, "==": 4, "<": 5, ">": 5, "+": 6, "-": 6, "*": 7, "/": 7, "**": 9, "~>": 10}
_UNARY = 8  # between a product and a power

# functions of SKILL and of Virtuoso: fewest and most arguments, keywords not counted
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "list": (0, 99), "car": (1, 1), "cadr": (1, 1), "abs": (1, 1), "error": (1, 9), "warn": (1, 9), "printf": (1, 9),
    "boundp": (1, 1), "let": (2, 99), "if": (2, 99), "unless": (2, 99), "when": (2, 99), "log10": (1, 1),
    "sqrt": (1, 1), "centerBox": (1, 1), "xCoord": (1, 1), "yCoord": (1, 1),
    "cdr": (1, 1), "caddr": (1, 1), "cons": (2, 2), "nth": (2, 2), "length": (1, 1), "reverse": (1, 1),
    "member": (2, 2), "mapcar": (2, 9), "foreach": (3, 99), "setof": (3, 3), "forall": (3, 3), "exists": (3, 3),
    "not": (1, 1), "min": (2, 9), "max": (2, 9), "round": (1, 1),
    "ddGetObj": (1, 4), "ddCreateLib": (1, 2),
    "dbOpenCellViewByType": (3, 6), "dbFindTermByName": (2, 2), "dbTransformPoint": (2, 2), "dbSave": (1, 5),
    "dbClose": (1, 1), "cdfGetInstCDF": (1, 1), "cdfFindParamByName": (2, 2),
    "schCreateInst": (5, 6), "schCreateWire": (7, 9), "schCreateWireLabel": (9, 9), "schCreatePin": (7, 8),
    "schCheck": (1, 1), "schSchemToPinList": (3, 3), "schPinListToSymbol": (4, 4),
    "schDrawSymbolPin": (4, 4), "schCreateSymbolShape": (4, 5), "schCreateSymbolLabel": (9, 9), "dbCreateRect": (3, 4),
    "simulator": (1, 1), "design": (1, 3), "resultsDir": (1, 1), "desVar": (2, 2), "temp": (1, 1), "analysis": (1, 1),
    "run": (0, 9), "delete": (1, 2), "v": (1, 1), "i": (1, 1), "sp": (2, 2), "getData": (1, 1), "ymin": (1, 1),
    "ymax": (1, 1), "dB20": (1, 1), "mag": (1, 1), "conjugate": (1, 1), "average": (1, 1),
    "value": (2, 2), "cross": (4, 4), "xval": (1, 1), "clip": (3, 3), "frequency": (1, 1), "phaseDegUnwrapped": (1, 1),
    "cos": (1, 1), "sin": (1, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Symbol:
    """A name."""

    name: str


@dataclass(frozen=True)
class Quoted:
    """A name that stands for itself."""

    name: str


@dataclass(frozen=True)
class Group:
    """A list in parentheses that no name precedes: of local variables, or around a term."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments; `keywords` are those that are named by `?name`."""

    name: str
    arguments: tuple["Expression", ...]
    keywords: Mapping[str, "Expression"]
    line: int


@dataclass(frozen=True)
class Binary:
    """An operator between two terms."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Negative:
    """A minus before a term."""

    term: "Expression"


Expression = float | str | Symbol | Quoted | Group | Call | Binary | Negative


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int
    before: bool  # whether a blank stands in front
    after: bool


def read(text: str) -> list[Expression]:
    """The expressions of a script. Raises ConfigError with the line of what cannot be read."""
    return _Parser(_tokens(text)).all()


def check(script: Sequence[Expression]) -> None:
    """Raise ConfigError for a call of an unknown function, or of one with a wrong number of arguments.

    The script's own procedures take exactly the arguments that they are defined with.
    """
    own = dict(_procedures(script))
    for call in _calls(script):
        low, high = own.get(call.name) or FUNCTIONS.get(call.name) or (0, -1)
        if high < 0:
            raise ConfigError(f"line {call.line}: no function {call.name!r}")
        if not low <= len(call.arguments) <= high:
            takes = f"{call.name} takes {low} to {high} arguments, got {len(call.arguments)}"
            raise ConfigError(f"line {call.line}: {takes}")


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


class _Parser:
    """Goes through the tokens once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.place = 0

    def all(self) -> list[Expression]:
        found = []
        while self.place < len(self.tokens):
            found.append(self.term())
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
            return quantity(token.text)
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "name":
            opened = self.place < len(self.tokens) and self.peek().text == "(" and not self.peek().before
            return self.call(token) if opened else Symbol(token.text)
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


def _procedures(script: Sequence[Expression]) -> Iterator[tuple[str, tuple[int, int]]]:
    for one in script:
        if isinstance(one, Call) and one.name == "procedure" and isinstance(one.arguments[0], Call):
            head = one.arguments[0]
            yield head.name, (len(head.arguments), len(head.arguments))


def _calls(items: Sequence[Expression]) -> Iterator[Call]:
    for item in items:
        match item:
            case Call() if item.name == "procedure":
                yield from _calls(item.arguments[1:])
            case Call():
                yield item
                yield from _calls([*item.arguments, *item.keywords.values()])
            case Binary():
                yield from _calls([item.left, item.right])
            case Negative():
                yield from _calls([item.term])
            case Group():
                yield from _calls(item.items)
