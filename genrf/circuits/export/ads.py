"""A sized netlist in the language of ADS's simulator, as a subcircuit and one bench; read back by a reader of its own.

Syntax: Keysight, ADS Simulator Input Syntax: `type:name nodes key=value`, `model name type ...`, `define ... end`.
Names of parameters begin with a capital letter, and it matters.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.ads_reader import Model, Part, Subcircuit, read
from genrf.circuits.export.flat import (
    body,
    compared,
    differences,
    folded,
    other_types,
    remarked,
    sizing,
    types,
    written,
)
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.spectre import surroundings
from genrf.circuits.expressions import Scope
from genrf.circuits.foreign import spice
from genrf.circuits.foreign.sources import stimulus
from genrf.circuits.foreign.syntax import Instance
from genrf.circuits.measure import Z0
from genrf.circuits.netlist import Element
from genrf.circuits.problem import SizingProblem
from genrf.circuits.testbench import Grid, Sp
from genrf.circuits.topology import Device, Drawn
from genrf.core.errors import ConfigError
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.units import engineering, suffixed

_DIGITS = 12
_RELATIVE = 1e-9  # of numbers that are written with ten digits
_INCLUDED = re.compile(r"^\s*#include\s+(\S.*?)\s*$", re.MULTILINE)
_PASSIVE = {"r": ("R", "Ohm"), "c": ("C", "F"), "l": ("L", "H")}
_TYPES = {  # ngspice's type and level -> ADS's type, and what says which of a pair it is
    ("nmos", "54"): "BSIM4 NMOS=yes PMOS=no", ("pmos", "54"): "BSIM4 NMOS=no PMOS=yes",
    ("nmos", "14"): "BSIM4 NMOS=yes PMOS=no", ("pmos", "14"): "BSIM4 NMOS=no PMOS=yes",
    ("npn", "1"): "BJT NPN=yes PNP=no", ("pnp", "1"): "BJT NPN=no PNP=yes",
    ("npn", "4"): "VBIC NPN=yes PNP=no", ("npn", "9"): "VBIC NPN=yes PNP=no",
    ("r", "1"): "R_Model", ("c", "1"): "C_Model",
}  # fmt: skip
_INSTANCE = {"w": "Width", "l": "Length", "m": "_M", "dtemp": "Trise", "tc1": "TC1", "tc2": "TC2"}
_UPPER = ("tc1", "tc2")  # of a model's parameters
_BACK = {name.lower(): key for key, name in _INSTANCE.items()}
_TERMINALS = {"R": "ab", "C": "ab", "L": "ab", "R_Model": "ab", "C_Model": "ab", "BSIM4": "dgsb", "BJT": "cbes"}
_KINDS = {"R": "resistor", "C": "capacitor", "L": "inductor", "R_Model": "resistor", "C_Model": "capacitor"}


@dataclass(frozen=True)
class Ads(AbstractExporter):
    """`<circuit>.net` with models and `define`; for a two-port `tb_<circuit>.net` with S-parameters and noise."""

    writes = (SizingProblem,)

    def export(self, design: Design, folder: Path) -> list[Path]:
        name = sizing(design).structure.name
        circuit = f"{name}.net"
        return written(folder, {circuit: _subcircuit(design), f"tb_{name}.net": _bench(design, circuit)})

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *benches = paths
        return [_check_circuit(circuit, design), *(_check_bench(path, design) for path in benches)]


def _subcircuit(design: Design) -> Iterator[str]:
    structure, netlist = sizing(design).structure, body(design)
    computed = [element.line() for element in netlist.elements if element.name.startswith(".model ")]
    yield from header(design, ";")
    yield from (part for line in (*netlist.models, *computed) for part in folded(_card(line), " \\", "  "))
    yield f"; {ports(design)}"
    yield f"define {structure.name} ( {' '.join(structure.ports)} )"
    yield from remarked(design, ";", lambda one: () if one.name.startswith(".model ") else (_part(one),))
    yield f"end {structure.name}"


def _part(element: Element) -> str:
    """An element as an instance: of R, C, L, or of its model, whose name is then the type."""
    letter = element.name[0].lower()
    if letter not in "rclmq":
        raise ConfigError(f"exporter ads: element {element.name!r} has no counterpart; R C L M Q are known")
    words = [f"{element.model or _PASSIVE[letter][0]}:{element.name}", *element.nets]
    if element.value is not None:
        name, unit = _PASSIVE[letter]
        words.append(f"{name}={engineering(element.value, unit, _DIGITS)}")
    words += [f"{_named(key)}={_number(key, value)}" for key, value in element.parameters.items()]
    pairs = (word.split("=", 1) for word in element.flags.split())
    words += ["Noise=no" if key == "noisy" else f"{_named(key)}={value}" for key, value in pairs]
    return " ".join(words)


def _named(key: str) -> str:
    return _INSTANCE.get(key, key.capitalize())


def _number(key: str, value: float) -> str:
    """A length in metres; an area, a ratio or a number with a scale factor alone, `m` left out, which may be metres."""
    if key in ("w", "l") and abs(value) < 1e-2:
        return engineering(value, "m", _DIGITS)
    text = suffixed(value)
    return f"{value:.{_DIGITS}g}" if text.endswith("m") else re.sub(r"(?=[a-zA-Z]$)", " ", text)


def _card(line: str) -> str:
    """A model card. Raises ConfigError for a model that has no counterpart."""
    _, name, kind, *pairs = line.split()
    values = dict(pair.split("=", 1) for pair in pairs)
    level = values.pop("level", "1")
    if (kind, level) not in _TYPES:
        raise ConfigError(f"exporter ads: model {name!r} of type {kind} and level {level} has no counterpart")
    words = (f"{key.upper() if key in _UPPER else key.capitalize()}={value}" for key, value in values.items())
    return " ".join(["model", name, _TYPES[kind, level], *words])


def _bench(design: Design, circuit: str) -> Iterator[str]:
    """Terms, S-parameters and noise over the band; nothing for what is no two-port."""
    problem, empty = sizing(design), surroundings(design)
    sweep = empty.analyses.get("band")
    if not isinstance(sweep, Sp) or sweep.ports != 2:
        return
    structure = problem.structure
    yield from bench_header(design, ";", f"bench of {structure.name}: S-parameters and noise figure in {Z0:g} ohm")
    yield f'#include "{circuit}"'
    yield f"Options:Options1 Temp={empty.temperature:g} Tnom=27"
    yield f"{structure.name}:X1 {' '.join(structure.ports)}"
    for element in empty.netlist.elements:
        if "portnum" not in element.flags:
            yield _source(element)
    for number, net in enumerate(structure.signals, 1):
        yield f"Port:Term{number} {net} 0 Num={number} Z={Z0:g} Ohm Noise=yes"
    yield 'S_Param:SP1 CalcS=yes CalcNoise=yes NoiseInputPort=1 NoiseOutputPort=2 SweepVar="freq" SweepPlan="SP1_band"'
    yield f"SweepPlan:SP1_band {_swept(sweep.grid)}"


def _source(element: Element) -> str:
    """A source of direct voltage or current."""
    nets, value = " ".join(element.nets), element.value or 0.0
    if element.name[0] == "v":
        return f'V_Source:{element.name} {nets} Type="V_DC" Vdc={engineering(value, "V", _DIGITS)}'
    return f'I_Source:{element.name} {nets} Type="I_DC" Idc={engineering(value, "A", _DIGITS)}'


def _swept(grid: Grid) -> str:
    points = f"{'Lin' if grid.scale == 'lin' else 'Dec'}={grid.points}"
    return f"Start={engineering(grid.start, 'Hz', 10)} Stop={engineering(grid.stop, 'Hz', 10)} {points}"


def _check_circuit(path: Path, design: Design) -> Check:
    name, structure = f"ads {path.name}", sizing(design).structure
    try:
        text = path.read_text()
        statements = read(text)
        models = {one.name: one for one in statements if isinstance(one, Model)}
        (opened,) = (one for one in statements if isinstance(one, Subcircuit))
        found = [_device(part, models) for part in opened.parts]
    except (ConfigError, ValueError, KeyError) as error:
        return Check(name, False, str(error))
    if (opened.name, opened.ports) != (structure.name, structure.ports):
        return Check(name, False, f"it defines {opened.name} ( {' '.join(opened.ports)} )")
    if wrong := [*_strays(text, statements, design)]:
        return Check(name, False, "; ".join(wrong[:5]))
    clash = {part.name for part in opened.parts} & {net for part in opened.parts for net in part.nets}
    if clash:
        return Check(name, False, f"{', '.join(sorted(clash))} is the name of a net and of an instance")
    cards = {key.lower(): _card_numbers(one.parameters) for key, one in models.items()}
    return compared(name, "the reader of ADS's netlists", design, found, cards)


def _strays(text: str, statements: Sequence[Part | Model | Subcircuit], design: Design) -> Iterator[str]:
    """What the file of a circuit does beside defining it, and which cards are of other types."""
    yield from (f"it includes {included}" for included in _INCLUDED.findall(text))
    yield from (f"{one.name} is no part of a circuit" for one in statements if isinstance(one, Part))
    wanted = {name: _TYPES[pair] for name, pair in types(design).items()}
    yield from other_types(wanted, ((one.name.lower(), _type(one)) for one in statements if isinstance(one, Model)))


def _type(card: Model) -> str:
    """A card's type and every word of it that is no number."""
    words = (f"{key}={value}" for key, value in card.parameters.items() if isinstance(value, str))
    return " ".join([card.type, *sorted(words)])


def _device(part: Part, models: Mapping[str, Model]) -> Device:
    model = models.get(part.type)
    primitive = model.type if model else part.type
    if primitive not in _TERMINALS and primitive != "VBIC":
        raise ConfigError(f"{part.name}: no model {part.type!r}")
    drawn: dict[str, Drawn] = {"model": part.type} if model else {}
    for key, value in part.parameters.items():
        drawn["value" if key == part.type else _BACK.get(key.lower(), key.lower())] = float(value)
    nets = dict(zip(_TERMINALS.get(primitive, "cbes"), part.nets, strict=False))
    return Device(part.name, _KINDS.get(primitive) or _kind(model), nets, drawn)


def _kind(model: Model | None) -> str:
    """`nmos`, `pmos`, `npn` or `pnp`, whichever a model says yes to."""
    said = {key for key, value in model.parameters.items() if value == "yes"} if model else set()
    return next(iter(said)).lower() if len(said) == 1 else "neither"


def _card_numbers(given: Mapping[str, float | str]) -> dict[str, float]:
    return {key.lower(): value for key, value in given.items() if isinstance(value, float)}


def _check_bench(path: Path, design: Design) -> Check:
    """Whether a bench, as the reader of ADS's netlists has it, has the circuit, sources, terms, options and sweep."""
    structure, name = sizing(design).structure, f"ads {path.name}"
    try:
        text = path.read_text()
        statements = read(text)
    except (ConfigError, OSError) as error:
        return Check(name, False, str(error))
    included = _INCLUDED.findall(text)
    wrong = [] if included == [f'"{structure.name}.net"'] else [f"it includes {', '.join(included) or 'nothing'}"]
    wrong += [f"{one.name} belongs to no bench" for one in statements if not isinstance(one, Part)]
    wanted = list(_wanted(design))
    found = [_placed(one.name, one.type, one.nets, one.parameters) for one in statements if isinstance(one, Part)]
    wrong += differences(wanted, found, _RELATIVE)
    detail = f"{structure.name} lies between {' '.join(structure.ports)}, terms at its signals"
    counts = f"{len(wanted)} statements are the design's"
    return Check(name, not wrong, "; ".join(wrong[:5]) or f"{detail}; {counts}")


def _placed(name: str, kind: str, nets: Sequence[str], values: Mapping[str, float | str]) -> Device:
    """A statement by its terminals' places."""
    return Device(name, kind, {str(place): net for place, net in enumerate(nets)}, dict(values))


def _level(element: Element) -> float:
    """The direct voltage or current of a source, as SPICE's parser reads its line."""
    (statement,) = spice.statements(element.line())
    assert isinstance(statement, Instance)
    return stimulus(statement, Scope({}))[0]


def _wanted(design: Design) -> Iterator[Device]:
    """What a bench has to hold."""
    empty, structure = surroundings(design), sizing(design).structure
    yield _placed("Options1", "Options", (), {"Temp": float(empty.temperature), "Tnom": 27.0})
    yield _placed("X1", structure.name, structure.ports, {})
    for one in empty.netlist.elements:
        if "portnum" not in one.flags:
            kind = one.name[0].upper()
            values: dict[str, float | str] = {"Type": f"{kind}_DC", f"{kind}dc": _level(one)}
            yield _placed(one.name, f"{kind}_Source", one.nets, values)
    for number, net in enumerate(structure.signals, 1):
        yield _placed(f"Term{number}", "Port", (net, "0"), {"Num": float(number), "Z": Z0, "Noise": "yes"})
    ports = {"NoiseInputPort": 1.0, "NoiseOutputPort": 2.0}
    computed = {"CalcS": "yes", "CalcNoise": "yes", "SweepVar": "freq", "SweepPlan": "SP1_band"}
    yield _placed("SP1", "S_Param", (), {**computed, **ports})
    sweep = empty.analyses["band"]
    assert isinstance(sweep, Sp)
    points = {"lin": "Lin", "dec": "Dec"}[sweep.grid.scale]
    ends = {"Start": sweep.grid.start, "Stop": sweep.grid.stop, points: float(sweep.grid.points)}
    yield _placed("SP1_band", "SweepPlan", (), ends)
