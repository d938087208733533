"""Going on from a trained model: what it knew stays, what is new gets weights of its own."""

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

torch = pytest.importorskip("torch")

from genrf.circuits.learned import checkpoint  # noqa: E402
from genrf.circuits.learned.examples import read_examples  # noqa: E402
from genrf.circuits.learned.finetuning import grown, split  # noqa: E402
from genrf.circuits.learned.fitting import fit  # noqa: E402
from genrf.circuits.learned.metrics import Wanted  # noqa: E402
from genrf.circuits.learned.networks import Shape  # noqa: E402
from genrf.circuits.learned.proposals import predict  # noqa: E402
from genrf.circuits.learned.shipped import shipped  # noqa: E402
from genrf.circuits.learned.structures import Described, Graph, Vocabulary  # noqa: E402
from genrf.circuits.learned.training import Training  # noqa: E402
from genrf.core.errors import ConfigError  # noqa: E402
from genrf.core.parts import write_whole  # noqa: E402
from genrf.core.spec import DesignSpec  # noqa: E402
from tests.circuits.learned.low_pass import SPEC, TOPOLOGY, write  # noqa: E402

POINTS = np.random.default_rng(0).random((20, 2))


def trained_in(folder, data, steps=20, start=None, tech="paper", spec=SPEC, rate=1e-2, seed=0):
    console = Console(file=io.StringIO())
    given = Training(steps, 32, rate, precision="float32")
    fit([data], spec, tech, seed, given, Shape(16, 2, 2), folder, 1, console, start)
    return folder / "model.safetensors"


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    return trained_in(folder, write(folder / "data", 400), 100)


@pytest.fixture
def old(first):
    return checkpoint.load(first)


def predicted(trained):
    return predict(trained, Graph.of(Described.of(TOPOLOGY), trained.meaning.known), POINTS)[0]


def grown_to(old, **meaning):
    made = replace(old.meaning, **meaning)
    denoiser, forward = grown(old, made)
    return replace(old, meaning=made, denoiser=denoiser.eval(), forward=forward.eval())


def test_new_words_change_nothing_about_known_circuits(old):
    more = old.meaning.known.beside(Vocabulary(("a coil", "resistor"), ("a", "end", "g"), ("a", "r")))
    assert more.kinds[: len(old.meaning.known.kinds)] == old.meaning.known.kinds
    assert (more.kinds[-1], more.terminals[-2:], more.keys[-1]) == ("a coil", ("a", "g"), "a")
    # the same words in another order are the same to it too
    turned = Vocabulary(more.kinds[::-1], more.terminals[::-1], more.keys[::-1])
    for known in (more, turned):
        assert predicted(grown_to(old, known=known)) == pytest.approx(predicted(old), abs=1e-5)


def test_a_new_metric_has_a_row_of_its_own_beside_the_known_ones(old):
    spec = DesignSpec("s", {"delay_s": {"max": 1.0, "objective": "minimize"}, "decades": {"max": 3.0}})
    values = {"delay_s": np.arange(9.0), "decades": np.arange(9.0)}
    wanted = old.meaning.wanted.beside(Wanted.of(spec, values))
    assert wanted.metrics == ("decades", "ohm_decades", "delay_s")
    assert wanted.scales[:2] == old.meaning.wanted.scales and wanted.senses == ("min", "max", "max")
    made = grown_to(old, wanted=wanted)
    assert torch.equal(made.forward.heads[:2], old.forward.heads)
    assert torch.equal(made.denoiser.backbone.limits[:2], old.denoiser.backbone.limits)
    assert predicted(made).shape == (20, 3)


def test_it_begins_where_the_other_ended_and_keeps_its_scales_in_another_process(tmp_path, first, old):
    shifted = write(tmp_path / "data", 100, seed=5, tech=["other"] * 100)
    table = {"start": first, "tech": "other", "seed": 3}
    near = checkpoint.load(trained_in(tmp_path / "near", shifted, 1, rate=1e-7, **table))
    assert near.meaning.wanted == old.meaning.wanted and near.meaning.tech == "other"
    assert predicted(near) == pytest.approx(predicted(old), abs=1e-3)
    assert "went on from" in (tmp_path / "near" / "card.md").read_text()
    fresh = checkpoint.load(trained_in(tmp_path / "fresh", shifted, 1, rate=1e-7, tech="other", seed=3))
    assert np.abs(predicted(fresh) - predicted(old)).max() > 0.1


def test_its_card_says_where_its_own_data_lie(tmp_path, first):
    narrow = write(tmp_path / "data", 400, **{"m.decades": np.linspace(0.4, 1.4, 400)})
    trained_in(tmp_path / "narrow", narrow, 1, start=first)
    (row,) = (line for line in (tmp_path / "narrow" / "card.md").read_text().splitlines() if "| decades | min" in line)
    assert [float(end) for end in row.split("|")[3:5]] == pytest.approx([0.45, 1.35], abs=0.03)


def test_another_start_is_another_training(tmp_path, first):
    data = write(tmp_path / "data", 100)
    trained_in(tmp_path / "own", data, 2)
    with pytest.raises(ConfigError, match="is the state of another training"):
        trained_in(tmp_path / "own", data, 2, start=first)


def test_the_model_and_the_runs_are_told_apart(tmp_path, first):
    assert split([], "sky130") == (None, [])
    assert split([first], "sky130") == split([first.parent], "sky130") == (first, [])
    assert split([tmp_path, first.parent], "sky130") == (first, [tmp_path])
    with pytest.raises(ConfigError, match="no model there, and none for paper comes with genrf; name one folder of ta"):
        split([tmp_path], "paper")
    with pytest.raises(ConfigError, match="2 models; name one folder of task=train, or its model.safetensors"):
        split([first, first.parent], "sky130")
    with pytest.raises(ConfigError, match="finetune_from=.*nowhere: no such file or folder"):
        split([first, tmp_path / "nowhere"], "sky130")


def test_runs_alone_go_on_from_the_model_that_comes_with_genrf(tmp_path):
    assert split([tmp_path, tmp_path], "sky130") == (shipped("diffusion", "sky130"), [tmp_path, tmp_path])


def test_runs_are_half_of_what_is_learnt_beside_a_data_set(tmp_path, first):
    """However few their designs are, and one alone is learnt as it is."""
    many, few = write(tmp_path / "many", 400), write(tmp_path / "few", 40)
    found = read_examples([many], "low_pass", "paper", runs=[few])
    assert len(found[1]) < 41 < 390 < len(found[0]) == pytest.approx(found[1].weight * len(found[1]))
    assert [one.weight for one in read_examples([], "low_pass", "paper", runs=[few])] == [1.0]
    given = Training(2, 32, 1e-2)
    seen = [place for step in range(200) for place in given.places([one.weight * len(one) for one in found], [0, step])]
    assert seen.count(1) == pytest.approx(800, abs=60), "1600 draws, three standard deviations"
    console = Console(file=io.StringIO())
    fit([many], SPEC, "paper", 0, given, Shape(16, 2, 2), tmp_path, 1, console, first, [few])
    assert (
        f"One of a run counts {found[1].weight:.3g} times: half of what was learnt is theirs."
        in (tmp_path / "card.md").read_text()
    )


def test_each_folder_may_describe_its_own_structures(tmp_path):
    one, two = write(tmp_path / "one", 50), write(tmp_path / "two", 60, structure=["other"] * 60)
    with pytest.raises(ConfigError, match="one, .*two does not say what other is"):
        read_examples([one, two], "low_pass", "paper")
    rows = pa.parquet.read_table(two / "structures.parquet").to_pylist()
    write_whole(pa.Table.from_pylist([{**rows[0], "structure": "other"}]), two / "structures.parquet")
    assert [len(found) for found in read_examples([one, two], "low_pass", "paper")] == [49, 59]
    graph = rows[0]["graph"].replace("mim", "vpp")
    write_whole(pa.Table.from_pylist([{**rows[0], "graph": graph}]), two / "structures.parquet")
    with pytest.raises(ConfigError, match="two: low_pass is another structure there than in the folders before it"):
        read_examples([one, two], "low_pass", "paper")
