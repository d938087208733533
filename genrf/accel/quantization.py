"""From real numbers to integers: post-training quantisation with calibrated ranges, layer by layer.

Weights are symmetric with a scale for each output channel, activations have one scale for a tensor (Jacob et al. 2018,
arXiv:1712.05877; Nagel et al. 2021, arXiv:2106.08295). A range is the one with the least square error, which matters
for four bits and fewer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genrf.accel.architecture import Precision
from genrf.accel.fusion import Fused, Stage
from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Pooling, Step, Tensor

_SHARES = np.linspace(1.0, 0.3, 15)  # of the largest value, tried as the end of a range
_FACTOR_BITS = 16  # of a requantisation multiplier, the first bit set
_MOST_SHIFT = 47
_SAMPLES = 20_000  # values that a range is chosen by


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a set of images drives the network's tensors to: samples of each, sorted by nothing."""

    fused: Fused
    values: Mapping[str, np.ndarray]
    _scales: dict[tuple[str, int, int], float] = field(default_factory=dict, repr=False)
    _weights: dict[tuple[str, int], np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, fused: Fused, images: np.ndarray) -> "Calibration":
        """Run `images` [image, channel, row, column] through the network."""
        return cls(fused, {name: _sampled(values) for name, values in fused.run(images).items()})

    def scale(self, name: str, tensor: Tensor) -> float:
        """The size of a unit of `tensor`."""
        key = (name, tensor.low, tensor.high)
        if key not in self._scales:
            self._scales[key] = _best_scale(self.values[name], tensor.low, tensor.high)
        return self._scales[key]

    def weight_scales(self, stage: Stage, bits: int) -> np.ndarray:
        """The size of a unit of each output channel's weights."""
        assert stage.weight is not None
        if (stage.name, bits) not in self._weights:
            self._weights[stage.name, bits] = weight_scales(stage.weight, bits)
        return self._weights[stage.name, bits]


def quantize(calibration: Calibration, precision: Precision) -> IntegerNetwork:
    """The network of integers for the bits of `precision`."""
    fused = calibration.fused
    tensors, scales = ranges(calibration, precision)
    steps: list[Step] = []
    for stage in fused.stages:
        if stage.kind == "convolution":
            bits = precision.weights[stage.name]
            units = calibration.weight_scales(stage, bits)
            scale_in, scale_out = scales[stage.sources[0]], scales[stage.name]
            steps.append(_convolution(stage, bits, units, scale_in, scale_out, tensors[stage.name]))
        elif stage.kind == "add":
            steps.append(_addition(stage, scales, tensors[stage.name]))
        else:
            steps.append(_pooling(stage, scales, tensors[stage.name]))
    return IntegerNetwork(tensors[fused.source], tuple(steps))


def input_scale(calibration: Calibration) -> float:
    """The size of a unit of the network's input."""
    source = calibration.fused.source
    return calibration.scale(source, _source(calibration))


def integers(values: np.ndarray, scale: float, tensor: Tensor) -> np.ndarray:
    """`values` in units of `scale`, as the input of the network of integers."""
    return np.clip(np.rint(values / scale), tensor.low, tensor.high).astype(np.int64)


def weight_scales(weight: np.ndarray, bits: int) -> np.ndarray:
    """The size of a unit of each output channel's weights."""
    high = 2 ** (bits - 1) - 1
    return np.array([_best_scale(channel.ravel(), -high, high) for channel in weight])


def factor(ratio: float) -> tuple[int, int]:
    """A 16-bit multiplier and a shift with `multiplier / 2^shift` nearest to `ratio`."""
    shift = min(_MOST_SHIFT, _FACTOR_BITS - 1 - math.floor(math.log2(ratio)))
    multiplier = round(ratio * 2.0**shift)
    if multiplier == 2**_FACTOR_BITS:
        multiplier, shift = multiplier // 2, shift - 1
    return multiplier, max(shift, 0)


def ranges(calibration: Calibration, precision: Precision) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Every tensor of the network of integers, and the size of its unit."""
    fused = calibration.fused
    source = _source(calibration)
    tensors, scales = {fused.source: source}, {fused.source: calibration.scale(fused.source, source)}
    mixed = _mixed(fused)
    for stage in fused.stages:
        first = tensors[stage.sources[0]]
        if stage.kind == "convolution":
            bits = 8 if stage is fused.stages[-1] else precision.activations[stage.name]
        else:
            bits = max(tensors[name].bits for name in stage.sources)
        positive = stage.relu or (
            stage.kind != "convolution" and all(_positive(tensors[name]) for name in stage.sources)
        )
        signed = not positive or stage.name in mixed
        tensor = Tensor(stage.name, stage.shape, bits, signed, rectified=signed and positive)
        if stage.kind == "max_pool" and not stage.relu:  # the maximum has the units of what it is taken of
            tensor = Tensor(stage.name, stage.shape, bits, first.signed, first.rectified)
            scales[stage.name] = scales[stage.sources[0]]
        else:
            scales[stage.name] = calibration.scale(stage.name, tensor)
        tensors[stage.name] = tensor
    return tensors, scales


def _mixed(fused: Fused) -> set[str]:
    """The tensors that must be signed because they are added to one that is, and what they are the maximum of."""
    signed = {stage.name for stage in fused.stages if not stage.relu and stage.kind in ("convolution", "add")}
    mixed: set[str] = set()
    for stage in reversed(fused.stages):
        together = stage.kind == "add" and any(name in signed | mixed for name in stage.sources)
        if together or (stage.name in mixed and stage.kind == "max_pool"):
            mixed.update(stage.sources)
    return mixed


def _positive(tensor: Tensor) -> bool:
    return tensor.low == 0


def _source(calibration: Calibration) -> Tensor:
    fused = calibration.fused
    signed = bool(calibration.values[fused.source].min() < 0)
    return Tensor(fused.source, fused.source_shape, 8, signed)


def _convolution(
    stage: Stage, bits: int, scales: np.ndarray, scale_in: float, scale_out: float, target: Tensor
) -> Convolution:
    assert stage.weight is not None and stage.bias is not None
    high = 2 ** (bits - 1) - 1
    weight = np.clip(np.rint(stage.weight / scales[:, None, None, None]), -high, high).astype(np.int64)
    factors = [factor(scale_in * scale / scale_out) for scale in scales]
    limit = 2**29  # beyond any that a result could depend on
    bias = np.clip(np.rint(stage.bias / (scale_in * scales)), -limit, limit).astype(np.int64)
    return Convolution(
        stage.name, stage.sources[0], target, weight, bits, bias, np.array([m for m, _ in factors]),
        np.array([s for _, s in factors]), stage.stride, stage.padding, stage.dilation, stage.groups,
        stage.pool,
    )  # fmt: skip


def _addition(stage: Stage, scales: Mapping[str, float], target: Tensor) -> Addition:
    a, b = (scales[name] / scales[stage.name] for name in stage.sources)
    _, shift = factor(max(a, b))
    return Addition(
        stage.name, (stage.sources[0], stage.sources[1]), target, (round(a * 2.0**shift), round(b * 2.0**shift)), shift
    )


def _pooling(stage: Stage, scales: Mapping[str, float], target: Tensor) -> Pooling:
    window = (stage.kernel, stage.stride, stage.padding)
    if stage.kind == "max_pool":
        return Pooling(stage.name, stage.sources[0], target, "max", *window)
    ratio = scales[stage.sources[0]] / scales[stage.name] / math.prod(stage.kernel)
    return Pooling(stage.name, stage.sources[0], target, "sum", *window, *factor(ratio))


def _best_scale(values: np.ndarray, low: int, high: int) -> float:
    """The unit with which `values`, rounded and held between `low` and `high` units, differ least from themselves."""
    top = max(float(values.max(initial=0.0)) / high, float(-values.min(initial=0.0)) / -low if low else 0.0)
    if top == 0.0:
        return 1.0 / high
    units = top * _SHARES
    rounded = np.clip(np.rint(values / units[:, None]), low, high) * units[:, None]
    return float(units[np.argmin(((rounded - values) ** 2).sum(axis=1))])


def _sampled(values: np.ndarray) -> np.ndarray:
    flat = values.ravel()
    return np.asarray(flat[:: max(1, len(flat) // _SAMPLES)])


def accuracy(network: IntegerNetwork, images: np.ndarray, labels: Sequence[int] | np.ndarray) -> float:
    """The share of `images`, integers, whose largest result is at its label."""
    result = network.run(images)
    return float(np.mean(result.reshape(len(images), -1).argmax(axis=1) == np.asarray(labels)))
