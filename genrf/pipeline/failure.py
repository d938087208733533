"""failure.json: why a run ended without success, in its folder, for whoever looks over a sweep afterwards."""

import json
from contextlib import suppress
from pathlib import Path

from genrf.core.errors import GenrfError

_NAME = "failure.json"


class Failed(GenrfError):
    """A run that failed, as another process can be told: a line and an exit status."""

    def __init__(self, line: str, exit_status: int) -> None:
        super().__init__(line, exit_status)
        self.line, self.exit_status = line, exit_status

    def __str__(self) -> str:
        return self.line


def note(folder: Path, failed: Failed) -> None:
    """Leave word of `failed` in `folder`, where that can be written."""
    hidden = folder / f".{_NAME}.tmp"
    with suppress(OSError):  # the folder may be what failed
        hidden.write_text(json.dumps({"exit_status": failed.exit_status, "message": failed.line}) + "\n")
        hidden.replace(folder / _NAME)


def forget(folder: Path) -> None:
    """Take back what an earlier try of the run in `folder` said."""
    (folder / _NAME).unlink(missing_ok=True)


def found(folder: Path) -> Failed | None:
    """What `note` left in `folder`, if anything."""
    try:
        said = json.loads((folder / _NAME).read_text())
        return Failed(str(said["message"]), int(said["exit_status"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
