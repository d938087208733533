"""A simulator as a process of its own: killed with its children at a time limit, its last words kept."""

import math
import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from genrf.circuits.simulate.engine import NoConvergence
from genrf.core.cores import cores

_LAST_LINES = 3


def run(command: Sequence[str | Path], folder: Path, seconds: float, environment: Mapping[str, str]) -> str:
    """What `command` printed, run in `folder`. Its exit status says nothing and is not looked at.

    Raises NoConvergence when it is not done within `seconds`.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a group of its own, so that its children end with it
        text=True,
        errors="replace",
    ) as process:
        _bound(process.pid, seconds)
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise NoConvergence(f"{command[0]} was not done within {seconds:g} s") from None
    return printed


def _bound(pid: int, seconds: float) -> None:
    """As much processor time as the time limit allows: who is killed cannot end a simulator that hangs."""
    with suppress(OSError, ValueError):  # it has ended, or has less
        most = math.ceil(seconds) * cores()
        resource.prlimit(pid, resource.RLIMIT_CPU, (most, most))


def last_words(
    printed: str, telling: Sequence[str] = ("error", "fail", "singular", "no such", "can't", "timestep")
) -> str:
    """The lines that say what went wrong, else the last ones."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    chosen = [line for line in lines if any(word in line.lower() for word in telling)] or lines
    return "; ".join(chosen[-_LAST_LINES:]) or "it gave no vectors and no reason"
