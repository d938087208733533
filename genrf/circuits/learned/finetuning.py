"""Networks that begin where others ended: the same words and limits, and new ones beside them."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from genrf.circuits.learned.checkpoint import Meaning, Trained
from genrf.circuits.learned.networks import Denoiser, ForwardModel
from genrf.circuits.learned.shipped import shipped
from genrf.circuits.learned.structures import Vocabulary
from genrf.core.errors import ConfigError

_CHECKPOINT = "model.safetensors"


def split(given: Sequence[Path], tech: str) -> tuple[Path | None, list[Path]]:
    """The checkpoint that `finetune_from` names, by its file or its folder, and the run folders beside it.

    Where it names run folders alone, the checkpoint is the one that comes with genrf for the process `tech`. Raises
    ConfigError when there is none either, when a folder is not there, and when more than one holds a model.
    """
    for path in given:
        if not path.exists():
            raise ConfigError(f"finetune_from={path}: no such file or folder")
    models = [path if path.is_file() else path / _CHECKPOINT for path in given]
    found = [path for path in models if path.is_file()]
    others = [path for path, model in zip(given, models, strict=True) if model not in found]
    start = found[0] if found else shipped("diffusion", tech) if given else None
    if len(found) > 1 or (given and start is None):
        said = f"{len(found)} models" if found else f"no model there, and none for {tech} comes with genrf"
        listed = ", ".join(map(str, given))
        raise ConfigError(f"finetune_from={listed}: {said}; name one folder of task=train, or its {_CHECKPOINT}")
    return start, others


def grown(old: Trained, meaning: Meaning) -> tuple[Denoiser, ForwardModel]:
    """Networks for `meaning` with the weights of `old`; what `old` does not know has fresh ones.

    `meaning` has the shape of `old` and all that it knows, first and in its order where that order counts.
    """
    both = meaning.networks()
    with torch.no_grad():
        for own, other in zip(both, (old.denoiser, old.forward), strict=True):
            _copy(own, other, old.meaning, meaning)
    return both


def _copy(own: nn.Module, other: nn.Module, before: Meaning, now: Meaning) -> None:
    kinds, keys = _rows(before.known.kinds, now.known.kinds), _rows(before.known.keys, now.known.keys)
    metrics, ways = _rows(before.wanted.metrics, now.wanted.metrics), _ways(before.known, now.known)
    given = dict(other.named_parameters())
    for name, weights in own.named_parameters():
        last = name.split(".")[-1]
        if name.endswith("bias.weight"):  # one column for each way in which terminals share a net; new ones add nothing
            weights.zero_()[:, ways] = given[name]
        elif last in ("metrics", "limits", "closed", "heads"):
            weights[metrics] = given[name]
        elif name.endswith("backbone.kinds.weight"):
            weights[kinds] = given[name]
        elif name.endswith("slots.keys.weight"):
            weights[keys] = given[name]
        else:
            weights.copy_(given[name])


def _rows(before: Sequence[str], now: Sequence[str]) -> Tensor:
    return torch.tensor([now.index(name) for name in before])


def _ways(before: Vocabulary, now: Vocabulary) -> Tensor:
    """Where the ways to share a net that were known before lie now."""
    places, count = _rows(before.terminals, now.terminals), len(now.terminals)
    sorts = torch.arange(now.relations // count**2)
    return ((sorts[:, None, None] * count + places[:, None]) * count + places).flatten()
