"""Both networks trained on measured designs, as one checkpoint with its card.

`training.safetensors` holds the running state; who calls again goes on from it, to the same weights as without a stop.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import nn

from genrf.circuits.learned.card import card
from genrf.circuits.learned.checkpoint import Meaning, Trained, read_tensors, save, write_tensors
from genrf.circuits.learned.examples import Examples, centred, metrics_of, normals_of, read_examples
from genrf.circuits.learned.losses import Asking, DenoisingLoss, MetricsLoss
from genrf.circuits.learned.metrics import Wanted
from genrf.circuits.learned.networks import GraphTensors, Shape
from genrf.circuits.learned.schedule import Schedule
from genrf.circuits.learned.scores import Scores, scores
from genrf.circuits.learned.structures import Graph, Vocabulary
from genrf.circuits.learned.threads import one_thread
from genrf.circuits.learned.training import Designs, Fit, Loss, Training
from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec

_HELD = 0.05  # share of the designs that training does not see
_EVERY = 100  # steps between two looks at the running state
_STATE = "training.safetensors"


@dataclass(frozen=True)
class Data:
    """Designs to train on and designs held back, by structure, with what the networks are told of them."""

    meaning: Meaning
    graphs: Sequence[Graph]
    learnt: Sequence[Designs]
    held: Sequence[Designs]


def fit(
    folders: Sequence[Path],
    spec: DesignSpec,
    tech: str,
    seed: int,
    given: Training,
    shape: Shape,
    folder: Path,
    console: Console,
) -> Scores:
    """Write `model.safetensors` and `card.md` into `folder`, and say how good the forward model is.

    Raises ConfigError when `folders` hold no designs of `spec`, or `folder` another training.
    """
    data = prepared(read_examples(folders, spec.name, tech), spec, tech, shape, seed)
    with one_thread():
        trained = fitted(data, given, seed, folder, console)
        found = scores(trained, data.graphs, data.held)
    save(trained, folder / "model.safetensors")
    (folder / "card.md").write_text(card(trained, data.graphs, _sizes(data), found, folders, given, seed))
    return found


def prepared(examples: Sequence[Examples], spec: DesignSpec, tech: str, shape: Shape, seed: int) -> Data:
    """What to train on, and what not. Raises ConfigError when a goal of `spec` was measured nowhere."""
    known = Vocabulary.of([one.structure for one in examples])
    wanted = Wanted.of(spec, metrics_of(examples))
    graphs = [Graph.of(one.structure, known) for one in examples]
    conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
    meaning = Meaning(known, wanted, shape, Schedule().steps, tech, conditions)
    learnt, held = list[Designs](), list[Designs]()
    for place, (one, graph) in enumerate(zip(examples, graphs, strict=True)):
        x0, normals = centred(one.points), normals_of(one, wanted)
        back = np.random.default_rng([seed, 2, place]).random(len(one)) < _HELD
        for kept, rows in ((learnt, ~back | (len(one) < 2)), (held, back)):
            kept.append(Designs(GraphTensors.of(graph), x0[rows], normals[rows]))
    return Data(meaning, graphs, learnt, held)


def fitted(data: Data, given: Training, seed: int, folder: Path, console: Console) -> Trained:
    """Both networks, trained one after the other from where `folder` says that it was stopped."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        denoiser, forward = data.meaning.networks()
    jobs: tuple[tuple[str, nn.Module, Loss], ...] = (
        ("denoiser", denoiser, DenoisingLoss(Schedule(), Asking(), data.meaning.wanted.signs)),
        ("forward", forward, MetricsLoss()),
    )
    fits = {name: Fit(model, loss, given, [seed, place]) for place, (name, model, loss) in enumerate(jobs)}
    identity = _identity(data, given, seed)
    _restore(fits, folder / _STATE, identity)
    for name, fit in fits.items():
        seen = list[float]()
        while not fit.done:
            seen.append(fit.advance(data.learnt))
            if fit.step % _EVERY == 0 or fit.done:
                _keep(fits, folder / _STATE, identity)
                console.print(f"{name}: step {fit.step:,} of {given.steps:,}, loss {np.mean(seen):.4f}")
                seen.clear()
    return Trained(data.meaning, fits["denoiser"].average.eval(), fits["forward"].average.eval())  # type: ignore[arg-type]


def _keep(fits: Mapping[str, Fit], path: Path, identity: str) -> None:
    tensors = {f"{name}/{key}": value for name, fit in fits.items() for key, value in fit.state().items()}
    write_tensors(tensors, {"identity": identity}, path)


def _restore(fits: Mapping[str, Fit], path: Path, identity: str) -> None:
    if not path.is_file():
        return
    tensors, text = read_tensors(path)
    if text.get("identity") != identity:
        raise ConfigError(f"{path} is the state of another training; choose another folder, or resume= without changes")
    for name, fit in fits.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        fit.restore(own)


def _identity(data: Data, given: Training, seed: int) -> str:
    """A hash of all that decides the weights."""
    whole = hashlib.sha256(repr((asdict(data.meaning), given, seed, Asking())).encode())
    for designs in data.learnt:
        whole.update(designs.x0.tobytes() + designs.normals.tobytes())
    return whole.hexdigest()


def _sizes(data: Data) -> list[int]:
    return [len(designs.x0) for designs in data.learnt]
