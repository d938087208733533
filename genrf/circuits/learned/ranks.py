"""Several processes that train one network together, each with a share of every step's designs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
from torch import Tensor, distributed

_PATIENCE = timedelta(minutes=10)  # for a rank that lags behind, or has died


@dataclass(frozen=True)
class Rank:
    """One of the processes: its number and how many there are. Losses are sums, so that shares simply add up."""

    number: int = 0
    count: int = 1

    @property
    def own(self) -> slice:
        """The share of a list that is this rank's."""
        return slice(self.number, None, self.count)

    def add(self, weights: Iterable[torch.nn.Parameter]) -> None:
        """Replace the gradients by their sums over all ranks."""
        if self.count == 1:
            return
        known = [own for own in weights if own.grad is not None]
        whole = torch.cat([own.grad.flatten() for own in known if own.grad is not None])
        distributed.all_reduce(whole)
        for own, part in zip(known, whole.split([own.numel() for own in known]), strict=True):
            own.grad = part.view_as(own)

    def sum(self, value: float) -> float:
        """`value` summed over all ranks."""
        if self.count == 1:
            return value
        whole: Tensor = torch.tensor([value], dtype=torch.float64, device=_device())
        distributed.all_reduce(whole)
        return float(whole)


@contextmanager
def ranked(number: int, count: int, meeting: Path, device: torch.device) -> Iterator[Rank]:
    """A rank, met by the others through the file `meeting`, which must not be there before the first comes.

    On `device`, of GPUs each rank takes its own: their sums go by nccl, those of processors by gloo. Ranks that
    share a GPU use gloo too, as nccl wants one for each.
    """
    cuda = device.type == "cuda" and torch.cuda.device_count() >= count
    if cuda:
        torch.cuda.set_device(number)
    distributed.init_process_group("nccl" if cuda else "gloo", f"file://{meeting.absolute()}", _PATIENCE, count, number)
    try:
        yield Rank(number, count)
    finally:
        distributed.destroy_process_group()


def _device() -> str:
    return "cuda" if distributed.get_backend() == "nccl" else "cpu"
