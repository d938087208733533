"""The layers of a network as columns of numbers, for the cost model: from a profile, or from a network of integers."""

from dataclasses import dataclass, replace

import numpy as np

from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Step
from genrf.accel.workload import Loops, ModelProfile


@dataclass(frozen=True, eq=False)
class LayerTable:
    """m layers. `c` and `k` are channels of a group; a layer for the vector unit has `channels` and a window."""

    names: tuple[str, ...]
    vector: np.ndarray
    groups: np.ndarray
    k: np.ndarray
    c: np.ndarray
    pixels: np.ndarray  # of the output, all images of a batch, before a maximum is taken of them
    filters: np.ndarray  # places of the filter, or words of a window
    channels: np.ndarray
    line: np.ndarray  # columns of windows that a convolution takes the maximum of, 0 when it takes none
    read: np.ndarray  # (channels, pixels) of what it reads, [m, 2]
    written: np.ndarray  # (channels, pixels) of what it writes, [m, 2]
    source: tuple[int, int]
    result: tuple[int, int]

    @property
    def reduction(self) -> np.ndarray:
        """Products in a sum."""
        return self.c * self.filters

    @property
    def macs(self) -> np.ndarray:
        """Multiplications of the array."""
        return np.where(self.vector, 0, self.groups * self.k * self.c * self.filters * self.pixels)

    @property
    def weights(self) -> np.ndarray:
        """Weights of a layer."""
        return np.where(self.vector, 0, self.groups * self.k * self.c * self.filters)

    @property
    def moved(self) -> np.ndarray:
        """Elements read and written."""
        return self.read.prod(axis=1) + self.written.prod(axis=1)

    def held(self, lanes: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """Bytes of activations that must be there while a layer runs, [n, m], in whole words of `lanes` channels."""
        words = sum(-(-part[:, 0] // lanes[:, None]) * part[:, 1] for part in (self.read, self.written))
        return np.asarray(words * (lanes * bits)[:, None] / 8)

    def ends(self, bits: np.ndarray) -> np.ndarray:
        """Bytes of the network's input, with its first layer, and of its result, with the last; [n, m]."""
        moved = np.zeros(bits.shape)
        moved[:, 0] += self.source[0] * self.source[1] * bits[:, 0] / 8
        moved[:, -1] += self.result[0] * self.result[1] * bits[:, -1] / 8
        return moved

    @classmethod
    def of_profile(cls, profile: ModelProfile) -> "LayerTable":
        """The layers that multiply, each with its loops."""
        rows = [(layer.name, loops) for layer in profile.computing for loops in layer.loops]
        read = np.array([_read(loops) for _, loops in rows])
        written = np.array([(loops.g * loops.k, loops.b * loops.oy * loops.ox) for _, loops in rows])
        numbers = [_counts(loops) for _, loops in rows]
        return cls._of(tuple(name for name, _ in rows), [False] * len(rows), numbers, read, written)

    @classmethod
    def of_network(cls, network: IntegerNetwork) -> "LayerTable":
        """Every step of a network of integers."""
        sizes = {name: (t.shape[0], t.shape[1] * t.shape[2]) for name, t in network.tensors().items()}
        read = []
        for step in network.steps:
            channels, pixels = sizes[step.sources[0] if isinstance(step, Addition) else step.source]
            read.append((channels, pixels * (2 if isinstance(step, Addition) else 1)))
        written = np.array([sizes[step.target.name] for step in network.steps])
        vector = [not isinstance(step, Convolution) for step in network.steps]
        names = tuple(step.name for step in network.steps)
        table = cls._of(names, vector, [_step(step) for step in network.steps], np.array(read), written)
        return replace(table, source=sizes[network.source.name], result=sizes[network.result.name])

    @classmethod
    def _of(
        cls,
        names: tuple[str, ...],
        vector: list[bool],
        numbers: list[tuple[int, ...]],
        read: np.ndarray,
        written: np.ndarray,
    ) -> "LayerTable":
        groups, k, c, pixels, filters, channels, line = np.array(numbers).T
        source, result = (int(read[0, 0]), int(read[0, 1])), (int(written[-1, 0]), int(written[-1, 1]))
        return cls(
            names, np.array(vector), groups, k, c, pixels, filters, channels, line, read, written, source, result
        )


def _read(loops: Loops) -> tuple[int, int]:
    """Channels and, about, pixels that a layer reads: as many as it writes, which is exact for a stride of one."""
    return loops.g * loops.c, loops.b * loops.oy * loops.ox


def _counts(loops: Loops) -> tuple[int, ...]:
    """Groups, output and input channels of a group, pixels, places of the filter, channels, no line."""
    pixels, filters = loops.b * loops.oy * loops.ox, loops.fy * loops.fx
    return loops.g, loops.k, loops.c, pixels, filters, loops.g * loops.k, 0


def _step(step: Step) -> tuple[int, ...]:
    """The same of a step."""
    channels, height, width = step.target.shape
    if isinstance(step, Convolution):
        k, c, fy, fx = step.weight.shape
        rows, columns = step.plane
        return step.groups, k // step.groups, c, rows * columns, fy * fx, channels, 0 if step.pool == (1, 1) else width
    window = 2 if isinstance(step, Addition) else step.kernel[0] * step.kernel[1]
    return 1, 1, 1, height * width, window, channels, 0
