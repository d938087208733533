"""The page: it opens without a network, says what was measured, and trusts no text."""

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace

import numpy as np
import pytest

from genrf.core.problem import Check, Design, Measurement, Panel
from genrf.core.results import Results, Row
from genrf.core.spec import DesignSpec, Goal, Metric
from genrf.core.yields import Dies
from genrf.pipeline import report, tables
from genrf.pipeline.report import page, write_report
from genrf.pipeline.run import design
from genrf.pipeline.tables import cell
from genrf.pipeline.theme import encode
from tests.analytic import FormulaProblem
from tests.pipeline.test_stages import Hopeless, Patchy, made

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return design(made(), tmp_path_factory.mktemp("run"))


def words(html):
    """The text of the page without scripts and tags."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def figures(html):
    """The figures' JSON, as the page's own script reads it."""
    return [
        json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    ]


def data(html):
    """What the page's script reads of its designs."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


def packed(html):
    """The articles that the page's script unpacks."""
    return json.loads(re.search(r'<script type="application/json" id="packed">(.*?)</script>', html, re.DOTALL)[1])[
        "articles"
    ]


def opened(html):
    """Designs whose articles stand in the page as they are."""
    return re.findall(r'<article data-id="(\w+)"', html)


def test_the_page_loads_nothing_from_outside(outcome):
    html = page(outcome)
    assert not re.search(r"<(script|link|img|iframe|object)[^>]+(src|href|data)=", html)
    assert "@import" not in html and "url(" not in html.replace("url(#", "")


def test_verdict_counts_and_designs_are_on_it(outcome):
    text = words(page(outcome))
    assert outcome.verdict in text and f"{len(outcome.results):,}" in text
    for chosen in outcome.designs:
        assert chosen.id in text


def test_the_first_good_design_and_what_proposed_it_are_told(outcome):
    keep = [row.feasible for row in outcome.results]
    text = words(page(replace(outcome, remarks=["model: about 2 % of the designs <b>"])))
    assert f"Design {keep.index(True) + 1:,} of {len(keep):,} measured was the first to keep every limit" in text
    assert "model: about 2 % of the designs &lt;b&gt;" in text


def test_the_only_design_that_holds_at_every_corner_is_called_so(outcome, monkeypatch):
    for robust, told in ((1, "It is the only one of"), (2, "It was chosen among the 2 of"), (0, "none of the")):
        monkeypatch.setattr(report, "_robust", lambda outcome, robust=robust: robust)
        assert told in words(page(outcome))


@pytest.mark.parametrize(("robust", "said"), [(1, "it keeps every limit"), (0, "it does not keep every limit")])
def test_a_front_of_one_design_is_not_compared_with_itself(outcome, monkeypatch, robust, said):
    monkeypatch.setattr(report, "_robust", lambda outcome: robust)
    alone = replace(outcome, front=Results(outcome.results.spec, outcome.front.rows[:1]), designs=outcome.designs[:1])
    text = words(page(alone))
    assert "is the only design on the front" in text and "knee" not in text and "of them" not in text
    assert f"1 verified design on the front; {said} at every corner" in text


def test_designs_that_were_not_written_out_are_packed_as_far_as_there_is_room(outcome, monkeypatch):
    """The first ones, each as the article that a browser can unpack."""
    html = page(outcome)
    whole = packed(html)
    assert list(whole) == [one.id for one in outcome.sketched] and "left-out" not in html
    first = zlib.decompress(base64.b64decode(whole[outcome.sketched[0].id])).decode()
    assert outcome.sketched[0].id in first and "Corners" in first and "what a run spends on this page" in first
    limit = len(html.encode()) - sum(map(len, whole.values())) // 2
    monkeypatch.setattr(report, "LIMIT", limit)
    html = page(outcome)
    shown = [*opened(html), *packed(html)]
    every = [one.id for one in (*outcome.designs, *outcome.sketched)]
    assert shown == every[: len(shown)] and len(outcome.designs) + 1 < len(shown) < len(every)
    assert len(html.encode()) <= limit
    unseen = f"{len(every) - len(shown)} of {len(whole)} other designs on the front (front.parquet has their numbers)"
    assert f"schematics, curves and tables of {unseen}" in words(html)


class Fat(FormulaProblem):
    """Curves of 300 kB and more for each design, which no packing makes small."""

    def panels(self, designs):
        draws = [np.random.default_rng(int(1e6 * design.metrics["f1"])) for design in designs]
        traces = [{"type": "scatter", "mode": "lines", "x": d.random(20_000), "y": d.random(20_000)} for d in draws]
        return [Panel("fat", {"data": traces, "layout": {}})]


def test_many_designs_with_long_curves_keep_to_five_megabytes_and_the_chosen_ones_come_first(outcome):
    fat = Fat(outcome.problems[0].structure, outcome.problems[0].spec)
    front = [*outcome.designs, *outcome.sketched]
    every = [replace(one, id=f"{one.id}_{copy}", problem=fat) for copy in range(2) for one in front]
    chosen = [replace(one, rank=rank) for rank, one in enumerate(every[:30], start=1)]
    html = page(replace(outcome, problems=[fat], designs=chosen, sketched=every[30:]))
    assert 4_000_000 < len(html.encode()) <= 5_000_000, "what room there is, is used"
    there = [*opened(html), *packed(html)]
    assert len(opened(html)) > 3 and there == [one.id for one in every[: len(there)]], "by rank"
    assert f"curves and tables of {30 - len(there)} of 30 chosen designs (designs/ has their files)" in words(html)
    assert f"{len(every) - 30} of {len(every) - 30} other designs on the front" in words(html)
    assert "figures of several chosen designs" in words(html)


@pytest.mark.parametrize("chosen", [1, 2])
def test_of_few_chosen_designs_nothing_is_said_to_be_left_out(outcome, chosen):
    """One alone has no figures with others."""
    assert "left-out" not in page(replace(outcome, designs=outcome.designs[:chosen]))


def test_a_design_that_fills_a_page_alone_is_left_out(outcome, monkeypatch):
    monkeypatch.setattr(report, "LIMIT", 200_000)
    fat = [replace(one, problem=Fat(one.problem.structure, one.problem.spec)) for one in outcome.designs]
    html = page(replace(outcome, designs=fat, sketched=[]))
    assert len(html.encode()) <= 200_000 and not packed(html)
    assert "tables of 3 of 3 chosen designs" in words(html)


@dataclass(frozen=True)
class Broad(FormulaProblem):
    """Twenty-five metrics, all of them goals."""

    @property
    def metrics(self):
        return {f"m{number}": Metric("dB", "one of many") for number in range(25)}


def test_a_front_of_thousands_with_many_columns_keeps_to_five_megabytes(outcome):
    goals = {f"m{number}": {"max": 1} for number in range(25)}
    spec = DesignSpec("broad", goals | {f"m{number}": {"objective": "minimize"} for number in range(2)})
    problem = Broad(replace(outcome.problems[0].structure, dimensions=40), spec)
    draws = np.random.default_rng(0)
    rows = [row(problem, number, draws) for number in range(1100)]
    designs = [Design(one.id, problem, one.values, one.metrics, rank) for rank, one in enumerate(rows[:20], start=1)]
    checks = [Check(f"spice tb_{number}.sp", number < 40_000, "as measured") for number in range(40_010)]
    found = Results(spec, tuple(rows))
    broad = replace(
        outcome, problems=[problem], results=found, front=found, designs=designs, sketched=(), checks=checks
    )
    html = page(broad)
    assert len(html.encode()) <= 5_000_000
    shown = data(html)["designs"]
    assert [one["id"] for one in shown[:20]] == [one.id for one in designs] and 100 < len(shown) < 1000
    text = words(html)
    assert f"{1100 - len(shown):,} of 1,100 designs on the front (front.parquet has all)" in text
    assert "measured designs between those drawn (evaluations/ has all, as Parquet)" in text
    assert html.count('<span class="miss">✗</span></td><th>spice') == 10, "failed checks come first"
    assert re.search(r"39,\d+ of 40,010 checks of files \(run.json has all\)", text)


def row(problem, number, draws):
    values = dict(zip(problem.structure.space.names, draws.random(40), strict=True))
    metrics = {f"{name}{at}": draws.random() for name in problem.metrics for at in ("", "@high")}
    return Row.of(
        f"{number:06d}", problem.structure.name, "verify", values, Measurement("ok", metrics), 0.1, problem.spec
    )


def test_the_worst_corner_is_named(outcome):
    assert "high" in words(page(outcome))


def test_the_page_is_written_whole(outcome, tmp_path):
    path = write_report(replace(outcome, folder=tmp_path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text().endswith("</html>\n")


def test_the_browser_is_told_to_load_nothing(outcome):
    assert "Content-Security-Policy\" content=\"default-src 'none'" in page(outcome)


def test_the_front_shows_its_designs_and_labels_the_chosen_ones(outcome):
    designs = data(page(outcome))["designs"]
    assert [one["rank"] for one in designs[:4]] == [1, 2, 3, 0]
    assert designs[0]["metrics"][0] == pytest.approx(outcome.designs[0].metrics["f1"], rel=1e-5)
    assert {one["id"] for one in designs} == {row.parent for row in outcome.front}


def test_a_line_of_the_spec_tells_the_margin_nominally_and_at_the_worst_corner(outcome):
    """`c` must be at most 0: the margin is how far below it lies."""
    read = data(page(outcome))
    place = [goal["metric"] for goal in read["goals"]].index("c")
    first = outcome.designs[0].metrics
    worst = max(value for name, value in first.items() if name.startswith("c@"))
    text, mark, margin, *_, at, note = read["designs"][0]["verdict"][place]
    assert mark == "✓" and not note and float(text) == pytest.approx(first["c"], rel=1e-3)
    assert float(margin) == pytest.approx(-first["c"], rel=1e-2)
    assert first[f"c@{at}"] == worst


def test_the_staircase_ends_at_the_best_feasible_value(outcome):
    steps = next(one for one in figures(page(outcome)) if one.get("data"))["data"][0]
    best = min(row.metrics["f1"] for row in outcome.results if row.feasible)
    assert steps["y"][-1] == pytest.approx(best, rel=1e-5) and steps["x"][-1] == len(outcome.results)


def test_every_objective_can_be_an_axis(tmp_path):
    goals = {name: {"objective": "minimize"} for name in ("f1", "f2")} | {"c": {"max": 0, "objective": "maximize"}}
    read = data(page(design(made(spec=DesignSpec("three", goals)), tmp_path)))
    assert [metric["name"] for metric in read["metrics"]] == ["f1", "f2", "c"]
    assert read["metrics"][2]["max"] == 0 and read["metrics"][0]["min"] is None


def test_a_run_of_failures_alone_still_has_a_page(outcome):
    rows = tuple(
        replace(row, status="timeout", violation=float("inf"), metrics={}, message="10 s") for row in outcome.results
    )
    spec = outcome.results.spec
    text = words(page(replace(outcome, results=Results(spec, rows), front=Results(spec), designs=[])))
    assert "no design meets the spec" in text and "timeout" in text and "10 s" in text


def test_a_value_beyond_its_limit_is_never_rounded_onto_it():
    assert cell(Goal("s22_db", maximum=-10), -9.99996, "dB").text == "-9.99996"
    assert cell(Goal("s22_db", maximum=-10), -10.00004, "dB").text == "-10"


def test_a_corner_without_a_result_is_not_met():
    spec = DesignSpec("s", {"f": {"max": 1, "objective": "minimize"}})
    assert spec.holds({"f@ss": 0.5}, ["ss"]) and not spec.holds({"f@ss": 0.5}, ["ss", "ff"])


def test_numbers_become_six_digits_and_markup_is_escaped():
    assert encode({"y": np.array([1 / 3, np.nan, 2.4835e9]), "n": "</script>&"}) == (
        '{"y":[0.333333,null,2483500000.0],"n":"\\u003c/script\\u003e\\u0026"}'
    )


def test_arrays_become_the_digits_that_formatting_gives():
    """The digits of Python's own formatting, over all that a figure may hold, but for halves."""
    draws = np.random.default_rng(0)
    values = draws.standard_normal(5000) * 10.0 ** draws.uniform(-12, 20, 5000)
    values = np.concatenate([values, [0.0, -0.0, 1.0, 999999.5, 2.4835e9, -1e-3]])
    assert json.loads(encode(values)) == [float(f"{value:.6g}") for value in values]
    assert encode(np.array([np.nan, np.inf, 1.0])) == "[null,null,1.0]"


def test_figures_are_plain_json_with_finite_numbers(outcome):
    drawn = figures(page(outcome))
    assert drawn and any("data" in figure for figure in drawn)


def test_without_a_feasible_design_it_says_what_blocks(tmp_path):
    text = words(page(design(made(problem=Hopeless), tmp_path)))
    assert "no design meets the spec" in text and "Which limits block" in text


def test_failed_simulations_are_counted(tmp_path):
    assert "no_convergence" in words(page(design(made(problem=Patchy), tmp_path)))


def test_one_objective_needs_no_pair_of_axes(tmp_path):
    spec = DesignSpec("one", {"f1": {"objective": "minimize"}, "c": {"max": 0}})
    assert "one" in words(page(design(made(spec=spec), tmp_path)))


def test_text_from_outside_is_escaped(outcome):
    class Hostile(FormulaProblem):
        def panels(self, designs):
            return [Panel(EVIL, {"data": [{"name": EVIL}], "layout": {}}, EVIL)]

    hostile = Hostile(replace(outcome.problems[0].structure, name=EVIL), outcome.problems[0].spec)
    spec = replace(outcome.results.spec, name=EVIL)
    results = Results(spec, tuple(replace(row, structure=EVIL) for row in outcome.results))
    front = Results(spec, tuple(replace(row, structure=EVIL) for row in outcome.front))
    designs = [replace(chosen, id=EVIL, problem=hostile) for chosen in outcome.designs]
    evil = replace(
        outcome, problems=[hostile], results=results, front=front, designs=designs, checks=[Check(EVIL, False, EVIL)]
    )
    assert EVIL not in page(evil)


class Pictured(FormulaProblem):
    def drawing(self, values):
        return '<svg class="schematic"></svg>'


def test_each_chosen_design_shows_its_schematic(outcome, tmp_path):
    found = design(made(problem=Pictured), tmp_path)
    assert page(found).count('<svg class="schematic">') == len(found.designs) > 1
    assert "<h3>Schematic</h3>" not in page(outcome), "nothing to draw"


def test_a_failed_check_is_seen(outcome):
    text = words(page(replace(outcome, checks=[Check("spice tb_x.sp", False, "prints nothing")])))
    assert "prints nothing" in text and "0 of 1 passed" in text


def test_a_check_that_nobody_made_stands_between_those_that_failed_and_those_that_passed(outcome):
    checks = [Check("spice", True), Check("xschem", None, "xschem is not installed"), Check("gds", False)]
    text = page(replace(outcome, checks=checks))
    assert "1 of 3 passed, 1 not made" in words(text)
    listed = [
        re.search(rf"<tr([^>]*)><td><span [^>]*>(.)</span></td><th>{name}</th>", text)
        for name in ("gds", "xschem", "spice")
    ]
    assert [found.groups() for found in listed] == [(" class=missed", "✗"), ("", "\N{EN DASH}"), ("", "✓")]
    assert [found.start() for found in listed] == sorted(found.start() for found in listed)


def test_yields_are_told_by_limit_with_their_intervals_and_what_costs_most(outcome):
    """Half of the dies miss the first limit, all by one parameter: the table, the worst die, and the cost."""
    spec = outcome.results.spec
    goal = next(goal for goal in spec.goals.values() if goal.excess(0.0))
    limit = goal.minimum if goal.minimum is not None else goal.maximum
    base = outcome.designs[0].metrics
    steps = [(-1) ** number * 0.1 * (abs(limit) or 1.0) for number in range(20)]
    inside = 0.2 * abs(steps[0]) * (1 if goal.minimum is not None else -1)  # where the nominal die lies
    metrics = [{**base, goal.metric: limit + inside + step} for step in steps]
    found = Dies(spec, metrics, [{"guilty": step} for step in steps])
    designs = outcome.designs[:1]
    lines = dict(tables.yields(designs, {designs[0].id: found}))
    assert lines[goal.metric][0].passed == 10 and lines["all limits"][0].dies == 20
    assert tables.costs(found)[0] == ("guilty", pytest.approx(0.5))
    text = words(page(replace(outcome, dies={designs[0].id: found})))
    assert "Yield 20 dies of each chosen design" in text
    assert "50.0 % 29.9 to 70.1" in text and "guilty 50.0 %" in text


@pytest.mark.parametrize(("measured", "said"), [(3, "100.0 % of 3"), (0, "not measured")])
def test_a_limit_is_told_of_the_dies_that_have_its_metric(outcome, measured, said):
    """The others were measured, but without it, and keep not every limit."""
    spec, base = outcome.results.spec, outcome.designs[0].metrics
    limited = next(name for name, goal in spec.goals.items() if goal.excess(0.0))
    lacking = {name: value for name, value in base.items() if name != limited}
    found = Dies(spec, [base] * measured + [lacking] * (5 - measured), [{}] * 5)
    text = words(page(replace(outcome, dies={outcome.designs[0].id: found})))
    assert f"{limited} {said}" in text and f"all limits {20.0 * measured:.1f} % " in text


def test_sensitivities_that_would_have_cost_too_much_are_said_to_be_left_out(outcome):
    first, second = outcome.designs[:2]
    text = words(page(replace(outcome, sensitivities={}, spared=(first.id, second.id))))
    assert "without sensitivities 2 of the chosen designs" in text
    assert text.count("Not measured: another design for each variable") == 2
    assert "Not measured" not in words(page(replace(outcome, sensitivities={}, spared=())))


@dataclass(frozen=True)
class Cornered(FormulaProblem):
    """Corners `fast` and `slow`, of which a design knows what the test gives it."""

    @property
    def corners(self):
        return ("fast", "slow")


def cornered(outcome, metrics):
    """A design with `c` at most 0 and `f1` at most 1."""
    spec = DesignSpec("s", {"f1": {"max": 1, "objective": "minimize"}, "c": {"max": 0}})
    return Design("one", Cornered(outcome.problems[0].structure, spec), outcome.designs[0].values, metrics)


def worst(design, metric):
    return next(line.worst for line in tables.wanted(design, design.problem.known) if line.metric == metric)


def test_what_was_left_out_at_a_corner_does_not_hide_the_worst_value_that_was_measured(outcome):
    """At `fast` the cheap `c` is missed, so `f1` was not measured there; `slow` is its worst measured corner."""
    one = cornered(outcome, {"f1": 0.5, "c": -1.0, "c@fast": 0.2, "c@slow": -0.5, "f1@slow": 0.9})
    found = worst(one, "f1")
    assert (found.text, found.where, found.margin) == ("0.9", "slow", "+0.1")
    assert found.mark == "?" and found.met is None, "nobody knows whether it is kept everywhere"
    assert found.note == "not measured at fast: c misses there"
    assert worst(one, "c").mark == "✗"
    (cell,) = (cells[0] for name, cells in tables.corners(one, one.problem.known) if name == "fast")
    assert (cell.text, cell.note, cell.mark) == ("not measured", "c misses", "?")
    assert tables.worst_corner(one, one.problem.known).text == "c 0.2"
    assert tables.closest(one, one.problem.known) == [
        ("c -0.2 at fast", False),
        ("f1 +0.1 at slow (not measured at fast)", True),
    ]


def test_a_value_missed_where_it_was_measured_stays_missed(outcome):
    one = cornered(outcome, {"f1": 0.5, "c": -1.0, "c@fast": 0.2, "c@slow": -0.5, "f1@slow": 1.5})
    assert worst(one, "f1").mark == "✗" and "fast" in worst(one, "f1").note


def test_a_corner_whose_simulation_failed_has_no_result_and_is_the_worst(outcome):
    one = cornered(outcome, {"f1": 0.5, "c": -1.0, "c@slow": -0.5, "f1@slow": 0.9})
    for metric in ("f1", "c"):
        found = worst(one, metric)
        assert (found.text, found.mark, found.where) == ("no result", "✗", "fast")
    assert tables.closest(one, one.problem.known)[0] == ("f1 without a result at fast", False)


def test_a_metric_that_was_measured_nowhere_is_not_said_to_be_kept(outcome):
    one = cornered(outcome, {"c": 2.0})
    assert tables.closest(one, one.problem.known) == [("c -2", False), ("f1 not measured", False)]


def test_a_verdict_with_a_file_that_failed_its_check_has_no_tick(outcome):
    html = page(replace(outcome, checks=[Check("deck", False)]))
    found = re.search(r'<p class="verdict (\w*)">(.*?)</p>', html)
    assert not found[1] and "1 exported file failed its check: deck" in found[2] and "✓" not in found[2]


@pytest.mark.parametrize(("shift", "said", "look"), [(0.0, "every limit", "good"), (9.0, "none of them keeps", "")])
def test_the_verdict_says_how_many_designs_keep_every_limit_at_every_corner(outcome, shift, said, look):
    """Green is for a front of which at least one design does."""
    rows = tuple(replace(row, metrics={**row.metrics, "c@high": row.metrics["c"] + shift}) for row in outcome.front)
    html = page(replace(outcome, front=Results(outcome.results.spec, rows)))
    found = re.search(r'<p class="verdict (\w*)">(.*?)</p>', html)
    assert found[1] == look and said in found[2] and ("✓" in found[2]) == bool(look)
    assert f"at every corner {len(rows) if look else 'none'} of them" in found[2]
