"""Checkpoints of the CycleGAN: the translator's weights and what they mean in one safetensors file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from genrf.circuits.learned.checkpoint import UNREADABLE, fill, read_tensors, read_wanted, write_tensors
from genrf.circuits.learned.cycle_graph import supergraph
from genrf.circuits.learned.cycle_networks import CycleShape, Translator
from genrf.circuits.learned.metrics import Wanted
from genrf.core.errors import ConfigError

SCHEMA = "cyclegan 1"


@dataclass(frozen=True)
class CycleMeaning:
    """What the weights are about: limits that can be asked for, size, where they hold, and for which grammar."""

    wanted: Wanted
    shape: CycleShape
    tech: str
    conditions: str  # of the spec that the data were measured under, as JSON
    grammar: str  # hash of its blocks and sentences

    def network(self) -> Translator:
        """The translator, untrained."""
        return Translator(len(self.wanted.metrics), self.shape)


@dataclass(frozen=True)
class TrainedCycle:
    """The translator with its weights, for evaluation."""

    meaning: CycleMeaning
    translator: Translator


def save(trained: TrainedCycle, path: Path) -> None:
    """Write `path`, whole or not at all."""
    text = {"schema": SCHEMA, "meaning": json.dumps(asdict(trained.meaning))}
    write_tensors(dict(trained.translator.state_dict()), text, path)


def load(path: Path) -> TrainedCycle:
    """The translator of `path`.

    Raises ConfigError for a file that is not there, is no checkpoint, is one of another version or another grammar, is
    cut short, or holds weights that are missing, too many, of another size or not finite.
    """
    tensors, text = read_tensors(path)
    if text.get("schema") != SCHEMA:
        raise ConfigError(
            f"checkpoint {path}: schema {text.get('schema')!r}, model=cyclegan reads {SCHEMA!r}; "
            "task=train model=cyclegan makes one"
        )
    meaning = _meaning(text.get("meaning", ""), path)
    if meaning.grammar != supergraph().identity:
        raise ConfigError(f"checkpoint {path}: trained with another grammar of amplifiers; train it again")
    with torch.device("meta"):  # weights take memory only when they were found to have the size that the text says
        translator = meaning.network()
    expected = translator.state_dict().keys()
    for name in sorted(expected ^ tensors.keys()):
        raise ConfigError(f"checkpoint {path}: weights {name!r} are {'missing' if name in expected else 'not ours'}")
    fill(translator, "", tensors, path)
    return TrainedCycle(meaning, translator.eval())


def _meaning(text: str, path: Path) -> CycleMeaning:
    try:
        plain = json.loads(text)
        shape = CycleShape(**{name: int(plain["shape"][name]) for name in CycleShape.__dataclass_fields__})
        wanted = read_wanted(plain["wanted"])
        return CycleMeaning(wanted, shape, str(plain["tech"]), str(plain["conditions"]), str(plain["grammar"]))
    except (*UNREADABLE, ConfigError) as error:
        raise ConfigError(f"checkpoint {path}: what its weights mean cannot be read ({error!r})") from error
