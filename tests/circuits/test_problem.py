"""What measuring one design of a circuit gives, also when the simulator lets it down."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from genrf.circuits.measure import MEASURES
from genrf.circuits.simulate.engine import NoConvergence, SPICEEngine
from tests.circuits.process import LIBRARY, draw, problem

pytestmark = pytest.mark.ngspice
SIZING = problem("lna_cascode")
VALUES = draw(SIZING.structure.space, 1)[0]


@dataclass(frozen=True)
class Failing(SPICEEngine):
    """An engine that gives up, or gives waveforms with a hole in them."""

    hole: bool

    def require(self):
        pass

    def version(self):
        return "none 0"

    def simulate(self, testbench):
        if not self.hole:
            raise NoConvergence("sp: no convergence in 100 iterations")
        waveforms = {name: dict(vectors) for name, vectors in SIZING.engine.simulate(testbench).items()}
        waveforms["noise"]["inoise_spectrum"] = np.full(3, np.nan)
        return waveforms


def test_every_metric_is_measured_and_finite():
    measured = SIZING.measure(VALUES)
    assert measured.status == "ok" and set(measured.metrics) == set(MEASURES) < set(SIZING.metrics)
    assert all(np.isfinite(value) for value in measured.metrics.values())


def test_a_design_that_does_not_converge_has_a_status_and_a_reason():
    measured = replace(SIZING, engine=Failing(hole=False)).measure(VALUES)
    assert (measured.status, measured.message) == ("no_convergence", "sp: no convergence in 100 iterations")
    assert not measured.metrics


def test_nan_never_leaves_the_problem():
    measured = replace(SIZING, engine=Failing(hole=True)).measure(VALUES)
    assert measured.status == "invalid" and "nf_db is nan" in measured.message and not measured.metrics


def test_each_corner_is_another_bench():
    nominal = SIZING.measure(VALUES).metrics
    for corner in SIZING.corners:
        measured = SIZING.measure(VALUES, corner)
        assert measured.status == "ok" and measured.metrics != nominal
    hot = SIZING.testbench(VALUES, "ss_hot")
    assert hot.temperature == 85.0
    assert [e.value for e in hot.netlist.elements if e.name == "vsupply"] == [pytest.approx(1.08)]


def test_a_mirror_keeps_the_current_over_corners():
    """Bias by a fixed voltage would swing by a factor; the mirror holds it within a fifth."""
    power = {corner: SIZING.measure(VALUES, corner).metrics["power_w"] for corner in ("", "ff", "ss", "fs", "sf")}
    assert all(abs(value / power[""] - 1) < 0.2 for value in power.values())


def test_random_designs_of_every_topology_can_be_measured():
    for name in LIBRARY:
        sizing = problem(name)
        statuses = [sizing.measure(values).status for values in draw(sizing.structure.space, 40)]
        assert statuses.count("ok") >= 38
