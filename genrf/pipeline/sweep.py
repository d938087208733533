"""`task=summary runs=[...]`: what a sweep came to, in one table, one figure and a catalogue of its jobs.

`catalogue.parquet` has one row per job, `front.parquet` the designs that no other job's dominates, with their job,
`fronts.svg` a panel per spec. Jobs that failed and files that cannot be read are listed and cost only themselves.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genrf.core.errors import ConfigError
from genrf.core.parts import write_whole
from genrf.core.units import engineering
from genrf.pipeline.catalogue import Job, catalogue, jobs, without_run
from genrf.pipeline.config import Parts
from genrf.pipeline.fronts import Merged, merge

_SINGLE = 2000  # points of a panel that are drawn as such; a hundred thousand would make 11 MB
_NUMBERS = 10  # of jobs without a run
_LISTED = 20  # failed jobs on the terminal; the catalogue has them all


def summary(made: Parts, folder: Path, runs: Sequence[str] | str | None, console: Console | None = None) -> None:
    """Write and print what the jobs in `runs` came to. Raises ConfigError when there is none."""
    if not runs:
        raise ConfigError("task=summary needs runs: folders of sweeps or of runs, `runs=[outputs/multirun/...]`")
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    folders = [runs] if isinstance(runs, str) else runs
    found = jobs(folders)
    merged, broken = merge(found)
    write_whole(catalogue(found), folder / "catalogue.parquet")
    fronts = [one.front for one in merged if one.front.num_rows]
    if fronts:
        write_whole(pa.concat_tables(fronts, promote_options="default"), folder / "front.parquet")
        draw([one for one in merged if one.front.num_rows], folder / "fronts.svg")
    _say(found, merged, broken, folder, console)
    for sweep in map(Path, folders):
        asked, missing = without_run(sweep)
        if missing:
            some = ", ".join(missing[:_NUMBERS]) + (", ..." if len(missing) > _NUMBERS else "")
            there = f"{asked - len(missing):,} of {asked:,} jobs have a run"
            console.print(f"{sweep}: {there}; these have none: {some}", markup=False, soft_wrap=True)


def draw(merged: Sequence[Merged], path: Path) -> None:
    """A panel for each spec: its first two objectives, every job's front and the front of all.

    Where a panel has thousands of points, these are an image in the SVG.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(3, len(merged))
    rows = -(-len(merged) // columns)
    with mpl.rc_context({"svg.hashsalt": "genrf", "font.size": 8, "legend.frameon": False}):
        figure = Figure(figsize=(3.6 * columns, 3.0 * rows), layout="constrained")
        axes = np.ravel(figure.subplots(rows, columns, squeeze=False))
        for axis in axes[len(merged) :]:
            axis.set_visible(False)
        for axis, one in zip(axes, merged, strict=False):
            (x, *_), (y, *_) = one.objectives[0], one.objectives[min(1, len(one.objectives) - 1)]
            all_rows, front, units = one.rows, one.front, one.units()
            look = {"marker": ".", "linestyle": "", "rasterized": all_rows.num_rows > _SINGLE}
            axis.plot(all_rows[f"m.{x}"], all_rows[f"m.{y}"], ms=3, color="#b9c2cc", label="of each job", **look)
            axis.plot(front[f"m.{x}"], front[f"m.{y}"], ms=5, color="#0b5fa5", label="of all", **look)
            axis.set(title=one.name, xlabel=_axis(x, units), ylabel=_axis(y, units))
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].legend()
        figure.savefig(path, metadata={"Date": None}, dpi=200)


def _axis(metric: str, units: Mapping[str, str]) -> str:
    return f"{metric} in {units[metric]}" if units.get(metric) else metric


def _say(
    found: Sequence[Job], merged: Sequence[Merged], broken: Mapping[Path, str], folder: Path, console: Console
) -> None:
    for one in merged:
        console.print(
            f"{one.name}: {len(one.jobs):,} jobs, {one.rows.num_rows:,} designs on their fronts, "
            f"{one.front.num_rows:,} on the front of all",
            soft_wrap=True,
        )
        if one.front.num_rows:
            console.print(_table(one))
    lost = [(job.folder, f"{job.state}: {job.message}") for job in found if job.state != "done"]
    lost += [(path, f"cannot be read: {reason}") for path, reason in broken.items()]
    for place, reason in lost[:_LISTED]:
        console.print(f"{place}  {reason}", markup=False, soft_wrap=True)
    if len(lost) > _LISTED:
        console.print(f"and {len(lost) - _LISTED} more, in catalogue.parquet")
    states = Counter(job.state for job in found)
    designs = sum(job.said.get("counts", {}).get("designs", 0) for job in found)
    ended = ", ".join(f"{states[state]:,} {state}" for state in ("done", "failed", "unfinished") if states[state])
    unread = f"; {len(broken)} files cannot be read" if broken else ""
    console.print(f"{len(found):,} jobs: {ended}; {designs:,} designs measured{unread}\n{folder}", soft_wrap=True)


def _table(one: Merged) -> Table:
    """The best design of each objective on the front of all jobs, with the job that found it."""
    front, units = one.front, one.units()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("best", "job", "design", "structure"):
        table.add_column(head, no_wrap=True)
    for metric, _ in one.objectives:
        table.add_column(metric, justify="right")
    for metric, direction in one.objectives:
        values = front[f"m.{metric}"].to_numpy()
        row = front.slice(int(np.nanargmax(values) if direction == "maximize" else np.nanargmin(values)), 1)
        record = row.to_pylist()[0]
        cells = [engineering(record[f"m.{name}"], units.get(name, "")) for name, _ in one.objectives]
        table.add_row(metric, escape(record["job"]), record["parent"] or record["id"], record["structure"], *cells)
    return table
