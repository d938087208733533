"""The page of metrics is what the program measures, in its own words."""

import importlib.util
import pkgutil

from genrf import circuits
from genrf.circuits.bench import AbstractBench
from tests.docs.pages import ROOT

SOURCE = importlib.util.spec_from_file_location("metrics_page", ROOT / "docs" / "metrics_page.py")
metrics_page = importlib.util.module_from_spec(SOURCE)
SOURCE.loader.exec_module(metrics_page)


def test_the_page_is_what_the_program_writes(request):
    if request.config.getoption("--update-golden"):
        metrics_page.PAGE.write_text(metrics_page.page(), encoding="utf-8")
    assert metrics_page.PAGE.read_text(encoding="utf-8") == metrics_page.page(), "docs/metrics.md is old; `make docs`"


def test_every_kind_of_bench_is_on_the_page():
    """All classes below AbstractBench, wherever they are; what each measures is read from an instance by `problems`."""
    for module in pkgutil.walk_packages(circuits.__path__, "genrf.circuits."):
        if module.name.count(".") == 2 and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    shown = {metrics_page.parts(f"spec={specs[0]}").make_problem.keywords.get("kind") for specs, _ in PROBLEMS.values()}
    assert {bench for bench in benches(AbstractBench) if bench.__module__.startswith("genrf.")} <= shown


def test_every_metric_stands_on_the_page_with_its_unit():
    text = metrics_page.PAGE.read_text(encoding="utf-8")
    for _, metrics in PROBLEMS.values():
        for name, metric in metrics.items():
            assert f"| `{name}` | {metric.unit} |" in text


def test_the_page_says_of_every_metric_how_it_is_found():
    known = list(metrics_page.entries((ROOT / "docs" / "measures.md").read_text(encoding="utf-8")))
    assert [
        (kind, name)
        for kind, (_, metrics) in PROBLEMS.items()
        for name in metrics
        if not metrics_page.how_found(name, kind, known)
    ] == []


def test_rows_of_one_kind_of_circuit_are_taken_before_those_of_all():
    known = list(metrics_page.entries((ROOT / "docs" / "measures.md").read_text(encoding="utf-8")))
    assert "Cripps" in metrics_page.how_found("p1db_dbm", "power_amplifier", known)
    assert "Cripps" not in metrics_page.how_found("p1db_dbm", "sizing", known)
    assert metrics_page.how_found("psrr_db", "op_amp", known) != metrics_page.how_found("psrr_db", "reference", known)


def benches(kind):
    return {kind for kind in kind.__subclasses__()} | {found for one in kind.__subclasses__() for found in benches(one)}


PROBLEMS = metrics_page.problems()
