"""Checkpoints: weights and what they mean in one safetensors file, which holds numbers and text and runs nothing."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor, nn

from genrf.circuits.learned.metrics import Scale, Wanted
from genrf.circuits.learned.networks import Denoiser, ForwardModel, Shape
from genrf.circuits.learned.reach import Reach
from genrf.circuits.learned.structures import Vocabulary
from genrf.core.errors import ConfigError, GenrfError

SCHEMA = 2
_LARGEST = {"channels": 1024, "heads": 64, "layers": 64}
_MOST = 100_000  # names of a vocabulary, knots of a scale: a file with more is none of ours
# of text that means nothing; infinite numbers overflow where they should count, and lists may lie too deep
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Meaning:
    """What the weights are about: vocabulary, limits that can be asked for, size, diffusion steps, where they hold."""

    known: Vocabulary
    wanted: Wanted
    shape: Shape
    diffusion_steps: int
    tech: str
    conditions: str  # of the spec that the data were measured under, as JSON

    def networks(self) -> tuple[Denoiser, ForwardModel]:
        """Both networks, untrained."""
        count = len(self.wanted.metrics)
        return Denoiser(self.known, count, self.shape), ForwardModel(self.known, count, self.shape)


@dataclass(frozen=True)
class Trained:
    """Both networks with their weights, for evaluation, and what they learnt from reaches."""

    meaning: Meaning
    denoiser: Denoiser
    forward: ForwardModel
    reach: Reach

    @property
    def ranges(self) -> Float[np.ndarray, "m 2"]:
        """Between which values each metric of its data lies, but for a thousandth at either end; NaN for none."""
        pairs = zip(self.meaning.wanted.scales, self.reach.ranges(), strict=True)
        return np.array([scale.value(ends) for scale, ends in pairs])

    def shortfall(self, limits: Float[np.ndarray, "m"]) -> str:
        """What the design nearest to `limits` on the normal scales has where it misses them, in the metrics' units."""
        wanted, said = self.meaning.wanted, list[str]()
        for place, normal in self.reach.missed(limits, wanted.signs):
            value, limit = wanted.scales[place].value(np.array([normal, limits[place]]))
            said.append(f"{wanted.metrics[place]} {value:.4g} for {wanted.senses[place]} {limit:.4g}")
        return ", ".join(said)


def save(trained: Trained, path: Path) -> None:
    """Write `path`, whole or not at all."""
    tensors = {f"denoiser.{name}": value for name, value in trained.denoiser.state_dict().items()}
    tensors |= {f"forward.{name}": value for name, value in trained.forward.state_dict().items()}
    tensors |= {f"reach.{name}": torch.as_tensor(getattr(trained.reach, name)) for name in ("sample", "front")}
    plain = {**asdict(trained.meaning), "trusted": trained.reach.trusted}
    write_tensors(tensors, {"schema": str(SCHEMA), "meaning": json.dumps(plain)}, path)


def load(path: Path) -> Trained:
    """The networks of `path`.

    Raises ConfigError for a file that is not there, is no checkpoint, is one of another version, is cut short, or
    holds weights that are missing, too many, of another size or not finite.
    """
    tensors, text = read_tensors(path)
    if text.get("schema") != str(SCHEMA):
        raise ConfigError(
            f"checkpoint {path}: schema {text.get('schema')!r}, this genrf reads {SCHEMA}; train it again"
        )
    meaning = _meaning(text.get("meaning", ""), path)
    with torch.device("meta"):  # weights take memory only when they were found to have the size that the text says
        denoiser, forward = meaning.networks()
    expected = {f"denoiser.{name}" for name in denoiser.state_dict()} | {
        f"forward.{name}" for name in forward.state_dict()
    }
    for name in sorted((expected | {"reach.sample", "reach.front"}) ^ set(tensors)):
        raise ConfigError(f"checkpoint {path}: {name!r} is {'not ours' if name in tensors else 'missing'}")
    fill(denoiser, "denoiser.", tensors, path)
    fill(forward, "forward.", tensors, path)
    return Trained(meaning, denoiser.eval(), forward.eval(), _reach(tensors, meaning, text["meaning"], path))


def write_tensors(tensors: Mapping[str, Tensor], text: Mapping[str, str], path: Path) -> None:
    """Write tensors and text so that `path` is whole or not there. Raises GenrfError when it cannot be written."""
    hidden = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden.write_bytes(_ordered(serialized({name: one.contiguous() for name, one in tensors.items()}, dict(text))))
        os.replace(hidden, path)
    except (OSError, SafetensorError) as error:
        raise GenrfError(f"cannot write {path}: {error}") from error


def _ordered(file: bytes) -> bytes:
    """The same file with its texts in order: safetensors writes them as its hash table lies, each time another way."""
    end = 8 + int.from_bytes(file[:8], "little")  # the format: length of the header, header as JSON, weights
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    plain = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    plain += b" " * (-len(plain) % 8)  # so that the weights stay aligned
    return len(plain).to_bytes(8, "little") + plain + file[end:]


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the text of a safetensors file. Raises ConfigError for a file that is none, or cut short."""
    if not path.is_file():
        raise ConfigError(f"checkpoint {path}: no such file; task=train makes one")
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ConfigError(f"checkpoint {path}: not a whole safetensors file ({error})") from error


def _meaning(text: str, path: Path) -> Meaning:
    try:
        plain = json.loads(text)
        return _checked(
            Meaning(
                Vocabulary(*(tuple(map(str, plain["known"][name])) for name in ("kinds", "terminals", "keys"))),
                read_wanted(plain["wanted"]),
                Shape(**{name: int(plain["shape"][name]) for name in _LARGEST}),
                int(plain["diffusion_steps"]),
                str(plain["tech"]),
                str(plain["conditions"]),
            )
        )
    except UNREADABLE as error:
        raise ConfigError(f"checkpoint {path}: what its weights mean cannot be read ({error!r})") from error


def read_wanted(plain: Mapping[str, Any]) -> Wanted:
    """The limits that `asdict` made plain. Raises ValueError, KeyError or TypeError for what cannot be."""
    scales = [Scale(*(tuple(map(float, scale[name])) for name in ("values", "normals"))) for scale in plain["scales"]]
    wanted = Wanted(tuple(map(str, plain["metrics"])), tuple(plain["senses"]), tuple(scales))
    if len(set(wanted.metrics)) < len(wanted.metrics):
        raise ValueError(f"a metric twice in {wanted.metrics}")
    if not len(wanted.metrics) == len(wanted.senses) == len(wanted.scales) or set(wanted.senses) - {"min", "max"}:
        raise ValueError(f"limits {wanted.metrics} {wanted.senses} with {len(wanted.scales)} scales")
    for name, scale in zip(wanted.metrics, wanted.scales, strict=True):
        if not (2 <= len(scale.values) == len(scale.normals) and _rises(scale.values) and _rises(scale.normals)):
            raise ValueError(f"the scale of {name!r} does not rise")
    return wanted


def _checked(meaning: Meaning) -> Meaning:
    """`meaning` if it is one. Raises ValueError: sizes are checked before anything of that size is made."""
    shape = meaning.shape
    for name, largest in _LARGEST.items():
        if not 1 <= getattr(shape, name) <= largest:
            raise ValueError(f"{name} {getattr(shape, name)} not in 1 to {largest}")
    if shape.channels % shape.heads or not 1 <= meaning.diffusion_steps <= _MOST:
        raise ValueError(f"{shape}, {meaning.diffusion_steps} diffusion steps")
    for names in (meaning.known.kinds, meaning.known.terminals, meaning.known.keys):
        if len(names) > 1000 or len(set(names)) < len(names):
            raise ValueError("more than 1000 kinds, terminals or keys, or one of them twice")
    return meaning


def _rises(values: tuple[float, ...]) -> bool:
    return all(a < b for a, b in pairwise(values)) and all(map(_finite, values))


def _finite(value: float) -> bool:
    return abs(value) < float("inf")  # False for NaN too


def fill(model: nn.Module, prefix: str, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put weights of `path` into `model`. Raises ConfigError for one of another size, or one that is not finite."""
    for name, own in model.state_dict().items():
        value = tensors[prefix + name]
        if value.shape != own.shape or value.dtype != own.dtype:
            raise ConfigError(
                f"checkpoint {path}: weights {prefix + name!r} are {value.dtype} {tuple(value.shape)}, "
                f"wanted {own.dtype} {tuple(own.shape)}"
            )
        if not bool(torch.isfinite(value).all()):
            raise ConfigError(f"checkpoint {path}: weights {prefix + name!r} are not all finite")
    model.load_state_dict({name: tensors[prefix + name] for name in model.state_dict()}, assign=True)


def _reach(tensors: Mapping[str, Tensor], meaning: Meaning, text: str, path: Path) -> Reach:
    found = [tensors[f"reach.{name}"] for name in ("sample", "front")]
    for name, own in zip(("sample", "front"), found, strict=True):
        fits = own.dtype == torch.float16 and own.dim() == 2 and own.shape[1] == len(meaning.wanted.metrics)
        if not fits or not len(own) or bool(own.isinf().any()):
            raise ConfigError(
                f"checkpoint {path}: 'reach.{name}' is {own.dtype} {tuple(own.shape)}, wanted finite torch.float16 "
                f"with {len(meaning.wanted.metrics)} metrics"
            )
    trusted = json.loads(text).get("trusted")
    if not isinstance(trusted, float) or not 0 <= trusted < float("inf"):
        raise ConfigError(f"checkpoint {path}: trusted up to {trusted!r} sigma, wanted a number from 0 on")
    return Reach(found[0].numpy(), found[1].numpy(), trusted)
