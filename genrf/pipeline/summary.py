"""What a run says on the terminal when it is done."""

from collections.abc import Mapping, Sequence
from textwrap import shorten

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genrf.core.problem import Design
from genrf.core.spec import DesignSpec, Goal, Metric
from genrf.core.units import engineering
from genrf.core.yields import Yield
from genrf.pipeline import tables
from genrf.pipeline.outcome import Outcome

_CLOSEST = 2  # lines of the spec that are named
_LONGEST = 300  # characters of a message that a simulator may have written


def show(outcome: Outcome, console: Console | None = None) -> None:
    """Print the chosen designs against the spec, the verdict with its margins, and where the files are."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160  # a file or a pipe has no edge to wrap at
    if outcome.designs:
        console.print(_fitting(outcome, console))
    total = sum(outcome.seconds.values())
    cached = f" ({outcome.simulated} simulated, {outcome.from_cache} from the cache)" if outcome.from_cache else ""
    for remark in outcome.remarks:
        console.print(escape(remark), soft_wrap=True)
    style = "red" if not len(outcome.front) else "green" if _holds(outcome) and not outcome.failed else "yellow"
    console.print(
        f"[{style}]{escape(outcome.verdict)}[/]; {len(outcome.results)} designs measured in {total:.1f} s{cached}"
    )
    console.print(escape(margins(outcome)))
    if outcome.unpaid():
        console.print(_unpaid(outcome), soft_wrap=True)
    for place in _files(outcome):
        console.print(place, soft_wrap=True, markup=False)


def margins(outcome: Outcome) -> str:
    """By how much the recommended design keeps the spec, or the nearest one misses it; empty without a design."""
    known = outcome.problems[0].known
    if not len(outcome.front):
        return _misses(outcome, known)
    if not outcome.designs:
        return ""
    first = outcome.designs[0]
    kept = "at every corner" if _holds(outcome) else "nominally, not at every corner"
    where = kept if tables.measured_corners(first) else "nominally"
    least = "; ".join(text for text, _ in tables.closest(first, known)[:_CLOSEST])
    return f"{first.rank}_{first.id} meets the spec {where}" + (f"; least margins: {least}" if least else "")


def _holds(outcome: Outcome) -> bool:
    """Whether the recommended design, if one is written out, keeps every limit at every corner."""
    return all(outcome.results.spec.holds(one.metrics, tables.measured_corners(one)) for one in outcome.designs[:1])


def _misses(outcome: Outcome, known: Mapping[str, Metric]) -> str:
    row = next(iter(outcome.results.best_first()), None)
    if row is None or row.status != "ok":
        return f"no design could be measured{_reason(outcome)}"
    nearest = Design(row.id, outcome.problems[0], row.values, row.metrics)
    missed = [text for text, kept in tables.closest(nearest, known) if not kept]
    name = f"the nearest design, {row.id} ({row.structure}),"
    if not missed:
        return f"{name} keeps every limit as the search measures it, but not as the stricter verification does"
    return f"{name} misses by {'; '.join(missed)}"


def _unpaid(outcome: Outcome) -> str:
    """What chosen designs lack since it would have taken longer than a search pays for, and what asks for it."""
    of = len(outcome.designs)
    lacking = [f"{what} of {count} of {of} chosen designs" for what, count in outcome.unpaid().items()]
    return f"not measured, as the search does not pay for it: {'; '.join(lacking)}" + (
        " (dies=100 asks for yields)" if outcome.undrawn else ""
    )


def _reason(outcome: Outcome) -> str:
    """How most designs ended, behind a colon and in one line; the report has the others."""
    for status, message, count in tables.endings(outcome.results)[:1]:
        first = next(iter(message.splitlines()), "")
        why = f", {shorten(first, _LONGEST, placeholder=' ...')}" if first else ""
        return f": {status}{why} ({count:,} of {len(outcome.results):,} designs)"
    return ""


def _files(outcome: Outcome) -> list[str]:
    """The report, and the folder of the recommended design."""
    first = [f"{outcome.folder / 'designs' / f'{one.rank}_{one.id}'}" for one in outcome.designs[:1]]
    return [*first, str(outcome.folder / "report.html")]


def _fitting(outcome: Outcome, console: Console) -> Table:
    """A line per design; on a narrow terminal a column per design, as many as fit."""
    counts = range(len(outcome.designs), 0, -1)
    tall = (_tall(outcome, outcome.designs[:count]) for count in counts)
    drawn = (_table(outcome), *tall)
    free = console.options.update(max_width=1000)
    return next((one for one in drawn if console.measure(one, options=free).maximum <= console.width), drawn[-1])


def _table(outcome: Outcome) -> Table:
    spec, known = outcome.results.spec, outcome.problems[0].known
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("design", no_wrap=True)
    table.add_column("structure", no_wrap=True)
    for goal in spec.goals.values():
        table.add_column(f"{goal.metric}\n{_limits(goal, known)}", justify="right")
    if outcome.dies:
        table.add_column("yield\n95 % interval", justify="right")
    for design in outcome.designs:
        cells = _cells(design, spec, known)
        if outcome.dies:
            cells.append(str(_yield(outcome, design) or "-").replace(" (", "\n("))
        table.add_row(f"{design.rank}_{design.id}", escape(design.problem.structure.name), *cells)
    return table


def _yield(outcome: Outcome, design: Design) -> Yield | None:
    """The share of its dies that keep every limit; None where none were drawn."""
    return outcome.dies[design.id].overall() if design.id in outcome.dies else None


def _limits(goal: Goal, known: Mapping[str, Metric]) -> str:
    """The limits in the metric's unit, but for decibels, which the names of the metrics say already."""
    unit = known[goal.metric].unit
    return goal.limits("" if unit == "dB" else unit)


def _tall(outcome: Outcome, designs: Sequence[Design]) -> Table:
    spec, known = outcome.results.spec, outcome.problems[0].known
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("design", overflow="fold")
    for design in designs:
        table.add_column(f"{design.rank}_{design.id}", justify="right", overflow="fold")
    columns = [_cells(design, spec, known) for design in designs]
    for goal, cells in zip(spec.goals.values(), zip(*columns, strict=True), strict=True):
        table.add_row(f"{goal.metric} {_limits(goal, known)}", *cells)
    if outcome.dies:
        found = [_yield(outcome, design) for design in designs]
        table.add_row("yield", *(f"{100 * own.share:.1f} %" if own else "-" for own in found))
    return table


def _cells(design: Design, spec: DesignSpec, known: Mapping[str, Metric]) -> list[str]:
    """Values without dB, which the names of the metrics say already."""
    return [engineering(design.metrics[name], known[name].unit).partition(" dB")[0] for name in spec.goals]
