"""Checkpoints come back, and files that are none of ours are refused."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402

from genrf.circuits.learned import checkpoint  # noqa: E402
from genrf.circuits.learned.fitting import fit  # noqa: E402
from genrf.circuits.learned.networks import Shape  # noqa: E402
from genrf.circuits.learned.training import Training  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from tests.circuits.learned.low_pass import SPEC, write  # noqa: E402


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    console = Console(file=io.StringIO())
    fit([write(folder / "data", 200)], SPEC, "paper", 0, Training(2, 8, 1e-3), Shape(16, 2, 1), folder, 1, console)
    return folder / "model.safetensors"


@pytest.fixture
def trained(whole):
    return checkpoint.load(whole)


@pytest.fixture
def path(whole, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(whole.read_bytes())
    return path


def changed(path, tensors=None, **text):
    weights, said = checkpoint.read_tensors(path)
    save_file({**weights, **(tensors or {})}, path, {**said, **text})
    return path


def test_it_comes_back_as_it_was(trained, tmp_path):
    checkpoint.save(trained, tmp_path / "again.safetensors")
    again = checkpoint.load(tmp_path / "again.safetensors")
    assert again.meaning == trained.meaning and again.reach.trusted == trained.reach.trusted
    np.testing.assert_array_equal(again.reach.front, trained.reach.front)  # where NaN equals NaN
    np.testing.assert_array_equal(again.reach.sample, trained.reach.sample)
    for own, other in zip(trained.forward.parameters(), again.forward.parameters(), strict=True):
        assert torch.equal(own, other)


def test_the_same_weights_are_the_same_bytes(trained, tmp_path):
    for number in range(8):
        checkpoint.save(trained, tmp_path / f"{number}.safetensors")
    assert len({(tmp_path / f"{number}.safetensors").read_bytes() for number in range(8)}) == 1


def test_another_version(path):
    with pytest.raises(ConfigError, match="schema '1', this genrf reads 2; train it again"):
        checkpoint.load(changed(path, schema="1"))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_cut_short(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ConfigError, match="not a whole safetensors file"):
        checkpoint.load(path)


def test_a_pickle_is_not_opened(tmp_path):
    torch.save({"weights": torch.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(ConfigError, match="not a whole safetensors file"):
        checkpoint.load(tmp_path / "model.safetensors")


def test_not_there(tmp_path):
    with pytest.raises(ConfigError, match="no such file; task=train makes one"):
        checkpoint.load(tmp_path / "model.safetensors")


def test_weights_that_are_no_numbers(path):
    name = "denoiser.backbone.after.weight"
    with pytest.raises(ConfigError, match=f"weights '{name}' are not all finite"):
        checkpoint.load(changed(path, {name: torch.full((16,), torch.nan)}))


def test_weights_of_another_size(path):
    name = "forward.backbone.after.weight"
    with pytest.raises(ConfigError, match=rf"weights '{name}' are torch.float32 \(17,\), wanted .* \(16,\)"):
        checkpoint.load(changed(path, {name: torch.zeros(17)}))


def test_weights_of_something_else(path):
    with pytest.raises(ConfigError, match="'extra' is not ours"):
        checkpoint.load(changed(path, {"extra": torch.zeros(1)}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"channels": 16', '"channels": 1000000000'),
        ('"channels": 16', '"channels": "many"'),
        ('"heads": 2', '"heads": 3'),
        ('"senses": ["min"', '"senses": ["more"'),
        ('"diffusion_steps": 1000', '"diffusion_steps": 1e18'),
        ('"channels": 16', '"channels": 1e999'),
        ('"metrics": ["decades", "ohm_decades"', '"metrics": ["decades", "decades"'),
        ('"kinds": ["', '"kinds": ["resistor", "resistor", "'),
        ('"shape"', '"form"'),
        ("{", "["),
        ("{", 100_000 * "["),
    ],
)
def test_a_meaning_that_cannot_be(path, old, new):
    said = checkpoint.read_tensors(path)[1]["meaning"]
    assert old in said
    with pytest.raises(ConfigError, match="what its weights mean cannot be read"):
        checkpoint.load(changed(path, meaning=said.replace(old, new, 1)))


def test_sizes_that_no_memory_holds_are_refused_before_they_are_made(path):
    said = json.loads(checkpoint.read_tensors(path)[1]["meaning"])
    said["known"]["terminals"] = [f"t{i}" for i in range(1000)]  # three million relations
    said["shape"] = {"channels": 1024, "heads": 64, "layers": 64}  # for each of 4,096 heads
    with pytest.raises(ConfigError, match="is missing"):
        checkpoint.load(changed(path, meaning=json.dumps(said)))
    said["shape"] = {"channels": 16, "heads": 2, "layers": 1}
    with pytest.raises(ConfigError, match=r"bias.weight' are torch.float32 \(2, \d+\), wanted .* \(2, 3000000\)"):
        checkpoint.load(changed(path, meaning=json.dumps(said)))


@pytest.mark.parametrize("kind", [torch.float16, torch.float64, torch.int32])
def test_weights_of_another_kind(path, kind):
    name = "forward.backbone.after.weight"
    with pytest.raises(ConfigError, match=f"weights '{name}' are {kind} .*, wanted torch.float32"):
        checkpoint.load(changed(path, {name: torch.zeros(16, dtype=kind)}))


@pytest.mark.parametrize(
    "wrong",
    [
        torch.zeros(3, 2),
        torch.zeros(3, 5, dtype=torch.float16),
        torch.zeros(0, 2, dtype=torch.float16),
        torch.full((3, 2), torch.inf, dtype=torch.float16),
    ],
    ids=["float32", "five metrics", "none", "infinite"],
)
def test_a_reach_that_cannot_be(path, wrong):
    with pytest.raises(ConfigError, match=r"'reach.front' is torch.* wanted finite torch.float16 with 2 metrics"):
        checkpoint.load(changed(path, {"reach.front": wrong}))


@pytest.mark.parametrize("trusted", [None, "far", -1.0, float("nan"), float("inf")])
def test_a_trust_that_cannot_be(path, trusted):
    said = json.loads(checkpoint.read_tensors(path)[1]["meaning"])
    with pytest.raises(ConfigError, match="trusted up to .* sigma, wanted a number from 0 on"):
        checkpoint.load(changed(path, meaning=json.dumps({**said, "trusted": trusted})))


def test_what_is_missing_is_named(path):
    weights, said = checkpoint.read_tensors(path)
    save_file({name: own for name, own in weights.items() if name != "reach.sample"}, path, said)
    with pytest.raises(ConfigError, match="'reach.sample' is missing"):
        checkpoint.load(path)


def test_a_scale_that_does_not_rise(path):
    said = checkpoint.read_tensors(path)[1]["meaning"]
    head, tail = said.split('"values": [', 1)
    with pytest.raises(ConfigError, match="scale of 'decades' does not rise"):
        checkpoint.load(changed(path, meaning=f'{head}"values": [1e9, {tail.split(", ", 1)[1]}'))
