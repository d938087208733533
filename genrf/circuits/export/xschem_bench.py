"""The benches of a design as xschem has them, each on a sheet, and what their sheets tell ngspice."""

from dataclasses import dataclass

from genrf.circuits.export.flat import body, sizing
from genrf.circuits.export.numbers import prefixed
from genrf.circuits.export.spectre import Group, counterparts, surrounding, told
from genrf.circuits.export.spice_bench import control, goals_of, options
from genrf.circuits.netlist import Element
from genrf.circuits.testbench import Tran
from genrf.core.problem import Design


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
        """What the simulator is told: models, options, analyses, and formulas as far as nutmeg can say them.

        It does not quit: xschem opens ngspice in a window, where waveforms may be looked at.
        """
        conditions = sizing(design).technology.at()
        computed = [one.line() for one in body(design).elements if one.name.startswith(".model ")]
        said = control(self.group.analyses, self.group.measures, self.raw)
        return [*conditions.models, *computed, options(design, self.group), ".control", *said, ".endc"]


def benches(design: Design) -> list[Bench]:
    """The bench of the circuit's kind, and those of its procedures' counterparts, as far as goals are read from them.

    The first is `tb_<circuit>`; further ones have what they run behind it. A design of which nothing can be read so, as
    one that was given up before its transients, has the first without an analysis. What runs at several levels is left
    out, and two tones are: their products want even points, and ngspice cuts steps where Newton's iteration wants it.
    """
    strict, name = sizing(design).bench.strict(), f"tb_{sizing(design).structure.name}"
    own = told(design)
    read = {analysis for measure in own.values() for analysis in measure.analyses}
    run = {analysis: one for analysis, one in strict.analyses.items() if analysis in read}
    fit = (group for group in counterparts(design) if not (group.swept or _even(group)))
    groups = [Group(run, own), *(goals_of(design, group) for group in fit)]
    wanted = [group for group in groups if group.measures] or groups[:1]
    behind = ["", *("_" + "_".join(group.analyses) for group in wanted[1:])]
    return [Bench(name + more, group) for more, group in zip(behind, wanted, strict=True)]


def _even(group: Group) -> bool:
    """Whether a transient of the group needs points of one distance."""
    return any(isinstance(one, Tran) and one.even for one in group.analyses.values())
