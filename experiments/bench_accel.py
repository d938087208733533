"""`make bench`, the second half: machines that the cost model takes in a second, against SCALE-Sim's pace."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from experiments.ratio import Ratio
from experiments.scalesim import simulated
from experiments.zigzag_model import analysed
from genrf.accel.export.simulation import fastest, run_bench
from genrf.accel.exported import profile
from genrf.accel.networks import resnet18
from genrf.accel.simulate.estimator import PerformanceEstimator
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.api import parts
from genrf.core.problem import Design
from genrf.pipeline.run import problems_of

_COUNT = 2000  # machines in one call: what fits the processor's cache


def benchmarks() -> Iterator[Ratio]:
    """The cost model's pace, alone and against SCALE-Sim's on layers that both count."""
    found = profile(resnet18().eval(), (1, 3, 224, 224))
    estimator = parts("spec=digits_cnn").make_problem.keywords["estimator"]
    seconds = _seconds(estimator, LayerTable.of_profile(found))
    yield Ratio("loopnest_machines_per_second", 1 / seconds / 50_000, 1 / seconds, 50_000, "machines/s of ResNet-18", 9)
    yield whole_images()
    chosen = [found[name] for name in ("conv2d_7", "conv2d_12", "linear")]
    own = LayerTable.of_profile(replace(found, layers=tuple(chosen)))
    for tool, count in {"scalesim": lambda loops: simulated(loops, 32, 32, "weight"), "zigzag": analysed}.items():
        if find_spec(tool) is None:
            print(f"{tool}: not installed; pip install genrf[bench]")
            continue
        theirs = sum(count(layer.loops[0])[1] for layer in chosen)
        ours = _seconds(estimator, own)
        yield Ratio(f"loopnest_against_{tool}", theirs / ours, ours, theirs, "s a machine, three small layers", 1)


def whole_images() -> Ratio:
    """A hundred test images through the RTL of a 4 x 4 machine: the share of them whose every bit is right."""
    made = parts("spec=digits_cnn")
    problem = problems_of(made, np.random.default_rng(0))[0]
    values = {variable.name: variable.decode(1.0) for variable in problem.structure.space.variables}
    values |= {"rows": 4.0, "columns": 4.0}
    with tempfile.TemporaryDirectory() as folder:
        made.exporters["cocotb"].export(Design("bench", problem, values, {}), Path(folder))
        results = run_bench(Path(folder) / "bench", 100, **fastest())
    right = results["images"] if not results["wrong"] else 0
    return Ratio("rtl_images_bit_equal", right / 100, right, 100, "images of the digits' test", 1)


def _seconds(estimator: PerformanceEstimator, layers: LayerTable) -> float:
    """Processor time of one machine in a population, the median of nine calls."""
    machines = _population(len(layers.names))
    estimator.estimate(layers, machines)
    taken = []
    for _ in range(9):
        begin = time.process_time()
        estimator.estimate(layers, machines)
        taken.append((time.process_time() - begin) / _COUNT)
    return float(np.median(taken))


def _population(layers: int) -> Population:
    rng, n = np.random.default_rng(0), _COUNT
    return Population(
        rows=rng.choice([8, 16, 32, 64], n), columns=rng.choice([8, 16, 32, 64], n), dataflow=rng.integers(0, 3, n),
        accumulators=rng.choice([64, 128, 256], n), activation_buffer=rng.choice([64e3, 256e3], n),
        weight_buffer=rng.choice([64e3, 256e3], n), dram_bandwidth=rng.uniform(1e9, 1e10, n), clock=np.full(n, 5e8),
        resident=rng.integers(0, 2, n).astype(bool), weight_bits=rng.choice([2, 4, 8], (n, layers)),
        activation_bits=rng.choice([4, 8], (n, layers)),
    )  # fmt: skip
