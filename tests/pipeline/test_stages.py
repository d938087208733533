"""The spine alone: a problem of neither half through all four stages, held against the literature."""

import hashlib
import json
import os
import platform
import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from genrf.core import pareto
from genrf.core.cache import NoCache
from genrf.core.errors import ConfigError, GenrfError, Unoffered
from genrf.core.optimizer import FAILED
from genrf.core.parts import PartWriter, parts, read_rows
from genrf.core.problem import Check, Measurement
from genrf.core.results import Row
from genrf.core.spec import DesignSpec
from genrf.optimize.bayesian import BayesianOptimizer
from genrf.optimize.halving import Halving
from genrf.optimize.nsga2 import NSGA2
from genrf.optimize.nsga3 import NSGA3
from genrf.optimize.screened import Screened
from genrf.optimize.sobol import Random, Sobol
from genrf.pipeline.config import Parts, Settings
from genrf.pipeline.run import SpecNotMet, design
from genrf.pipeline.stages import _told
from tests.analytic import HYPERVOLUME, REFERENCE, Formula, FormulaProblem, Formulas, Json

SPEC = DesignSpec("c2", {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 0}})
BASE = {
    "tech": "none", "seed": 3, "count": 4, "samples": 64, "budget": 400, "front": 100, "designs": 3, "workers": 0,
    "sensitivity": 3, "dies": 0, "robust": None, "robust_cost": 4.0, "yield_target": 0.95, "time_limit": 10.0,
    "memory_limit": 2e9,
    "require_feasible": False, "resume": None, "config_hash": "abc",
}  # fmt: skip


def made(optimizer=None, shifts=(0.0,), spec=SPEC, problem=FormulaProblem, **settings):
    return Parts(
        spec,
        Formulas(shifts),
        problem,
        optimizer or NSGA2(40),
        {"json": Json()},
        NoCache(),
        Settings(**{**BASE, **settings}),
    )


def test_a_known_front_is_found_through_all_four_stages(tmp_path):
    outcome = design(made(budget=4000, samples=128, front=1000), tmp_path)
    found = pareto.hypervolume(outcome.front.F, REFERENCE)
    assert found == pytest.approx(HYPERVOLUME, rel=0.005)
    assert outcome.counts()["designs"] == 4000
    assert len(outcome.designs) == 3 and all(check.passed for check in outcome.checks)


@dataclass(frozen=True)
class Knowing(Formulas):
    """Expects of each design what it comes to."""

    def expected(self, structure, spec):
        problem = FormulaProblem(structure, spec)

        def said(U):
            found = [problem.measure(structure.space.decode(u)).metrics for u in U]
            return {name: np.array([one[name] for one in found]) for name in found[0]}

        return said


def test_a_search_is_told_what_the_generator_expects(tmp_path):
    given = {"budget": 240, "samples": 40}
    found = []
    for name, generator in {"knowing": Knowing(), "not": Formulas()}.items():
        wanted = replace(made(Screened(Random(40), 10, 0.0), **given), generator=generator)
        found.append(pareto.hypervolume(design(wanted, tmp_path / name).results.front().F, REFERENCE))
    assert found[0] > 1.1 * found[1]


@dataclass(frozen=True)
class Choosy(FormulaProblem):
    """Cannot be built of structures that are shifted, each for a reason of its own."""

    def __post_init__(self):
        if self.structure.shift:
            raise Unoffered(f"{self.structure.name} is shifted")


def test_structures_that_cannot_be_built_are_left_out_and_the_run_goes_on(tmp_path, caplog):
    with caplog.at_level("INFO", "genrf"):
        outcome = design(made(problem=Choosy, shifts=(1.0, 0.0, 2.0), budget=100), tmp_path)
    assert [problem.structure.name for problem in outcome.problems] == ["c2dtlz2_1"]
    assert "left out 2 of 3 structures: c2dtlz2_0 is shifted; and 1 more for reasons of their own" in caplog.messages


@dataclass
class Clock:
    """Stands still but for what takes time by its own account."""

    now: float = 0.0

    def perf_counter(self):
        return self.now

    def taking(self, seconds, act):
        def slow(*given, **named):
            self.now += seconds
            return act(*given, **named)

        return slow


def test_a_run_says_what_the_optimizer_took_to_choose_each_batch(tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("genrf.pipeline.stages.time", clock)
    monkeypatch.setattr(FormulaProblem, "measure", clock.taking(7.0, FormulaProblem.measure))
    search = type(Random(20).start(Formula().space, 2, 2, np.random.default_rng(0)))
    monkeypatch.setattr(search, "ask", clock.taking(3.0, search.ask))
    monkeypatch.setattr(search, "tell", clock.taking(1.0, search.tell))
    outcome = design(made(Random(20), budget=100, samples=40), tmp_path)
    assert outcome.thinking == pytest.approx([4.0] * 3)
    assert json.loads((tmp_path / "run.json").read_text())["thinking"] == {"batches": 3, "median": 4.0, "most": 4.0}
    assert "3 batches, each chosen in 4 s (median), 4 s at most" in (tmp_path / "report.html").read_text()


def test_the_search_is_better_than_chance_on_equal_simulations(tmp_path):
    searched = design(made(budget=1500), tmp_path / "nsga2")
    drawn = design(made(Random(40), budget=1500), tmp_path / "random")
    volumes = [pareto.hypervolume(outcome.front.F, REFERENCE) for outcome in (searched, drawn)]
    assert volumes[0] > 1.05 * volumes[1]


def test_a_check_that_nobody_made_is_neither_passed_nor_failed(tmp_path):
    checks = [Check("json", True), Check("sheet", None, "no tool"), Check("sheet", None, "no tool")]
    outcome = replace(design(made(), tmp_path), checks=checks)
    assert outcome.verdict.endswith("on the front; nobody read back: sheet (run.json says why)")
    failed = replace(outcome, checks=[*checks, Check("deck", False)])
    assert "; 1 exported file failed its check: deck; nobody read back: sheet" in failed.verdict


def test_the_run_folder_holds_what_was_promised(tmp_path):
    outcome = design(made(), tmp_path)
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["counts"] == outcome.counts() and run["verdict"] == outcome.verdict
    assert {"front.parquet", "report.html"} <= set(run["files"])
    assert [name for name in run["files"] if name.startswith("evaluations")] == ["evaluations/part-00000.parquet"]
    page = (tmp_path / "report.html").read_text()
    for name, told in run["files"].items():
        assert told == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert name == "report.html" or re.search(rf"<th>{name}</th><td[^>]*>{told}<", page), f"{name} on the page"
    stated = {"process": "none", "seed": "3", "config (SHA-256)": "abc", "python": platform.python_version()}
    assert all(re.search(rf"<th>{re.escape(name)}</th><td[^>]*>{value}<", page) for name, value in stated.items())
    front = pq.read_table(tmp_path / "front.parquet")
    assert np.allclose(np.array(front["m.f1@high"]), np.array(front["m.f1"]) + 0.01)
    designs = sorted(path.name for path in (tmp_path / "designs").iterdir())
    assert [name.split("_")[0] for name in designs] == ["1", "2", "3"]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_seed_gives_the_same_rows_whatever_the_workers(tmp_path, workers):
    here = design(made(), tmp_path / "here")
    there = design(made(workers=workers), tmp_path / "there")
    assert [(row.id, row.values, row.metrics) for row in here.results] == [
        (row.id, row.values, row.metrics) for row in there.results
    ]
    assert [row.id for row in here.front] == [row.id for row in there.front]


def test_another_seed_gives_other_rows(tmp_path):
    one, two = (design(made(seed=seed), tmp_path / str(seed)) for seed in (1, 2))
    assert one.results.rows[0].values != two.results.rows[0].values


def test_a_losing_structure_leaves_the_race_and_its_budget_goes_to_the_others(tmp_path):
    outcome = design(made(shifts=(0.0, 5.0), budget=1600), tmp_path)
    late = outcome.results.rows[1000:]
    assert {row.structure for row in late} == {"c2dtlz2_0"}
    assert {row.structure for row in outcome.results.rows[:200]} == {"c2dtlz2_0", "c2dtlz2_1"}
    assert {row.structure for row in outcome.front} == {"c2dtlz2_0"}


@pytest.mark.parametrize("inner", [NSGA2(30), NSGA3(30), Random(30)], ids=lambda one: type(one).__name__)
def test_halving_gives_each_rung_to_half_as_many_structures(tmp_path, inner):
    # 4 structures of 50 screened designs; the 1,200 others are two rungs of 600, in batches of 4 x 30 and then 2 x 30
    outcome = design(made(Halving(inner), shifts=(0.0, 0.1, 5.0, 6.0), budget=1400, samples=50), tmp_path)
    counts = Counter(row.structure for row in outcome.results)
    assert counts == {"c2dtlz2_0": 500, "c2dtlz2_1": 500, "c2dtlz2_2": 200, "c2dtlz2_3": 200}
    assert {row.structure for row in outcome.results.rows[800:]} == {"c2dtlz2_0", "c2dtlz2_1"}


@pytest.mark.slow
def test_a_bayesian_run_stopped_half_way_goes_on_to_the_same_front(tmp_path):
    test_a_run_stopped_half_way_goes_on_to_the_same_front(tmp_path, BayesianOptimizer(4, 60, 20), budget=36, samples=16)


@pytest.mark.parametrize("optimizer", [NSGA2(40), NSGA3(40), Random(40), Sobol(64), Halving(NSGA2(40))])
def test_a_run_stopped_half_way_goes_on_to_the_same_front(tmp_path, optimizer, **settings):
    whole = design(made(optimizer, **settings), tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PartWriter, "join", PartWriter.intact)  # as before the end, and as runs were left by older genrf
        design(made(optimizer, **settings), tmp_path / "torn")
    for path in parts(tmp_path / "torn" / "evaluations")[3:]:
        path.unlink()
    os.unlink(tmp_path / "torn" / "front.parquet")
    again = design(made(optimizer, **settings), tmp_path / "torn")
    assert [(r.id, r.values, r.metrics) for r in again.results] == [(r.id, r.values, r.metrics) for r in whole.results]
    assert [row.id for row in again.front] == [row.id for row in whole.front]
    rows = read_rows(parts(tmp_path / "torn" / "evaluations"))
    assert len({row.id for row in rows}) == len(rows) == len(read_rows(parts(tmp_path / "whole" / "evaluations")))


@pytest.mark.parametrize("optimizer", [NSGA2(40), NSGA3(40), Sobol(16)], ids=lambda one: type(one).__name__)
def test_a_new_run_with_more_budget_begins_with_the_designs_of_the_old_one(tmp_path, optimizer):
    # 150 ends inside a batch, and a cache would have every one of them
    ran = [
        [row.values for row in design(made(optimizer, budget=budget, samples=32), tmp_path / str(budget)).results]
        for budget in (150, 400)
    ]
    assert len(ran[0]) == 150 and ran[1][:150] == ran[0]


def test_a_run_that_ended_in_many_parts_is_joined_when_it_is_resumed(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PartWriter, "join", PartWriter.intact)
        before = design(made(), tmp_path)
    there = read_rows(parts(tmp_path / "evaluations"))
    assert len(parts(tmp_path / "evaluations")) > 5
    again = design(made(), tmp_path)
    assert [path.name for path in (tmp_path / "evaluations").iterdir()] == ["part-00000.parquet"]
    assert read_rows(parts(tmp_path / "evaluations")) == there
    assert again.simulated < before.simulated and [row.id for row in again.front] == [row.id for row in before.front]


def test_rows_of_another_search_are_not_taken_for_ones_own(tmp_path):
    design(made(), tmp_path)
    with pytest.raises(ConfigError, match="resume: design 000000 on disk is another one than this config asks for"):
        design(made(seed=4), tmp_path)


def test_without_limits_an_optimizer_still_learns_which_designs_failed():
    free = DesignSpec("free", {"f1": {"objective": "minimize"}})
    failed = Row.of("1", "s", "optimize", {}, Measurement("timeout"), 0.0, free)
    good = Row.of("2", "s", "optimize", {}, Measurement("ok", {"f1": 1.0}), 0.0, free)
    assert _told([failed, good], free)[1].tolist() == [[FAILED], [0.0]]


def test_an_optimizer_is_told_that_a_failed_design_is_worse_than_any_measured_one():
    failed = Row.of("1", "s", "optimize", {}, Measurement("timeout"), 0.0, SPEC)
    worst = Row.of("2", "s", "optimize", {}, Measurement("ok", {"f1": 1.0, "f2": 1.0, "c": 1e9}), 0.0, SPEC)
    F, G = _told([failed, worst], SPEC)
    assert np.isfinite(F).all() and np.isfinite(G).all()
    assert G[0].min() > G[1].max() > 0


def test_a_design_on_its_limit_is_feasible():
    on_limit = Row.of("1", "s", "optimize", {}, Measurement("ok", {"f1": 1.0, "f2": 1.0, "c": 0.0}), 0.0, SPEC)
    assert on_limit.feasible and not Row.of("2", "s", "optimize", {}, Measurement("crashed"), 0.0, SPEC).feasible


def test_another_config_may_not_go_on_in_the_same_folder(tmp_path):
    design(made(), tmp_path)
    with pytest.raises(ConfigError, match="holds a run of another config"):
        design(made(config_hash="other"), tmp_path)


class Hopeless(FormulaProblem):
    def measure(self, values, corner=""):
        return Measurement("ok", {"f1": 1.0, "f2": 1.0, "c": 2.0})


class Failing(FormulaProblem):
    def measure(self, values, corner=""):
        raise RuntimeError("the bench is on fire")


class Patchy(FormulaProblem):
    def measure(self, values, corner=""):
        if values["x1"] > 0.7:
            return Measurement("no_convergence", message="op: no way")
        return super().measure(values, corner)


def test_a_metric_of_ones_own_is_in_every_table_and_a_goal_like_any_other(tmp_path):
    goals = {"sum": {"max": 1.35, "objective": "minimize"}, "f1": {"objective": "minimize"}, "c": {"max": 0}}
    own = DesignSpec("own", goals, formulas={"sum": {"formula": "f1 + f2", "unit": "V"}, "ratio": "f1/(f2 + 1m)"})
    outcome = design(made(spec=own), tmp_path)
    for path in (tmp_path / "front.parquet", parts(tmp_path / "evaluations")[0]):
        table = pq.read_table(path)
        np.testing.assert_allclose(np.array(table["m.sum"]), np.array(table["m.f1"]) + np.array(table["m.f2"]))
        assert table.schema.field("m.sum").metadata[b"unit"] == b"V" and "m.ratio" in table.column_names
    front = pq.read_table(tmp_path / "front.parquet")
    assert np.allclose(np.array(front["m.sum@high"]), np.array(front["m.f1@high"]) + np.array(front["m.f2@high"]))
    assert len(outcome.front) and max(front["m.sum"].to_pylist()) <= 1.35
    assert "sum = f1 + f2" in (tmp_path / "report.html").read_text()


def test_a_wrong_name_in_a_formula_ends_the_run_before_it_begins(tmp_path):
    own = DesignSpec("own", {"f": {"objective": "minimize"}}, formulas={"f": "f1 + f3"})
    with pytest.raises(ConfigError, match="formula 'f' uses 'f3', which is no metric; known: c, f1, f2"):
        design(made(spec=own), tmp_path)
    assert not (tmp_path / "evaluations").exists()


def test_no_feasible_design_still_leaves_a_whole_run(tmp_path):
    outcome = design(made(problem=Hopeless), tmp_path)
    assert outcome.verdict == "no design meets the spec" and (tmp_path / "report.html").is_file()
    with pytest.raises(SpecNotMet, match="c2: no design meets the spec; .+; see") as caught:
        design(made(problem=Hopeless, require_feasible=True), tmp_path / "required")
    assert caught.value.exit_status == 3 and (tmp_path / "required" / "run.json").is_file()


def test_designs_that_fail_are_rows_and_the_run_goes_on(tmp_path):
    outcome = design(made(problem=Patchy, budget=800), tmp_path)
    failed = [row for row in outcome.results if row.status == "no_convergence"]
    assert failed and all(row.message == "op: no way" and not row.metrics for row in failed)
    assert len(outcome.front) > 5


def test_when_all_fail_in_the_same_way_the_run_says_so(tmp_path):
    with pytest.raises(
        GenrfError, match="all 64 designs of a batch failed in the same way: RuntimeError: the bench is on"
    ):
        design(made(problem=Failing), tmp_path)
    assert len(read_rows(parts(tmp_path / "evaluations"))) == 64


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget": 0}, "budget must be at least 1, got 0"),
        ({"workers": -1}, "workers must be at least 0"),
        ({"time_limit": 0.0}, "time_limit must be above 0 s, got 0"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        made(**settings)
