"""An OCEAN script that simulates the design with Spectre and prints its metrics; its formulas are evaluated again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.numbers import in_skill
from genrf.circuits.export.ocean_formula import Printed, Run, levels, printed
from genrf.circuits.export.skill_names import check
from genrf.circuits.export.skill_reader import Call, read
from genrf.circuits.export.spectre import (
    Group,
    bench_lines,
    check_bench,
    check_circuit,
    circuit_file,
    groups,
    surroundings,
)
from genrf.circuits.measure import Measure
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import Swept
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Ac, Analysis, Dc, Grid, Noise, Op, Sp, Tran, Waveforms
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import suffixed

_FUNCTIONS = {
    "vecmin": "ymin", "vecmax": "ymax", "mean": "average", "db": "dB20", "mag": "mag", "conj": "conjugate",
    "abs": "abs", "log10": "log10", "sqrt": "sqrt",
}  # fmt: skip
_RESULTS: Mapping[type[Analysis], str] = {Sp: "sp", Op: "dcOp", Dc: "dc", Ac: "ac", Tran: "tran", Noise: "noise"}
_VECTOR = re.compile(r"\b([a-z]\w*)\.([A-Za-z]\w*(?:#branch)?)")  # of a formula in OCEAN's words
_WORD = re.compile(r"v\((\w+)\)|(\w+)#branch|s_(\d)_(\d)|\d+\.?\d*(?:e[-+]?\d+)?|[A-Za-z_]\w*")


class _Unsaid(Exception):
    """A formula of nutmeg that OCEAN's words do not say."""


@dataclass(frozen=True)
class Ocean(AbstractExporter):
    """`<circuit>.ocn` with the circuit's and the benches' netlists in Spectre's language.

    The check evaluates the script's formulas, as they are written there, on what ngspice finds in the same bench.
    """

    writes = (SizingProblem,)

    def export(self, design: Design, folder: Path) -> list[Path]:
        circuit = circuit_file(design, folder)
        script = folder / f"{circuit.stem}.ocn"
        paths, lines = [script, circuit], [*_head(design)]
        for group in groups(design):
            bench = folder / _file(design, group)
            bench.write_text("\n".join(_bench(design, group, circuit.name)) + "\n")
            paths.append(bench)
            for name in group.analyses:
                lines += _run(design, group, name)
        script.write_text("\n".join(lines) + "\n")
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        script, circuit, *benches = paths
        netlists = [check_circuit(circuit, design), *(check_bench(path, design) for path in benches)]
        return [*netlists, *_check_script(script, design)]


def _head(design: Design) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, ";")
    yield f"; ports: {' '.join(structure.ports)}"
    yield f"; in this folder: ocean -nograph -restore {structure.name}.ocn"
    yield "simulator('spectre)"


def _file(design: Design, group: Group) -> str:
    """The file of a group's bench."""
    own = "ports" if group.scattering else "sources"
    return f"{sizing(design).structure.name}_{own if group.counterpart is None else '_'.join(group.analyses)}.scs"


def _folder(design: Design, name: str) -> str:
    """Where the results of a run go."""
    return f"./{sizing(design).structure.name}_{name}"


def variables(design: Design) -> dict[str, float]:
    """The supply in V and the bias currents in A, by the names that they have in the benches."""
    problem = sizing(design)
    currents = {f"i_{net}": value for net, value in problem.references(design.values).items()}
    return ({"supply": problem.technology.at().supply} if problem.structure.supplied else {}) | currents


def _amplitudes(group: Group) -> dict[str, float]:
    """The sources that an analysis of a group excites or silences, silent, and what is swept where it begins."""
    silent = {name: 0.0 for one in group.analyses.values() for name in levels(one)}
    return silent | ({group.swept.variable: group.swept.values[0]} if group.swept else {})


def _bench(design: Design, group: Group, circuit: str) -> Iterator[str]:
    """The bench without its analyses, which OCEAN adds; levels are parameters for OCEAN to set."""
    given, amplitudes = variables(design), _amplitudes(group)
    named = {"vsupply": "supply", **{f"i{name.removeprefix('i_')}": name for name in given if name != "supply"}}
    statements = [line for line in bench_lines(design, group, circuit) if not line.startswith("a_")]
    for line in statements:
        name = line.split(" ", 1)[0]
        direct = re.sub(r"\bdc=\S+", f"dc={named[name]}", line) if named.get(name) in given else line
        small = re.sub(r"\bmag=\S+", f"mag=ac_{name}", direct) if f"ac_{name}" in amplitudes else direct
        yield _parametric(small, group.swept) if group.swept and group.swept.source == name else small
        if line.startswith("simulator") and given | amplitudes:
            yield "parameters " + " ".join(f"{key}={suffixed(value)}" for key, value in (given | amplitudes).items())


def _parametric(statement: str, swept: Swept) -> str:
    return re.sub(rf"\b{swept.parameter}=\S+", f"{swept.parameter}={swept.variable}", statement)


def _run(design: Design, group: Group, name: str) -> Iterator[str]:
    """One run, because OCEAN knows one analysis of a kind at a time; then the metrics that it completes."""
    analysis = group.analyses[name]
    said = _analysis(design, analysis)
    if said is None:
        return
    set_to = variables(design) | _amplitudes(group) | levels(analysis)
    yield ""
    yield f'design("./{_file(design, group)}")'
    yield f'resultsDir("{_folder(design, name)}")'
    yield from (f'desVar("{key}" {suffixed(value)})' for key, value in set_to.items())
    yield f"temp({sizing(design).technology.at().temperature:g})"
    yield f"analysis({said})"
    yield from _runs(group.swept)
    yield from _kept(group, name)
    for metric, measure in group.measures.items():
        if name == _last(group, measure):
            yield from _output(metric, measure, analysis)
    yield f"delete('analysis {said.split(' ', 1)[0]})"


def _runs(swept: Swept | None) -> Iterator[str]:
    if swept is None:
        yield "run()"
    else:
        yield f'paramAnalysis("{swept.variable}" ?values list({" ".join(map(suffixed, swept.values))}))'
        yield f"paramRun('{swept.variable})"


def _read(measure: Measure) -> set[str]:
    """The analyses that a measure reads, of which there may be several runs."""
    return {name.partition("@")[0] for name in measure.analyses}


def _last(group: Group, measure: Measure) -> str:
    """The run that completes a measure."""
    return [name for name in group.analyses if name in _read(measure)][-1]


def _kept(group: Group, name: str) -> Iterator[str]:
    """The waveforms of a run that formulas read under names of their own, which outlive it."""
    formulas = "\n".join(one.ocean for one in group.measures.values() if name in _read(one))
    for vector in dict.fromkeys(found[2] for found in _VECTOR.finditer(formulas) if found[1] == name):
        yield f"{_variable(name, vector)} = {_waveform(vector, group.analyses[name])}"


def _variable(name: str, vector: str) -> str:
    source = vector.removesuffix("#branch")
    return f"{name}_{vector}" if source == vector else f"{name}_i_{source}"


def _waveform(vector: str, analysis: Analysis) -> str:
    """A vector of ngspice's in OCEAN's words."""
    result, source = _RESULTS[type(analysis)], vector.removesuffix("#branch")
    if isinstance(analysis, Sp):
        return f"sp({vector[2]} {vector[4]} ?result '{result})"
    return f'v("{vector}" ?result \'{result})' if source == vector else f'i("{source}:p" ?result \'{result})'


def _output(metric: str, measure: Measure, analysis: Analysis) -> Iterator[str]:
    try:
        lines = list(_formula(measure, analysis))
    except _Unsaid:
        yield f"; {metric} is not written: OCEAN has no words for it, or it wants several analyses at once"
        return
    yield f"; {measure.metric.description}"
    yield from (re.sub(r"^result =", f"{metric} =", line) for line in lines)
    yield _print(metric, measure)


def _print(metric: str, measure: Measure) -> str:
    unit = measure.metric.unit.replace("%", "%%")
    return f'printf("{metric} = %g{" " + unit if unit else ""}\\n" {metric})'


def _formula(measure: Measure, analysis: Analysis) -> Iterator[str]:
    """The lines that leave a metric in `result`: its own, on the variables of `_kept`, or those of nutmeg."""
    if measure.ocean:
        for line in measure.ocean.splitlines():
            yield _VECTOR.sub(lambda found: _variable(*found.groups()), in_skill(line))
    elif len(measure.analyses) > 1 or not measure.nutmeg:
        raise _Unsaid
    else:
        yield from (_translated(line, analysis) for line in measure.nutmeg.splitlines())


def _translated(line: str, analysis: Analysis) -> str:
    """A line of nutmeg, `let x = ...`, in OCEAN's words."""
    match = re.fullmatch(r"let (\w+) = (.*)", line)
    if match is None or "[" in line or re.search(r"\w\d*\.[a-z]", line):
        raise _Unsaid(line)
    right = _WORD.sub(lambda found: _word(found, analysis), match[2]).replace("^", "**").replace("*-", "* -")
    return f"{match[1]} = {in_skill(right)}"


def _word(found: re.Match[str], analysis: Analysis) -> str:
    net, source, row, column = found.groups()
    if net or source or row:
        return _waveform(net or (f"{source}#branch" if source else f"S_{row}_{column}"), analysis)
    known = {**_FUNCTIONS, "inoise_spectrum": 'getData("in" ?result \'noise)', "delta": "delta"}
    known["onoise_spectrum"] = 'getData("out" ?result \'noise)'
    if found[0][0].isdigit():
        return found[0]
    if found[0] not in known:
        raise _Unsaid(found[0])
    return known[found[0]]


def _analysis(design: Design, analysis: Analysis) -> str | None:
    match analysis:
        case Sp():
            ports = [one.name for one in surroundings(design).netlist.elements if "portnum" in one.flags]
            named = " ".join(f'"{port}"' for port in ports)
            return f"'sp ?ports list({named}) {_sweep(analysis.grid)}"
        case Noise():
            return f'\'noise ?p "{analysis.output}" ?n "0" ?iprobe "{analysis.source}" {_sweep(analysis.grid)}'
        case Ac():
            return f"'ac {_sweep(analysis.grid)}"
        case Tran() | Dc():
            return _transient(analysis) if isinstance(analysis, Tran) else _direct(analysis)
        case Op():
            return "'dc ?saveOppoint t"
        case _:
            return None


def _transient(tran: Tran) -> str:
    times = _keywords(stop=tran.stop, outputstart=tran.start, maxstep=tran.step)
    even = f' ?method "traponly" {_keywords(strobeperiod=tran.step)}' if tran.even else ""
    return f'\'tran {times} ?errpreset "conservative"{even}'


def _direct(dc: Dc) -> str:
    what = '?param "temp"' if dc.source == "temp" else f'?dev "{dc.source}" ?param "dc"'
    return f"'dc {what} {_keywords(start=dc.start, stop=dc.stop, step=dc.step)}"


def _keywords(**values: float) -> str:
    return " ".join(f'?{key} "{suffixed(value)}"' for key, value in values.items())


def _sweep(grid: Grid) -> str:
    """The range and its steps; Spectre counts the steps of a linear sweep, not its points."""
    steps = grid.points - 1 if grid.scale == "lin" else grid.points
    return f'?start "{suffixed(grid.start)}" ?stop "{suffixed(grid.stop)}" ?{grid.scale} "{max(steps, 1)}"'


def _equal(found: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    """Whether the same variables have the same values, as far as twelve digits tell."""
    return found.keys() == wanted.keys() and all(isclose(found[key], wanted[key], rel_tol=1e-11) for key in wanted)


def _check_script(script: Path, design: Design) -> Iterator[Check]:
    name = f"ocean {script.name}"
    parts = groups(design)
    try:
        expressions = read(script.read_text())
        check(expressions)
        waves = _simulated(design, parts)
        found = printed(expressions, waves, {name: one for group in parts for name, one in group.analyses.items()})
    except (GenrfError, NoConvergence) as error:
        yield Check(name, False, str(error))
        return
    yield from (Check(name, False, wrong) for wrong in _wrong(found.runs, parts, design))
    if not found.metrics:
        yield Check(name, False, f"{len(found.runs)} runs print nothing: no metric that OCEAN has words for")
    told = _told(design, parts)
    for metric in dict.fromkeys([*told, *found.metrics]):
        yield Check(f"ocean {metric}", *_check_metric(metric, told.get(metric), found, design, waves))


def _told(design: Design, parts: Sequence[Group]) -> dict[str, Measure]:
    """The metrics that the script has to print: those that OCEAN has words for."""
    found = dict[str, Measure]()
    for group in parts:
        for metric, measure in group.measures.items():
            analysis = group.analyses[_last(group, measure)]
            with suppress(_Unsaid):
                said = _analysis(design, analysis) and [*_formula(measure, analysis)]
                found |= {metric: measure} if said else {}
    return found


def _check_metric(
    metric: str, measure: Measure | None, found: Printed, design: Design, waves: Waveforms
) -> tuple[bool, str]:
    """Whether a metric is printed, with its unit, and is what was measured; and what was found."""
    if measure is None:
        return False, "no metric of this circuit that OCEAN has words for"
    if metric not in found.metrics:
        return False, "the script does not print it"
    (wanted,) = read(_print(metric, measure))
    if isinstance(wanted, Call) and found.words[metric] != wanted.arguments[0]:
        return False, f"it is printed as {found.words[metric]!r}, where genrf has {wanted.arguments[0]!r}"
    value = found.metrics[metric]
    known = design.metrics[metric] if metric in design.metrics else _own(measure, waves)
    detail = f"its formula gives {value:.7g} on ngspice's vectors, measured {known:.7g} of design {design.id}"
    return measure.agrees(value, known), detail


def _simulated(design: Design, parts: Sequence[Group]) -> Waveforms:
    """What ngspice finds in the benches; its own at once, as an operating point may be that of S-parameters before."""
    problem = sizing(design)
    own = {name: one for group in parts if group.around is None for name, one in group.analyses.items()}
    bench = replace(problem.testbench(design.values, bench=problem.bench.strict()), analyses=own)
    found = dict(problem.engine.simulate(bench)) if own else {}
    setup = problem.setup(design.values, problem.technology.at())
    for group in parts:
        found |= group.simulate(setup)
    return found


def _wrong(runs: Sequence[Run], parts: Sequence[Group], design: Design) -> Iterator[str]:
    """What the runs simulate or set that is not the bench's, and what is not run."""
    wanted = {name: group for group in parts for name, one in group.analyses.items() if _analysis(design, one)}
    for run in runs:
        yield from _wrong_run(run, wanted[run.analysis], design)
    ran = {run.analysis for run in runs}
    yield from (f"it does not run {name}" for name in wanted if name not in ran)


def _wrong_run(run: Run, group: Group, design: Design) -> Iterator[str]:
    analysis, temperature = group.analyses[run.analysis], sizing(design).technology.at().temperature
    if run.design.removeprefix("./") != _file(design, group):
        yield f"it simulates {run.design} for {run.analysis}"
    if run.folder != _folder(design, run.analysis):
        yield f"its results of {run.analysis} go to {run.folder}"
    if run.temperature is None or not isclose(run.temperature, temperature, rel_tol=1e-5):
        yield f"it runs {run.analysis} at a temperature of {run.temperature}"
    if not _equal(run.variables, variables(design) | _amplitudes(group) | levels(analysis)):
        yield f"its variables are {run.variables}"
    if [run.asked] != read(f"analysis({_analysis(design, analysis)})"):
        yield f"its analysis for {run.analysis} is {run.asked}"


def _own(measure: Measure, waves: Waveforms) -> float:
    """A metric that the search did not want, by genrf's own formula."""
    return measure.value(*(waves[name] for name in measure.analyses))
