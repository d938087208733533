"""What a bench in Spectre's language has to say, from a design's elements and analyses, against what a parser reads."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose

from genrf.circuits.export.flat import differences
from genrf.circuits.expressions import Scope
from genrf.circuits.foreign import spice
from genrf.circuits.foreign.sources import stimulus
from genrf.circuits.foreign.syntax import Command, Instance, Language, Parameters, Remark, Source, Statement
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.testbench import Ac, Analysis, Dc, Noise, Op, Sp, Tran
from genrf.circuits.topology import Device, Drawn
from genrf.core.errors import ConfigError
from genrf.core.units import quantity

_RELATIVE = 1e-11  # of numbers that are written with twelve digits
_LONGEST = 300  # characters of what is said about one statement, whose sweep may have hundreds of numbers
_KINDS = {
    "r": ("resistor", "r"), "c": ("capacitor", "c"), "l": ("inductor", "l"), "g": ("vccs", "gm"), "e": ("vcvs", "gain"),
}  # fmt: skip
# the numbers of a waveform in SPICE's order under the names that they have in Spectre's sources
_SHAPES = {
    "sin": ("sine", ("sinedc", "ampl", "freq", "delay", "damp", "sinephase")),
    "pulse": ("pulse", ("val0", "val1", "delay", "rise", "fall", "width", "period")),
}
_SOURCES = ("vsource", "isource", "port")
_ZERO = ("dc", "mag", "delay", "damp", "sinephase")  # what a source has when nothing is said of them
_WORDS = re.compile(r"(\w+)\(([^)]*)\)|(\w+) (\S+)")

Named = Mapping[tuple[str, str], str]  # source and its parameter -> the bench's variable that stands there


@dataclass(frozen=True)
class Bench:
    """What one file has to hold: what it includes, what it consists of, what it runs, and its variables."""

    included: str
    parts: tuple[Device, ...]
    runs: tuple[Device, ...] = ()
    variables: Mapping[str, float] = field(default_factory=dict)


def differs(source: Source, bench: Bench) -> Iterator[str]:
    """What sets a file apart from what it has to say. Numbers agree to eleven digits."""
    yield from _other_statements(source, bench)
    found = [_read(one) for one in source.body if isinstance(one, Instance)]
    wanted = [*bench.parts, *bench.runs]
    yield from (one[:_LONGEST] for one in differences(wanted, found, _RELATIVE))
    yield from (f"{word} has capitals that no name here has" for word in sorted(_names(found) - _names(wanted)))
    order = [one.name for one in bench.runs]
    runs = [one.name for one in found if one.name in order]
    if sorted(runs) == sorted(order) and runs != order:
        yield f"it runs {', '.join(runs)}, not {', '.join(order)}"


def _names(parts: Iterable[Device]) -> set[str]:
    """The names of parts, and the words among their values, in which capitals matter to Spectre.

    Only words with capitals: all else is compared without regard to them.
    """
    words = {word for one in parts for word in (one.name, *one.drawn.values()) if isinstance(word, str)}
    return {word for word in words if word != word.lower()}


def _other_statements(source: Source, bench: Bench) -> Iterator[str]:
    """What is wrong with the file that it includes, with its variables, and what has no place in a bench."""
    included, variables = list[str](), dict[str, str]()
    for one in source.body:
        match one:
            case Command(name="include"):
                included.append(" ".join([*one.words, *(f"{key}={text}" for key, text in one.parameters.items())]))
            case Parameters():
                variables |= one.assigned
            case Remark() | Instance() | Language(dialect="spectre"):
                pass
            case _:
                yield f"line {one.line}: {_called(one)} belongs to no bench"
    if included != [f'"{bench.included}"']:
        yield f"it includes {', '.join(included) or 'nothing'}"
    numbers = {key: _value(text) for key, text in variables.items()}
    if numbers.keys() != bench.variables.keys() or not all(
        isinstance(number, float) and isclose(number, bench.variables[key], rel_tol=_RELATIVE)
        for key, number in numbers.items()
    ):
        yield f"its parameters are {', '.join(f'{key}={text}' for key, text in variables.items()) or 'none'}"


def _called(statement: Statement) -> str:
    return str(getattr(statement, "name", type(statement).__name__.lower()))


def _read(instance: Instance) -> Device:
    """A statement as a device: a list is a number for each place, and words that nobody awaits are kept."""
    drawn: dict[str, Drawn] = {"": " ".join(instance.values)} if instance.values else {}
    for key, text in instance.parameters.items():
        drawn |= _listed(key, text[1:-1].split()) if text.startswith("[") else {key: _value(text)}
    return device(instance.name, instance.master, instance.nets, drawn)


def _value(text: str) -> float | str:
    try:
        return quantity(text)
    except ConfigError:
        return text


def _listed(key: str, values: Iterable[float | str]) -> dict[str, Drawn]:
    """A list by its places, each with a number where it is one."""
    read = (_value(one) if isinstance(one, str) else float(one) for one in values)
    return {f"{key}[{place}]": one for place, one in enumerate(read)}


def device(name: str, kind: str, nets: Sequence[str], drawn: Mapping[str, Drawn]) -> Device:
    """A statement by its terminals' places; a source without what is zero, which need not be said."""
    said = {key: value for key, value in drawn.items() if kind not in _SOURCES or key not in _ZERO or value != 0.0}
    return Device(name, kind, {str(place): net for place, net in enumerate(nets)}, said)


def elements(netlist: Netlist, scattering: bool, named: Named) -> Iterator[Device]:
    """What stands around the circuit; `scattering`: with Spectre's ports, else with sources behind resistors.

    Raises ConfigError for an element that Spectre has no counterpart of here.
    """
    for one in netlist.elements:
        letter = one.name[0].lower()
        if letter in "vi":
            yield from _source(one, scattering, named)
        elif letter == "f":
            yield device(one.name, "cccs", one.nets, {"gain": one.value or 0.0, "probe": one.model})
        elif letter in _KINDS and one.value is not None and not one.model:
            kind, main = _KINDS[letter]
            yield device(one.name, kind, one.nets, {main: one.value, **one.parameters, **_flags(one)})
        else:
            raise ConfigError(f"element {one.name!r} has no place in a bench for Spectre")


def _flags(element: Element) -> dict[str, Drawn]:
    """What else is said of a passive element: of those here, that it makes no noise."""
    return {"isnoisy": "no"} if element.flags == "noisy=0" else {"": element.flags} if element.flags else {}


def _source(element: Element, scattering: bool, named: Named) -> Iterator[Device]:
    """A source by what SPICE's parser makes of its line."""
    (statement,) = spice.statements(element.line())
    assert isinstance(statement, Instance)
    level, rest = stimulus(statement, Scope({}))
    said: dict[str, Drawn] = {"dc": level}
    for shape, numbers, key, value in _WORDS.findall(rest):
        said |= _wave(shape, [float(number) for number in numbers.split()]) if shape else {key: float(value)}
    said |= {"mag": said.pop("ac", 0.0)}
    number, resistance = said.pop("portnum", None), said.pop("z0", 50.0)  # SPICE's ports have 50 ohm unless told
    said |= {key: variable for (source, key), variable in named.items() if source == element.name}
    kind = "vsource" if element.name[0].lower() == "v" else "isource"
    if number is None:
        yield device(element.name, kind, element.nets, said)
    elif scattering:
        yield device(element.name, "port", element.nets, {"num": number, "r": resistance, **said})
    else:
        inner = f"{element.name}_z0"
        yield device(element.name, kind, (inner, element.nets[1]), said)
        yield device(f"r{inner}", "resistor", (element.nets[0], inner), {"r": resistance, "isnoisy": "no"})


def _wave(shape: str, numbers: Sequence[float]) -> dict[str, Drawn]:
    if shape == "pwl":
        return {"type": "pwl", **_listed("wave", numbers)}
    kind, names = _SHAPES[shape]
    return {"type": kind, **dict(zip(names, numbers, strict=False))}


def runs(analyses: Mapping[str, Analysis], netlist: Netlist) -> Iterator[Device]:
    """The statements that a bench runs, in order. Raises ConfigError for an analysis without a counterpart."""
    for name, analysis in analyses.items():
        if isinstance(analysis, Ac):
            for source, level in analysis.levels.items():
                drawn: dict[str, Drawn] = {"dev": source, "param": "mag", "value": float(level)}
                yield device(f"a_{name}_{source}", "alter", (), drawn)
        yield _run(f"a_{name}", analysis, netlist)


def _run(name: str, analysis: Analysis, netlist: Netlist) -> Device:
    nets: tuple[str, ...] = ()
    drawn: dict[str, Drawn] = {}
    match analysis:
        case Op():
            kind = "dc"
        case Sp():
            kind, drawn = "sp", _listed("ports", _ports(netlist))
        case Ac():
            kind = "ac"
        case Noise():
            kind, nets, drawn = "noise", (analysis.output, GROUND), {"iprobe": analysis.source}
        case Tran():
            kind, drawn = "tran", _times(analysis)
        case Dc():
            varied: dict[str, Drawn] = {"dev": analysis.source, "param": "dc"}
            kind, drawn = "dc", {"param": "temp"} if analysis.source == "temp" else varied
        case _:
            raise ConfigError(f"{name}: Spectre has no counterpart of {type(analysis).__name__}")
    return device(name, kind, nets, {**drawn, **_listed("values", _axis(analysis))})


def _axis(analysis: Analysis) -> Iterable[float]:
    """The frequencies or levels that an analysis visits, if they are chosen before."""
    if isinstance(analysis, Sp | Ac | Noise):
        return analysis.grid.frequencies()
    return analysis.points() if isinstance(analysis, Dc) else ()


def _times(tran: Tran) -> dict[str, Drawn]:
    even: dict[str, Drawn] = {"method": "traponly", "strobeperiod": tran.step} if tran.even else {}
    return {"stop": tran.stop, "outputstart": tran.start, "maxstep": tran.step, "errpreset": "conservative", **even}


def _ports(netlist: Netlist) -> list[str]:
    """The sources that are ports, by their numbers."""
    numbered = [(one.flags.split()[one.flags.split().index("portnum") + 1], one.name) for one in netlist.elements
                if "portnum" in one.flags.split()]  # fmt: skip
    return [name for _, name in sorted(numbered, key=lambda one: int(one[0]))]
