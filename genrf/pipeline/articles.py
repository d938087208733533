"""What a report shows of single designs, as far as its page has room: schematics, curves, dies, sensitivities."""

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from genrf.core.problem import Design, Panel
from genrf.pipeline import charts, tables, theme
from genrf.pipeline.outcome import Outcome

_OPEN, _TOGETHER = 20, (8, 4, 2)  # designs with an article that is not packed, and in the same figures
_OPEN_SHARE, _TOGETHER_SHARE = 0.5, 0.125  # of the room, that these may take
_DRAWING = "<!-- drawing -->"  # where the page's script puts it


@dataclass(frozen=True)
class Articles:
    """`whole` as they stand in the page, `packed` as its script unpacks them; figures of several designs `together`.

    `left_out` says what there was no room for.
    """

    whole: Sequence[str]
    packed: str
    together: str
    left_out: Sequence[str]


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


def articles(outcome: Outcome, designs: Sequence[Design], columns: Sequence[tuple[str, str]], room: int) -> Articles:
    """In at most `room` bytes what is known of `designs`, chosen ones by rank, and then of those that were not chosen.

    The first stand in the page as they are, the others packed.
    """
    details = _details(outcome, [*designs, *outcome.sketched])
    given = {"known": outcome.problems[0].known, "columns": columns, "tables": tables, "colour": theme.colour}
    whole = _whole(details[: min(len(designs), _OPEN)], given, int(_OPEN_SHARE * room))
    together, alike = _together(outcome, designs, int(_TOGETHER_SHARE * room))
    packed, count = _packed(details[len(whole) :], given, room - sum(map(_bytes, [*whole, together])))
    left_out = _left_out(len(designs), len(outcome.sketched), len(whole) + count, alike)
    return Articles(whole, packed, together, tuple(left_out))


def _left_out(chosen: int, others: int, shown: int, together: int) -> Iterator[str]:
    """What there was no room for, of this many chosen designs and others, of which the first were `shown`."""
    what, lacking = "schematics, curves and tables of", chosen + others - shown
    if lacking > others:
        yield f"{what} {lacking - others:,} of {chosen:,} chosen designs (designs/ has their files)"
    if lacking and others:
        unseen = min(lacking, others)
        yield f"{what} {unseen:,} of {others:,} other designs on the front (front.parquet has their numbers)"
    if together < min(chosen, _TOGETHER[0]) and chosen > 1:
        yield f"figures of {f'more than {together}' if together else 'several'} chosen designs"


def _whole(details: Sequence[Mapping[str, Any]], given: Mapping[str, Any], room: int) -> list[str]:
    """The articles of the first designs."""
    found = list[str]()
    for own in details:
        article = templates().get_template("article.html.j2").render(own=own, **given)
        room -= _bytes(article)
        if room < 0:
            break
        found.append(article)
    return found


def _together(outcome: Outcome, designs: Sequence[Design], room: int) -> tuple[str, int]:
    """Figures of as many of the first designs as there is room for, two at least, and how many these are."""
    figures = templates().get_template("together.html.j2")
    for count in _TOGETHER if len(designs) > 1 else ():
        html = figures.render(panels=_drawn(outcome.problems[0].panels(designs[:count]), designs)).strip()
        if _bytes(html) <= room:
            return html, count
    return "", 0


def _packed(details: Sequence[Mapping[str, Any]], given: Mapping[str, Any], room: int) -> tuple[str, int]:
    """The articles of the first designs, by id, and apart from them all their drawings; and how many these are.

    Drawings of one structure differ by a few texts, which together take a tenth of what each takes alone.
    """
    article, texts, left = templates().get_template("article.html.j2"), list[str](), room
    for own in details:
        texts.append(_compressed(article.render(own={**own, "drawing": own["drawing"] and _DRAWING}, **given)))
        left -= len(texts[-1])
        if left < 0:
            break
    while True:
        packed = _by_id(details[: len(texts)], texts)
        if len(packed) <= room or not texts:
            return packed, len(texts)
        del texts[max(0, int(len(texts) * room / len(packed))) :]  # one of them at least


def _by_id(details: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> str:
    by_structure = sorted(details, key=lambda own: str(own["design"].problem.structure.name))
    drawings = _compressed(theme.encode({own["design"].id: own["drawing"] for own in by_structure}))
    ids = [own["design"].id for own in details]
    return theme.encode({"drawings": drawings, "articles": dict(zip(ids, texts, strict=True))})


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
        "left_out": [] if design.rank else _unpaid(outcome, design),
        "unasked": not outcome.designs,
        "spared": design.id in outcome.spared,
        "undrawn": design.id in outcome.undrawn,
        "sensitivity": found and {**vars(found), "lines": tables.changes(found, known)},
    }


def _unpaid(outcome: Outcome, design: Design) -> list[str]:
    """What the page has of the chosen designs and not of this one, since the search did not pay for it."""
    told = any(one.id in outcome.sensitivities for one in outcome.designs)
    missing = {
        "curves": design.curves is None,
        "transients": design.curves is not None and design.id not in outcome.whole,
        "sensitivities": told and design.id not in outcome.sensitivities,
        "dies": bool(outcome.dies) and design.id not in outcome.fewer,
    }
    return [what for what, is_so in missing.items() if is_so]


def _drawn(panels: Sequence[Panel], designs: Sequence[Design]) -> list[tuple[Panel, str]]:
    return [(panel, theme.encode(theme.painted(panel.figure, designs))) for panel in panels]


def _compressed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _bytes(text: str) -> int:
    return len(text.encode())
