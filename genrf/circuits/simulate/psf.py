"""PSF in its ASCII form, as Spectre writes results: sections HEADER, TYPE, SWEEP, TRACE and VALUE."""

import re
from pathlib import Path

import numpy as np

from genrf.core.errors import GenrfError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+')
_SECTIONS = ("HEADER", "TYPE", "SWEEP", "TRACE", "VALUE", "END")


def read(path: Path) -> dict[str, np.ndarray]:
    """The signals of a result file by name, the sweep among them; one point each where nothing was swept.

    Raises GenrfError with the file when it does not end with END.
    """
    sections = _sections(_TOKEN.findall(path.read_text(errors="replace")))
    if "END" not in sections:
        raise GenrfError(f"{path}: not a whole PSF file (it has no END)")
    values = _Values(sections.get("VALUE", []))
    if "SWEEP" in sections:
        return values.swept(_groups(sections.get("TRACE", [])))
    return values.single()


def _sections(tokens: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for token in tokens:
        if token in _SECTIONS:
            current = found.setdefault(token, [])
        else:
            current.append(token)
    return found


def _groups(trace: list[str]) -> dict[str, list[str]]:
    """Groups of traces by name: their values stand together under the group's name."""
    groups = {}
    for at, token in enumerate(trace):
        if token == "GROUP":
            count = int(trace[at + 1])
            names = [name for name in trace[at + 2 :] if name.startswith('"')]
            groups[_name(trace[at - 1])] = [_name(name) for name in names[0 : 2 * count : 2]]
    return groups


class _Values:
    """The tokens of a VALUE section, taken one by one."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def swept(self, groups: dict[str, list[str]]) -> dict[str, np.ndarray]:
        """`name value` pairs, again and again."""
        found: dict[str, list[complex]] = {}
        while self.at < len(self.tokens):
            name = _name(self._take())
            for member in groups.get(name, [name]):
                found.setdefault(member, []).append(self._value())
        return {name: _array(values) for name, values in found.items()}

    def single(self) -> dict[str, np.ndarray]:
        """`name type value`, each with properties perhaps; a structure (an operating point) becomes NaN."""
        found = {}
        while self.at < len(self.tokens):
            name = _name(self._take())
            self._take()  # its type
            found[name] = _array([self._value()])
            if self.at < len(self.tokens) and self.tokens[self.at] == "PROP":
                self.at += 1
                self._bracket()
        return found

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _value(self) -> complex:
        if self.tokens[self.at] != "(":
            return complex(float(self._take()))
        inside = self._bracket()
        if len(inside) == 2:
            return complex(float(inside[0]), float(inside[1]))
        return complex("nan")

    def _bracket(self) -> list[str]:
        """The tokens between brackets, nested ones flattened."""
        self.at += 1
        depth, inside = 1, list[str]()
        while depth:
            token = self._take()
            depth += (token == "(") - (token == ")")
            if token not in "()":
                inside.append(token)
        return inside


def _name(token: str) -> str:
    return token.strip('"').replace("\\", "")


def _array(values: list[complex]) -> np.ndarray:
    array = np.array(values)
    return array if np.any(array.imag) else array.real
