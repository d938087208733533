"""The denoiser in ONNX Runtime, in single precision or with products of 8-bit integers.

What is the same for all steps and designs of a topology is computed once in PyTorch and goes in as an input; the model
has the rest: slots, layers, what the slots say. It is made from the weights when it is wanted, and lives in memory.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from jaxtyping import Float
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from genrf.circuits.learned.losses import tensor
from genrf.circuits.learned.networks import Denoiser, GraphTensors, Layer, biases
from genrf.circuits.learned.runtime import Velocity
from genrf.circuits.learned.structures import Graph
from genrf.core.cores import cores

_LARGEST = 64  # of a weight: without VNNI, processors add two products with 255 in 16 bits, and cut off what is beyond
_THREADS = 4  # at the most: products of a batch are too small for more
_OURS = "com.microsoft"  # operators that only ONNX Runtime has
_INPUTS = {  # b designs, n tokens, m tokens with those of the limits, s slots, v variables, c channels
    "x": ("b", "v"),
    "when": ("c",),
    "asked": ("b", "w", "c"),
    "kinds": ("n", "c"),
    "fixed": ("s", "c"),
    "draws": ("v", "s"),
    "entering": ("n", "s"),
    "leaving": ("s", "v"),
    "biases": ("l", "h", "m", "m"),
}


class OnnxRuntime:
    """The network in a session of ONNX Runtime, on a few threads; what it says is the same on one."""

    def __init__(self, denoiser: Denoiser, int8: bool) -> None:
        self.denoiser, self.int8 = denoiser, int8

    @cached_property
    def session(self) -> onnxruntime.InferenceSession:
        """The session, made when it is first used."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = min(cores(), _THREADS), 1
        # threads that spin while they wait take the core from whoever has the work, where others run too
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        model = _Model(self.denoiser, self.int8).made()
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def velocity(self, graph: Graph, limits: Float[np.ndarray, "b m"]) -> Velocity:
        backbone = self.denoiser.backbone
        with torch.no_grad():
            fixed = _bound(self.denoiser, graph) | {"asked": backbone.asked(tensor(limits))}
        given = {name: value.numpy() for name, value in fixed.items()}

        def velocity(x: Float[np.ndarray, "b v"], time: float) -> Float[np.ndarray, "b v"]:
            with torch.no_grad():
                when = backbone.when(torch.tensor([time]))[0].numpy()
            (said,) = self.session.run(None, {**given, "x": x.astype(np.float32), "when": when})
            return np.asarray(said, dtype=float)

        return velocity


def _bound(denoiser: Denoiser, graph: Graph) -> dict[str, Tensor]:
    """What is the same for all designs of `graph`."""
    backbone, own = denoiser.backbone, GraphTensors.of(graph)
    tokens, variables, asked = len(own.kinds), len(graph.space), len(backbone.metrics)
    return {
        "kinds": backbone.kinds(own.kinds),
        "fixed": backbone.slots.fixed([own]),
        "draws": torch.eye(variables)[:, own.variables],
        "entering": torch.eye(tokens)[:, own.tokens],
        "leaving": torch.eye(variables)[own.variables] * own.weights,
        "biases": torch.stack([biases(layer, own, tokens + asked) for layer in _layers(denoiser)]),
    }


def _layers(denoiser: Denoiser) -> Iterator[Layer]:
    for layer in denoiser.backbone.layers:
        assert isinstance(layer, Layer)
        yield layer


class _Model:
    """The ONNX graph as it is put together."""

    def __init__(self, denoiser: Denoiser, int8: bool) -> None:
        self.denoiser, self.int8 = denoiser, int8
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def made(self) -> onnx.ModelProto:
        """The model, its input shapes as `_INPUTS` names them."""
        slots = self._slots()
        tokens = self._tokens(slots)
        for place, layer in enumerate(_layers(self.denoiser)):
            tokens = self._layer(tokens, layer, place)
        self._leave(self._normal(tokens, self.denoiser.backbone.after), slots)
        inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in _INPUTS.items()]
        output = helper.make_tensor_value_info("velocity", TensorProto.FLOAT, ("b", "v"))
        graph = helper.make_graph(self.nodes, "denoiser", inputs, [output], self.weights)
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_OURS, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def _slots(self) -> str:
        """Slots (b s c): what is fixed of them, and the values they draw times the last column of the weights."""
        own = self.denoiser.backbone.slots
        column = self._weight(own.first.weight[:, -1])
        drawn = self._add("Unsqueeze", self._add("MatMul", "x", "draws"), self._ints(2))
        first = self._add("Add", self._add("Mul", drawn, column), "fixed")
        return self._linear(self._silu(first), own.inward[1])

    def _tokens(self, slots: str) -> str:
        """Tokens (b m c): those of the topology, then those of the limits."""
        drawn = self._add("MatMul", "entering", slots)
        devices = self._add("Add", drawn, "kinds")
        return self._add("Add", self._add("Concat", devices, "asked", axis=1), "when")

    def _layer(self, x: str, layer: Layer, place: int) -> str:
        mixed = self._linear(self._normal(x, layer.before), layer.mixed)
        q, k, v = self._add("Split", mixed, axis=-1, num_outputs=3, outputs=3)
        bias = self._add("Gather", "biases", self._ints(place), axis=0)  # 1 h m m
        seen = self._add("MultiHeadAttention", q, k, v, "", "", bias, domain=_OURS, num_heads=layer.heads)
        x = self._add("Add", x, self._linear(seen, layer.out))
        inner = self._add("Gelu", self._linear(self._normal(x, layer.own[0]), layer.own[1]), domain=_OURS)
        return self._add("Add", x, self._linear(inner, layer.own[3]))

    def _leave(self, tokens: str, slots: str) -> None:
        """Each slot's word from its token and itself; the mean of the words about a variable is its velocity."""
        outward = self.denoiser.backbone.slots.outward
        count = self._add("Shape", "kinds", start=0, end=1)
        devices = self._add("Slice", tokens, self._ints(0), count, self._ints(1))
        own = self._add("MatMul", self._add("Transpose", "entering", perm=[1, 0]), devices)
        said = self._linear(self._silu(self._linear(self._add("Concat", own, slots, axis=-1), outward[0])), outward[2])
        self._add("MatMul", self._add("Squeeze", said, self._ints(2)), "leaving", name="velocity")

    def _linear(self, x: str, own: nn.Module) -> str:
        assert isinstance(own, nn.Linear)
        weight, bias = own.weight.detach().numpy().T, self._weight(own.bias)
        if not self.int8 or weight.shape[1] == 1:
            return self._add("Add", self._add("MatMul", x, self._weight(own.weight.T)), bias)
        scales = np.abs(weight).max(axis=0) / _LARGEST + 1e-12
        small = self._constant(np.round(weight / scales).astype(np.int8))
        return self._add(
            "DynamicQuantizeMatMul", x, small, self._constant(scales.astype(np.float32)), "", bias, domain=_OURS
        )

    def _normal(self, x: str, own: nn.Module) -> str:
        assert isinstance(own, nn.LayerNorm)
        weight, bias = self._weight(own.weight), self._weight(own.bias)
        return self._add("LayerNormalization", x, weight, bias, axis=-1, epsilon=own.eps)

    def _silu(self, x: str) -> str:
        return self._add("QuickGelu", x, domain=_OURS, alpha=1.0)  # x sigmoid(alpha x)

    def _add(self, kind: str, *inputs: str, outputs: int = 1, name: str = "", domain: str = "", **given: Any) -> Any:
        made = [name or f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, made, domain=domain, **given))
        return made[0] if outputs == 1 else made

    def _weight(self, own: Tensor) -> str:
        return self._constant(np.ascontiguousarray(own.detach().numpy()))

    def _ints(self, *values: int) -> str:
        return self._constant(np.array(values, dtype=np.int64))

    def _constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name
