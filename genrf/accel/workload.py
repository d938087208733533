"""The network to accelerate: its layers as loops, and what each of them takes."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Loops:
    """The loops of a layer that multiplies: batch, groups, output and input channels of a group, output rows and
    columns, filter rows and columns. A matrix product has its rows in `ox`, and its batch in `g` where both operands
    have one.
    """

    b: int = 1
    g: int = 1
    k: int = 1
    c: int = 1
    oy: int = 1
    ox: int = 1
    fy: int = 1
    fx: int = 1

    @property
    def macs(self) -> int:
        """Multiplications with their additions."""
        return math.prod((self.b, self.g, self.k, self.c, self.oy, self.ox, self.fy, self.fx))

    @property
    def weights(self) -> int:
        """Elements of the operand that all pixels share."""
        return self.g * self.k * self.c * self.fy * self.fx

    @property
    def outputs(self) -> int:
        """Elements that come out."""
        return self.b * self.g * self.k * self.oy * self.ox


@dataclass(frozen=True, eq=False)
class Layer:
    """One operator of a network: what it reads, its loops (two for attention), and its arrays.

    `settings` hold stride, padding, dilation and kernel where there are any, as pairs (rows, columns).
    """

    name: str
    operator: str
    sources: tuple[str, ...]
    shape: tuple[int, ...]
    source_shapes: tuple[tuple[int, ...], ...] = ()
    loops: tuple[Loops, ...] = ()
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    parameters: int = 0

    @property
    def macs(self) -> int:
        """Multiplications with their additions."""
        return sum(loops.macs for loops in self.loops)

    @property
    def inputs(self) -> int:
        """Elements of all tensors that it reads, parameters aside."""
        return sum(math.prod(shape) for shape in self.source_shapes)

    @property
    def outputs(self) -> int:
        """Elements that it writes."""
        return math.prod(self.shape)

    def bytes_in(self, bits: int = 8) -> float:
        """Bytes that it reads at least once, parameters included, with elements of `bits` bits."""
        return (self.inputs + self.parameters) * bits / 8

    def bytes_out(self, bits: int = 8) -> float:
        """Bytes that it writes."""
        return self.outputs * bits / 8

    def intensity(self, bits: int = 8) -> float:
        """Multiplications per byte moved, the abscissa of a roofline (Williams et al., CACM 2009)."""
        return self.macs / (self.bytes_in(bits) + self.bytes_out(bits))


@dataclass(frozen=True)
class Unsupported:
    """A node of the network that has no place in the profile."""

    node: str
    operator: str


@dataclass(frozen=True, eq=False)
class ModelProfile:
    """A network's layers in the order of their execution, and the nodes that could not be understood."""

    name: str
    source: str
    source_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    unsupported: tuple[Unsupported, ...] = ()

    @property
    def macs(self) -> int:
        """Multiplications with their additions, of one input."""
        return sum(layer.macs for layer in self.layers)

    @property
    def parameters(self) -> int:
        """Parameters, each counted once."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def computing(self) -> tuple[Layer, ...]:
        """The layers that multiply."""
        return tuple(layer for layer in self.layers if layer.loops)

    def __getitem__(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)


class AbstractWorkload(ABC):
    """Where a network comes from."""

    @abstractmethod
    def profile(self) -> ModelProfile:
        """The network's layers. Raises ConfigError when it cannot be read at all."""

    def trained(self, training: Any, data: Any) -> ModelProfile:
        """The layers after `training` on `data`; as they are, where a network comes with its weights."""
        return self.profile()


def pair(value: Any, default: int = 1) -> tuple[int, int]:
    """A setting as (rows, columns): frameworks write one number, a list of one, or two."""
    numbers = [int(number) for number in (value if isinstance(value, list | tuple) else [value])] or [default]
    return (numbers[0], numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
