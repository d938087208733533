"""A design's flat netlist as a graph, and whether a file that was read back holds the same one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import isclose
from pathlib import Path
from textwrap import wrap

from genrf.circuits.foreign.graph import FlatCircuit
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.circuits.topology import Device, Drawn
from genrf.core.problem import Check, Design
from genrf.core.units import engineering

Cards = Mapping[str, Mapping[str, float]]  # model -> parameter -> number

_RELATIVE = 1e-11  # of numbers that are written with twelve digits
_WIDTH = 110
_SECONDS = 300.0  # for one bench


def sizing(design: Design) -> SizingProblem:
    """The problem of a design whose circuit is a topology."""
    assert isinstance(design.problem, SizingProblem)
    return design.problem


def afresh(design: Design) -> Setup:
    """The powered circuit for what an exporter measures itself, each bench in an ngspice of its own.

    The one in this process begins with the state that the bench before left: its last digits would depend on that.
    """
    problem = sizing(design)
    setup = problem.setup(design.values, problem.technology.at())
    return replace(setup, engine=NgSpiceBatchEngine(_SECONDS)) if isinstance(setup.engine, NgSpiceEngine) else setup


def body(design: Design) -> Netlist:
    """The elements of the circuit itself with the cards of the nominal process, devices in the order of `by_size`."""
    made = _elements(design)
    elements = (made[device.name] for device in by_size(design))
    return Netlist(tuple(chain.from_iterable(elements)), tuple(sizing(design).technology.at().models))


def by_size(design: Design) -> list[Device]:
    """The devices of the topology, transistors of one size behind one another.

    In another order ngspice 39 gives some of them the gate of another length, as `sizes_apart` says.
    """
    problem, made = sizing(design), _elements(design)
    devices = problem.structure.devices
    sizes = [
        (device.kind, problem.drawn(device, design.values))
        if any(one.name[0] == "m" for one in made[device.name])
        else k
        for k, device in enumerate(devices)
    ]
    return [devices[place] for place in sorted(range(len(devices)), key=lambda place: sizes.index(sizes[place]))]


def _elements(design: Design) -> dict[str, list[Element]]:
    problem = sizing(design)
    kinds = problem.technology.at().devices
    return {
        device.name: kinds[device.kind].elements(device.name, device.nets, problem.drawn(device, design.values))
        for device in problem.structure.devices
    }


def expected(design: Design) -> FlatCircuit:
    """What a reader of any netlist of the design must find: every element by its name, ports by what they mean."""
    netlist = body(design)
    circuit = FlatCircuit.of(sizing(design).structure.name, netlist, sizing(design).structure.labels)
    said = {element.name: _said(element) for element in netlist.elements}
    devices = (replace(device, drawn={**device.drawn, **said[device.name]}) for device in circuit.devices)
    return replace(circuit, devices=tuple(devices))


def cards(design: Design) -> Cards:
    """The parameters of each model card by its name, those that are computed for one device too; without the level."""
    netlist = body(design)
    computed = (element.line() for element in netlist.elements if element.name.startswith(".model "))
    lines = (line.split() for line in (*netlist.models, *computed) if line.startswith(".model "))
    return {words[1].lower(): plain(word.split("=", 1) for word in words[3:]) for words in lines}


def types(design: Design) -> dict[str, tuple[str, str]]:
    """The type and the level of each model card of `cards`, 1 where it says none."""
    netlist = body(design)
    computed = (element.line() for element in netlist.elements if element.name.startswith(".model "))
    found = {}
    for _, name, kind, *pairs in (line.split() for line in (*netlist.models, *computed) if line.startswith(".model ")):
        found[name.lower()] = kind, dict(pair.split("=", 1) for pair in pairs).get("level", "1")
    return found


def plain(pairs: Iterable[Sequence[str]]) -> dict[str, float]:
    """The parameters of a card as numbers, without what says which kind of card it is."""
    return {key.lower(): float(text) for key, text in pairs if key.lower() not in ("level", "type")}


def compared(name: str, reader: str, design: Design, found: Iterable[Device], models: Cards) -> Check:
    """Whether the devices that `reader` found are those of the design: kinds, nets by terminal, values, models.

    Equal names are the isomorphism, so that nothing has to be searched for.
    """
    wanted = expected(design)
    wrong = [*differences(wanted.devices, found, _RELATIVE), *other_models(cards(design), models)]
    detail = f"{reader} reads {len(wanted.devices)} elements between the same nets with the same values"
    return Check(name, not wrong, "; ".join(wrong[:5]) or detail)


def remarked(design: Design, mark: str, line: Callable[[Element], Iterable[str]]) -> Iterator[str]:
    """The lines of every element, and before the first of each device a remark of what was drawn."""
    remarks = described(design)
    for element in body(design).elements:
        if element.name in remarks:
            yield f"{mark} {remarks[element.name]}"
        yield from line(element)


def folded(line: str, behind: str = "", before: str = "+ ") -> list[str]:
    """A model card in lines that people and HSPICE can read, which takes no more than 1,024 characters; else the line.

    All but the last line end with `behind`, all but the first begin with `before`.
    """
    if not line.lstrip(".").startswith("model "):
        return [line]
    width = _WIDTH - len(behind)
    parts = wrap(line, width, subsequent_indent=before, break_long_words=False, break_on_hyphens=False)
    return [*(part + behind for part in parts[:-1]), parts[-1]]


def written(folder: Path, files: Mapping[str, Iterable[str]]) -> list[Path]:
    """Files by name with their lines; none where there is no line."""
    paths = []
    for name, lines in files.items():
        if text := "".join(f"{line}\n" for line in lines):
            paths.append(folder / name)
            paths[-1].write_text(text)
    return paths


def described(design: Design) -> Mapping[str, str]:
    """Of each device of the topology a line for a reader, by the name of its first element."""
    problem = sizing(design)
    devices = problem.technology.at().devices
    lines = {}
    for device in problem.structure.devices:
        drawn = problem.drawn(device, design.values)
        kind = devices[device.kind]
        units = {key: limit.unit for key, limit in kind.limits().items()}
        sizes = " ".join(f"{key}={engineering(value, units.get(key, ''))}" for key, value in drawn.items())
        first = kind.elements(device.name, device.nets, drawn)[0]
        lines[first.name] = f"{device.name}: {device.kind} {sizes}".rstrip()
    return lines


def _said(element: Element) -> dict[str, Drawn]:
    """An element's model, and the `key=number` pairs among its fixed words."""
    pairs = (word.split("=", 1) for word in element.flags.split() if "=" in word)
    numbers: dict[str, Drawn] = {key: float(number) for key, number in pairs}
    return {**numbers, "model": element.model} if element.model else numbers


def differences(wanted: Iterable[Device], found: Iterable[Device], relative: float) -> Iterator[str]:
    """What sets found devices apart from those that are wanted: by name, kind, nets by terminal, and values."""
    found = list(found)
    counts = Counter(one.name.lower() for one in found)
    yield from (f"{name} is given twice" for name, count in counts.items() if count > 1)
    ours, theirs = {one.name.lower(): one for one in wanted}, {one.name.lower(): one for one in found}
    yield from (f"{name} is missing" for name in ours.keys() - theirs.keys())
    yield from (f"{name} is no element of the design" for name in theirs.keys() - ours.keys())
    for name in sorted(ours.keys() & theirs.keys()):
        one, other = ours[name], theirs[name]
        if one.kind != other.kind:
            yield f"{name} is read as {other.kind}, it is {one.kind}"
        elif dict(one.nets) != dict(other.nets):
            yield f"{name} lies between {', '.join(other.nets.values())}, not {', '.join(one.nets.values())}"
        elif not _alike(one, other, relative):
            yield f"{name} is read with {dict(other.drawn)}, it has {dict(one.drawn)}"


def other_models(wanted: Cards, found: Cards) -> Iterator[str]:
    """What sets found model cards apart from those that are wanted: names, and the parameters that differ."""
    for name in sorted(wanted.keys() | found.keys()):
        if name not in wanted or name not in found:
            yield f"model {name} is {'missing' if name in wanted else 'none of the design'}"
        elif wanted[name] != found[name]:
            keys = sorted(key for key, _ in wanted[name].items() ^ found[name].items())
            yield f"model {name} differs in {', '.join(dict.fromkeys(keys))}"


def other_types(wanted: Mapping[str, str], found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Which cards, a name and what it is of, are of another type than those that are wanted, or given twice."""
    found = list(found)
    for name, count in Counter(name for name, _ in found).items():
        if count > 1:
            yield f"model {name} is given twice"
    for name, kind in found:
        if kind != wanted.get(name, kind):
            yield f"model {name} is of {kind}, it is of {wanted[name]}"


def _alike(one: Device, other: Device, relative: float) -> bool:
    ours, theirs = ({key.lower(): value for key, value in device.drawn.items()} for device in (one, other))
    return ours.keys() == theirs.keys() and all(_equal(ours[key], theirs[key], relative) for key in ours)


def _equal(one: Drawn, other: Drawn, relative: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=relative)
    return str(one).lower() == str(other).lower()
