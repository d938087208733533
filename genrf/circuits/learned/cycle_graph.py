"""Circuits as graphs of devices and nets, many at a time, and the graph that holds all amplifiers of the grammar.

In the graph of all, each device of each block has a gate: 1 where its word is chosen and the words that it depends on
are. What is made of a graph is then a smooth function of the choices, of those not taken too.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genrf.circuits.generate.grammar import Sentence, blocks, sentences, topology, words
from genrf.circuits.pieces.drawing import VARIABLES
from genrf.circuits.topology import GROUND, SUPPLY, Device, Drawn, Given, Times, Topology
from genrf.core.space import AbstractVariable

_NETS = (SUPPLY, GROUND, "inner")
_PINS = 4  # of a device at the most


@dataclass(frozen=True)
class Graphs:
    """Several circuits in one: t devices and ports, each of a circuit, and p pins between them and n nets."""

    count: int
    kinds: Int[Tensor, "t"]
    features: Float[Tensor, "t f"]
    owners: Int[Tensor, "t"]  # the circuit of each device
    gates: Float[Tensor, "t"]
    pins: tuple[Int[Tensor, "p"], Int[Tensor, "p"], Int[Tensor, "p"]]  # device, terminal, net
    nets: Int[Tensor, "n"]  # supply, ground or an inner one


@dataclass(frozen=True)
class Tokens:
    """Devices and ports as numbers; the last net is where the pins go that a device lacks."""

    kinds: Int[np.ndarray, "t"]
    features: Float[np.ndarray, "t f"]
    terminals: Int[np.ndarray, "t 4"]
    joined: Int[np.ndarray, "t 4"]  # net of each pin, -1 for none
    nets: Int[np.ndarray, "n"]

    @classmethod
    def of(cls, devices: Sequence[Device]) -> "Tokens":
        """The numbers of `devices`, in their order. Raises ValueError for what no amplifier of the grammar has."""
        kinds, terminals, keys = vocabulary()
        names = sorted({net for device in devices for net in device.nets.values()})
        ends, joined = np.zeros((len(devices), _PINS), int), np.full((len(devices), _PINS), -1)
        for place, device in enumerate(devices):
            for pin, (terminal, net) in enumerate(_pins(device)):
                ends[place, pin], joined[place, pin] = terminals.index(terminal), names.index(net)
        return cls(
            np.array([kinds.index(device.kind) for device in devices]),
            np.array([_features(device, keys) for device in devices]),
            ends,
            joined,
            np.array([_NETS.index(net) if net in _NETS else len(_NETS) - 1 for net in names]),
        )

    def graphs(self, gates: Float[Tensor, "b t"], whole: bool) -> Graphs:
        """One circuit for each row of `gates`; without the devices whose gate is shut unless they are to be `whole`."""
        open_ = torch.ones_like(gates, dtype=torch.bool) if whole else gates.detach() > 0
        owners, tokens = open_.nonzero(as_tuple=True)
        joined = torch.as_tensor(self.joined)[tokens]
        device, pin = (joined >= 0).nonzero(as_tuple=True)
        nets = joined[device, pin] + owners[device] * len(self.nets)
        return Graphs(
            len(gates),
            torch.as_tensor(self.kinds)[tokens],
            torch.as_tensor(self.features, dtype=torch.float32)[tokens],
            owners,
            gates[owners, tokens],
            (device, torch.as_tensor(self.terminals)[tokens[device], pin], nets),
            torch.as_tensor(self.nets).repeat(len(gates)),
        )


@dataclass(frozen=True)
class Supergraph:
    """All devices of all blocks, each with the word that draws it and the stages and cascodes with which it does."""

    devices: tuple[Device, ...]
    columns: Int[np.ndarray, "t"]  # of the words one after the other; the last is always chosen
    contexts: Float[np.ndarray, "t s c"]

    @property
    def identity(self) -> str:
        """A hash of every block and every sentence: weights hold for the grammar that they were trained with."""
        plain = [[asdict(device) for device in self.devices], self.columns.tolist(), sentences()]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def gates(self, chosen: Sequence[Float[Tensor, "b w"]]) -> Float[Tensor, "b t"]:
        """The gate of each device for sentences that are given as one-hot vectors, place by place."""
        stages, cascodes = (chosen[Sentence._fields.index(place)] for place in ("stage", "cascode"))
        always = stages.new_ones(len(stages), 1)
        contexts = torch.as_tensor(self.contexts, dtype=stages.dtype)
        asked = torch.cat([*chosen, always], 1)[:, torch.as_tensor(self.columns)]
        return asked * torch.einsum("bs,bc,tsc->bt", stages, cascodes, contexts)

    def graphs(self, chosen: Sequence[Float[Tensor, "b w"]], whole: bool = False) -> Graphs:
        """The circuits of sentences, without the devices whose gate is shut unless they are to be `whole`."""
        return numbered().graphs(self.gates(chosen), whole)


@lru_cache
def supergraph() -> Supergraph:
    """The graph of all amplifiers that the grammar's blocks can make."""
    found: dict[str, tuple[Device, int, Float[np.ndarray, "s c"]]] = {}
    for column, place, word in _columns():
        for s, where in _contexts(place, word):
            for device in (*blocks(s)[place], *_references(s, place)):
                key = json.dumps([column, asdict(device)], sort_keys=True)
                found.setdefault(key, (device, column, np.zeros(_grid())))[2][where] = 1.0
    signals = [(device, sum(map(len, words().values())), np.ones(_grid())) for device in _signals(("in", "out"))]
    devices, columns, contexts = zip(*signals, *found.values(), strict=True)
    return Supergraph(devices, np.array(columns), np.stack(contexts))


@lru_cache
def numbered() -> Tokens:
    """The devices of the graph of all."""
    return Tokens.of(supergraph().devices)


@lru_cache
def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Kinds, terminals and drawn keys of the grammar's devices, each in a fixed order."""
    devices = supergraph().devices
    return (
        tuple(sorted({device.kind for device in devices})),
        tuple(sorted({terminal for device in devices for terminal, _ in _pins(device)})),
        tuple(sorted({key for device in devices for key in device.drawn})),
    )


def graphs_of(topologies: Sequence[Topology]) -> Graphs:
    """The graphs of circuits made of the grammar's kinds of devices, whatever their names."""
    every = [Tokens.of(_all(one)) for one in topologies]
    devices, nets = (np.cumsum([0, *(len(each) for each in counted)]) for counted in _sizes(every))
    single = [tokens.graphs(torch.ones(1, len(tokens.kinds)), whole=True) for tokens in every]
    return Graphs(
        len(single),
        torch.cat([one.kinds for one in single]),
        torch.cat([one.features for one in single]),
        torch.cat([one.owners + place for place, one in enumerate(single)]),
        torch.cat([one.gates for one in single]),
        (
            torch.cat([one.pins[0] + int(start) for one, start in zip(single, devices, strict=False)]),
            torch.cat([one.pins[1] for one in single]),
            torch.cat([one.pins[2] + int(start) for one, start in zip(single, nets, strict=False)]),
        ),
        torch.cat([one.nets for one in single]),
    )


def _sizes(every: Sequence[Tokens]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [tokens.kinds for tokens in every], [tokens.nets for tokens in every]


def _all(one: Topology) -> list[Device]:
    ports = [*_signals(one.signals), *(_reference(net, drawn) for net, drawn in one.references.items())]
    return [*ports, *one.devices]


def _signals(nets: Sequence[str]) -> list[Device]:
    return [Device(f"signal {i}", f"signal {i}", {"port": net}) for i, net in enumerate(nets)]


def _reference(net: str, drawn: Drawn) -> Device:
    return Device("reference", "reference", {"port": net}, {"i": drawn})


def _references(s: Sentence, place: str) -> list[Device]:
    """The current that a bias is fed with, which is drawn with it."""
    return [_reference(net, drawn) for net, drawn in topology(s).references.items()] if place == "bias" else []


def _columns() -> Iterator[tuple[int, str, str]]:
    pairs = [(place, word) for place, known in words().items() for word in known]
    return ((column, place, word) for column, (place, word) in enumerate(pairs))


def _grid() -> tuple[int, int]:
    return len(words()["stage"]), len(words()["cascode"])


def _contexts(place: str, word: str) -> Iterator[tuple[Sentence, tuple[int | slice, int | slice]]]:
    """A word with every stage and cascode; where it is itself one of these, the choice of it is its gate's already."""
    first = Sentence(*(known[0] for known in words().values()))
    stages, cascodes = (list(enumerate(words()[name])) for name in ("stage", "cascode"))
    if place == "stage":
        stages = [(-1, word)]
    if place == "cascode":
        cascodes = [(-1, word)]
    for (i, stage), (j, cascode) in product(stages, cascodes):
        s = first._replace(stage=stage, cascode=cascode)._replace(**{place: word})
        yield s, (slice(None) if i < 0 else i, slice(None) if j < 0 else j)


def _pins(device: Device) -> list[tuple[str, str]]:
    alike = set(device.nets) == {"a", "b"}  # the ends of a coil, a resistor or a capacitor
    return [("end" if alike else terminal, net) for terminal, net in device.nets.items()]


def _features(device: Device, keys: Sequence[str]) -> list[float]:
    """From where to where each value may be drawn, on a logarithmic scale; 0 where nothing is."""
    ends = {key: _ends(drawn) for key, drawn in device.drawn.items()}
    return [end for key in keys for end in ends.get(key, (0.0, 0.0))]


def _ends(drawn: Drawn) -> tuple[float, float]:
    if isinstance(drawn, Given):
        return 0.0, 0.0
    if isinstance(drawn, Times):
        return _ends(drawn.variable)
    if isinstance(drawn, str):
        variable = _variables()[drawn]
        return _scaled(variable.decode(0.0)), _scaled(variable.decode(1.0))
    return _scaled(drawn), _scaled(drawn)


@lru_cache
def _variables() -> Mapping[str, AbstractVariable]:
    return {variable.name: variable for variable in VARIABLES}


def _scaled(value: float) -> float:
    return float(np.log10(max(abs(value), 1e-18)) / 6)
