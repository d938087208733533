"""Finished runs side by side: what is read back is what was written, and what is no run is named."""

import io
import json
import re
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from omegaconf import OmegaConf
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.core.parts import write_whole
from genrf.core.spec import DesignSpec
from genrf.pipeline import comparison
from genrf.pipeline.comparison import compare, differences
from genrf.pipeline.recorded import read
from genrf.pipeline.run import design
from tests.pipeline.browser import CHROMIUM, Browser
from tests.pipeline.test_report import data, words
from tests.pipeline.test_stages import made

GOALS = {"f1": {"objective": "minimize"}, "f2": {"objective": "minimize"}, "c": {"max": 0}}


def finished(folder, goals=GOALS, tech="one", **entries):
    """A run with the config that Hydra would have left beside it."""
    outcome = design(made(spec=DesignSpec("two", goals)), folder)
    spec = {"_target_": "genrf.core.spec.DesignSpec", "name": "two", "goals": goals}
    (folder / ".hydra").mkdir()
    OmegaConf.save({"spec": spec, "tech": {"name": tech}, "seed": 1, **entries}, folder / ".hydra/config.yaml")
    choices = {"tech": tech, "spec": "two", "hydra/help": "genrf"}
    OmegaConf.save({"hydra": {"runtime": {"choices": choices}}}, folder / ".hydra/hydra.yaml")
    return outcome


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [finished(folder / "a"), finished(folder / "b", {**GOALS, "c": {"max": -0.001}}, "other", budget=7)]


def compared(tmp_path, *folders):
    out = io.StringIO()
    compare(None, tmp_path, [str(folder) for folder in folders], Console(file=out, width=160))
    return (tmp_path / "report.html").read_text(), out.getvalue()


def test_both_fronts_and_verdicts_are_on_the_page(runs, tmp_path):
    html, said = compared(tmp_path, *(run.folder for run in runs))
    read_back = data(html)
    assert len(read_back["designs"]) == sum(len(run.front) for run in runs)
    firsts = {one["id"]: one for one in read_back["designs"] if one["rank"]}
    for place, run in enumerate(runs, start=1):
        first = run.designs[0]
        assert firsts[f"{place}/{first.id}"]["metrics"][0] == pytest.approx(first.metrics["f1"], rel=1e-5)
        assert run.verdict in words(html) and f"{first.metrics['f1']:.4g}" in said
    assert [one["metric"] for one in read_back["structures"][0]["goals"]] == ["f1", "f2", "c"]
    limits = {metric["name"]: metric.get("max") for metric in read_back["metrics"]}
    assert limits == {"f1": None, "f2": None, "c": None}, "a limit that the runs do not share forbids nothing"


def test_what_differs_in_the_configs_is_listed(runs):
    """The option of a group stands for what is below it; an entry that one run lacks is a dash."""
    assert differences([read(run.folder) for run in runs]) == [
        ("tech", ["one", "other"]),
        ("spec.goals.c.max", ["0", "-0.001"]),
        ("budget", ["-", "7"]),
    ]


def test_other_specs_are_compared_where_they_share_metrics(runs, tmp_path):
    finished(tmp_path / "c", {"f2": {"objective": "minimize"}, "c": {"max": 0}})
    html, _ = compared(tmp_path, runs[0].folder, tmp_path / "c")
    assert [metric["name"] for metric in data(html)["metrics"]] == ["f2", "c"]


def test_runs_that_share_nothing_are_refused(runs, tmp_path):
    finished(tmp_path / "c", {"f1": {"objective": "minimize"}})
    finished(tmp_path / "d", {"f2": {"objective": "minimize"}})
    with pytest.raises(ConfigError, match=r"no metric that all have a goal for: .*/c \(two\): f1; .*/d \(two\): f2"):
        compared(tmp_path, tmp_path / "c", tmp_path / "d")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no such folder"),
        (lambda folder: (folder / "run.json").unlink(), r"no finished run there \(it has no run.json\); resume="),
        (lambda folder: (folder / "run.json").write_text("{"), "a run that cannot be read: Expecting property name"),
        (lambda folder: (folder / "run.json").write_text(json.dumps({"spec": "s"})), "run.json has no 'tech'"),
        (lambda folder: (folder / "front.parquet").write_bytes(b"PAR"), "a run that cannot be read"),
        (lambda folder: (folder / ".hydra/config.yaml").write_text("spec: [\n"), "a run that cannot be read"),
        (lambda folder: (folder / ".hydra/config.yaml").write_text("tech: {}\n"), "spec"),
    ],
)
def test_what_is_no_run_is_named(runs, tmp_path, spoil, message):
    shutil.copytree(runs[0].folder, tmp_path / "copy")
    spoil(tmp_path / "copy")
    with pytest.raises(ConfigError, match=rf"runs: .*copy.*{message}"):
        compared(tmp_path, runs[1].folder, tmp_path / "copy")


@pytest.mark.parametrize("given", [None, [], ["a"], "a"])
def test_one_run_is_no_comparison(given, tmp_path):
    with pytest.raises(ConfigError, match="task=report wants two runs or more"):
        compare(None, tmp_path, given)


def grown(run, folder, count):
    """A copy of a run with `count` designs on its front, which is a quarter of a circle; nine in ten at one end."""
    shutil.copytree(run.folder, folder)
    front = pq.read_table(folder / "front.parquet")
    table = front.take(np.arange(count) % len(front))
    angles = np.append(np.linspace(0, 0.1, count - count // 10), np.linspace(0.1, np.pi / 2, count // 10))
    columns = {"m.f1": 1 - np.sin(angles), "m.f2": 1 - np.cos(angles), "m.c": np.full(count, -1.0)}
    ids = table["parent"].to_pylist()[: len(front)] + [f"g{number:06d}" for number in range(len(front), count)]
    for name, values in {**columns, "parent": ids, "id": [f"{one}v" for one in ids]}.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.field(place), pa.array(values))
    write_whole(table, folder / "front.parquet")
    return folder


def test_of_fronts_of_thousands_each_shows_its_whole_curve_with_as_many_designs(runs, tmp_path):
    """As many designs of one large run as of the other, all of the small one; what matters of each is there."""
    folders = [grown(runs[0], tmp_path / "a", 10_000), grown(runs[1], tmp_path / "b", 9_000), runs[1].folder]
    html, _ = compared(tmp_path, *folders)
    assert len(html.encode()) <= 5_000_000
    shown = data(html)["designs"]
    counts = [sum(one["id"].startswith(f"{place}/") for one in shown) for place in (1, 2, 3)]
    assert sum(counts) == 2000 and abs(counts[0] - counts[1]) <= 1 and counts[2] == len(runs[1].front)
    total = 19_000 + len(runs[1].front)
    assert f"can be read: {total - 2000:,} of {total:,} designs on the fronts (front.parquet in each" in words(html)
    assert "of the front on this page " + " ".join(f"{count:,}" for count in counts) in words(html)
    first = {f"{place}/{runs[place > 1].designs[0].id}" for place in (1, 2, 3)}
    assert {one["id"] for one in shown if one["rank"]} == first
    for place in ("1/", "2/"):
        f = np.array([one["metrics"][:2] for one in shown if one["id"].startswith(place)])
        assert f.min(axis=0) == pytest.approx([0, 0], abs=1e-9) and f.max(axis=0) == pytest.approx([1, 1])
        gaps, sparse = np.diff(np.sort(np.arccos(np.clip(1 - f[:, 1], 0, 1)))), (np.pi / 2 - 0.1) / 899
        assert gaps.max() < 2 * np.pi / 2 / counts[0] + sparse, "at most twice as wide as they could be, and a point's"
    ids = [one["id"] for one in shown if one["id"].startswith("3/")]
    own = runs[1].designs[0].id
    assert ids[1:] == [f"3/{row.parent}" for row in runs[1].front if row.parent != own], "in the order of the front"


def test_what_room_there_is_on_a_small_page_is_used(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "LIMIT", 200_000)
    html, _ = compared(tmp_path, runs[0].folder, grown(runs[1], tmp_path / "b", 1500))
    shown, total = len(data(html)["designs"]), 1500 + len(runs[0].front)
    assert 195_000 < len(html.encode()) <= 200_000 and 100 < shown < 1000  # a design is counted with bytes to spare
    assert f"{total - shown:,} of {total:,} designs on the fronts" in words(html)


def test_what_fits_is_shown_and_nothing_is_said_to_be_left_out(runs, tmp_path):
    html, _ = compared(tmp_path, *(run.folder for run in runs))
    assert "left-out" not in html and "of the front on this page" not in html


def test_a_narrow_page_has_the_convergence_of_the_first_runs_and_tables_of_all_or_is_refused(
    runs, tmp_path, monkeypatch
):
    html, _ = compared(tmp_path, *(run.folder for run in runs))
    first, second = (len(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', html))
    monkeypatch.setattr(comparison, "_CURVES", first + second - 1)
    html, _ = compared(tmp_path, *(run.folder for run in runs))
    assert "convergence of 1 of 2 runs (each run&#39;s report.html has its own)" in words(html)
    monkeypatch.setattr(comparison, "LIMIT", len(html.encode()) // 2)
    with pytest.raises(ConfigError, match="tables of 2 are more than a page holds; compare fewer, or task=summary"):
        compared(tmp_path, *(run.folder for run in runs))


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed (apt install chromium)")
def test_a_click_shows_a_design_of_the_other_run(runs, tmp_path):
    compared(tmp_path, *(run.folder for run in runs))
    with Browser(tmp_path / "profile") as browser:
        browser.window(390)
        browser.open(tmp_path / "report.html")
        wanted = f"2/{runs[1].designs[0].id}"
        browser.click(f".point[data-id='{wanted}']")
        assert wanted in browser.js("document.querySelector('#which').textContent")
        assert "≤\u00a0-0.001" in browser.js("document.querySelector('#lines').textContent")
        assert browser.js("document.documentElement.scrollWidth") <= 390
        assert browser.said == [] and browser.asked == [(tmp_path / "report.html").as_uri()]
