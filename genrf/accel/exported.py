"""Networks of PyTorch: `torch.export` traces the module, and each node of its graph becomes a layer."""

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genrf.accel.workload import AbstractWorkload, Layer, Loops, ModelProfile, Unsupported, pair
from genrf.core.errors import ConfigError

Shape = tuple[int, ...]

# Operators that multiply nothing: the name that a layer gets, by the name that ATen has for it.
_OTHERS = {
    "relu": "relu", "relu_": "relu", "relu6": "relu6", "hardtanh": "relu6", "hardtanh_": "relu6", "relu6_": "relu6",
    "leaky_relu": "activation", "gelu": "activation", "silu": "activation", "silu_": "activation",
    "hardswish": "activation", "hardswish_": "activation", "hardsigmoid": "activation", "sigmoid": "activation",
    "tanh": "activation", "elu": "activation", "softmax": "softmax", "_softmax": "softmax", "log_softmax": "softmax",
    "batch_norm": "batch_norm", "_native_batch_norm_legit_no_training": "batch_norm",
    "layer_norm": "normalization", "native_layer_norm": "normalization", "group_norm": "normalization",
    "add": "add", "add_": "add", "sub": "elementwise", "mul": "elementwise", "mul_": "elementwise",
    "div": "elementwise", "pow": "elementwise", "sqrt": "elementwise", "rsqrt": "elementwise", "neg": "elementwise",
    "max_pool2d": "max_pool", "avg_pool2d": "average_pool", "adaptive_avg_pool2d": "average_pool", "mean": "mean",
    "flatten": "reshape", "view": "reshape", "reshape": "reshape", "_unsafe_view": "reshape",
    "unflatten": "reshape", "squeeze": "reshape", "unsqueeze": "reshape", "permute": "move", "transpose": "move",
    "t": "move", "contiguous": "identity", "clone": "identity", "dropout": "identity", "dropout_": "identity",
    "alias": "identity", "expand": "move", "slice": "move", "select": "move", "split": "move", "chunk": "move",
    "getitem": "move", "cat": "concatenate", "stack": "concatenate", "pad": "move", "constant_pad_nd": "move",
    "embedding": "lookup", "upsample_nearest2d": "move", "upsample_bilinear2d": "elementwise", "detach": "identity",
    "sum": "elementwise", "max": "elementwise", "clamp": "elementwise", "exp": "elementwise", "repeat": "move",
    "roll": "move", "arange": "constant", "zeros": "constant", "ones": "constant", "full": "constant",
    "masked_fill": "elementwise", "tril": "elementwise", "where": "elementwise", "unbind": "move",
}  # fmt: skip
_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "convolution")
_PRODUCTS = ("matmul", "mm", "bmm", "addmm", "baddbmm")


@dataclass(frozen=True)
class TorchWorkload(AbstractWorkload):
    """`model`, as `package.module:callable`, returns an `nn.Module`; `arguments` go to the callable.

    `input_shape` has the batch first. Raises ConfigError when the module cannot be made or traced.
    """

    model: str
    input_shape: Sequence[int]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> Any:
        """A new module, as the callable makes it."""
        package, _, name = self.model.partition(":")
        try:
            made = getattr(importlib.import_module(package), name)(**self.arguments)
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigError(f"workload.model={self.model}: {error}; write package.module:callable") from error
        if not hasattr(made, "eval"):
            raise ConfigError(f"workload.model={self.model} gives a {type(made).__name__}, not a torch.nn.Module")
        return made

    def profile(self) -> ModelProfile:
        return self._profile(self.make().eval())

    def trained(self, training: Any, data: Any) -> ModelProfile:
        return self.profile() if training is None else self._profile(training.fit(self.make, data))

    def _profile(self, module: Any) -> ModelProfile:
        return profile(module, tuple(self.input_shape), self.model.rpartition(":")[2])


def profile(module: Any, input_shape: Shape, name: str = "network") -> ModelProfile:
    """The layers of a PyTorch module, for an input of `input_shape` (batch first).

    Raises ConfigError when the module cannot be traced, does not take such an input, or has weights that are not
    finite.
    """
    import torch

    try:
        program = torch.export.export(module, (torch.zeros(*input_shape),))
    except Exception as error:  # whatever the module's own code raises
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ConfigError(
            f"{name}: torch.export cannot trace it for an input of {list(input_shape)}: {reason[0]}"
        ) from error
    return _Reader(program, name).read()


class _Reader:
    """Goes through the nodes of an exported program."""

    def __init__(self, program: Any, name: str) -> None:
        self.program, self.name = program, name
        signature = program.graph_signature
        self.constants = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        self.constants |= getattr(signature, "inputs_to_lifted_tensor_constants", {})
        self.counted: set[str] = set()

    def read(self) -> ModelProfile:
        layers, unsupported = list[Layer](), list[Unsupported]()
        source = next(
            node for node in self.program.graph.nodes if node.name in self.program.graph_signature.user_inputs
        )
        for node in self.program.graph.nodes:
            if node.op == "call_function":
                layer = self._layer(node)
                layers += [layer] if isinstance(layer, Layer) else []
                unsupported += [layer] if isinstance(layer, Unsupported) else []
        return ModelProfile(self.name, source.name, _shape(source), tuple(layers), tuple(unsupported))

    def _layer(self, node: Any) -> Layer | Unsupported | None:
        operator = _operator(node)
        reader: Callable[[Any], dict[str, Any]]
        if operator in _CONVOLUTIONS or operator.startswith("conv_transpose"):
            reader = self._convolution
        elif operator == "linear":
            reader = self._linear
        elif operator in _PRODUCTS:
            reader = self._product
        elif operator == "scaled_dot_product_attention":
            reader = self._attention
        elif operator in _OTHERS:
            reader = self._other
        elif _is_check(operator):
            return None
        else:
            return Unsupported(node.name, str(node.target))
        flowing = [argument for argument in node.all_input_nodes if argument.name not in self.constants]
        shapes = tuple(_shape(argument) for argument in flowing)
        found = {"parameters": self._parameters(node), **reader(node)}
        return Layer(
            node.name, sources=tuple(a.name for a in flowing), shape=_shape(node), source_shapes=shapes, **found
        )

    def _convolution(self, node: Any) -> dict[str, Any]:
        arguments = _arguments(node)
        weight, (_, *out) = _shape(node.args[1]), _shape(node)[1:]
        transposed = "transpose" in _operator(node) or bool(arguments.get("transposed"))
        groups = int(arguments.get("groups", 1))
        if transposed:  # each input meets each filter place once
            out, k, c = list(_shape(node.args[0])[2:]), weight[1], weight[0] // groups
        else:
            k, c = weight[0] // groups, weight[1]
        (oy, ox), (fy, fx) = _plane(out), _plane(weight[2:])
        settings = {key: pair(arguments.get(key, default)) for key, default in
                    (("stride", 1), ("padding", 0), ("dilation", 1))}  # fmt: skip
        return {
            "operator": "transposed_convolution" if transposed else "convolution",
            "loops": (Loops(_shape(node)[0], groups, k, c, oy, ox, fy, fx),),
            "arrays": self._arrays(node, "weight", "bias"),
            "settings": {**settings, "groups": groups},
        }

    def _linear(self, node: Any) -> dict[str, Any]:
        k, c = _shape(node.args[1])
        b, *rows = _shape(node)[:-1] or (1,)
        return {
            "operator": "linear",
            "loops": (Loops(b=b, k=k, c=c, ox=math.prod(rows)),),
            "arrays": self._arrays(node, "weight", "bias"),
        }

    def _product(self, node: Any) -> dict[str, Any]:
        a, b = (node.args[1:] if _operator(node) in ("addmm", "baddbmm") else node.args)[:2]
        left, right = _shape(a), _shape(b)
        shared = len(right) == 2
        batch, rows = math.prod(left[:-2]), left[-2] if len(left) > 1 else 1
        loops = Loops(g=1 if shared else batch, k=right[-1], c=left[-1], ox=rows * (batch if shared else 1))
        return {"operator": "matmul", "loops": (loops,)}

    def _attention(self, node: Any) -> dict[str, Any]:
        query, key, value = (_shape(argument) for argument in node.args[:3])
        heads = math.prod(query[:-2])
        scores = Loops(g=heads, k=key[-2], c=query[-1], ox=query[-2])
        mixed = Loops(g=heads, k=value[-1], c=key[-2], ox=query[-2])
        return {"operator": "attention", "loops": (scores, mixed)}

    def _other(self, node: Any) -> dict[str, Any]:
        operator, arguments = _OTHERS[_operator(node)], _arguments(node)
        settings: dict[str, Any] = {}
        if operator in ("max_pool", "average_pool"):
            settings = _window(node, arguments)
        if operator == "batch_norm":
            arrays = self._arrays(node, "weight", "bias", "running_mean", "running_var")
            return {"operator": operator, "arrays": arrays, "settings": {"eps": float(arguments["eps"])}}
        if operator in ("mean", "reshape", "concatenate", "relu6", "add"):
            settings = {key: value for key, value in arguments.items() if isinstance(value, int | float | list | tuple)}
        return {"operator": operator, "settings": settings}

    def _arrays(self, node: Any, *names: str) -> dict[str, np.ndarray]:
        """The parameters of a node by their role. Raises ConfigError when one of them is not finite."""
        arrays = {}
        for role, argument in _arguments(node).items():
            held = self.constants.get(getattr(argument, "name", ""))
            if role in names and held is not None:
                array = self.program.state_dict[held].detach().cpu().numpy()
                if not np.isfinite(array).all():
                    raise ConfigError(f"{self.name}: {held} of node {node.name!r} holds values that are not finite")
                arrays[role] = array
        return arrays

    def _parameters(self, node: Any) -> int:
        fresh = [
            argument for argument in node.all_input_nodes
            if argument.name in self.program.graph_signature.inputs_to_parameters and argument.name not in self.counted
        ]  # fmt: skip
        self.counted.update(argument.name for argument in fresh)
        return sum(math.prod(_shape(argument)) for argument in fresh)


def _operator(node: Any) -> str:
    """ATen's name of a node's operator, without its overload."""
    packet = getattr(node.target, "overloadpacket", None)
    return str(packet.__name__ if packet is not None else node.target.__name__)


def _is_check(operator: str) -> bool:
    return operator.startswith(("_assert", "sym_", "_guards"))


def _shape(node: Any) -> Shape:
    value = node.meta.get("val")
    if isinstance(value, list | tuple):
        value = value[0]
    return tuple(int(size) for size in getattr(value, "shape", ()))


def _arguments(node: Any) -> dict[str, Any]:
    """Arguments by the names of the operator's schema, defaults included."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return dict(node.kwargs)
    given = dict(zip((argument.name for argument in schema.arguments), node.args, strict=False))
    defaults = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    return {**defaults, **given, **node.kwargs}


def _plane(sizes: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of a filter or an output; one dimension is columns, of three the first two count as rows."""
    *rows, columns = sizes
    return math.prod(rows), columns


def _window(node: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    if "output_size" not in arguments:
        kernel = pair(arguments["kernel_size"])
        stride = pair(arguments["stride"]) if arguments.get("stride") else kernel
        whole = not arguments.get("ceil_mode") and pair(arguments.get("dilation", 1)) == (1, 1)
        counts = bool(arguments.get("count_include_pad", True))
        return {
            "kernel": kernel,
            "stride": stride,
            "padding": pair(arguments.get("padding", 0)),
            "plain": whole and counts,
        }
    (rows, columns), (out_rows, out_columns) = _shape(node.args[0])[-2:], _shape(node)[-2:]
    kernel = (rows // out_rows, columns // out_columns)
    even = rows % out_rows == 0 and columns % out_columns == 0
    return {"kernel": kernel, "stride": kernel, "padding": (0, 0), "plain": even}
