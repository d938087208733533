"""The accelerator as SystemVerilog, one module a file, sized for its network; read back by Icarus and yosys."""

import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from genrf.accel.export.simulation import ICARUS
from genrf.accel.problem import CodesignProblem
from genrf.accel.program import Program, address_bits
from genrf.core.problem import AbstractExporter, Check, Design

_ALWAYS = (
    "memory", "skew", "requantize", "pooling", "vector_lane", "activation_iterator", "weight_iterator", "writer",
    "weight_buffer", "controller", "registers",
)  # fmt: skip
_OWN = {
    "weight": ("pe_stationary", "array_stationary"),
    "output": ("pe_output", "array_output"),
    "input": ("pe_stationary", "array_stationary", "transpose"),
}
_DATAFLOWS = {"weight": 0, "output": 1, "input": 2}
TOP = "accelerator"


@dataclass(frozen=True)
class RTLGenerator(AbstractExporter):
    """`rtl/<module>.sv`: the whole accelerator, which Icarus must compile."""

    writes = (CodesignProblem,)

    def require(self) -> None:
        ICARUS.path()

    def export(self, design: Design, folder: Path) -> list[Path]:
        assert isinstance(design.problem, CodesignProblem)
        return write_modules(design.problem.program(design.values), folder / "rtl", title(design))

    def tools(self) -> Mapping[str, str]:
        return {"Icarus Verilog": ICARUS.version()}

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        command: list[str | Path] = [ICARUS.path(), "-g2012", "-Wall", "-Wno-timescale", "-tnull", "-s", TOP, *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if line.strip()]
        passed = not done.returncode and not said
        return [
            Check("verilog rtl", passed, f"Icarus compiles {len(paths)} modules" if passed else said[0] if said else "")
        ]


def title(design: Design) -> str:
    """Design, spec, process and version."""
    problem = design.problem
    assert isinstance(problem, CodesignProblem)
    process = problem.estimator.technology.name
    return f"design {design.id} for {problem.spec.name} in {process}, genrf {metadata.version('genrf')}"


def modules(program: Program, title: str = "an accelerator by genrf") -> dict[str, str]:
    """The text of each module by its name, the top last; each begins with `title`."""
    folder = resources.files("genrf.accel.export").joinpath("templates")
    names = (*_ALWAYS, *_OWN[program.config.dataflow])
    texts = {name: folder.joinpath(f"{name}.sv").read_text(encoding="utf-8") for name in names}
    top = _environment().get_template(f"{TOP}.sv.j2").render(config=program.config, sizes=sizes(program))
    first = f"// {title}\n// This file belongs to you, under any terms you like.\n"
    return {name: first + text for name, text in {**texts, TOP: top}.items()}


def write_modules(program: Program, folder: Path, title: str = "an accelerator by genrf") -> list[Path]:
    """Write the modules into `folder`, `<module>.sv` each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in modules(program, title).items():
        paths.append(folder / f"{name}.sv")
        paths[-1].write_text(text)
    return paths


def sizes(program: Program) -> Mapping[str, int]:
    """The numbers that the RTL is built with."""
    config = program.config
    words = [len(granule) for granule in program.weight_words()]
    weights = sum(words) if config.resident else 2 * max(words, default=1)
    depths = {
        "activation": program.words,
        "weight": max(2, weights),
        "parameter": len(program.parameters),
        "program": len(program.program_words()),
        "sum": config.accumulators,
        "layer": len(program.records),
        "line": math.prod(program.line),
    }
    weight_bits = program.weight_bits
    lanes = config.lanes * program.activation_bits
    return {
        "dataflow": _DATAFLOWS[config.dataflow],
        "lanes": config.lanes,
        "weight_lanes": config.weight_lanes,
        "activation_bits": program.activation_bits,
        "weight_bits": weight_bits,
        "narrowest": weight_bits >> max(program.packing),
        "sum_bits": program.sum_bits,
        "load_bits": max(64, -(-config.weight_lanes * weight_bits // 8) * 8),
        "word_bits": -(-lanes // 8) * 8,
        "chunk": config.chunk,
        "result_tile": {"weight": 1, "output": config.rows, "input": config.columns}[config.dataflow],
        "resident": int(config.resident),
        "line_width": program.line[0],
        "row_bits": address_bits(config.rows + 1),
        "place_bits": address_bits(config.columns),
        **{f"{name}_depth": depth for name, depth in depths.items()},
        **{f"{name}_address_bits": address_bits(depth) for name, depth in depths.items() if name != "layer"},
        "layer_bits": address_bits(depths["layer"]),
    }


@lru_cache
def _environment() -> Environment:
    """`[[ ]]` and `[% %]`, as Verilog has use for all kinds of braces."""
    return Environment(
        loader=PackageLoader("genrf.accel.export"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        autoescape=False,
    )
