"""The network's side of the search: fused, calibrated, quantised to any choice of bits, with what accuracy is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from genrf.accel import quantization
from genrf.accel.architecture import Precision
from genrf.accel.data import AbstractData, Split
from genrf.accel.exported import TorchWorkload
from genrf.accel.finetuning import fine_tuned
from genrf.accel.fusion import Fused, fuse
from genrf.accel.integer import IntegerNetwork
from genrf.accel.onnx_file import OnnxWorkload
from genrf.accel.quantization import Calibration
from genrf.accel.training import Training
from genrf.accel.workload import AbstractWorkload, ModelProfile

_CALIBRATION = 256  # images that choose the ranges
_LOSS = 0.005  # of accuracy, which is not worth learning for
_VALIDATION = 4  # every fourth image to train on is kept for the search, which never sees a test


@dataclass(frozen=True)
class ModelOptimizer:
    """A network with the data that it is trained on, and made into networks of integers for.

    `training` is null for a network that comes with its weights, `finetuning` where chosen designs whose rounding
    costs accuracy should not learn further. The search measures accuracy on images kept back from training; a chosen
    design is measured on the test images.
    Raises ConfigError or Unsuitable when the network cannot be traced or run.
    """

    network: AbstractWorkload
    data: AbstractData
    training: Training | None = None
    finetuning: Training | None = None

    @classmethod
    def of_torch(cls, model: str, input_shape: Sequence[int], **rest: Any) -> Self:
        """Of the module that `model`, as `package.module:callable`, returns; `input_shape` has the batch first."""
        return cls(TorchWorkload(model, tuple(input_shape)), **rest)

    @classmethod
    def of_onnx(cls, path: str, **rest: Any) -> Self:
        """Of a file in the ONNX format, which comes with its weights."""
        return cls(OnnxWorkload(path), **rest)

    @cached_property
    def _splits(self) -> tuple[Split, Split, Split]:
        """To train on, to search by, and to test on."""
        known, test = self.data.load()
        kept = np.arange(len(known)) % _VALIDATION == _VALIDATION - 1
        return Split(known.images[~kept], known.labels[~kept]), Split(known.images[kept], known.labels[kept]), test

    @cached_property
    def profile(self) -> ModelProfile:
        """The trained network's layers."""
        return self.network.trained(self.training, self._splits[0])

    @cached_property
    def fused(self) -> Fused:
        """The network as the accelerator runs it, in real numbers."""
        return fuse(self.profile)

    @cached_property
    def calibration(self) -> Calibration:
        """What the images to train on drive the tensors to."""
        return Calibration.of(self.fused, self._splits[0].images[:_CALIBRATION])

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that have weights."""
        return tuple(stage.name for stage in self.fused.stages if stage.kind == "convolution")

    def precision(self, values: Mapping[str, float]) -> Precision:
        """The bits that the variables `weight_bits.<layer>` and `activation_bits.<layer>` say; 8 where none does."""
        return Precision(
            {name: int(values.get(f"weight_bits.{name}", 8)) for name in self.layers},
            {name: int(values.get(f"activation_bits.{name}", 8)) for name in self.layers},
        )

    def quantized(self, precision: Precision) -> IntegerNetwork:
        """The network of integers."""
        return quantization.quantize(self.calibration, precision)

    def tuned(self, precision: Precision) -> IntegerNetwork:
        """The network of integers, fine-tuned where that pays: where rounding costs, and learning wins some back."""
        plain = self.quantized(precision)
        before = self.accuracy(plain)
        if self.finetuning is None or before >= self._real - _LOSS:
            return plain
        fused = fine_tuned(self.calibration, precision, self._splits[0], self.finetuning)
        learned = quantization.quantize(Calibration.of(fused, self._splits[0].images[:_CALIBRATION]), precision)
        return learned if self.accuracy(learned) > before else plain

    def accuracy(self, network: IntegerNetwork, test: bool = False) -> float:
        """The share of right answers among the images of the search, or of the test."""
        split = self._splits[2 if test else 1]
        return quantization.accuracy(network, self.integers(network, split.images), split.labels)

    def real_accuracy(self, test: bool = True) -> float:
        """The share of right answers of the network in real numbers."""
        split = self._splits[2 if test else 1]
        result = self.fused.run(split.images)[self.fused.stages[-1].name]
        return float(np.mean(result.reshape(len(split), -1).argmax(axis=1) == split.labels))

    @cached_property
    def _real(self) -> float:
        return self.real_accuracy(test=False)

    def test_images(self, network: IntegerNetwork, count: int) -> np.ndarray:
        """The first images of the test, as integers."""
        return self.integers(network, self._splits[2].images[:count])

    def integers(self, network: IntegerNetwork, images: np.ndarray) -> np.ndarray:
        """Images in units of the network's input."""
        return quantization.integers(images, self._input_scale, network.source)

    @cached_property
    def _input_scale(self) -> float:
        return quantization.input_scale(self.calibration)
