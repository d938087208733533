"""What stands in the pages: blocks of text, commands among them, and what a comment above a block says of it.

<!-- file: mine/tech/my180.yaml -->       the next block is that file
<!-- run: slow budget=300 samples=60 -->  the next block is run; the rest is added to each genrf line
<!-- output: gain_db designs -->          the last run printed each of these words
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "experiments").glob("*/README.md"))]
_DIRECTIVE = re.compile(r"<!--\s*(file|run|output):\s*(.*?)\s*-->")
_GENRF = re.compile(r"^(?:\S+=\S+ )*(?:\S*python3? -m genrf|genrf)(?= |$)")


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
        """`quick` or `slow` of a block that is run."""
        return self.argument.split()[0] if self.directive == "run" else ""

    def shortened(self):
        """The text with the directive's settings behind each line that runs genrf."""
        extra = " ".join(self.argument.split()[1:])
        return "\n".join(f"{line} {extra}" if _GENRF.match(line) else line for line in self.text.splitlines())


@dataclass(frozen=True)
class Command:
    """One line of a page that runs a program."""

    block: Block
    line: int
    words: tuple[str, ...]

    def __str__(self):
        return f"{self.block.page.relative_to(ROOT)}:{self.line} {' '.join(self.words)}"


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
        if block.language in ("sh", "bash", "console")
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
