"""What training gives, on a circuit with closed forms: calibration, guidance, the same weights after a stop."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

torch = pytest.importorskip("torch")
from safetensors.torch import load_file  # noqa: E402

from genrf.circuits.learned import checkpoint, jobs  # noqa: E402
from genrf.circuits.learned.fitting import fit  # noqa: E402
from genrf.circuits.learned.losses import Asking  # noqa: E402
from genrf.circuits.learned.networks import Shape  # noqa: E402
from genrf.circuits.learned.proposals import Guidance, log_chance, predict, propose  # noqa: E402
from genrf.circuits.learned.runtime import runtime  # noqa: E402
from genrf.circuits.learned.structures import Described, Graph  # noqa: E402
from genrf.circuits.learned.training import Training, optimizers  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from tests.circuits.learned.low_pass import SPEC, TOPOLOGY, decades, sigma, write  # noqa: E402

SHAPE = Shape(16, 2, 1)


def trained_in(folder, data, steps, seed=0):
    console = Console(file=io.StringIO())
    return fit([data], SPEC, "paper", seed, Training(steps, 64, 1e-2), SHAPE, folder, 1, console)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    found = trained_in(folder, write(folder / "data", 6000), 600)
    return folder, found


@pytest.fixture(scope="module")
def trained(fitted):
    return checkpoint.load(fitted[0] / "model.safetensors")


def graph(trained):
    return Graph.of(Described.of(TOPOLOGY), trained.meaning.known)


def test_the_forward_model_is_right_about_values_and_about_its_own_error(trained):
    u = np.random.default_rng(7).random((3000, 2))
    mean, deviation = predict(trained, graph(trained), u)
    scale = trained.meaning.wanted.scales[0]
    assert scale.value(mean[:, 0]) == pytest.approx(decades(u), abs=0.35)
    measured = scale.normal(decades(u) + sigma(u) * np.random.default_rng(8).standard_normal(len(u)))
    z = np.abs((measured - mean[:, 0]) / deviation[:, 0])
    assert np.mean(z < 1) == pytest.approx(0.683, abs=0.06)  # of a normal
    assert np.mean(z < 2) == pytest.approx(0.954, abs=0.03)
    low, high = deviation[u[:, 0] < 0.2, 0].mean(), deviation[u[:, 0] > 0.8, 0].mean()
    # the blur is 0.08 and 0.32 decades in the middles of the two ranges
    assert high / low == pytest.approx(0.32 / 0.08, rel=0.4)


def test_the_chance_to_keep_a_limit_is_that_of_the_blurred_measurement(trained):
    u = np.full((1, 2), [0.5, 0.5])  # decades of 0, blurred by 0.2
    limits = np.array([float(trained.meaning.wanted.scales[0].normal(np.array(0.0))), np.nan])
    assert np.exp(log_chance(trained, graph(trained), u, limits)) == pytest.approx(0.5, abs=0.2)
    assert np.exp(log_chance(trained, graph(trained), u, np.array([np.nan, np.nan]))) == pytest.approx(1.0)


def test_what_is_drawn_keeps_limits_more_often_than_chance(trained):
    limits = np.array([float(trained.meaning.wanted.scales[0].normal(np.array(1.0))), np.nan])
    shares = {}
    for weight in (0.0, 1.0, 3.0):
        u = propose(trained, graph(trained), limits, 400, np.random.default_rng(1), Guidance(weight))
        assert u.shape == (400, 2) and u.min() >= 0 and u.max() <= 1
        shares[weight] = np.mean(decades(u) > 1.0)
    assert shares[0.0] == pytest.approx(0.125, abs=0.08)  # u1 + u2 < 1/2 is a triangle of 1/8
    assert shares[1.0] > 0.6 and shares[3.0] > shares[1.0]


def test_products_of_8_bits_draw_as_many_that_keep_limits(trained):
    onnx = pytest.importorskip("onnxruntime") and runtime("onnx_int8", trained.denoiser)
    limits = np.array([float(trained.meaning.wanted.scales[0].normal(np.array(1.0))), np.nan])
    shares = [
        np.mean(decades(propose(trained, graph(trained), limits, 2000, np.random.default_rng(1), Guidance(), by)) > 1.0)
        for by in (None, onnx)
    ]
    # the same noise; one standard deviation of a share of 2,000 alone would be 0.01
    assert shares[1] == pytest.approx(shares[0], abs=0.03) and shares[0] > 0.6


def test_the_scores_say_so(fitted):
    first, second = fitted[1].metrics
    assert first.metric == "decades" and 0.9 < first.rank_correlation < 1
    # of |x| evenly in [-1, 1] the median is 1/2, and both medians are of one sort of error
    assert second.relative_error == pytest.approx(2 * second.median_error, rel=0.5) and second.median_error < 0.1
    assert second.rank_correlation > 0.99 and abs(first.within_one - 0.683) < 0.1
    card = (fitted[0] / "card.md").read_text()
    for said in ("| low_pass | 5,", "## Range", "| decades | min |", "## Scores", "## Licence"):
        assert said in card


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tmp_path):
    data = write(tmp_path / "data", 200)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        trained_in(tmp_path / name, data, 5, seed)
    a, b, c = (load_file(tmp_path / name / "model.safetensors") for name in "abc")
    assert equal(a, b) and not equal(a, c)
    cards = [(tmp_path / name / "card.md").read_text() for name in "abc"]
    a, b, c = (re.search("decide the weights: `([0-9a-f]{64})`", card)[1] for card in cards)
    assert a == b != c


def equal(one, two):
    """Whether two files hold the same numbers; what was not measured is NaN in both."""
    return all(torch.equal(one[key].nan_to_num(9.0), two[key].nan_to_num(9.0)) for key in one)


class Stopped(Exception):
    pass


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path, monkeypatch):
    data = write(tmp_path / "data", 200)
    trained_in(tmp_path / "whole", data, 10)
    monkeypatch.setattr(jobs, "_EVERY", 4)
    keep, kept = jobs.write_tensors, []

    def stopping(*given):
        keep(*given)
        kept.append(given)
        if len(kept) == 4:  # 4, 8 and 10 steps of the denoiser, 4 of the forward model
            raise Stopped

    monkeypatch.setattr(jobs, "write_tensors", stopping)
    with pytest.raises(Stopped):
        trained_in(tmp_path / "stopped", data, 10)
    assert not (tmp_path / "stopped" / "model.safetensors").exists()
    trained_in(tmp_path / "stopped", data, 10)
    whole, stopped = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "stopped"))
    assert equal(whole, stopped)
    with pytest.raises(ConfigError, match="training_denoiser.safetensors is the state of another training"):
        trained_in(tmp_path / "stopped", data, 11)


def test_each_weight_has_one_optimizer_and_matrices_of_the_layers_have_muon(trained):
    muon, adam = optimizers(trained.forward, Training(1, 64, 1e-2))
    owned = [[id(own) for own in one.param_groups[0]["params"]] for one in (muon, adam)]
    assert sorted(owned[0] + owned[1]) == sorted(id(own) for own in trained.forward.parameters())
    names = {name for name, own in trained.forward.named_parameters() if id(own) in owned[0]}
    layer = {f"backbone.layers.0.{name}.weight" for name in ("mixed", "out", "own.1", "own.3")}
    assert names == layer | {"backbone.slots.inward.1.weight", "backbone.slots.outward.0.weight"}


def test_limits_are_such_as_the_design_keeps():
    normals = np.random.default_rng(0).standard_normal((20000, 2))
    limits = Asking(0.5, 0.1, 0.2).limits(normals, np.array([1.0, -1.0]), np.random.default_rng(1))
    asked = ~np.isnan(limits)
    assert (limits <= normals)[asked[:, 0], 0].all() and (limits >= normals)[asked[:, 1], 1].all()
    assert asked.mean() == pytest.approx(0.9 * 0.8, abs=0.01)
    assert asked.any(axis=1).mean() == pytest.approx(0.9 * (1 - 0.2**2), abs=0.01)
    slack = np.abs(limits - normals)[asked]
    assert slack.mean() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch": 0}, {"learning_rate": -1.0}])
def test_a_number_that_cannot_be_is_named(wrong):
    with pytest.raises(ConfigError, match=f"training: {next(iter(wrong))} must be above 0"):
        Training(**{"steps": 1, "batch": 1, "learning_rate": 1.0, **wrong})


def test_a_shape_that_cannot_be_is_named():
    with pytest.raises(ConfigError, match="channels a multiple of heads, got 2 layers, 10 channels and 4 heads"):
        Shape(10, 4, 2)
