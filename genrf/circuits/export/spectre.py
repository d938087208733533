"""A sized netlist in Spectre's own language with its benches, read back by the parser for foreign netlists."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, compared, folded, plain, remarked, sizing
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.spectre_bench import Bench, Named, device, differs, elements, runs
from genrf.circuits.export.spectre_models import other_kinds
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Instance, Model, Source, Subcircuit
from genrf.circuits.measure import Measure, metrics
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import Counterpart, NotMeasurable, Setup, Swept
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.spectre import SPECTRE, SpectreEngine
from genrf.circuits.simulate.spectre_netlist import controls, written
from genrf.circuits.testbench import Ac, Analysis, Sp, Testbench, Tran, Waveforms
from genrf.circuits.topology import Device, Drawn
from genrf.core.errors import ConfigError, GenrfError, ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import quantity

_RELATIVE = 1e-3  # between two simulators with the same equations of a model
_SECONDS = 300.0
_TIGHT = " reltol=1e-5 vabstol=1n iabstol=100f"  # products lie 70 dB below the tones
_TERMINALS = {"bsim4": ("d", "g", "s", "b"), "bjt": ("c", "b", "e", "s"), "vbic": ("c", "b", "e", "s")}
_BACK = {"trise": "dtemp"}
_PASSIVE = {"resistor": "r", "capacitor": "c", "inductor": "l"}
_TYPES = {"n": "nmos", "p": "pmos", "npn": "npn", "pnp": "pnp"}


@dataclass(frozen=True)
class SpectreNetlist(AbstractExporter):
    """`<circuit>.scs` with models and `subckt`, and `tb_<analyses>.scs` for those that Spectre has a counterpart of.

    Those that are run for several values of a source are left to `Ocean`, whose words read families of waveforms.
    The check reads the subcircuit back into a graph, and has Spectre run the benches where it is installed.
    """

    writes = (SizingProblem,)

    def export(self, design: Design, folder: Path) -> list[Path]:
        circuit = circuit_file(design, folder)
        paths = [circuit]
        for group in _single(design):
            path = folder / f"tb_{'_'.join(group.analyses)}.scs"
            path.write_text("\n".join(bench_lines(design, group, circuit.name)) + "\n")
            paths.append(path)
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *benches = paths
        checks = [check_circuit(circuit, design), *(check_bench(path, design) for path in benches)]
        if not benches:
            text = "no bench is written: Spectre has no counterpart of what genrf measures of this circuit"
            checks.append(Check(f"spectre benches of {circuit.stem}", None, text))
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


@dataclass(frozen=True)
class Group:
    """What one file of a bench runs, and the metrics that are read from it.

    `counterpart` is what they are of; None: they are the bench's own.
    """

    analyses: Mapping[str, Analysis]
    measures: Mapping[str, Measure]
    counterpart: Counterpart | None = None

    @property
    def scattering(self) -> bool:
        """Whether it wants ports."""
        return any(isinstance(analysis, Sp) for analysis in self.analyses.values())

    @property
    def even(self) -> bool:
        """Whether it wants a transient's points at even steps, and closely."""
        return any(isinstance(analysis, Tran) and analysis.even for analysis in self.analyses.values())

    @property
    def around(self) -> tuple[Element, ...] | None:
        """What the bench has around the circuit beside supply and bias; None: what it always has."""
        return self.counterpart.around if self.counterpart else None

    @property
    def swept(self) -> Swept | None:
        """What its analyses are run for several values of."""
        return self.counterpart.swept if self.counterpart else None

    def simulate(self, setup: Setup) -> Waveforms:
        """What ngspice finds in the bench of a counterpart."""
        return self.counterpart.simulate(setup) if self.counterpart else {}


def _single(design: Design) -> list[Group]:
    return [group for group in groups(design) if not group.swept]


def groups(design: Design) -> list[Group]:
    """The analyses of the strict bench by the file they go to: S-parameters want ports, all else wants none.

    Then those of its procedures' counterparts, which have sources of their own. A group that no metric is read from is
    left out: a bench that measures nothing is none. So is a counterpart of which a measured design lacks a goal: it was
    given up before, as one is that does not start to oscillate, and has nothing that a formula could read.
    """
    strict, measures = sizing(design).bench.strict(), told(design)
    known = {name: analysis for name, analysis in strict.analyses.items() if _has_counterpart(analysis)}
    scattering: dict[str, Analysis] = {name: one for name, one in known.items() if isinstance(one, Sp)}
    others = {name: analysis for name, analysis in known.items() if name not in scattering}
    own = [Group(part, _of(part, measures)) for part in (scattering, others)]
    return [group for group in own if group.measures] + counterparts(design)


def counterparts(design: Design) -> list[Group]:
    """The counterparts of the strict bench's procedures that a design was not given up before."""
    strict = sizing(design).bench.strict()
    found = (one for by in strict.procedures for one in by.counterparts(strict.band, design.metrics))
    return [Group(one.analyses, one.measures, one) for one in found if _known(design, one.measures)]


def _known(design: Design, metrics: Iterable[str]) -> bool:
    """Whether a design has the goals among some metrics, or nothing was measured of it yet."""
    goals = {metric for metric in metrics if metric in sizing(design).spec.goals}
    return not design.metrics or goals <= design.metrics.keys()


def told(design: Design) -> dict[str, Measure]:
    """The measures of the bench itself that are goals of the spec."""
    problem = sizing(design)
    measures = problem.bench.strict().measures
    return {goal: measures[goal] for goal in problem.spec.goals if goal in measures}


def _of(analyses: Mapping[str, Analysis], measures: Mapping[str, Measure]) -> dict[str, Measure]:
    return {metric: one for metric, one in measures.items() if analyses.keys() >= {*one.analyses}}


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


def surrounding(design: Design, group: Group) -> Netlist:
    """What a group has around the circuit."""
    if group.around is None:
        return surroundings(design).netlist
    problem = sizing(design)
    supply, references = problem.technology.at().supply, problem.references(design.values)
    return problem.bench.strict().powered(Netlist(()), supply, references).joined(group.around)


def bench_lines(design: Design, group: Group, circuit: str) -> list[str]:
    """A bench around the subcircuit in the file `circuit`, which runs the analyses of a group."""
    structure, empty = sizing(design).structure, surrounding(design, group)
    tight = _TIGHT if group.even else ""
    subject = f"bench of {structure.name} for {', '.join(group.analyses)}: {', '.join(group.measures)}"
    return [
        *bench_header(design, "//", subject),
        "simulator lang=spectre",
        f'include "{circuit}"',
        f"genrf_options options temp={sizing(design).technology.at().temperature:g} tnom=27{tight}",
        f"x1 ({' '.join(structure.ports)}) {structure.name}",
        *written(empty, group.scattering),
        *controls(empty, group.analyses),
    ]


def check_circuit(path: Path, design: Design) -> Check:
    """The subcircuit as the parser reads it, against the design."""
    name = f"spectre {path.name}"
    try:
        source = read(path)
        opened = _opened(source, sizing(design).structure.name)
        if opened.ports != sizing(design).structure.ports:
            return Check(name, False, f"its ports are {' '.join(opened.ports)}")
        if wrong := list(other_kinds(source, design)):
            return Check(name, False, "; ".join(wrong[:5]))
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
    """Whether a bench, as the parser reads it, has the circuit, what is around it, the options and what it runs."""
    name = f"spectre {path.name}"
    try:
        bench = _expected(path, design)
        wrong = list(differs(read(path), bench))
    except (GenrfError, ValueError) as error:
        return Check(name, False, str(error))
    detail = f"{sizing(design).structure.name} lies between {' '.join(sizing(design).structure.ports)}"
    counts = f"{len(bench.parts)} parts and {len(bench.runs)} statements of analyses are the design's"
    return Check(name, not wrong, "; ".join(wrong[:5]) or f"{detail}; {counts}")


def _expected(path: Path, design: Design) -> Bench:
    """What the file of a bench has to say: one of Spectre's own, or one of those that an OCEAN script runs.

    Raises ConfigError for a file that belongs to no group of analyses.
    """
    structure = sizing(design).structure
    for group in groups(design):
        own, scripted = f"tb_{'_'.join(group.analyses)}", f"{structure.name}_{_scripted(group)}"
        if path.stem in (own, scripted):
            around, script = surrounding(design, group), path.stem != own
            named, variables = _variables(design, group) if script else ({}, {})
            circuit = device("x1", structure.name, structure.ports, {})
            parts = (_options(design, group), circuit, *elements(around, group.scattering, named))
            return Bench(f"{structure.name}.scs", parts, () if script else (*runs(group.analyses, around),), variables)
    raise ConfigError(f"{path.name} is the bench of no analysis of {structure.name}")


def _scripted(group: Group) -> str:
    """What the file of a group's bench is called after the circuit when a script runs it."""
    return "_".join(group.analyses) if group.counterpart else "ports" if group.scattering else "sources"


def _options(design: Design, group: Group) -> Device:
    tight = {"reltol": 1e-5, "vabstol": 1e-9, "iabstol": 1e-13} if group.even else {}
    nominal = {"temp": float(sizing(design).technology.at().temperature), "tnom": 27.0}
    return device("genrf_options", "options", (), {**nominal, **tight})


def _variables(design: Design, group: Group) -> tuple[Named, Mapping[str, float]]:
    """What a script sets: where each variable stands, and what it is before: sources that are excited are silent."""
    problem = sizing(design)
    found = {("vsupply", "dc"): ("supply", problem.technology.at().supply)} if problem.structure.supplied else {}
    found |= {(f"i{net}", "dc"): (f"i_{net}", one) for net, one in problem.references(design.values).items()}
    excited = [name for one in group.analyses.values() if isinstance(one, Ac) for name in one.levels]
    found |= {(name, "mag"): (f"ac_{name}", 0.0) for name in excited}
    if group.swept:
        found[group.swept.source, group.swept.parameter] = (group.swept.variable, group.swept.values[0])
    return {place: name for place, (name, _) in found.items()}, dict(found.values())


def _simulated(benches: Sequence[Path], design: Design) -> list[Check]:
    """What Spectre itself finds, where it is installed."""
    try:
        SPECTRE.path()
    except ToolNotFound:
        return []
    checks = []
    for path, group in zip(benches, _single(design), strict=True):
        try:
            found = _run(path, group, design)
        except (NoConvergence, NotMeasurable) as error:
            return [Check(f"spectre {path.name}", False, str(error))]
        measured = {name: value for name, value in found.items() if name in design.metrics}
        checks += [_agrees(name, value, group.measures[name], design) for name, value in measured.items()]
    return checks


def _run(path: Path, group: Group, design: Design) -> dict[str, float]:
    """The metrics that Spectre finds in a bench."""
    with tempfile.TemporaryDirectory(prefix="genrf_") as place:
        folder = Path(place)
        shutil.copy(path, folder / "input.scs")
        shutil.copy(path.parent / f"{sizing(design).structure.name}.scs", folder)
        return metrics(SpectreEngine(_SECONDS, "psfascii").run(folder, group.analyses), group.measures)


def _agrees(metric: str, found: float, measure: Measure, design: Design) -> Check:
    wanted = design.metrics[metric]
    passed = measure.agrees(found, wanted, _RELATIVE)
    return Check(f"spectre {metric}", passed, f"Spectre finds {found:.7g}, measured {wanted:.7g}")
