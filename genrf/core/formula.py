"""Objectives of the user's own: an expression over metrics, `gain_db - nf_db - 10*log10(power_w/1m)`.

Nothing is evaluated by Python: the text is taken apart here, and what is not in this file does not exist.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from genrf.core.errors import ConfigError, choices
from genrf.core.tokens import ArithmeticReader
from genrf.core.units import quantity

_LONGEST = 1000  # characters
_KEYS = ("formula", "unit", "description")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:meg|[fpnumkKMGT])?(?![\w.]))"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/^(),]))"
)
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "abs": abs, "sqrt": math.sqrt, "exp": math.exp, "ln": math.log, "log10": math.log10,
}  # fmt: skip
_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": math.pow,
}  # fmt: skip
_OF_MANY: Mapping[str, Callable[..., float]] = {"min": min, "max": max}

Node = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True)
class ObjectiveFunction:
    """A metric computed from others: call it with their values. `1m` is a thousandth, `^` a power, `pi` is known.

    Raises ConfigError when the text is not in the language.
    """

    name: str
    formula: str
    unit: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(f"formula {self.name!r}: a name has letters, digits and _ only, and begins with no digit")
        if len(self.formula) > _LONGEST:
            raise ConfigError(f"formula {self.name!r}: {len(self.formula)} characters; at most {_LONGEST}")
        _read(self.name, self.formula)  # complains at once

    @classmethod
    def read(cls, name: str, wanted: Any) -> Self:
        """As yaml writes it: the text alone, or `{formula: ..., unit: dB, description: ...}`."""
        if not isinstance(wanted, Mapping):
            return cls(name, str(wanted))
        for key in wanted:
            if key not in _KEYS:
                raise ConfigError(f"formula {name!r}: unknown key {key!r}; {choices(str(key), _KEYS)}")
        if "formula" not in wanted:
            raise ConfigError(f"formula {name!r}: its text is missing; write `formula: gain_db - nf_db`")
        return cls(name, **{key: str(value) for key, value in wanted.items()})

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that it reads."""
        return tuple(_read(self.name, self.formula).names)

    def __call__(self, metrics: Mapping[str, float]) -> float:
        """The value. Raises ArithmeticError or ValueError where there is none (`ln(0)`)."""
        value = _read(self.name, self.formula).value(metrics)
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{value} is no finite real number")
        return float(value)


def completed(formulas: Mapping[str, ObjectiveFunction], metrics: Mapping[str, float]) -> tuple[dict[str, float], str]:
    """`metrics` with the value of each formula, at corners (`<metric>@<corner>`) too; and what went wrong nominally.

    A formula without one of its metrics, or without a value, is not there.
    """
    found, trouble = dict(metrics), []
    for at in dict.fromkeys(name.partition("@")[2] for name in metrics):
        for name, formula in formulas.items():
            own = {used: found.get(f"{used}@{at}" if at else used) for used in formula.names}
            given = {used: value for used, value in own.items() if value is not None}
            if len(given) < len(own):
                continue
            try:
                found[f"{name}@{at}" if at else name] = formula(given)
            except (ArithmeticError, ValueError) as error:
                trouble += [] if at else [f"formula {name!r} has no value: {error}"]
    return found, "; ".join(trouble)


@lru_cache(maxsize=1000)
def _read(name: str, text: str) -> "_Reader":
    return _Reader(name, text)


class _Reader(ArithmeticReader[Node]):
    """Recursive descent over the tokens: the text becomes a function of the metrics."""

    def __init__(self, name: str, text: str) -> None:
        self.names: dict[str, None] = {}
        super().__init__(f"formula {name!r}", text, _TOKEN)
        self.value = self.sum()
        if self.at < len(self.tokens):
            raise self.wrong()

    def joined(self, sign: str, left: Node, right: Node) -> Node:
        operation = _SIGNS[sign]
        return lambda m: operation(left(m), right(m))

    def negative(self, inner: Node) -> Node:
        return lambda m: -inner(m)

    def atom(self) -> Node:
        token = self.take()
        if token == "(":
            inner = self.sum()
            self.expect(")")
            return inner
        if token and (token[0].isdigit() or token[0] == "."):
            number = quantity(token, self.owner)
            return lambda m: number
        if token and _NAME.fullmatch(token):
            return self.function(token) if self.peek() == "(" else self.named(token)
        raise self.wrong()

    def named(self, name: str) -> Node:
        if name == "pi":
            return lambda m: math.pi
        self.names[name] = None
        return lambda m: m[name]

    def function(self, name: str) -> Node:
        if name not in _FUNCTIONS and name not in _OF_MANY:
            known = [*_FUNCTIONS, *_OF_MANY]
            raise ConfigError(f"{self.owner}: no function {name!r}; {choices(name, known)}")
        self.expect("(")
        arguments = [self.sum()]
        while name in _OF_MANY and self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        if name in _OF_MANY:
            pick = _OF_MANY[name]
            return lambda m: pick([argument(m) for argument in arguments])
        each, inner = _FUNCTIONS[name], arguments[0]
        return lambda m: each(inner(m))
