"""Losses, learning rates and scores as TensorBoard shows them: `tensorboard --logdir <run folder>`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Board(Protocol):
    """Keeps a number under a name."""

    def add_scalar(self, tag: str, value: float, step: int) -> object: ...


class _Nowhere:
    def add_scalar(self, tag: str, value: float, step: int) -> None: ...


@contextmanager
def board(folder: Path, since: int = 0) -> Iterator[Board]:
    """A board in `folder`, on which what was written for `since` and later no longer counts.

    Without TensorBoard (extra `models`) nothing is kept.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield _Nowhere()
        return
    writer = SummaryWriter(str(folder), purge_step=since)
    try:
        yield writer
    finally:
        writer.close()
