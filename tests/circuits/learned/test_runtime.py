"""The denoiser outside PyTorch: equal in single precision, near in 8 bits, and as good where it counts."""

import sys

import numpy as np
import pytest

from genrf.circuits.generate.catalog import Catalog
from genrf.circuits.learned.structures import Described, Graph, Vocabulary
from genrf.core.errors import ConfigError, ToolNotFound
from genrf.core.spec import DesignSpec

torch = pytest.importorskip("torch")
from genrf.circuits.learned.networks import Denoiser, Shape  # noqa: E402
from genrf.circuits.learned.runtime import TorchRuntime, runtime  # noqa: E402

SPEC = DesignSpec("any", {"gain_db": {"objective": "maximize"}}, {"family": "lna"})
LIBRARY = [Described.of(topology) for topology in Catalog().generate(SPEC, 20, np.random.default_rng(0))]
KNOWN = Vocabulary.of(LIBRARY)


@pytest.fixture(scope="module")
def denoiser():
    torch.manual_seed(0)
    made = Denoiser(KNOWN, 3, Shape(64, 4, 3)).eval()
    for weights in made.parameters():  # untrained ones hardly speak: as large as those of a trained network
        weights.data *= 2.0
    return made


def said(which, denoiser, structure, count, seed=1):
    graph, rng = Graph.of(structure, KNOWN), np.random.default_rng(seed)
    limits = rng.standard_normal((count, 3))
    limits[::2, 1] = np.nan
    velocity = runtime(which, denoiser).velocity(graph, limits)
    return np.array([velocity(rng.standard_normal((count, len(graph.space))), time) for time in (0.999, 0.5, 0.0)])


@pytest.mark.parametrize("structure", LIBRARY, ids=lambda one: one.name)
def test_onnx_equals_torch_for_every_topology(denoiser, structure):
    pytest.importorskip("onnxruntime")
    for count in (1, 6):
        here, there = said("torch", denoiser, structure, count), said("onnx", denoiser, structure, count)
        assert there == pytest.approx(here, abs=2e-5 * np.abs(here).max())


def test_eight_bits_err_by_less_than_a_tenth(denoiser):
    pytest.importorskip("onnxruntime")
    for structure in LIBRARY[:4]:
        here, there = said("torch", denoiser, structure, 64), said("onnx_int8", denoiser, structure, 64)
        # a step of 1/64 of the largest weight and 1/255 of the largest activation is about 3 % of the usual ones, in
        # each of a dozen products that add up
        assert 0 < np.sqrt(np.mean((there - here) ** 2)) < 0.1 * here.std()


@pytest.mark.parametrize("kind", ["onnx", "onnx_int8"])
def test_more_threads_say_the_same(denoiser, monkeypatch, kind):
    pytest.importorskip("onnxruntime")
    from genrf.circuits.learned import onnx_runtime

    found = []
    for count in (1, 3):
        monkeypatch.setattr(onnx_runtime, "cores", lambda count=count: count)
        found.append(said(kind, denoiser, LIBRARY[0], 64))
    np.testing.assert_array_equal(*found)


def test_a_session_is_made_once(denoiser):
    onnx = pytest.importorskip("onnxruntime") and runtime("onnx", denoiser)
    assert onnx.session is onnx.session


def test_a_runtime_that_is_not_known_is_named(denoiser):
    with pytest.raises(ConfigError, match="model.runtime 'onx'; did you mean 'onnx'"):
        runtime("onx", denoiser)
    assert isinstance(runtime("torch", denoiser), TorchRuntime)


def test_without_onnx_runtime_it_is_asked_for(denoiser, monkeypatch):
    monkeypatch.delitem(sys.modules, "genrf.circuits.learned.onnx_runtime", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ToolNotFound, match=r"model.runtime=onnx needs onnx and onnxruntime; pip install genrf\[onnx\]"):
        runtime("onnx", denoiser)
