"""The profile against PyTorch's own counter, published figures, and hands."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from genrf.accel.exported import TorchWorkload, profile  # noqa: E402
from genrf.accel.workload import Loops  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from tests.accel.networks import NETWORKS  # noqa: E402


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "fused_encoder"])
def test_multiplications_and_parameters_are_those_of_pytorchs_counter(name):
    """A FLOP counter counts two for each multiplication with its addition."""
    make, shape = NETWORKS[name]
    module = make().eval()
    found = profile(module, shape, name)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(shape))
    assert not found.unsupported
    assert 2 * found.macs == counter.get_total_flops()
    assert found.parameters == sum(parameter.numel() for parameter in module.parameters())


def test_attention_in_one_operator_counts_as_attention_by_hand():
    """PyTorch's counter does not see inside of the fused operator on a processor."""
    fused, by_hand = (profile(NETWORKS[name][0]().eval(), (2, 10, 64)) for name in ("fused_encoder", "encoder"))
    assert fused.macs == by_hand.macs and fused.parameters == by_hand.parameters


def test_published_figures():
    """torchvision's documentation: ResNet18_Weights 11,689,512 parameters and 1.81 GFLOPS (multiplications), and
    MobileNet_V2_Weights 3,504,872 and 0.3."""
    figures = {}
    for name in ("resnet18", "mobilenet_v2"):
        make, shape = NETWORKS[name]
        found = profile(make().eval(), shape)
        figures[name] = (found.parameters, round(found.macs / 1e9, 2))
    assert figures == {"resnet18": (11_689_512, 1.81), "mobilenet_v2": (3_504_872, 0.3)}


def test_loops_of_a_depthwise_layer_and_of_a_strided_one():
    make, shape = NETWORKS["ds_cnn"]
    first, depthwise, pointwise = profile(make().eval(), shape).computing[:3]
    assert first.loops == (Loops(b=1, g=1, k=64, c=1, oy=25, ox=5, fy=10, fx=4),)
    assert first.settings == {"stride": (2, 2), "padding": (5, 1), "dilation": (1, 1), "groups": 1}
    assert depthwise.loops == (Loops(g=64, k=1, c=1, oy=25, ox=5, fy=3, fx=3),)
    assert pointwise.loops[0].macs == 64 * 64 * 125


def test_bytes_and_intensity_by_hand():
    make, shape = NETWORKS["lenet5"]
    linear = profile(make().eval(), shape).computing[-1]  # 84 numbers to 10, for two images
    assert linear.bytes_in(8) == 2 * 84 + 84 * 10 + 10 and linear.bytes_out(8) == 20
    assert linear.intensity(16) == pytest.approx(2 * 840 / (2 * (1018 + 20)))


class Odd(torch.nn.Module):
    def __init__(self, what):
        super().__init__()
        self.linear, self.what = torch.nn.Linear(8, 8), what

    def forward(self, x):
        return self.linear(self.what(self.linear(x)))


@pytest.mark.parametrize(
    ("what", "node"),
    [(lambda x: torch.fft.fft(x).real, "fft_fft"), (lambda x: torch.sort(x).values, "sort"),
     (lambda x: torch.cumsum(x, 0), "cumsum")],
)  # fmt: skip
def test_an_operator_without_a_place_is_named_and_the_rest_is_profiled(what, node):
    found = profile(Odd(what).eval(), (2, 8))
    assert found.unsupported[0].node == node and node.split("_")[0] in found.unsupported[0].operator
    assert found.macs == 2 * 2 * 64


def nan_weights():
    module = torch.nn.Conv2d(1, 2, 3)
    with torch.no_grad():
        module.weight[0] = float("nan")
    return module


class Deciding(torch.nn.Module):
    def forward(self, x):
        return x + 1 if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: torch.nn.Linear(8, 8), (1, 9), r"net: torch.export cannot trace it for an input of \[1, 9\]"),
        (nan_weights, (1, 1, 4, 4), "net: weight of node 'conv2d' holds values that are not finite"),
        (Deciding, (4,), "net: torch.export cannot trace it"),
    ],
)
def test_a_network_that_cannot_be_read_is_refused(make, shape, message):
    with pytest.raises(ConfigError, match=message):
        profile(make().eval(), shape, "net")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nowhere:net", "workload.model=nowhere:net: No module named 'nowhere'; write package.module:callable"),
        ("genrf.accel.networks:resnet99", "has no attribute 'resnet99'"),
        ("genrf.accel.networks", "write package.module:callable"),
        ("builtins:dict", "gives a dict, not a torch.nn.Module"),
    ],
)
def test_a_model_that_is_none_is_named(model, message):
    with pytest.raises(ConfigError, match=message):
        TorchWorkload(model, (1, 3)).profile()
