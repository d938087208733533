"""The language of measurements: `180 + phase(v(out)) at |v(out)| = 1`.

An expression over the waveforms of one analysis; behind `at`, where it is read. Nothing is evaluated by Python: the
text is taken apart here, and what is not in this file does not exist. docs/own_netlist.md is its reference.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from genrf.circuits.foreign.syntax import safe
from genrf.circuits.foreign.waves import LAST, Edge, Node, Place, Values, Waves, between, number
from genrf.circuits.procedure import NotMeasurable
from genrf.core.errors import ConfigError, choices
from genrf.core.tokens import ArithmeticReader
from genrf.core.units import quantity

_LONGEST = 1000  # characters
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:meg|[fpnumkKMGT])?(?![\w.]))"
    r"|(?P<probe>[vis]\([^()]*\))|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/^(),|=]))"
)
_TELLING = {"freq": "ac", "phase": "ac", "angle": "ac", "db": "ac", "time": "tran", "inoise": "noise",
            "onoise": "noise", "s": "sp", "sweep": "dc"}  # fmt: skip
_EDGES = ("cross", "rise", "fall")
ANALYSES = ("op", "ac", "tran", "noise", "dc", "sp")


def _phase(x: Values) -> Values:
    return np.asarray(np.degrees(np.unwrap(np.angle(x))))


def _angle(x: Values) -> Values:
    return np.asarray(np.degrees(np.angle(x)))


def _decibel(x: Values) -> Values:
    return np.asarray(20.0 * np.log10(np.maximum(np.abs(x), 1e-300)))


_SIGNS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}
_EACH: Mapping[str, Callable[[Values], Values]] = {
    "abs": np.abs, "mag": np.abs, "re": np.real, "im": np.imag, "phase": _phase, "angle": _angle, "db": _decibel,
    "sqrt": np.sqrt, "exp": np.exp, "ln": np.log, "log10": np.log10, "conj": np.conj,
}  # fmt: skip


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
        waves = Waves(np.array([1.0, 2.0, 3.0]), _Any(np.ones(3) + 0j), _Any(np.ones(())), trial=True)
        try:
            with np.errstate(all="ignore"):
                single = np.size(self._read.value(waves)) == 1
        except NotMeasurable as error:
            raise ConfigError(f"meas {self.name!r}: {self.text!r}: {error}") from error
        if swept and not single:
            raise ConfigError(
                f"meas {self.name!r}: {self.text!r} is a number for each point; say where (`at freq = 1k`) or take "
                "max, min, mean, rms, first or last"
            )

    def __call__(self, waves: Waves) -> float:
        """The number. Raises NotMeasurable when there is none."""
        try:
            with np.errstate(all="ignore"):
                found = np.asarray(self._read.value(waves))
        except NotMeasurable as error:
            raise NotMeasurable(f"{self.name}: {error}") from error
        if found.size != 1:
            raise NotMeasurable(
                f"{self.name}: {self.text!r} is {found.size} numbers; say where (`at freq = 1k`) or take max, min, mean"
            )
        value = complex(found.ravel()[0])
        if not np.isfinite(value) or abs(value.imag) > 1e-9 * abs(value):
            raise NotMeasurable(f"{self.name} is {value:g}, not a real number; take |...|, re or phase")
        return value.real


@lru_cache(maxsize=1000)
def _read(name: str, text: str) -> "_Reader":
    return _Reader(name, text)


class _Reader(ArithmeticReader[Node]):
    """Recursive descent over the tokens: the text becomes functions of the waveforms."""

    def __init__(self, name: str, text: str) -> None:
        self.vectors: dict[str, None] = {}
        self.names: dict[str, None] = {}
        self.said: list[str] = []
        prefix, colon, rest = text.partition(":")
        self.prefix = prefix.strip() if colon else ""
        if colon and self.prefix not in ANALYSES:
            raise ConfigError(f"meas {name!r}: no analysis {self.prefix!r}; {choices(self.prefix, ANALYSES)}")
        super().__init__(f"meas {name!r}", rest if colon else text, _TOKEN)
        self.value = self.reading()
        if self.at < len(self.tokens):
            raise self.wrong()

    def joined(self, sign: str, left: Node, right: Node) -> Node:
        operation = _SIGNS[sign]
        return lambda w: operation(left(w), right(w))

    def negative(self, inner: Node) -> Node:
        return lambda w: -inner(w)

    def reading(self) -> Node:
        """A sum, and behind `at` where it is read."""
        value = self.sum()
        if self.peek() != "at":
            return value
        self.take()
        place = self.place()
        return lambda w: place.read(value(w), w)

    def place(self) -> Place:
        """`left = right`, then at will `rise 2` or `fall last`, `from 1n`, `to 5n`."""
        begin = self.at
        left = self.sum()
        self.expect("=")
        right = self.sum()
        edge, count = self.crossing()
        low, high = self.bound("from"), self.bound("to")
        return Place(left, right, edge, count, low, high, " ".join(self.tokens[begin : self.at]))

    def crossing(self) -> tuple[Edge, int]:
        if self.peek() not in _EDGES:
            return "cross", 1
        edge = cast(Edge, self.take())
        if self.peek() == "last":
            self.take()
            return edge, LAST
        return edge, self.count() if self.peek().isdigit() else 1

    def count(self) -> int:
        """Which of the crossings, from 1 on."""
        found = int(self.take())
        if found < 1:
            raise self.wrong()
        return found

    def bound(self, word: str) -> Node | None:
        if self.peek() != word:
            return None
        self.take()
        return self.sum()

    def atom(self) -> Node:
        token = self.take()
        if token in ("(", "|"):
            inner = self.reading() if token == "(" else self.sum()
            self.expect(")" if token == "(" else "|")
            return inner if token == "(" else lambda w: np.abs(inner(w))
        if token and (token[0].isdigit() or token[0] == "."):
            number = quantity(token, self.owner)
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
        return nodes[0] if len(nodes) == 1 else self.joined("-", nodes[0], nodes[1])

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
            raise ConfigError(f"{self.owner}: no function {name!r}; {choices(name, [*_EACH, *_WHOLE])}")
        self.said.append(name)
        self.expect("(")
        inner = self.sum()
        ends = self.ends() if name in _WHOLE and self.peek() == "," else None
        self.expect(")")
        if name in _WHOLE:
            return _over(_WHOLE[name], inner, ends)
        each = _EACH[name]
        return lambda w: each(inner(w))

    def ends(self) -> tuple[Node, Node]:
        """The places of the axis between which something is taken: `, 1u, 2u`."""
        self.expect(",")
        low = self.sum()
        self.expect(",")
        return low, self.sum()


def _over(whole: Callable[[Values, Waves], float], inner: Node, ends: tuple[Node, Node] | None) -> Node:
    """A number over all points, or over those between the ends."""

    def taken(waves: Waves) -> Values:
        values = np.broadcast_to(inner(waves), waves.axis.shape)
        if ends is not None:
            values, waves = between(values, waves, *(number(end, waves) for end in ends))
        return np.asarray(whole(values, waves))

    return taken


def _nothing(waves: Waves) -> Values:
    return np.asarray(0.0)
