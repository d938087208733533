"""A design as a schematic for xschem, which nets it without a window; that netlist is compared and simulated."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrf.circuits.export.flat import body, compared, plain, sizing
from genrf.circuits.export.header import origin
from genrf.circuits.export.spice import agrees, prefixed, printed
from genrf.circuits.export.spice_devices import devices
from genrf.circuits.export.xschem_sheets import Drawer
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Instance, Model, Source, Subcircuit
from genrf.circuits.measure import Measure
from genrf.circuits.netlist import GROUND, Element, Netlist
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.testbench import Analysis, Noise, Sp
from genrf.core.errors import GenrfError, ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.tools import Tool

XSCHEM = Tool("xschem", package="xschem", variable="GENRF_XSCHEM")

_FOLDER = "xschem"
_TOLERANCE = 1e-3  # of metrics: ngspice's own for an operating point, which another order of elements ends elsewhere in
_SECONDS = 60.0
_SETTINGS = """\
# xschem, started in this folder, finds its symbols here and writes its netlists here
{origin}
set here [file dirname [file normalize [info script]]]
set XSCHEM_LIBRARY_PATH $here
set netlist_dir $here
"""


@dataclass(frozen=True)
class Xschem(AbstractExporter):
    """`xschem/<circuit>.sch` as it is drawn, `tb_<circuit>.sch` with the small-signal bench, and all their symbols.

    Without xschem on the machine the files are written, and the check says that they were not opened.
    """

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        drawer = Drawer.of(design)
        name, around, text = _bench(design)
        drawer.bench(name, around, text)
        place = folder / _FOLDER
        place.mkdir(exist_ok=True)
        paths = []
        whose = f"# {name.removeprefix('tb_')}: {origin(design)}"
        for file, content in {"xschemrc": _SETTINGS.format(origin=whose), **drawer.files}.items():
            paths.append(place / file)
            paths[-1].write_text(content, encoding="utf-8")
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        name = sizing(design).structure.name
        try:
            XSCHEM.path()
        except ToolNotFound as missing:
            return [Check(f"xschem {name}.sch", True, f"not opened: {missing}")]
        with tempfile.TemporaryDirectory(prefix="genrf_") as made:
            place = Path(made)
            for path in paths:
                shutil.copy(path, place)
            netlist = _netted(place, f"tb_{name}")
            if netlist is None:
                return [Check(f"xschem {name}.sch", False, "xschem writes no netlist of it")]
            return [_same(netlist, design), *_measured(netlist, design)]


def _bench(design: Design) -> tuple[str, Sequence[Element], Sequence[str]]:
    """The name of the bench's sheet, the elements around the circuit, and what the simulator is told."""
    problem = sizing(design)
    conditions = problem.technology.at()
    references = problem.references(design.values)
    empty = problem.bench.strict().testbench(Netlist(()), conditions.supply, references, conditions.temperature)
    computed = [one.line() for one in body(design).elements if one.name.startswith(".model ")]
    control = [
        ".control",
        "set num_threads=1",
        "set numdgt=9",
        *_control(_printable(design), empty.analyses),
        "quit",
        ".endc",
    ]
    text = [*conditions.models, *computed, empty.options(), *control]
    return f"tb_{problem.structure.name}", empty.netlist.elements, text


def _printable(design: Design) -> Mapping[str, Measure]:
    """The goals of the spec that ngspice can print, by metric."""
    measures = sizing(design).bench.measures
    goals = sizing(design).spec.goals
    return {name: measures[name] for name in goals if name in measures and measures[name].nutmeg}


def _control(measures: Mapping[str, Measure], analyses: Mapping[str, Analysis]) -> Iterator[str]:
    """Each group of analyses once, and behind it all that is read from it.

    ngspice numbers the plots of S-parameters through; a measure counts its own from `sp1` on.
    """
    swept = 0
    for group in dict.fromkeys(measure.analyses for measure in measures.values()):
        wanted = [analyses[name] for name in group]
        before = swept
        swept += sum(isinstance(one, Sp) for one in wanted)
        yield from (prefixed(one.command) for one in wanted)
        if isinstance(wanted[-1], Noise):
            yield "setplot previous"
        for metric, measure in measures.items():
            if measure.analyses == group:
                yield from _counted(measure.nutmeg, before).splitlines()
                yield from (f"let {metric} = result", f"print {metric}")


def _counted(nutmeg: str, before: int) -> str:
    return re.sub(r"\bsp(\d+)\.", lambda plot: f"sp{int(plot[1]) + before}.", nutmeg)


def _netted(place: Path, sheet: str) -> Path | None:
    """The netlist that xschem writes of a sheet, without a window; None where it writes none."""
    try:
        subprocess.run(
            [XSCHEM.path(), "-x", "-r", "-s", "-n", "-q", "--rcfile", str(place / "xschemrc"), f"{sheet}.sch"],
            cwd=place,
            env={**os.environ, "HOME": str(place)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    path = place / f"{sheet}.spice"
    return path if path.is_file() else None


def _same(netlist: Path, design: Design) -> Check:
    """Whether xschem's netlist has every element of the design between the same nets."""
    structure = sizing(design).structure
    name = f"xschem {structure.name}.sch"
    try:
        source = parse("* title\n" + _circuits(netlist.read_text()), str(netlist))
        known = {one.name: one for one in source.body if isinstance(one, Subcircuit)}
        whole = known[structure.name]
        if whole.ports != structure.ports:
            return Check(name, False, f"its ports are {' '.join(whole.ports)}")
        flat = Subcircuit(whole.name, whole.ports, {}, tuple(_opened(whole, known)))
        found = list(devices(flat, source))
        models = {one.name.lower(): plain(one.parameters.items()) for one in _cards(source)}
    except (GenrfError, ValueError, KeyError) as error:
        return Check(name, False, f"xschem's netlist is not understood: {error}")
    return compared(name, "xschem", design, found, models)


def _circuits(text: str) -> str:
    """A netlist without what is for the simulator alone."""
    return re.sub(r"^\.control$.*?^\.endc$", "", text, flags=re.MULTILINE | re.DOTALL)


def _cards(source: Source) -> list[Model]:
    return [one for one in source.walk() if isinstance(one, Model)]


def _opened(circuit: Subcircuit, known: Mapping[str, Subcircuit]) -> Iterator[Instance]:
    """The elements of a subcircuit, those of its cells too; inner nets of cells have names that are theirs alone."""
    for one in circuit.body:
        if not isinstance(one, Instance):
            continue
        cell = known.get(one.master)
        if cell is None:
            yield one
            continue
        outer = {GROUND: GROUND, **dict(zip(cell.ports, one.nets, strict=True))}
        for inner in _opened(cell, known):
            nets = tuple(outer.get(net, net) for net in inner.nets)
            yield Instance(inner.name, nets, inner.master, inner.values, inner.parameters)


def _measured(netlist: Path, design: Design) -> Iterator[Check]:
    found = printed(netlist)
    for metric in _printable(design):
        name = f"xschem tb_{sizing(design).structure.name}.sch {metric}"
        yield agrees(name, design, metric, found.get(metric), _TOLERANCE)
