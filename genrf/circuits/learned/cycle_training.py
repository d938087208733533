"""Training of the CycleGAN: translator and critics in turn, on from where a run was stopped.

What a step does depends on the seed and its number alone.
"""

import copy
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from genrf.circuits.learned.board import Board, board
from genrf.circuits.learned.checkpoint import read_tensors, write_tensors
from genrf.circuits.learned.cycle_checkpoint import CycleMeaning
from genrf.circuits.learned.cycle_data import Domains
from genrf.circuits.learned.cycle_losses import Weights, losses, total
from genrf.circuits.learned.cycle_networks import Critics, Translator
from genrf.circuits.learned.losses import Asking
from genrf.core.errors import ConfigError

_EVERY = 100  # steps between two looks at the running state
_SHOWN = 20  # steps that one point on the board stands for
_STATE = "training.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class CycleTraining:
    """AdamW with a short warm-up and a cosine down to zero; a moving average of the weights is what is kept."""

    steps: int
    batch: int
    learning_rate: float
    warm_up: int = 50
    kept: float = 0.995  # of the moving average at each step
    decay: float = 1e-3
    clip: float = 1.0  # of the gradient's norm

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"training: {name} must be above 0, got {getattr(self, name)}")

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        fall = 0.5 + 0.5 * math.cos(math.pi * step / self.steps)
        return self.learning_rate * min(1.0, (step + 1) / self.warm_up) * fall


class Player:
    """One of two networks that are trained against each other, with the moving average of its weights."""

    def __init__(self, model: nn.Module, given: CycleTraining) -> None:
        self.model, self.given = model, given
        self.average = copy.deepcopy(model).requires_grad_(False)
        self.weights = dict(model.named_parameters())
        self.optimizer = torch.optim.AdamW(
            self.weights.values(), given.learning_rate, betas=(0.5, 0.999), weight_decay=given.decay
        )

    def advance(self, loss: Tensor, step: int) -> None:
        """One step down `loss`, by this network's weights alone."""
        slopes = torch.autograd.grad(loss, list(self.weights.values()), retain_graph=True, allow_unused=True)
        for own, slope in zip(self.weights.values(), slopes, strict=True):
            own.grad = slope
        torch.nn.utils.clip_grad_norm_(self.weights.values(), self.given.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.given.rate(step)
        self.optimizer.step()
        kept = min(self.given.kept, (step + 1) / (step + 10))  # early averages forget the start
        for average, own in zip(self.average.parameters(), self.weights.values(), strict=True):
            average.lerp_(own.detach(), 1 - kept)

    def state(self) -> dict[str, Tensor]:
        """All that going on needs, by name."""
        tensors = {f"model.{name}": own.detach() for name, own in self.weights.items()}
        tensors |= {f"average.{name}": own for name, own in self.average.named_parameters()}
        for name, own in self.weights.items():
            moments = self.optimizer.state.get(own, {})
            tensors |= {f"{moment}.{name}": moments[moment] for moment in _MOMENTS if moments}
        return tensors

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Go on from a `state` after `step` steps."""
        with torch.no_grad():
            for name, own in self.weights.items():
                own.copy_(tensors[f"model.{name}"])
                if f"exp_avg.{name}" in tensors:
                    moments = {moment: tensors[f"{moment}.{name}"].clone() for moment in _MOMENTS}
                    self.optimizer.state[own] = {"step": torch.tensor(float(step)), **moments}
            for name, average in self.average.named_parameters():
                average.copy_(tensors[f"average.{name}"])


class CycleFit:
    """The running state of the training."""

    def __init__(
        self, meaning: CycleMeaning, domains: Domains, given: CycleTraining, weights: Weights, seed: int
    ) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            translator = meaning.network()
            critics = Critics(len(domains.wanted.metrics), meaning.shape)
        self.meaning, self.domains, self.given, self.weights, self.seed = meaning, domains, given, weights, seed
        self.translator, self.critics = translator, critics
        self.players = {"translator": Player(translator, given), "critics": Player(critics, given)}
        self.step = 0

    @property
    def trained(self) -> Translator:
        """The translator with its averaged weights."""
        average = self.players["translator"].average
        assert isinstance(average, Translator)
        return average.eval()

    def advance(self) -> dict[str, float]:
        """One step of each; the losses before it."""
        draw = self.domains.learnt.draw(
            self.given.batch, self.meaning.shape.noise, Asking(), self.domains.wanted.signs, [self.seed, 0, self.step]
        )
        with torch.random.fork_rng():
            torch.manual_seed(self.seed * self.given.steps + self.step)  # of what is left out
            found = losses(self.translator, self.critics, draw)
        whole = total(found.translator, self.weights)
        self.players["translator"].advance(whole, self.step)
        self.players["critics"].advance(found.critics, self.step)
        self.step += 1
        return {**{name: loss.item() for name, loss in found.translator.items()}, "critics": found.critics.item()}

    @property
    def identity(self) -> str:
        """A hash of all that decides the weights."""
        plain = (asdict(self.meaning), self.given, self.weights, self.seed, Asking())
        learnt = self.domains.learnt
        arrays = (learnt.words, learnt.normals, learnt.chances)
        return hashlib.sha256(repr(plain).encode() + b"".join(each.tobytes() for each in arrays)).hexdigest()

    def keep(self, path: Path) -> None:
        """Write the running state."""
        tensors = {f"{name}/{key}": t for name, player in self.players.items() for key, t in player.state().items()}
        write_tensors({**tensors, "step": torch.tensor(self.step)}, {"identity": self.identity}, path)

    def restore(self, path: Path) -> None:
        """Go on from what `path` holds, if it is there. Raises ConfigError when it is of another training."""
        if not path.is_file():
            return
        tensors, text = read_tensors(path)
        if text.get("identity") != self.identity:
            raise ConfigError(
                f"{path} is the state of another training; choose another folder, or resume= without changes"
            )
        self.step = int(tensors["step"])
        for name, player in self.players.items():
            own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
            player.restore(own, self.step)


def fitted(fit: CycleFit, folder: Path, console: Console) -> Translator:
    """The translator, trained from where `folder` says that it was stopped."""
    fit.restore(folder / _STATE)
    with board(folder / "tensorboard", fit.step) as shown:
        _advance(fit, folder / _STATE, console, shown)
    return fit.trained


def _advance(fit: CycleFit, state: Path, console: Console, shown: Board) -> None:
    seen = list[dict[str, float]]()
    while fit.step < fit.given.steps:
        seen.append(fit.advance())
        done = fit.step == fit.given.steps
        if fit.step % _SHOWN == 0 or done:
            for name, loss in _means(seen[-_SHOWN:]).items():
                shown.add_scalar(f"loss/{name}", loss, fit.step)
            shown.add_scalar("learning_rate", fit.given.rate(fit.step - 1), fit.step)
        if fit.step % _EVERY == 0 or done:
            fit.keep(state)
            means = ", ".join(f"{name} {loss:.3f}" for name, loss in _means(seen).items())
            console.print(f"step {fit.step:,} of {fit.given.steps:,}: {means}", soft_wrap=True)
            seen.clear()


def _means(seen: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
