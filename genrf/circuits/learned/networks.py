"""One graph transformer for two jobs: the denoiser of element values and the forward model of the metrics."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from genrf.circuits.learned.structures import Graph, Vocabulary
from genrf.core.errors import ConfigError

_FREQUENCIES = 32  # of the diffusion time's encoding
_HIDDEN = tuple(f"{name}.weight" for name in ("inward.1", "outward.0", "mixed", ".out", "own.1", "own.3"))


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
    """A `Graph` where torch works, with everything that is the same for all of its designs."""

    kinds: Tensor  # n
    pairs: Tensor  # e 2: tokens that share a net
    ways: Tensor  # e: how they do
    counts: Tensor  # e 1: how often
    tokens: Tensor  # s
    keys: Tensor  # s
    variables: Tensor  # s
    features: Tensor  # s 4
    weights: Tensor  # s 1: of each slot in its variable, one over how many slots draw it

    @classmethod
    def of(cls, graph: Graph) -> "GraphTensors":
        """The arrays of `graph` as tensors."""
        variables = torch.tensor(graph.variables)
        drawn = torch.bincount(variables, minlength=len(graph.space))
        shared = torch.tensor(graph.shared)
        return cls(
            torch.tensor(graph.kinds),
            shared[:, :2],
            shared[:, 2],
            shared[:, 3:].float(),
            torch.tensor(graph.tokens),
            torch.tensor(graph.keys),
            variables,
            torch.tensor(graph.features, dtype=torch.float32),
            1.0 / drawn[variables, None],
        )

    def to(self, device: torch.device) -> "GraphTensors":
        """The same on `device`."""
        return GraphTensors(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Joined:
    """Values of several topologies, one behind the other in flat tensors, so that no topology is padded to another.

    Topology i has b designs of n tokens, s slots and v variables; sums run over all of them.
    """

    sizes: Sequence[tuple[int, int]]  # b n
    graphs: Sequence[GraphTensors]
    owners: Tensor  # sum b n: whose design a token is
    kinds: Tensor  # sum b n
    places: Tensor  # sum b s: the slot, among the topologies' own
    tokens: Tensor  # sum b s: where it is drawn
    variables: Tensor  # sum b s: what it draws

    @classmethod
    def of(cls, parts: Sequence[tuple[GraphTensors, int, int]]) -> "Joined":
        """What `parts`, each a topology with its v and b, have in common."""
        owners, kinds, places, tokens, variables = [], [], [], [], []
        design = token = slot = value = 0
        for graph, v, b in parts:
            n, s = graph.kinds.shape[0], graph.tokens.shape[0]
            each = torch.arange(b, device=graph.kinds.device)[:, None]
            owners.append((design + each).expand(b, n))
            kinds.append(graph.kinds.expand(b, n))
            places.append((slot + torch.arange(s, device=each.device)).expand(b, s))
            tokens.append(token + each * n + graph.tokens)
            variables.append(value + each * v + graph.variables)
            design, token, slot, value = design + b, token + b * n, slot + s, value + b * v
        flat = (torch.cat([one.reshape(-1) for one in all_]) for all_ in (owners, kinds, places, tokens, variables))
        return cls([(b, graph.kinds.shape[0]) for graph, _, b in parts], [graph for graph, _, _ in parts], *flat)


class Slots(nn.Module):
    """What is drawn of the tokens: variables into tokens, and tokens back into variables.

    A variable that several devices draw enters each of them, and comes out as the mean of what they say.
    """

    def __init__(self, known: Vocabulary, channels: int) -> None:
        super().__init__()
        self.keys = nn.Embedding(len(known.keys), channels)
        self.first = nn.Linear(channels + 5, channels)
        self.inward = nn.Sequential(nn.SiLU(), nn.Linear(channels, channels))
        self.outward = nn.Sequential(nn.Linear(2 * channels, channels), nn.SiLU(), nn.Linear(channels, 1))

    def enter(self, x: Float[Tensor, "v"], of: Joined) -> tuple[Tensor, Tensor]:
        """The slots (s c), and their sums by token (n c)."""
        slots = self.inward(self.fixed(of.graphs)[of.places] + x[of.variables, None] * self.first.weight[:, -1])
        return slots, slots.new_zeros(len(of.kinds), slots.shape[-1]).index_add(0, of.tokens, slots)

    def fixed(self, graphs: Sequence[GraphTensors]) -> Tensor:
        """What enters of the slots (s c) but the values: once for each topology, and not for each of its designs."""
        keys, features = torch.cat([one.keys for one in graphs]), torch.cat([one.features for one in graphs])
        said = torch.cat([self.keys(keys), features], -1)
        return nn.functional.linear(said, self.first.weight[:, :-1], self.first.bias)

    def leave(self, tokens: Float[Tensor, "n c"], slots: Float[Tensor, "s c"], of: Joined, values: int) -> Tensor:
        """One number per variable (v)."""
        said = self.outward(torch.cat([tokens[of.tokens], slots.to(tokens.dtype)], -1)).float()
        weights = torch.cat([graph.weights for graph in of.graphs])[of.places]
        return said.new_zeros(values).index_add(0, of.variables, (said * weights).squeeze(-1))


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

    def forward(self, x: Float[Tensor, "t c"], of: Joined, asked: int) -> Tensor:
        """`x` after one layer: first the tokens of all topologies, then `asked` tokens of each design's limits."""
        mixed = self.mixed(self.before(x))
        devices = mixed[: len(of.kinds)].split([b * n for b, n in of.sizes])
        metrics = mixed[len(of.kinds) :].split([b * asked for b, _ in of.sizes])
        seen = [
            self._seen(torch.cat([own.unflatten(0, (b, n)), wanted.unflatten(0, (b, asked))], 1), graph)
            for own, wanted, graph, (b, n) in zip(devices, metrics, of.graphs, of.sizes, strict=True)
        ]
        ends = zip(seen, of.sizes, strict=True)
        parts = [(one[:, :n].flatten(0, 1), one[:, n:].flatten(0, 1)) for one, (_, n) in ends]
        x = x + self.out(torch.cat([*(own for own, _ in parts), *(wanted for _, wanted in parts)]))
        return x + self.own(x)

    def _seen(self, mixed: Float[Tensor, "b m 3c"], graph: GraphTensors) -> Tensor:
        """What the tokens of one topology see of each other; those beyond the graph's are joined with all alike."""
        q, k, v = mixed.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + biases(self, graph, mixed.shape[1])
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def biases(layer: Layer, graph: GraphTensors, count: int) -> Tensor:
    """What shared nets add to the attention between `count` tokens (h m m), of which the graph's come first."""
    own = layer.bias.weight.t()[graph.ways] * graph.counts
    places = graph.pairs[:, 0] * count + graph.pairs[:, 1]
    flat = own.new_zeros(count * count, layer.heads).index_add(0, places, own)
    return flat.t().unflatten(-1, (count, count))


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

    def forward(self, x: Tensor, time: Tensor, limits: Tensor, of: Joined) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens of the graphs (n c), tokens of the metrics (b m c) and slots (s c).

        `x` (v) are centred values, `time` (b) in [0, 1], `limits` (b m) on their normal scales, NaN where open.
        """
        slots, drawn = self.slots.enter(x, of)
        when = self.when(time)
        devices = drawn + self.kinds(of.kinds) + when[of.owners]
        tokens = torch.cat([devices, (self.asked(limits) + when[:, None]).flatten(0, 1)])
        for layer in self.layers:
            tokens = layer(tokens, of, limits.shape[1])
        tokens = self.after(tokens)
        return tokens[: len(of.kinds)], tokens[len(of.kinds) :].unflatten(0, limits.shape), slots

    def matrices(self) -> list[nn.Parameter]:
        """The weights that lead from hidden channels to hidden channels, but for those of the time."""
        return [weights for name, weights in self.named_parameters() if name.endswith(_HIDDEN)]

    def when(self, time: Float[Tensor, "b"]) -> Tensor:
        """What the time says to every token (b c)."""
        return self.time(_waves(time))

    def asked(self, limits: Float[Tensor, "b m"]) -> Tensor:
        """The tokens of the limits (b m c) but for the time."""
        asked = self.metrics + torch.where(limits.isnan(), 0.0, limits)[..., None] * self.limits
        return asked + (~limits.isnan())[..., None] * self.closed


class Denoiser(nn.Module):
    """What to take from noisy values: the velocity `v = alpha eps - sigma x0` (Salimans and Ho, arXiv:2202.00512)."""

    def __init__(self, known: Vocabulary, wanted: int, shape: Shape) -> None:
        super().__init__()
        self.backbone = Backbone(known, wanted, shape)

    def forward(self, x: Tensor, time: Tensor, limits: Tensor, of: Joined) -> Tensor:
        """The velocity (v) at noisy values `x` (v), for limits as the backbone takes them."""
        devices, _, slots = self.backbone(x, time, limits, of)
        return self.backbone.slots.leave(devices, slots, of, len(x))


class ForwardModel(nn.Module):
    """The metrics of a design on their normal scales: means and logarithms of variances."""

    def __init__(self, known: Vocabulary, wanted: int, shape: Shape) -> None:
        super().__init__()
        self.backbone = Backbone(known, wanted, shape)
        self.heads = nn.Parameter(0.02 * torch.randn(wanted, shape.channels, 2))

    def forward(self, x: Tensor, of: Joined) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of variance (both b m) for centred values `x` (v)."""
        designs = sum(b for b, _ in of.sizes)
        opened = x.new_full((designs, len(self.heads)), float("nan"))
        _, metrics, _ = self.backbone(x, x.new_zeros(designs), opened, of)
        mean, spread = torch.einsum("bmc,mco->bmo", metrics, self.heads).float().unbind(-1)
        return mean, spread.clamp(-10.0, 6.0)


def _waves(time: Float[Tensor, "b"]) -> Tensor:
    """Sines and cosines of the time, from one wave over [0, 1] to a thousand."""
    angles = time[:, None] * 2 * math.pi * torch.logspace(-1, 3, _FREQUENCIES, device=time.device)
    return torch.cat([angles.sin(), angles.cos()], -1)
