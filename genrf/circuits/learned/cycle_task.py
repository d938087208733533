"""`task=train model=cyclegan dataset=<folder>`: topologies for specifications, from measured amplifiers."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from genrf.circuits.learned.trainer import settings_of
from genrf.core.errors import ConfigError, ToolNotFound

_HELD = 0.05  # share of the structures that training does not see


def train(
    made: Any,
    folder: Path,
    dataset: str | Sequence[str] | None,
    training: Mapping[str, Any],
    shape: Mapping[str, int],
    console: Console | None = None,
    finetune_from: str | Sequence[str] | None = None,
) -> None:
    """Train for the run's spec and process into `folder`, and say what came of it.

    Raises ToolNotFound without PyTorch, ConfigError when there is no data set, a number cannot be, or there is
    something to go on from: this model begins anew.
    """
    if finetune_from:
        raise ConfigError(
            "finetune_from: model=cyclegan begins anew with every training; leave it out, or model=diffusion"
        )
    try:
        from genrf.circuits.learned.cycle_card import cycle_card
        from genrf.circuits.learned.cycle_checkpoint import CycleMeaning, TrainedCycle, save
        from genrf.circuits.learned.cycle_data import domains
        from genrf.circuits.learned.cycle_graph import supergraph
        from genrf.circuits.learned.cycle_losses import Weights
        from genrf.circuits.learned.cycle_networks import CycleShape
        from genrf.circuits.learned.cycle_scores import cycle_scores
        from genrf.circuits.learned.cycle_training import CycleFit, CycleTraining, fitted
        from genrf.circuits.learned.examples import read_examples
        from genrf.circuits.learned.threads import one_thread
    except ImportError:
        raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
    folders = [Path(one) for one in ([dataset] if isinstance(dataset, str) else dataset or ())]
    if not folders:
        raise ConfigError("task=train wants a data set: dataset=<run folder of task=dataset>")
    console, begin, settings = console or Console(highlight=False), time.monotonic(), made.settings
    given = settings_of(CycleTraining, training, "task.training")
    size = settings_of(CycleShape, shape, "task.shape")
    examples = read_examples(folders, made.spec.name, settings.tech)
    known = domains(examples, made.spec, settings.tech, _HELD, settings.seed)
    meaning = CycleMeaning(known.wanted, size, known.tech, known.conditions, supergraph().identity)
    with one_thread():
        fit = CycleFit(meaning, known, given, Weights(), settings.seed)
        trained = TrainedCycle(meaning, fitted(fit, folder, console))
        found = cycle_scores(trained, known, settings.seed)
    save(trained, folder / "model.safetensors")
    said = cycle_card(trained, known, found, folders, given, settings.seed, fit.identity)
    (folder / "card.md").write_text(said)
    console.print(
        f"{100 * found.kept:.1f} % of the topologies keep the rules unguided, {100 * found.new:.1f} % of the guided are"
        f" new; {time.monotonic() - begin:.0f} s\n{folder / 'model.safetensors'}",
        soft_wrap=True,
    )
