"""The op-amp's bench on amplifiers of ideal elements with closed forms, and the library's circuits in it."""

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.measure import metrics
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.op_amp import OpAmpBench
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.circuits.simulate.ngspice_batch import NgSpiceBatchEngine
from genrf.core.errors import ConfigError
from genrf.pipeline.run import design

pytestmark = pytest.mark.ngspice
CONDITIONS = {
    "family": "op_amp", "band": [1, "1G"], "common_mode": 0.5, "load": "1p", "noise_at": "1k", "step": 0.2,
    "duration": "10u",
}  # fmt: skip
BENCH = OpAmpBench.read(CONDITIONS, "test")
A0, ACM, AS = 2000.0, 0.5, 4.0  # gain, common-mode gain, gain from the supply


def ideal():
    """v = A0 (inp - inn) + ACM (inp + inn) / 2 + AS vdd, one pole at 5 kHz, 1 kohm at the output."""
    return Netlist(
        (
            Element("g1", ("0", "x", "inp", "inn"), A0 * 1e-3),
            Element("g2", ("0", "x", "inp", "0"), ACM / 2 * 1e-3),
            Element("g3", ("0", "x", "inn", "0"), ACM / 2 * 1e-3),
            Element("g4", ("0", "x", "vdd", "0"), AS * 1e-3),
            Element("rx", ("x", "0"), 1e3, flags="noisy=0"),
            Element("cx", ("x", "0"), 1 / (2 * np.pi * 5e3 * 1e3)),
            Element("ex", ("y", "0", "x", "0"), 1.0),
            Element("ry", ("y", "out"), 1e3),
            Element("rdd", ("vdd", "0"), 1e4),
        )
    )


def measured(engine):
    testbench = BENCH.strict().testbench(ideal(), 1.0, {}, 27.0)
    return metrics(engine.simulate(testbench), BENCH.strict().measures)


@pytest.mark.parametrize("engine", [NgSpiceEngine(), NgSpiceBatchEngine(60.0)])
def test_gains_of_the_open_amplifier_come_from_the_closed_loop(engine):
    found = measured(engine)
    loop = A0 - ACM / 2  # what returns to inn
    assert found["dc_gain_db"] == pytest.approx(20 * np.log10(loop), abs=1e-3)
    assert found["cmrr_db"] == pytest.approx(20 * np.log10(A0 / ACM), abs=0.01)
    assert found["psrr_db"] == pytest.approx(20 * np.log10(A0 / AS), abs=1e-3)
    assert found["gbw_hz"] == pytest.approx(5e3 * loop, rel=2e-3)
    assert found["phase_margin_deg"] == pytest.approx(90.0, abs=5.0)  # 1 kohm on 1 pF: 160 MHz
    assert found["power_w"] == pytest.approx(1e-4)
    offset = (A0 * 0.5 + ACM * 0.25 + AS) / (1 + A0 - ACM / 2) - 0.5  # (1 + A0 - ACM/2) out = (A0 + ACM/2) inp + AS
    assert found["offset_v"] == pytest.approx(abs(offset), rel=1e-6)


def test_noise_of_the_output_resistor_is_referred_to_the_input():
    """4kTR of 1 kohm at 300.15 K, divided by the gain to its place: the loop divides it by 1 + T and H is about one."""
    density = np.sqrt(4 * 1.380649e-23 * 300.15 * 1e3) / A0
    assert measured(NgSpiceEngine())["noise_v_rthz"] == pytest.approx(density, rel=0.03)  # 1 kHz is near the pole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"load": None}, "condition 'load' is missing, for example `load: 2p`"),
        ({"step": 0}, "step must be above 0, got 0"),
        ({"band": [10, 1]}, r"band must rise from above 0, got 10 to 1 Hz \(swapped"),
        ({"loads": "1p"}, "unknown condition 'loads'; did you mean 'load'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        OpAmpBench.read({**CONDITIONS, **change}, "test")


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["ota_two_stage", "ota_folded_cascode"])
def test_a_small_search_finds_designs_that_keep_every_limit(spec, tmp_path):
    made = parts(f"spec={spec}", "budget=500", "samples=300", "front=8", "designs=1", "cache=none")
    outcome = design(made, tmp_path)
    assert outcome.front and all(row.feasible for row in outcome.front)
    assert all(check.passed for check in outcome.checks)
