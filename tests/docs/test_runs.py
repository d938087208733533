"""The blocks of the pages are run, in the order of their page, in a copy of the repository."""

import os
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from tests.circuits import pdk
from tests.circuits.process import draw, problem
from tests.docs import forked
from tests.docs.pages import GUIDE, NOT_READ, NOT_RUN, ROOT, blocks

IN_PAGES = {page: [block for block in blocks(page) if block.directive or block.is_shell] for page in GUIDE}
pytestmark = pytest.mark.ngspice
PLACES = {  # what a reader fills in
    r"'([^']*<[^']*)'": r'"\1"',
    r"<its folder>": "$(ls -td outputs/*/*/dataset/.. | head -1)",
    r"[\w./]*<[\w./<>]*": lambda found: f"$(ls -td {re.sub('<.*?>', '*', found[0])} | head -1)",
    r"/path/to/pdks": str(pdk.ROOT),
    r"outputs/a outputs/b": "$(ls -d outputs/lna_2p4ghz/* | head -2)",
}
PROGRAMS = {
    "genrf": '#!/bin/sh\nexec python -m genrf "$@"\n',
    "editor": "#!/bin/sh\necho 'defaults: [generic130]' > \"$1\"\n",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    with forked.program(tmp_path_factory.mktemp("python")) as path:
        yield path


@pytest.fixture
def copy(tmp_path, python):
    """What a reader has after cloning: circuits may be added to it. One page's netlist stands for a reader's own."""
    for folder in ("genrf", "conf"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(python)
    for name, text in PROGRAMS.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    for block in IN_PAGES[ROOT / "docs" / "own_netlist.md"]:
        if block.directive == "file":
            (tmp_path / block.argument).write_text(block.text)
    return tmp_path


def run(block, place):
    """What a block printed."""
    name = "block.py" if block.language == "python" else "block.sh"
    (place / name).write_text(filled_in(block.shortened()))
    done = subprocess.run(
        ["python", name] if block.language == "python" else ["bash", "-euo", "pipefail", name],
        cwd=place,
        env={
            **os.environ,
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(place),
            "COLUMNS": "200",
            "EDITOR": "editor",
            "PDK_ROOT": str(pdk.ROOT),
        },
        executable=str(place / "bin" / "python") if block.language == "python" else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}: {done.stdout[-9000:]}\n{done.stderr[-9000:]}"
    return done.stdout


def filled_in(text):
    """What is run here; where there is no PDK, without the lines that want one."""
    if not pdk.ROOT.is_dir():
        text = re.sub(r"^.*tech=(sky130|gf180mcu|ihp_sg13g2).*$", "", text, flags=re.MULTILINE)
    for place, here in PLACES.items():
        text = re.sub(place, here, text)
    return text


def take(block, place):
    """A run with a block of yaml merged into its config, all of whose files pass their checks."""
    text, command = block.merged
    (place / "page" / "part").mkdir(parents=True, exist_ok=True)
    (place / "page" / "part" / "block.yaml").write_text(text)
    printed = run(replace(block, language="sh", text=command, directive="", argument=""), place)
    assert "designs measured" in printed and "failed their check" not in printed, printed


def follow(page, paces, place):
    """Write the files of a page, run its blocks of these paces, and hold what they print against what the page says."""
    printed = ""
    for block in IN_PAGES[page]:
        if block.directive == "file":
            (place / block.argument).parent.mkdir(parents=True, exist_ok=True)
            (place / block.argument).write_text(block.text)
        elif block.directive == "config" and block.pace in paces:
            take(block, place)
        elif block.pace:
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


def test_each_block_is_run_or_there_is_a_cause():
    """Of any language: it is run, written as a file, held against what a run printed, or named with a cause."""
    every = [block for page in GUIDE for block in blocks(page)]
    for block in every:
        if block.directive == "run":
            assert block.pace in ("quick", "slow"), f"{block}: run: quick or run: slow, not {block.argument!r}"
        assert block.directive or block.is_shell or block.why_not_read, f"{block}: nothing runs this {block.language}"
    shown = [line for block in every if block.is_shell for line in block.lines]
    assert not [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in shown)]
    assert not [begin for begin in NOT_READ if not any(block.begins(begin) for block in every)]


def test_the_readme_shows_the_table_of_the_tutorial():
    """A run of which the tutorial's blocks are held against what is printed."""
    (shown,) = (block for block in blocks(ROOT / "README.md") if block.begins("text gain_db"))
    assert any(block.text.startswith(shown.text) for block in blocks(ROOT / "docs" / "tutorial.md"))


def test_the_map_of_the_readme_names_what_is_there():
    (shown,) = (block for block in blocks(ROOT / "README.md") if block.begins("text genrf/core"))
    assert not [line for line in shown.lines if not (ROOT / line.split()[0]).is_dir()]
