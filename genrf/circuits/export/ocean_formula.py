"""What an OCEAN script computes on vectors that another simulator found: its runs, and its formulas by their text."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from textwrap import shorten
from typing import Any

import numpy as np

from genrf.circuits.export.skill_reader import (
    Binary,
    Call,
    Expression,
    Group,
    Negative,
    Quoted,
    Symbol,
    line_of,
    source,
)
from genrf.circuits.testbench import Ac, Analysis, Dc, Noise, Op, Sp, Tran, Waveforms
from genrf.core.errors import ConfigError
from genrf.core.units import quantity


@dataclass(frozen=True)
class Wave:
    """A waveform of OCEAN's: values over what its analysis sweeps."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Family:
    """A waveform for each value of what a parametric analysis sweeps."""

    values: np.ndarray
    members: tuple[Wave, ...]

    def each(self, function: Callable[[Wave], Any]) -> "Family | Wave":
        """A function of every member: a waveform over the values where it gives numbers."""
        found = [function(member) for member in self.members]
        if any(one is None for one in found):
            raise ConfigError("a formula reads nil: a waveform of a family does not cross a level")
        return Family(self.values, tuple(found)) if isinstance(found[0], Wave) else Wave(self.values, np.array(found))


def _cross(wave: Wave, level: float, number: float, kind: str) -> float | None:
    """Where the line between two points crosses a level for the `number`th time, from the end if it is below 0."""
    above = wave.y >= level
    before = np.flatnonzero((above[1:] & ~above[:-1]) if kind == "rising" else (above[:-1] & ~above[1:]))
    if not 0 < abs(number) <= len(before):
        return None
    at = before[int(number) - 1 if number > 0 else int(number)]
    share = (level - wave.y[at]) / (wave.y[at + 1] - wave.y[at])
    return float(wave.x[at] + share * (wave.x[at + 1] - wave.x[at]))


def _value(wave: Wave, x: float) -> complex:
    """Between two points on the line through them. Raises ConfigError outside of the waveform."""
    if not wave.x[0] <= x <= wave.x[-1]:
        raise ConfigError(f"value at {x:g}: the waveform goes from {wave.x[0]:g} to {wave.x[-1]:g}")
    return np.interp(x, wave.x, wave.y).item()  # type: ignore[no-any-return]


def _clip(wave: Wave, low: float, high: float) -> Wave:
    inside = wave.x[(wave.x > low) & (wave.x < high)]
    x = np.concatenate([[low], inside, [high]])
    return Wave(x, np.array([_value(wave, at) for at in x]))


def _average(wave: Wave) -> float:
    """The integral over the range of x."""
    return float(np.trapezoid(wave.y, wave.x) / (wave.x[-1] - wave.x[0]))


def _frequency(wave: Wave) -> float:
    """From the mean time between upward crossings of the middle."""
    middle = 0.5 * (wave.y.max() + wave.y.min())
    count = int(np.sum((wave.y[1:] >= middle) & (wave.y[:-1] < middle)))
    first, last = (_cross(wave, middle, number, "rising") for number in (1, -1))
    if first is None or last is None or count < 2:
        raise ConfigError("frequency: the waveform has no whole period")
    return (count - 1) / (last - first)


_EACH: Mapping[str, Callable[[Any], Any]] = {  # of numbers, and of waveforms point by point
    "mag": np.abs, "abs": np.abs, "conjugate": np.conj, "log10": np.log10, "sqrt": np.sqrt, "cos": np.cos,
    "sin": np.sin, "dB20": lambda x: 20.0 * np.log10(np.maximum(np.abs(x), 1e-300)),
    "phaseDegUnwrapped": lambda y: np.degrees(np.unwrap(np.angle(y))),
}  # fmt: skip
_WHOLE: Mapping[str, Callable[..., Any]] = {  # of a waveform
    "ymin": lambda wave: float(np.min(wave.y)), "ymax": lambda wave: float(np.max(wave.y)), "average": _average,
    "xval": lambda wave: Wave(wave.x, wave.x), "value": _value, "cross": _cross, "clip": _clip,
    "frequency": _frequency,
}  # fmt: skip
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    ">": operator.gt,
}  # fmt: skip
_KINDS: Mapping[str, type] = {"sp": Sp, "noise": Noise, "dc": Op, "ac": Ac, "tran": Tran}  # and `Dc`
_TIMES = 1e-11  # as far as the digits of a script tell two times apart


def levels(analysis: Analysis) -> dict[str, float]:
    """The variables of an analysis that excites one source of several, by their names in benches."""
    return {f"ac_{name}": float(level) for name, level in analysis.levels.items()} if isinstance(analysis, Ac) else {}


@dataclass
class Run:
    """One `run()` with what was set before it: file, folder of results, temperature in degrees Celsius, variables."""

    design: str
    folder: str | None
    temperature: float | None
    variables: dict[str, float]
    asked: Call
    analysis: str


@dataclass
class Printed:
    """The runs of a script, and by name what it prints and in which words."""

    runs: list[Run] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def printed(script: Sequence[Expression], found: Waveforms, analyses: Mapping[str, Analysis]) -> Printed:
    """What the script prints when its runs find the waveforms of the analyses.

    A run is the first analysis of the same kind over the same frequencies that was not run before. Raises ConfigError
    with its line where there is none, for what cannot be evaluated, and for an expression that neither computes nor
    prints a value nor belongs to a run: a design, what is set for it, each once, one analysis, its run, its `delete`.
    """
    if not script or script[0] != Call("simulator", (Quoted("spectre"),), {}, 0):
        raise ConfigError("the script does not begin with simulator('spectre)")
    machine = _Machine(found, analyses)
    for expression in script[1:]:
        try:
            machine.step(expression)
        except ConfigError as error:
            raise ConfigError(f"line {line_of(expression)}: {error}") from error
    if machine.given:
        raise ConfigError("the script ends before the last analysis is run and deleted")
    return machine.done


class _Machine:
    """OCEAN's state: what is set for a run, the one analysis, the values that were assigned."""

    def __init__(self, found: Waveforms, analyses: Mapping[str, Analysis]) -> None:
        self.found, self.analyses = found, analyses
        self.done = Printed()
        self.given = dict[str, Any]()  # by the name of the function, from a design to the `delete` of its analysis
        self.variables = dict[str, float]()
        self.parameters = dict[str, list[float]]()
        self.vectors: Mapping[str, np.ndarray] = {}
        self.swept: np.ndarray | None = None
        self.family: Mapping[float, Mapping[str, np.ndarray]] = {}
        self.values = dict[str, Any]()

    @property
    def asked(self) -> Call | None:
        """The analysis, once it is asked for."""
        return self.given.get("analysis")

    def step(self, expression: Expression) -> None:
        match expression:
            case Binary("=", Symbol(name), right):
                self.values[name] = self.value(right)
            case Call("analysis", (Quoted(),)):
                self.set("analysis", expression)
            case Call("paramAnalysis", (str(name),), {"values": Call("list", values), **others}) if not others:
                self.set("paramAnalysis", name)
                self.parameters[name] = [float(self.value(one)) for one in values]
            case Call(keywords=keywords) if not keywords:
                self.call(expression)
            case _:
                raise ConfigError(f"{_short(expression)} is no part of a run")

    def call(self, call: Call) -> None:
        """A call without keywords."""
        match call.name, call.arguments:
            case "design" | "resultsDir" as name, (str(path),):
                self.set(name, path)
            case "temp", (value,):
                self.set("temp", self.value(value))
            case "desVar", (str(name), value):
                self.set(f"desVar {name}", self.value(value))
                self.variables[name] = self.value(value)
            case "run", ():
                self.run()
            case "paramRun", (Quoted(name),):
                self.run(name)
            case "delete", (Quoted("analysis"), kind):
                self.delete(kind)
            case "printf", (str(text), Symbol(name)):
                self.print(name, text)
            case _:
                raise ConfigError(f"{_short(call)} is no part of a run")

    def set(self, name: str, value: Any) -> None:
        """Something for the next run. Raises ConfigError for what is set twice, without a design or after the run."""
        if "run" in self.given:
            raise ConfigError(f"{name} stands after a run whose analysis is not deleted")
        if name in self.given:
            raise ConfigError(f"{name} is given twice")
        if name != "design" and "design" not in self.given:
            raise ConfigError(f"{name} stands before a design")
        self.given[name] = value

    def delete(self, kind: Expression) -> None:
        """The end of a run. Raises ConfigError where there was none, or one of another kind."""
        if "run" not in self.given or self.asked is None or self.asked.arguments[0] != kind:
            raise ConfigError(f"delete stands where no analysis {source(kind)} was run")
        self.given, self.variables, self.parameters, self.vectors, self.family = {}, {}, {}, {}, {}

    def print(self, name: str, text: str) -> None:
        value = self.values[name]
        if name in self.done.metrics:
            raise ConfigError(f"{name} is printed twice")
        if not isinstance(value, float):
            raise ConfigError(f"{name} is printed, but is no number")
        self.done.metrics[name], self.done.words[name] = float(value), text

    def run(self, parameter: str = "") -> None:
        """One run, or one for each value of a parameter."""
        self.set("run", parameter)
        if self.asked is None:
            raise ConfigError("it runs without an analysis")
        swept = {key.partition("@")[0] for key in self.found if "@" in key}
        ran = {one.analysis for one in self.done.runs}
        known = (key for key in self.analyses if self._is(key) and key not in ran and (key in swept) == bool(parameter))
        name = next(known, None)
        if name is None:
            raise ConfigError("the bench has no such analysis, or it was run before")
        self.family = self._runs(name, parameter) if parameter else {}
        if [*self.parameters] != [parameter] * bool(parameter):
            raise ConfigError(f"what is run for several values is {[*self.parameters]}, not {parameter or 'nothing'}")
        self.vectors = {} if parameter else self.found.get(name, {})
        self.swept = _swept(self.analyses[name], self.vectors) if self.vectors else None
        given = self.given
        run = Run(given["design"], given.get("resultsDir"), given.get("temp"), self.variables, self.asked, name)
        self.done.runs.append(run)

    def _runs(self, name: str, parameter: str) -> Mapping[float, Mapping[str, np.ndarray]]:
        """What the runs of an analysis have found, by the value asked for. Raises ConfigError for other values."""
        found = {float(key.partition("@")[2]): one for key, one in self.found.items() if key.startswith(f"{name}@")}
        asked = self.parameters.get(parameter, [])
        if parameter not in self.variables or not _close(asked, list(found)):
            raise ConfigError(f"{name} is not run for {parameter} of {asked}")
        return dict(zip(asked, found.values(), strict=True))

    def _is(self, name: str) -> bool:
        """Whether what is asked for is this analysis, of the sources that are excited."""
        analysis = self.analyses[name]
        excited = all(self.variables.get(key) == level for key, level in levels(analysis).items())
        return self.asked is not None and _same(self.asked, analysis) and excited

    def value(self, expression: Expression) -> Any:
        match expression:
            case float():
                found: Any = expression
            case Symbol(name=name) if name in self.values:
                found = self.values[name]
            case Negative(term=term):
                found = _lifted(operator.neg, self.value(term))
            case Group(items=(inner,)):
                found = self.value(inner)
            case Binary(operator=sign, left=left, right=right) if sign in _OPERATORS:
                found = _lifted(_OPERATORS[sign], self.value(left), self.value(right))
            case Quoted(name=name):
                found = name
            case Call(name=name, arguments=(argument,)) if name in _EACH:
                found = _lifted(_EACH[name], self.value(argument))
            case Call(name=name, arguments=(wave, *arguments)) if name in _WHOLE:
                found = _of_wave(_WHOLE[name], self.value(wave), [self.value(one) for one in arguments])
            case Call(name="max" | "min" as name, arguments=arguments):
                found = _called({"max": max, "min": min}[name], [self.value(one) for one in arguments])
            case Call(name="if", arguments=(condition, then, otherwise)):
                found = self.value(otherwise if self.value(condition) in (None, False) else then)
            case Call():
                found = self.vector(expression)
            case _:
                raise ConfigError(f"{expression} has no value")
        return found

    def vector(self, call: Call) -> Family | Wave | float:
        """A result under ngspice's name for it; a number where nothing is swept."""
        kind = self.asked.arguments[0] if self.asked else None
        wanted, asked = call.keywords.get("result"), kind.name if isinstance(kind, Quoted) else ""
        if wanted != Quoted("dcOp" if asked == "dc" and "start" not in (self.asked or call).keywords else asked):
            raise ConfigError(f"{call.name} reads {wanted} after an analysis {asked!r}")
        match call:
            case Call(name="sp", arguments=(float(row), float(column))):
                name = f"S_{row:g}_{column:g}"
            case Call(name="getData", arguments=("in" | "out" as side,)):
                name = f"{side[0]}noise_spectrum"
            case Call(name="v", arguments=(str(name),)):
                pass
            case Call(name="i", arguments=(str(port),)):
                name = f"{port.removesuffix(':p')}#branch"
            case _:
                raise ConfigError(f"{call.name} is not known here")
        runs = list(self.family.values()) or [self.vectors]
        if any(name not in one for one in runs):
            raise ConfigError(f"{call.name} reads {name}, which no run has found")
        if self.family:
            return Family(np.array([*self.family]), tuple(Wave(one["time"], one[name]) for one in runs))
        vector = self.vectors[name]
        return float(vector[0]) if self.swept is None else Wave(self.swept, vector)


def _short(one: Expression) -> str:
    return shorten(source(one), 70, placeholder=" ...")


def _swept(analysis: Analysis, found: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """What an analysis goes through, in Hz, s, V or degrees Celsius."""
    if isinstance(analysis, Tran):
        return found["time"]
    if isinstance(analysis, Dc):
        return analysis.points()
    return analysis.grid.frequencies() if isinstance(analysis, Sp | Noise | Ac) else None


def _called(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """A function of what is there. Raises ConfigError for nil, as a wave has that crosses a level less often."""
    if any(one is None for one in arguments):
        raise ConfigError("a formula reads nil: a waveform does not cross a level as often as it says")
    return function(*arguments)


def _of_wave(function: Callable[..., Any], wave: Any, arguments: Sequence[Any]) -> Any:
    """A function whose first argument is a waveform, or every one of a family."""
    if isinstance(wave, Family):
        return wave.each(lambda one: _called(function, [one, *arguments]))
    if not isinstance(wave, Wave | None):
        raise ConfigError(f"a formula reads the number {wave:g} where a waveform stands")
    return _called(function, [wave, *arguments])


def _lifted(function: Callable[..., Any], *terms: Any) -> Any:
    """A function of numbers on waveforms, point by point. Raises ConfigError for those over different points."""
    families = [one for one in terms if isinstance(one, Family)]
    if families:
        return _each_member(function, families[0], terms)
    waves = [one for one in terms if isinstance(one, Wave)]
    if any(one.x is not waves[0].x and not np.array_equal(one.x, waves[0].x) for one in waves):
        raise ConfigError("a formula joins waveforms of different sweeps")
    found = _called(function, [one.y if isinstance(one, Wave) else one for one in terms])
    return Wave(waves[0].x, found) if waves else found


def _each_member(function: Callable[..., Any], family: Family, terms: Sequence[Any]) -> Family:
    """A function of numbers on the members of families, which a number is joined with each of."""
    spread = [one.members if isinstance(one, Family) else [one] * len(family.members) for one in terms]
    return Family(family.values, tuple(_lifted(function, *together) for together in zip(*spread, strict=True)))


def _close(asked: Sequence[float], found: Sequence[float]) -> bool:
    return len(asked) == len(found) and all(isclose(a, b, rel_tol=_TIMES) for a, b in zip(asked, found, strict=True))


def _same(call: Call, analysis: Analysis) -> bool:
    """Whether an `analysis(...)` is one of the bench: its kind and, where it has any, its frequencies."""
    kind = call.arguments[0]
    if isinstance(analysis, Dc):
        return kind == Quoted("dc") and _sweeps(call, analysis)
    if not isinstance(kind, Quoted) or not isinstance(analysis, _KINDS.get(kind.name, type(None))):
        return False
    if isinstance(analysis, Tran):
        times = {"stop": analysis.stop, "outputstart": analysis.start, "maxstep": analysis.step}
        times |= {"strobeperiod": analysis.step} if analysis.even else {}
        return all(isclose(_number(call, key), time, rel_tol=_TIMES, abs_tol=1e-18) for key, time in times.items())
    if not isinstance(analysis, Sp | Noise | Ac):
        return "start" not in call.keywords
    grid = analysis.grid
    number = call.keywords.get(grid.scale)
    wanted = max(grid.points - 1, 1) if grid.scale == "lin" else grid.points
    return number == str(wanted) and [_number(call, key) for key in ("start", "stop")] == [grid.start, grid.stop]


def _sweeps(call: Call, analysis: Dc) -> bool:
    """Whether a `dc` analysis goes through the values of a sweep."""
    source = ("temp", None) if analysis.source == "temp" else ("dc", analysis.source)
    asked = [_number(call, key) for key in ("start", "stop", "step")]
    same = _close(asked, [analysis.start, analysis.stop, analysis.step])
    return same and (call.keywords.get("param"), call.keywords.get("dev")) == source


def _number(call: Call, key: str) -> float:
    text = call.keywords.get(key)
    return quantity(text, key) if isinstance(text, str) else float("nan")
