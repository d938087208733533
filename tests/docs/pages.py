"""What stands in the pages: blocks of text, commands among them, and what a comment above a block says of it.

<!-- file: mine/tech/my180.yaml -->       the next block is that file
<!-- run: slow budget=300 samples=60 -->  the next block is run; the rest is added to each line that runs genrf
<!-- output: gain_db designs -->          the last run printed each of these words
<!-- config: spec.conditions spec=a -->   the next block is merged there into the config of a run of `spec=a`

A block of the shell, which is one without a language too, is run without a comment as well, with `SMALL` added to its
lines. What is not run stands in `NOT_RUN`, and of other languages in `NOT_READ`.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "experiments").glob("*/README.md"))]
_DIRECTIVE = re.compile(r"<!--\s*(file|run|output|config):\s*(.*?)\s*-->")
_GENRF = re.compile(r"^(?:\S+=\S+ )*(?:\S*python3? -m genrf|genrf)(?= |$)")
_SHELL = ("sh", "bash", "console")
SMALL = "budget=8 samples=4 count=2 designs=1 front=2 sensitivity=0 dies=0"  # a second or so for each line
SMALL_OF = {  # of lines in which this stands, besides
    "dies=": "dies=4",
    "task=dataset": "count=12 budget=120 workers=2",
    "task.rounds": "task.rounds=1",
    "task=train": "task.training.steps=2",
    "hydra/launcher=joblib": "seed=1,2 hydra.launcher.n_jobs=1",
}
SET_UP = {  # what these targets of the Makefile call, once there is .venv
    "make run-accel": "python -m genrf spec=digits_cnn",
    "make run": "python -m genrf spec=lna_2p4ghz sim=ngspice",
}
NOT_RUN = {  # lines that begin so, and why
    "make": "sets up .venv from a package index, or runs this suite, or an accelerator's bench, which tests/accel runs",
    "source .venv": "the environment that `make run` makes; the tests have their own",
    "python -m genrf -m spec=lna_900mhz,lna_2p4ghz": "wants SLURM; tests/pipeline/test_sweeps.py has its twin",
    "python -m genrf workers=dask": "wants a scheduler, or a minute to start one; tests/core/test_cluster.py has one",
    "python -m genrf spec=receiver": "minutes for chains of seconds each; tests/circuits/test_receiver.py has one",
    "python -m genrf spec=digits_cnn workload=onnx": "a network of the reader's own; tests/accel/test_onnx.py has some",
    "cd outputs/digits_cnn/<run>": "the folder of the bench, see make",
}
NOT_READ = {  # blocks of other languages that begin so, and why
    "{toctree}": "tests/docs/test_site.py builds the site from it",
    "{eval-rst}": "tests/docs/test_site.py builds the site from it",
    "text genrf/core": "a map, which test_the_map_of_the_readme_names_what_is_there reads",
    "text gain_db": "the table of the tutorial, as test_the_readme_shows_the_table_of_the_tutorial says",
    "text accuracy": "1,500 accelerators take most of a minute; the same command runs with fewer",
    "text optimize: 7874/8000": "a line that a terminal sees while the search goes on",
}
GUIDE = [page for page in PAGES if "experiments" not in page.parts]  # studies take minutes: tests/experiments


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, `sh` where it is only indented, and the directive above it."""

    page: Path
    line: int
    language: str
    text: str
    directive: str = ""
    argument: str = ""

    def __str__(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def pace(self):
        """`quick` or `slow` of a block that is run: one of the shell is, unless each of its lines has a reason."""
        if self.directive == "run":
            return self.argument.split()[0]
        return "slow" if self.directive == "config" or (self.is_shell and not self.directive) else ""

    def begins(self, words):
        """Whether its language and its text begin so."""
        return f"{self.language} {self.text.strip()}".startswith(words)

    @property
    def why_not_read(self):
        """Why nothing of this block is run, or nothing."""
        return next((why for begin, why in NOT_READ.items() if self.begins(begin)), "")

    @property
    def is_shell(self):
        return self.language in _SHELL

    @property
    def lines(self):
        """Its lines, those that go on behind a `\\` as one."""
        return re.sub(r"\\\n\s*", "", self.text).splitlines()

    @property
    def merged(self):
        """Of a block that is part of a config: the file that says where it belongs, and the command that takes it."""
        package, *words = self.argument.split()
        command = _shortened("python -m genrf --config-dir=page +part=block", "")
        return f"# @package {package}\n{self.text}", f"{command} {shlex.join(words)}"

    def shortened(self):
        """What is run of it, with the settings of small runs in each call of genrf."""
        if self.language == "python":
            return _fewer(self.text, dict(setting.split("=", 1) for setting in self.argument.split()[1:]))
        return "\n".join(_shortened(line, self.argument) for line in map(_set_up, self.lines) if not why_not(line))


@dataclass(frozen=True)
class Command:
    """One line of a page that runs a program."""

    block: Block
    line: int
    words: tuple[str, ...]

    def __str__(self):
        return f"{self.block.page.relative_to(ROOT)}:{self.line} {' '.join(self.words)}"


def why_not(line):
    """Why a line is not run, or nothing."""
    return next((why for begin, why in NOT_RUN.items() if line.startswith(begin)), "")


def _set_up(line):
    return next((calls for target, calls in SET_UP.items() if re.match(rf"{target}(?!\S)", line)), line)


def _shortened(line, argument):
    line = re.sub(r"\s+# .*", "", line)
    if not _GENRF.match(line):
        return line
    for_some = [settings for part, settings in SMALL_OF.items() if part in line]
    here = "" if "workers=" in line or "--help" in line else "workers=0"
    return " ".join([line, *(argument.split()[1:] or [SMALL, here, *for_some])])


def _fewer(text, settings):
    """Python with other numbers where it says `name=1000`, and with all else in the calls that begin a run."""
    for name in [name for name in settings if re.search(rf"\b{name}=\d", text)]:
        text = re.sub(rf"\b{name}=\d+", f"{name}={settings.pop(name)}", text)
    return re.sub(r"(CircuitDiffuser|AcceleratorDesigner)\((?=\w)", rf"\1(**{settings}, ", text)


def blocks(page):
    """The blocks of a page, in order."""
    found, above = [], ("", "")
    for token in MarkdownIt().parse(page.read_text()):
        if token.type == "html_block" and (match := _DIRECTIVE.match(token.content)):
            above = (match[1], match[2])
        elif token.type in ("fence", "code_block"):
            first = token.map[0] + 1 + (token.type == "fence")
            found.append(Block(page, first, token.info.strip() or "sh", token.content, *above))
            above = ("", "")
        elif token.type not in ("html_block",):
            assert above == ("", ""), f"{page}: {above[0]}: {above[1]} stands above no block"
    return found


def commands(page):
    """The lines of a page's blocks that begin with a program which the tests know."""
    return [
        Command(block, block.line + place, words)
        for block in blocks(page)
        if block.is_shell
        for place, line in enumerate(block.text.splitlines())
        if (words := _words(line))
    ]


def _words(line):
    """The command of a line without settings of the environment; `<a place to fill in>` becomes one word."""
    try:
        words = shlex.split(re.sub(r"<[^<>]*>", "PLACE", line.removeprefix("$ ")), comments=True)
    except ValueError:
        return ()
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if words[:1] == ["genrf"] or (len(words) > 2 and words[0].endswith(("python", "python3")) and words[1] == "-m"):
        return tuple(words)
    return tuple(words) if words[:1] == ["make"] else ()
