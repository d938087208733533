"""The shared library of ngspice in this process, through PySpice's binding with an error policy of its own.

PySpice takes every line on stderr for an error, so that a mere model warning ends the run, and every line with the
word error in it too. Here all lines are kept, and whoever reads the vectors judges by them (see `ngspice.py`).
"""

import os
from ctypes import CDLL
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from genrf.core.errors import ToolNotFound

_NAMES = ("libngspice.so.0", "libngspice.so", "libngspice.dylib")
_RELEASE = 5_000  # commands after which ngspice's own history of them is freed


@lru_cache
def find() -> str:
    """The name under which libngspice can be loaded. Raises ToolNotFound."""
    given = os.environ.get("NGSPICE_LIBRARY_PATH")
    for name in (given,) if given else _NAMES:
        try:
            CDLL(name)
        except OSError:
            continue
        return str(name)
    where = f"NGSPICE_LIBRARY_PATH={given} cannot be loaded" if given else "libngspice is not installed"
    raise ToolNotFound(
        f"{where}; install it (apt install libngspice0) or set NGSPICE_LIBRARY_PATH=/path/to/libngspice.so.0"
    )


@lru_cache
def library() -> "Library":
    """The one instance of this process: libngspice keeps global state."""
    return Library(find())


class Library:
    """Commands in, vectors out."""

    def __init__(self, path: str) -> None:
        # ngspice's OpenMP threads spin on small circuits; libgomp reads this limit once, when it is loaded
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self._binding, self._ffi = _binding(path), _ffi()
        self._commands = 0
        for command in ("set num_threads=1", "set nomoremode", "unset interactive"):
            self.command(command)

    def load(self, deck: list[str]) -> None:
        """Load a circuit and make it the current one."""
        self._binding.heard.clear()
        self._binding.load_circuit("\n".join(deck))

    def command(self, command: str) -> None:
        """Carry out one command; what it printed is in `said`."""
        self._commands += 1
        if self._commands % _RELEASE == 0:
            self._binding._ngspice_shared.ngSpice_Command(self._ffi.NULL)
        self._binding.heard.clear()
        self._binding._ngspice_shared.ngSpice_Command(command.encode())

    def said(self) -> list[str]:
        """The lines that the last command printed."""
        lines = [line.decode(errors="replace") for line in self._binding.heard]
        return [line.partition(" ")[2] for line in lines]  # each begins with the name of its stream

    def current_plot(self) -> str:
        """The plot that the last analysis made, as `sp3`."""
        return str(self._ffi.string(self._binding._ngspice_shared.ngSpice_CurPlot()).decode())

    def newest_plot(self, kind: str) -> str:
        """The newest plot of a kind, as `op1`; the empty name when there is none."""
        return next((name for name in self._binding.plot_names if name.startswith(kind)), "")

    def vector(self, plot: str, name: str) -> np.ndarray | None:
        """A copy of a vector, real or complex; None when the plot has none of that name."""
        info, ffi = self._binding._ngspice_shared.ngGet_Vec_Info(f"{plot}.{name}".encode()), self._ffi
        if info == ffi.NULL or info.v_length <= 0:
            return None
        if info.v_compdata != ffi.NULL:
            return np.frombuffer(ffi.buffer(info.v_compdata, info.v_length * 16), dtype=complex).copy()
        return np.frombuffer(ffi.buffer(info.v_realdata, info.v_length * 8)).copy()


def _ffi() -> Any:
    from PySpice.Spice.NgSpice.Shared import ffi

    return ffi


def _binding(path: str) -> Any:
    import logging

    from PySpice.Spice.NgSpice.Shared import NgSpiceShared, ffi

    class Quiet(NgSpiceShared):  # type: ignore[misc]  # PySpice is not typed
        LIBRARY_PATH = path
        MAX_LINES = 200  # kept of what one command prints
        heard: ClassVar[list[bytes]] = []

        @staticmethod
        def _send_char(message: Any, _: int, user_data: Any) -> int:
            self = ffi.from_handle(user_data)
            if len(self.heard) < self.MAX_LINES:
                self.heard.append(ffi.string(message))  # decoded only when something went wrong
            return 0

    logging.getLogger("PySpice").setLevel(logging.CRITICAL)  # it calls versions after 34 unsupported; they are not
    return Quiet()
