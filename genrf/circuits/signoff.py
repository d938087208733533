"""The validation of a sized design: its circuit at every corner, its stability there, and the limits of its spec."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from genrf.circuits.foreign.problem import UserProblem
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.problem import SizingProblem
from genrf.circuits.rules.finding import Finding
from genrf.circuits.rules.goals import goals
from genrf.circuits.rules.stability import stability
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.technology import TechnologyFile
from genrf.circuits.testbench import Sp
from genrf.circuits.validator import CircuitValidator, Kinds, Validation, merged, worst_first
from genrf.core.cores import cores
from genrf.core.errors import ConfigError
from genrf.core.problem import AbstractProblem

_Circuit = SizingProblem | UserProblem
_SECONDS = 60.0
_WIDE = "wide"  # the analysis over the range in which a two-port must be stable


def signoff(
    problem: AbstractProblem,
    values: Mapping[str, float],
    metrics: Mapping[str, float],
    technology: TechnologyFile | None = None,
) -> Validation:
    """Everything that is to be said of one design, `metrics` being what was measured of it, `<metric>@<corner>` too.

    `technology` is the process of a netlist from outside, if it has one; a topology knows its own.
    Raises ConfigError for a problem that is no circuit.
    """
    if not isinstance(problem, _Circuit):
        raise ConfigError(f"validation is for circuits; {type(problem).__name__} is none")
    validator = CircuitValidator(problem.technology if isinstance(problem, SizingProblem) else technology)
    corners = ("", *problem.corners)
    look = partial(_at, problem, values, metrics, validator=validator)
    with ThreadPoolExecutor(cores()) as threads:  # operating points are mostly other processes that are waited for
        return merged(dict(zip(corners, threads.map(look, corners), strict=True)))


def _at(
    problem: _Circuit,
    values: Mapping[str, float],
    metrics: Mapping[str, float],
    corner: str,
    validator: CircuitValidator,
) -> Validation:
    netlist, temperature = circuit(problem, values, corner)
    known = kinds(problem, values)
    report = validator.report(netlist, temperature, _engine(problem), known, again=bool(corner))
    limits = goals(problem.spec, problem.spec.complete(metrics), problem.known, corner)
    more = [*_stability(problem, values, corner), *limits]
    return replace(report, findings=worst_first([*report.findings, *more]))


def _engine(problem: _Circuit) -> SPICEEngine:
    """The problem's own where it is ngspice, which alone tells the inside of transistors by these names."""
    if isinstance(problem.engine, NgSpiceEngine | NgSpiceBatchEngine):
        return problem.engine
    return NgSpiceBatchEngine(_SECONDS)


def circuit(problem: _Circuit, values: Mapping[str, float], corner: str = "") -> tuple[Netlist, float]:
    """The circuit in its bench at a corner, and the temperature in degrees Celsius."""
    bench = problem.testbench(values, corner)
    return bench.netlist, bench.temperature


def kinds(problem: _Circuit, values: Mapping[str, float]) -> Kinds:
    """Which element of the circuit is which kind of device of the process; nothing is known of a netlist from outside.

    Of what a device expands to it is the transistor, or the element that direct current enters.
    """
    if isinstance(problem, UserProblem):
        return {}
    devices = problem.technology.at().devices
    made = (
        (device.kind, devices[device.kind].elements(device.name, device.nets, problem.drawn(device, values)))
        for device in problem.structure.devices
    )
    return {main.name: kind for kind, elements in made for main in _main(elements)}


def _main(elements: list[Element]) -> Iterator[Element]:
    transistors = [element for element in elements if element.name[0] in "mq"]
    yield from transistors or [element for element in elements if element.name[0] in "rlc"][:1]


def _stability(problem: _Circuit, values: Mapping[str, float], corner: str) -> Iterator[Finding]:
    """By the strict bench of a two-port; potential instability is an error nominally, for judgement at a corner."""
    if problem.bench is None:
        return
    strict = problem.bench.strict()
    wide = strict.analyses.get(_WIDE)
    if not isinstance(wide, Sp):
        return
    bench = replace(problem.testbench(values, corner, strict), analyses={_WIDE: wide})
    try:
        found = _engine(problem).simulate(bench)[_WIDE]
    except NoConvergence as error:
        yield Finding("stability", "", f"not measured: {error}", "error")
        return
    yield from stability(wide.grid.frequencies(), found, problem.bench.band, "warning" if corner else "error")
