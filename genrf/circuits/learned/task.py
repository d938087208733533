"""`task=train dataset=<folder>`: a diffusion model of element values and a forward model, from measured designs."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from genrf.circuits.learned.trainer import settings_of
from genrf.core.errors import ConfigError, ToolNotFound


def train(
    made: Any,
    folder: Path,
    dataset: str | Sequence[str] | None,
    training: Mapping[str, Any],
    shape: Mapping[str, int],
    finetune_from: str | Sequence[str] | None = None,
    console: Console | None = None,
) -> None:
    """Train for the run's spec and process into `folder`, and say what came of it.

    `finetune_from` is a model to go on from, and runs whose designs are learnt too; where it names runs alone, the
    model is the shipped one of the process.
    Raises ToolNotFound without PyTorch, ConfigError when there is no data set or a number cannot be.
    """
    try:
        from genrf.circuits.learned.finetuning import split
        from genrf.circuits.learned.fitting import fit
        from genrf.circuits.learned.networks import Shape
        from genrf.circuits.learned.training import Training
    except ImportError:
        raise ToolNotFound("learned models need PyTorch and safetensors; pip install genrf[models]") from None
    start, runs = split(_paths(finetune_from), made.settings.tech)
    folders = _paths(dataset)
    if not [*folders, *runs]:
        raise ConfigError("task=train wants a data set: dataset=<run folder of task=dataset>")
    console, begin = console or Console(highlight=False), time.monotonic()
    given, own = settings_of(Training, training, "task.training"), made.settings
    size = settings_of(Shape, shape, "task.shape")
    workers = None if own.workers == "dask" else own.workers  # a cluster measures; it does not train
    found = fit(folders, made.spec, own.tech, own.seed, given, size, folder, workers, console, start, runs)
    worst = min(found.metrics, key=lambda one: one.rank_correlation)
    console.print(
        f"metrics of held back designs: rank correlation at least {worst.rank_correlation:.3f} ({worst.metric}); "
        f"{time.monotonic() - begin:.0f} s\n{folder / 'model.safetensors'}",
        soft_wrap=True,
    )


def _paths(given: str | Sequence[str] | None) -> list[Path]:
    return [Path(one) for one in ([given] if isinstance(given, str) else given or ())]
