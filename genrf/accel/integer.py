"""The golden model: a network of integers, and what each of its outputs is, bit by bit.

The RTL computes exactly this. The integers are held as float64, in which all sums and products here are exact, as they
stay below 2^53; so is division by a power of two, and `rint` rounds half to even. Matrices of them multiply ten times
as fast. The file needs nothing but numpy: it is also laid beside the RTL, for its test bench.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

Images = np.ndarray  # integers, [image, channel, row, column]


@dataclass(frozen=True)
class Tensor:
    """What flows between two steps: channels, rows, columns, and the range of its integers."""

    name: str
    shape: tuple[int, int, int]
    bits: int
    signed: bool
    rectified: bool = False  # signed, for the sake of who reads it, but never negative

    @property
    def low(self) -> int:
        """The least value; results below are saturated to it. Zero is what makes a ReLU."""
        return -(2 ** (self.bits - 1)) if self.signed and not self.rectified else 0

    @property
    def high(self) -> int:
        """The greatest value."""
        return 2 ** (self.bits - 1) - 1 if self.signed else 2**self.bits - 1


@dataclass(frozen=True, eq=False)
class Convolution:
    """Sums of products, requantised for each output channel: `(sum + bias) * multiplier / 2^shift`.

    `weight` is [output channel, input channel of the group, row, column]. A fully connected layer is a convolution
    whose filter covers its whole input. `pool` is the window, rows and columns, whose maximum alone is kept; windows
    lie side by side, and what fills none is dropped.
    """

    name: str
    source: str
    target: Tensor
    weight: np.ndarray
    weight_bits: int
    bias: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    pool: tuple[int, int] = (1, 1)

    @property
    def plane(self) -> tuple[int, int]:
        """Rows and columns of the results before their maximum is taken, those that count."""
        return self.target.shape[1] * self.pool[0], self.target.shape[2] * self.pool[1]


@dataclass(frozen=True)
class Pooling:
    """The maximum over a window, or its sum, requantised: `sum * multiplier / 2^shift`.

    Places beyond the edge count nothing.
    """

    name: str
    source: str
    target: Tensor
    kind: Literal["max", "sum"]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)
    multiplier: int = 1
    shift: int = 0


@dataclass(frozen=True)
class Addition:
    """Two tensors of one shape, each with its own scale: `(a * multipliers[0] + b * multipliers[1]) / 2^shift`."""

    name: str
    sources: tuple[str, str]
    target: Tensor
    multipliers: tuple[int, int]
    shift: int


Step = Convolution | Pooling | Addition


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """Steps in the order of their execution; the last one's target is the result."""

    source: Tensor
    steps: tuple[Step, ...]

    @property
    def result(self) -> Tensor:
        """What comes out."""
        return self.steps[-1].target if self.steps else self.source

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name, the input first."""
        return {tensor.name: tensor for tensor in (self.source, *(step.target for step in self.steps))}

    def run(self, images: Images) -> Images:
        """The result for each image, integers in the range of the last tensor.

        Raises ValueError when the images are not of the input's shape, or hold values outside its range.
        """
        return self.trace(images)[self.result.name].astype(np.int64)

    def trace(self, images: Images) -> dict[str, Images]:
        """Every tensor's values for `images`, whole numbers."""
        self._check(images)
        values = {self.source.name: images.astype(np.float64)}
        for step in self.steps:
            values[step.target.name] = perform(step, values)
        return values

    def _check(self, images: Images) -> None:
        wanted = self.source
        if images.shape[1:] != wanted.shape:
            raise ValueError(f"images of shape {images.shape[1:]}, but {wanted.name} is {wanted.shape}")
        if images.size and not wanted.low <= images.min() <= images.max() <= wanted.high:
            raise ValueError(
                f"images hold {images.min()} to {images.max()}, but {wanted.name} is {wanted.low} to {wanted.high}"
            )


def perform(step: Step, values: Mapping[str, Images]) -> Images:
    """What one step makes of the tensors before it."""
    if isinstance(step, Convolution):
        summed = convolve(values[step.source], step)
        total = (summed + _per_channel(step.bias)) * _per_channel(step.multiplier)
        return windows_maximum(saturate(divide(total, _per_channel(step.shift)), step.target), step.pool)
    if isinstance(step, Addition):
        a, b = (values[source] * factor for source, factor in zip(step.sources, step.multipliers, strict=True))
        return saturate(divide(a + b, step.shift), step.target)
    windows = unfold(values[step.source], step.kernel, step.stride, step.padding, (1, 1), _outside(step))
    if step.kind == "max":
        return saturate(windows.max(axis=(2, 3)), step.target)
    return saturate(divide(windows.sum(axis=(2, 3)) * step.multiplier, step.shift), step.target)


def convolve(images: Images, step: Convolution) -> Images:
    """The sums of products alone, [image, channel, row, column]."""
    windows = unfold(images, step.weight.shape[2:], step.stride, step.padding, step.dilation, 0)
    n, _, fy, fx, oy, ox = windows.shape
    grouped = windows.reshape(n, step.groups, -1, oy * ox)
    weight = step.weight.astype(np.float64).reshape(step.groups, -1, step.weight.shape[1] * fy * fx)
    return np.matmul(weight, grouped).reshape(n, -1, oy, ox)


def unfold(
    images: Images,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    outside: int,
) -> np.ndarray:
    """The windows of a filter: [image, channel, filter row, filter column, row, column]."""
    edges = [(0, 0), (0, 0), (padding[0], padding[0]), (padding[1], padding[1])]
    padded = np.pad(images, edges, constant_values=outside)
    reach = [dilation[axis] * (kernel[axis] - 1) + 1 for axis in (0, 1)]
    view = np.lib.stride_tricks.sliding_window_view(padded, tuple(reach), axis=(2, 3))
    view = view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    return np.asarray(view.transpose(0, 1, 4, 5, 2, 3))


def windows_maximum(images: Images, window: Sequence[int]) -> Images:
    """The maximum of each window, side by side."""
    return np.asarray(unfold(images, window, window, (0, 0), (1, 1), 0).max(axis=(2, 3)))


def divide(total: np.ndarray, shift: np.ndarray | int) -> np.ndarray:
    """`total / 2^shift`, rounded to the nearest integer and half to even."""
    return np.asarray(np.rint(total * 2.0**-shift))


def saturate(values: np.ndarray, target: Tensor) -> np.ndarray:
    """`values` within the range of `target`."""
    return np.clip(values, target.low, target.high)


def _outside(step: Pooling) -> int:
    return -(2**31) if step.kind == "max" else 0


def _per_channel(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.float64)[None, :, None, None]


def save(network: IntegerNetwork, folder: Path) -> list[Path]:
    """Write `network.json` and, for its arrays, `network.npz`."""
    arrays: dict[str, np.ndarray] = {}
    steps = [_described(step, arrays) for step in network.steps]
    described = {"source": asdict(network.source), "steps": steps}
    paths = [folder / "network.json", folder / "network.npz"]
    paths[0].write_text(json.dumps(described, indent=1) + "\n")
    np.savez_compressed(paths[1], **arrays)  # type: ignore[arg-type]
    return paths


def load(folder: Path) -> IntegerNetwork:
    """Read what `save` wrote."""
    described = json.loads((folder / "network.json").read_text())
    with np.load(folder / "network.npz", allow_pickle=False) as arrays:
        steps = tuple(_step(entry, arrays) for entry in described["steps"])
    return IntegerNetwork(_tensor(described["source"]), steps)


_ARRAYS = ("weight", "bias", "multiplier", "shift")
_KINDS = {kind.__name__: kind for kind in (Convolution, Pooling, Addition)}


def _described(step: Step, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    fields = dict(vars(step))
    if isinstance(step, Convolution):
        arrays.update({f"{step.name}.{key}": fields.pop(key) for key in _ARRAYS})
    return {"step": type(step).__name__, **fields, "target": asdict(step.target)}


def _step(entry: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Step:
    kind: Any = _KINDS[entry.pop("step")]
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    fields["target"] = _tensor(entry["target"])
    if kind is Convolution:
        fields |= {key: arrays[f"{entry['name']}.{key}"] for key in _ARRAYS}
    made: Step = kind(**fields)
    return made


def _tensor(entry: Mapping[str, Any]) -> Tensor:
    return Tensor(entry["name"], tuple(entry["shape"]), entry["bits"], entry["signed"], entry["rectified"])
