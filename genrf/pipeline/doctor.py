"""`task=doctor`: what there is on this machine, how to get what is missing, and whether the chosen run can work."""

import platform
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from itertools import groupby
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genrf.core import sandbox
from genrf.core.errors import GenrfError
from genrf.core.findings import Finding
from genrf.pipeline.config import Parts
from genrf.pipeline.run import problems_of

_LIBRARIES = ("numpy", "scipy", "pymoo", "pyarrow", "PySpice", "hydra-core")


def doctor(
    made: Parts,
    folder: Path,
    surveys: Sequence[Callable[[], Sequence[Finding]]],
    extras: Mapping[str, str],
    console: Console | None = None,
) -> None:
    """Print all findings; return only when the run of this command line without `task=doctor` can work.

    `surveys` are the halves' own findings, `extras` Python packages with what they are wanted for. Raises the error
    that the run would end with.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    found = [*_python(), *_packages(extras), *_confinement()]
    found += [finding for survey in surveys for finding in survey()]
    console.print(_table(found, console))
    try:
        problems = problems_of(made, np.random.default_rng(made.settings.seed))
    except GenrfError:
        console.print("the chosen run cannot work:")
        raise
    names = ", ".join(problem.structure.name for problem in problems)
    console.print(f"the chosen run can work: {made.spec.name} on {made.settings.tech}, {names}", soft_wrap=True)


def _table(found: Sequence[Finding], console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, (group, members) in enumerate(groupby(found, key=lambda finding: finding.group)):
        if number:
            table.add_section()
        table.add_row("", f"[bold]{group}[/bold]", "")
        for finding in members:
            mark = "[green]yes[/green]" if finding.found else "[yellow]no[/yellow]"
            table.add_row(mark, finding.name, escape(finding.detail if finding.found else _how(finding)))
    return table


def _how(finding: Finding) -> str:
    return f"{finding.detail}: {finding.remedy}" if finding.detail else finding.remedy


def _python() -> list[Finding]:
    versions = [Finding("Python", "Python", True, platform.python_version())]
    return versions + [Finding("Python", name, True, metadata.version(name)) for name in _LIBRARIES]


def _packages(extras: Mapping[str, str]) -> list[Finding]:
    return [_package(name, purpose) for name, purpose in extras.items()]


def _package(name: str, purpose: str) -> Finding:
    try:
        return Finding("extras", name, True, f"{metadata.version(name)}  {purpose}")
    except metadata.PackageNotFoundError:
        return Finding("extras", name, False, purpose, f"pip install {name}")


def _confinement() -> list[Finding]:
    remedies = {
        "Landlock": "a Linux kernel of 5.13 or newer with Landlock",
        "network namespace": "a kernel that allows them",
    }
    return [
        Finding("confinement of foreign netlists", name, there, "", remedies[name])
        for name, there in sandbox.offered().items()
    ]
