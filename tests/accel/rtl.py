"""Networks of integers for the RTL's tests, and a run of the exported bench as a hardware engineer would start it."""

import json
import shutil
import subprocess

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.export.cocotb import write_bench
from genrf.accel.export.simulation import environment, fastest
from genrf.accel.export.verilog import write_modules
from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Pooling, Tensor
from genrf.accel.program import compile_program


def convolution(rng, name, source, target, filters=3, stride=1, padding=1, bits=8, groups=1, dilation=1, pool=1):
    """A convolution with random weights whose results fill the range of `target` and saturate now and then."""
    channels, outputs = source.shape[0], target.shape[0]
    shape = (outputs, channels // groups, filters, filters)
    weight = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), shape)
    spread = 2.0 ** (bits - 2) * source.high / 2 * np.sqrt(weight[0].size)
    shift = max(0, int(16 + np.log2(spread / target.high)))
    return Convolution(
        name, source.name, target, weight, bits, rng.integers(-1000, 1000, outputs),
        rng.integers(2**15, 2**16, outputs), np.full(outputs, shift), (stride, stride), (padding, padding), (dilation,
        dilation), groups, (pool, pool), )  # fmt: skip


def residual_network(rng):
    """Everything that the RTL can do, in seven layers: mixed weights of 8, 4 and 2 bits, pooling, addition."""
    x = Tensor("x", (3, 8, 8), 8, True)
    a, b = Tensor("a", (10, 4, 4), 8, False), Tensor("b", (10, 3, 3), 8, False)
    c, d, e = (Tensor(name, (12, 3, 3), 8, False) for name in "cde")
    f, g = Tensor("f", (12, 1, 1), 8, False), Tensor("g", (7, 1, 1), 8, True)
    return IntegerNetwork(
        x,
        (
            convolution(rng, "conv1", x, a, pool=2),
            Pooling("pool", "a", b, "max", (2, 2), (1, 1)),
            convolution(rng, "conv2", b, c, bits=4),
            convolution(rng, "conv3", c, d, filters=1, padding=0, bits=2),
            Addition("add", ("c", "d"), e, (30000, 40000), 16),
            Pooling("average", "e", f, "sum", (3, 3), (3, 3), (0, 0), 40000, 18),
            convolution(rng, "fc", f, g, filters=1, padding=0),
        ),
    )


def random_images(rng, network, count):
    """Integers over the whole range of the network's input."""
    source = network.source
    return rng.integers(source.low, source.high + 1, (count, *source.shape))


def written(network, config, folder, images, predicted=None):
    """The RTL in `folder/rtl` and its bench in `folder/bench`."""
    program = compile_program(network, config)
    write_modules(program, folder / "rtl")
    cycles = predicted or {step.name: 1000 for step in network.steps}
    write_bench(program, images, cycles, sum(cycles.values()), folder / "bench")
    return program


def run_bench(folder, **settings):
    """`make` in the bench: whether it passed, its results, and what it said."""
    results = folder / "bench" / "results.json"
    results.unlink(missing_ok=True)
    shutil.rmtree(folder / "bench" / "sim_build", ignore_errors=True)
    chosen = {**fastest(), **settings} if settings.get("SIM") == "verilator" else settings
    arguments = [f"{name}={value}" for name, value in chosen.items()]
    done = subprocess.run(
        ["make", *arguments],
        cwd=folder / "bench", env=environment(), capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    found = json.loads(results.read_text()) if results.is_file() else {}
    return done.returncode == 0, found, done.stdout + done.stderr


def simulated(network, config, folder, images, **settings):
    """The results of the bench for `network` on `config`; fails the test when the bench does."""
    written(network, config, folder, images)
    passed, results, said = run_bench(folder, **settings)
    assert passed, said[-3000:]
    return results


def machine(rows, columns, dataflow, **more):
    """An accelerator with small accumulators, so that pixels come in more than one chunk."""
    return AcceleratorConfig(rows, columns, dataflow, **{"accumulators": 16, **more})
