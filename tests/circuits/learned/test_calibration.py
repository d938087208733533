"""The forward model that comes with genrf on designs that are no siblings of what it learnt from."""

import numpy as np
import pytest

pytest.importorskip("torch")
from experiments.model_gain.calibration import drawn, scored
from experiments.model_gain.ways import at_hand, bench
from genrf.circuits.learned.checkpoint import load


@pytest.mark.slow
@pytest.mark.ngspice
def test_the_shipped_model_knows_its_own_error_on_designs_drawn_for_specs():
    own = bench("generic130", load(at_hand("generic130")), ())
    found = scored(own, drawn(own, 4, 4))
    assert found.designs == 64
    for one in found.metrics:
        if one.metric in ("gain_db", "nf_db", "power_w"):
            # of a normal 0.954 lie within two sigma
            assert one.within_two >= 0.9 and one.relative_error < 0.1


@pytest.mark.slow
@pytest.mark.ngspice
def test_who_is_surer_than_it_may_be_is_found_out():
    trained = load(at_hand("generic130"))
    own = bench("generic130", trained, ())
    forward = trained.forward.forward

    def surer(*given):
        mean, spread = forward(*given)
        return mean, spread - 2 * np.log(4)  # a quarter of each standard deviation

    trained.forward.forward = surer
    assert min(one.within_two for one in scored(own, drawn(own, 4, 4)).metrics) < 0.9
