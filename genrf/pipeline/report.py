"""report.html: the run as one self-contained page for a design review."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from genrf.core import pareto
from genrf.core.problem import Design, Panel
from genrf.core.results import Row
from genrf.core.units import engineering
from genrf.pipeline import charts, tables, theme
from genrf.pipeline.manifest import checksums
from genrf.pipeline.outcome import Outcome
from genrf.pipeline.points import points

_DETAILED, _TOGETHER = 20, 8  # designs with curves of their own, and in the same figures: a page of 5 MB at most
_PACKED = 2_700_000  # characters of designs that stay packed until they are asked for
_DRAWING = "<!-- drawing -->"  # where the page's script puts it
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
    """The page's HTML, with its style, its script and the data of all figures inside."""
    return rendered("report.html.j2", **_context(outcome))


def rendered(template: str, **context: Any) -> str:
    """A page from a template beside this file, with what every page carries."""
    folder = resources.files("genrf.pipeline").joinpath("templates")
    parts = {name: folder.joinpath(file).read_text(encoding="utf-8") for name, file in _PARTS.items()}
    return (
        templates()
        .get_template(template)
        .render(**context, **parts, tables=tables, colour=theme.colour, version=metadata.version("genrf"))
    )


@cache
def templates() -> Environment:
    """The page's templates, each compiled once in a process, where that takes longer than what it renders."""
    return Environment(
        loader=PackageLoader("genrf.pipeline"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
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
        "designs": designs,
        "columns": columns,
        "robust": _robust(outcome),
        "data": theme.encode(points(outcome, designs)),
        "details": _details(outcome, designs[:_DETAILED]),
        "packed": theme.encode(_packed(outcome, [*designs[_DETAILED:], *outcome.sketched], columns)),
        "panels": _drawn(outcome.problems[0].panels(designs[:_TOGETHER]), designs) if len(designs) > 1 else [],
        "checksums": checksums(outcome.folder),
        "convergence": theme.encode(charts.convergence(outcome.results, known)),
    }


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
        **({"without sensitivities": f"{len(outcome.spared)} of the chosen designs"} if outcome.spared else {}),
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
    return {"optimizer": f"{len(outcome.thinking):,} batches, each chosen in {usual} (median), {most} at most"}


def _robust(outcome: Outcome) -> int | None:
    """How many designs of the front meet the spec at every corner; None when there are no corners."""
    corners = outcome.problems[0].corners
    return sum(outcome.results.spec.holds(row.metrics, corners) for row in outcome.front) if corners else None


def _details(outcome: Outcome, designs: Sequence[Design]) -> list[Mapping[str, Any]]:
    """What is known of designs beyond their metrics and values: drawings, figures, tables of their files, yields."""
    alike: dict[str, list[Design]] = {}
    for design in designs:
        alike.setdefault(design.problem.structure.name, []).append(design)
    drawings = {
        design.id: drawing
        for same in alike.values()
        for design, drawing in zip(same, same[0].problem.drawings([one.values for one in same]), strict=True)
    }
    return [_detail(outcome, design, drawings[design.id]) for design in designs]


def _detail(outcome: Outcome, design: Design, drawing: str) -> Mapping[str, Any]:
    known, dies = design.problem.known, outcome.dies.get(design.id) or outcome.fewer.get(design.id)
    found, panels = outcome.sensitivities.get(design.id), design.problem.panels([design])
    if not design.rank:
        panels = [replace(panel, figure=theme.thinned(panel.figure)) for panel in panels]
    return {
        "design": design,
        "drawing": drawing,
        "panels": _drawn([*panels, *outcome.shown.get(design.id, [])], [design]),
        "dies": dies and theme.encode(charts.histograms(dies, known)),
        "count": dies and dies.overall(),
        "left_out": [] if design.rank else _left_out(outcome, design),
        "spared": design.id in outcome.spared,
        "sensitivity": found and {**vars(found), "lines": tables.changes(found, known)},
    }


def _left_out(outcome: Outcome, design: Design) -> list[str]:
    """What the page has of the chosen designs and not of this one, since the search did not pay for it."""
    told = any(one.id in outcome.sensitivities for one in outcome.designs)
    missing = {
        "curves": design.curves is None,
        "transients": design.curves is not None and design.id not in outcome.whole,
        "sensitivities": told and design.id not in outcome.sensitivities,
        "dies": bool(outcome.dies) and design.id not in outcome.fewer,
    }
    return [what for what, is_so in missing.items() if is_so]


def _packed(outcome: Outcome, designs: Sequence[Design], columns: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """The articles of as many of `designs` as there is room for, by id, and apart from them all their drawings.

    Drawings of one structure differ by a few texts, which together take a tenth of what each takes alone.
    """
    details = _details(outcome, designs)
    by_structure = sorted(details, key=lambda own: str(own["design"].problem.structure.name))
    drawings = _compressed(theme.encode({own["design"].id: own["drawing"] for own in by_structure}))
    article, articles, left = templates().get_template("article.html.j2"), dict[str, str](), _PACKED - len(drawings)
    given = {"known": outcome.problems[0].known, "columns": columns, "tables": tables, "colour": theme.colour}
    for own in details:
        text = _compressed(article.render(own={**own, "drawing": own["drawing"] and _DRAWING}, **given))
        left -= len(text)
        if left < 0:
            break
        articles[own["design"].id] = text
    return {"drawings": drawings, "articles": articles}


def _compressed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _drawn(panels: Sequence[Panel], designs: Sequence[Design]) -> list[tuple[Panel, str]]:
    return [(panel, theme.encode(theme.painted(panel.figure, designs))) for panel in panels]
