"""A sized netlist in HSPICE's dialect, as a subcircuit and one bench; read back by the parser for foreign netlists."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

from genrf.circuits.export.flat import body, compared, differences, folded, plain, remarked, sizing, types, written
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.numbers import prefixed, spoken
from genrf.circuits.export.spectre import surroundings
from genrf.circuits.export.spice_devices import devices, strays
from genrf.circuits.expressions import Scope, expression
from genrf.circuits.foreign import spice
from genrf.circuits.foreign.lines import joined, split
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.sources import stimulus
from genrf.circuits.foreign.syntax import Command, Instance, Model, Source, Statement, Subcircuit
from genrf.circuits.measure import Z0
from genrf.circuits.netlist import Element
from genrf.circuits.problem import SizingProblem
from genrf.circuits.testbench import Sp
from genrf.circuits.topology import Device, Drawn
from genrf.core.errors import ConfigError, GenrfError
from genrf.core.problem import AbstractExporter, Check, Design

Commands = Mapping[str, Sequence[Sequence[float | str]]]  # the words of each command of a name

_TNOM = 27  # degrees Celsius; HSPICE's own is 25, which every resistor with a coefficient and no card would begin at
_RELATIVE = 1e-11  # of numbers that are written with twelve digits
_NUMBER = re.compile(r"[-+]?(\d|\.\d)")
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

    writes = (SizingProblem,)

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
    line = spoken(element).replace("noisy=0", "noise=0")
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
    yield f".option tnom={_TNOM:g}"
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
    if wrong := list(strays(path, source, sizing(design).structure.name, _types(design))):
        return Check(name, False, "; ".join(wrong[:5]))
    return compared(name, "the parser of SPICE's dialects", design, found, models)


def _types(design: Design) -> dict[str, str]:
    """The type and HSPICE's level of each card; those of resistors and capacitors have none."""
    return {name: f"{pair[0]} level={_LEVELS.get(pair, '1')}" for name, pair in types(design).items()}


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
    """Whether a bench, as the parser reads it, has the circuit, its sources, its ports and its commands."""
    name, (elements, commands) = f"hspice {path.name}", _wanted(design)
    try:
        found = [*_statements(path.read_text())]
        parts = [_element(one) for one in found if isinstance(one, Instance)]
        strays = [f"line {one.line}: no part of a bench" for one in found if not isinstance(one, Instance | Command)]
    except (GenrfError, ValueError, IndexError, OSError) as error:
        return Check(name, False, str(error))
    said = _by_name(one for one in found if isinstance(one, Command))
    wrong = [*strays, *differences(elements, parts, _RELATIVE), *_other_commands(commands, said)]
    structure = sizing(design).structure
    detail = f"{structure.name} lies between {' '.join(structure.ports)}, ports at {' '.join(structure.signals)}"
    counts = f"{len(elements)} parts and {sum(map(len, commands.values()))} commands are the design's"
    return Check(name, not wrong, "; ".join(wrong[:5]) or f"{detail}; {counts}")


def _statements(text: str) -> Iterator[Statement]:
    """What a bench says before its end, without its remarks; ports are HSPICE's own: two nets and numbers."""
    for line in joined(text, spice.MARKS, spice.BESIDE):
        if line.remark:
            continue
        if line.text.lower() == ".end":
            return
        words, assigned = split(line.text)
        if words[0][0].lower() == "p":
            yield Instance(words[0], words[1:3], "", words[3:], assigned, line.line)
        else:
            yield from spice.statements(line.text, line.line)


def _element(instance: Instance) -> Device:
    """An element of a bench by its terminals' places and its numbers; words that nobody awaits are kept."""
    letter, drawn = instance.name[0].lower(), dict[str, Drawn]()
    if letter in "vi":
        drawn["value"], drawn[""] = stimulus(instance, Scope({}))
    else:
        drawn = {key: _token(text) for key, text in instance.parameters.items()}
        drawn |= {f"value{place}": _token(word) for place, word in enumerate(instance.values)}
    kind = instance.master or letter
    return Device(instance.name, kind, {str(place): net for place, net in enumerate(instance.nets)}, drawn)


def _token(word: str) -> float | str:
    """A word as the number that it is to SPICE, where it is one."""
    return expression(word)({}) if _NUMBER.match(word) else word


def _by_name(commands: Iterable[Command]) -> dict[str, list[list[float | str]]]:
    """The words of commands by what they are called, assignments behind the others."""
    found: dict[str, list[list[float | str]]] = {}
    for one in commands:
        assigned = [f"{key}={text}" for key, text in one.parameters.items()]
        found.setdefault(one.name, []).append([*map(_token, one.words), *sorted(assigned)])
    return found


def _wanted(design: Design) -> tuple[list[Device], Commands]:
    """The elements and commands that a bench has to hold; nothing for what is no two-port."""
    problem, empty = sizing(design), surroundings(design)
    sweep, structure = empty.analyses.get("band"), problem.structure
    if not isinstance(sweep, Sp):
        return [], {}
    places = {str(place): net for place, net in enumerate(structure.ports)}
    parts = [Device("x1", structure.name, places)]
    for one in empty.netlist.elements:
        if "portnum" not in one.flags:
            (statement,) = spice.statements(one.line().replace("noisy=0", "noise=0"))
            assert isinstance(statement, Instance)
            parts.append(_element(statement))
    for number, net in enumerate(structure.signals, 1):
        parts.append(Device(f"p{number}", "p", {"0": net, "1": "0"}, {"port": float(number), "z0": Z0}))
    goals = [["ac", goal, *_MEASURED[goal].split()] for goal in problem.spec.goals if goal in _MEASURED]
    grid = sweep.grid
    called = f"{structure.name}_hspice"
    commands: dict[str, list[list[float | str]]] = {
        "include": [[f"'{called}.sp'"]], "option": [["post", "accurate"], [f"tnom={_TNOM}"]],
        "temp": [[float(empty.temperature)]], "op": [[]],
        "ac": [[grid.scale, float(grid.points), grid.start, grid.stop]],
        "lin": [[f"filename={called}", "format=touchstone", "noisecalc=1", "sparcalc=1"]],
    }  # fmt: skip
    return parts, commands | ({"measure": [[*one] for one in goals]} if goals else {})


def _other_commands(wanted: Commands, found: Commands) -> Iterator[str]:
    for name in sorted(wanted.keys() | found.keys()):
        ours, theirs = wanted.get(name, []), found.get(name, [])
        if len(ours) != len(theirs) or not all(map(_same, ours, theirs)):
            said = ", ".join(" ".join(map(str, words)) for words in theirs)
            yield f"its .{name} is {said}" if theirs else f"its .{name} is missing"


def _same(ours: Sequence[float | str], theirs: Sequence[float | str]) -> bool:
    return len(ours) == len(theirs) and all(
        isclose(one, other, rel_tol=_RELATIVE) if isinstance(one, float) and isinstance(other, float) else one == other
        for one, other in zip(ours, theirs, strict=True)
    )
