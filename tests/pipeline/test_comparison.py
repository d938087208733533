"""Finished runs side by side: what is read back is what was written, and what is no run is named."""

import io
import json
import shutil

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from genrf.core.errors import ConfigError
from genrf.core.spec import DesignSpec
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
