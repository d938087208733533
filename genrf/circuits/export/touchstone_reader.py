"""What a Touchstone file says beside its numbers, of both versions, and how many numbers it has; scikit-rf skips much.

Source: Touchstone File Format Specification, version 2.0, IBIS Open Forum 2009: keywords in brackets, small and capital
letters alike, in their order; an option line that begins with `#`; remarks behind `!`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_KEYWORD = re.compile(r"\[([^\]]*)\]\s*(.*)")

Said = Sequence[tuple[str, str]]  # keyword and what stands behind it, in small letters; "#" is the option line


@dataclass(frozen=True)
class Outline:
    """Keywords in their order, and the count of numbers behind each; without keywords they follow the option line."""

    said: Said
    counts: Mapping[str, int]


def outline(text: str) -> Outline:
    """What a file of either version says beside its numbers."""
    said, counts, section = list[tuple[str, str]](), dict[str, int](), ""
    for line in (raw.split("!", 1)[0].strip().lower() for raw in text.splitlines()):
        if found := _KEYWORD.match(line):
            section = found[1].strip()
            said.append((section, " ".join(found[2].split())))
        elif line.startswith("#"):
            section = "#"
            said.append((section, " ".join(line.removeprefix("#").split())))
        elif line:
            counts[section] = counts.get(section, 0) + len(line.split())
    return Outline(said, counts)


def other_outline(wanted: Outline, found: Outline) -> Iterator[str]:
    """What sets the outline of a file apart from the one that is wanted."""
    ours, theirs = dict(wanted.said), dict(found.said)
    for key in dict.fromkeys([*ours, *theirs]):
        if key not in theirs:
            yield f"{_named(key)} is missing"
        elif key not in ours:
            yield f"{_named(key)} does not belong there"
        elif ours[key] != theirs[key]:
            yield f"{_named(key)} is {theirs[key] or 'nothing'}, not {ours[key]}"
    if ours == theirs and list(wanted.said) != list(found.said):
        yield "its keywords are given twice, or in another order"
    for key in dict.fromkeys([*wanted.counts, *found.counts]):
        if wanted.counts.get(key, 0) != found.counts.get(key, 0):
            yield f"{found.counts.get(key, 0)} numbers follow {_named(key)}, not {wanted.counts.get(key, 0)}"


def _named(key: str) -> str:
    return "the option line" if key == "#" else f"[{key}]"
