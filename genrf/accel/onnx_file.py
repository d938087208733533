"""Networks from ONNX files, into the same layers as those of PyTorch. A file is checked before it is believed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrf.accel.workload import AbstractWorkload, Layer, Loops, ModelProfile, Unsupported
from genrf.core.errors import ConfigError, ToolNotFound

Shape = tuple[int, ...]

_MOST_BYTES = 2**31  # what one protobuf message may hold
_MOST_ELEMENTS = 2**34  # of one tensor
_OTHERS = {
    "Relu": "relu", "LeakyRelu": "activation", "Sigmoid": "activation", "Tanh": "activation", "HardSwish": "activation",
    "HardSigmoid": "activation", "Gelu": "activation", "Erf": "elementwise", "Elu": "activation",
    "Softmax": "softmax", "LogSoftmax": "softmax", "BatchNormalization": "batch_norm",
    "LayerNormalization": "normalization", "InstanceNormalization": "normalization", "Add": "add", "Sub": "elementwise",
    "Mul": "elementwise", "Div": "elementwise", "Pow": "elementwise", "Sqrt": "elementwise", "Neg": "elementwise",
    "Clip": "relu6", "MaxPool": "max_pool", "AveragePool": "average_pool", "GlobalAveragePool": "average_pool",
    "ReduceMean": "mean", "Flatten": "reshape", "Reshape": "reshape", "Squeeze": "reshape", "Unsqueeze": "reshape",
    "Transpose": "move", "Slice": "move", "Split": "move", "Gather": "move", "Pad": "move", "Expand": "move",
    "Tile": "move", "Resize": "move", "Concat": "concatenate", "Identity": "identity", "Dropout": "identity",
    "Cast": "identity", "Constant": "constant", "Shape": "constant", "ConstantOfShape": "constant", "Range": "constant",
}  # fmt: skip


@dataclass(frozen=True)
class OnnxWorkload(AbstractWorkload):
    """A file in the ONNX format, with all its weights inside and a size for each dimension."""

    path: str

    def profile(self) -> ModelProfile:
        model = _model(Path(self.path))
        return _Graph(Path(self.path).stem, self.path, model.graph).read()


def _model(path: Path) -> Any:
    """The file's content. Raises ConfigError for one that is broken, too large, or points outside of itself."""
    try:
        import onnx
    except ImportError:
        raise ToolNotFound("ONNX files need the package onnx; pip install genrf[accel]") from None
    if not path.is_file():
        raise ConfigError(f"{path}: no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise ConfigError(f"{path}: {path.stat().st_size} bytes; an ONNX file has {_MOST_BYTES} at the most")
    try:
        model = onnx.load_model(str(path), load_external_data=False)
    except Exception as error:  # whatever protobuf says of such bytes
        raise ConfigError(f"{path}: not an ONNX file ({type(error).__name__})") from error
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise ConfigError(f"{path}: tensor {tensor.name!r} lies in another file, which is not read; save it inside")
    try:
        onnx.checker.check_model(model)
        return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"{path}: {reason}") from error


class _Graph:
    """Goes through the nodes of a file in their order."""

    def __init__(self, name: str, path: str, graph: Any) -> None:
        from onnx import numpy_helper

        self.name, self.path, self.graph = name, path, graph
        self.constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        values = [*graph.input, *graph.value_info, *graph.output]
        self.shapes = {value.name: self._shape(value) for value in values}
        self.shapes |= {name: array.shape for name, array in self.constants.items()}
        self.made: dict[str, str] = {}  # which node gives a value
        self.counted: set[str] = set()

    def read(self) -> ModelProfile:
        sources = [value.name for value in self.graph.input if value.name not in self.constants]
        if not sources:
            raise ConfigError(f"{self.path}: the graph has no input")
        layers, unsupported = list[Layer](), list[Unsupported]()
        for place, node in enumerate(self.graph.node):
            name = node.name or f"{node.op_type.lower()}_{place}"
            self.made.update(dict.fromkeys(node.output, name))
            if node.op_type == "Constant":
                continue
            found = self._layer(node, name)
            (layers if isinstance(found, Layer) else unsupported).append(found)  # type: ignore[arg-type]
        return ModelProfile(self.name, sources[0], self.shapes[sources[0]], tuple(layers), tuple(unsupported))

    def _layer(self, node: Any, name: str) -> Layer | Unsupported:
        readers = {
            "Conv": self._convolution,
            "ConvTranspose": self._convolution,
            "Gemm": self._gemm,
            "MatMul": self._product,
        }
        if node.op_type not in readers and node.op_type not in _OTHERS:
            return Unsupported(name, node.op_type)
        shape = self.shapes.get(node.output[0])
        if shape is None:
            raise ConfigError(f"{self.path}: the shape of node {name!r} ({node.op_type}) cannot be inferred")
        flowing = [value for value in node.input if value and value not in self.constants]
        found = readers.get(node.op_type, self._other)(node, name, shape)
        return Layer(
            name, sources=tuple(self.made.get(value, value) for value in flowing), shape=shape,
            source_shapes=tuple(self.shapes[value] for value in flowing), parameters=self._parameters(node), **found,
        )  # fmt: skip

    def _convolution(self, node: Any, name: str, shape: Shape) -> dict[str, Any]:
        weight = self._array(node, 1, name)
        settings = _settings(node)
        pads = settings.get("pads", [0] * 2 * (weight.ndim - 2))
        half = len(pads) // 2
        if settings.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or list(pads[:half]) != list(pads[half:]):
            raise ConfigError(f"{self.path}: node {name!r} pads its sides unevenly")
        transposed, groups = node.op_type == "ConvTranspose", int(settings.get("group", 1))
        k, c = weight.shape[0] // groups, weight.shape[1]
        if transposed:  # each input meets each filter place once
            k, c = c, k
        read = self.shapes[node.input[0]]
        if read[1] != c * groups:
            raise ConfigError(f"{self.path}: node {name!r} takes {c * groups} channels, and gets {read[1]}")
        (oy, ox), (fy, fx) = _plane(read[2:] if transposed else shape[2:]), _plane(weight.shape[2:])
        plain = {"stride": _two(settings.get("strides", [1])), "padding": _two(pads[:half] or [0])}
        return {
            "operator": "transposed_convolution" if transposed else "convolution",
            "loops": (Loops(shape[0], groups, k, c, oy, ox, fy, fx),),
            "arrays": self._arrays(node, name, "weight", "bias"),
            "settings": {**plain, "dilation": _two(settings.get("dilations", [1])), "groups": groups},
        }

    def _gemm(self, node: Any, name: str, shape: Shape) -> dict[str, Any]:
        settings = _settings(node)
        if settings.get("alpha", 1.0) != 1.0 or settings.get("beta", 1.0) != 1.0 or settings.get("transA", 0):
            raise ConfigError(f"{self.path}: node {name!r} scales or transposes its input")
        weight = self._array(node, 1, name)
        weight = weight if settings.get("transB", 0) else weight.T
        arrays = {"weight": weight, **({"bias": self._array(node, 2, name)} if len(node.input) > 2 else {})}
        loops = Loops(b=shape[0], k=weight.shape[0], c=weight.shape[1])
        return {"operator": "linear", "loops": (loops,), "arrays": arrays}

    def _product(self, node: Any, name: str, shape: Shape) -> dict[str, Any]:
        left, right = (self.shapes[value] for value in node.input[:2])
        if node.input[1] in self.constants and len(right) == 2:
            weight = self._array(node, 1, name).T
            loops = Loops(b=shape[0], k=right[1], c=right[0], ox=math.prod(shape[1:-1]))
            return {"operator": "linear", "loops": (loops,), "arrays": {"weight": weight}}
        batch = math.prod(left[:-2])
        return {"operator": "matmul", "loops": (Loops(g=batch, k=right[-1], c=left[-1], ox=left[-2]),)}

    def _other(self, node: Any, name: str, shape: Shape) -> dict[str, Any]:
        operator, settings = _OTHERS[node.op_type], _settings(node)
        if operator == "batch_norm":
            roles = ("weight", "bias", "running_mean", "running_var")
            own = {"eps": float(settings.get("epsilon", 1e-5))}
            return {"operator": operator, "arrays": self._arrays(node, name, *roles), "settings": own}
        if operator in ("max_pool", "average_pool"):
            return {"operator": operator, "settings": self._window(node, settings)}
        if operator == "mean":
            axes = self.constants[node.input[1]].tolist() if len(node.input) > 1 else settings.get("axes", ())
            return {"operator": operator, "settings": {"dim": tuple(axes)}}
        if operator == "relu6":
            operator = "relu6" if self._clips(node) == (0.0, 6.0) else "activation"
        return {"operator": operator}

    def _window(self, node: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
        if node.op_type == "GlobalAveragePool":
            kernel = self.shapes[node.input[0]][2:]
            return {"kernel": kernel, "stride": kernel, "padding": (0, 0), "plain": True}
        pads, kernel = settings.get("pads", [0, 0, 0, 0]), tuple(settings["kernel_shape"])
        even = list(pads[:2]) == list(pads[2:]) and not settings.get("ceil_mode", 0)
        even = even and (node.op_type == "MaxPool" or not any(pads) or bool(settings.get("count_include_pad", 0)))
        stride = _two(settings.get("strides", [1]))
        return {"kernel": kernel, "stride": stride, "padding": _two(pads[:2]), "plain": even}

    def _clips(self, node: Any) -> tuple[float, float]:
        ends = [self.constants.get(value) for value in node.input[1:3]]
        low, high = (float(end) if end is not None else math.nan for end in (*ends, None, None)[:2])
        return low, high

    def _arrays(self, node: Any, name: str, *roles: str) -> dict[str, np.ndarray]:
        return {role: self._array(node, place, name) for place, role in enumerate(roles, 1) if place < len(node.input)}

    def _array(self, node: Any, place: int, name: str) -> np.ndarray:
        """A constant operand of a node. Raises ConfigError when it is none, or not finite."""
        array = self.constants.get(node.input[place])
        if array is None:
            raise ConfigError(
                f"{self.path}: operand {node.input[place]!r} of node {name!r} is not a constant of the file"
            )
        if not np.isfinite(array).all():
            raise ConfigError(f"{self.path}: {node.input[place]} of node {name!r} holds values that are not finite")
        return np.asarray(array)

    def _parameters(self, node: Any) -> int:
        """Elements of the constants of real numbers that no node before has read."""
        fresh = [
            value for value in dict.fromkeys(node.input)
            if value in self.constants and value not in self.counted and self.constants[value].dtype.kind == "f"
        ]  # fmt: skip
        self.counted.update(fresh)
        skipped = 2 if node.op_type == "BatchNormalization" else 0  # running mean and variance are no parameters
        return sum(self.constants[value].size for value in fresh[: len(fresh) - skipped])

    def _shape(self, value: Any) -> Shape:
        sizes = []
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.HasField("dim_param") or not dimension.HasField("dim_value"):
                label = dimension.dim_param or "unknown"
                raise ConfigError(
                    f"{self.path}: {value.name!r} has a dimension without a size ({label}); export it with one"
                )
            sizes.append(int(dimension.dim_value))
        if any(size <= 0 for size in sizes) or math.prod(sizes) > _MOST_ELEMENTS:
            raise ConfigError(f"{self.path}: {value.name!r} has the shape {sizes}, which cannot be")
        return tuple(sizes)


def _settings(node: Any) -> dict[str, Any]:
    from onnx import helper

    found = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}


def _plane(sizes: Sequence[int]) -> tuple[int, int]:
    """Rows and columns; one dimension is columns, of three the first two count as rows."""
    *rows, columns = sizes
    return math.prod(rows), columns


def _two(numbers: Sequence[int]) -> tuple[int, int]:
    return (numbers[0], numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
