"""From a trained network to integers: folding changes nothing, and eight bits cost next to nothing."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")

from genrf.accel.architecture import Precision  # noqa: E402
from genrf.accel.data import BreastCancer, Digits  # noqa: E402
from genrf.accel.exported import TorchWorkload, profile  # noqa: E402
from genrf.accel.fusion import fuse  # noqa: E402
from genrf.accel.integer import Convolution  # noqa: E402
from genrf.accel.optimizer import ModelOptimizer  # noqa: E402
from genrf.accel.quantization import factor, integers, ranges, weight_scales  # noqa: E402
from genrf.accel.training import Training  # noqa: E402
from genrf.core.errors import Unsuitable  # noqa: E402


@pytest.fixture(scope="module")
def digits():
    network = TorchWorkload("genrf.accel.small_networks:digits_cnn", (1, 1, 8, 8))
    return ModelOptimizer(network, Digits(), Training(epochs=12), Training(epochs=4, batch=128))


def bits(optimizer, weights, activations):
    return Precision(dict.fromkeys(optimizer.layers, weights), dict.fromkeys(optimizer.layers, activations))


@pytest.mark.parametrize("data", [Digits(), BreastCancer()])
def test_the_data_is_whole_and_no_sample_is_in_both_halves(data):
    train, test = data.load()
    assert len(train) + len(test) in (1797, 569)
    seen = {image.tobytes() for image in train.images}
    assert sum(image.tobytes() in seen for image in test.images) == 0


def test_folding_changes_no_result(digits):
    """The fused network's real numbers against PyTorch's own."""
    module = digits.training.fit(digits.network.make, digits._splits[0])
    images = digits._splits[2].images[:64]
    wanted = module(torch.tensor(images, dtype=torch.float32)).detach().numpy()
    found = digits.fused.run(images)[digits.fused.stages[-1].name].reshape(64, -1)
    assert np.abs(found - wanted).max() < 1e-4


def test_training_again_gives_the_same_network(digits):
    again = ModelOptimizer(digits.network, digits.data, digits.training)
    for one, other in zip(digits.fused.stages, again.fused.stages, strict=True):
        assert one.weight is None or np.array_equal(one.weight, other.weight)


def test_eight_bits_cost_at_most_one_percent_and_the_network_is_good(digits):
    """Published accuracies of small networks on these 8 by 8 digits lie at 97 to 99 % (Alpaydin and Kaynak 1998: 97.8 %
    by nearest neighbours)."""
    network = digits.quantized(bits(digits, 8, 8))
    real = digits.real_accuracy()
    assert real >= 0.97
    assert digits.accuracy(network, test=True) >= real - 0.01


def test_fewer_bits_lose_accuracy_and_fine_tuning_wins_it_back(digits):
    precision = bits(digits, 2, 4)
    plain, tuned = digits.quantized(precision), digits.tuned(precision)
    assert digits.accuracy(plain) < 0.9  # two bits hold -1, 0 and 1
    assert digits.accuracy(tuned) > digits.accuracy(plain) + 0.1


def test_weights_and_results_stay_within_their_bits(digits):
    network = digits.quantized(bits(digits, 4, 2))
    for step in network.steps:
        if isinstance(step, Convolution):
            assert np.abs(step.weight).max() == 7 and step.weight_bits == 4
    values = network.trace(digits.test_images(network, 50))
    for name, tensor in network.tensors().items():
        assert tensor.low <= values[name].min() and values[name].max() <= tensor.high
    assert network.tensors()["conv2d"].bits == 2 and network.result.bits == 8


def test_integers_follow_the_real_numbers(digits):
    """With eight bits every tensor is within three of its units from the real network's on most places."""
    network = digits.quantized(bits(digits, 8, 8))
    images = digits._splits[2].images[:32]
    values = network.trace(digits.integers(network, images))
    real = digits.fused.run(images)
    _, units = ranges(digits.calibration, bits(digits, 8, 8))
    for name, tensor in network.tensors().items():
        held = np.clip(real[name] / units[name], tensor.low, tensor.high)
        assert np.mean(np.abs(values[name] - held) <= 3) > 0.97, name


@pytest.mark.parametrize("ratio", [1.0, 0.9999999, 1e-9, 3.7e-3, 12.34, 0.5, 2**-20])
def test_a_factor_is_within_its_sixteen_bits(ratio):
    multiplier, shift = factor(ratio)
    assert 0 <= multiplier < 2**16 and 0 <= shift <= 47
    assert multiplier / 2.0**shift == pytest.approx(ratio, rel=2**-16 if ratio > 1e-6 else 1e-2)


def test_scales_hold_a_whole_channel_at_eight_bits():
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3))
    scales = weight_scales(weight, 8)
    error = np.abs(
        np.clip(np.rint(weight / scales[:, None, None, None]), -127, 127) * scales[:, None, None, None] - weight
    )
    assert (error.max(axis=(1, 2, 3)) <= 0.2 * np.abs(weight).max(axis=(1, 2, 3))).all()
    assert np.sqrt((error**2).mean()) < 0.01


def test_values_beyond_the_range_are_held_at_its_end(digits):
    network = digits.quantized(bits(digits, 8, 8))
    assert integers(np.array([-5.0, 0.0, 99.0]), 1 / 255, network.source).tolist() == [0, 0, 255]


class Branching(torch.nn.Module):
    def __init__(self, what):
        super().__init__()
        self.conv, self.what = torch.nn.Conv2d(1, 4, 3, padding=1), what

    def forward(self, x):
        y = self.conv(x)
        return self.what(y)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda y: torch.softmax(y, 1), "node 'softmax' is softmax, which the accelerator cannot run"),
        (lambda y: torch.fft.fft(y).real, "node 'fft_fft' is aten.fft_fft.default"),
        (lambda y: torch.relu(y) + y, "is read before and after 'relu'"),
        (lambda y: y.mean(dim=1), r"node 'mean' is a mean over axes \[1\], not rows and columns"),
        (lambda y: torch.nn.functional.avg_pool2d(y, 3, 2, 1, count_include_pad=False), "pools over uneven windows"),
    ],
)
def test_what_the_accelerator_cannot_run_is_named_with_its_node(what, message):
    with pytest.raises(Unsuitable, match=message):
        fuse(profile(Branching(what).eval(), (1, 1, 8, 8)))


def pooled(*layers):
    torch.manual_seed(0)
    return fuse(profile(torch.nn.Sequential(*layers).eval(), (1, 2, 9, 9)))


def block():
    return torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU()


def test_a_maximum_side_by_side_becomes_part_of_its_convolution_and_changes_no_result():
    """Nine rows: the last one fills no window of two."""
    layers = (*block(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(4, 3, 1), torch.nn.MaxPool2d((4, 2)), torch.nn.ReLU())
    fused = pooled(*layers)
    assert [(stage.kind, stage.pool, stage.shape) for stage in fused.stages] == [
        ("convolution", (2, 2), (4, 4, 4)),
        ("convolution", (4, 2), (3, 1, 2)),
    ]
    torch.manual_seed(0)
    module = torch.nn.Sequential(*block(), *layers[3:]).eval()
    module[0].load_state_dict(layers[0].state_dict())
    images = torch.randn(3, 2, 9, 9, generator=torch.Generator().manual_seed(1))
    found = fused.run(images.numpy())[fused.stages[-1].name]
    assert np.abs(found - module(images).detach().numpy()).max() < 1e-5


@pytest.mark.parametrize("pool", [torch.nn.MaxPool2d(3, 2, 1), torch.nn.MaxPool2d(3, 2), torch.nn.AvgPool2d(2)])
def test_other_pooling_stays_a_stage_of_its_own(pool):
    assert [stage.pool for stage in pooled(*block(), pool).stages] == [(1, 1), (1, 1)]


def test_a_convolution_that_others_read_too_keeps_its_whole_result():
    def both(y):
        return torch.nn.functional.max_pool2d(torch.nn.functional.avg_pool2d(y, 1) + y, 2)

    fused = fuse(profile(Branching(both).eval(), (1, 1, 8, 8)))
    assert [stage.kind for stage in fused.stages] == ["convolution", "average_pool", "add", "max_pool"]


def test_normalisation_behind_a_maximum_cannot_be_folded():
    with pytest.raises(Unsuitable, match="batch normalisation must follow a convolution"):
        pooled(torch.nn.Conv2d(2, 4, 3), torch.nn.MaxPool2d(2), torch.nn.BatchNorm2d(4))
