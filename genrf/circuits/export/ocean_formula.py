"""What an OCEAN script computes on vectors that another simulator found: its runs, and its formulas by their text."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genrf.circuits.export.skill_reader import Binary, Call, Expression, Group, Negative, Quoted, Symbol
from genrf.circuits.testbench import Analysis, Noise, Op, Sp, Waveforms
from genrf.core.errors import ConfigError
from genrf.core.units import quantity

_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "ymin": np.min, "ymax": np.max, "average": np.mean, "mag": np.abs, "abs": np.abs, "conjugate": np.conj,
    "log10": np.log10, "sqrt": np.sqrt, "dB20": lambda x: 20.0 * np.log10(np.maximum(np.abs(x), 1e-300)),
}  # fmt: skip
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip
_KINDS: Mapping[str, type] = {"sp": Sp, "noise": Noise, "dc": Op}


@dataclass
class Run:
    """One `run()` with what was set before it."""

    design: str
    variables: dict[str, float]
    analysis: str


@dataclass
class Printed:
    """The runs of a script, and what it prints by name."""

    runs: list[Run] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)


def printed(script: Iterable[Expression], found: Waveforms, analyses: Mapping[str, Analysis]) -> Printed:
    """What the script prints when its runs find the waveforms of the analyses.

    A run is the analysis of the same kind over the same frequencies. Raises ConfigError where there is none, or for
    what it cannot evaluate.
    """
    machine = _Machine(found, analyses)
    for expression in script:
        machine.step(expression)
    return machine.done


class _Machine:
    """OCEAN's state: the design, its variables, the one analysis, the values that were assigned."""

    def __init__(self, found: Waveforms, analyses: Mapping[str, Analysis]) -> None:
        self.found, self.analyses = found, analyses
        self.done = Printed()
        self.design, self.variables = "", dict[str, float]()
        self.asked: Call | None = None
        self.vectors: Mapping[str, np.ndarray] = {}
        self.values = dict[str, Any]()

    def step(self, expression: Expression) -> None:
        match expression:
            case Binary(operator="=", left=Symbol(name=name), right=right):
                self.values[name] = self.value(right)
            case Call(name="design", arguments=(str(path),)):
                self.design, self.variables = path, {}
            case Call(name="desVar", arguments=(str(name), float(value))):
                self.variables[name] = value
            case Call(name="analysis"):
                self.asked = expression
            case Call(name="run"):
                self.run()
            case Call(name="delete"):
                self.asked, self.vectors = None, {}
            case Call(name="printf", arguments=(str(), Symbol(name=name))):
                self.done.metrics[name] = float(self.values[name])

    def run(self) -> None:
        if self.asked is None or not self.design:
            raise ConfigError("run() without a design or an analysis")
        name = next((key for key, one in self.analyses.items() if _same(self.asked, one)), None)
        if name is None:
            raise ConfigError(f"line {self.asked.line}: the bench has no such analysis")
        self.vectors = self.found[name]
        self.done.runs.append(Run(self.design, dict(self.variables), name))

    def value(self, expression: Expression) -> Any:
        match expression:
            case float():
                found: Any = expression
            case Symbol(name=name) if name in self.values:
                found = self.values[name]
            case Negative(term=term):
                found = -self.value(term)
            case Group(items=(inner,)):
                found = self.value(inner)
            case Binary(operator=sign, left=left, right=right) if sign in _OPERATORS:
                found = _OPERATORS[sign](self.value(left), self.value(right))
            case Call(name=name, arguments=(argument,)) if name in _FUNCTIONS:
                found = _FUNCTIONS[name](self.value(argument))
            case Call():
                found = self.vector(expression)
            case _:
                raise ConfigError(f"{expression} has no value")
        return found

    def vector(self, call: Call) -> np.ndarray:
        """A result under ngspice's name for it."""
        kind = self.asked.arguments[0] if self.asked else None
        wanted, asked = call.keywords.get("result"), kind.name if isinstance(kind, Quoted) else ""
        if wanted != Quoted("dcOp" if asked == "dc" else asked):
            raise ConfigError(f"line {call.line}: {call.name} reads {wanted} after an analysis {asked!r}")
        match call:
            case Call(name="sp", arguments=(float(row), float(column))):
                name = f"S_{row:g}_{column:g}"
            case Call(name="getData", arguments=("in" | "out" as side,)):
                name = f"{side[0]}noise_spectrum"
            case Call(name="v", arguments=(str(name),)):
                return np.asarray(self.vectors[name][0])
            case Call(name="i", arguments=(str(port),)):
                return np.asarray(self.vectors[f"{port.removesuffix(':p')}#branch"][0])
            case _:
                raise ConfigError(f"line {call.line}: {call.name} is not known here")
        if name not in self.vectors:
            raise ConfigError(f"line {call.line}: {call.name} reads {name}, which no run has found")
        return self.vectors[name]


def _same(call: Call, analysis: Analysis) -> bool:
    """Whether an `analysis(...)` is one of the bench: its kind and, where it has any, its frequencies."""
    kind = call.arguments[0]
    if not isinstance(kind, Quoted) or not isinstance(analysis, _KINDS.get(kind.name, type(None))):
        return False
    if isinstance(analysis, Op) or not isinstance(analysis, Sp | Noise):
        return True
    grid = analysis.grid
    number = call.keywords.get(grid.scale)
    wanted = max(grid.points - 1, 1) if grid.scale == "lin" else grid.points
    return number == str(wanted) and [_hertz(call, key) for key in ("start", "stop")] == [grid.start, grid.stop]


def _hertz(call: Call, key: str) -> float:
    text = call.keywords.get(key)
    return quantity(text, key) if isinstance(text, str) else float("nan")
