"""The networks of the CycleGAN: both domains into a common space and out of it, and a critic for each.

G is the way from a specification to a graph, F the way back. A domain's own way in and out gives its identity: what G
makes of a graph must be that graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from genrf.circuits.learned.cycle_graph import Graphs, supergraph, vocabulary
from genrf.circuits.learned.cycle_words import Rules, sizes
from genrf.core.errors import ConfigError

_NET_SORTS = 3
_FORGOTTEN = 0.3  # share of a state that training leaves out at each word, so that no sentence is learnt by heart


@dataclass(frozen=True)
class CycleShape:
    """How large the networks are: channels of a device or net, rounds of messages, the common space, the noise."""

    channels: int
    layers: int
    latent: int
    noise: int

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not 1 <= getattr(self, name) <= 1024:
                raise ConfigError(f"shape: {name} must be from 1 to 1024, got {getattr(self, name)}")


class Round(nn.Module):
    """Messages from devices to their nets, and back; each by the terminal that it goes through."""

    def __init__(self, channels: int, terminals: int) -> None:
        super().__init__()
        self.outward, self.homeward = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.out_of, self.into = nn.Embedding(terminals, channels), nn.Embedding(terminals, channels)
        self.at_net, self.at_device = _updated(channels), _updated(channels)

    def forward(self, devices: Tensor, nets: Tensor, graphs: Graphs) -> tuple[Tensor, Tensor]:
        """Devices (t c) and nets (n c) after a round; a device whose gate is shut listens, but is not heard."""
        device, terminal, net = graphs.pins
        said = nn.functional.silu(self.outward(devices)[device] + self.out_of(terminal)) * graphs.gates[device, None]
        nets = nets + self.at_net(torch.cat([nets, torch.zeros_like(nets).index_add(0, net, said)], 1))
        heard = nn.functional.silu(self.homeward(nets)[net] + self.into(terminal))
        own = torch.zeros_like(devices).index_add(0, device, heard)
        return devices + self.at_device(torch.cat([devices, own], 1)), nets


class GraphEncoder(nn.Module):
    """One vector for each circuit: renaming or reordering its devices and nets changes nothing."""

    def __init__(self, shape: CycleShape, out: int) -> None:
        super().__init__()
        kinds, terminals, keys = vocabulary()
        channels = shape.channels
        self.kinds, self.nets = nn.Embedding(len(kinds), channels), nn.Embedding(_NET_SORTS, channels)
        self.features = nn.Linear(2 * len(keys), channels)
        self.rounds = nn.ModuleList(Round(channels, len(terminals)) for _ in range(shape.layers))
        self.read = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 2 * channels), nn.SiLU())
        self.out = nn.Sequential(
            nn.LayerNorm(2 * channels), nn.Linear(2 * channels, 2 * channels), nn.SiLU(), nn.Linear(2 * channels, out)
        )

    def forward(self, graphs: Graphs) -> Float[Tensor, "b o"]:
        devices = self.kinds(graphs.kinds) + self.features(graphs.features)
        nets = self.nets(graphs.nets)
        for each in self.rounds:
            devices, nets = each(devices, nets, graphs)
        read = self.read(devices) * graphs.gates[:, None] / 8  # a circuit has one to three dozen devices
        return self.out(read.new_zeros(graphs.count, read.shape[1]).index_add(0, graphs.owners, read))


class SpecEncoder(nn.Module):
    """One vector for each specification; limits on their normal scales, NaN where open."""

    def __init__(self, wanted: int, channels: int, out: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * wanted, 2 * channels), nn.SiLU(), nn.Linear(2 * channels, 2 * channels), nn.SiLU(),
            nn.Linear(2 * channels, out),
        )  # fmt: skip

    def forward(self, limits: Float[Tensor, "b m"]) -> Float[Tensor, "b o"]:
        opened = limits.isnan()
        return self.layers(torch.cat([torch.where(opened, 0.0, limits), (~opened).to(limits.dtype)], 1))


class Speaker(nn.Module):
    """Words place by place, each by what was said before, by noise and by a vector of the common space."""

    def __init__(self, shape: CycleShape) -> None:
        super().__init__()
        hidden = 2 * shape.channels
        self.begin = nn.Linear(shape.latent + shape.noise, hidden)
        self.said = nn.ModuleList(nn.Linear(size, hidden, bias=False) for size in sizes()[:-1])
        self.next = nn.ModuleList(
            nn.Sequential(
                nn.SiLU(), nn.Dropout(_FORGOTTEN), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, size)
            )
            for size in sizes()
        )

    def scores(self, latent: Tensor, noise: Tensor, words: Int[Tensor, "b p"]) -> list[Float[Tensor, "b w"]]:
        """Scores of the words at each place, where those before it are given."""
        state, found = self.begin(torch.cat([latent, noise], 1)), []
        for place, following in enumerate(self.next):
            found.append(following(state))
            if place < len(self.said):
                state = state + self.said[place](one_hot_at(words[:, place], place))
        return found

    def draw(
        self, latent: Tensor, noise: Tensor, gumbel: Sequence[Float[Tensor, "b w"]], rules: Rules | None
    ) -> list[Float[Tensor, "b w"]]:
        """Words as one-hot vectors, drawn by straight-through Gumbel softmax (Jang et al., arXiv:1611.01144).

        With `rules` only words that some sentence goes on with; exact draws from the scores forward, the softmax's
        gradient backward. Raises ConfigError when scores are no numbers.
        """
        state, chosen = self.begin(torch.cat([latent, noise], 1)), list[Tensor]()
        nodes = np.zeros(len(latent), int)
        for place, following in enumerate(self.next):
            scores = following(state) + gumbel[place]
            if not bool(scores.isfinite().all()):
                raise ConfigError("the weights of this model give scores of words that are no numbers; train it again")
            if rules is not None:
                scores = scores.masked_fill(~torch.as_tensor(rules.allowed(place, nodes)), -torch.inf)
            soft = scores.softmax(1)
            hard = one_hot_at(soft.argmax(1), place)
            chosen.append(hard - soft.detach() + soft if soft.requires_grad else hard)
            if rules is not None:
                nodes = rules.onward(place, nodes, hard.argmax(1).numpy())
            if place < len(self.said):
                state = state + self.said[place](chosen[-1])
        return chosen


class Translator(nn.Module):
    """Both ways between specifications and graphs."""

    def __init__(self, wanted: int, shape: CycleShape) -> None:
        super().__init__()
        self.from_spec = SpecEncoder(wanted, shape.channels, shape.latent)
        self.from_graph = GraphEncoder(shape, shape.latent)
        self.to_words = Speaker(shape)
        self.to_limits = nn.Sequential(
            nn.Linear(shape.latent, 2 * shape.channels), nn.SiLU(), nn.Linear(2 * shape.channels, wanted)
        )

    def reach(self, graphs: Graphs) -> Float[Tensor, "b m"]:
        """F: the limits that circuits can keep, on the normal scales, none open."""
        return self.to_limits(self.from_graph(graphs))


class Critics(nn.Module):
    """Whether a graph, or a specification, looks like one of the data: 1 for yes, 0 for no (least squares)."""

    def __init__(self, wanted: int, shape: CycleShape) -> None:
        super().__init__()
        self.graph = GraphEncoder(shape, 1)
        self.spec = SpecEncoder(wanted, shape.channels, 1)


def _updated(channels: int) -> nn.Module:
    return nn.Sequential(
        nn.LayerNorm(2 * channels), nn.Linear(2 * channels, channels), nn.SiLU(), nn.Linear(channels, channels)
    )


def one_hot(words: Int[np.ndarray, "b p"]) -> list[Float[Tensor, "b w"]]:
    """Words by number as one-hot vectors, place by place."""
    chosen = torch.as_tensor(words)
    return [one_hot_at(chosen[:, place], place) for place in range(chosen.shape[1])]


def one_hot_at(chosen: Int[Tensor, "b"], place: int) -> Float[Tensor, "b w"]:
    """The words at one place as one-hot vectors."""
    return nn.functional.one_hot(chosen, sizes()[place]).float()


def numbers_of(chosen: Sequence[Float[Tensor, "b w"]]) -> Int[np.ndarray, "b p"]:
    """The inverse of `one_hot`."""
    return np.stack([each.detach().argmax(1).numpy() for each in chosen], axis=1)


def graphs(words: Int[np.ndarray, "b p"]) -> Graphs:
    """The circuits of words by number."""
    return supergraph().graphs(one_hot(words))
