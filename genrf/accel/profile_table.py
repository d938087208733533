"""`task=profile`: the layers of a network as a table on the terminal and in `profile.csv`."""

import csv
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from genrf.accel.optimizer import ModelOptimizer
from genrf.accel.workload import Layer, ModelProfile
from genrf.core.units import engineering

_LOOPS = ("b", "g", "k", "c", "oy", "ox", "fy", "fx")
_COLUMNS = (
    "layer",
    "operator",
    *(name.upper() for name in _LOOPS),
    "MACs",
    "parameters",
    "bytes in",
    "bytes out",
    "MACs/byte",
)


def profile_table(made: Any, folder: Path, workload: ModelOptimizer, console: Console | None = None) -> None:
    """Print the profile and write `profile.csv`; a node that is not understood is named below the table.

    Raises ConfigError when the network cannot be read at all.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    profile = workload.network.profile()
    rows = [cells for layer in profile.layers for cells in _cells(layer)]
    with (folder / "profile.csv").open("w", newline="") as file:
        csv.writer(file).writerows([_COLUMNS, *rows])
    console.print(_table(rows))
    for missing in profile.unsupported:
        console.print(f"not understood: node {missing.node}, {missing.operator}")
    console.print(_verdict(profile))


def _cells(layer: Layer) -> list[list[str]]:
    """One row for each nest of loops; bytes with eight bits an element."""
    rest = [f"{layer.parameters}", f"{layer.bytes_in():.0f}", f"{layer.bytes_out():.0f}", f"{layer.intensity():.2f}"]
    nests = [[str(getattr(loops, name)) for name in _LOOPS] + [str(loops.macs)] for loops in layer.loops]
    return [[layer.name, layer.operator, *nest, *rest] for nest in nests or [[""] * 8 + ["0"]]]


def _table(rows: list[list[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(_COLUMNS):
        table.add_column(name, justify="left" if place < 2 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _verdict(profile: ModelProfile) -> str:
    macs = engineering(profile.macs, "MAC")
    return f"{profile.name}: {macs}, {profile.parameters:,} parameters, {len(profile.computing)} layers that multiply"
