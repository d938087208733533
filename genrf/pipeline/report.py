"""report.html: the run as one self-contained page for a design review."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata, resources
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from genrf.core import pareto
from genrf.core.problem import Design
from genrf.core.results import Row
from genrf.core.units import engineering
from genrf.pipeline import charts, tables, theme
from genrf.pipeline.articles import Articles, articles, templates
from genrf.pipeline.manifest import checksums
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.points import points

LIMIT = 5_000_000  # bytes of a page
_SPARE = 5_000  # of them: sentences on what there was no room for, ends of lines
_FRAME = 1_500_000  # of them: all but what is shown of single designs
_LISTED = 1000  # rows of a table, at most
_SHARES = tuple(0.5**step for step in range(12))  # of that and of the points, tried until the frame fits
_CHECKED = (False, None, True)  # checks in their order: missed, not made, passed
_NEAREST = 5  # designs shown when none meets the spec
_PARTS = {"css": "report.css", "draw": "draw.js", "script": "report.js"}


def write_report(outcome: Outcome) -> Path:
    """Write `report.html` into the run folder: whole, or not at all."""
    path = outcome.folder / "report.html"
    hidden = path.with_name(".report.html.tmp")
    hidden.write_text(page(outcome), encoding="utf-8")
    hidden.replace(path)
    return path


def page(outcome: Outcome) -> str:
    """The page's HTML, with its style, its script and the data of all figures inside: 5 MB at most.

    What it tells of all designs takes less than a third, or is thinned. Of single designs it shows the chosen ones by
    rank, and then the others of the front, as far as there is room. It says what it left out, and where that is.
    """
    told = _context(outcome)
    for share in _SHARES:
        thinned = _thinned(outcome, told, share)
        size = len(_filled(thinned, Articles((), "{}", "", ())).encode())
        if size <= _FRAME:
            break
    shown = articles(outcome, thinned["designs"], told["columns"], LIMIT - _SPARE - size)
    return _filled(thinned, shown)


def _filled(told: Mapping[str, Any], shown: Articles) -> str:
    return rendered("report.html.j2", **{**told, "shown": shown, "left_out": [*told["left_out"], *shown.left_out]})


def rendered(template: str, **context: Any) -> str:
    """A page from a template beside this file, with what every page carries."""
    folder = resources.files("genrf.pipeline").joinpath("templates")
    parts = {name: folder.joinpath(file).read_text(encoding="utf-8") for name, file in _PARTS.items()}
    return (
        templates()
        .get_template(template)
        .render(**context, **parts, tables=tables, colour=theme.colour, version=metadata.version("genrf"))
    )


def _context(outcome: Outcome) -> dict[str, Any]:
    designs, known = _chosen(outcome), outcome.problems[0].known
    spec = outcome.results.spec
    columns = [(name, tables.limits(goal, known[name].unit)) for name, goal in spec.goals.items()]
    return {
        "spec": spec,
        "known": known,
        "outcome": outcome,
        "feasible": len(outcome.front) > 0,
        "facts": _facts(outcome),
        "counts": outcome.results.counts(),
        "blocking": tables.blocking(outcome.results, known),
        "endings": tables.endings(outcome.results),
        "designs": designs,
        "columns": columns,
        "robust": _robust(outcome),
        "data": points(outcome, designs),
        "checks": sorted(outcome.checks, key=lambda check: _CHECKED.index(check.passed)),
        "checksums": checksums(outcome.folder),
        "convergence": theme.encode(charts.convergence(outcome.results, known)),
    }


def _thinned(outcome: Outcome, told: Mapping[str, Any], share: float) -> dict[str, Any]:
    """What is `told`, with so many rows and points as `share` leaves, and words on what it does not leave.

    The recommended design stays, and failed checks come before those that passed.
    """
    most, data, chosen = int(share * _LISTED), told["data"], len(told["designs"])
    designs, others = data["designs"][:chosen][: max(1, most)], data["designs"][chosen:][:most]
    cloud = data["cloud"][:: ceil(1.0 / share)]
    kept = {
        "designs": told["designs"][: len(designs)],
        "checks": told["checks"][:most],
        "checksums": dict(islice(told["checksums"].items(), most)),
    }
    lost = {name: (len(told[name]) - len(left), len(told[name])) for name, left in kept.items()}
    front = len(outcome.front)
    lost |= {"front": (front - chosen - len(others), front), "cloud": (len(data["cloud"]) - len(cloud), 0)}
    data = {**data, "designs": [*designs, *others], "cloud": cloud}
    return {**told, **kept, "data": theme.encode(data), "left_out": [*_left_out(lost)]}


def _left_out(lost: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """What is not on the page, of what, and where it is."""
    places = {
        "designs": "chosen designs (designs/ has the files, front.parquet the numbers)",
        "front": "designs on the front (front.parquet has all)",
        "checks": "checks of files (run.json has all)",
        "checksums": "hashes of files (run.json has all)",
    }
    for name, place in places.items():
        count, total = lost[name]
        if count > 0:
            yield f"{count:,} of {total:,} {place}"
    if lost["cloud"][0]:
        yield "measured designs between those drawn (evaluations/ has all, as Parquet)"


def _chosen(outcome: Outcome) -> list[Design]:
    """The run's designs; without any the knee of the front, and without a front the designs that miss least."""
    if outcome.designs:
        return outcome.designs
    if len(outcome.front):
        return _as_designs(outcome, [outcome.front.rows[pareto.knee(outcome.front.F, np.arange(len(outcome.front)))]])
    nearest = np.argsort(outcome.results.violation, kind="stable")[:_NEAREST]
    return _as_designs(outcome, [row for row in (outcome.results.rows[i] for i in nearest) if row.status == "ok"])


def _as_designs(outcome: Outcome, rows: Sequence[Row]) -> list[Design]:
    problems = {problem.structure.name: problem for problem in outcome.problems}
    return [
        Design(row.parent or row.id, problems[row.structure], row.values, row.metrics, rank)
        for rank, row in enumerate(rows, start=1)
    ]


def _facts(outcome: Outcome) -> Mapping[str, str]:
    structures = [problem.structure.name for problem in outcome.problems]
    counts = outcome.counts()
    seconds = sum(outcome.seconds.values())
    return {
        "structures": f"{len(structures)} ({', '.join(structures)})",
        "designs measured": f"{counts['designs']:,}",
        "feasible": f"{counts['feasible']:,}",
        "on the verified front": f"{counts['front']:,}",
        **{f"without {what}": f"{count} of the chosen designs" for what, count in outcome.unpaid().items()},
        **_thinking(outcome),
        "time": f"{seconds:.1f} s (" + ", ".join(f"{stage} {s:.1f}" for stage, s in outcome.seconds.items()) + ")",
        **outcome.problems[0].tools(),
    }


def _thinking(outcome: Outcome) -> Mapping[str, str]:
    """What the optimizer took to choose the designs of a batch."""
    if not outcome.thinking:
        return {}
    usual, most = (
        engineering(float(seconds), "s", 2) for seconds in (np.median(outcome.thinking), max(outcome.thinking))
    )
    if len(outcome.thinking) == 1:
        return {"optimizer": f"1 batch, chosen in {usual}"}
    return {"optimizer": f"{len(outcome.thinking):,} batches, each chosen in {usual} (median), {most} at most"}


def _robust(outcome: Outcome) -> int | None:
    """How many designs of the front meet the spec at every corner; None when there are no corners."""
    corners = outcome.problems[0].corners
    return sum(outcome.results.spec.holds(row.metrics, corners) for row in outcome.front) if corners else None
