"""An OCEAN script that simulates the design with Spectre and prints its metrics; its formulas are evaluated again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path

from genrf.circuits.export.flat import sizing
from genrf.circuits.export.header import header
from genrf.circuits.export.ocean_formula import printed
from genrf.circuits.export.skill_reader import check, read
from genrf.circuits.export.spectre import (
    bench_lines,
    check_bench,
    check_circuit,
    circuit_file,
    groups,
    surroundings,
    told,
)
from genrf.circuits.measure import Measure
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.testbench import Analysis, Grid, Noise, Op, Sp, Waveforms
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import suffixed

_RELATIVE = 1e-6
_FUNCTIONS = {
    "vecmin": "ymin", "vecmax": "ymax", "mean": "average", "db": "dB20", "mag": "mag", "conj": "conjugate",
    "abs": "abs", "log10": "log10", "sqrt": "sqrt",
}  # fmt: skip
_WORD = re.compile(r"v\((\w+)\)|(\w+)#branch|s_(\d)_(\d)|\d+\.?\d*(?:e[-+]?\d+)?|[A-Za-z_]\w*")


class _Unsaid(Exception):
    """A formula of nutmeg that OCEAN's words do not say."""


@dataclass(frozen=True)
class Ocean(AbstractExporter):
    """`<circuit>.ocn` with the circuit's and the benches' netlists in Spectre's language.

    The check evaluates the script's formulas, as they are written there, on what ngspice finds in the same bench.
    """

    def export(self, design: Design, folder: Path) -> list[Path]:
        circuit = circuit_file(design, folder)
        script = folder / f"{circuit.stem}.ocn"
        paths, lines = [script, circuit], [*_head(design)]
        for analyses in groups(design):
            bench = folder / f"{circuit.stem}_{'ports' if _scattering(analyses) else 'sources'}.scs"
            bench.write_text("\n".join(_bench(design, analyses, circuit.name)) + "\n")
            paths.append(bench)
            for name, analysis in analyses.items():
                lines += _run(design, bench.name, name, analysis)
        script.write_text("\n".join(lines) + "\n")
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        script, circuit, *benches = paths
        netlists = [check_circuit(circuit, design), *(check_bench(path, design) for path in benches)]
        return [*netlists, *_check_script(script, benches, design)]


def _head(design: Design) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, ";")
    yield f"; ports: {' '.join(structure.ports)}"
    yield f"; in this folder: ocean -nograph -restore {structure.name}.ocn"
    yield "simulator('spectre)"


def _scattering(analyses: Mapping[str, Analysis]) -> bool:
    return any(isinstance(analysis, Sp) for analysis in analyses.values())


def variables(design: Design) -> dict[str, float]:
    """The supply in V and the bias currents in A, by the names that they have in the benches."""
    problem = sizing(design)
    currents = {f"i_{net}": value for net, value in problem.references(design.values).items()}
    return ({"supply": problem.technology.at().supply} if problem.structure.supplied else {}) | currents


def _bench(design: Design, analyses: Mapping[str, Analysis], circuit: str) -> Iterator[str]:
    """The bench without its analyses, which OCEAN adds; levels are parameters for OCEAN to set."""
    given = variables(design)
    named = {"vsupply": "supply", **{f"i{name.removeprefix('i_')}": name for name in given if name != "supply"}}
    statements = [line for line in bench_lines(design, analyses, circuit) if not line.startswith("a_")]
    for line in statements:
        name = line.split(" ", 1)[0]
        yield re.sub(r"\bdc=\S+", f"dc={named[name]}", line) if named.get(name) in given else line
        if line.startswith("simulator") and given:
            yield "parameters " + " ".join(f"{key}={suffixed(value)}" for key, value in given.items())


def _run(design: Design, bench: str, name: str, analysis: Analysis) -> Iterator[str]:
    """One run, because OCEAN knows one analysis of a kind at a time; then the metrics that it alone decides."""
    said = _analysis(design, analysis)
    if said is None:
        return
    yield ""
    yield f'design("./{bench}")'
    yield f'resultsDir("./{sizing(design).structure.name}_{name}")'
    yield from (f'desVar("{key}" {suffixed(value)})' for key, value in variables(design).items())
    yield f"temp({sizing(design).technology.at().temperature:g})"
    yield f"analysis({said})"
    yield "run()"
    for metric, measure in told(design).items():
        if name in measure.analyses:
            yield from _output(metric, measure)
    yield f"delete('analysis {said.split(' ', 1)[0]})"


def _output(metric: str, measure: Measure) -> Iterator[str]:
    try:
        if len(measure.analyses) > 1 or not measure.nutmeg:
            raise _Unsaid
        lines = [_formula(line) for line in measure.nutmeg.splitlines()]
    except _Unsaid:
        yield f"; {metric} is not written: OCEAN has no words for it, or it wants several analyses at once"
        return
    unit = measure.metric.unit.replace("%", "%%")
    yield f"; {measure.metric.description}"
    yield from (re.sub(r"^result =", f"{metric} =", line) for line in lines)
    yield f'printf("{metric} = %g{" " + unit if unit else ""}\\n" {metric})'


def _formula(line: str) -> str:
    """A line of nutmeg, `let x = ...`, in OCEAN's words."""
    match = re.fullmatch(r"let (\w+) = (.*)", line)
    if match is None or "[" in line or re.search(r"\w\d*\.[a-z]", line):
        raise _Unsaid(line)
    right = _WORD.sub(_word, match[2]).replace("^", "**").replace("*-", "* -")
    return f"{match[1]} = {right}"


def _word(found: re.Match[str]) -> str:
    net, source, row, column = found.groups()
    if net:
        return f'v("{net}" ?result \'dcOp)'
    if source:
        return f'i("{source}:p" ?result \'dcOp)'
    if row:
        return f"sp({row} {column} ?result 'sp)"
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
        case Op():
            return "'dc ?saveOppoint t"
        case _:
            return None


def _sweep(grid: Grid) -> str:
    """The range and its steps; Spectre counts the steps of a linear sweep, not its points."""
    steps = grid.points - 1 if grid.scale == "lin" else grid.points
    return f'?start "{suffixed(grid.start)}" ?stop "{suffixed(grid.stop)}" ?{grid.scale} "{max(steps, 1)}"'


def _equal(found: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    """Whether the same variables have the same values, as far as twelve digits tell."""
    return found.keys() == wanted.keys() and all(isclose(found[key], wanted[key], rel_tol=1e-11) for key in wanted)


def _check_script(script: Path, benches: Sequence[Path], design: Design) -> Iterator[Check]:
    problem, name = sizing(design), f"ocean {script.name}"
    strict = problem.bench.strict()
    wanted = {k: one for group in groups(design) for k, one in group.items() if isinstance(one, Sp | Noise | Op)}
    try:
        expressions = read(script.read_text())
        check(expressions)
        bench = replace(problem.testbench(design.values, bench=strict), analyses=wanted)
        waves = problem.engine.simulate(bench)
        found = printed(expressions, waves, wanted)
    except (GenrfError, NoConvergence) as error:
        yield Check(name, False, str(error))
        return
    run = {one.design.removeprefix("./") for one in found.runs}
    if run != {path.name for path in benches}:
        yield Check(name, False, f"it simulates {', '.join(sorted(run))}")
    if not all(_equal(one.variables, variables(design)) for one in found.runs):
        yield Check(name, False, f"its variables are {[dict(one.variables) for one in found.runs]}")
    measures = told(design)
    for metric, value in found.metrics.items():
        if metric not in measures:
            yield Check(f"ocean {metric}", False, "no metric of this circuit")
            continue
        known = design.metrics.get(metric, _own(measures[metric], waves))
        passed = isclose(value, known, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
        detail = f"its formula gives {value:.7g} on ngspice's vectors, measured {known:.7g}"
        yield Check(f"ocean {metric}", passed, detail)
    if not found.metrics:
        yield Check(name, False, f"{len(found.runs)} runs print nothing: no metric that OCEAN has words for")


def _own(measure: Measure, waves: Waveforms) -> float:
    """A metric that the search did not want, by genrf's own formula."""
    return measure.value(*(waves[name] for name in measure.analyses))
