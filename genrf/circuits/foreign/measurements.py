"""The language of measurements: `180 + phase(v(out)) at |v(out)| = 1`.

An expression over the waveforms of one analysis; behind `at`, where it is read. Nothing is evaluated by Python: the
text is taken apart here, and what is not in this file does not exist. docs/own_netlist.md is its reference.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from genrf.circuits.foreign.syntax import safe
from genrf.circuits.procedure import NotMeasurable
from genrf.core.errors import ConfigError, choices
from genrf.core.tokens import TokenReader
from genrf.core.units import quantity

Values = np.ndarray
_LONGEST = 1000  # characters
_DEEPEST = 50
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:meg|[fpnumkKMGT])?(?![\w.]))"
    r"|(?P<probe>[vis]\([^()]*\))|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/^(),|=]))"
)
_TELLING = {"freq": "ac", "phase": "ac", "db": "ac", "time": "tran", "inoise": "noise", "onoise": "noise", "s": "sp",
            "sweep": "dc"}  # fmt: skip
ANALYSES = ("op", "ac", "tran", "noise", "dc", "sp")


def _phase(x: Values) -> Values:
    return np.asarray(np.degrees(np.unwrap(np.angle(x))))


def _decibel(x: Values) -> Values:
    return np.asarray(20.0 * np.log10(np.maximum(np.abs(x), 1e-300)))


_EACH: Mapping[str, Callable[[Values], Values]] = {
    "abs": np.abs, "mag": np.abs, "re": np.real, "im": np.imag, "phase": _phase, "db": _decibel, "sqrt": np.sqrt,
    "exp": np.exp, "ln": np.log, "log10": np.log10, "conj": np.conj,
}  # fmt: skip


@dataclass(frozen=True)
class Waves:
    """The waveforms of one analysis along its axis, and numbers by name (parameters, earlier measurements)."""

    axis: Values
    vectors: Mapping[str, Values]
    numbers: Mapping[str, Any]
    logarithmic: bool = False


Node = Callable[[Waves], Values]


class _Any(dict[str, Values]):
    """The same values under every name."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.values_of_all = values

    def __missing__(self, name: str) -> Values:
        return self.values_of_all


def _mean(x: Values, w: Waves) -> float:
    """Over the axis, which may have uneven steps."""
    return float(np.trapezoid(np.real(x), w.axis) / (w.axis[-1] - w.axis[0]))


_WHOLE: Mapping[str, Callable[[Values, Waves], float]] = {
    "max": lambda x, w: float(np.max(np.real(x))),
    "min": lambda x, w: float(np.min(np.real(x))),
    "pp": lambda x, w: float(np.ptp(np.real(x))),
    "mean": _mean,
    "rms": lambda x, w: float(np.sqrt(_mean(np.abs(x) ** 2, w))),
    "integral": lambda x, w: float(np.trapezoid(np.real(x), w.axis)),
    "first": lambda x, w: float(np.real(x[0])),
    "last": lambda x, w: float(np.real(x[-1])),
}


@dataclass(frozen=True)
class Measurement:
    """One named number. Raises ConfigError when its text is not in the language."""

    name: str
    text: str

    def __post_init__(self) -> None:
        if len(self.text) > _LONGEST:
            raise ConfigError(f"meas {self.name!r}: {len(self.text)} characters; at most {_LONGEST}")
        _read(self.name, self.text)  # complains at once

    @property
    def _read(self) -> "_Reader":
        return _read(self.name, self.text)

    @property
    def vectors(self) -> tuple[str, ...]:
        """What it reads, under the simulator's names."""
        return tuple(self._read.vectors)

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters and other measurements that it reads."""
        return tuple(self._read.names)

    def analysis(self, available: tuple[str, ...]) -> str:
        """The analysis that it reads: the one that it names, that its words tell, or the only one there is.

        Raises ConfigError when that is not among the `available`, or there are several.
        """
        told = self._read.prefix or next((_TELLING[word] for word in self._read.said if word in _TELLING), "")
        if not self.vectors and not told:
            return ""
        swept = [name for name in available if name != "op"]
        if not told and len(swept) > 1:
            raise ConfigError(f"meas {self.name!r}: say of which analysis, `{swept[0]}: {self.text}`; there are "
                              f"{', '.join(available)}")  # fmt: skip
        found = told or (swept or ["op"])[0]
        if found not in available:
            raise ConfigError(f"meas {self.name!r} reads {found!r}, but the netlist has no .{found}; "
                              f"it has {', '.join(available) or 'no analysis'}")  # fmt: skip
        return found

    def check_single(self, swept: bool) -> None:
        """Raise ConfigError when it would give a number for each point of a sweep."""
        waves = Waves(np.array([1.0, 2.0, 3.0]), _Any(np.ones(3) + 0j), _Any(np.ones(())))
        with np.errstate(all="ignore"):
            single = np.size(self._read.value(waves)) == 1
        if swept and not single and self._read.place is None:
            raise ConfigError(
                f"meas {self.name!r}: {self.text!r} is a number for each point; say where (`at freq = 1k`) or take "
                "max, min, mean, rms, first or last"
            )

    def __call__(self, waves: Waves) -> float:
        """The number. Raises NotMeasurable when there is none."""
        with np.errstate(all="ignore"):
            found = np.asarray(self._read.value(waves))
            if self._read.place is not None:
                found = self._interpolated(found, waves)
        if found.size != 1:
            raise NotMeasurable(
                f"{self.name}: {self.text!r} is {found.size} numbers; say where (`at freq = 1k`) or take max, min, mean"
            )
        value = complex(found.ravel()[0])
        if not np.isfinite(value) or abs(value.imag) > 1e-9 * abs(value):
            raise NotMeasurable(f"{self.name} is {value:g}, not a real number; take |...|, re or phase")
        return value.real

    def _interpolated(self, values: Values, waves: Waves) -> Values:
        """`values` where the condition behind `at` holds for the first time, between two points linearly."""
        assert self._read.place is not None
        axis = np.log10(waves.axis) if waves.logarithmic else waves.axis
        left, right = (np.broadcast_to(np.real(side(waves)), axis.shape) for side in self._read.place)
        beyond = left - right
        at = _crossing(axis, beyond)
        if at is None:
            raise NotMeasurable(
                f"{self.name}: {self._read.condition} is nowhere between {waves.axis[0]:g} and {waves.axis[-1]:g}"
            )
        values = np.broadcast_to(values, axis.shape)
        return np.array([np.interp(at, axis, values.real) + 1j * np.interp(at, axis, values.imag)])


def _crossing(axis: Values, beyond: Values) -> float | None:
    """Where `beyond` is zero, or changes its sign, for the first time."""
    if beyond[0] == 0:
        return float(axis[0])
    changes = np.flatnonzero((beyond[:-1] < 0) != (beyond[1:] < 0))
    if not len(changes):
        return float(axis[-1]) if abs(beyond[-1]) <= 1e-9 * np.abs(beyond).max() else None
    at = int(changes[0])
    share = beyond[at] / (beyond[at] - beyond[at + 1])
    return float(axis[at] + share * (axis[at + 1] - axis[at]))


@lru_cache(maxsize=1000)
def _read(name: str, text: str) -> "_Reader":
    return _Reader(name, text)


class _Reader(TokenReader):
    """Recursive descent over the tokens: the text becomes functions of the waveforms."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.vectors: dict[str, None] = {}
        self.names: dict[str, None] = {}
        self.said: list[str] = []
        prefix, colon, rest = text.partition(":")
        self.prefix = prefix.strip() if colon else ""
        if colon and self.prefix not in ANALYSES:
            raise ConfigError(f"meas {name!r}: no analysis {self.prefix!r}; {choices(self.prefix, ANALYSES)}")
        super().__init__(self._split(rest if colon else text))
        self.value = self.sum()
        self.place: tuple[Node, Node] | None = None
        self.condition = ""
        if self.peek() == "at":
            self.take()
            begin = self.at
            left = self.sum()
            self.expect("=")
            self.place = (left, self.sum())
            self.condition = " ".join(self.tokens[begin : self.at])
        if self.at < len(self.tokens):
            raise self.wrong()

    def _split(self, text: str) -> list[str]:
        tokens, at, text = [], 0, text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ConfigError(f"meas {self.name!r}: cannot read {text[at : at + 16]!r} in {self.text!r}")
            tokens.append(match[0].strip())
            at = match.end()
        return tokens

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ConfigError(f"meas {self.name!r}: brackets lie more than {_DEEPEST} deep in each other")
        left = self.product()
        while self.peek() in ("+", "-"):
            left = _joined(self.take(), left, self.product())
        self.depth -= 1
        return left

    def product(self) -> Node:
        left = self.signed()
        while self.peek() in ("*", "/"):
            left = _joined(self.take(), left, self.signed())
        return left

    def signed(self) -> Node:
        if self.peek() == "-":
            self.take()
            inner = self.signed()
            return lambda w: -inner(w)
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        if self.peek() == "^":
            self.take()
            return _joined("^", base, self.signed())
        return base

    def atom(self) -> Node:
        token = self.take()
        if token in ("(", "|"):
            inner = self.sum()
            self.expect(")" if token == "(" else "|")
            return inner if token == "(" else lambda w: np.abs(inner(w))
        if token and (token[0].isdigit() or token[0] == "."):
            number = quantity(token, f"meas {self.name!r}")
            return lambda w: np.asarray(number)
        if token.endswith(")") and len(token) > 1:
            return self.probe(token)
        if token and (token[0].isalpha() or token[0] == "_"):
            return self.function(token) if self.peek() == "(" else self.named(token)
        raise self.wrong()

    def probe(self, token: str) -> Node:
        kind, names = token[0], [name.strip().lower() for name in token[2:-1].split(",")]
        if any(not re.fullmatch(r"[\w.+\-!#<>\[\]:$/]+", name) for name in names):
            raise self.wrong()
        if kind == "s":
            self.said.append("s")
            return self.vector(f"S_{'_'.join(names)}")
        if kind == "i":
            return self.vector(f"{names[0]}#branch")
        nodes = [self.vector(safe(name)) if name not in ("0", "gnd") else _nothing for name in names]
        if len(nodes) > 2:
            raise self.wrong()
        return nodes[0] if len(nodes) == 1 else _joined("-", nodes[0], nodes[1])

    def vector(self, name: str) -> Node:
        self.vectors[name] = None
        return lambda w: w.vectors[name]

    def named(self, name: str) -> Node:
        if name in ("freq", "time", "sweep"):
            self.said.append(name)
            return lambda w: w.axis
        if name == "pi":
            return lambda w: np.asarray(np.pi)
        if name in ("inoise", "onoise"):
            self.said.append(name)
            return self.vector(f"{name}_spectrum")
        self.names[name] = None
        return lambda w: np.asarray(w.numbers[name])

    def function(self, name: str) -> Node:
        if name not in _EACH and name not in _WHOLE:
            raise ConfigError(f"meas {self.name!r}: no function {name!r}; {choices(name, [*_EACH, *_WHOLE])}")
        self.said.append(name)
        self.expect("(")
        inner = self.sum()
        self.expect(")")
        if name in _WHOLE:
            whole = _WHOLE[name]
            return lambda w: np.asarray(whole(np.broadcast_to(inner(w), w.axis.shape), w))
        each = _EACH[name]
        return lambda w: each(inner(w))

    def wrong(self) -> ConfigError:
        where = self.tokens[self.at - 1] if 0 < self.at <= len(self.tokens) else "its end"
        return ConfigError(f"meas {self.name!r}: cannot read {self.text!r} at {where!r}")


def _nothing(waves: Waves) -> Values:
    return np.asarray(0.0)


def _joined(sign: str, left: Node, right: Node) -> Node:
    operation = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}[sign]
    return lambda w: operation(left(w), right(w))
