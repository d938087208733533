"""A sized netlist as a subcircuit, and test benches that `ngspice -b` runs as they are and that print its metrics."""

import math
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from genrf.circuits.export.flat import body, compared, folded, plain, remarked, sizing, types
from genrf.circuits.export.header import bench_header, header, ports
from genrf.circuits.export.numbers import prefixed, spoken
from genrf.circuits.export.spectre import Group, surrounding, surroundings, told
from genrf.circuits.export.spice_bench import control, options, swept_control, transients
from genrf.circuits.export.spice_devices import devices, strays
from genrf.circuits.foreign.reader import read
from genrf.circuits.foreign.syntax import Model, Subcircuit
from genrf.circuits.measure import Measure
from genrf.circuits.problem import SizingProblem
from genrf.circuits.simulate.ngspice import NGSPICE
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design

_RELATIVE = 1e-4  # between a value measured in process and one that `ngspice -b` prints
_ABSOLUTE = {
    **dict.fromkeys(("dB", "dBm"), _RELATIVE),  # zero is a value as any other, and a share of it no measure
    "V/V": 1e-5,  # a line regulation: points of a sweep are right to some microvolts
}
_SECONDS = 300.0


@dataclass(frozen=True)
class Spice(AbstractExporter):
    """`<circuit>.sp` with models and `.subckt`, and benches that print goals of the spec.

    `tb_<metric>.sp` prints what the bench of the circuit's kind tells, `tb_<analysis>.sp` all that a procedure's
    transients do, as far as ngspice's language has words for it.
    """

    writes = (SizingProblem,)

    def require(self) -> None:
        NGSPICE.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        structure = sizing(design).structure
        circuit = folder / f"{structure.name}.sp"
        circuit.write_text("\n".join(_subcircuit(design)) + "\n")
        paths = [circuit]
        for stem, group in _benches(design).items():
            paths.append(folder / f"{stem}.sp")
            paths[-1].write_text("\n".join(_bench(design, group, circuit.name)) + "\n")
        return paths

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        circuit, *files = paths
        benches = _benches(design)
        printed_ones = (_checked(path, benches[path.stem], design) for path in files)
        return [_check_circuit(circuit, design), *chain.from_iterable(printed_ones)]


def _subcircuit(design: Design) -> list[str]:
    structure = sizing(design).structure
    return [
        *header(design, "*"),
        *(part for card in body(design).models for part in folded(card)),
        f"* {ports(design)}",
        f".subckt {structure.name} {' '.join(structure.ports)}",
        *remarked(design, "*", lambda one: folded(spoken(one))),
        f".ends {structure.name}",
    ]


def _benches(design: Design) -> dict[str, Group]:
    """What each bench runs and prints, by the name of its file: of the kind's own bench one metric each."""
    strict = surroundings(design)
    own = {
        f"tb_{metric}": Group({name: strict.analyses[name] for name in measure.analyses}, {metric: measure})
        for metric, measure in told(design).items()
        if measure.nutmeg
    }
    return own | {f"tb_{'_'.join(group.analyses)}": group for group in transients(design)}


def _bench(design: Design, group: Group, circuit: str) -> list[str]:
    """A deck that measures the metrics of a group as the verification did, and prints each as `metric = value`."""
    structure, around = sizing(design).structure, surrounding(design, group).elements
    metrics = {name: one.metric.description for name, one in group.measures.items()}
    titles = [f"{metric} of {structure.name}: {text}" for metric, text in metrics.items()]
    settling = group.counterpart.settling if group.counterpart else None
    said = (
        swept_control(group.swept, around, group.analyses, group.measures, settling)
        if group.swept
        else control(group.analyses, group.measures, settling=settling)
    )
    # what the strict bench tells was measured with the options that all of its analyses want
    wanted = options(design, group) if group.counterpart else prefixed(surroundings(design).options())
    return [
        *(f"* {title}" for title in titles[:-1]),
        *bench_header(design, "*", titles[-1]),
        f".include {circuit}",
        f"x1 {' '.join(structure.ports)} {structure.name}",
        *map(spoken, around),
        wanted,
        ".control",
        *said,
        "quit",
        ".endc",
        ".end",
    ]


def _check_circuit(path: Path, design: Design) -> Check:
    """Whether the subcircuit holds every element."""
    structure, name = sizing(design).structure, f"spice {path.name}"
    try:
        source = read(path)
        (opened,) = (one for one in source.body if isinstance(one, Subcircuit))
        if opened.ports != structure.ports:
            return Check(name, False, f"its ports are {' '.join(opened.ports)}")
        found = list(devices(opened, source))
        models = {one.name.lower(): plain(one.parameters.items()) for one in source.walk() if isinstance(one, Model)}
    except (GenrfError, ValueError, KeyError) as error:
        return Check(name, False, f"it is not understood: {error}")
    kinds = {card: f"{kind} level={level}" for card, (kind, level) in types(design).items()}
    if wrong := list(strays(path, source, structure.name, kinds)):
        return Check(name, False, "; ".join(wrong[:5]))
    return compared(name, "the parser of SPICE's dialects", design, found, models)


def _checked(path: Path, group: Group, design: Design) -> Iterator[Check]:
    """Whether a bench prints what was measured, each metric of it."""
    found = printed(path)
    for metric, measure in group.measures.items():
        name = f"spice {path.name}" if len(group.measures) == 1 else f"spice {path.name} {metric}"
        yield _agrees(name, measure, found.get(metric), design.metrics[metric])


def _agrees(name: str, measure: Measure, found: float | None, wanted: float) -> Check:
    """Whether a metric that ngspice printed, if it did, is what was measured."""
    least = _ABSOLUTE.get(measure.metric.unit, 0.0)
    passed = found is not None and (
        measure.agrees(found, wanted) or math.isclose(found, wanted, rel_tol=_RELATIVE, abs_tol=least)
    )
    shown = "nothing" if found is None else f"{found:.7g}"
    return Check(name, passed, f"ngspice -b prints {shown}, measured {wanted:.7g}")


def printed(path: Path, seconds: float = _SECONDS) -> dict[str, float]:
    """The numbers that `ngspice -b` prints of a deck within a time. Its exit status says nothing and is not read."""
    try:
        done = subprocess.run(
            [NGSPICE.path(), "-n", "-b", path.name],
            cwd=path.parent,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}
    found = re.findall(r"^(\w+) = ([-+]?\d\S*)$", done.stdout, re.MULTILINE)
    return {name: float(number) for name, number in found}
