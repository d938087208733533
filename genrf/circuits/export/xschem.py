"""A design as a schematic for xschem, which nets it without a window; that netlist is compared and simulated."""

import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from genrf.circuits.export.flat import afresh, compared, plain, sizing
from genrf.circuits.export.header import origin
from genrf.circuits.export.spice import printed
from genrf.circuits.export.spice_devices import devices
from genrf.circuits.export.xschem_bench import Bench, benches
from genrf.circuits.export.xschem_sheets import Drawer
from genrf.circuits.foreign.reader import parse
from genrf.circuits.foreign.syntax import Instance, Model, Source, Subcircuit
from genrf.circuits.measure import Measure, metrics
from genrf.circuits.netlist import GROUND
from genrf.circuits.problem import SizingProblem
from genrf.circuits.procedure import NotMeasurable
from genrf.circuits.simulate.engine import NoConvergence
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine, plotted
from genrf.core.errors import GenrfError, ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design
from genrf.core.tools import Tool

XSCHEM = Tool("xschem", package="xschem", variable="GENRF_XSCHEM")

_FOLDER = "xschem"
_TOLERANCE = 1e-3  # of metrics: ngspice's own for an operating point, which another order of elements ends elsewhere in
_ABSOLUTE = {"dB": 1e-3, "dBm": 1e-3, "V/V": 1e-5}  # a line regulation: points of a sweep are right to some microvolts
_SECONDS = 300.0
_SETTINGS = """\
# xschem, started in this folder, finds its symbols here and writes its netlists here
{origin}
set here [file dirname [file normalize [info script]]]
set XSCHEM_LIBRARY_PATH $here
set netlist_dir $here
set netlist_type spice
# xschem 2 starts what it takes for HSPICE, later ones ngspice
set spice_simulator hspice
set hspice_path ngspice
"""


@dataclass(frozen=True)
class Xschem(AbstractExporter):
    """`xschem/<circuit>.sch` as it is drawn, `tb_<circuit>.sch` and further benches, and all their symbols.

    Without xschem on the machine the files are written, and the check says that it was not made.
    """

    writes = (SizingProblem,)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        drawer = Drawer.of(design)
        for bench in benches(design):
            drawer.bench(bench.sheet, bench.around(design), bench.text(design))
        place = folder / _FOLDER
        place.mkdir(exist_ok=True)
        paths = []
        whose = f"# {sizing(design).structure.name}: {origin(design)}"
        for file, content in {"xschemrc": _SETTINGS.format(origin=whose), **drawer.files}.items():
            paths.append(place / file)
            paths[-1].write_text(content, encoding="utf-8")
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        try:
            XSCHEM.path()
        except ToolNotFound as missing:
            return [Check(f"xschem {sizing(design).structure.name}.sch", None, f"not opened: {missing}")]
        with tempfile.TemporaryDirectory(prefix="genrf_") as made:
            place = Path(made)
            for path in paths:
                shutil.copy(path, place)
            return [check for bench in benches(design) for check in _checked(place, bench, design)]


def _checked(place: Path, bench: Bench, design: Design) -> Iterator[Check]:
    netlist = _netted(place, bench.sheet)
    if netlist is None:
        yield Check(f"xschem {bench.sheet}.sch", False, "xschem writes no netlist of it")
        return
    yield _same(f"xschem {bench.sheet}.sch", netlist, design)
    yield from _measured(netlist, bench, design)


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


def _same(name: str, netlist: Path, design: Design) -> Check:
    """Whether xschem's netlist has every element of the design between the same nets."""
    structure = sizing(design).structure
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


def _measured(netlist: Path, bench: Bench, design: Design) -> Iterator[Check]:
    """What ngspice finds with xschem's netlist, against what was measured.

    Metrics that were measured in another way, and may differ from this one by more than ngspice's tolerance, are held
    against our own netlist in the same bench too, by one formula.
    """
    known = {metric: one for metric, one in bench.group.measures.items() if metric in design.metrics}
    if not known:
        return
    loose = {metric: one for metric, one in known.items() if one.agreement > _TOLERANCE}
    unsaid = {metric: one for metric, one in known.items() if not one.nutmeg}
    said, drawn = printed(netlist, _SECONDS), dict(_drawn(netlist, bench, loose | unsaid))
    try:
        ours = _ours(bench, design, loose) if loose else {}
    except (NoConvergence, NotMeasurable) as error:
        yield Check(f"xschem {bench.sheet}.sch", False, f"our own netlist in this bench: {error}")
        return
    for metric, measure in known.items():
        name, found = f"xschem {bench.sheet}.sch {metric}", (drawn if metric in unsaid else said).get(metric)
        check = _agrees(name, measure, found, design.metrics[metric])
        yield _moving(check, measure, drawn.get(metric), ours[metric]) if metric in loose else check


def _drawn(netlist: Path, bench: Bench, measures: Mapping[str, Measure]) -> Iterator[tuple[str, float]]:
    """The metrics that follow from the waveforms that ngspice wrote, where these are whole."""
    for metric, measure in measures.items():
        files = {name: netlist.parent / bench.raw(name) for name in measure.analyses}
        with suppress(NoConvergence, NotMeasurable):
            yield (
                metric,
                measure.value(*(plotted(path, bench.group.analyses[name], "") for name, path in files.items())),
            )


def _ours(bench: Bench, design: Design, measures: Mapping[str, Measure]) -> dict[str, float]:
    """What a fresh ngspice finds with our own netlist in the bench of a counterpart."""
    setup = replace(afresh(design), engine=NgSpiceBatchEngine(_SECONDS))
    return metrics(setup.simulate(bench.group.around or (), bench.group.analyses), measures)


def _agrees(name: str, measure: Measure, found: float | None, measured: float) -> Check:
    """Whether ngspice's value, if it found one, is the measured one."""
    if found is None:
        return Check(name, False, f"ngspice finds nothing with xschem's netlist, measured {measured:.7g}")
    passed = measure.agrees(found, measured) or _near(measure, found, measured)
    return Check(name, passed, f"ngspice finds {found:.7g} with xschem's netlist, measured {measured:.7g}")


def _moving(check: Check, measure: Measure, found: float | None, ours: float) -> Check:
    """The check, which waveforms that give another value than those of our own netlist fail too."""
    passed = check.passed and found is not None and _near(measure, found, ours)
    return replace(check, passed=passed, detail=f"{check.detail}; with our own netlist {ours:.7g}")


def _near(measure: Measure, found: float, wanted: float) -> bool:
    """Whether two values differ by ngspice's tolerance at most, as a share, or by `_ABSOLUTE`."""
    absolute = _ABSOLUTE.get(measure.metric.unit, 0.0)
    return math.isclose(found, wanted, rel_tol=_TOLERANCE, abs_tol=absolute)
