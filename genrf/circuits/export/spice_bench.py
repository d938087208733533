"""What ngspice is told in a bench, whoever wrote the circuit: options, analyses, and formulas that print metrics."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.numbers import in_nutmeg, prefixed
from genrf.circuits.export.spectre import Group, counterparts, surrounding
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import Element
from genrf.circuits.procedure import Settling, Swept
from genrf.circuits.testbench import Analysis, Noise, Testbench, Tran
from genrf.core.problem import Design

_BEFORE = ("set num_threads=1", "set numdgt=9")


def transients(design: Design) -> list[Group]:
    """The counterparts of a design's procedures with those of their goals that ngspice can print; none without one."""
    goals = sizing(design).spec.goals
    groups = (_kept(group, lambda name, one: name in goals and bool(one.nutmeg)) for group in counterparts(design))
    return [group for group in groups if group.measures]


def goals_of(design: Design, group: Group) -> Group:
    """The group for the goals of the spec alone."""
    goals = sizing(design).spec.goals
    return _kept(group, lambda name, one: name in goals)


def _kept(group: Group, wanted: Callable[[str, Measure], bool]) -> Group:
    return replace(group, measures={name: one for name, one in group.measures.items() if wanted(name, one)})


def options(design: Design, group: Group) -> str:
    """The options that the analyses of a group want, at the process's nominal temperature."""
    temperature = sizing(design).technology.at().temperature
    return prefixed(Testbench(surrounding(design, group), group.analyses, temperature).options())


def control(
    analyses: Mapping[str, Analysis],
    measures: Mapping[str, Measure],
    written: Callable[[str], str] | None = None,
    settling: Settling | None = None,
) -> Iterator[str]:
    """Commands that run analyses, and print each measure that nutmeg can say behind its last one as `metric = value`.

    `written` names the file that the vectors of an analysis are written to. Transients that are `settling` end when
    they have.
    """
    yield from _BEFORE
    for name, analysis in analyses.items():
        yield from _run(analysis, settling)
        if written:
            yield f"write {written(name)} {' '.join(analysis.vectors)}"
        if any(_of(name).search(measure.nutmeg) for measure in measures.values()):
            yield f"set plot_{name} = $curplot"
        for metric, measure in measures.items():
            if measure.nutmeg and measure.analyses[-1] == name:
                yield from _printed(metric, _formula(measure))


def swept_control(
    swept: Swept,
    around: Iterable[Element],
    analyses: Mapping[str, Analysis],
    measures: Mapping[str, Measure],
    settling: Settling | None = None,
) -> Iterator[str]:
    """Commands that run analyses for each value of a source, keep some numbers of each run, and print measures of them.

    The numbers are vectors over the values in a plot of their own, which formulas of the measures read.
    """
    (source,) = (one for one in around if one.name == swept.source)
    values = prefixed(" ".join(map(repr, swept.values)))
    yield from (*_BEFORE, "setplot new", "set runs = $curplot", f"compose {swept.variable} values {values}")
    yield from (f"let {name} = 0*{swept.variable}" for name in swept.kept)
    yield from ("let run = 0", f"foreach value {values}", _altered(swept, source))
    for analysis in analyses.values():
        yield from _run(analysis, settling)
    yield from map(in_nutmeg, swept.each.splitlines())
    yield from (f"let {{$runs}}.{name}[{{$runs}}.run] = {name}" for name in swept.kept)
    yield from ("let {$runs}.run = {$runs}.run + 1", "end", "setplot $runs")
    yield from map(in_nutmeg, swept.behind.splitlines())
    for metric, measure in measures.items():
        yield from _printed(metric, measure.nutmeg)


def _run(analysis: Analysis, settling: Settling | None) -> Iterator[str]:
    if settling and isinstance(analysis, Tran):
        yield from _until(analysis, settling)
        return
    yield from (prefixed(command) for command in analysis.command.split(";"))
    if isinstance(analysis, Noise):
        yield "setplot previous"  # the newer plot holds integrals


def _until(analysis: Tran, settling: Settling) -> Iterator[str]:
    """Longer and longer transients, until one has settled."""
    yield prefixed(f"foreach stop {' '.join(map(repr, settling.stops))}")
    yield in_nutmeg(f"let begin = $stop - {settling.kept!r}")
    yield prefixed(f"tran {analysis.step!r} $stop $&begin {analysis.step!r}")
    yield from map(in_nutmeg, settling.settled.splitlines())
    yield from ("if settled", "break", "end", "end")


def _printed(metric: str, formula: str) -> Iterator[str]:
    yield from map(in_nutmeg, formula.splitlines())
    yield from (f"let {metric} = result", f"print {metric}")


def _altered(swept: Swept, source: Element) -> str:
    """The command that gives a source the value of a run."""
    if swept.parameter == "dc":
        return f"alter {swept.source} = $value"
    offset, _, *rest = re.sub(r".*sin\((.*)\).*", r"\1", prefixed(source.flags)).split()
    return f"alter @{swept.source}[sin] = [ {offset} $value {' '.join(rest)} ]"


def _formula(measure: Measure) -> str:
    """The formula of a measure, plots by the variables that hold their names; ngspice numbers them as it likes."""
    text = measure.nutmeg
    for name in measure.analyses:
        text = _of(name).sub(f"{{$plot_{name}}}.", text)
    return text


def _of(analysis: str) -> re.Pattern[str]:
    """What stands before a vector of an analysis."""
    return re.compile(rf"\b{analysis}\.(?=[a-z])")
