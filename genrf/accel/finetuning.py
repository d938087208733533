"""Quantisation-aware fine-tuning: the fused network learns with the rounding that it will meet.

Rounding passes gradients straight through (Bengio et al. 2013, arXiv:1308.3432; Jacob et al. 2018, arXiv:1712.05877);
ranges are those of the calibration, and the scales of weights follow the weights.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from genrf.accel.architecture import Precision
from genrf.accel.data import Split
from genrf.accel.fusion import Fused, Stage
from genrf.accel.quantization import Calibration, ranges, weight_scales
from genrf.accel.training import Training


def fine_tuned(calibration: Calibration, precision: Precision, data: Split, training: Training) -> Fused:
    """The network with weights that suit `precision`; the same arguments give the same weights."""
    module = training.fit(lambda: _module(calibration, precision), data)
    learned = {name: parameter.detach().numpy().astype(np.float64) for name, parameter in module.named_parameters()}
    stages = [
        replace(stage, weight=learned[f"weights.{stage.name}"], bias=learned[f"biases.{stage.name}"])
        if stage.weight is not None
        else stage
        for stage in calibration.fused.stages
    ]
    return replace(calibration.fused, stages=tuple(stages))


def _module(calibration: Calibration, precision: Precision) -> Any:
    """The fused network as a module of PyTorch that rounds as the network of integers does."""
    import torch

    fused = calibration.fused
    tensors, scales = ranges(calibration, precision)

    class Rounded(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            own = [stage for stage in fused.stages if stage.weight is not None]
            parameters = {kind: torch.nn.ParameterDict() for kind in ("weights", "biases")}
            for stage in own:
                parameters["weights"][stage.name] = torch.nn.Parameter(torch.tensor(stage.weight, dtype=torch.float32))
                parameters["biases"][stage.name] = torch.nn.Parameter(torch.tensor(stage.bias, dtype=torch.float32))
            self.weights, self.biases = parameters["weights"], parameters["biases"]
            self.units = {stage.name: _units(stage, precision.weights[stage.name]) for stage in own}

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            values = {fused.source: _rounded(images, scales[fused.source], tensors[fused.source])}
            for stage in fused.stages:
                result = self.perform(stage, [values[name] for name in stage.sources])
                if stage.relu:
                    result = torch.clamp(result, 0.0, stage.cap)
                last = stage is fused.stages[-1]
                values[stage.name] = result if last else _rounded(result, scales[stage.name], tensors[stage.name])
            return values[fused.stages[-1].name].flatten(1)

        def perform(self, stage: Stage, sources: list[torch.Tensor]) -> torch.Tensor:
            if stage.kind == "add":
                return sources[0] + sources[1]
            if stage.kind == "convolution":
                high = 2 ** (precision.weights[stage.name] - 1) - 1
                weight = _through(self.weights[stage.name], self.units[stage.name], -high, high)
                window = (stage.stride, stage.padding, stage.dilation, stage.groups)
                result = torch.nn.functional.conv2d(sources[0], weight, self.biases[stage.name], *window)
                return result if stage.pool == (1, 1) else torch.nn.functional.max_pool2d(result, stage.pool)
            pool = torch.nn.functional.max_pool2d if stage.kind == "max_pool" else torch.nn.functional.avg_pool2d
            return pool(sources[0], stage.kernel, stage.stride, stage.padding)

    return Rounded()


def _units(stage: Stage, bits: int) -> Any:
    import torch

    assert stage.weight is not None
    return torch.tensor(weight_scales(stage.weight, bits), dtype=torch.float32)[:, None, None, None]


def _rounded(values: Any, scale: float, tensor: Any) -> Any:
    return _through(values, scale, tensor.low, tensor.high)


def _through(values: Any, unit: Any, low: int, high: int) -> Any:
    """`values` in whole units between `low` and `high`; gradients pass where nothing is cut off."""
    import torch

    held = torch.clamp(values / unit, low, high)
    return (held + (torch.round(held) - held).detach()) * unit
