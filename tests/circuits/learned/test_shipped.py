"""The models that come with genrf: each loads, says what it is, and does what it is for."""

import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genrf.api import parts  # noqa: E402
from genrf.circuits.generate.grammar import sentences  # noqa: E402
from genrf.circuits.learned import checkpoint, cycle_checkpoint  # noqa: E402
from genrf.circuits.learned.shipped import FOLDER  # noqa: E402
from tests.pipeline.test_command_line import genrf  # noqa: E402

FILES = sorted(FOLDER.glob("*.safetensors"))
LIGHT = ("model.drawn=4", "model.steps=2", "model.proposals=1")


def loaded(path):
    return (cycle_checkpoint if path.stem.startswith("cyclegan") else checkpoint).load(path)


def weights(trained):
    """Of each network of a checkpoint."""
    networks = [trained.translator] if hasattr(trained, "translator") else [trained.denoiser, trained.forward]
    return [sum(own.numel() for own in network.parameters()) for network in networks]


def test_they_are_20_megabytes_together_at_the_most():
    assert {path.stem for path in FILES} == {"cyclegan_generic130", "diffusion_generic130", "diffusion_sky130"}
    assert sum(path.stat().st_size for path in FILES) <= 20e6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_holds_what_its_name_and_its_card_say(path):
    trained, card = loaded(path), path.with_suffix(".md").read_text()
    assert trained.meaning.tech == path.stem.split("_")[1]
    schema = checkpoint.read_tensors(path)[1]["schema"].strip("`")
    assert re.search(rf"Schema `?{schema}`?, genrf [\d.]+, seed \d+\.", card)
    for count in weights(trained):
        assert f"{count:,}" in card
    for heading in ("## Data", "## Range", "## Scores", "## Licence"):
        assert f"\n{heading}" in card
    for metric, sense in zip(trained.meaning.wanted.metrics, trained.meaning.wanted.senses, strict=True):
        assert f"| {metric} | {sense} |" in card
    assert f"in `{trained.meaning.tech}`" in card and trained.meaning.conditions in card


def test_topologies_and_sizes_are_learned_together():
    made = parts("model=cyclegan_diffusion", *LIGHT)
    found = made.generator.generate(made.spec, 4, np.random.default_rng(0))
    assert len({one.name for one in found}) == 4 and {one.name for one in found} <= {str(s) for s in sentences()}
    assert all(len(one.starts) == 1 for one in found)
    assert all(set(one.starts[0]) == set(one.space.names) for one in found)


@pytest.mark.ngspice
def test_a_run_of_both(tmp_path):
    few = ("count=2", "samples=2", "budget=8", "front=1", "designs=0", "workers=0")
    done = genrf("model=cyclegan_diffusion", *LIGHT, *few, "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "of the designs it learnt from keep these limits" in (tmp_path / "run" / "genrf.log").read_text()
