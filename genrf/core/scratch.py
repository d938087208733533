"""Temporary files of a process and its children: they go with it, and those of a killed one with the next."""

import fcntl
import os
import platform
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path

_LAST = -200  # multiprocessing removes its own folder at -100, and wants to find it
_LONGEST = 70  # a path of a Unix socket has 103 bytes or more, of which names of multiprocessing take 32


@lru_cache
def scratch() -> Path:
    """The process's own folder for temporary files, and for those of all processes that it starts from now on.

    It goes when the process ends. A process that is killed cannot see to that; so folders of such ones on this machine
    are taken away here, which nobody holds a lock on any more. Where paths would be too long for sockets the system's
    folder stays in use.
    """
    system = Path(tempfile.gettempdir())
    prefix = f"genrf-{zlib.crc32(platform.node().encode()) & 0xFFFF:04x}-"  # locks may not reach other machines
    for left in system.glob(f"{prefix}*"):
        with suppress(OSError), _locked(left, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(left)
    if len(str(system)) + 1 + len(prefix) + 8 > _LONGEST:
        return system
    folder = _held(system, prefix)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def _held(system: Path, prefix: str) -> Path:
    """A new folder that this process holds a lock on until it ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=system))
        with suppress(OSError):  # somebody took it for left over, or a file system without locks: then it stays
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.is_dir():
            Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=_LAST)
            return folder


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
