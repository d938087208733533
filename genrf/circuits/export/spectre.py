"""A sized netlist in Spectre's own language with its benches, read back by the parser for foreign netlists."""

import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genrf.circuits.export.flat import body, compared, folded, plain, remarked, sizing
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Command, Instance, Model, Source, Subcircuit
from genrf.circuits.measure import MEASURES, Measure, metrics
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.spectre import SPECTRE, SpectreEngine
from genrf.circuits.simulate.spectre_netlist import controls, written
from genrf.circuits.startup import Rest
from genrf.circuits.testbench import Analysis, Op, Sp, Testbench
from genrf.circuits.topology import Device, Drawn
from genrf.core.errors import ConfigError, GenrfError, ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import quantity

_RELATIVE = 1e-3  # between two simulators with the same equations of a model
_SECONDS = 300.0
_SUPPLIED = ("vdd", "vsupply#branch")
_TERMINALS = {"bsim4": ("d", "g", "s", "b"), "bjt": ("c", "b", "e", "s"), "vbic": ("c", "b", "e", "s")}
_BACK = {"trise": "dtemp"}
_PASSIVE = {"resistor": "r", "capacitor": "c", "inductor": "l"}
_TYPES = {"n": "nmos", "p": "pmos", "npn": "npn", "pnp": "pnp"}


@dataclass(frozen=True)
class SpectreNetlist(AbstractExporter):
    """`<circuit>.scs` with models and `subckt`, and `tb_<analyses>.scs` for those that Spectre has a counterpart of.

    The check reads the subcircuit back into a graph, and has Spectre run the benches where it is installed.
    """

    def export(self, design: Design, folder: Path) -> list[Path]:
        circuit = circuit_file(design, folder)
        paths = [circuit]
        for analyses in groups(design):
            path = folder / f"tb_{'_'.join(analyses)}.scs"
            path.write_text("\n".join(bench_lines(design, analyses, circuit.name)) + "\n")
            paths.append(path)
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *benches = paths
        checks = [check_circuit(circuit, design), *(check_bench(path, design) for path in benches)]
        if not benches:
            text = "no bench is written: Spectre has no counterpart of what genrf measures of this circuit"
            checks.append(Check(f"spectre benches of {circuit.stem}", True, text))
        return [*checks, *_simulated(benches, design)]


def circuit_file(design: Design, folder: Path) -> Path:
    """Write the subcircuit with its models."""
    path = folder / f"{sizing(design).structure.name}.scs"
    path.write_text("\n".join(_subcircuit(design)) + "\n")
    return path


def _subcircuit(design: Design) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, "//")
    yield "simulator lang=spectre"
    yield from (part for card in written(Netlist((), body(design).models), ports=False) for part in folded(card))
    yield f"// {ports(design)}"
    yield f"subckt {structure.name} ({' '.join(structure.ports)})"
    yield from remarked(design, "//", _element)
    yield f"ends {structure.name}"


def _element(element: Element) -> Iterator[str]:
    for line in written(Netlist((element,)), ports=False):
        yield from folded(line)


def groups(design: Design) -> list[dict[str, Analysis]]:
    """The analyses of the strict bench by the file they go to: S-parameters want ports, all else wants none.

    A group that no metric is read from is left out: a bench that measures nothing is none.
    """
    strict = sizing(design).bench.strict()
    known = {name: _whole(analysis) for name, analysis in strict.analyses.items() if _has_counterpart(analysis)}
    scattering: dict[str, Analysis] = {name: one for name, one in known.items() if isinstance(one, Sp)}
    others = {name: analysis for name, analysis in known.items() if name not in scattering}
    return [
        group for group in (scattering, others) if any(group.keys() >= {*one.analyses} for one in told(design).values())
    ]


def told(design: Design) -> dict[str, Measure]:
    """The measures of benches in Spectre's language: goals of the spec, and the power of a circuit at rest.

    Oscillators and mixers run, and what they do then is measured by transients of genrf's own; their operating point
    is the same in both simulators.
    """
    problem = sizing(design)
    known, resting = problem.bench.measures, Rest().metrics
    found = {goal: known[goal] for goal in problem.spec.goals if goal in known}
    found |= {name: measure for name, measure in known.items() if name == "rest_w"}
    if any(isinstance(one, Rest) for one in problem.bench.procedures):
        found |= {name: replace(MEASURES["power_w"], metric=metric) for name, metric in resting.items()}
    return found


def _whole(analysis: Analysis) -> Analysis:
    """An operating point with the current from the supply, which tells the power."""
    return replace(analysis, vectors=_SUPPLIED) if analysis == Op(_SUPPLIED[:1]) else analysis


def _has_counterpart(analysis: Analysis) -> bool:
    try:
        controls(Netlist(()), {"": analysis})
    except ConfigError:
        return False
    return True


def surroundings(design: Design) -> Testbench:
    """The strict bench around nothing."""
    problem, nominal = sizing(design), sizing(design).technology.at()
    references = problem.references(design.values)
    return problem.bench.strict().testbench(Netlist(()), nominal.supply, references, nominal.temperature)


def bench_lines(design: Design, analyses: Mapping[str, Analysis], circuit: str) -> list[str]:
    """A bench around the subcircuit in the file `circuit`, which runs the analyses."""
    structure, empty = sizing(design).structure, surroundings(design)
    ports = any(isinstance(analysis, Sp) for analysis in analyses.values())
    return [
        *bench_header(
            design, "//", f"bench of {structure.name} for {', '.join(analyses)}: {_printing(design, analyses)}"
        ),
        "simulator lang=spectre",
        f'include "{circuit}"',
        f"genrf_options options temp={empty.temperature!r} tnom=27",
        f"x1 ({' '.join(structure.ports)}) {structure.name}",
        *written(empty.netlist, ports),
        *controls(empty.netlist, analyses),
    ]


def _printing(design: Design, analyses: Mapping[str, Analysis]) -> str:
    """The metrics that a bench is for."""
    return ", ".join(metric for metric, one in told(design).items() if analyses.keys() >= {*one.analyses})


def check_circuit(path: Path, design: Design) -> Check:
    """The subcircuit as the parser reads it, against the design."""
    name = f"spectre {path.name}"
    try:
        source = read(path)
        opened = _opened(source, sizing(design).structure.name)
        if opened.ports != sizing(design).structure.ports:
            return Check(name, False, f"its ports are {' '.join(opened.ports)}")
        found, models = list(devices(source)), _models(source)
    except (GenrfError, ValueError) as error:
        return Check(name, False, str(error))
    return compared(name, "the parser of Spectre's language", design, found, models)


def _opened(source: Source, name: str) -> Subcircuit:
    for statement in source.body:
        if isinstance(statement, Subcircuit) and statement.name == name:
            return statement
    raise ConfigError(f"there is no subcircuit {name!r}")


def _models(source: Source) -> dict[str, dict[str, float]]:
    return {one.name.lower(): plain(one.parameters.items()) for one in source.walk() if isinstance(one, Model)}


def devices(source: Source) -> Iterator[Device]:
    """Every instance of a netlist in Spectre's language as a device. Raises ConfigError for a master it lacks."""
    models = {one.name: one for one in source.walk() if isinstance(one, Model)}
    for statement in source.walk():
        if isinstance(statement, Instance):
            yield _device(statement, models)


def _device(instance: Instance, models: Mapping[str, Model]) -> Device:
    numbers: dict[str, Drawn] = {
        _BACK.get(key, key): quantity(text, instance.name) for key, text in instance.parameters.items()
    }
    if instance.master in models:
        numbers["model"] = instance.master
    primitive = models[instance.master].kind if instance.master in models else instance.master
    if primitive in _PASSIVE:
        main = numbers.pop(_PASSIVE[primitive], None)
        numbers |= {} if main is None else {"value": main}
        return Device(instance.name, primitive, dict(zip("ab", instance.nets, strict=True)), numbers)
    if primitive not in _TERMINALS:
        raise ConfigError(f"{instance.name}: no model {instance.master!r}")
    kind = _TYPES[models[instance.master].parameters["type"]]
    nets = dict(zip(_TERMINALS[primitive], instance.nets, strict=False))
    return Device(instance.name, kind, nets, numbers)


def check_bench(path: Path, design: Design) -> Check:
    """Whether a bench includes the circuit and puts it between its ports in their order."""
    structure, name = sizing(design).structure, f"spectre {path.name}"
    try:
        statements = read(path).body
    except GenrfError as error:
        return Check(name, False, str(error))
    included = [one.words[0].strip('"') for one in statements if isinstance(one, Command) and one.name == "include"]
    circuits = [one.nets for one in statements if isinstance(one, Instance) and one.master == structure.name]
    if included != [f"{structure.name}.scs"] or circuits != [structure.ports]:
        return Check(name, False, f"it includes {included} and has {structure.name} between {circuits}")
    return Check(name, True, f"{structure.name} lies between {' '.join(structure.ports)}")


def _simulated(benches: Sequence[Path], design: Design) -> list[Check]:
    """What Spectre itself finds, where it is installed."""
    try:
        SPECTRE.path()
    except ToolNotFound:
        return []
    engine = SpectreEngine(_SECONDS, "psfascii")
    found: dict[str, Mapping[str, np.ndarray]] = {}
    for path, analyses in zip(benches, groups(design), strict=True):
        with tempfile.TemporaryDirectory(prefix="genrf_") as place:
            folder = Path(place)
            shutil.copy(path, folder / "input.scs")
            shutil.copy(path.parent / f"{sizing(design).structure.name}.scs", folder)
            try:
                found |= engine.run(folder, analyses)
            except NoConvergence as error:
                return [Check(f"spectre {path.name}", False, str(error))]
    measured = metrics(found, told(design))
    return [_agrees(name, value, design) for name, value in measured.items() if name in design.metrics]


def _agrees(metric: str, found: float, design: Design) -> Check:
    wanted = design.metrics[metric]
    passed = math.isclose(found, wanted, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
    return Check(f"spectre {metric}", passed, f"Spectre finds {found:.7g}, measured {wanted:.7g}")
