"""Every part of the page on adding parts, moved into a copy of the tree as its last section says, is a whole commit."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks

pytestmark = [pytest.mark.slow, pytest.mark.ngspice, pytest.mark.timeout(1200)]
FILES = {block.argument: block.text for block in blocks(ROOT / "docs" / "extending.md") if block.directive == "file"}
HOMES = {"farm": "genrf.circuits.simulate", "parts_list": "genrf.circuits.export"}
CONTRACTS = [  # what the suite asks of every option, circuit and exporter, of those that came
    ("tests/pipeline/test_config.py", "lna_gps or my180 or farm or parts_list or stays"),
    ("tests/circuits/test_exporters.py", "parts_list or lna_common_source"),
    ("tests/circuits/test_netlists.py", "lna_common_source or all_of_the_library"),
    ("tests/circuits/test_schematic.py", "lna_common_source"),
]


def home(name):
    """Where a file of the page belongs in the tree."""
    path = Path(name)
    if path.stem in HOMES and path.suffix == ".py":
        return Path(*HOMES[path.stem].split("."), path.name)
    if path.suffix == ".lib":
        return Path("genrf/circuits/processes", path.name)
    if path.name.startswith("test_"):
        return Path("tests/circuits", path.name)
    return Path("conf", *path.parts[1:]) if path.suffix == ".yaml" else path


def moved(text):
    """What a file says there."""
    for module, package in HOMES.items():
        text = re.sub(rf"^((?:from|_target_:) ){module}(?=[ .])", rf"\1{package}.{module}", text, flags=re.MULTILINE)
    text = re.sub(r"^(mine|own) = .*\n", "", text, flags=re.MULTILINE).replace(", *own", "")
    return text.replace("${hydra:runtime.cwd}/mine/", "")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what is linted, typed and tested, with all parts of the page in it."""
    place = tmp_path_factory.mktemp("tree")
    for folder in ("genrf", "conf", "tests", "experiments", "scripts", "docs"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, place)
    for name, text in FILES.items():
        assert not (place / home(name)).exists(), f"{home(name)} is there already"
        (place / home(name)).write_text(moved(text))
    call(place, "ruff", "check", "--fix", "--select=I,F401", "--quiet", *python())  # nothing else has a right to change
    call(place, "ruff", "format", "--quiet", *python("tests"))
    return place


def python(below=""):
    """The modules of the page, where they are moved to."""
    return [str(home(name)) for name in FILES if name.endswith(".py") and str(home(name)).startswith(below)]


def call(place, *words):
    """What a module of Python printed, called in the tree; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-9000:]}\n{done.stderr[-9000:]}"
    return done.stdout


def test_the_page_has_a_part_of_each_kind():
    homes = {str(home(name).parent) for name in FILES}
    assert homes >= {"genrf/circuits/library", "genrf/circuits/simulate", "genrf/circuits/export", "tests/circuits"}
    assert homes >= {"conf/spec", "conf/tech", "conf/sim", "conf/exporter", "genrf/circuits/processes"}


def test_nothing_of_the_old_place_is_left(tree):
    for name in FILES:
        assert not re.search(r"\bmine\b|\bown\b|runtime\.cwd", (tree / home(name)).read_text()), name


def test_the_parts_pass_lint(tree):
    call(tree, "ruff", "check", *python())
    call(tree, "ruff", "format", "--check", *python())


def test_the_parts_pass_types(tree):
    call(tree, "mypy", *python("genrf"))


def test_the_tests_of_the_parts_pass_where_they_belong(tree):
    count = sum(text.count("def test_") for text in FILES.values())
    assert f"{count} passed" in pytest_in(tree, *python("tests"))


@pytest.mark.parametrize(("path", "chosen"), CONTRACTS, ids=[Path(path).stem for path, _ in CONTRACTS])
def test_the_parts_keep_what_the_suite_asks_of_all(tree, path, chosen):
    printed = pytest_in(tree, path, "-k", chosen)
    assert " passed" in printed and "skipped" not in printed, printed


def pytest_in(tree, *words):
    return call(tree, "pytest", "--quiet", "-n", "0", "-p", "no:cacheprovider", *words)
