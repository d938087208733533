"""Every command that a page shows exists: its module, its options, its groups and keys, its targets of make.

Those of genrf that test_runs runs need no more than that.
"""

import ast
import importlib
import importlib.util
import re
import shutil

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from genrf.pipeline import config
from genrf.pipeline.beside import beside
from genrf.pipeline.runs import named
from tests.docs.pages import GUIDE, PAGES, ROOT, blocks, commands, why_not

ALL = [command for page in PAGES for command in commands(page)]
RUNS = [command for command in ALL if command.words[0] == "genrf" or command.words[1:3] == ("-m", "genrf")]
VALUES = ("--config-dir", "-cd", "--config-name", "-cn", "--cfg", "-c", "--package", "-p", "--info", "-i")


def test_the_pages_show_commands():
    assert len(RUNS) > 40 and {command.words[0] for command in ALL} >= {"python", "make"}


def overrides(command):
    """What is set on the command line, and the folder of `--config-dir`; flags must be Hydra's own."""
    known = set(get_args_parser()._option_string_actions)
    words, given, folder = list(command.words[1 if command.words[0] == "genrf" else 3 :]), [], None
    while words:
        word = words.pop(0)
        flag, _, value = word.partition("=")
        if not word.startswith("-"):
            given.append(word)
            continue
        assert flag in known, f"{command}: no option {flag}"
        if flag in VALUES and not value:
            value = words.pop(0)
        folder = value if flag in ("--config-dir", "-cd") else folder
    return given, folder


def first_of_a_sweep(override):
    """`seed=1,2,3` as its first job has it."""
    parsed = OverridesParser.create().parse_override(override)
    if not parsed.is_sweep_override():
        return override
    return f"{parsed.input_line.partition('=')[0]}={next(parsed.sweep_string_iterator())}"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A folder with the files that pages tell a reader to write, and a netlist under each name that they use."""
    folder = tmp_path_factory.mktemp("shown")
    for block in (block for page in PAGES for block in blocks(page) if block.directive == "file"):
        path = folder / block.argument
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    return folder


ONLY_SHOWN = [one for one in RUNS if one.block.page not in GUIDE or why_not(" ".join(one.words))]


@pytest.mark.parametrize("command", ONLY_SHOWN, ids=str)
def test_every_run_that_a_page_only_shows_composes(command, shown, monkeypatch):
    monkeypatch.chdir(shown)
    given, folder = overrides(command)
    given = named(given)
    for netlist in (word.partition("=")[2] for word in given if word.startswith("netlist=")):
        if not (shown / netlist).exists() and not (ROOT / netlist).exists():
            for end in (".sp", ".yaml"):
                shutil.copy(ROOT / f"experiments/own_netlist/lna{end}", (shown / netlist).with_suffix(end))
    if folder:
        _options_of_ones_own(shown / folder, given)
        given.append(f"hydra.searchpath=[file://{shown / folder}]")
    given = [first_of_a_sweep(word) for word in given if not word.startswith("resume=")]
    given = [word.replace("experiments/", f"{ROOT}/experiments/") if "netlist=" in word else word for word in given]
    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        assert compose("config", beside(given), return_hydra_config=True)


def _options_of_ones_own(folder, given):
    """A process of one's own that a page names without showing it: it begins from another one."""
    for tech in (word.partition("=")[2] for word in given if word.startswith("tech=")):
        if not (config.folder() / "tech" / f"{tech}.yaml").exists() and not (folder / "tech" / f"{tech}.yaml").exists():
            (folder / "tech").mkdir(parents=True, exist_ok=True)
            (folder / "tech" / f"{tech}.yaml").write_text("defaults: [generic130]\n")


@pytest.mark.parametrize("command", [command for command in ALL if command not in RUNS], ids=str)
def test_every_other_program_that_a_page_shows_is_there(command):
    if command.words[0] == "make":
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        named = {word for word in command.words[1:] if re.fullmatch("[a-z-]+", word)}
        assert named <= targets, f"{command}: no target {', '.join(sorted(named - targets))}"
    else:
        assert importlib.util.find_spec(command.words[2]), f"{command}: no module {command.words[2]}"


@pytest.mark.parametrize(
    "block", [block for page in PAGES for block in blocks(page) if block.language == "python"], ids=str
)
def test_python_that_a_page_shows_can_be_read_and_its_imports_are_there(block):
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "genrf":
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name) or importlib.import_module(f"{node.module}.{name.name}"), f"{block}"
