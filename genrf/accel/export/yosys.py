"""Synthesis by yosys: cell area and a clock estimate of each kind of module, against the cost model's area."""

import gzip
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.export.power import activity, cell_energies, estimate
from genrf.accel.export.verilog import modules
from genrf.accel.problem import CodesignProblem
from genrf.accel.program import Program
from genrf.accel.simulate.population import Population
from genrf.core.errors import GenrfError, ToolNotFound
from genrf.core.problem import AbstractExporter, Check, Design, Panel
from genrf.core.tools import Tool
from genrf.core.units import engineering

YOSYS = Tool("yosys", "yosys", "GENRF_YOSYS", ("-V",))
# yosys' own script for a liberty file, with buffers sized and the longest path said at its end
_ABC = "+strash;&get,-n;&fraig,-x;&put;scorr;dc2;strash;&get,-n;&dch,-f;&nf;&put;buffer;upsize;dnsize;stime,-p"
_LACKING = "for areas and clocks set GENRF_LIBERTY to a folder with the cells (.lib) of the process"


@dataclass(frozen=True)
class Synthesis:
    """What yosys says of one module: area of its cells in square micrometres, and the longest path
    between flip-flops in seconds, without wires and without the flip-flops' own times.
    """

    area_um2: float
    delay: float
    cells: Mapping[str, int]


def synthesize(text: str, top: str, liberty: Path, parameters: Mapping[str, int]) -> Synthesis:
    """Map a module, which has no others inside, to the cells of a liberty file.

    Raises GenrfError with yosys' own words when it fails.
    """
    return _synthesized(text, top, liberty, tuple(sorted(parameters.items())))


@lru_cache(maxsize=256)  # designs of one front share their elements
def _synthesized(text: str, top: str, liberty: Path, parameters: tuple[tuple[str, int], ...]) -> Synthesis:
    with tempfile.TemporaryDirectory(prefix="genrf_yosys_") as folder:
        (Path(folder) / f"{top}.sv").write_text(text)
        library = _unpacked(liberty, Path(folder))
        done = subprocess.run(
            [YOSYS.path(), "-p", _script(top, library, dict(parameters))],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise GenrfError(f"yosys: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    area = re.findall(r"Chip area for .*: ([\d.]+)", done.stdout)
    delays = re.findall(r"Delay = +([\d.]+) ps", done.stdout)
    cells = {name: int(count) for name, count in re.findall(r"^ {5}(\w+) +(\d+)$", done.stdout, re.MULTILINE)}
    return Synthesis(float(area[-1]) if area else 0.0, max(map(float, delays), default=0.0) * 1e-12, cells)


def liberty_files() -> dict[str, Path]:
    """The standard-cell libraries below GENRF_LIBERTY by the name of their process."""
    root = os.environ.get("GENRF_LIBERTY")
    folder = Path(root) if root else None
    found = sorted(folder.glob("*.lib*")) if folder and folder.is_dir() else []
    return {path.name.split("_")[0].split("hd")[0]: path for path in found}


@dataclass(frozen=True)
class Yosys(AbstractExporter):
    """`synthesis.json`: the area of a processing element and of a lane, and the clock that they allow.

    `liberty` names a file; without one, the library of the technology below GENRF_LIBERTY is taken, and where there is
    none the design is synthesised to yosys' own gates, without areas.
    """

    writes = (CodesignProblem,)

    liberty: str | None = None
    tolerance: float = 0.15  # of the cost model's area of an element

    def require(self) -> None:
        YOSYS.path()
        if self.liberty and not Path(self.liberty).is_file():
            raise ToolNotFound(f"exporter.yosys.liberty={self.liberty}: no such file")
        root = os.environ.get("GENRF_LIBERTY")
        if root and not Path(root).is_dir():
            raise ToolNotFound(
                f"GENRF_LIBERTY={root}: no such folder; name the one that holds the .lib files, or a file by "
                "exporter.yosys.liberty"
            )

    def tools(self) -> Mapping[str, str]:
        return {"yosys": YOSYS.version()}

    def export(self, design: Design, folder: Path) -> list[Path]:
        problem = design.problem
        assert isinstance(problem, CodesignProblem)
        program = problem.program(design.values)
        liberty = self._liberty(problem.estimator.technology.name)
        path = folder / "synthesis.json"
        bench = folder / "bench" if design.rank == 1 else None  # a simulation more, for the recommended design
        path.write_text(json.dumps(_report(program, problem, liberty, bench), indent=1) + "\n")
        return [path]

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        found = json.loads(paths[0].read_text())
        if "area_um2" not in found["element"]:
            return [Check("yosys", True, f"elaborated without a latch or a loop; {_LACKING}")]
        measured, predicted = found["element"]["area_um2"], found["element"]["predicted_area_um2"]
        close = abs(predicted / measured - 1) <= self.tolerance
        clock = found["element"]["clock_hz"] / 1e6
        detail = f"an element takes {measured:.0f} um2 (the cost model says {predicted:.0f}) and allows {clock:.0f} MHz"
        if "array_power_w" in found:
            detail += f"; the array takes {1e3 * found['array_power_w']:.2f} mW at its activity in simulation"
        return [Check("yosys", close, detail)]

    def panels(self, paths: Sequence[Path], design: Design) -> list[Panel]:
        return list(_panels(json.loads(paths[0].read_text())))

    def _liberty(self, technology: str) -> Path | None:
        if self.liberty:
            return Path(self.liberty)
        return liberty_files().get(technology.removeprefix("asic_"))


def _panels(found: Mapping[str, Any]) -> Iterator[Panel]:
    element = found["element"]
    if "area_um2" not in element:
        return
    lane = found["requantizer"]
    yield Panel.table(
        "Synthesis",
        {
            "module": ["processing element", "requantiser of a column", "all processing elements"],
            "area": [f"{area:,.0f} um2" for area in (element["area_um2"], lane["area_um2"], found["array_area_um2"])],
            "cost model": [f"{element['predicted_area_um2']:,.0f} um2", "", ""],
            "clock": [engineering(clock, "Hz") for clock in (element["clock_hz"], lane["clock_hz"], found["clock_hz"])],
        },
        f"yosys on the cells of {found['liberty']}; clocks without wires and without the flip-flops' own times.",
    )
    if "array_power_w" in found:
        parts = {"switching": "array_switching_w", "clock": "array_clock_w", "leakage": "array_leakage_w"}
        bars = {"type": "bar", "x": list(parts), "y": [found[key] for key in parts.values()], "name": "power"}
        yield Panel(
            "Power of the array",
            {"data": [bars], "layout": {"height": 280, "yaxis": {"title": {"text": "power"}, "ticksuffix": "W"}}},
            f"{engineering(found['array_power_w'], 'W')} in all, of the synthesised cells at the activity of the first "
            f"image in simulation: a register's bit changes {found['activity']:.3f} times in a clock cycle.",
        )


def _report(program: Program, problem: CodesignProblem, liberty: Path | None, bench: Path | None) -> dict[str, object]:
    config, text = program.config, modules(program)
    elaborate(text)
    if liberty is None:
        return {"element": {}, "liberty": None}
    a, w, s = program.activation_bits + 1, program.weight_bits, program.sum_bits
    if config.dataflow == "output":
        name, parameters = "pe_output", {"ACTIVATION": a, "WEIGHT": w, "SUM": s}
    else:
        kept, streamed = (w, a) if config.dataflow == "weight" else (a, w)
        name, parameters = "pe_stationary", {"KEPT": kept, "STREAMED": streamed, "SUM": s}
    element = synthesize(text[name], name, liberty, parameters)
    lane = synthesize(text["requantize"], "requantize", liberty, {"SUM": s, "OUT": a})
    population = Population.of([config], w, a - 1)
    predicted = float(problem.estimator.technology.element(population, np.array([s]))[0]) * 1e12
    slowest = max(element.delay, lane.delay)
    return {
        "liberty": liberty.name,
        "element": {"area_um2": element.area_um2, "predicted_area_um2": predicted, "clock_hz": 1 / element.delay},
        "requantizer": {"area_um2": lane.area_um2, "clock_hz": 1 / lane.delay},
        "array_area_um2": element.area_um2 * config.rows * config.columns,
        "clock_hz": 1 / slowest,
        **(_power(element, config, liberty, bench) if bench is not None and bench.is_dir() else {}),
    }


def _power(element: Synthesis, config: AcceleratorConfig, liberty: Path, bench: Path) -> dict[str, float]:
    """What the array takes at the machine's clock, with the activity of one image."""
    text = _text(liberty)
    volts = re.search(r"nom_voltage\s*:\s*([\d.]+)", text)
    changes = activity(bench)
    elements = {name: count * config.rows * config.columns for name, count in element.cells.items()}
    power = estimate(elements, cell_energies(text), changes, config.clock, float(volts[1]) if volts else 1.0)
    return {
        "activity": changes,
        "array_power_w": power.total,
        "array_switching_w": power.switching,
        "array_clock_w": power.clock,
        "array_leakage_w": power.leakage,
    }


def elaborate(text: Mapping[str, str]) -> None:
    """Read the whole design as yosys does, and check it. Raises GenrfError for a latch, a loop or a conflict."""
    with tempfile.TemporaryDirectory(prefix="genrf_yosys_") as folder:
        for name, content in text.items():
            (Path(folder) / f"{name}.sv").write_text(content)
        script = (
            "read_verilog -sv *.sv; hierarchy -check -top accelerator; proc; "
            "select -assert-none t:$dlatch t:$dlatchsr; select -clear; check -assert"
        )
        done = subprocess.run(
            [YOSYS.path(), "-q", "-p", script], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise GenrfError(f"yosys: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")


def _script(top: str, liberty: Path, parameters: Mapping[str, int]) -> str:
    chosen = " ".join(f"-chparam {name} {value}" for name, value in parameters.items())
    return (
        f"read_verilog -sv *.sv; hierarchy -check -top {top} {chosen}; synth -flatten -run begin:; "
        f"dfflibmap -liberty {liberty}; abc -liberty {liberty} -script {_ABC}; opt_clean; stat -liberty {liberty}"
    )


def _unpacked(liberty: Path, folder: Path) -> Path:
    if liberty.suffix != ".gz":
        return liberty.absolute()
    path = folder / liberty.stem
    path.write_text(_text(liberty))
    return path


def _text(liberty: Path) -> str:
    content = liberty.read_bytes()
    return (gzip.decompress(content) if liberty.suffix == ".gz" else content).decode()
