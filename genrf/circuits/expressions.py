"""SPICE parameter expressions, compiled to Python functions of a scope: `{sw_vth0+AGAUSS(0,1,1)/sqrt(l*w)}`."""

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from genrf.core.errors import ConfigError
from genrf.core.tokens import TokenReader

Draw = Callable[[str], float]  # the name of a statistical parameter -> its standard normal deviate in this run

_SCALE = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "mil": 25.4e-6, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
    "a": 1e-18,
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?P<scale>meg|mil|[tgkmunpfa])?[a-z]*"
    r"|(?P<name>[a-z_][\w.#$]*)|(?P<operator>\*\*|[=!<>]=|&&|\|\||[-+*/^%<>!?:(),]))"
)
_LEVELS: Mapping[str, int] = {
    "?": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5, "+": 6, "-": 6, "*": 7, "/": 7,
    "%": 7, "**": 9, "^": 9,
}  # fmt: skip
_QUOTES = str.maketrans({"{": "(", "}": ")", "'": " ", '"': " "})
_PREFIX_LEVEL = 8  # of a sign: -a**b is -(a**b)
_DEEPEST = 90  # brackets in each other; Python itself reads no more than 100
_CHAINED = 100  # parameters that hang on each other
_PYTHON = {"^": "**", "&&": "and", "||": "or"}
_FUNCTIONS: Mapping[str, Any] = {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "ln": math.log, "log10": math.log10, "sin": math.sin,
    "cos": math.cos, "tan": math.tan, "atan": math.atan, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh,
    "abs": abs, "min": min, "max": max, "pow": pow, "floor": math.floor, "ceil": math.ceil, "int": math.trunc,
    "nint": round, "sgn": lambda x: (x > 0) - (x < 0),
    "agauss": lambda scope, nominal, absolute, sigma: nominal + absolute / sigma * scope.drawn(),
    # relative to the nominal value: with a nominal value of 0, as SKY130 has it, there is no spread
    "gauss": lambda scope, nominal, relative, sigma: nominal * (1.0 + relative / sigma * scope.drawn()),
}  # fmt: skip
_STATISTICAL = ("agauss", "gauss")


class Expression:
    """A compiled expression: call it with a scope. `names` are the parameters that it reads, `text` is its source."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.statistical = False
        source = _Reader(text, self).whole()
        self._function: Callable[[Any], float] = eval(f"lambda v: {source}", {"f": _FUNCTIONS})

    def __call__(self, scope: Mapping[str, float]) -> float:
        """The value. Raises ConfigError when it cannot be computed."""
        try:
            return self._function(scope)
        except ConfigError:
            raise
        except (ArithmeticError, ValueError, TypeError) as error:
            raise ConfigError(f"parameter expression {self.text!r}: {error}") from error


@lru_cache(maxsize=100_000)
def expression(text: str) -> Expression:
    """The expression that `text` writes, quotes and braces allowed. Raises ConfigError when it is none."""
    return Expression(text)


class Scope(dict[str, float]):
    """Parameters by name, each evaluated when it is first asked for; unknown ones are looked up in `parent`.

    `draw` gives the deviates of statistical parameters under `<prefix><parameter>`; without it they stay nominal.
    """

    def __init__(
        self,
        expressions: Mapping[str, Expression],
        parent: "Scope | None" = None,
        given: Mapping[str, float] | None = None,
        draw: Draw | None = None,
        prefix: str = "",
    ) -> None:
        super().__init__(given or {})
        self._expressions, self._parent, self._draw, self._prefix = expressions, parent, draw, prefix
        self._owners: list[str] = []
        self._open: set[str] = set()

    def __missing__(self, name: str) -> float:
        own = self._expressions.get(name)
        if own is None:
            if self._parent is None:
                raise ConfigError(f"parameter {name!r} is not defined in the model library")
            return self._parent[name]
        if name in self._open:
            raise ConfigError(f"parameter {name!r} is defined by itself")
        if len(self._open) > _CHAINED:
            raise ConfigError(f"parameter {name!r}: parameters hang on each other more than {_CHAINED} deep")
        self._open.add(name)
        value = self[name] = self.value(name, own)
        self._open.remove(name)
        return value

    def value(self, owner: str, of: Expression) -> float:
        """`of` evaluated here, its statistical parts named after `owner`."""
        self._owners.append(owner)
        try:
            return of(self)
        finally:
            self._owners.pop()

    def drawn(self) -> float:
        """The deviate of the parameter that is being evaluated."""
        return self._draw(f"{self._prefix}{self._owners[-1]}") if self._draw else 0.0


class _Reader(TokenReader):
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, text: str, owner: Expression) -> None:
        self.owner = owner
        super().__init__(_tokens(text))

    def whole(self) -> str:
        source = self.climb(0)
        if self.at < len(self.tokens):
            raise self.wrong()
        return source

    def climb(self, level: int) -> str:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ConfigError(f"parameter expression {self.owner.text[:40]!r}...: more than {_DEEPEST} deep")
        left = self.operand()
        while self.peek() in _LEVELS and _LEVELS[self.peek()] > level:
            operator = self.take()
            if operator == "?":
                yes = self.climb(0)
                self.expect(":")
                left = f"({yes} if {left} else {self.climb(0)})"
            else:
                left = f"({left} {_PYTHON.get(operator, operator)} {self.climb(_LEVELS[operator])})"
        self.depth -= 1
        return left

    def operand(self) -> str:
        token = self.take()
        if not token or (token in _LEVELS and token not in "-+") or token in "),:":
            raise self.wrong()
        if token == "(":
            inner = self.climb(0)
            self.expect(")")
            return f"({inner})"
        if token in ("-", "+", "!"):
            return f"({'not ' if token == '!' else token}{self.climb(_PREFIX_LEVEL)})"
        if token[0].isdigit() or token[0] == ".":
            return token
        return self.call(token) if self.peek() == "(" else self.name(token)

    def name(self, name: str) -> str:
        self.owner.names.add(name)
        return f"v[{name!r}]"

    def call(self, name: str) -> str:
        if name not in _FUNCTIONS:
            raise ConfigError(f"parameter expression {self.owner.text!r}: no function {name!r}")
        self.take()
        arguments = [self.climb(0)]
        while self.peek() == ",":
            self.take()
            arguments.append(self.climb(0))
        self.expect(")")
        if name in _STATISTICAL:
            self.owner.statistical = True
            arguments.insert(0, "v")
        return f"f[{name!r}]({', '.join(arguments)})"

    def wrong(self) -> ConfigError:
        return ConfigError(f"parameter expression {self.owner.text!r} cannot be read")


def _tokens(text: str) -> list[str]:
    plain, at = text.lower().translate(_QUOTES).strip(), 0
    tokens = []
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise ConfigError(f"parameter expression {text!r} cannot be read at {plain[at : at + 12]!r}")
        at = match.end()
        if match["number"]:
            number = float(match["number"]) * _SCALE.get(match["scale"] or "", 1.0)
            if math.isinf(number):
                raise ConfigError(f"parameter expression {text[:40]!r}: {match[0].strip()} is larger than any number")
            tokens.append(repr(number))
        else:
            tokens.append(match["name"] or match["operator"])
    return tokens
