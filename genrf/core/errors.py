"""The errors that end a run, each with its exit status: 1 a stage failed, 2 the configuration is wrong."""

import difflib
from collections.abc import Iterable


class GenrfError(Exception):
    """A stage failed; what was measured so far is on disk."""

    exit_status = 1


class ConfigError(GenrfError, ValueError):
    """The configuration is wrong: whose value, what it was, what would be right."""

    exit_status = 2


class Unsuitable(ConfigError):
    """A structure that cannot be built here; others may."""


class Unoffered(Unsuitable):
    """It could be built with what is there, were it not for a reason that the user wants to know."""


class ToolNotFound(ConfigError):
    """An outside program or library that the run needs is not there."""


def choices(wrong: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the nearest known one first, then all of them.

    >>> choices("gian_db", ["gain_db", "nf_db"])
    "did you mean 'gain_db'? known: gain_db, nf_db"
    """
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + "known: " + ", ".join(names)
