"""A network as the accelerator runs it, in real numbers: normalisation, ReLUs and maxima are part of convolutions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from genrf.accel.workload import Layer, ModelProfile
from genrf.core.errors import Unsuitable

Shape = tuple[int, int, int]
WIDEST_POOL = 15  # rows or columns of a window that a convolution can take the maximum of


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of the accelerator. `kind` is convolution, max_pool, average_pool or add; `weight` and `bias` belong to
    the first alone. `shape` is that of the result: channels, rows, columns.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    shape: Shape
    relu: bool = False
    cap: float | None = None  # of a ReLU6
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    pool: tuple[int, int] = (1, 1)  # the window whose maximum alone a convolution keeps


@dataclass(frozen=True, eq=False)
class Fused:
    """The stages in the order of their execution, from the input `source` of `source_shape`."""

    source: str
    source_shape: Shape
    stages: tuple[Stage, ...]

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Every stage's values for `images` [image, channel, row, column], in real numbers."""
        from genrf.accel.reference import run

        return run(self, images)


def fuse(profile: ModelProfile) -> Fused:
    """The stages of a profiled network.

    Raises Unsuitable for what no stage can do, naming the node and its operator.
    """
    if profile.unsupported:
        first = profile.unsupported[0]
        raise Unsuitable(f"{profile.name}: node {first.node!r} is {first.operator}, which the accelerator cannot run")
    return _Fusion(profile).result()


class _Fusion:
    """Goes through the layers, each either a stage of its own or part of the one before."""

    def __init__(self, profile: ModelProfile) -> None:
        self.profile = profile
        self.stages: dict[str, Stage] = {}
        self.named = {profile.source: profile.source}  # which stage's result a layer's name stands for
        self.shapes: dict[str, Shape] = {profile.source: _plane(profile.source_shape)}
        self.readers = self._count_readers()

    def result(self) -> Fused:
        for layer in self.profile.layers:
            self._take(layer)
        if not self.stages:
            raise Unsuitable(f"{self.profile.name} has no layer that the accelerator could run")
        return Fused(self.profile.source, self.shapes[self.profile.source], tuple(self.stages.values()))

    def _take(self, layer: Layer) -> None:
        if layer.operator in ("convolution", "linear"):
            self._add(self._convolution(layer))
        elif layer.operator in ("max_pool", "average_pool"):
            stage = self._pool(layer)
            if self._fits_behind(stage, layer):
                before = self.stages[stage.sources[0]]
                self._replace(layer, replace(before, pool=stage.kernel, shape=stage.shape))
            else:
                self._add(stage)
        elif layer.operator == "mean":
            self._add(self._mean(layer))
        elif layer.operator == "add":
            self._add(self._sum(layer))
        elif layer.operator == "batch_norm":
            self._replace(layer, _folded(self._single(layer), layer))
        elif layer.operator in ("relu", "relu6"):
            cap = 6.0 if layer.operator == "relu6" else None
            self._replace(layer, replace(self._single(layer), relu=True, cap=cap))
        elif layer.operator == "identity" or (layer.operator == "reshape" and self._flattens(layer)):
            self.named[layer.name] = self.named[layer.sources[0]]
        else:
            raise Unsuitable(
                f"{self.profile.name}: node {layer.name!r} is {layer.operator}, which the accelerator cannot run; "
                "it does convolutions, linear layers, batch normalisation, ReLU, pooling and additions"
            )

    def _add(self, stage: Stage) -> None:
        self.stages[stage.name] = stage
        self.named[stage.name] = stage.name
        self.shapes[stage.name] = stage.shape

    def _replace(self, layer: Layer, stage: Stage) -> None:
        self.stages[stage.name] = stage
        self.named[layer.name] = stage.name
        self.shapes[stage.name] = stage.shape

    def _convolution(self, layer: Layer) -> Stage:
        source = self.named[layer.sources[0]]
        weight = layer.arrays["weight"].astype(np.float64)
        bias = layer.arrays.get("bias", np.zeros(len(weight))).astype(np.float64)
        if layer.operator == "linear":  # a filter that covers the whole input
            channels, rows, columns = self.shapes[source]
            if weight.shape[1] != channels * rows * columns:
                raise Unsuitable(
                    f"{self.profile.name}: node {layer.name!r} takes {weight.shape[1]} numbers from {source!r}, "
                    f"which has {channels} x {rows} x {columns}"
                )
            weight = weight.reshape(-1, channels, rows, columns)
            return Stage(layer.name, "convolution", (source,), (len(weight), 1, 1), weight=weight, bias=bias)
        if weight.ndim != 4:
            raise Unsuitable(
                f"{self.profile.name}: node {layer.name!r} is a convolution in {weight.ndim - 2} dimensions, not 2"
            )
        return Stage(
            layer.name, "convolution", (source,), _plane(layer.shape), weight=weight, bias=bias,
            stride=layer.settings["stride"], padding=layer.settings["padding"], dilation=layer.settings["dilation"],
            groups=layer.settings["groups"],
        )  # fmt: skip

    def _pool(self, layer: Layer) -> Stage:
        if not layer.settings["plain"]:
            raise Unsuitable(f"{self.profile.name}: node {layer.name!r} pools over uneven windows")
        window = {key: layer.settings[key] for key in ("kernel", "stride", "padding")}
        return Stage(layer.name, layer.operator, (self.named[layer.sources[0]],), _plane(layer.shape), **window)

    def _fits_behind(self, stage: Stage, layer: Layer) -> bool:
        """A maximum whose windows lie side by side, over what a convolution alone gives to it."""
        before = self.stages.get(stage.sources[0])
        beside = stage.kind == "max_pool" and stage.kernel == stage.stride and stage.padding == (0, 0)
        alone = self.readers[layer.sources[0]] == 1
        return (
            beside and alone and max(stage.kernel) <= WIDEST_POOL
            and before is not None and before.kind == "convolution" and before.pool == (1, 1)
        )  # fmt: skip

    def _mean(self, layer: Layer) -> Stage:
        source = self.named[layer.sources[0]]
        channels, rows, columns = self.shapes[source]
        axes = {axis % 4 for axis in layer.settings.get("dim", ())}
        if axes != {2, 3}:
            raise Unsuitable(
                f"{self.profile.name}: node {layer.name!r} is a mean over axes {sorted(axes)}, not rows and columns"
            )
        return Stage(
            layer.name, "average_pool", (source,), (channels, 1, 1), kernel=(rows, columns), stride=(rows, columns)
        )

    def _sum(self, layer: Layer) -> Stage:
        sources = tuple(self.named[source] for source in layer.sources)
        if (
            len(sources) != 2
            or self.shapes[sources[0]] != self.shapes[sources[1]]
            or layer.settings.get("alpha", 1) != 1
        ):
            raise Unsuitable(f"{self.profile.name}: node {layer.name!r} is no plain sum of two tensors of one shape")
        return Stage(layer.name, "add", sources, self.shapes[sources[0]])

    def _single(self, layer: Layer) -> Stage:
        """The stage that `layer` becomes part of: nobody else may read what it was before."""
        name = self.named[layer.sources[0]]
        if name not in self.stages:
            raise Unsuitable(
                f"{self.profile.name}: node {layer.name!r} ({layer.operator}) follows no layer that could take it in"
            )
        if self.readers[layer.sources[0]] > 1:
            raise Unsuitable(f"{self.profile.name}: node {layer.sources[0]!r} is read before and after {layer.name!r}")
        return self.stages[name]

    def _flattens(self, layer: Layer) -> bool:
        return int(np.prod(layer.shape[1:])) == int(np.prod(self.shapes[self.named[layer.sources[0]]]))

    def _count_readers(self) -> Mapping[str, int]:
        names = [source for layer in self.profile.layers for source in layer.sources]
        return {name: names.count(name) for name in names}


def _folded(stage: Stage, layer: Layer) -> Stage:
    """Batch normalisation as part of the filter before it (Jacob et al. 2018, arXiv:1712.05877, section 3.2)."""
    if stage.weight is None or stage.bias is None or stage.relu or stage.pool != (1, 1):
        raise Unsuitable(f"node {layer.name!r}: batch normalisation must follow a convolution")
    arrays = layer.arrays
    scale = 1.0 / np.sqrt(arrays["running_var"].astype(np.float64) + layer.settings["eps"])
    scale = scale * arrays.get("weight", np.ones_like(scale))
    bias = (stage.bias - arrays["running_mean"]) * scale + arrays.get("bias", np.zeros_like(scale))
    return replace(stage, weight=stage.weight * scale[:, None, None, None], bias=bias)


def _plane(shape: tuple[int, ...]) -> Shape:
    """Channels, rows, columns of one image."""
    sizes = (*shape[1:], 1, 1)[:3] if len(shape) < 4 else shape[1:]
    return (sizes[0], sizes[1], sizes[2])
