"""What `task=doctor` tells: one line per tool, file or feature."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that a run may want: whether it is there, which one, and how to get it where it is not.

    `group` is the heading under which it stands.
    """

    group: str
    name: str
    found: bool
    detail: str = ""
    remedy: str = ""
