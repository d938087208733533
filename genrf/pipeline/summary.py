"""What a run says on the terminal when it is done."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from genrf.core.problem import Design
from genrf.core.spec import DesignSpec, Metric
from genrf.core.units import engineering
from genrf.pipeline.outcome import Outcome


def show(outcome: Outcome, console: Console | None = None) -> None:
    """Print the chosen designs against the spec, the verdict, and where the files are."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = 160  # a file or a pipe has no edge to wrap at
    if outcome.designs:
        console.print(_table(outcome))
    total = sum(outcome.seconds.values())
    cached = f" ({outcome.simulated} simulated, {outcome.from_cache} from the cache)" if outcome.from_cache else ""
    console.print(f"{outcome.verdict}; {len(outcome.results)} designs measured in {total:.1f} s{cached}")
    console.print(outcome.folder / "report.html", soft_wrap=True)


def _table(outcome: Outcome) -> Table:
    spec, known = outcome.results.spec, outcome.problems[0].known
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("design", no_wrap=True)
    table.add_column("structure", no_wrap=True)
    for goal in spec.goals.values():
        table.add_column(f"{goal.metric}\n{goal.limits()}", justify="right")
    if outcome.dies:
        table.add_column("yield\n95 % interval", justify="right")
    for design in outcome.designs:
        cells = _cells(design, spec, known)
        if outcome.dies:
            cells.append(str(outcome.dies[design.id].overall()).replace(" (", "\n("))
        table.add_row(f"{design.rank}_{design.id}", design.problem.structure.name, *cells)
    return table


def _cells(design: Design, spec: DesignSpec, known: Mapping[str, Metric]) -> list[str]:
    """Values without dB, which the names of the metrics say already."""
    return [engineering(design.metrics[name], known[name].unit).partition(" dB")[0] for name in spec.goals]
