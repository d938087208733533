"""What evaluates the denoiser while designs are drawn."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float

from genrf.circuits.learned.losses import flat, tensor
from genrf.circuits.learned.networks import Denoiser, GraphTensors, Joined
from genrf.circuits.learned.structures import Graph
from genrf.core.errors import ConfigError, ToolNotFound, choices

_KINDS = ("torch", "onnx", "onnx_int8")

Velocity = Callable[[Float[np.ndarray, "b v"], float], Float[np.ndarray, "b v"]]


class Runtime(Protocol):
    """Makes the denoiser ready for designs of one topology."""

    def velocity(self, graph: Graph, limits: Float[np.ndarray, "b m"]) -> Velocity:
        """The velocity at noisy values of b designs and one time in [0, 1], when `limits` are asked of them."""


def runtime(kind: str, denoiser: Denoiser) -> Runtime:
    """The runtime that `kind` names. Raises ConfigError for none, ToolNotFound where ONNX Runtime is not installed."""
    if kind not in _KINDS:
        raise ConfigError(f"model.runtime {kind!r}; {choices(kind, _KINDS)}")
    if kind == "torch":
        return TorchRuntime(denoiser)
    try:
        from genrf.circuits.learned.onnx_runtime import OnnxRuntime
    except ImportError:
        raise ToolNotFound(f"model.runtime={kind} needs onnx and onnxruntime; pip install genrf[onnx]") from None
    return OnnxRuntime(denoiser, int8=kind == "onnx_int8")


class TorchRuntime:
    """The network as it was trained."""

    def __init__(self, denoiser: Denoiser) -> None:
        self.denoiser = denoiser

    def velocity(self, graph: Graph, limits: Float[np.ndarray, "b m"]) -> Velocity:
        count, asked = len(limits), tensor(limits)
        of = Joined.of([(GraphTensors.of(graph), len(graph.space), count)])

        def velocity(x: Float[np.ndarray, "b v"], time: float) -> Float[np.ndarray, "b v"]:
            with torch.no_grad():
                said = self.denoiser(flat([x]), torch.full((count,), time), asked, of)
            return np.asarray(said.numpy().reshape(x.shape), dtype=float)

        return velocity
