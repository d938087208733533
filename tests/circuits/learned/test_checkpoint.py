"""Checkpoints come back, and files that are none of ours are refused."""

import io

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
    assert again.meaning == trained.meaning
    for own, other in zip(trained.forward.parameters(), again.forward.parameters(), strict=True):
        assert torch.equal(own, other)


def test_another_version(path):
    with pytest.raises(ConfigError, match="schema '2', this genrf reads 1; train it again"):
        checkpoint.load(changed(path, schema="2"))


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
    with pytest.raises(ConfigError, match="weights 'extra' are not ours"):
        checkpoint.load(changed(path, {"extra": torch.zeros(1)}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"channels": 16', '"channels": 1000000000'),
        ('"channels": 16', '"channels": "many"'),
        ('"heads": 2', '"heads": 3'),
        ('"senses": ["min"', '"senses": ["more"'),
        ('"diffusion_steps": 1000', '"diffusion_steps": 1e18'),
        ('"shape"', '"form"'),
        ("{", "["),
    ],
)
def test_a_meaning_that_cannot_be(path, old, new):
    said = checkpoint.read_tensors(path)[1]["meaning"]
    assert old in said
    with pytest.raises(ConfigError, match="what its weights mean cannot be read"):
        checkpoint.load(changed(path, meaning=said.replace(old, new, 1)))


def test_a_scale_that_does_not_rise(path):
    said = checkpoint.read_tensors(path)[1]["meaning"]
    head, tail = said.split('"values": [', 1)
    with pytest.raises(ConfigError, match="scale of 'decades' does not rise"):
        checkpoint.load(changed(path, meaning=f'{head}"values": [1e9, {tail.split(", ", 1)[1]}'))
