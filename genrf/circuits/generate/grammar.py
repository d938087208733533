"""A grammar of amplifiers: one block for each place, and rules about which blocks go together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from genrf.circuits.pieces import inputs, outputs
from genrf.circuits.pieces.drawing import VARIABLES, Devices
from genrf.circuits.topology import GROUND, SUPPLY, Topology, variables_of
from genrf.core.errors import ConfigError
from genrf.core.problem import AbstractGenerator
from genrf.core.space import Space
from genrf.core.spec import DesignSpec

FAMILY = "lna"

STAGES: Mapping[str, Callable[[str, str], Devices]] = {
    "cs": inputs.source,
    "csl": inputs.degenerated,
    "csx": inputs.padded,
    "csr": inputs.lifted,
    "cgl": inputs.gate_coil,
    "cgr": inputs.gate_resistor,
    "cgi": inputs.gate_current,
    "cgb": inputs.gate_boosted,
    "inv": inputs.inverter,
    "invl": inputs.inverter_coil,
    "reuse": inputs.reuse,
    "reusel": inputs.reuse_coil,
}
MATCHES: Mapping[str, Callable[[str], Devices]] = {
    "direct": inputs.direct,
    "series": inputs.series,
    "shunt": inputs.shunt,
    "ell": inputs.ell,
    "pi": inputs.pi,
    "lossy": inputs.lossy,
}
BIASES: Mapping[str, Callable[[str, str], Devices]] = {
    "mirror": inputs.mirror,
    "replica": inputs.replica,
    "stacked": inputs.stacked,
    "chain": inputs.chain,
    "own": inputs.own,
    "auto": inputs.automatic,
}
CASCODES: Mapping[str, Callable[[str, str], Devices]] = {
    "single": outputs.single,
    "cascode": outputs.cascode,
    "lowered": outputs.lowered,
    "peaking": outputs.peaking,
    "bled": outputs.bled,
    "regulated": outputs.regulated,
    "folded": outputs.folded,
}
LOADS: Mapping[str, Callable[[str, str], Devices]] = {
    "tank": outputs.tank,
    "coil": outputs.coil,
    "peaked": outputs.peaked,
    "resistive": outputs.resistive,
    "diode": outputs.diode,
    "active": outputs.active,
    "unloaded": outputs.unloaded,
    "resonant": outputs.resonant,
}
FEEDBACKS: Mapping[str, Callable[[str, str, str], Devices]] = {
    "open": outputs.opened,
    "fed": outputs.fed,
    "miller": outputs.miller,
    "sensed": outputs.sensed,
    "overall": outputs.overall,
}
OUTPUTS: Mapping[str, Callable[[str, str], Devices]] = {
    "coupled": outputs.coupled,
    "divided": outputs.divided,
    "stepped": outputs.stepped,
    "follower": outputs.follower,
    "driven": outputs.driven,
    "second": outputs.second,
    "pushed": outputs.pushed,
}


class Sentence(NamedTuple):
    """The block at each place of an amplifier, by name."""

    stage: str
    match: str
    bias: str
    cascode: str
    load: str
    feedback: str
    output: str

    def __str__(self) -> str:
        """The name of the topology: the blocks that are there."""
        return "_".join(word for word in self if word not in _SILENT)


_SILENT = ("single", "auto", "unloaded", "open")  # blocks that draw nothing
_COMMON_SOURCE = ("cs", "csl", "csx", "csr")
_COMMON_GATE = ("cgl", "cgr", "cgi", "cgb")
_REFERENCE = ("mirror", "replica", "stacked", "chain")  # biases with a reference current
_TUNED = ("tank", "coil")
_DROPPING = ("peaked", "resistive", "diode", "active")  # loads that carry direct current at a voltage
_BUFFERS = ("follower", "driven", "pushed")

_BIASES_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_COMMON_SOURCE, ("mirror", "replica", "own")),
    "cgl": ("mirror", "replica"),
    "cgr": ("stacked",),
    "cgi": ("stacked",),
    "cgb": ("auto",),
    **dict.fromkeys(("inv", "invl"), ("auto",)),
    **dict.fromkeys(("reuse", "reusel"), ("chain",)),
}
_MATCHES_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("cs", "csr"), ("direct", "series", "shunt", "lossy")),
    "csl": ("series", "ell", "pi"),
    "csx": ("series", "ell"),
    **dict.fromkeys(_COMMON_GATE, ("direct", "series", "ell")),
    **dict.fromkeys(("inv", "reuse"), ("direct", "series", "shunt", "ell")),
    **dict.fromkeys(("invl", "reusel"), ("series", "ell", "pi")),
}
_OUTPUTS_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TUNED, ("coupled", "divided", "stepped", "second")),
    **dict.fromkeys(_DROPPING, ("coupled", *_BUFFERS, "second")),
    **dict.fromkeys(("unloaded", "resonant"), ("coupled", "divided", "stepped", "follower", "driven", "second")),
}


def _bias_suits(s: Sentence) -> bool:
    """A replica wants a cascode to be one of; a stage that biases itself from its drain, a load with a voltage."""
    if s.bias == "replica":
        return s.cascode not in ("single", "folded")
    return s.bias != "own" or (s.load in _DROPPING and s.cascode in ("single", "cascode", "lowered"))


def _cascode_suits(s: Sentence) -> bool:
    """A stage of two kinds has none; a boosted gate needs no second loop; a folded one wants a plain reference."""
    if s.stage in (*_COMMON_SOURCE, "cgl"):
        return s.cascode != "folded" or (s.bias == "mirror" and s.load in (*_TUNED, "resistive"))
    return s.cascode == "single" or (s.stage in _COMMON_GATE and s.cascode in ("cascode", "lowered"))


def _load_suits(s: Sentence) -> bool:
    """A stage of two kinds is its own load."""
    return (s.load in ("unloaded", "resonant")) == (s.stage not in (*_COMMON_SOURCE, *_COMMON_GATE))


def _feedback_suits(s: Sentence) -> bool:
    """What the input stage does not make real at the input, feedback or a resistor does; around a buffer if there."""
    if s.stage not in ("cs", "csr"):
        return s.feedback == "open" or (s.stage == "csl" and s.feedback == "fed")
    if (s.match == "lossy") != (s.feedback == "open"):
        return False
    if s.feedback == "sensed":
        return s.cascode != "folded" and s.output not in _BUFFERS
    return s.feedback != "overall" or s.output in ("follower", "driven")


def _output_suits(s: Sentence) -> bool:
    """A tuned load is tapped, one that is not is buffered; a current source or a second stage wants the reference."""
    return s.output in _OUTPUTS_OF[s.load] and (s.output not in ("driven", "second") or s.bias in _REFERENCE)


def words() -> dict[str, tuple[str, ...]]:
    """The words of each place, in the order of a sentence."""
    tables = (STAGES, MATCHES, BIASES, CASCODES, LOADS, FEEDBACKS, OUTPUTS)
    return dict(zip(Sentence._fields, map(tuple, tables), strict=True))


@lru_cache
def sentences() -> tuple[Sentence, ...]:
    """Every amplifier that the rules allow, in a fixed order."""
    return tuple(_all())


def _all() -> Iterator[Sentence]:
    rules = (_load_suits, _output_suits, _cascode_suits, _bias_suits, _feedback_suits)
    for stage in STAGES:
        places = (CASCODES, LOADS, FEEDBACKS, OUTPUTS)
        for match, bias, *rest in product(_MATCHES_OF[stage], _BIASES_OF[stage], *places):
            sentence = Sentence(stage, match, bias, *rest)
            if all(rule(sentence) for rule in rules):
                yield sentence


def topology(s: Sentence) -> Topology:
    """The amplifier that a sentence says, with the variables that its blocks draw."""
    devices = tuple(device for block in blocks(s).values() for device in block)
    references = {"bias": "i_bias"} if s.bias in _REFERENCE else {}
    drawn = variables_of([*(v for device in devices for v in device.drawn.values()), *references.values()])
    return Topology(
        name=str(s),
        family=FAMILY,
        description=", ".join(f"{place} {word}" for place, word in s._asdict().items() if word not in _SILENT),
        signals=("in", "out"),
        references=references,
        devices=devices,
        space=Space(tuple(variable for variable in VARIABLES if variable.name in drawn)),
    )


def blocks(s: Sentence) -> dict[str, Devices]:
    """The devices at each place, whether the rules allow the sentence or not."""
    drain = "middle" if s.cascode == "single" else "drain"
    gate = "gate" if s.stage in _COMMON_GATE else "entry"
    rail = GROUND if s.cascode == "folded" else SUPPLY
    return {
        "match": MATCHES[s.match]("entry"),
        "bias": BIASES[s.bias](gate, drain),
        "stage": STAGES[s.stage]("entry", "middle"),
        "cascode": CASCODES[s.cascode]("middle", drain),
        "load": LOADS[s.load](drain, rail),
        "feedback": FEEDBACKS[s.feedback](drain, "buffered", "entry"),
        "output": OUTPUTS[s.output](drain, "buffered"),
    }


@dataclass(frozen=True)
class Grammar(AbstractGenerator):
    """Offers amplifiers that the grammar allows, drawn by chance without repetition."""

    def generate(self, spec: DesignSpec, count: int, rng: np.random.Generator) -> list[Topology]:
        check_family(spec)
        known = sentences()
        return [topology(known[place]) for place in rng.permutation(len(known))[:count]]


def check_family(spec: DesignSpec) -> None:
    """Raise ConfigError where `spec` asks for circuits of another family than the grammar's."""
    family = spec.conditions.get("family")
    if family != FAMILY:
        raise ConfigError(
            f"spec {spec.name!r}: the grammar has no circuit of family {family!r}, only of {FAMILY!r}; "
            "model=library may have one"
        )
