"""Outside programs: where they are, which version, and how to get them when they are not there."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from genrf.core.errors import ToolNotFound


@dataclass(frozen=True)
class Tool:
    """An outside program. `variable` names the environment variable that overrides PATH."""

    name: str
    package: str
    variable: str
    version_arguments: tuple[str, ...] = ("--version",)

    def path(self) -> Path:
        """Where the program is. Raises ToolNotFound with the way to install it."""
        given = os.environ.get(self.variable)
        found = shutil.which(given or self.name)
        if found is None:
            where = f"{self.variable}={given} is not a program" if given else f"{self.name} is not on PATH"
            raise ToolNotFound(
                f"{where}; install it (apt install {self.package}) or set {self.variable}=/path/to/{self.name}"
            )
        return Path(found)

    def version(self) -> str:
        """The first version number that the program prints of itself; 'unknown' when it prints none."""
        return _version(self.path(), self.version_arguments)


@lru_cache
def _version(path: Path, arguments: tuple[str, ...]) -> str:
    done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=20, check=False)
    match = re.search(r"\d+(\.\d+)*", done.stdout + done.stderr)
    return match[0] if match else "unknown"
