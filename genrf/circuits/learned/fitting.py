"""Both networks trained on measured designs, as one checkpoint with its card.

`training_*.safetensors` hold the running state; who calls again goes on from it, to the same weights as without a stop.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from genrf.circuits.learned.board import board
from genrf.circuits.learned.card import card
from genrf.circuits.learned.checkpoint import Meaning, Trained, load, save
from genrf.circuits.learned.examples import Examples, centred, metrics_of, normals_of, read_examples
from genrf.circuits.learned.jobs import Job, Say, run
from genrf.circuits.learned.losses import Asking, MetricsLoss
from genrf.circuits.learned.machine import Machine
from genrf.circuits.learned.metrics import Wanted
from genrf.circuits.learned.networks import Denoiser, ForwardModel, Shape
from genrf.circuits.learned.reach import Reach
from genrf.circuits.learned.schedule import Schedule
from genrf.circuits.learned.scores import Scores, scores
from genrf.circuits.learned.structures import Graph, Vocabulary
from genrf.circuits.learned.threads import one_thread
from genrf.circuits.learned.training import Designs, Training
from genrf.core.spec import DesignSpec

_HELD = 0.05  # share of the designs that training does not see


@dataclass(frozen=True)
class Data:
    """Designs to train on and designs held back, by structure, with what the networks are told of them."""

    meaning: Meaning
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
    workers: int | None,
    console: Console,
    start: Path | None = None,
    runs: Sequence[Path] = (),
) -> Scores:
    """Write `model.safetensors` and `card.md` into `folder`, and say how good the forward model is.

    Half of what is learnt comes from `runs` where there are `folders` too. The networks begin with those of the
    checkpoint `start`, whose shape they then have.
    Raises ConfigError when `folders` hold no designs of `spec`, or `folder` another training.
    """
    old = load(start).meaning if start else None
    data = prepared(read_examples(folders, spec.name, tech, runs), spec, tech, shape, seed, old)
    trained = fitted(data, given, seed, folder, workers, console.print, start)
    with one_thread():
        found = scores(trained, data.held)
    _show(found, folder / "tensorboard" / "scores", given.steps)
    save(trained, folder / "model.safetensors")
    identity = _identity(data, given, seed, start)
    said = card(trained, data.learnt, found, [*folders, *runs], given, seed, identity, start)
    (folder / "card.md").write_text(said)
    return found


def prepared(
    examples: Sequence[Examples], spec: DesignSpec, tech: str, shape: Shape, seed: int, old: Meaning | None = None
) -> Data:
    """What to train on, and what not; networks that meant `old` before mean the same and more.

    Raises ConfigError when a goal of `spec` was measured nowhere.
    """
    known = Vocabulary.of([one.structure for one in examples])
    wanted = Wanted.of(spec, metrics_of(examples))
    if old:
        known, wanted, shape = old.known.beside(known), old.wanted.beside(wanted), old.shape
    graphs = [Graph.of(one.structure, known) for one in examples]
    conditions = json.dumps(dict(spec.conditions), sort_keys=True, default=str)
    meaning = Meaning(known, wanted, shape, old.diffusion_steps if old else Schedule().steps, tech, conditions)
    learnt, held = list[Designs](), list[Designs]()
    for place, (one, graph) in enumerate(zip(examples, graphs, strict=True)):
        x0, normals = centred(one.points), normals_of(one, wanted)
        back = np.random.default_rng([seed, 2, place]).random(len(one)) < _HELD
        for kept, rows in ((learnt, ~back | (len(one) < 2)), (held, back)):
            kept.append(Designs(graph, x0[rows], normals[rows], one.weight))
    return Data(meaning, learnt, held)


def fitted(
    data: Data, given: Training, seed: int, folder: Path, workers: int | None, say: Say, start: Path | None = None
) -> Trained:
    """Both networks, trained on from where `folder` says that it was stopped; with several workers, side by side."""
    identity = _identity(data, given, seed, start)
    denoiser, forward = (
        Job(name, data.meaning, data.learnt, given, seed, folder, identity, start) for name in ("denoiser", "forward")
    )
    run((denoiser, forward), workers, say)
    one, other = (job.fit().average.to("cpu").eval() for job in (denoiser, forward))
    assert isinstance(one, Denoiser) and isinstance(other, ForwardModel)
    learnt, held = ([own.normals for own in designs] for designs in (data.learnt, data.held))
    return Trained(data.meaning, one, other, Reach.of(learnt, held, data.meaning.wanted.signs, seed))


def _identity(data: Data, given: Training, seed: int, start: Path | None) -> str:
    """A hash of all that decides the weights."""
    precision = Machine.of(given.device, given.precision).precision
    decides = replace(given, device="", precision=precision, ranks=None)  # sums over ranks differ by rounding alone
    whole = hashlib.sha256(repr((asdict(data.meaning), decides, seed, Asking(), MetricsLoss(), "muon")).encode())
    whole.update(start.read_bytes() if start else b"")
    for designs in data.learnt:
        whole.update(designs.x0.tobytes() + designs.normals.tobytes() + repr(designs.weight).encode())
    return whole.hexdigest()


def _show(found: Scores, folder: Path, step: int) -> None:
    with board(folder) as shown:
        for one in found.metrics:
            for name, value in asdict(one).items():
                if name != "metric":
                    shown.add_scalar(f"{one.metric}/{name}", value, step)
