"""The CycleGAN from a data set to topologies, on amplifiers whose metrics follow from their words."""

import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

torch = pytest.importorskip("torch")
from safetensors.torch import load_file, save_file  # noqa: E402

from genrf.api import parts  # noqa: E402
from genrf.circuits.generate.catalog import Catalog  # noqa: E402
from genrf.circuits.generate.cyclegan import CycleGANGenerator  # noqa: E402
from genrf.circuits.generate.grammar import sentences  # noqa: E402
from genrf.circuits.learned import cycle_checkpoint, cycle_data, cycle_scores, cycle_task, cycle_training  # noqa: E402
from genrf.circuits.learned.checkpoint import read_tensors  # noqa: E402
from genrf.circuits.learned.cycle_sampling import distinct, drawn, reach  # noqa: E402
from genrf.circuits.learned.cycle_words import numbers, rules, sentence  # noqa: E402
from genrf.circuits.learned.examples import read_examples  # noqa: E402
from genrf.circuits.learned.trainer import train  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from genrf.core.spec import DesignSpec  # noqa: E402
from tests.circuits.learned.amplifiers import SPEC, TUNED, write  # noqa: E402
from tests.circuits.learned.low_pass import write as write_low_pass  # noqa: E402

SHAPE = {"channels": 16, "layers": 1, "latent": 12, "noise": 2}
MADE = SimpleNamespace(spec=SPEC, settings=SimpleNamespace(tech="paper", seed=0))


def trained_in(folder, data, steps, seed=0, batch=16):
    made = SimpleNamespace(spec=SPEC, settings=SimpleNamespace(tech="paper", seed=seed))
    said = io.StringIO()
    training = {"steps": steps, "batch": batch, "learning_rate": 5e-3}
    cycle_task.train(made, folder, str(data), training, SHAPE, Console(file=said, width=400))
    return said.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write(tmp_path_factory.mktemp("amplifiers"))


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    return folder, trained_in(folder, data, 200)


@pytest.fixture(scope="module")
def trained(fitted):
    return cycle_checkpoint.load(fitted[0] / "model.safetensors")


@pytest.fixture
def path(fitted, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes((fitted[0] / "model.safetensors").read_bytes())
    return path


def limits(trained, gain):
    return trained.meaning.wanted.limits(replace(SPEC, goals={"gain_db": {"min": gain, "objective": "maximize"}}))


def test_losses_and_cycles_go_down(fitted):
    lines = [line for line in fitted[1].splitlines() if line.startswith("step")]
    first, last = (dict(part.split() for part in line.split(": ", 1)[1].split(", ")) for line in (lines[0], lines[-1]))
    for name in ("graph_cycle", "graph_identity", "spec_identity", "paired"):
        assert float(last[name]) < float(first[name])


def test_the_board_shows_the_losses_of_all_players_and_rates(fitted):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator").EventAccumulator
    found = accumulator(str(fitted[0] / "tensorboard")).Reload()
    last = next(line for line in reversed(fitted[1].splitlines()) if line.startswith("step 200 of 200"))
    for name, mean in (part.split() for part in last.split(": ", 1)[1].split(", ")):
        shown = {point.step: point.value for point in found.Scalars(f"loss/{name}")}
        assert sorted(shown) == list(range(20, 201, 20))
        # a line stands for a hundred steps, a point for twenty
        assert np.mean([shown[step] for step in range(120, 201, 20)]) == pytest.approx(float(mean), abs=6e-4)
    rates = {point.step: point.value for point in found.Scalars("learning_rate")}
    assert rates[100] == pytest.approx(2.5e-3 * (1 + np.cos(np.pi * 99 / 200)))  # half a cosine, from 5e-3


def test_more_of_what_is_drawn_for_a_high_gain_can_have_it(trained):
    """Tuned loads have 20 dB, others 10: a third of the data and of the grammar is tuned."""
    rng, shares = np.random.default_rng(1), []
    for gain in (19.0, 8.0):
        words = drawn(trained, np.tile(limits(trained, gain), (400, 1)), rng, rules())
        shares.append(np.mean([sentence(each).load in TUNED for each in words]))
    assert shares[0] > 0.6 and shares[0] > shares[1]


def test_the_way_back_says_what_topologies_reach(trained):
    rng = np.random.default_rng(2)
    words = np.array([numbers(sentences()[i]) for i in rng.permutation(len(sentences()))[:400]])
    tuned = np.array([sentence(each).load in TUNED for each in words])
    said = reach(trained, words)[:, 0]
    assert said[tuned].mean() > said[~tuned].mean() + 0.5  # of standard deviations; both are apart by about two


def test_the_same_seed_draws_the_same_and_all_differ(trained, fitted):
    generator = CycleGANGenerator(SimpleNamespace(name="paper"), str(fitted[0] / "model.safetensors"), 1.0)
    one, again, other = (generator.generate(SPEC, 12, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one == again != other
    assert len({drawn.name for drawn in one}) == 12
    assert {drawn.name for drawn in one} <= {str(s) for s in sentences()}


def test_fewer_come_when_the_network_has_no_more_to_say(trained, monkeypatch):
    always = np.array([numbers(sentences()[7])])
    monkeypatch.setattr("genrf.circuits.learned.cycle_sampling.drawn", lambda *given: np.repeat(always, 4, axis=0))
    assert distinct(trained, limits(trained, 10.0), 4, np.random.default_rng(0), 1.0) == [sentences()[7]]


def test_warmth_draws_more_that_is_different(trained):
    asked, counts = np.tile(limits(trained, 19.0), (300, 1)), []
    for warmth in (0.5, 1.0, 3.0):
        words = drawn(trained, asked, np.random.default_rng(0), rules(), warmth)
        counts.append(len(np.unique(words, axis=0)))
    assert counts[0] < counts[1] < counts[2]
    with pytest.raises(ConfigError, match="model=cyclegan: warmth must be above 0, got 0"):
        CycleGANGenerator(SimpleNamespace(name="paper"), None, 0.0)


def test_the_card_says_so(fitted):
    card = (fitted[0] / "card.md").read_text()
    identity = read_tensors(fitted[0] / "training.safetensors")[1]["identity"]
    for said in ("190 designs of 38 structures in `paper`", "2 more structures", "| gain_db | min |", "## Licence"):
        assert said in card
    assert identity in card
    assert "keep the rules unguided" in fitted[1]


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(data, tmp_path, monkeypatch):
    class Stopped(Exception):
        pass

    trained_in(tmp_path / "whole", data, 6)
    keep = cycle_training.CycleFit.keep
    monkeypatch.setattr(cycle_training, "_EVERY", 2)

    def stopping(self, path):
        keep(self, path)
        if self.step == 4:
            raise Stopped

    monkeypatch.setattr(cycle_training.CycleFit, "keep", stopping)
    with pytest.raises(Stopped):
        trained_in(tmp_path / "stopped", data, 6)
    monkeypatch.setattr(cycle_training.CycleFit, "keep", keep)
    assert not (tmp_path / "stopped" / "model.safetensors").exists()
    trained_in(tmp_path / "stopped", data, 6)
    trained_in(tmp_path / "other", data, 6, seed=1)
    whole, stopped, other = (load_file(tmp_path / n / "model.safetensors") for n in ("whole", "stopped", "other"))
    assert all(torch.equal(whole[key], stopped[key]) for key in whole)
    assert not all(torch.equal(whole[key], other[key]) for key in whole)
    with pytest.raises(ConfigError, match="training.safetensors is the state of another training"):
        trained_in(tmp_path / "stopped", data, 7)


def test_designs_that_keep_the_spec_better_are_drawn_more_often(data):
    """By e for each tenth of the data; of ten designs the best is drawn e^9 times as often as the worst."""
    found = cycle_data.keenness(np.arange(10.0))
    assert found[0] / found[9] == pytest.approx(np.exp(9.0)) and found[3] / found[4] == pytest.approx(np.e)
    assert len(set(cycle_data.keenness(np.zeros(5)))) == 1
    domains = cycle_data.domains(read_examples([data], "toy_lna", "paper"), SPEC, "paper", 0.25, 0)
    learnt, held = ({tuple(words) for words in part.words.tolist()} for part in (domains.learnt, domains.held))
    assert len(learnt) == 30 and len(held) == 10 and not learnt & held
    assert domains.learnt.chances.sum() == pytest.approx(1.0) and domains.held.chances.sum() == pytest.approx(1.0)


def test_correlations_are_those_of_ranks():
    known = np.array([[1.0, 2.0, np.nan], [2.0, 1.0, 5.0], [3.0, 0.0, 6.0], [4.0, -7.0, 7.0]])
    said = np.stack([known[:, 0] ** 3, known[:, 0], np.ones(4)], axis=1)
    first, second, third = cycle_scores.correlations(said, known)
    assert first == pytest.approx(1.0) and second == pytest.approx(-1.0) and np.isnan(third)
    assert cycle_scores.allowed(np.array([numbers(sentences()[0]), [0] * 7])) == 0.5  # cs with auto bias is none


def changed(path, tensors=None, **text):
    weights, said = read_tensors(path)
    save_file({**weights, **(tensors or {})}, path, {**said, **text})
    return path


def test_a_checkpoint_of_another_version_or_kind(path):
    with pytest.raises(ConfigError, match="schema '1', model=cyclegan reads 'cyclegan 1'; task=train model=cyclegan"):
        cycle_checkpoint.load(changed(path, schema="1"))


def test_a_checkpoint_for_another_grammar(path):
    meaning = json.loads(read_tensors(path)[1]["meaning"])
    with pytest.raises(ConfigError, match="trained with another grammar of amplifiers; train it again"):
        cycle_checkpoint.load(changed(path, meaning=json.dumps({**meaning, "grammar": "0" * 64})))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_checkpoint_cut_short(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ConfigError, match="not a whole safetensors file"):
        cycle_checkpoint.load(path)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"to_limits.2.bias": torch.full((2,), torch.nan)}, "weights 'to_limits.2.bias' are not all finite"),
        ({"to_limits.2.bias": torch.zeros(3)}, r"weights 'to_limits.2.bias' are .* \(3,\), wanted .* \(2,\)"),
        ({"extra": torch.zeros(1)}, "weights 'extra' are not ours"),
    ],
)
def test_a_checkpoint_with_weights_that_are_none(path, tensors, message):
    with pytest.raises(ConfigError, match=message):
        cycle_checkpoint.load(changed(path, tensors))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"channels": 16', '"channels": 1000000000'),
        ('"channels": 16', '"channels": 1e999'),
        ('"metrics": ["gain_db", "power_w"', '"metrics": ["gain_db", "gain_db"'),
        ('"min"', '"more"'),
        ('"shape"', '"form"'),
        ("{", "["),
        ("{", 100_000 * "["),
    ],
)
def test_a_checkpoint_whose_meaning_cannot_be(path, old, new):
    said = read_tensors(path)[1]["meaning"]
    assert old in said
    with pytest.raises(ConfigError, match="what its weights mean cannot be read"):
        cycle_checkpoint.load(changed(path, meaning=said.replace(old, new, 1)))


def test_sizes_are_refused_before_they_are_made(path, monkeypatch):
    made = list[str]()
    kept = cycle_checkpoint.CycleMeaning.network

    def network(self):
        translator = kept(self)
        made.append(translator.to_limits[0].weight.device.type)
        return translator

    monkeypatch.setattr(cycle_checkpoint.CycleMeaning, "network", network)
    said = json.loads(read_tensors(path)[1]["meaning"])
    said["shape"] = {"channels": 1024, "layers": 2, "latent": 64, "noise": 2}
    with pytest.raises(ConfigError, match="weights 'from_graph.rounds.1.*' are missing"):
        cycle_checkpoint.load(changed(path, meaning=json.dumps(said)))
    assert made == ["meta"]


def test_weights_that_give_no_numbers_are_refused(path):
    large = {name: torch.full_like(own, 1e38) for name, own in read_tensors(path)[0].items()}
    generator = CycleGANGenerator(SimpleNamespace(name="paper"), str(changed(path, large)), 1.0)
    with pytest.raises(ConfigError, match="give scores of words that are no numbers; train it again"):
        generator.generate(SPEC, 4, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("goal", "reason"),
    [
        (
            {"gain_db": {"min": 60.0, "objective": "maximize"}},
            r"beyond its data: gain_db min 60 \(it learnt from [\d.]+ to 2\d\.?\d*\)",
        ),
        ({"power_w": {"max": 0.1}}, r"beyond its data: power_w max 0\.1 \(it learnt from 0\.\d+ to 1\.\d+\)"),
        ({"iip3_dbm": {"min": -10.0}}, "it was never asked for a limit of iip3_dbm min -10"),
    ],
)
def test_what_it_cannot_know_is_said_and_the_topologies_are_the_librarys(fitted, goal, reason):
    generator = CycleGANGenerator(SimpleNamespace(name="paper"), str(fitted[0] / "model.safetensors"), 1.0)
    assert generator.remarks(SPEC) == []
    spec = DesignSpec("toy_lna", {**SPEC.goals, **goal}, conditions=SPEC.conditions)
    assert generator.generate(spec, 9, np.random.default_rng(0)) == Catalog().generate(spec, 9, None)
    (remark,) = generator.remarks(spec)
    assert re.search(f"{reason}; topologies are not drawn, they are those of model=library$", remark)


@pytest.mark.parametrize(
    ("spec", "tech", "message"),
    [
        (replace(SPEC, conditions={"family": "mixer"}), "paper", "no circuit of family 'mixer', only of 'lna'"),
        (replace(SPEC, conditions={"family": "lna", "band": [1.0]}), "paper", "trained for the conditions .*, not for"),
        (SPEC, "sky130", "trained for the process paper, not for sky130"),
    ],
)
def test_a_spec_that_it_was_not_trained_for_is_refused(fitted, spec, tech, message):
    generator = CycleGANGenerator(SimpleNamespace(name=tech), str(fitted[0] / "model.safetensors"), 1.0)
    with pytest.raises(ConfigError, match=message):
        generator.generate(spec, 4, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("process", "settings", "reason"),
    [
        ("nowhere", (), "genrf ships none for the process nowhere"),
        ("generic130", ("spec=lna_900mhz",), "trained for the conditions .*2.4G.*, not for .*902M"),
    ],
)
def test_where_no_shipped_model_fits_the_topologies_are_the_librarys(process, settings, reason):
    made = parts("model=cyclegan")
    elsewhere = replace(made.generator, technology=replace(made.generator.technology, name=process))
    spec = parts(*settings).spec
    assert elsewhere.generate(spec, 9, np.random.default_rng(0)) == Catalog().generate(spec, 9, None)
    (remark,) = elsewhere.remarks(spec)
    assert re.search(f"{reason}.*; topologies are not drawn, they are those of model=library$", remark)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (None, "task=train wants a data set: dataset=<run folder of task=dataset>"),
        (
            "low_pass",
            "0 of 1 structures are amplifiers of the grammar, at least 2 are wanted; task=dataset model=grammar",
        ),
    ],
)
def test_a_training_without_amplifiers_is_refused(tmp_path, dataset, message):
    spec = DesignSpec("low_pass", {"decades": {"min": 0.5, "objective": "maximize"}})
    made = SimpleNamespace(spec=spec, settings=SimpleNamespace(tech="paper", seed=0))
    folder = dataset and str(write_low_pass(tmp_path / dataset, 10))
    with pytest.raises(ConfigError, match=message):
        cycle_task.train(made, tmp_path, folder, {"steps": 1, "batch": 2, "learning_rate": 1e-3}, SHAPE)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"finetune_from": "outputs/run"}, "finetune_from: model=cyclegan begins anew with every training"),
        ({"training": {"device": "cuda"}}, "task.training: this model has no 'device'; .*known: batch, clip, decay"),
        ({"shape": {"heads": 4}}, "task.shape: this model has no 'heads'; .*known: channels, latent, layers, noise"),
    ],
)
def test_settings_that_it_does_not_have_are_refused(data, tmp_path, changed, message):
    given = {"training": {"steps": 1, "batch": 2, "learning_rate": 1e-3}, "shape": SHAPE, **changed}
    with pytest.raises(ConfigError, match=message):
        cycle_task.train(MADE, tmp_path, str(data), **given)
    assert not list(tmp_path.iterdir())


def test_the_command_line_tells_it_what_to_go_on_from():
    from hydra import compose, initialize_config_dir

    from genrf.pipeline import config

    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        task = compose("config", ["task=train", "model=cyclegan", "finetune_from=outputs/run"]).task
    assert task.finetune_from == "outputs/run"


@pytest.mark.parametrize("wrong", ["steps", "batch", "learning_rate"])
def test_a_number_that_cannot_be_is_named(wrong):
    with pytest.raises(ConfigError, match=f"training: {wrong} must be above 0, got 0"):
        cycle_training.CycleTraining(**{"steps": 1, "batch": 1, "learning_rate": 1.0, wrong: 0})


def test_what_model_names_is_what_is_trained():
    """As the command line composes it."""
    from hydra import compose, initialize_config_dir

    from genrf.pipeline import config

    config.register()
    for model, target in (("cyclegan", "cycle_task"), ("diffusion", "task")):
        with initialize_config_dir(str(config.folder()), version_base="1.3"):
            task = compose("config", ["task=train", f"model={model}", "task.training.steps=7"]).task
        assert task.how._target_ == f"genrf.circuits.learned.{target}.train" and task.training.steps == 7
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        task = compose("config", ["task=train", "model=library"]).task
    with pytest.raises(ConfigError, match="this model learns nothing; choose model=diffusion or model=cyclegan"):
        train(MADE, None, task.get("how"))
