"""What the networks see of a circuit, and that names and order are nothing to them."""

from dataclasses import replace

import numpy as np
import pytest

from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.generate.grammar import Grammar
from genrf.circuits.learned.structures import Described, Graph, Vocabulary
from genrf.circuits.topology import Device, Times, Topology
from genrf.core.errors import ConfigError
from genrf.core.space import Space
from genrf.core.spec import DesignSpec

torch = pytest.importorskip("torch")
from genrf.circuits.learned.networks import Denoiser, ForwardModel, GraphTensors, Joined, Shape  # noqa: E402

SPEC = DesignSpec("any", {"gain_db": {"objective": "maximize"}}, {"family": "lna"})
LIBRARY = Catalog().generate(SPEC, 20, np.random.default_rng(0))
SHAPE = Shape(32, 4, 2)


def known():
    return Vocabulary.of([Described.of(topology) for topology in LIBRARY])


def graph(topology):
    return Graph.of(Described.of(topology), known())


def relations(graph):
    """How often the terminals of two tokens share a net, way by way, as a dense array."""
    n, ways = len(graph.kinds), known().relations
    dense = np.zeros((n, n, ways))
    np.add.at(dense, tuple(graph.shared[:, :3].T), graph.shared[:, 3])
    return dense


def joined(*parts):
    return Joined.of([(GraphTensors.of(graph), len(graph.space), count) for graph, count in parts])


def renamed(topology, rng):
    """The same circuit with other names of devices, inner nets and variables, devices and variables shuffled."""
    order, places = rng.permutation(len(topology.devices)), rng.permutation(len(topology.space))
    names = {v.name: f"x{i}" for i, v in enumerate(topology.space.variables)}

    def net(name):
        return name if name in ("vdd", "0") else f"net_{name}_"

    def drawn(value):
        if isinstance(value, Times):
            return Times(names[value.variable], names.get(value.factor, value.factor))
        return names.get(value, value) if isinstance(value, str) else value

    devices = tuple(
        Device(
            f"d{i}",
            d.kind,
            {t: net(n) for t, n in d.nets.items()},
            {k: drawn(v) for k, v in d.drawn.items()},
        )
        for i, d in enumerate(topology.devices[place] for place in order)
    )
    variables = tuple(replace(topology.space.variables[p], name=f"x{p}") for p in places)
    references = {net(n): drawn(v) for n, v in topology.references.items()}
    signals = tuple(map(net, topology.signals))
    return Topology("other", topology.family, "", signals, references, devices, Space(variables)), places


@pytest.mark.parametrize("topology", LIBRARY, ids=lambda topology: topology.name)
def test_renaming_and_reordering_permute_what_comes_out(topology):
    other, places = renamed(topology, np.random.default_rng(3))
    torch.manual_seed(0)
    model, forward = Denoiser(known(), 3, SHAPE), ForwardModel(known(), 3, SHAPE)
    x, time = torch.randn(4, len(topology.space)), torch.rand(4)
    limits = torch.tensor([[0.5, torch.nan, -1.0]]).expand(4, -1)
    one, two = joined((graph(topology), 4)), joined((graph(other), 4))
    turned = x[:, places].flatten()
    with torch.no_grad():
        here, there = model(x.flatten(), time, limits, one), model(turned, time, limits, two)
        assert torch.allclose(here.view(4, -1)[:, places], there.view(4, -1), atol=1e-5)
        for mine, yours in zip(forward(x.flatten(), one), forward(turned, two), strict=True):
            assert torch.allclose(mine, yours, atol=1e-5)


def test_another_wiring_is_another_circuit_to_them():
    cascode = next(topology for topology in LIBRARY if topology.name == "lna_cascode")
    rewired = tuple(
        replace(d, nets={**d.nets, "d": "drain"}) if d.name == "m1" else d for d in cascode.devices
    )  # past the upper transistor
    other = replace(cascode, devices=rewired)
    torch.manual_seed(0)
    model = Denoiser(known(), 1, SHAPE)
    x, time, limits = torch.randn(4 * len(cascode.space)), torch.rand(4), torch.zeros(4, 1)
    with torch.no_grad():
        here, there = (model(x, time, limits, joined((graph(t), 4))) for t in (cascode, other))
    assert (here - there).abs().max() > 1e-4  # ten times what reordering may change, in untrained networks


def test_topologies_in_one_go_are_nothing_to_each_other():
    torch.manual_seed(0)
    model, forward = Denoiser(known(), 3, SHAPE), ForwardModel(known(), 3, SHAPE)
    parts = [(graph(topology), count) for topology, count in zip(LIBRARY, (3, 1, 5), strict=False)]
    values, designs = [len(g.space) * count for g, count in parts], [count for _, count in parts]
    x, time, limits = torch.randn(sum(values)), torch.rand(9), torch.randn(9, 3)
    with torch.no_grad():
        whole, means = model(x, time, limits, joined(*parts)), forward(x, joined(*parts))[0]
        pieces = zip(x.split(values), time.split(designs), limits.split(designs), parts, strict=True)
        alone = [model(a, b, c, joined(part)) for a, b, c, part in pieces]
        apart = [forward(a, joined(part))[0] for a, part in zip(x.split(values), parts, strict=True)]
    assert torch.allclose(whole, torch.cat(alone), atol=1e-5)
    assert torch.allclose(means, torch.cat(apart), atol=1e-5)


def test_every_topology_of_library_and_grammar_has_a_graph_in_which_each_variable_is_drawn():
    topologies = [*LIBRARY, *Grammar().generate(SPEC, 60, np.random.default_rng(1))]
    described = [Described.of(topology) for topology in topologies]
    vocabulary = Vocabulary.of(described)
    for one, topology in zip(described, topologies, strict=True):
        made = Graph.of(one, vocabulary)
        assert set(made.variables) == set(range(len(topology.space)))
        assert len(made.kinds) == len(topology.devices) + len(topology.signals) + len(topology.references)
        assert np.isfinite(made.features).all()
        pairs = {tuple(pair) for pair in made.shared[:, :2].tolist()}
        assert pairs == {(j, i) for i, j in pairs}


def test_a_pair_on_one_net_is_counted_by_what_the_net_is():
    cascode = next(topology for topology in LIBRARY if topology.name == "lna_cascode")
    vocabulary, made = known(), graph(cascode)
    tokens = Described.of(cascode).tokens()
    names = ["in", "out", "bias", *(device.name for device in cascode.devices)]
    m1, m2 = names.index("m1"), names.index("m2")
    sharing = relations(made)[m1, m2].reshape(3, len(vocabulary.terminals), -1)
    at = vocabulary.terminals.index
    # m1's drain is m2's source, an inner net; both bulks are on ground; m2's gate is on the supply, m1's is not
    assert sharing[2, at("d"), at("s")] == 1 and sharing[1, at("b"), at("b")] == 1 and sharing[0].sum() == 0
    assert sharing.sum() == 2
    assert tokens[m1].kind == "nmos"


@pytest.mark.parametrize("topology", LIBRARY, ids=lambda topology: topology.name)
def test_the_ends_of_two_terminal_devices_are_alike(topology):
    turned = [
        replace(d, nets={"a": d.nets["b"], "b": d.nets["a"]}) if set(d.nets) == {"a", "b"} else d
        for d in topology.devices
    ]
    other = replace(topology, devices=tuple(turned))
    assert other.devices != topology.devices
    assert (graph(other).shared == graph(topology).shared).all()


@pytest.mark.parametrize("topology", LIBRARY, ids=lambda topology: topology.name)
def test_devices_that_share_a_variable_have_one_say_in_it_together(topology):
    made = GraphTensors.of(graph(topology))
    say = torch.zeros(len(topology.space)).index_add(0, made.variables, made.weights[:, 0])
    assert torch.allclose(say, torch.ones(len(topology.space)))


def test_a_kind_that_the_model_was_not_trained_on_is_named():
    bipolar = next(topology for topology in LIBRARY if topology.name == "lna_cascode_hbt")
    mos = Vocabulary.of([Described.of(topology) for topology in LIBRARY if "hbt" not in topology.name])
    with pytest.raises(ConfigError, match="structure 'lna_cascode_hbt': the model knows no 'npn'"):
        Graph.of(Described.of(bipolar), mos)


def test_the_networks_are_small():
    count = sum(p.numel() for p in Denoiser(known(), 7, Shape(128, 8, 6)).parameters())
    assert count < 2e6
