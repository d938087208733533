"""Writing so that a file is whole or not there, and saying in one line when it cannot be done."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from genrf.core.errors import GenrfError

_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that becomes `path` when the block ends well, whatever happens in between; its folder must be there."""
    hidden = path.with_name(f".{path.name}.tmp")
    try:
        with open(hidden, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(hidden, path)
    except OSError:
        with suppress(OSError):
            hidden.unlink()  # half a file would keep a full disk full
        raise


def tidied(folder: Path) -> None:
    """Take away what a run that was stopped had begun to write below `folder`."""
    for path in folder.rglob(".*.tmp"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Whatever is written below `folder` in the block: a full disk or a folder that went away is said in one line.

    Raises GenrfError with the path. Other errors of the system pass.
    """
    try:
        yield
    except OSError as error:
        if not folder.is_dir():
            raise gone(folder) from error
        if error.errno not in _REFUSED:
            raise
        raise unwritable(Path(error.filename or folder), error) from error


def unwritable(path: Path, error: OSError) -> GenrfError:
    """What to say of a file that could not be written."""
    return GenrfError(f"cannot write {path}: {error.strerror or error}; the rows written before are intact")


def gone(folder: Path) -> GenrfError:
    """What to say of a folder that somebody removed."""
    return GenrfError(f"{folder} was removed while the run wrote to it, with what was measured; begin anew")
