"""The analyses that a foreign netlist asks for, as typed data."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from genrf.circuits.expressions import Scope, expression
from genrf.circuits.foreign.syntax import Command, safe
from genrf.circuits.testbench import Ac, Analysis, Dc, Grid, Noise, Op, Sp, Tran
from genrf.core.errors import ConfigError

NAMES = ("op", "ac", "tran", "noise", "dc", "sp")
_POINTS = 1000  # of a transient at the least
_PROBE = re.compile(r"v\(([^(),]+)\)$", re.I)


def analysis(command: Command, vectors: Sequence[str], scope: Scope) -> Analysis:
    """What a command asks for, keeping `vectors`. Raises ConfigError when it cannot be read."""
    words = [*command.words, *(f"{key}={value}" for key, value in command.parameters.items())]
    kept = tuple(vectors)
    try:
        match command.name:
            case "op":
                return Op(kept)
            case "ac":
                return Ac(kept, _grid(words, scope))
            case "sp":
                return Sp(_grid(words, scope))
            case "noise":
                return _noise(words, kept, scope)
            case "dc":
                low, high, step = (_number(word, scope) for word in words[1:4])
                return Dc(kept, _source(words[0]), low, high, step)
            case _:
                return _tran(words, kept, scope)
    except (ValueError, IndexError) as error:
        raise ConfigError(f".{command.name} {' '.join(words)}: {error}") from error


def axis(made: Analysis, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """What an analysis steps through: frequencies in Hz, time in s, a swept quantity; 0 for an operating point."""
    if isinstance(made, Op):
        return np.zeros(1)
    if isinstance(made, Tran):
        return found["time"]
    return made.points() if isinstance(made, Dc) else made.grid.frequencies()


def _grid(words: Sequence[str], scope: Scope) -> Grid:
    scale = words[0].lower()
    count, low, high = (_number(word, scope) for word in words[1:4])
    if scale not in ("dec", "oct", "lin"):
        raise ValueError(f"a sweep is dec, oct or lin, got {words[0]!r}")
    if not 0 < low < high:
        raise ValueError(f"frequencies must rise from above 0, got {low:g} to {high:g}")
    if scale == "lin":
        return Grid("lin", max(2, round(count)), low, high)
    return Grid("dec", max(1, round(count * (np.log2(10.0) if scale == "oct" else 1.0))), low, high)


def _noise(words: Sequence[str], vectors: tuple[str, ...], scope: Scope) -> Noise:
    probe = _PROBE.match(words[0])
    if probe is None:
        raise ValueError(f"noise is that of one net, `v(out)`, got {words[0]!r}")
    return Noise(safe(probe[1].strip().lower()), _source(words[1]), _grid(words[2:], scope), vectors)


def _source(name: str) -> str:
    """The name of a source as it may stand in a command of the simulator."""
    if not re.fullmatch(r"\w[\w.]*", name):
        raise ValueError(f"{name!r} is no name of a source")
    return name.lower()


def _tran(words: Sequence[str], vectors: tuple[str, ...], scope: Scope) -> Tran:
    numbers = [_number(word, scope) for word in words]  # `uic` is no number: it would start from other voltages
    step, stop = numbers[:2]
    start = numbers[2] if len(numbers) > 2 else 0.0
    longest = min(numbers[3] if len(numbers) > 3 else step, (stop - start) / _POINTS)
    if not (step > 0 and stop > start >= 0):
        raise ValueError("a transient needs a step above 0 and a stop behind its start")
    return Tran(("time", *vectors), longest, stop, start)


def _number(text: str, scope: Scope) -> float:
    return expression(text)(scope)
