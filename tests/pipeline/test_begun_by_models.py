"""What a learned model proposes is the first that Bayesian optimization learns from, in a run from end to end."""

import numpy as np
import pytest

pytest.importorskip("torch")
models = pytest.importorskip("botorch.models")

from genrf.api import parts  # noqa: E402
from genrf.core.parts import parts as written  # noqa: E402
from genrf.core.parts import read_rows  # noqa: E402
from genrf.pipeline.run import design  # noqa: E402

SMALL = (
    "spec=lna_2p4ghz", "optimizer=bayesian", "count=1", "samples=6", "budget=12", "front=1", "designs=0", "dies=0",
    "workers=0", "cache=none", "exporter=[touchstone]",
)  # fmt: skip
LIGHT = ("model.drawn=8", "model.steps=2", "model.proposals=6")
CASCODE = "model.generator.only=[lna_cascode]"


class Learnt(Exception):
    """BoTorch was given its first designs: what comes after is of no interest here."""

    def __init__(self, points):
        self.points = points


def first_learnt(monkeypatch, folder, *words):
    """The structure that was generated, the rows that were measured, and what BoTorch was given first."""

    def given(X, *rest, **named):
        raise Learnt(X.numpy().copy())

    monkeypatch.setattr(models, "SingleTaskGP", given)
    made = parts(*SMALL, *words)
    (structure,) = made.generator.generate(made.spec, 1, np.random.default_rng(made.settings.seed))
    with pytest.raises(Learnt) as learnt:
        design(made, folder)
    rows = read_rows(written(folder / "evaluations"))
    assert {row.status for row in rows} == {"ok"}, "else BoTorch would not be given all of them"
    return structure, rows, learnt.value.points


def in_order(points):
    return points[np.lexsort(points.T)]


@pytest.mark.ngspice
@pytest.mark.parametrize("words", [("model=diffusion", CASCODE), ("model=cyclegan_diffusion",)], ids=lambda w: w[0])
def test_what_a_model_proposes_is_what_botorch_learns_from_first(tmp_path, monkeypatch, words):
    structure, rows, points = first_learnt(monkeypatch, tmp_path, *words, *LIGHT)
    proposed = np.array([structure.space.encode(values) for values in structure.starts])
    assert len(np.unique(proposed, axis=0)) == len(proposed) == len(rows) == 6
    assert in_order(points) == pytest.approx(in_order(proposed))


@pytest.mark.ngspice
def test_where_a_spec_is_beyond_the_model_botorch_learns_from_the_librarys_screening_first(tmp_path, monkeypatch):
    beyond = "spec.goals.nf_db.max=0.01"
    structure, rows, points = first_learnt(monkeypatch, tmp_path, "model=diffusion", CASCODE, *LIGHT, beyond)
    screened = np.array([structure.space.encode(row.values) for row in rows])
    assert not structure.starts and len(rows) == 6
    assert in_order(points) == pytest.approx(in_order(screened))
