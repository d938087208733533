"""One graph transformer for two jobs: the denoiser of element values and the forward model of the metrics."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from genrf.circuits.learned.structures import Graph, Vocabulary
from genrf.core.errors import ConfigError

_FREQUENCIES = 32  # of the diffusion time's encoding


@dataclass(frozen=True)
class Shape:
    """How large a network is: channels of a token, attention heads, layers."""

    channels: int
    heads: int
    layers: int

    def __post_init__(self) -> None:
        if min(self.channels, self.heads, self.layers) < 1 or self.channels % self.heads:
            raise ConfigError(
                f"shape: layers must be at least 1 and channels a multiple of heads, got {self.layers} layers, "
                f"{self.channels} channels and {self.heads} heads"
            )


@dataclass(frozen=True)
class GraphTensors:
    """A `Graph` where torch works."""

    kinds: Tensor
    relations: Tensor
    tokens: Tensor
    keys: Tensor
    variables: Tensor
    features: Tensor
    weights: Tensor  # of each slot in its variable: one over how many slots draw it

    @classmethod
    def of(cls, graph: Graph) -> "GraphTensors":
        """The arrays of `graph` as tensors."""
        variables = torch.tensor(graph.variables)
        counts = torch.bincount(variables, minlength=len(graph.space))
        return cls(
            torch.tensor(graph.kinds),
            torch.tensor(graph.relations, dtype=torch.float32),
            torch.tensor(graph.tokens),
            torch.tensor(graph.keys),
            variables,
            torch.tensor(graph.features, dtype=torch.float32),
            1.0 / counts[variables],
        )


class Slots(nn.Module):
    """What is drawn of the tokens: variables into tokens, and tokens back into variables.

    A variable that several devices draw enters each of them, and comes out as the mean of what they say.
    """

    def __init__(self, known: Vocabulary, channels: int) -> None:
        super().__init__()
        self.keys = nn.Embedding(len(known.keys), channels)
        self.inward = nn.Sequential(nn.Linear(channels + 5, channels), nn.SiLU(), nn.Linear(channels, channels))
        self.outward = nn.Sequential(nn.Linear(2 * channels, channels), nn.SiLU(), nn.Linear(channels, 1))

    def enter(self, x: Float[Tensor, "b v"], graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """The slots (b s c), and their sums by token (b n c)."""
        fixed = torch.cat([self.keys(graph.keys), graph.features], -1).expand(len(x), -1, -1)
        slots = self.inward(torch.cat([fixed, x[:, graph.variables, None]], -1))
        tokens = slots.new_zeros(len(x), len(graph.kinds), slots.shape[-1])
        return slots, tokens.index_add(1, graph.tokens, slots)

    def leave(self, tokens: Float[Tensor, "b n c"], slots: Tensor, graph: GraphTensors, variables: int) -> Tensor:
        """One number per variable (b v)."""
        said = self.outward(torch.cat([tokens[:, graph.tokens], slots], -1)).squeeze(-1) * graph.weights
        return said.new_zeros(len(said), variables).index_add(1, graph.variables, said)


class Layer(nn.Module):
    """Attention biased by shared nets, then a network of each token's own; both normalised before."""

    def __init__(self, shape: Shape, relations: int) -> None:
        super().__init__()
        self.heads = shape.heads
        self.bias = nn.Linear(relations, shape.heads, bias=False)
        self.before = nn.LayerNorm(shape.channels)
        self.mixed = nn.Linear(shape.channels, 3 * shape.channels)
        self.out = nn.Linear(shape.channels, shape.channels)
        self.own = nn.Sequential(
            nn.LayerNorm(shape.channels),
            nn.Linear(shape.channels, 4 * shape.channels),
            nn.GELU(),
            nn.Linear(4 * shape.channels, shape.channels),
        )

    def forward(self, x: Float[Tensor, "b m c"], graph: GraphTensors) -> Tensor:
        """`x` after one layer; tokens beyond those of the graph are joined with all alike."""
        beyond = x.shape[1] - len(graph.kinds)
        bias = nn.functional.pad(self.bias(graph.relations).permute(2, 0, 1), (0, beyond, 0, beyond))
        q, k, v = (_by_head(part, self.heads) for part in self.mixed(self.before(x)).chunk(3, -1))
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.own(x)


class Backbone(nn.Module):
    """Devices, wanted metrics and time as tokens that attend to each other.

    Renaming or reordering devices, nets and variables changes nothing but the order of what comes out.
    """

    def __init__(self, known: Vocabulary, wanted: int, shape: Shape) -> None:
        super().__init__()
        self.slots = Slots(known, shape.channels)
        self.kinds = nn.Embedding(len(known.kinds), shape.channels)
        self.metrics = nn.Parameter(0.02 * torch.randn(wanted, shape.channels))
        self.limits = nn.Parameter(0.5 * torch.randn(wanted, shape.channels))
        self.closed = nn.Parameter(0.02 * torch.randn(wanted, shape.channels))
        self.time = nn.Sequential(
            nn.Linear(2 * _FREQUENCIES, shape.channels), nn.SiLU(), nn.Linear(shape.channels, shape.channels)
        )
        self.layers = nn.ModuleList(Layer(shape, known.relations) for _ in range(shape.layers))
        self.after = nn.LayerNorm(shape.channels)

    def forward(self, x: Tensor, time: Tensor, limits: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens of the graph (b n c), tokens of the metrics (b m c) and slots (b s c).

        `x` (b v) are centred values, `time` (b) in [0, 1], `limits` (b m) on their normal scales, NaN where open.
        """
        slots, drawn = self.slots.enter(x, graph)
        time_token = self.time(_waves(time))[:, None]
        devices = drawn + self.kinds(graph.kinds) + time_token
        asked = self.metrics + torch.where(limits.isnan(), 0.0, limits)[..., None] * self.limits
        metrics = asked + (~limits.isnan())[..., None] * self.closed
        tokens = torch.cat([devices, metrics + time_token], 1)
        for layer in self.layers:
            tokens = layer(tokens, graph)
        tokens = self.after(tokens)
        return tokens[:, : len(graph.kinds)], tokens[:, len(graph.kinds) :], slots


class Denoiser(nn.Module):
    """What to take from noisy values: the velocity `v = alpha eps - sigma x0` (Salimans and Ho, arXiv:2202.00512)."""

    def __init__(self, known: Vocabulary, wanted: int, shape: Shape) -> None:
        super().__init__()
        self.backbone = Backbone(known, wanted, shape)

    def forward(self, x: Tensor, time: Tensor, limits: Tensor, graph: GraphTensors) -> Tensor:
        """The velocity (b v) at noisy values `x` (b v), for limits as the backbone takes them."""
        devices, _, slots = self.backbone(x, time, limits, graph)
        return self.backbone.slots.leave(devices, slots, graph, x.shape[1])


class ForwardModel(nn.Module):
    """The metrics of a design on their normal scales: means and logarithms of variances."""

    def __init__(self, known: Vocabulary, wanted: int, shape: Shape) -> None:
        super().__init__()
        self.backbone = Backbone(known, wanted, shape)
        self.heads = nn.Parameter(0.02 * torch.randn(wanted, shape.channels, 2))

    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of variance (both b m) for centred values `x` (b v)."""
        opened = x.new_full((len(x), len(self.heads)), float("nan"))
        _, metrics, _ = self.backbone(x, x.new_zeros(len(x)), opened, graph)
        mean, spread = torch.einsum("bmc,mco->bmo", metrics, self.heads).unbind(-1)
        return mean, spread.clamp(-10.0, 6.0)


def _by_head(x: Float[Tensor, "b m c"], heads: int) -> Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _waves(time: Float[Tensor, "b"]) -> Tensor:
    """Sines and cosines of the time, from one wave over [0, 1] to a thousand."""
    angles = time[:, None] * 2 * math.pi * torch.logspace(-1, 3, _FREQUENCIES)
    return torch.cat([angles.sin(), angles.cos()], -1)
