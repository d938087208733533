"""A reader of the netlists of ADS's simulator, as far as subcircuits, models and instances go."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from genrf.core.errors import ConfigError

_UNITS = ("Ohm", "F", "H", "m", "V", "A", "Hz")
_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_SCALES = {f"{prefix}{unit}": scale for unit in _UNITS for prefix, scale in _PREFIXES.items()}
_SCALES |= {prefix: scale for prefix, scale in _PREFIXES.items() if prefix not in ("", "m")}  # of areas, and numbers
_PAIR = re.compile(r'(\w+)\s*=\s*("[^"]*"|[^\s="]+)(?:\s+([A-Za-z]+)(?![\w=:]))?')
_INSTANCE = re.compile(r"(\w+):(\w+)((?:\s+\w+)*?)((?:\s+\w+\s*=.*)?)$")
_DEFINE = re.compile(r"define\s+(\w+)\s*\(([^()]*)\)$")
_MODEL = re.compile(r"model\s+(\w+)\s+(\w+)(.*)$")

Values = Mapping[str, float | str]


@dataclass(frozen=True)
class Part:
    """An instance, or an analysis: type, name, nodes, parameters in SI units."""

    type: str
    name: str
    nets: tuple[str, ...]
    parameters: Values


@dataclass(frozen=True)
class Model:
    """A model card."""

    name: str
    type: str
    parameters: Values


@dataclass(frozen=True)
class Subcircuit:
    """What stands between `define` and `end`."""

    name: str
    ports: tuple[str, ...]
    parts: tuple[Part, ...]


def read(text: str) -> list[Part | Model | Subcircuit]:
    """The statements. Raises ConfigError with the line of what cannot be read; `#include` is passed over."""
    whole = re.sub(r"\\\n\s*", "", text)  # a line goes on behind a backslash
    lines = ((number, line.split(";", 1)[0].strip()) for number, line in enumerate(whole.splitlines(), 1))
    return list(_statements((number, line) for number, line in lines if line and not line.startswith("#include ")))


def _statements(lines: Iterator[tuple[int, str]]) -> Iterator[Part | Model | Subcircuit]:
    for number, line in lines:
        if line.startswith("define"):
            yield _subcircuit(number, line, lines)
        elif found := _MODEL.match(line):
            yield Model(found[1], found[2], _values(number, found[3]))
        else:
            yield _part(number, line)


def _subcircuit(number: int, line: str, lines: Iterator[tuple[int, str]]) -> Subcircuit:
    head = _DEFINE.match(line)
    if head is None:
        raise ConfigError(f"line {number}: cannot read {line!r}; `define name ( ports )` is what it should be")
    parts: list[Part] = []
    for inner, text in lines:
        if text.split()[0] == "end":
            if text.split()[1:] not in ([], [head[1]]):
                raise ConfigError(f"line {inner}: {text!r} ends no {head[1]}")
            return Subcircuit(head[1], tuple(head[2].split()), tuple(parts))
        parts.append(_part(inner, text))
    raise ConfigError(f"line {number}: {head[1]} has no end")


def _part(number: int, line: str) -> Part:
    found = _INSTANCE.match(line)
    if found is None:
        raise ConfigError(f"line {number}: cannot read {line!r}")
    return Part(found[1], found[2], tuple(found[3].split()), _values(number, found[4]))


def _values(number: int, text: str) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for name, value, unit in _PAIR.findall(text):
        if name in found:
            raise ConfigError(f"line {number}: {name} is given twice")
        if unit and unit not in _SCALES:
            raise ConfigError(f"line {number}: {name} is in {unit!r}, which is no unit")
        found[name] = _value(value, _SCALES.get(unit, 1.0))
    rest = _PAIR.sub("", text).strip()
    if rest:
        raise ConfigError(f"line {number}: cannot read {rest!r}")
    return found


def _value(text: str, scale: float) -> float | str:
    try:
        return float(text) * scale
    except ValueError:
        return text.strip('"')
