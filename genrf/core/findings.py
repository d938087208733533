"""What `task=doctor` tells: one line per tool, file or feature."""

from dataclasses import dataclass

from genrf.core.errors import ToolNotFound
from genrf.core.tools import Tool


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


def finding_of(tool: Tool, group: str, remedy: str) -> Finding:
    """Whether an outside program is there, which version, and where."""
    try:
        return Finding(group, tool.name, True, f"{tool.version()}  {tool.path()}")
    except ToolNotFound:
        return Finding(group, tool.name, False, remedy=remedy)
