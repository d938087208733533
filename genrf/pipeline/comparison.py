"""`task=report runs=[a,b]`: finished runs side by side, as a page and on the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.results import Row
from genrf.core.units import engineering
from genrf.pipeline import charts, tables, theme
from genrf.pipeline.points import described, wished
from genrf.pipeline.points import line as line_of
from genrf.pipeline.recorded import Recorded, read
from genrf.pipeline.report import LIMIT, rendered
from genrf.pipeline.spread import farthest_first, scaled

_ABSENT = "-"
_MOST = 2000  # designs on a page: more are neither told apart nor drawn within a second
_CURVES = 1_000_000  # bytes of a page: figures of convergence
_DIGITS = 10  # bytes of a page for each run: how many of its designs are shown
_KINDS = 10_000  # more structures than a page has
_SILENT = ("task", "resume", "runs", "workers", "cache")  # of a config: they decide nothing of what is found


def compare(made: Any, folder: Path, runs: Sequence[str] | None, console: Console | None = None) -> None:
    """Write `report.html` on `runs` into `folder`, and print their verdicts.

    Raises ConfigError when there are fewer than two, one cannot be read, they share no metric, or their tables alone
    are more than a page holds.
    """
    if not runs or isinstance(runs, str) or len(runs) < 2:
        raise ConfigError("task=report wants two runs or more: runs=[outputs/<one>,outputs/<other>]")
    found = [read(Path(run)) for run in runs]
    shared = _shared(found)
    path = folder / "report.html"
    path.write_text(page(found, shared), encoding="utf-8")
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    console.print(_table(found, shared))
    console.print(path, soft_wrap=True)


def page(runs: Sequence[Recorded], shared: Sequence[str]) -> str:
    """The page's HTML: 5 MB at most, and 2,000 designs.

    Each run has as many of them as any other, as far as it has them and there is room; the page says how many of how
    many, and where all are. Raises ConfigError when there is no room for the tables.
    """
    told, curves = _told(runs), _curves(runs)
    frame = _filled(runs, shared, told, curves, [[] for _ in runs])
    room = LIMIT - _DIGITS * len(runs) - len(frame.encode())
    if room < 0:
        raise ConfigError(f"runs: tables of {len(runs):,} are more than a page holds; compare fewer, or task=summary")
    return _filled(runs, shared, told, curves, _shown(runs, shared, room))


def _filled(
    runs: Sequence[Recorded],
    shared: Sequence[str],
    told: Mapping[str, Any],
    curves: Sequence[str],
    shown: Sequence[Sequence[Row]],
) -> str:
    return rendered(
        "comparison.html.j2",
        **told,
        facts=_facts(runs, shown),
        data=theme.encode(_data(runs, shared, shown)),
        convergence=curves,
        left_out=[*_left_out(runs, shown, curves)],
    )


def _told(runs: Sequence[Recorded]) -> Mapping[str, Any]:
    return {
        "runs": runs,
        "labels": labels(runs),
        "verdicts": _verdicts(runs),
        "differences": differences(runs),
        "any_front": any(len(run.front) for run in runs),
    }


def _curves(runs: Sequence[Recorded]) -> list[str]:
    """Figures of convergence, of the first runs as far as there is room."""
    found, room = list[str](), _CURVES
    for run in runs:
        found.append(theme.encode(charts.convergence(run.results, run.problem.known)))
        room -= len(found[-1])
        if room < 0:
            return found[:-1]
    return found


def _left_out(runs: Sequence[Recorded], shown: Sequence[Sequence[Row]], curves: Sequence[str]) -> Iterator[str]:
    """What is not on the page, of what, and where it is."""
    total = sum(len(run.front) for run in runs)
    if lost := total - sum(map(len, shown)):
        yield (
            f"{lost:,} of {total:,} designs on the fronts (front.parquet in each run's folder has all; here are the "
            "recommended ones, the lowest and the highest in each metric, and those that lie farthest apart)"
        )
    if len(curves) < len(runs):
        yield f"convergence of {len(runs) - len(curves):,} of {len(runs):,} runs (each run's report.html has its own)"


def _shown(runs: Sequence[Recorded], shared: Sequence[str], room: int) -> list[list[Row]]:
    """Designs of each run in the order of its front, as many of one as of another that has them, in `room` bytes."""
    taken: list[set[int]] = [set() for _ in runs]
    kinds = set[tuple[int, str]]()
    for place, number in islice(_in_turn(_orders(runs, shared)), _MOST):
        row = runs[place].front.rows[number]
        if (place, row.structure) not in kinds:
            kinds.add((place, row.structure))
            room -= _size(_structure(runs, place, row.structure))
        room -= _size(_design(runs[place], row, place, _KINDS, shared))
        if room < 0:
            break
        taken[place].add(number)
    return [[run.front.rows[number] for number in sorted(own)] for run, own in zip(runs, taken, strict=True)]


def _orders(runs: Sequence[Recorded], shared: Sequence[str]) -> list[Iterator[int]]:
    """The designs of each run by their numbers on its front: the recommended one, then those that picture the front."""
    found = [[row.metrics.get(name, np.nan) for row in run.front for name in shared] for run in runs]
    fronts = [np.array(values, dtype=float).reshape(-1, len(shared)) for values in found]
    first = [[number for number, row in enumerate(run.front) if row is run.recommended] for run in runs]
    return [farthest_first(points, own) for points, own in zip(scaled(fronts), first, strict=True)]


def _size(one: Any) -> int:
    return len(theme.encode(one)) + 1  # and a comma


def _in_turn(orders: Sequence[Iterator[int]]) -> Iterator[tuple[int, int]]:
    """The first of each, the second of each, and so on, each with the place of its own order."""
    for numbers in zip_longest(*orders):
        yield from ((place, number) for place, number in enumerate(numbers) if number is not None)


def labels(runs: Sequence[Recorded]) -> list[str]:
    """The folders' own names where they differ, else their paths."""
    names = [run.folder.resolve().name for run in runs]
    return names if len(set(names)) == len(names) else [str(run.folder) for run in runs]


def _shared(runs: Sequence[Recorded]) -> list[str]:
    """The metrics that every run has a goal for, those that all push first. Raises ConfigError for none."""
    goals = [run.problem.spec.goals for run in runs]
    names = [name for name in goals[0] if all(name in other for other in goals)]
    if not names:
        specs = "; ".join(
            f"{run.folder} ({run.problem.spec.name}): {', '.join(run.problem.spec.goals)}" for run in runs
        )
        raise ConfigError(f"runs: no metric that all have a goal for: {specs}")
    return sorted(names, key=lambda name: not all(own[name].objective for own in goals))


def _facts(runs: Sequence[Recorded], shown: Sequence[Sequence[Row]]) -> dict[str, list[str]]:
    """What each run was and came to."""
    read = [run.manifest for run in runs]
    versions = dict.fromkeys(name for one in read for name in one["versions"])
    counts, every = [f"{len(rows):,}" for rows in shown], [f"{len(run.front):,}" for run in runs]
    return {
        "verdict": [one["verdict"] for one in read],
        "spec": [one["spec"] for one in read],
        "process": [one["tech"] for one in read],
        "seed": [str(one["seed"]) for one in read],
        "designs measured": [f"{one['counts']['designs']:,}" for one in read],
        "feasible": [f"{one['counts']['feasible']:,}" for one in read],
        "on the verified front": [f"{one['counts']['front']:,}" for one in read],
        "that hold at every corner": [_holding(run) for run in runs],
        **({"of the front on this page": counts} if counts != every else {}),
        "time": [f"{sum(one['seconds'].values()):.1f} s" for one in read],
        **{name: [str(one["versions"].get(name, _ABSENT)) for one in read] for name in versions},
        "config (SHA-256)": [one["config_hash"] for one in read],
    }


def _holding(run: Recorded) -> str:
    corners = run.problem.corners
    return f"{sum(run.problem.spec.holds(row.metrics, corners) for row in run.front):,}" if corners else _ABSENT


def _verdicts(runs: Sequence[Recorded]) -> list[tuple[str, list[tables.Wanted | None]]]:
    """Metric by metric, what the recommended design of each run makes of it; None where there is none of it."""
    found = [
        {line.metric: line for line in tables.wanted(run.design(run.recommended), run.problem.known)}
        if run.recommended
        else {}
        for run in runs
    ]
    names = dict.fromkeys(name for run in runs for name in run.problem.spec.goals)
    return [(name, [lines.get(name) for lines in found]) for name in names]


def differences(runs: Sequence[Recorded]) -> list[tuple[str, list[str]]]:
    """Groups with different options, and below those that have the same one, entries with different values."""
    groups = dict.fromkeys(group for run in runs for group in run.choices)
    chosen = {group: [run.choices.get(group, _ABSENT) for run in runs] for group in groups if group not in _SILENT}
    apart = {group: options for group, options in chosen.items() if len(set(options)) > 1}
    entries = [dict(_entries(run.config, tuple(apart))) for run in runs]
    names = dict.fromkeys(name for own in entries for name in own)
    values = {name: [own.get(name, _ABSENT) for own in entries] for name in names}
    return [*apart.items(), *((name, own) for name, own in values.items() if len(set(own)) > 1)]


def _entries(config: DictConfig, apart: Sequence[str]) -> Iterator[tuple[str, str]]:
    plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)
    for key, value in plain.items():
        if str(key) not in (*_SILENT, *apart):
            yield from _flat(str(key), value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, "null" if value is None else str(value)


def _data(runs: Sequence[Recorded], shared: Sequence[str], shown: Sequence[Sequence[Row]]) -> Mapping[str, Any]:
    """What the page's script reads; a structure of it is one of a run, in the run's colour."""
    kinds = list(dict.fromkeys((place, row.structure) for place, rows in enumerate(shown) for row in rows))
    known = runs[0].problem.known
    return {
        "metrics": [described(name, known[name], _common(runs, name)) for name in shared],
        "structures": [_structure(runs, *kind) for kind in kinds],
        "designs": [
            _design(run, row, place, kinds.index((place, row.structure)), shared)
            for place, run in enumerate(runs)
            for row in sorted(shown[place], key=lambda row: row is not run.recommended)
        ],
        "cloud": [],
        "cloudName": "",
        "corners": all(run.problem.corners for run in runs),
    }


def _common(runs: Sequence[Recorded], name: str) -> Any:
    """The goal on a metric where all runs have the same one."""
    goals = [run.problem.spec.goals[name] for run in runs]
    return goals[0] if all(goal == goals[0] for goal in goals) else None


def _structure(runs: Sequence[Recorded], place: int, name: str) -> Mapping[str, Any]:
    run = runs[place]
    row = next(row for row in run.front if row.structure == name)
    goals = [wished(goal, run.problem.known[goal.metric]) for goal in run.problem.spec.goals.values()]
    return {"name": f"{labels(runs)[place]}: {name}", "variables": list(row.values), "goals": goals, "hue": place}


def _design(run: Recorded, row: Row, place: int, kind: int, shared: Sequence[str]) -> Mapping[str, Any]:
    """A design of a run, whose structure is the page's one of that number."""
    design: Design = run.design(row)
    return {
        "id": f"{place + 1}/{design.id}",
        "rank": place + 1 if row is run.recommended else 0,
        "structure": kind,
        "holds": run.problem.spec.holds(row.metrics, run.problem.corners),
        "metrics": [row.metrics.get(name) for name in shared],
        "verdict": [line_of(one) for one in tables.wanted(design, run.problem.known)],
        "values": [engineering(value, run.units.get(name, "")) for name, value in row.values.items()],
    }


def _table(runs: Sequence[Recorded], shared: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("verdict", overflow="fold")
    table.add_column("at every corner", justify="right")
    for name in shared:
        table.add_column(name, justify="right")
    for run, label in zip(runs, labels(runs), strict=True):
        metrics = run.recommended.metrics if run.recommended else {}
        units = run.problem.known
        values = [engineering(metrics[name], units[name].unit) if name in metrics else _ABSENT for name in shared]
        table.add_row(escape(label), escape(run.manifest["verdict"]), _holding(run), *values)
    return table
