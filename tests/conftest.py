"""Shape checks on every jaxtyping signature, one switch for golden files, and skips where a tool is missing."""

import os
import shutil
import tempfile

import pytest
from jaxtyping import install_import_hook

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded; threads that wait for each other spin


def _take_own_cores():
    """Give each of several test processes its share of the cores: a pool inside of a test has one worker per core."""
    worker, cores = os.environ.get("PYTEST_XDIST_WORKER"), sorted(os.sched_getaffinity(0))
    if worker:
        place = int(worker.removeprefix("gw")) % len(cores)
        os.sched_setaffinity(0, cores[place :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])])


_take_own_cores()  # before anything counts them

with install_import_hook("genrf", "beartype.beartype"):
    import genrf  # noqa: F401

os.environ["GENRF_CACHE"] = tempfile.mkdtemp(prefix="genrf_cache_")  # never the user's own


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture
def golden(request):
    """Compare text with a file under tests/golden, or write it with --update-golden."""
    folder = request.config.rootpath / "tests" / "golden"

    def compare(name, text):
        path = folder / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert path.read_text() == text, f"{path} differs; look at it, then `make golden` if the change is meant"

    return compare


@pytest.fixture
def short(monkeypatch):
    """An oscillator's transient of the first length, in which those of middle size have settled."""
    monkeypatch.setattr("genrf.circuits.oscillation._LONGEST", 1)


def pytest_collection_modifyitems(config, items):
    """With --update-golden only the tests that write a golden file."""
    if config.getoption("--update-golden"):
        others = [item for item in items if "golden" not in item.fixturenames]
        items[:] = [item for item in items if "golden" in item.fixturenames]
        config.hook.pytest_deselected(items=others)


def pytest_runtest_setup(item):
    if item.get_closest_marker("ngspice") and shutil.which("ngspice") is None:
        pytest.skip("ngspice is not on PATH; apt install ngspice libngspice0")


def pytest_unconfigure():
    shutil.rmtree(os.environ["GENRF_CACHE"], ignore_errors=True)
