"""The bench beside the RTL: golden model, drivers, monitor and checker, with a Makefile that needs no genrf."""

import json
import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from genrf.accel import integer
from genrf.accel.program import Program

_FILES = ("Makefile", "test_accelerator.py")


def write_bench(program: Program, images: np.ndarray, predicted: Mapping[str, int], folder: Path) -> list[Path]:
    """Write the bench for `images`, integers [image, channel, row, column], into `folder`; `predicted` has the clock
    cycles of each layer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bench = resources.files("genrf.accel.export").joinpath("bench")
    for name in _FILES:
        (folder / name).write_text(bench.joinpath(name).read_text(encoding="utf-8"))
    shutil.copyfile(str(integer.__file__), folder / "golden.py")
    np.save(folder / "images.npy", images, allow_pickle=False)
    (folder / "setting.json").write_text(json.dumps(setting(program, predicted)) + "\n")
    named = [folder / name for name in (*_FILES, "golden.py", "images.npy", "setting.json")]
    return [*named, *integer.save(program.network, folder)]


def setting(program: Program, predicted: Mapping[str, int]) -> Mapping[str, object]:
    """What the bench needs to know of the machine."""
    config = program.config
    return {
        "lanes": config.lanes,
        "activation_bits": program.activation_bits,
        "resident": config.resident,
        "layers": [step.name for step in program.network.steps],
        "predicted": dict(predicted),
        "clock_cycles": int(sum(predicted.values())),
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
