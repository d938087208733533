"""What a network sees of a topology: devices as tokens, shared nets between them, drawn variables as slots.

Names of nets, devices and variables never reach a network: only kinds, terminals, ports and what is drawn of what.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int

from genrf.circuits.topology import GROUND, SUPPLY, Topology
from genrf.core.errors import ConfigError, choices
from genrf.core.space import AbstractVariable, Choice, Integer, Real, Space

_NETS = (SUPPLY, GROUND, "inner")  # what two devices share is told apart by what it is
_BOUNDS = 3  # of a variable: whether logarithmic, and both ends


@dataclass(frozen=True)
class Described:
    """A topology as its record says, with its space: what `structures.parquet` holds in one row."""

    name: str
    record: Mapping[str, Any]
    space: Space

    @classmethod
    def of(cls, topology: Topology) -> "Described":
        """What the data set would say of `topology`."""
        return cls(topology.name, topology.record(), topology.space)

    def tokens(self) -> list["Token"]:
        """Signals, reference currents and devices, in the order of the record."""
        signals = [Token(f"signal {i}", {"port": net}, {}) for i, net in enumerate(self.record["signals"])]
        references = [Token("reference", {"port": net}, {"i": i}) for net, i in self.record["references"].items()]
        return [*signals, *references, *(Token(d["kind"], d["nets"], d["drawn"]) for d in self.record["devices"])]


@dataclass(frozen=True)
class Token:
    """A device, or a port of the circuit: its kind, its nets by terminal, what is drawn of it."""

    kind: str
    nets: Mapping[str, str]
    drawn: Mapping[str, Any]

    def pins(self) -> list[tuple[str, str]]:
        """Terminals and nets; the two ends of a coil, a resistor or a capacitor count as alike."""
        alike = set(self.nets) == {"a", "b"}
        return [("end" if alike else terminal, net) for terminal, net in self.nets.items()]

    def slots(self) -> Iterator[tuple[str, str, float]]:
        """Key, variable and factor of each drawn value that varies; the ratio of a pair has a slot of its own."""
        for key, value in self.drawn.items():
            if isinstance(value, str):
                yield key, value, 1.0
            elif isinstance(value, Mapping) and "variable" in value:
                ratio = value["factor"]
                yield key, value["variable"], 1.0 if isinstance(ratio, str) else float(ratio)
                if isinstance(ratio, str):
                    yield f"{key} ratio", ratio, 1.0


@dataclass(frozen=True)
class Vocabulary:
    """The kinds, terminals and drawn keys that a model knows, each in a fixed order."""

    kinds: tuple[str, ...]
    terminals: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, structures: Sequence[Described]) -> "Vocabulary":
        """All that occurs in `structures`."""
        tokens = [token for structure in structures for token in structure.tokens()]
        return cls(
            tuple(sorted({token.kind for token in tokens})),
            tuple(sorted({terminal for token in tokens for terminal, _ in token.pins()})),
            tuple(sorted({key for token in tokens for key, _, _ in token.slots()})),
        )

    def beside(self, other: "Vocabulary") -> "Vocabulary":
        """All of this one, in its order, then what `other` has beside."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("kinds", "terminals", "keys"))
        return Vocabulary(*((*own, *(word for word in new if word not in own)) for own, new in pairs))

    @property
    def relations(self) -> int:
        """How many ways there are for two terminals to share a net."""
        return len(_NETS) * len(self.terminals) ** 2


@dataclass(frozen=True)
class Graph:
    """One topology as arrays of n tokens, s slots and v variables, each slot drawing one variable in one token."""

    name: str
    space: Space
    kinds: Int[np.ndarray, "n"]
    shared: Int[np.ndarray, "e 4"]  # two tokens, how terminals of theirs share a net (1 of r ways), how often
    tokens: Int[np.ndarray, "s"]
    keys: Int[np.ndarray, "s"]
    variables: Int[np.ndarray, "s"]
    features: Float[np.ndarray, "s 4"]  # logarithm of the factor, and of the variable: scale, ends

    @classmethod
    def of(cls, structure: Described, known: Vocabulary) -> "Graph":
        """The arrays of `structure`. Raises ConfigError for a kind, terminal or key that `known` lacks."""
        tokens, names = structure.tokens(), list(structure.space.names)
        slots = [(place, *slot) for place, token in enumerate(tokens) for slot in token.slots()]
        bounds = [_bounds(variable) for variable in structure.space.variables]
        return cls(
            structure.name,
            structure.space,
            np.array([_place(token.kind, known.kinds, structure.name) for token in tokens]),
            _shared(structure, tokens, known),
            np.array([place for place, *_ in slots]),
            np.array([_place(key, known.keys, structure.name) for _, key, _, _ in slots]),
            np.array([names.index(variable) for _, _, variable, _ in slots]),
            np.array([[np.log10(factor), *bounds[names.index(v)]] for _, _, v, factor in slots]),
        )


def read_structures(folder: Path) -> dict[str, Described]:
    """The structures of a data set by name. Raises ConfigError where `folder` holds none, or none that can be read."""
    path = folder / "structures.parquet"
    if not path.is_file():
        raise ConfigError(f"dataset={folder}: no data set there (it has no structures.parquet); task=dataset makes one")
    try:
        rows = pq.read_table(path, columns=["structure", "graph", "variables"]).to_pylist()
        found = [
            Described(row["structure"], json.loads(row["graph"]), _space(json.loads(row["variables"]))) for row in rows
        ]
        return {structure.name: structure for structure in found}
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is no table of structures: {' '.join(str(error).split())}") from error


def _space(variables: Sequence[Mapping[str, Any]]) -> Space:
    return Space(tuple(_variable(variable) for variable in variables))


def _variable(plain: Mapping[str, Any]) -> AbstractVariable:
    given = {key: value for key, value in plain.items() if key != "kind"}
    if plain["kind"] == "Choice":
        return Choice(**{**given, "options": tuple(given["options"])})
    return {"Real": Real, "Integer": Integer}[plain["kind"]](**given)


def _bounds(variable: AbstractVariable) -> list[float]:
    low, high = variable.decode(0.0), variable.decode(1.0)
    magnitude = [np.log10(max(abs(end), 1e-18)) / 6 for end in (low, high)]  # from attofarad to gigahertz in [-3, 2]
    return [float(getattr(variable, "log", False)), *magnitude]


def _shared(structure: Described, tokens: Sequence[Token], known: Vocabulary) -> Int[np.ndarray, "e 4"]:
    ends = defaultdict[str, list[tuple[int, int]]](list)
    for place, token in enumerate(tokens):
        for terminal, net in token.pins():
            ends[net].append((place, _place(terminal, known.terminals, structure.name)))
    ways = Counter[tuple[int, int, int]]()
    for net, own in ends.items():
        sort = _NETS.index(net) if net in _NETS else len(_NETS) - 1
        for (i, t), (j, u) in product(own, own):
            ways[i, j, (sort * len(known.terminals) + t) * len(known.terminals) + u] += 1
    return np.array([[*way, count] for way, count in sorted(ways.items())]).reshape(-1, 4)


def _place(name: str, known: Sequence[str], structure: str) -> int:
    if name not in known:
        raise ConfigError(f"structure {structure!r}: the model knows no {name!r}; {choices(name, known)}")
    return known.index(name)
