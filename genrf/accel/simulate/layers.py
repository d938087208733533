"""The layers of a network as columns of numbers, for the cost model: from a profile, or from a network of integers."""

from dataclasses import dataclass

import numpy as np

from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Step
from genrf.accel.workload import Loops, ModelProfile


@dataclass(frozen=True, eq=False)
class LayerTable:
    """m layers. `c` and `k` are channels of a group; a layer for the vector unit has `channels` and a window instead."""

    names: tuple[str, ...]
    vector: np.ndarray
    groups: np.ndarray
    k: np.ndarray
    c: np.ndarray
    pixels: np.ndarray  # of the output, all images of a batch
    filters: np.ndarray  # places of the filter, or words of a window
    channels: np.ndarray
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
        loops = [each for _, each in rows]
        read = np.array([_read(each) for each in loops])
        return cls._made(
            tuple(name for name, _ in rows), [False] * len(rows), [each.g for each in loops], [each.k for each in loops],
            [each.c for each in loops], [each.b * each.oy * each.ox for each in loops],
            [each.fy * each.fx for each in loops], [each.g * each.k for each in loops], read,
            np.array([(each.g * each.k, each.b * each.oy * each.ox) for each in loops]),
        )  # fmt: skip

    @classmethod
    def of_network(cls, network: IntegerNetwork) -> "LayerTable":
        """Every step of a network of integers."""
        tensors = network.tensors()
        sizes = {name: (t.shape[0], t.shape[1] * t.shape[2]) for name, t in tensors.items()}
        rows = [_step(step) for step in network.steps]
        read = []
        for step in network.steps:
            channels, pixels = sizes[step.sources[0] if isinstance(step, Addition) else step.source]
            read.append((channels, pixels * (2 if isinstance(step, Addition) else 1)))
        table = cls._made(
            tuple(step.name for step in network.steps), [not isinstance(step, Convolution) for step in network.steps],
            *zip(*rows, strict=True), np.array(read), np.array([sizes[step.target.name] for step in network.steps]),
        )  # fmt: skip
        return cls(**{**vars(table), "source": sizes[network.source.name], "result": sizes[network.result.name]})

    @classmethod
    def _made(cls, names, vector, groups, k, c, pixels, filters, channels, read, written):  # type: ignore[no-untyped-def]
        numbers = (np.array(column) for column in (groups, k, c, pixels, filters, channels))
        ends = {"source": tuple(read[0]), "result": tuple(written[-1])}
        return cls(names, np.array(vector), *numbers, read, written, **ends)


def _read(loops: Loops) -> tuple[int, int]:
    """Channels and, about, pixels that a layer reads: as many as it writes, which is exact for a stride of one."""
    return loops.g * loops.c, loops.b * loops.oy * loops.ox


def _step(step: Step) -> tuple[int, int, int, int, int, int]:
    """Groups, output and input channels of a group, pixels, places of the filter, channels."""
    channels, height, width = step.target.shape
    if isinstance(step, Convolution):
        k, c, fy, fx = step.weight.shape
        return step.groups, k // step.groups, c, height * width, fy * fx, channels
    window = 2 if isinstance(step, Addition) else step.kernel[0] * step.kernel[1]
    return 1, 1, 1, height * width, window, channels
