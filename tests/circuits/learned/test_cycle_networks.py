"""The graph of all amplifiers, the words and the networks of the CycleGAN, before any training."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genrf.circuits.generate.grammar import Sentence, sentences, topology, words  # noqa: E402
from genrf.circuits.learned.cycle_graph import graphs_of, supergraph  # noqa: E402
from genrf.circuits.learned.cycle_losses import (  # noqa: E402
    Draw,
    Weights,
    distance,
    losses,
    total,
    unlikeliness,
)
from genrf.circuits.learned.cycle_networks import (  # noqa: E402
    Critics,
    CycleShape,
    Translator,
    graphs,
    numbers_of,
    one_hot,
)
from genrf.circuits.learned.cycle_words import Rules, numbers, rules, sentence, sizes  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from tests.circuits.learned.amplifiers import some  # noqa: E402

SHAPE = CycleShape(16, 2, 12, 3)


@pytest.fixture
def translator():
    torch.manual_seed(0)
    return Translator(4, SHAPE)


def spoken(count, seed=0):
    return np.array([numbers(s) for s in some(count, seed)])


def gumbel(count, rng):
    return [torch.tensor(rng.gumbel(size=(count, size)), dtype=torch.float32) for size in sizes()]


def a_draw(count, seed=0):
    rng = np.random.default_rng(seed)
    reached, limits = rng.standard_normal((2, count, 4))
    limits[rng.random((count, 4)) < 0.2] = np.nan
    return Draw.of(spoken(count, seed), reached, limits, SHAPE.noise, rng)


def plain(device):
    return device.kind, tuple(device.nets.items()), tuple(map(str, device.drawn.items()))


def test_the_gates_of_every_sentence_open_on_exactly_its_devices():
    every, open_ = sentences(), []
    for start in range(0, len(every), 2000):
        chosen = one_hot(np.array([numbers(s) for s in every[start : start + 2000]]))
        open_.append(supergraph().gates(chosen))
    gates = torch.cat(open_).numpy()
    assert set(np.unique(gates)) == {0.0, 1.0}
    devices = [plain(device) for device in supergraph().devices]
    for row, s in zip(gates, every, strict=True):
        found = Counter(devices[place] for place in np.flatnonzero(row) if not devices[place][0].startswith("signal"))
        drawn = topology(s)
        wanted = Counter(map(plain, drawn.devices))
        wanted.update(("reference", (("port", net),), (f"('i', '{i}')",)) for net, i in drawn.references.items())
        assert found == wanted, s


def test_a_circuit_is_read_alike_in_the_graph_of_all_and_by_itself_whatever_its_names_and_order(translator):
    rng, chosen = np.random.default_rng(1), some(30)
    words_ = np.array([numbers(s) for s in chosen])
    with torch.no_grad():
        wanted = translator.reach(graphs(words_))
        assert torch.allclose(translator.reach(supergraph().graphs(one_hot(words_), whole=True)), wanted, atol=1e-6)
        renamed = [otherwise_named(topology(s), rng) for s in chosen]
        assert torch.allclose(translator.reach(graphs_of(renamed)), wanted, atol=1e-6)
    assert wanted.std(0).min() > 1e-3  # circuits are told apart


def otherwise_named(drawn, rng):
    nets = sorted({net for d in drawn.devices for net in d.nets.values()} - {"vdd", "0"})
    new = dict(zip(nets, (f"n{i}" for i in rng.permutation(len(nets))), strict=True))
    devices = [
        replace(d, name=f"x{i}", nets={t: new.get(n, n) for t, n in d.nets.items()})
        for i, d in enumerate(drawn.devices)
    ]
    signals, references = [new[n] for n in drawn.signals], {new[n]: i for n, i in drawn.references.items()}
    shuffled = tuple(devices[i] for i in rng.permutation(len(devices)))
    return replace(drawn, devices=shuffled, signals=tuple(signals), references=references)


def test_another_circuit_is_read_otherwise(translator):
    (s,) = some(1)
    drawn = topology(s)
    swapped = replace(drawn, signals=drawn.signals[::-1])
    moved = replace(drawn, devices=tuple(
        replace(d, nets={**d.nets, "s": "vdd"}) if d.name == "m1" else d for d in drawn.devices
    ))  # fmt: skip
    with torch.no_grad():
        own, *others = translator.reach(graphs_of([drawn, swapped, moved]))
    assert all((own - other).abs().max() > 1e-5 for other in others)


def test_the_rules_allow_exactly_the_words_that_some_sentence_goes_on_with():
    """All prefixes of all sentences against a dictionary of them."""
    following = {}
    for s in sentences():
        for place, word in enumerate(numbers(s)):
            following.setdefault(tuple(numbers(s)[:place]), set()).add(word)
    for prefix, wanted in following.items():
        nodes = np.array([0])
        for place, word in enumerate(prefix):
            nodes = rules().onward(place, nodes, np.array([word]))
        assert set(np.flatnonzero(rules().allowed(len(prefix), nodes)[0])) == wanted, prefix
    assert [len(table) for table in rules().children] == [
        len({prefix for prefix in following if len(prefix) == place}) for place in range(7)
    ]


def test_a_prefix_that_no_sentence_has_leads_nowhere():
    tree = Rules.of(np.array([[0, 1], [2, 0]]), (3, 2))
    assert tree.allowed(0, np.array([0])).tolist() == [[True, False, True]]
    assert tree.onward(0, np.array([0, 0, 0]), np.array([0, 1, 2])).tolist() == [0, -1, 1]
    assert tree.allowed(1, np.array([0, 1])).tolist() == [[False, True], [True, False]]


def test_words_have_numbers_and_numbers_words():
    assert all(sentence(np.array(numbers(s))) == s for s in some(50))
    assert sum(sizes()) == sum(map(len, words().values())) == 51


def test_guided_draws_are_sentences_and_unguided_ones_of_an_untrained_network_seldom(translator):
    rng, every = np.random.default_rng(0), set(sentences())
    latent = translator.from_spec(torch.tensor(rng.standard_normal((500, 4)), dtype=torch.float32))
    noise = torch.zeros(500, SHAPE.noise)
    shares = []
    for guide in (rules(), None):
        drawn = numbers_of(translator.to_words.draw(latent, noise, gumbel(500, rng), guide))
        shares.append(np.mean([sentence(each) in every for each in drawn]))
    # chance: 11,363 sentences of 12 6 6 7 8 5 7 word combinations are 1.3 %
    assert shares[0] == 1.0 and shares[1] < 0.1


def test_words_are_drawn_as_often_as_their_scores_say(translator):
    """Gumbel's maximum is a draw from the softmax; forward the vectors are one-hot."""
    rng, n = np.random.default_rng(0), 20000
    with torch.no_grad():
        latent, noise = torch.zeros(n, SHAPE.latent), torch.zeros(n, SHAPE.noise)
        wanted = translator.to_words.scores(latent[:1], noise[:1], torch.zeros(1, 7, dtype=torch.long))[0].softmax(1)
    drawn = translator.to_words.draw(latent, noise, gumbel(n, rng), None)
    assert drawn[0].mean(0).detach().numpy() == pytest.approx(wanted[0].numpy(), abs=0.01)
    for each in drawn:
        assert torch.allclose(each.detach().max(1).values, torch.ones(n)) and torch.allclose(
            each.detach().sum(1), torch.ones(n)
        )


def test_gradients_reach_words_that_were_not_chosen(translator):
    chosen = [each.requires_grad_() for each in one_hot(spoken(8))]
    translator.reach(supergraph().graphs(chosen, whole=True)).sum().backward()
    drawing = [word not in ("single", "auto", "unloaded", "open") for known in words().values() for word in known]
    slopes = torch.cat([each.grad for each in chosen], 1).abs().max(0).values.numpy()
    assert (slopes[np.array(drawing)] > 0).all()  # a block that draws something says what it would change


def test_a_slope_is_that_of_the_gate(translator):
    """Against the difference quotient of a gate that is opened a little, in double precision."""
    translator = translator.double()
    chosen = [each.double() for each in one_hot(spoken(1))]
    slope = [each.clone().requires_grad_() for each in chosen]
    reached(translator, slope).backward()
    for place in range(7):
        word, ends = int((chosen[place][0] == 0).nonzero()[-1]), []
        for moved in (1e-6, -1e-6):
            other = [each.clone() for each in chosen]
            other[place][0, word] += moved
            ends.append(reached(translator, other).item())
        assert slope[place].grad[0, word].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-8)


def reached(translator, chosen):
    several = supergraph().graphs(chosen, whole=True)
    return translator.reach(replace(several, features=several.features.double())).sum()


def test_what_the_spec_cycle_says_reaches_the_speaker_and_the_way_in(translator):
    found = losses(translator, Critics(4, SHAPE), a_draw(6))
    for name in ("spec_cycle", "graph_critic"):  # both see G only through the words it chose
        slopes = torch.autograd.grad(
            found.translator[name], [*translator.to_words.parameters(), *translator.from_spec.parameters()],
            retain_graph=True,
        )  # fmt: skip
        assert all(slope.isfinite().all() for slope in slopes)
        assert sum(slope.abs().max() > 0 for slope in slopes) >= len(slopes) - 1


def test_the_losses_are_what_the_paper_says(translator):
    limits = torch.tensor([[1.0, torch.nan], [0.0, 2.0]])
    assert distance(torch.tensor([[0.0, 9.0], [0.5, 0.0]]), limits).item() == pytest.approx((1 + 0.5 + 2) / 3)
    draw = a_draw(6)
    latent = translator.from_spec(draw.limits)
    with torch.no_grad():
        for each in translator.to_words.next:
            each[-1].weight.zero_()
            each[-1].bias.zero_()
    told = unlikeliness(translator.to_words, latent, draw.noise[0], draw.words).item()
    assert told == pytest.approx(np.mean(np.log(sizes())))  # of even scores: the logarithm of how many words there are


def test_critics_that_always_say_half_have_a_loss_of_a_quarter_each(translator):
    critics = Critics(4, SHAPE)
    with torch.no_grad():
        for last in (critics.graph.out[-1], critics.spec.layers[-1]):
            last.weight.zero_()
            last.bias.fill_(0.5)
    found = losses(translator, critics, a_draw(6))
    assert found.critics.item() == pytest.approx(0.5) and found.translator["graph_critic"].item() == pytest.approx(0.25)
    only = Weights(0, 0, 0, 0, 0)
    assert total(found.translator, only).item() == pytest.approx(0.5)  # the critics' two, with a weight of 1 each


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"layers": 10**9}])
def test_a_shape_that_cannot_be_is_named(wrong):
    with pytest.raises(ConfigError, match=f"shape: {next(iter(wrong))} must be from 1 to 1024, got"):
        CycleShape(**{"channels": 8, "layers": 1, "latent": 8, "noise": 2, **wrong})


def test_a_sentence_outside_the_rules_has_a_graph_too(translator):
    """Unguided words may be any: a current source without a reference, two of a kind."""
    odd = Sentence("reuse", "pi", "auto", "folded", "tank", "overall", "driven")
    assert odd not in sentences()
    with torch.no_grad():
        own = translator.reach(graphs(np.array([numbers(odd)])))
        assert torch.allclose(translator.reach(graphs_of([topology(odd)])), own, atol=1e-5)
