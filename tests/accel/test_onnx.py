"""ONNX files: the same layers as from PyTorch, and what happens with hostile ones."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; pip install genrf[accel]")
onnx = pytest.importorskip("onnx", reason="onnx is not installed; pip install genrf[accel]")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from genrf.accel.exported import profile  # noqa: E402
from genrf.accel.fusion import fuse  # noqa: E402
from genrf.accel.onnx_file import OnnxWorkload  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from tests.accel.networks import NETWORKS  # noqa: E402


def exported(name, folder):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    make, shape = NETWORKS[name]
    module, path = make().eval(), folder / f"{name}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(shape),), str(path), dynamo=True, external_data=False, verbose=False)
    return module, shape, path


@pytest.mark.parametrize(
    "name", ["lenet5", "ds_cnn", "digits_cnn", "encoder", "convolutional_autoencoder", "breast_cancer_mlp"]
)
def test_a_file_has_the_multiplications_of_the_module_it_came_from(name, tmp_path):
    module, shape, path = exported(name, tmp_path)
    found, wanted = OnnxWorkload(str(path)).profile(), profile(module, shape)
    assert not found.unsupported and found.macs == wanted.macs
    mine = [layer.loops for layer in found.computing if layer.operator == "convolution"]
    assert mine == [layer.loops for layer in wanted.computing if layer.operator == "convolution"]


@pytest.mark.parametrize("name", ["digits_cnn", "lenet5"])
def test_a_file_computes_what_the_module_computes(name, tmp_path):
    """Through the fused stages; the exporter has folded batch normalisation already."""
    module, shape, path = exported(name, tmp_path)
    images = np.random.default_rng(0).random((3, *shape[1:]))
    fused = fuse(OnnxWorkload(str(path)).profile())
    found = fused.run(images)[fused.stages[-1].name].reshape(3, -1)
    wanted = module(torch.tensor(images, dtype=torch.float32)).detach().numpy()
    assert np.abs(found - wanted).max() < 1e-4


def one(node, shape=(1, 2, 8, 8), out=(1, 3, 6, 6), weight=None, name="net"):
    """A file of one node."""
    array = np.ones((3, 2, 3, 3), np.float32) if weight is None else weight
    graph = helper.make_graph(
        [node], name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)], [numpy_helper.from_array(array, "w")],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


CONV = helper.make_node("Conv", ["x", "w"], ["y"], name="conv")


def test_a_file_of_one_node(tmp_path):
    onnx.save(one(CONV), tmp_path / "net.onnx")
    found = OnnxWorkload(str(tmp_path / "net.onnx")).profile()
    assert found.macs == 3 * 2 * 9 * 36 and found.parameters == 54 and found["conv"].shape == (1, 3, 6, 6)


def test_an_operator_without_a_place_is_named(tmp_path):
    node = helper.make_node("Det", ["x"], ["y"], name="strange")
    onnx.save(one(node, out=(1, 2)), tmp_path / "net.onnx")
    (missing,) = OnnxWorkload(str(tmp_path / "net.onnx")).profile().unsupported
    assert (missing.node, missing.operator) == ("strange", "Det")


def outside():
    model = one(CONV)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../etc/passwd"
    return model


def undefined():
    return one(helper.make_node("Conv", ["nowhere", "w"], ["y"], name="conv"))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (outside, "tensor 'w' lies in another file, which is not read"),
        (undefined, "nowhere"),
        (
            lambda: one(CONV, weight=np.full((3, 2, 3, 3), np.nan, np.float32)),
            "w of node 'conv' holds values",
        ),
        (lambda: one(CONV, shape=("batch", 2, 8, 8), out=("batch", 3, 6, 6)), "a dimension without a size .batch."),
        (lambda: one(CONV, shape=(1, 2, 2**40, 8), out=(1, 3, 2**40 - 2, 6)), "'x' has the shape .* which cannot be"),
        (lambda: one(CONV, shape=(1, 5, 8, 8)), "node 'conv' takes 2 channels, and gets 5"),
    ],
)
def test_a_hostile_file_is_refused_with_its_name(model, message, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(model().SerializeToString())
    with pytest.raises(ConfigError, match=message):
        OnnxWorkload(str(path)).profile()


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07" + b"\xff" * 40])
def test_bytes_that_are_no_model_are_refused(content, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="net.onnx"):
        OnnxWorkload(str(path)).profile()


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="/nowhere/net.onnx: no such file"):
        OnnxWorkload("/nowhere/net.onnx").profile()


@pytest.mark.slow
def test_a_file_goes_the_whole_way_to_integers(tmp_path):
    """With the data that it was trained for, and without being trained again."""
    from genrf.accel.architecture import Precision
    from genrf.accel.data import Digits
    from genrf.accel.optimizer import ModelOptimizer
    from genrf.accel.training import Training

    data = Digits()
    module = Training(epochs=8).fit(NETWORKS["digits_cnn"][0], data.load()[0])
    path = tmp_path / "trained.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (torch.zeros(1, 1, 8, 8),), str(path), dynamo=True, external_data=False, verbose=False
        )
    found = ModelOptimizer(OnnxWorkload(str(path)), data)
    eight = dict.fromkeys(found.layers, 8)
    assert found.accuracy(found.quantized(Precision(eight, eight)), test=True) > 0.95
