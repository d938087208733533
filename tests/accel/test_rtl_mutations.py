"""The bench must be able to fail: each way of breaking the RTL here is caught by it."""

import shutil

import numpy as np
import pytest

from genrf.accel.integer import IntegerNetwork, Pooling, Tensor
from tests.accel.rtl import convolution, machine, random_images, residual_network, run_bench, written

pytestmark = [
    pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not on PATH; apt install iverilog"),
    pytest.mark.slow,
]

# module, what it says, what it is made to say
ANY = [
    ("requantize", "(rounded > high_wide) ? high", "(rounded > high_wide) ? low"),
    ("requantize", "rounded < low_wide", "rounded <= low_wide && 1'b0"),
    ("requantize", "shift_held2     <= shift_held", "shift_held2     <= shift"),
    ("vector_lane", "(term > total) ? term : total", "(term > total) ? total : term"),
    ("vector_lane", "total <= total + term", "total <= term"),
    ("activation_iterator", "x < width && y < height", "x <= width && y < height"),
    ("activation_iterator", "x < width && y < height", "x < width"),
    ("activation_iterator", "left <= left - most", "left <= left - most - 16'd1"),
    ("activation_iterator", "wrap ? step_y : step_x", "step_x"),
    ("activation_iterator", "offset_y <= offset_y + filter_step_y", "offset_y <= offset_y"),
    ("activation_iterator", "granule_offset <= granule_offset + granule_step", "granule_offset <= granule_offset"),
    ("weight_iterator", "pointer <= granule_pointer;", "pointer <= pointer + 16'd1;"),
    ("weight_iterator", "base + (pointer >> packing)", "base + pointer"),
    ("weight_buffer", "slice_held[0] ? packed_word[(LANES+lane)", "!slice_held[0] ? packed_word[(LANES+lane)"),
    ("weight_buffer", "{{(WIDTH-WIDTH/2){half[WIDTH/2-1]}}, half}", "{{(WIDTH-WIDTH/2){1'b0}}, half}"),
    ("writer", "valid && pixel + item < pixels", "valid && pixel + item + 1 < pixels"),
    ("writer", "edge_x ? offset + pixel_step : offset", "edge_x ? offset + 16'd1 : offset"),
    ("writer", "last_x && !edge_y ? row_offset", "last_x && edge_y ? row_offset"),
    ("writer", "edge_x ? column + 16'd1", "edge_y ? column + 16'd1"),
    ("writer", "first = in_x == 4'd0 && in_y == 4'd0", "first = in_x == 4'd0"),
    ("writer", "last = edge_x && edge_y", "last = edge_x && !edge_y"),
    ("pooling", "again ? written : line", "line"),
    ("pooling", "!begins && better ? best : now", "better ? best : now"),
    ("pooling", "{negative & best[WIDTH-1], best}", "{best[WIDTH-1], best}"),
    ("pooling", "held_place <= place", "held_place <= place + 1'b1"),
    ("controller", "layer + 16'd1 == layers ? OUTPUT", "layer == layers ? OUTPUT"),
    ("controller", "WORDS[3:0]) state <= PREPARE", "WORDS[3:0] - 1) state <= PREPARE"),
    ("memory", "if (write) cells", "if (!write) cells"),
    ("accelerator", "value[ACTIVATION-1] & ~unsigned_in", "value[ACTIVATION-1]"),
    ("accelerator", "(vector_first || !parameter_row[16])", "(vector_first || parameter_row[16])"),
    ("registers", "6'd2: layers <= wdata[15:0]", "6'd3: layers <= wdata[15:0]"),
]
STATIONARY = [
    ("pe_stationary", "swap_in ? waiting : working", "working"),
    ("pe_stationary", "sum_out  <= sum_in +", "sum_out  <= sum_in -"),
    ("pe_stationary", "item_out <= item_in", "item_out <= item_out"),
    ("array_stationary", "now << 1", "now"),
    ("skew", "LANES - 1 - lane : lane", "LANES - lane : lane"),
    ("accelerator", "sum_first ? {SUM{1'b0}}", "!sum_first ? {SUM{1'b0}}"),
    ("accelerator", "sum_valid && sum_last", "sum_valid"),
]
OUTPUT = [
    ("pe_output", "(first_in ? {SUM{1'b0}} : sum)", "sum"),
    ("pe_output", "if (last_in) result <= total", "if (last_in) result <= sum"),
    ("array_output", "row == r[RBITS-1:0]", "row == r[RBITS-1:0] + 1"),
    ("array_output", "if (leaving) left <= ROWS[RBITS-1:0]", "if (leaving) left <= ROWS[RBITS-1:0] - 1'b1"),
    ("accelerator", "sums_parameters = leaving ? tile_parameters", "sums_parameters = leaving ? leaving_parameters"),
]
INPUT = [
    ("transpose", "filling  <= ~filling", "filling  <= filling"),
    ("transpose", "pixels[emptied*WIDTH +: WIDTH]", "pixels[0 +: WIDTH]"),
    ("writer", "place <= tile_place", "place <= place"),
    ("accelerator", "window_column + placed_group *", "window_column + 16'd0 *"),
    ("weight_iterator", "last_column && parameter_step != 16'd1 ? group + 16'd1", "last_column ? group"),
]
STREAMED = [
    ("weight_iterator", "bank <= ~bank", "bank <= bank"),
    ("weight_buffer", "full[bank] <= 1'b0", "full[bank] <= 1'b1"),
    ("controller", "fresh && !bank_full[weight_bank]", "1'b0"),
]
DELICATE = [
    ("requantize", "<= sum + bias", "<= sum - bias"),
    ("requantize", "- one + odd", "- one"),
    ("requantize", "- one + odd", "+ odd"),
    ("vector_lane", "interior ? in : maximum ? least : {IN{1'b0}}", "in"),
    ("vector_lane", "maximum ? least : {IN{1'b0}}", "{IN{1'b0}}"),
    ("weight_iterator", "(pointer + 16'd1 + mask) & ~mask", "pointer + 16'd1"),
]
CASES = [
    *((*mutation, "weight") for mutation in (*ANY, *STATIONARY)),
    *((*mutation, "output") for mutation in OUTPUT),
    *((*mutation, "input") for mutation in INPUT),
    *((*mutation, "streamed") for mutation in STREAMED),
    *((*mutation, "delicate") for mutation in DELICATE),
]


def delicate_network(rng):
    """Ties in rounding with a bias, negative values at the edge of a maximum, and granules that fill no whole word."""
    x, a = Tensor("x", (3, 5, 5), 8, True), Tensor("a", (3, 5, 5), 8, True)
    halves = convolution(rng, "halves", x, a, filters=1, padding=0)
    halves.weight[:], halves.bias[:] = np.eye(3, dtype=int)[:, :, None, None], 7
    halves.multiplier[:], halves.shift[:] = 2**15, 16
    b, c = Tensor("b", (3, 3, 3), 8, True), Tensor("c", (7, 3, 3), 8, True)
    pool = Pooling("pool", "a", b, "max", (3, 3), (2, 2), (1, 1))
    return IntegerNetwork(x, (halves, pool, convolution(rng, "narrow", b, c, bits=2)))


def bench(folder, kind):
    """Few accumulators: pixels in several chunks. Slow weights: the array has to wait for them."""
    rng = np.random.default_rng(11)
    network = delicate_network(rng) if kind == "delicate" else residual_network(rng)
    dataflow, size = ("weight", 4) if kind == "streamed" else ("weight", 3) if kind == "delicate" else (kind, 4)
    config = machine(size, size, dataflow, accumulators=12, resident=kind != "streamed", dram_bandwidth=4e7)
    images = random_images(rng, network, 2)
    if kind == "delicate":
        images = -np.abs(images)  # the maximum over the edge is below zero
    written(network, config, folder, images, dict.fromkeys((step.name for step in network.steps), 300))


@pytest.mark.parametrize("kind", ["weight", "output", "input", "streamed", "delicate"])
def test_the_bench_passes_what_is_whole(kind, tmp_path):
    bench(tmp_path, kind)
    passed, results, said = run_bench(tmp_path)
    assert passed and results["wrong"] == 0, said[-2000:]


@pytest.mark.parametrize(("module", "old", "new", "kind"), CASES)
def test_the_bench_catches(module, old, new, kind, tmp_path):
    bench(tmp_path, kind)
    path = tmp_path / "rtl" / f"{module}.sv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    passed, results, said = run_bench(tmp_path)
    assert "syntax error" not in said
    assert not passed and results.get("wrong", 1) > 0
