"""The blocks of the pages that say so are run, in the order of their page, in a copy of the repository."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.circuits.process import draw, problem
from tests.docs.pages import PAGES, ROOT, blocks

IN_PAGES = {page: [block for block in blocks(page) if block.directive] for page in PAGES}
pytestmark = pytest.mark.ngspice


@pytest.fixture
def copy(tmp_path):
    """What a reader has after cloning: circuits may be added to it."""
    for folder in ("genrf", "conf"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    return tmp_path


def run(block, place):
    """What a block printed. `python` is the one of the tests."""
    program = [sys.executable, "block"] if block.language == "python" else ["bash", "-euo", "pipefail", "block"]
    (place / "block").write_text(block.shortened())
    done = subprocess.run(
        program,
        cwd=place,
        env={**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(place), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}: {done.stdout}\n{done.stderr}"
    return done.stdout


def follow(page, paces, place):
    """Write the files of a page, run its blocks of these paces, and hold what they print against what the page says."""
    printed = ""
    for block in IN_PAGES[page]:
        if block.directive == "file":
            (place / block.argument).parent.mkdir(parents=True, exist_ok=True)
            (place / block.argument).write_text(block.text)
        elif block.directive == "run":
            printed = run(block, place) if block.pace in paces else ""
        elif printed:
            absent = [word for word in block.argument.split() if word not in printed]
            assert not absent, f"{block}: the run did not print {', '.join(absent)}: {printed}"


def paces(*wanted):
    return [page for page, found in IN_PAGES.items() if {block.pace for block in found} & set(wanted)]


@pytest.mark.parametrize("page", paces("quick"), ids=lambda page: page.stem)
def test_the_quick_blocks_of_a_page_run(page, copy):
    follow(page, ("quick",), copy)


def test_the_simulator_of_the_page_gives_what_ngspice_gives(tmp_path, monkeypatch):
    """Its reference is the engine in process; the page promises 1e-6."""
    page = ROOT / "docs" / "extending.md"
    (code,) = (block for block in IN_PAGES[page] if block.argument == "farm.py")
    (tmp_path / "farm.py").write_text(code.text)
    monkeypatch.syspath_prepend(tmp_path)
    import farm

    sizing = problem("lna_cascode")
    launched = replace(sizing, engine=farm.FarmNgSpice(["nice", "-n", "10"], str(tmp_path), 60.0))
    for values in draw(sizing.structure.space, 2):
        ours, theirs = launched.measure(values), sizing.measure(values)
        assert (ours.status, theirs.status) == ("ok", "ok"), ours.message
        assert ours.metrics == pytest.approx(theirs.metrics, rel=1e-6)
    broken = replace(launched, engine=farm.FarmNgSpice(["false"], str(tmp_path), 60.0))
    assert broken.measure(values).status == "no_convergence"


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", paces("slow"), ids=lambda page: page.stem)
def test_all_blocks_of_a_page_run(page, copy):
    follow(page, ("quick", "slow"), copy)


def test_each_directive_is_one_that_is_known():
    for block in (block for found in IN_PAGES.values() for block in found if block.directive == "run"):
        assert block.pace in ("quick", "slow"), f"{block}: run: quick or run: slow, not {block.argument!r}"
