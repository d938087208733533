"""The study of optimizers: its problems against their known fronts, and the methods that cost little."""

import sys
from functools import partial

import numpy as np
import pytest

from experiments.optimizers import __main__ as study
from experiments.optimizers import halving, large, screened
from experiments.optimizers.methods import genetic, modelled, ours
from experiments.optimizers.problems import ANALYTIC, LARGE, MIXED
from genrf.core.pareto import hypervolume
from genrf.core.spec import DesignSpec
from genrf.optimize.halving import Halving
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.sobol import Random
from tests.analytic import HYPERVOLUME
from tests.pipeline.test_stages import made as analytic

FRONTS = {problem.name: problem for problem in ANALYTIC}


@pytest.mark.parametrize(("name", "rest"), [("zdt1", 0.0), ("zdt2", 0.0), ("dtlz2", 0.5), ("c2dtlz2", 0.5)])
def test_points_of_the_true_front_have_the_published_hypervolume(name, rest):
    U = np.full((4000, 6), rest)
    U[:, 0] = np.linspace(0, 1, 4000)
    F, G = FRONTS[name].measure(U)
    found = hypervolume(F[(G <= 0).all(axis=1)], FRONTS[name].reference)
    assert found == pytest.approx(FRONTS[name].best, rel=2e-3)


def test_the_sphere_in_four_objectives_has_the_hypervolume_of_its_closed_form():
    """Of grids of angles, whose steps cost hypervolume in proportion: twice as fine a grid costs half as much."""
    (problem,) = (one for one in LARGE if one.objectives == 4)

    def volume(steps):
        angles = np.stack(np.meshgrid(*[np.linspace(0, 1, steps + 1)] * 3), axis=-1).reshape(-1, 3)
        return hypervolume(problem.measure(np.pad(angles, ((0, 0), (0, 5)), constant_values=0.5))[0], problem.reference)

    assert 2 * volume(12) - volume(6) == pytest.approx(problem.best, rel=1e-3)


def test_the_mixed_problem_has_the_circle_at_its_best_values_alone():
    (problem,) = (one for one in LARGE if one.space is MIXED)
    best = {"x0": 0.3, "x1": 0.5, "n0": 5, "n1": 5, "option": 1}
    others = [{**best, name: value} for name, value in {"x1": 0.4, "n0": 4, "n1": 6, "option": 3}.items()]
    F, _ = problem.measure(np.array([MIXED.encode(values) for values in (best, *others)]))
    radii = np.linalg.norm(F, axis=1)
    assert radii[0] == pytest.approx(1.0) and np.all(radii[1:] > 1.001)


def test_branin_and_currin_have_the_minima_of_the_literature():
    # Branin: 0.397887 at (pi, 2.275), in the unit square ((pi + 5) / 15, 2.275 / 15); Currin at its upper corner
    F, _ = FRONTS["branin_currin"].measure(np.array([[(np.pi + 5) / 15, 2.275 / 15]]))
    assert F[0, 0] == pytest.approx(0.397887, abs=1e-6)
    U = np.random.default_rng(0).random((200_000, 2))
    found = hypervolume(FRONTS["branin_currin"].measure(U)[0], FRONTS["branin_currin"].reference)
    assert 0.99 * FRONTS["branin_currin"].best < found < FRONTS["branin_currin"].best


@pytest.mark.ngspice
def test_the_study_writes_a_line_for_each_method_and_a_figure(tmp_path, monkeypatch):
    cheap = {name: method for name, method in modelled().items() if name not in ("genrf bayesian", "BoTorch tutorial")}
    monkeypatch.setattr(study, "HERE", tmp_path)
    monkeypatch.setattr(study, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(study, "MANY", 60)
    monkeypatch.setattr(study, "LARGE_POPULATION", 20)
    monkeypatch.setattr(study, "modelled", lambda: cheap)
    monkeypatch.setattr(sys, "argv", ["optimizers", "dtlz2", "lna", "seeds=1"])
    study.main()
    assert list((tmp_path / "kept").iterdir()) and not (tmp_path / "table.md").exists(), "parts of it are only printed"
    monkeypatch.setattr(study, "ANALYTIC", [FRONTS["dtlz2"]])
    monkeypatch.setattr(study, "SEEDS", 1)
    monkeypatch.setattr(study, "SEEDS_OF_MANY", 1)
    monkeypatch.setattr(sys, "argv", ["optimizers", "full"])
    study.main()
    lines = (tmp_path / "table.md").read_text().splitlines()
    few, many = len(genetic(20)) + len(cheap), len(genetic(20))
    assert len(lines) == 2 + 2 * (few + many) and sum("genrf random" in line for line in lines) == 4
    assert (tmp_path / "hypervolumes.svg").read_text().startswith("<?xml")
    monkeypatch.setattr(study, "run", None)  # who came back would call it
    study.main()
    assert (tmp_path / "table.md").read_text().splitlines() == lines


def test_hypervolume_grows_with_the_designs_and_counts_none_that_break_a_constraint():
    trace = study.Trace(FRONTS["c2dtlz2"])
    trace.measure(
        np.random.default_rng(0).random((200, 6)) * [1, 0.2, 0.2, 0.2, 0.2, 0.2] + [0, 0.4, 0.4, 0.4, 0.4, 0.4]
    )
    volumes = trace.volumes([1, 50, 200])
    assert np.all(np.diff(volumes) >= 0) and 0 < trace.volume(200) == volumes[-1] < 1
    trace.G = [np.ones(1) for _ in trace.G]
    assert trace.volume(200) == 0


def test_the_study_of_the_pre_screen_has_a_line_of_five_seeds():
    found = screened.line(FRONTS["branin_currin"], "random", partial(ours, Random(20)), 40)
    assert found[:3] == ("branin_currin", "40", "random") and 0 <= float(found[3]) <= 1


def test_halving_gives_one_structure_more_of_the_designs_and_hypervolume_is_a_share_of_the_box():
    within = {"objective": "minimize", "max": 1.1}
    spec = DesignSpec("c2", {"f1": within, "f2": within, "c": {"max": 0}})
    made = analytic(spec=spec, shifts=(0.0, 2.0, 2.0, 2.0), samples=20)  # three never keep the limits
    inner = NSGA2(20)
    found = {type(one): halving.search(made, one, 800, 0) for one in (halving.Everybody(inner), Halving(inner))}
    assert all(one.structures == {"c2dtlz2_0"} for one in found.values())
    assert all(0.5 * HYPERVOLUME / 1.21 < one.volume < HYPERVOLUME / 1.21 for one in found.values())
    # of the 720 designs after the screening one in four; behind halving one in two after half of them
    assert found[halving.Everybody].share == pytest.approx(1 / 4, abs=0.02)
    assert found[Halving].share == pytest.approx(3 / 8, abs=0.05)


def test_the_study_of_large_problems_tries_all_methods_on_whole_numbers_and_choices(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study, "KEPT", tmp_path)
    monkeypatch.setattr(large, "MANY", 100)
    monkeypatch.setattr(large, "LARGE", [one for one in LARGE if one.space is MIXED])
    names = [name for name in genetic(20) if name not in ("genrf random", "genrf sobol")]
    monkeypatch.setattr(sys, "argv", ["large", "seeds=1", *names])
    large.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(names) and all(line.startswith("dtlz2, mixed | ") for line in lines)
