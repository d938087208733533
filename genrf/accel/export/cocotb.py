"""The bench beside the RTL: golden model, drivers, monitor and checker, with a Makefile that needs no genrf."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np

from genrf.accel import integer
from genrf.accel.export.simulation import require_simulator, run_bench
from genrf.accel.export.verilog import title, write_modules
from genrf.accel.problem import CodesignProblem
from genrf.accel.program import Program
from genrf.core.errors import GenrfError
from genrf.core.problem import AbstractExporter, Check, Design, Panel

_CYCLES = 0.01  # of a layer and of all, between the RTL and the loop nest
_WHOLE = "all, with input and output"
_FILES = ("Makefile", "test_accelerator.py", "activity.sv")


@dataclass(frozen=True)
class Cocotb(AbstractExporter):
    """`bench/`: drivers, monitor, golden model and checker, with the first `images` of the test; and the RTL in `rtl/`.

    The check runs `checked` images through the RTL: every output bit must be the golden model's, and the clock cycles
    of every layer those that the loop nest predicts, within 1 %, and of the whole where it does not wait for weights.
    """

    writes = (CodesignProblem,)

    images: int
    checked: int

    def require(self) -> None:
        require_simulator()

    def export(self, design: Design, folder: Path) -> list[Path]:
        problem = design.problem
        assert isinstance(problem, CodesignProblem)
        program = problem.program(design.values)
        write_modules(program, folder / "rtl", title(design))
        images = problem.workload.test_images(program.network, self.images)
        cost = problem.cost(design.values)
        cycles = dict(zip(problem.layers.names, cost.layer_cycles[0].tolist(), strict=True))
        return write_bench(program, images, cycles, int(cost.cycles[0]), folder / "bench")

    def tools(self) -> Mapping[str, str]:
        return {"cocotb": metadata.version("cocotb")}

    def check(self, paths: Sequence[Path], design: Design) -> list[Check]:
        try:
            results = run_bench(paths[0].parent, self.checked)
        except GenrfError as error:
            return [Check("cocotb bits", False, str(error))]
        predicted = results["predicted"]
        off = {name: count / predicted[name] - 1 for name, count in results["layers"].items()}
        if not results["stalls"]:  # else the first inference waits longer for its weights than those after it
            off[_WHOLE] = results["clock_cycles"] / results["predicted_clock_cycles"] - 1
        worst = max(off, key=lambda name: abs(off[name]))
        bits = f"{_counted(results['images'])} through the RTL, every output bit equal to the golden model's"
        return [
            Check("cocotb bits", True, bits),
            Check(
                "cocotb clock cycles",
                abs(off[worst]) <= _CYCLES,
                f"{worst} differs most from the model, {off[worst]:+.2%}",
            ),
        ]

    def panels(self, paths: Sequence[Path], design: Design) -> list[Panel]:
        results = paths[0].parent / "results.json"
        return [_summary(json.loads(results.read_text()))] if results.is_file() else []


def _summary(results: Mapping[str, Any]) -> Panel:
    """What the simulation said, layer by layer."""
    layers, predicted = results["layers"], results["predicted"]
    cells = {
        "layer": [*layers, _WHOLE],
        "clock cycles of the RTL": [f"{count:,}" for count in (*layers.values(), results["clock_cycles"])],
        "predicted": [*(f"{predicted[name]:,.0f}" for name in layers), f"{results['predicted_clock_cycles']:,}"],
    }
    said = (
        f"{_counted(results['images'])} of the test through the RTL in simulation, against the golden model bit by "
        f"bit: {results['wrong']} wrong words; {results['stalls']:,} clock cycles of waiting for weights."
    )
    return Panel.table("Verification of the RTL", cells, said)


def _counted(images: int) -> str:
    return f"{images:,} image{'s' if images != 1 else ''}"


def write_bench(
    program: Program, images: np.ndarray, predicted: Mapping[str, int], whole: int, folder: Path
) -> list[Path]:
    """Write the bench for `images`, integers [image, channel, row, column], into `folder`; `predicted` has the clock
    cycles of each layer, `whole` those of an inference with its input and output.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bench = resources.files("genrf.accel.export").joinpath("bench")
    for name in _FILES:
        (folder / name).write_text(bench.joinpath(name).read_text(encoding="utf-8"))
    shutil.copyfile(str(integer.__file__), folder / "golden.py")
    np.save(folder / "images.npy", images, allow_pickle=False)
    (folder / "setting.json").write_text(json.dumps(setting(program, predicted, whole)) + "\n")
    named = [folder / name for name in (*_FILES, "golden.py", "images.npy", "setting.json")]
    return [*named, *integer.save(program.network, folder)]


def setting(program: Program, predicted: Mapping[str, int], whole: int) -> Mapping[str, object]:
    """What the bench needs to know of the machine."""
    config = program.config
    return {
        "lanes": config.lanes,
        "activation_bits": program.activation_bits,
        "resident": config.resident,
        "layers": [step.name for step in program.network.steps],
        "predicted": dict(predicted),
        "clock_cycles": whole,
        "program": program.program_words(),
        "parameters": program.parameter_words(),
        "weights": program.weight_words(),
        "weight_interval": weight_interval(program),
    }


def weight_interval(program: Program) -> float:
    """Clock cycles between two words of weights at the machine's DRAM bandwidth."""
    config = program.config
    return max(1.0, config.weight_lanes * program.weight_bits / 8 * config.clock / config.dram_bandwidth)


def pixels(program: Program, words: Sequence[int]) -> np.ndarray:
    """The result's values that `words` of the output stream hold."""
    return program.unpack(program.network.result, list(words))
