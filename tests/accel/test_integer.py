"""The golden model against PyTorch's own convolutions and Python's own integers."""

from fractions import Fraction

import numpy as np
import pytest

from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Pooling, Tensor, divide, load, perform, save
from tests.accel.rtl import convolution, random_images, residual_network

torch = pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")


def test_rounding_is_half_to_even_as_pythons_own():
    totals = np.arange(-300, 300)
    for shift in range(6):
        wanted = [round(Fraction(int(total), 2**shift)) for total in totals]
        assert divide(totals, shift).tolist() == wanted


def test_products_of_the_largest_sums_are_exact():
    total, factor = 2**31 - 1, 2**16 - 1
    for shift in (0, 1, 17, 40, 47):
        wanted = round(Fraction(total * factor, 2**shift))
        assert int(divide(np.array([float(total) * factor]), shift)[0]) == wanted


@pytest.mark.parametrize(
    ("shape", "filters", "stride", "padding", "dilation", "groups"),
    [((3, 7, 9), 3, 1, 1, 1, 1), ((4, 9, 7), 3, 2, 1, 1, 2), ((6, 8, 8), 5, 1, 2, 1, 1), ((4, 11, 8), 3, 1, 2, 2, 4)],
)
def test_a_convolution_is_that_of_pytorch(shape, filters, stride, padding, dilation, groups):
    rng = np.random.default_rng(1)
    source = Tensor("x", shape, 8, True)
    size = [(n + 2 * padding - dilation * (filters - 1) - 1) // stride + 1 for n in shape[1:]]
    step = convolution(
        rng,
        "conv",
        source,
        Tensor("y", (8, *size), 8, True),
        filters,
        stride,
        padding,
        groups=groups,
        dilation=dilation,
    )
    images = rng.integers(-128, 128, (2, *shape))
    summed = torch.nn.functional.conv2d(
        torch.tensor(images, dtype=torch.float64), torch.tensor(step.weight, dtype=torch.float64),
        torch.tensor(step.bias, dtype=torch.float64), stride, padding, dilation, groups,
    ).numpy()  # fmt: skip
    scaled = summed * step.multiplier[:, None, None] / 2.0 ** step.shift[:, None, None]
    assert np.array_equal(perform(step, {"x": images.astype(float)}), np.clip(np.rint(scaled), -128, 127))


def test_pooling_is_that_of_pytorch():
    images = np.random.default_rng(2).integers(-128, 128, (2, 3, 7, 7)).astype(float)
    target = Tensor("y", (3, 4, 4), 8, True)
    found = perform(Pooling("p", "x", target, "max", (3, 3), (2, 2), (1, 1)), {"x": images})
    wanted = torch.nn.functional.max_pool2d(torch.tensor(images), 3, 2, 1).numpy()
    assert np.array_equal(found, wanted)


def test_an_average_counts_nothing_beyond_the_edge():
    images = np.full((1, 1, 2, 2), 100.0)
    step = Pooling("p", "x", Tensor("y", (1, 2, 2), 8, True), "sum", (2, 2), (2, 2), (1, 1), 2**15, 17)
    assert perform(step, {"x": images}).tolist() == [[[[25.0, 25.0], [25.0, 25.0]]]]  # one of four places is inside


def test_an_addition_weighs_both_tensors():
    step = Addition("a", ("x", "y"), Tensor("z", (1, 1, 1), 8, False), (3, 5), 2)
    x, y = np.array([[[[10.0]]]]), np.array([[[[20.0]]]])
    assert perform(step, {"x": x, "y": y}).item() == 32  # 130 / 4 = 32.5, half to even


def test_what_is_saved_is_loaded_again(tmp_path):
    rng = np.random.default_rng(0)
    network = residual_network(rng)
    images = random_images(rng, network, 3)
    save(network, tmp_path)
    assert np.array_equal(load(tmp_path).run(images), network.run(images))


def test_images_that_do_not_fit_are_refused():
    network = residual_network(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"images of shape \(3, 8, 9\), but x is \(3, 8, 8\)"):
        network.run(np.zeros((1, 3, 8, 9), int))
    with pytest.raises(ValueError, match="images hold 0 to 128, but x is -128 to 127"):
        network.run(np.full((1, 3, 8, 8), 128) * (np.arange(8) > 3))


def test_a_rectified_tensor_is_signed_but_never_negative():
    tensor = Tensor("x", (1, 1, 1), 8, signed=True, rectified=True)
    assert (tensor.low, tensor.high) == (0, 127)


def test_tensors_have_an_order():
    network = residual_network(np.random.default_rng(0))
    assert list(network.tensors()) == ["x", "a", "b", "c", "d", "e", "f", "g"]
    assert isinstance(network, IntegerNetwork) and isinstance(network.steps[0], Convolution)
