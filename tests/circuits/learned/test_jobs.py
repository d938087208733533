"""The same weights from one process, from two side by side, and from two that share each step."""

import io
from dataclasses import replace
from multiprocessing import active_children

import numpy as np
import pytest
from rich.console import Console

torch = pytest.importorskip("torch")
from safetensors.torch import load_file  # noqa: E402

from genrf.api import parts  # noqa: E402
from genrf.circuits.learned import checkpoint, fitting, jobs, machine  # noqa: E402
from genrf.circuits.learned.examples import read_examples  # noqa: E402
from genrf.circuits.learned.fitting import fit, prepared  # noqa: E402
from genrf.circuits.learned.losses import Asking, DenoisingLoss, MetricsLoss, Part  # noqa: E402
from genrf.circuits.learned.machine import Machine  # noqa: E402
from genrf.circuits.learned.networks import GraphTensors, Shape  # noqa: E402
from genrf.circuits.learned.ranks import Rank  # noqa: E402
from genrf.circuits.learned.schedule import Schedule  # noqa: E402
from genrf.circuits.learned.scores import MetricScore, Scores  # noqa: E402
from genrf.circuits.learned.task import train  # noqa: E402
from genrf.circuits.learned.training import Training  # noqa: E402
from genrf.core.errors import ConfigError, GenrfError  # noqa: E402
from tests.circuits.learned.low_pass import SPEC, write  # noqa: E402

GIVEN = Training(6, 32, 1e-2, precision="float32")


def trained_in(folder, data, given=GIVEN, workers=1):
    console = Console(file=io.StringIO())
    fit([data], SPEC, "paper", 0, given, Shape(16, 2, 1), folder, workers, console)
    return load_file(folder / "model.safetensors")


def far_apart(one, two):
    """How far each weight of one file is from that of the other."""
    return np.concatenate([(one[key] - two[key]).abs().flatten() for key in one if not key.startswith("reach.")])


def untrained(folder):
    """The checkpoint in `folder`, with the weights that its training began with."""
    known = checkpoint.load(folder / "model.safetensors")
    torch.manual_seed(0)
    denoiser, forward = known.meaning.networks()
    return replace(known, denoiser=denoiser, forward=forward)


def held_back(trained, data):
    """The losses of both networks on what `data` held back from them, the denoiser's at many times each."""
    (own,) = prepared(read_examples([data], SPEC.name, "paper"), SPEC, "paper", trained.meaning.shape, 0).held
    graph, rng = GraphTensors.of(own.graph), np.random.default_rng(0)
    parts = [Part(graph, np.tile(own.x0, (40, 1)), np.tile(own.normals, (40, 1)), 1.0, rng)]
    denoising = DenoisingLoss(Schedule(), Asking(), trained.meaning.wanted.signs)
    with torch.no_grad():
        return [float(denoising(trained.denoiser, parts)), float(MetricsLoss()(trained.forward, parts))]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write(tmp_path_factory.mktemp("data"), 200)


@pytest.fixture(scope="module")
def alone(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("alone")
    trained_in(folder, data)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The weights of the same training on other data: as far as weights may not be from those of `alone`."""
    folder = tmp_path_factory.mktemp("elsewhere")
    return trained_in(folder, write(folder / "data", 200, seed=1))


@pytest.mark.slow
def test_both_networks_side_by_side_are_those_of_one_process(tmp_path, data, alone):
    one, two = load_file(alone / "model.safetensors"), trained_in(tmp_path, data, workers=2)
    assert all(torch.equal(one[key].nan_to_num(9.0), two[key].nan_to_num(9.0)) for key in one)


@pytest.mark.slow
def test_two_ranks_that_share_each_step_differ_from_one_process_by_rounding(tmp_path, data, alone, elsewhere):
    one, two = load_file(alone / "model.safetensors"), trained_in(tmp_path, data, replace(GIVEN, ranks=2))
    # AdamW divides by the gradient's size: where that is next to nothing, rounding moves a weight far
    far, others = far_apart(one, two), far_apart(one, elsewhere)
    assert np.quantile(far, 0.99) < 1e-5 and far.max() < others.max() / 10


@pytest.mark.parametrize(
    ("device", "gpus", "backend"), [("cpu", 2, "gloo"), ("auto", 2, "nccl"), ("auto", 1, "gloo"), ("auto", 0, "gloo")]
)
def test_ranks_add_up_where_they_train(tmp_path, data, monkeypatch, device, gpus, backend):
    """Gradients on a processor cannot be summed by nccl, however many GPUs the machine has."""
    met, taken = [], []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setattr(torch.distributed, "init_process_group", lambda backend, *given: met.append(backend))
    monkeypatch.setattr(torch.distributed, "destroy_process_group", lambda: None)
    monkeypatch.setattr(jobs.Job, "run", lambda job, rank: met.append(rank))
    own = prepared(read_examples([data], SPEC.name, "paper"), SPEC, "paper", Shape(16, 2, 1), 0)
    given = replace(GIVEN, device=device)
    jobs.Job("forward", own.meaning, own.learnt, given, 0, tmp_path, "").run_ranked(1, 2)
    assert met == [backend, Rank(1, 2)] and taken == ([1] if backend == "nccl" else [])


def test_a_process_that_is_killed_ends_the_training_beside_it(tmp_path, data, monkeypatch):
    """By the hand that kills for want of memory: this process says so, and does not go on alone."""
    monkeypatch.setattr(jobs, "_EVERY", 5)
    said, steps = [], 3000

    class Killing(Console):
        def print(self, line, **how):
            said.append(line)
            for child in active_children():
                child.kill()

    with pytest.raises(GenrfError, match=f"a process of the training was killed .* resume={tmp_path} goes on") as error:
        fit([data], SPEC, "paper", 0, replace(GIVEN, steps=steps), Shape(16, 2, 1), tmp_path, 2, Killing())
    assert error.value.exit_status == 1
    assert 1 <= len(said) < steps / 5 / 2 and "denoiser: step 5 of 3,000" in said[0]
    assert (tmp_path / "training_denoiser.safetensors").is_file()


def test_mixed_precision_is_nearer_to_single_precision_than_other_data_are(tmp_path, data, alone, elsewhere):
    one, two = load_file(alone / "model.safetensors"), trained_in(tmp_path, data, replace(GIVEN, precision="bfloat16"))
    assert 0 < far_apart(one, two).mean() < far_apart(one, elsewhere).mean() / 4


def test_mixed_precision_learns_as_well(tmp_path):
    """By the losses on designs held back: what products in bfloat16 cost, as a share of what training gains."""
    data = write(tmp_path / "data", 1000)
    after = []
    for precision in ("float32", "bfloat16"):
        folder = tmp_path / precision
        trained_in(folder, data, replace(GIVEN, steps=100, precision=precision))
        after.append(held_back(checkpoint.load(folder / "model.safetensors"), data))
    before = held_back(untrained(tmp_path / "float32"), data)
    assert after[0] != after[1]
    for single, mixed, first in zip(*after, before, strict=True):
        assert single < first - 0.1 and abs(mixed - single) < 0.05 * (first - single)


def test_the_board_shows_losses_rates_and_scores(alone):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator").EventAccumulator
    for name, tags in (
        ("denoiser", {"loss", "learning_rate"}),
        ("forward", {"loss", "learning_rate"}),
        ("scores", {"decades/rank_correlation", "ohm_decades/within_one"}),
    ):
        found = accumulator(str(alone / "tensorboard" / name)).Reload()
        assert tags <= set(found.Tags()["scalars"])
    (last,) = found.Scalars("decades/median_error")
    assert last.step == 6 and last.value > 0
    (rate,) = accumulator(str(alone / "tensorboard" / "denoiser")).Reload().Scalars("learning_rate")
    assert (rate.step, rate.value) == (6, pytest.approx(GIVEN.rate(5)))


@pytest.mark.parametrize(
    ("device", "precision", "message"),
    [
        ("gpu", "auto", "device 'gpu'; .*known: auto, cpu, cuda"),
        ("cpu", "half", "precision 'half'; .*known: auto, bfloat16, float32"),
    ],
)
def test_a_machine_that_cannot_be_is_named(device, precision, message):
    with pytest.raises(ConfigError, match=message):
        Machine.of(device, precision)


def test_a_gpu_is_taken_where_there_is_one_and_missed_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Machine.of("auto", "float32") == Machine(torch.device("cpu"), "float32")
    with pytest.raises(ConfigError, match="device=cuda, but PyTorch sees no GPU here"):
        Machine.of("cuda", "auto")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert Machine.of("auto", "float32").device == torch.device("cuda")
    assert Machine.of("cpu", "float32").device == torch.device("cpu")


@pytest.mark.parametrize(("there", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_products_are_mixed_where_the_hardware_has_them(monkeypatch, there, precision):
    monkeypatch.setattr(machine, "_multiplies_bfloat16", lambda device: there)
    assert Machine.of("cpu", "auto").precision == precision


@pytest.mark.parametrize(("asked", "taken"), [("dask", None), (1, 1), (None, None)])
def test_a_cluster_that_measures_is_nothing_to_training(tmp_path, monkeypatch, asked, taken):
    made, seen = parts("task=train"), []

    def fit(*given):
        seen.append(given[7])
        return Scores(1, (MetricScore("gain_db", 1.0, 0.0, 0.0, 1.0, 1.0),))

    monkeypatch.setattr(fitting, "fit", fit)
    made = replace(made, settings=replace(made.settings, workers=asked))
    given = {"steps": 1, "batch": 8, "learning_rate": 1e-3}
    train(made, tmp_path, "data", given, {"channels": 16, "heads": 2, "layers": 1})
    assert seen == [taken]


def test_more_ranks_than_a_step_has_structures_are_refused():
    with pytest.raises(ConfigError, match="ranks must be 1 to 8, a step's structures, got 9"):
        replace(GIVEN, ranks=9)
