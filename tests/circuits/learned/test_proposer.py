"""From a data set to a run that begins with learned sizes, as a person does it."""

from dataclasses import replace

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.learned.proposer import DiffusionProposer
from genrf.circuits.learned.task import train
from genrf.core.errors import ConfigError
from genrf.core.parts import parts as files
from genrf.core.parts import read_rows
from tests.pipeline.test_command_line import genrf

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402

from genrf.circuits.learned import checkpoint  # noqa: E402

pytestmark = pytest.mark.ngspice
LIGHT = ("task.training.steps=3", "task.training.batch=8", "task.shape.channels=16", "task.shape.layers=1")
FEW = ("model.drawn=12", "model.proposals=5", "samples=8", "budget=40", "front=2", "designs=0", "workers=0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    for arguments in (
        ("task=dataset", "model=library", "budget=80", "workers=0", "hydra.run.dir=data"),
        ("task=train", "dataset=data", *LIGHT, "hydra.run.dir=trained"),
        ("model=diffusion", "model.checkpoint=trained/model.safetensors", *FEW, "hydra.run.dir=run"),
    ):
        done = genrf(*arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def proposer(folder, *settings):
    made = parts("model=diffusion", f"model.checkpoint={folder}/trained/model.safetensors", *FEW[:2], *settings)
    assert isinstance(made.generator, DiffusionProposer)
    return made


def test_a_run_begins_with_what_was_proposed(folder):
    made = proposer(folder)
    structures = made.generator.generate(made.spec, 8, np.random.default_rng(made.settings.seed))
    starts = {structure.name: [dict(values) for values in structure.starts] for structure in structures}
    rows = [row for row in read_rows(files(folder / "run" / "evaluations")) if row.stage == "simulate"]
    for name in {row.structure for row in rows}:
        measured = [row.values for row in rows if row.structure == name]
        assert len(starts[name]) == 5 and len({tuple(values.values()) for values in starts[name]}) == 5
        assert measured[:5] == [pytest.approx(values) for values in starts[name]]
    assert len({row.structure for row in rows}) == 4


def test_a_topology_that_the_model_does_not_know_keeps_its_own_starts(folder):
    made = proposer(folder, "model.generator.only=[lna_cascode_hbt]")  # bipolar: the data had none
    (structure,) = made.generator.generate(made.spec, 8, np.random.default_rng(0))
    assert structure.starts == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["spec=lna_900mhz", "model=diffusion"], "trained for the conditions .*2.4G.*, not for "),
        (["tech=sky130"], "trained for the process generic130, not for sky130"),
    ],
)
def test_a_model_is_not_asked_for_what_it_was_not_trained_for(folder, settings, message):
    made = proposer(folder)
    other = parts(*settings)
    technology = made.generator.technology
    if "tech=sky130" in settings:
        technology = replace(technology, name="sky130")
    generator = replace(made.generator, technology=technology)
    with pytest.raises(ConfigError, match=message):
        generator.generate(other.spec, 8, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("dataset", "changed", "message"),
    [
        (None, {}, "task=train wants a data set: dataset=<run folder of task=dataset>"),
        ("run", {}, r"run: no data set there \(it has no structures.parquet\)"),
        ("data", {"training": {"steps": 0, "batch": 8, "learning_rate": 1e-3}}, "steps must be above 0, got 0"),
        ("data", {"shape": {"channels": 16, "heads": 3, "layers": 1}}, "channels a multiple of heads"),
        ("data", {"tech": "sky130"}, "tech=generic130, not sky130; choose tech=generic130"),
    ],
)  # fmt: skip
def test_a_training_that_cannot_be_is_refused(folder, tmp_path, dataset, changed, message):
    made = parts("task=train")
    made = replace(made, settings=replace(made.settings, tech=changed.get("tech", "generic130")))
    training = changed.get("training", {"steps": 1, "batch": 8, "learning_rate": 1e-3})
    shape = changed.get("shape", {"channels": 16, "heads": 2, "layers": 1})
    with pytest.raises(ConfigError, match=message):
        train(made, tmp_path, dataset and str(folder / dataset), training, shape)
    assert not list(tmp_path.iterdir())


def test_what_is_wrong_is_said_in_one_line_with_status_2(folder):
    save_file({"weights": torch.zeros(2)}, folder / "poisoned.safetensors")
    done = genrf("model=diffusion", "model.checkpoint=poisoned.safetensors", "hydra.run.dir=wrong", cwd=folder)
    assert done.returncode == 2, done.stderr
    assert "schema None, this genrf reads 1; train it again" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_without_a_checkpoint_nothing_is_proposed():
    made = parts("model=diffusion")
    with pytest.raises(ConfigError, match="model=diffusion wants a checkpoint"):
        made.generator.generate(made.spec, 8, np.random.default_rng(0))


def test_training_is_not_repeated_when_it_is_done(folder):
    before = checkpoint.read_tensors(folder / "trained" / "model.safetensors")[0]
    done = genrf("resume=trained", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "step" not in done.stdout
    after = checkpoint.read_tensors(folder / "trained" / "model.safetensors")[0]
    assert all(torch.equal(before[name], after[name]) for name in before)
