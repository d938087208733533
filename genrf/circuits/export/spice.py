"""A sized netlist as a subcircuit, and one test bench per reported metric that `ngspice -b` runs as it is."""

import math
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, compared, folded, plain, remarked, sizing, types
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.numbers import in_nutmeg, prefixed, spoken
from genrf.circuits.export.spice_devices import devices, strays
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Model, Subcircuit
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import Netlist
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.testbench import Analysis, Noise
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design

_RELATIVE = 1e-4  # between a value measured in process and one that `ngspice -b` prints
_LOGARITHMIC = ("dB", "dBm")  # zero is a value as any other, and a share of it no measure
_SECONDS = 60.0


@dataclass(frozen=True)
class Spice(AbstractExporter):
    """`<circuit>.sp` with models and `.subckt`, and `tb_<metric>.sp` for each goal of the spec."""

    writes = (SizingProblem,)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        problem = sizing(design)
        circuit = folder / f"{problem.structure.name}.sp"
        circuit.write_text("\n".join(_subcircuit(design)) + "\n")
        paths = [circuit]
        measures = problem.bench.measures
        for metric in (name for name in problem.spec.goals if name in measures and measures[name].nutmeg):
            path = folder / f"tb_{metric}.sp"
            path.write_text("\n".join(_bench(design, metric, circuit.name)) + "\n")
            paths.append(path)
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *benches = paths
        return [_check_circuit(circuit, design), *(_check(path, design) for path in benches)]


def _subcircuit(design: Design) -> list[str]:
    structure = sizing(design).structure
    return [
        *header(design, "*"),
        *(part for card in body(design).models for part in folded(card)),
        f"* {ports(design)}",
        f".subckt {structure.name} {' '.join(structure.ports)}",
        *remarked(design, "*", lambda one: folded(spoken(one))),
        f".ends {structure.name}",
    ]


def _bench(design: Design, metric: str, circuit: str) -> list[str]:
    """A deck that measures one metric as the verification did, and prints `metric = value`."""
    problem = sizing(design)
    measure = problem.bench.measures[metric]
    bench = problem.bench.strict()
    name = problem.structure.name
    empty = bench.testbench(
        Netlist(()),
        problem.technology.at().supply,
        problem.references(design.values),
        problem.technology.at().temperature,
    )
    analyses = {name: empty.analyses[name] for name in measure.analyses}
    return [
        *bench_header(design, "*", f"{metric} of {name}: {measure.metric.description}"),
        f".include {circuit}",
        f"x1 {' '.join(problem.structure.ports)} {name}",
        *map(spoken, empty.netlist.elements),
        prefixed(empty.options()),
        ".control",
        *control(analyses, {metric: measure}),
        "quit",
        ".endc",
        ".end",
    ]


def control(
    analyses: Mapping[str, Analysis], measures: Mapping[str, Measure], written: Callable[[str], str] | None = None
) -> Iterator[str]:
    """Commands that run analyses, and print each measure that nutmeg can say behind its last one as `metric = value`.

    `written` names the file that the vectors of an analysis are written to.
    """
    yield from ("set num_threads=1", "set numdgt=9")
    for name, analysis in analyses.items():
        yield from (prefixed(command) for command in analysis.command.split(";"))
        if isinstance(analysis, Noise):
            yield "setplot previous"  # the newer plot holds integrals
        if written:
            yield f"write {written(name)} {' '.join(analysis.vectors)}"
        if any(_of(name).search(measure.nutmeg) for measure in measures.values()):
            yield f"set plot_{name} = $curplot"
        for metric, measure in measures.items():
            if measure.nutmeg and measure.analyses[-1] == name:
                yield from map(in_nutmeg, _formula(measure).splitlines())
                yield from (f"let {metric} = result", f"print {metric}")


def _formula(measure: Measure) -> str:
    """The formula of a measure, plots by the variables that hold their names; ngspice numbers them as it likes."""
    text = measure.nutmeg
    for name in measure.analyses:
        text = _of(name).sub(f"{{$plot_{name}}}.", text)
    return text


def _of(analysis: str) -> re.Pattern[str]:
    """What stands before a vector of an analysis."""
    return re.compile(rf"\b{analysis}\.(?=[a-z])")


def _check_circuit(path: Path, design: Design) -> Check:
    """Whether the subcircuit holds every element; an oscillator has no bench that ngspice could print a metric of."""
    structure, name = sizing(design).structure, f"spice {path.name}"
    try:
        source = read(path)
        (opened,) = (one for one in source.body if isinstance(one, Subcircuit))
        if opened.ports != structure.ports:
            return Check(name, False, f"its ports are {' '.join(opened.ports)}")
        found = list(devices(opened, source))
        models = {one.name.lower(): plain(one.parameters.items()) for one in source.walk() if isinstance(one, Model)}
    except (GenrfError, ValueError, KeyError) as error:
        return Check(name, False, f"it is not understood: {error}")
    kinds = {card: f"{kind} level={level}" for card, (kind, level) in types(design).items()}
    if wrong := list(strays(path, source, structure.name, kinds)):
        return Check(name, False, "; ".join(wrong[:5]))
    return compared(name, "the parser of SPICE's dialects", design, found, models)


def _check(path: Path, design: Design) -> Check:
    metric = path.stem.removeprefix("tb_")
    return agrees(f"spice {path.name}", design, metric, printed(path).get(metric))


def agrees(name: str, design: Design, metric: str, found: float | None, relative: float = _RELATIVE) -> Check:
    """Whether a metric that ngspice printed, if it did, is what was measured."""
    wanted = design.metrics[metric]
    near_zero = relative if design.problem.metrics[metric].unit in _LOGARITHMIC else 0.0
    passed = found is not None and math.isclose(found, wanted, rel_tol=relative, abs_tol=near_zero)
    shown = "nothing" if found is None else f"{found:.7g}"
    return Check(name, passed, f"ngspice -b prints {shown}, measured {wanted:.7g}")


def printed(path: Path, seconds: float = _SECONDS) -> dict[str, float]:
    """The numbers that `ngspice -b` prints of a deck within a time. Its exit status says nothing and is not read."""
    try:
        done = subprocess.run(
            [NGSPICE.path(), "-n", "-b", path.name],
            cwd=path.parent,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}
    found = re.findall(r"^(\w+) = ([-+]?\d\S*)$", done.stdout, re.MULTILINE)
    return {name: float(number) for name, number in found}
