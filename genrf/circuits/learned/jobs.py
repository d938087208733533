"""The trainings of a run: one network each, in this process, side by side, or each in several processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from genrf.circuits.learned.board import Board, board
from genrf.circuits.learned.checkpoint import Meaning, load, read_tensors, write_tensors
from genrf.circuits.learned.finetuning import grown
from genrf.circuits.learned.losses import Asking, DenoisingLoss, MetricsLoss
from genrf.circuits.learned.machine import Machine
from genrf.circuits.learned.networks import Denoiser, ForwardModel
from genrf.circuits.learned.ranks import Rank, ranked
from genrf.circuits.learned.schedule import Schedule
from genrf.circuits.learned.threads import one_thread
from genrf.circuits.learned.training import Designs, Fit, Training
from genrf.core.cores import cores
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.parents import end_with_parent

_EVERY = 100  # steps between two looks at the running state
_SHOWN = 20  # steps that one point on the board stands for

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """One of both networks, to be trained on `learnt` into `folder`; small and plain enough for another process.

    `start` is a checkpoint to go on from. `identity` is a hash of all that decides the weights.
    """

    name: Literal["denoiser", "forward"]
    meaning: Meaning
    learnt: Sequence[Designs]
    given: Training
    seed: int
    folder: Path
    identity: str
    start: Path | None = None

    def fit(self, rank: Rank | None = None) -> Fit:
        """The training as far as `folder` says it went. Raises ConfigError when that is another training."""
        place = ("denoiser", "forward").index(self.name)
        fit = Fit(self._network(), self._loss(), self.given, [self.seed, place], self.learnt, rank)
        if self._state.is_file():
            tensors, text = read_tensors(self._state)
            if text.get("identity") != self.identity:
                raise ConfigError(
                    f"{self._state} is the state of another training; choose another folder, or resume= without changes"
                )
            fit.restore(tensors)
        return fit

    def run(self, say: Say | None = None, rank: Rank | None = None) -> None:
        """Train to the end, keeping the state on the way."""
        say, rank = say or _print, rank or Rank()
        with one_thread():
            fit = self.fit(rank)
            if fit.done:
                return
            if rank.number:
                while not fit.done:
                    fit.advance()
                return
            with board(self.folder / "tensorboard" / self.name, fit.step) as shown:
                self._advance(fit, say, shown)

    def run_ranked(self, number: int, count: int) -> None:
        """`run` as one of several processes."""
        device = Machine.of(self.given.device, self.given.precision).device
        with ranked(number, count, self.folder / f".{self.name}.meeting", device) as rank:
            self.run(rank=rank)

    def _advance(self, fit: Fit, say: Say, shown: Board) -> None:
        seen = list[float]()
        while not fit.done:
            seen.append(fit.advance())
            if fit.step % _SHOWN == 0 or fit.done:
                shown.add_scalar("loss", float(np.mean(seen[-_SHOWN:])), fit.step)
                shown.add_scalar("learning_rate", self.given.rate(fit.step - 1), fit.step)
            if fit.step % _EVERY == 0 or fit.done:
                write_tensors(fit.state(), {"identity": self.identity}, self._state)
                say(f"{self.name}: step {fit.step:,} of {self.given.steps:,}, loss {np.mean(seen):.4f}")
                seen.clear()

    def _network(self) -> Denoiser | ForwardModel:
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            denoiser, forward = grown(load(self.start), self.meaning) if self.start else self.meaning.networks()
        return denoiser if self.name == "denoiser" else forward

    def _loss(self) -> DenoisingLoss | MetricsLoss:
        if self.name == "forward":
            return MetricsLoss()
        return DenoisingLoss(Schedule(self.meaning.diffusion_steps), Asking(), self.meaning.wanted.signs)

    @property
    def _state(self) -> Path:
        return self.folder / f"training_{self.name}.safetensors"


def run(jobs: Sequence[Job], workers: int | None, say: Say) -> None:
    """Run `jobs`, to the same weights however many processes there are: side by side, or one after the other.

    Where there are several GPUs, or ranks were asked for, so many processes share each job.
    Raises GenrfError when one of the processes is killed; the states are there to go on from.
    """
    given, machine = jobs[0].given, Machine.of(jobs[0].given.device, jobs[0].given.precision)
    cuda = machine.device.type == "cuda"
    ranks = given.ranks or (min(torch.cuda.device_count(), given.together) if cuda else 1)
    left = [job for job in jobs if not job.fit().done]  # another training is told before any process starts
    if ranks > 1:
        for job in left:
            _ranked(job, ranks)
    elif len(left) > 1 and not cuda and (workers or cores()) > 1 and workers != 0:
        _side_by_side(left, say)
    else:
        for job in left:
            job.run(say)


def _side_by_side(jobs: Sequence[Job], say: Say) -> None:
    with _processes(len(jobs) - 1, jobs[0].folder) as pool:
        others = [pool.submit(job.run) for job in jobs[1:]]

        def say_and_look(line: str) -> None:
            say(line)
            _look(done for done in others if done.done())  # else this process would train on alone, to no end

        jobs[0].run(say_and_look)
        _look(others)


def _ranked(job: Job, ranks: int) -> None:
    job.folder.mkdir(parents=True, exist_ok=True)  # ranks wait minutes for a meeting that cannot be
    (job.folder / f".{job.name}.meeting").unlink(missing_ok=True)
    with _processes(ranks, job.folder) as pool:
        _look([pool.submit(job.run_ranked, number, ranks) for number in range(ranks)])


@contextmanager
def _processes(count: int, folder: Path) -> Iterator[ProcessPoolExecutor]:
    """A pool for trainings into `folder`. Raises GenrfError when one of its processes is killed."""
    try:
        with ProcessPoolExecutor(count, get_context("spawn"), end_with_parent) as pool:
            yield pool
    except BrokenProcessPool:
        raise GenrfError(
            f"task=train: a process of the training was killed (out of memory?); resume={folder} goes on from its last "
            "state"
        ) from None


def _look(futures: Iterable[Future[None]]) -> None:
    """Wait for `futures`, and raise what they raised."""
    for done in futures:
        done.result()


def _print(line: str) -> None:
    print(line, flush=True)
