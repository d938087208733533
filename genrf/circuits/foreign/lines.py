"""From a file's text to statements on one line each, and from a statement to its words and assignments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genrf.core.errors import ConfigError

_OPEN = {"(": ")", "{": "}", "[": "]"}
_LONGEST = 200_000  # characters of a statement
_ASSIGNMENT = re.compile(r"([A-Za-z_$][\w.$:#\\!]*)\s*=(?!=)")


@dataclass(frozen=True)
class Logical:
    """A whole statement, or a remark; `line` is where it begins."""

    text: str
    line: int
    remark: bool = False


def joined(text: str, marks: re.Pattern[str], beside: re.Pattern[str], first: int = 1) -> Iterator[Logical]:
    """Statements with their continuations (`+` in front, or a backslash behind), and the remarks after them.

    `marks` begin a line that is a remark; `beside` finds one behind a statement.
    """
    whole, begun, said = "", first, list[Logical]()
    open_end = False
    for number, raw in enumerate(text.splitlines(), start=first):
        line = raw.strip()
        mark = marks.match(line)
        if mark:
            said.append(Logical(line[mark.end() :].strip(), number, remark=True))
            continue
        line, remark = _apart(line, beside)
        if remark:
            said.append(Logical(remark, number, remark=True))
        if not line and not open_end:
            continue
        if len(line) + len(whole) > _LONGEST:
            raise ValueError(number, f"a statement of more than {_LONGEST} characters")
        if open_end or (line.startswith("+") and whole):
            whole += " " + line.removeprefix("+").removesuffix("\\").strip()
        else:
            if whole:
                yield Logical(whole.strip(), begun)
            yield from _earlier(said, number)
            said = [one for one in said if one.line >= number]
            whole, begun = line.removesuffix("\\").strip(), number
        open_end = line.endswith("\\")
    if whole:
        yield Logical(whole.strip(), begun)
    yield from said


def _earlier(said: list[Logical], number: int) -> Iterator[Logical]:
    yield from (one for one in said if one.line < number)


def _apart(line: str, beside: re.Pattern[str]) -> tuple[str, str]:
    """A line without the remark behind it, and that remark; a sign in quotes begins none."""
    for match in beside.finditer(line):
        before = line[: match.start()]
        if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            return before.rstrip(), line[match.end() :].strip()
    return line, ""


class Unreadable(ConfigError):
    """A netlist that cannot be read: file, line and reason."""


def split(text: str, square: bool = False, calls: bool = False) -> tuple[tuple[str, ...], dict[str, str]]:
    """The words before the first assignment, and the assignments; a value goes on to the next assignment.

    With `calls` the brackets before a sign of assignment belong to what it assigns to: `f(x)=...`.
    """
    groups = _groups(text, square)
    hidden = "".join(" " if place in groups else sign for place, sign in enumerate(text))
    found = list(_ASSIGNMENT.finditer(hidden))
    ends = [*(match.start() for match in found), len(text)][1:]
    keys = ["".join(text[one.start() : one.end() - 1].split()) if calls else one[1] for one in found]
    values = (" ".join(text[match.end() : end].split()) for match, end in zip(found, ends, strict=True))
    return tuple(words(text[: found[0].start()] if found else text, square)), dict(zip(keys, values, strict=True))


def words(text: str, square: bool = False) -> Iterator[str]:
    """Words of `text`; what stands in quotes or brackets is part of a word, blanks included."""
    groups = _groups(text, square)
    word = ""
    for place, sign in enumerate(text):
        if sign.isspace() and place not in groups:
            if word:
                yield word
            word = ""
        else:
            word += " " if sign.isspace() else sign
    if word:
        yield word


def _groups(text: str, square: bool) -> set[int]:
    """The places that lie in quotes or brackets, their signs included."""
    inside: set[int] = set()
    waiting: list[str] = []
    for place, sign in enumerate(text):
        if waiting:
            inside.add(place)
        if waiting and sign == waiting[-1]:
            waiting.pop()
        elif waiting and waiting[-1] in "'\"":
            continue
        elif sign in "'\"":
            waiting.append(sign)
        elif sign in _OPEN and (square or sign != "["):
            waiting.append(_OPEN[sign])
        elif sign in ")}" or (sign == "]" and square):
            raise ValueError(f"{sign!r} closes nothing")
        if waiting:
            inside.add(place)
    if waiting:
        raise ValueError(f"{waiting[-1]!r} is missing")
    return inside
