"""A sized netlist in HSPICE's dialect, as a subcircuit and one bench; read back by the parser for foreign netlists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, compared, folded, plain, remarked, sizing, written
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.spectre import surroundings
from genrf.circuits.export.spice import prefixed
from genrf.circuits.export.spice_devices import devices
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Model, Source, Subcircuit
from genrf.circuits.measure import Z0
from genrf.circuits.netlist import Element
from genrf.circuits.testbench import Sp
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import spice_suffixed

# ngspice's level -> HSPICE's
_LEVELS = {
    ("nmos", "54"): "54", ("pmos", "54"): "54", ("nmos", "14"): "54", ("pmos", "14"): "54",
    ("npn", "9"): "4", ("npn", "4"): "4", ("npn", "1"): "1", ("pnp", "1"): "1",
}  # fmt: skip
# parameters of the cards of resistors and capacitors: ngspice's -> HSPICE's
_CARDS = {
    "r": {"rsh": "rsh", "tc1": "tc1r", "tc2": "tc2r", "tnom": "tref"},
    "c": {"cj": "cox", "cjsw": "capsw", "tc1": "tc1", "tc2": "tc2", "tnom": "tref"},
}
_MEASURED = {
    "gain_db": "min s21(db)", "s11_db": "max s11(db)", "s22_db": "max s22(db)", "s12_db": "max s12(db)",
    "nf_db": "max nf",
}  # fmt: skip


@dataclass(frozen=True)
class Hspice(AbstractExporter):
    """`<circuit>_hspice.sp` with models and `.subckt`; for a two-port `tb_<circuit>_hspice.sp` with `.lin`."""

    def export(self, design: Design, folder: Path) -> list[Path]:
        name = sizing(design).structure.name
        circuit = f"{name}_hspice.sp"
        return written(folder, {circuit: _subcircuit(design), f"tb_{name}_hspice.sp": _bench(design, circuit)})

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *benches = paths
        return [_check_circuit(circuit, design), *(_check_bench(path, design) for path in benches)]


def _subcircuit(design: Design) -> Iterator[str]:
    structure = sizing(design).structure
    yield from header(design, "*")
    yield from (part for line in body(design).models for part in folded(_card(line)))
    yield f"* {ports(design)}"
    yield f".subckt {structure.name} {' '.join(structure.ports)}"
    yield from remarked(design, "*", lambda one: folded(_line(one)))
    yield f".ends {structure.name}"


def _line(element: Element) -> str:
    """An element's line: HSPICE calls a resistor without noise `noise=0`."""
    line = element.line(spice_suffixed).replace("noisy=0", "noise=0")
    return _card(line) if element.name.startswith(".model ") else line


def _card(line: str) -> str:
    """A model card with HSPICE's level. Raises ConfigError for a model that it has under no level known here."""
    _, name, kind, *pairs = line.split()
    values = dict(pair.split("=", 1) for pair in pairs)
    level = values.pop("level", "1")
    if kind in _CARDS and values.keys() <= _CARDS[kind].keys():
        return " ".join([".model", name, kind, *(f"{_CARDS[kind][key]}={value}" for key, value in values.items())])
    if (kind, level) not in _LEVELS:
        raise ConfigError(f"exporter hspice: model {name!r} of type {kind} and level {level} has no counterpart")
    words = (f"{key}={value}" for key, value in values.items())
    return " ".join([".model", name, kind, f"level={_LEVELS[kind, level]}", *words])


def _bench(design: Design, circuit: str) -> Iterator[str]:
    """Ports, `.lin` over the band, and a measurement of each goal that HSPICE has words for; nothing elsewhere."""
    problem, empty = sizing(design), surroundings(design)
    sweep = empty.analyses.get("band")
    if not isinstance(sweep, Sp) or sweep.ports != 2:
        return
    structure = problem.structure
    goals = [goal for goal in problem.spec.goals if goal in _MEASURED]
    yield from bench_header(design, "*", f"bench of {structure.name} for {', '.join(goals)} between {Z0:g} ohm")
    yield f".include '{circuit}'"
    yield ".option post accurate"
    yield f".temp {empty.temperature:g}"
    yield f"x1 {' '.join(structure.ports)} {structure.name}"
    yield from (_line(one) for one in empty.netlist.elements if "portnum" not in one.flags)
    for number, net in enumerate(structure.signals, 1):
        yield f"p{number} {net} 0 port={number} z0={Z0:g}"
    yield ".op"
    yield prefixed(f".ac {sweep.grid}")
    yield f".lin sparcalc=1 noisecalc=1 format=touchstone filename={structure.name}_hspice"
    yield from (f".measure ac {goal} {_MEASURED[goal]}" for goal in goals)
    yield ".end"


def _check_circuit(path: Path, design: Design) -> Check:
    name = f"hspice {path.name}"
    try:
        source = read(path)
        (opened,) = (one for one in source.body if isinstance(one, Subcircuit))
        if opened.ports != sizing(design).structure.ports:
            return Check(name, False, f"its ports are {' '.join(opened.ports)}")
        found = list(devices(opened, source))
        models = dict(_models(source))
    except (GenrfError, ValueError, KeyError) as error:
        return Check(name, False, str(error))
    return compared(name, "the parser of SPICE's dialects", design, found, models)


def _models(source: Source) -> Iterator[tuple[str, Mapping[str, float]]]:
    """The cards under ngspice's names."""
    for one in source.walk():
        if isinstance(one, Model):
            back = {theirs: ours for ours, theirs in _CARDS.get(one.kind, {}).items()}
            yield (
                one.name.lower(),
                {back.get(key, key): number for key, number in plain(one.parameters.items()).items()},
            )


def _check_bench(path: Path, design: Design) -> Check:
    """Whether the circuit lies between its ports, and the ports of the bench at its signals."""
    structure, name = sizing(design).structure, f"hspice {path.name}"
    words = [line.split() for line in path.read_text().splitlines()]  # `p` elements are HSPICE's own
    ports = [line[1] for line in words if line[0] in ("p1", "p2")]
    circuits = [tuple(line[1:-1]) for line in words if line[0] == "x1"]
    if circuits != [structure.ports] or ports != list(structure.signals):
        return Check(name, False, f"{structure.name} lies between {circuits}, ports at {ports}")
    return Check(name, True, f"{structure.name} lies between {' '.join(structure.ports)}, ports at {' '.join(ports)}")
