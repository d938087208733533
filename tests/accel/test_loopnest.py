"""The cost model: clock cycles against the RTL in simulation, area against yosys, and against arithmetic by hand."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.export.verilog import modules
from genrf.accel.export.yosys import synthesize
from genrf.accel.integer import Convolution, IntegerNetwork, Tensor
from genrf.accel.program import compile_program
from genrf.accel.simulate.cost import TAKING
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.loopnest import LoopNest
from genrf.accel.simulate.population import Population
from genrf.accel.simulate.roofline import Roofline
from genrf.api import parts
from tests.accel.rtl import machine, random_images, residual_network, simulated

LIBERTY = Path(os.environ.get("GENRF_LIBERTY", "../shared/liberty"))
TECHNOLOGY = parts("spec=digits_cnn").make_problem.keywords["estimator"].technology
icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not on PATH; apt install iverilog")


def estimated(network, *machines):
    weight = np.array([getattr(step, "weight_bits", 8) for step in network.steps])
    population = Population.of(machines, weight, 8, len(weight))
    return LoopNest(TECHNOLOGY).estimate(LayerTable.of_network(network), population)


@icarus
@pytest.mark.parametrize("dataflow", ["weight", "output", "input"])
@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (2, 4), (6, 3), (1, 1)])
def test_clock_cycles_are_those_of_the_rtl_to_the_last_one(rows, columns, dataflow, tmp_path):
    rng = np.random.default_rng(0)
    network, config = residual_network(rng), machine(rows, columns, dataflow)
    measured = simulated(network, config, tmp_path, random_images(rng, network, 2))
    predicted = estimated(network, config)
    assert list(measured["layers"].values()) == predicted.layer_cycles[0].tolist()
    assert measured["clock_cycles"] == predicted.cycles[0], "from the first word in to the last word out"


@icarus
@pytest.mark.parametrize("dataflow", ["weight", "output", "input"])
@pytest.mark.parametrize(("rows", "columns", "share"), [(3, 3, 0.35), (3, 3, 0.1), (2, 4, 0.1)])
def test_waiting_for_weights_is_that_of_the_rtl_within_one_percent(rows, columns, share, dataflow, tmp_path):
    rng = np.random.default_rng(0)
    network = residual_network(rng)
    config = machine(rows, columns, dataflow, resident=False, dram_bandwidth=rows * share * 200e6)
    results = simulated(network, config, tmp_path, random_images(rng, network, 2))
    predicted = estimated(network, config)
    assert results["stalls"] > 0
    for (name, measured), cycles in zip(results["layers"].items(), predicted.layer_cycles[0], strict=True):
        assert cycles == pytest.approx(measured, rel=0.01), name
    assert predicted.cycles[0] == pytest.approx(results["clock_cycles"], rel=0.01)


def single(k=8, c=4, size=6, filters=3):
    source, target = Tensor("x", (c, size, size), 8, False), Tensor("y", (k, size, size), 8, False)
    ones = np.ones(k, int)
    step = Convolution("conv", "x", target, np.ones((k, c, filters, filters), int), 8, ones, ones, ones, (1, 1), (1, 1))
    return IntegerNetwork(source, (step,))


def test_clock_cycles_of_one_layer_by_hand():
    """8 channels from 4 over 6 x 6 pixels with a 3 x 3 filter on a 4 x 4 array: 2 granules x 9 places x 36 pixels.

    Before them 4 clock cycles to load a tile and 11 for the record, after them 4 + 4 of the array and 5.
    """
    cost = estimated(single(), AcceleratorConfig(4, 4, "weight"))
    assert cost.layer_cycles[0, 0] == 11 + 4 + 2 * 9 * 36 + 4 + 4 + 5
    assert cost.utilization[0, 0] == pytest.approx(8 * 4 * 9 * 36 / 16 / 676)
    assert cost.cycles[0] == 676 + 36 + 2 * 72  # a word in for each pixel, two clock cycles for each of two words out


def test_a_machine_among_many_costs_what_it_costs_alone():
    network, rng = residual_network(np.random.default_rng(0)), np.random.default_rng(3)
    machines = [
        AcceleratorConfig(
            int(rows), int(rows * rng.choice([1, 2, 4])), dataflow, int(rng.integers(32, 99)),
            resident=bool(rng.integers(2)), dram_bandwidth=float(rng.uniform(1e8, 1e10)),
            weight_buffer=float(rng.integers(1000, 9000)), )
        for rows in (1, 2, 3, 8) for dataflow in ("weight", "output", "input")
    ]  # fmt: skip
    together = estimated(network, *machines)
    for place, own in enumerate(machines):
        alone = estimated(network, own)
        for name in ("layer_cycles", "layer_energy", "area", "spill", "dram_bytes"):
            assert np.array_equal(getattr(together, name)[place], getattr(alone, name)[0]), name


def test_more_bandwidth_never_costs_clock_cycles():
    network = residual_network(np.random.default_rng(0))
    slow, fast = (machine(4, 4, "weight", resident=False, dram_bandwidth=rate) for rate in (1e8, 1e9))
    cost = estimated(network, slow, fast)
    assert (cost.layer_cycles[0] >= cost.layer_cycles[1]).all() and cost.cycles[0] > cost.cycles[1]


def test_no_machine_is_faster_than_its_roofline():
    network = residual_network(np.random.default_rng(0))
    machines = [machine(n, m, flow) for n, m in ((1, 4), (4, 4), (8, 2)) for flow in ("weight", "output", "input")]
    cost = estimated(network, *machines)
    population = Population.of(machines, 8, 8, len(network.steps))
    bound = Roofline(TECHNOLOGY).estimate(LayerTable.of_network(network), population)
    assert (bound.compute_cycles <= cost.layer_cycles).all() and (bound.compute_cycles > 0).all()


def test_what_does_not_fit_is_said():
    small = AcceleratorConfig(4, 4, "weight", activation_buffer=100, weight_buffer=100)
    cost = estimated(single(), small)
    assert cost.spill[0] == (36 * 4 + 36 * 8 - 100) + (8 * 4 * 9 - 100)
    assert estimated(single(), AcceleratorConfig(4, 4, "weight")).spill[0] == 0


def test_energy_of_the_multiplications_is_the_tables():
    """Horowitz, ISSCC 2014: 0.2 pJ for 8 by 8 bits at 45 nm; x5.1 for 130 nm and 1.2 V."""
    t = TECHNOLOGY
    eight, four = (t.mac(np.array([b]), np.array([b]), np.array([0])) for b in (8, 4))
    assert eight[0] == pytest.approx(0.2e-12 * 5.1, rel=0.02) and four[0] == eight[0] / 4


def test_energy_is_told_by_the_parts_that_take_it():
    """By hand on a 4 x 4 array: multiplications and registers; 36 pixels of 4 channels come in and of 8 go out."""
    cost, t = estimated(single(), AcceleratorConfig(4, 4, "weight")), TECHNOLOGY
    taken = dict(zip(TAKING, cost.energies[0], strict=True))
    assert sum(taken.values()) == pytest.approx(cost.energy[0], rel=1e-12) and min(taken.values()) >= 0.0
    assert taken["memory outside"] == pytest.approx(36 * (4 + 8) * 8 * t.dram_energy)
    sums = 8 + 8 + 6 + 1  # bits: products of 8 by 8, 36 of them, and a sign
    macs = 8 * 4 * 9 * 36 * t.mac(np.array([8]), np.array([8]), np.array([sums]))[0]
    moved = 676 * 16 * (8 + 8 + sums) * t.register_energy
    assert taken["array and lanes"] == pytest.approx(macs + moved)
    assert taken["line buffer"] == 0.0, "nothing is pooled"


@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not on PATH; apt install yosys")
@pytest.mark.parametrize("dataflow", ["weight", "output", "input"])
@pytest.mark.parametrize(("activation", "weight", "sums"), [(8, 8, 24), (4, 4, 16), (8, 2, 20)])
def test_area_of_an_element_is_that_of_yosys_within_eight_percent(dataflow, activation, weight, sums):
    liberty = LIBERTY / "sg13g2_stdcell_typ_1p20V_25C.lib"
    if not liberty.is_file():
        pytest.skip(f"no {liberty}; set GENRF_LIBERTY to the folder of the liberty files")
    config = machine(4, 4, dataflow)
    text = modules(compile_program(single(), config))
    name = "pe_output" if dataflow == "output" else "pe_stationary"
    kept, streamed = (weight, activation + 1) if dataflow == "weight" else (activation + 1, weight)
    parameters = {"KEPT": kept, "STREAMED": streamed, "SUM": sums}
    if dataflow == "output":
        parameters = {"ACTIVATION": activation + 1, "WEIGHT": weight, "SUM": sums}
    measured = synthesize(text[name], name, liberty, parameters)
    predicted = TECHNOLOGY.element(Population.of([config], weight, activation), np.array([sums]))[0] * 1e12
    assert predicted == pytest.approx(measured.area_um2, rel=0.08)
    assert 1e-9 < measured.delay < 10e-9


def test_area_of_a_memory_is_that_of_the_foundrys_macro():
    """IHP's two-port macros: RM_IHPSG13_2P_1024x32 has 264167 um2, 1024x16 has 155154, 256x32 has 96267."""
    for bits, area in ((1024 * 32, 264167), (1024 * 16, 155154), (256 * 32, 96267)):
        assert TECHNOLOGY.memory(np.array([bits / 8]))[0] * 1e12 == pytest.approx(area, rel=0.03)
