"""The benches of a design as xschem has them, each on a sheet, and what their sheets tell ngspice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from genrf.circuits.export.flat import body, sizing
from genrf.circuits.export.spectre import Group, counterparts, surrounding, told
from genrf.circuits.export.spice import prefixed
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import Element
from genrf.circuits.testbench import Analysis, Noise, Testbench
from genrf.core.problem import Design

_PLOT = re.compile(r"\b(sp|ac|tran|dc)(\d+)\.")


@dataclass(frozen=True)
class Bench:
    """A sheet by its name, what its bench runs, and the goals of the spec that are read from it."""

    sheet: str
    group: Group

    def raw(self, analysis: str) -> str:
        """The file that ngspice writes the vectors of an analysis to."""
        return f"{self.sheet}_{analysis}.raw"

    def around(self, design: Design) -> tuple[Element, ...]:
        """What surrounds the circuit, levels and times of sources as engineers write them."""
        elements = surrounding(design, self.group).elements
        return tuple(one._replace(flags=prefixed(one.flags)) for one in elements)

    def text(self, design: Design) -> list[str]:
        """What the simulator is told: models, options, analyses, and formulas as far as nutmeg can say them."""
        conditions = sizing(design).technology.at()
        computed = [one.line() for one in body(design).elements if one.name.startswith(".model ")]
        options = Testbench(surrounding(design, self.group), self.group.analyses, conditions.temperature).options()
        before = [".control", "set num_threads=1", "set numdgt=9"]
        return [*conditions.models, *computed, options, *before, *self._control(), "quit", ".endc"]

    def _control(self) -> Iterator[str]:
        """Each analysis, its vectors to a file, and behind the last one that a metric is read from the metric."""
        for name, analysis in self.group.analyses.items():
            yield from (prefixed(command) for command in analysis.command.split(";"))
            if isinstance(analysis, Noise):
                yield "setplot previous"  # the newer plot holds integrals
            yield f"write {self.raw(name)} {' '.join(analysis.vectors)}"
            for metric, measure in self.group.measures.items():
                if measure.nutmeg and measure.analyses[-1] == name:
                    yield from _counted(measure, self.group.analyses).splitlines()
                    yield from (f"let {metric} = result", f"print {metric}")


def _counted(measure: Measure, analyses: Mapping[str, Analysis]) -> str:
    """The formula of a measure, whose second plot of a kind, `sp2`, is the sheet's own of that analysis."""

    def number(found: re.Match[str]) -> str:
        kind, place = found[1], int(found[2]) - 1
        own = [name for name in measure.analyses if analyses[name].plot == kind]
        known = [name for name, one in analyses.items() if one.plot == kind]
        return f"{kind}{known.index(own[place]) + 1}."

    return _PLOT.sub(number, measure.nutmeg)


def benches(design: Design) -> list[Bench]:
    """The bench of the circuit's kind, and those of its procedures' counterparts, as far as goals are read from them.

    The first is `tb_<circuit>`; further ones have what they run behind it. A design of which nothing can be read so, as
    one that was given up before its transients, has the first without an analysis.
    """
    strict, name = sizing(design).bench.strict(), f"tb_{sizing(design).structure.name}"
    own = told(design)
    read = {analysis for measure in own.values() for analysis in measure.analyses}
    run = {analysis: one for analysis, one in strict.analyses.items() if analysis in read}
    groups = [Group(run, own), *(_goals(design, group) for group in counterparts(design))]
    wanted = [group for group in groups if group.measures] or groups[:1]
    behind = ["", *("_" + "_".join(group.analyses) for group in wanted[1:])]
    return [Bench(name + more, group) for more, group in zip(behind, wanted, strict=True)]


def _goals(design: Design, group: Group) -> Group:
    """The group for the goals of the spec alone."""
    goals = sizing(design).spec.goals
    return replace(group, measures={name: one for name, one in group.measures.items() if name in goals})
