"""Cascades against Friis' own formula, worked examples by hand, and the least power of Baltus and Dekker."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from genrf.circuits.cascade import LINEAR, Stage, allotted, levels, parts, ratio
from genrf.core.errors import ConfigError


def test_noise_of_an_amplifier_before_a_lossy_mixer_by_hand():
    """F = 1.5849 + (10 - 1) / 31.62 + (3.1623 - 1) / 7.943: 2.78 dB, as two lines of Friis' equation 10."""
    stages = [Stage("lna", 15.0, 1.0, nf_db=2.0, iip3_dbm=-5.0), Stage("mixer", -6.0, 1.0, nf_db=10.0, iip3_dbm=10.0),
              Stage("if", 20.0, 1.0, nf_db=5.0, iip3_dbm=20.0)]  # fmt: skip
    whole = levels(stages)[-1]
    assert whole.nf_db == pytest.approx(10 * math.log10(1.58489 + 9.0 / 31.6228 + 2.16228 / 7.94328), abs=1e-4)
    assert whole.gain_db == pytest.approx(29.0)
    # 1/IIP3 = 1/0.3162 + 31.62/10 + 7.943/100 in 1/mW
    assert whole.iip3_dbm == pytest.approx(-10 * math.log10(1 / 0.316228 + 31.6228 / 10 + 7.94328 / 100), abs=1e-4)


def test_loss_before_everything_adds_its_decibels_to_the_noise_figure():
    one = levels([Stage("lna", 15.0, 1.0, nf_db=2.0, iip3_dbm=-5.0)])[-1]
    two = levels([Stage("pad", -3.0, nf_db=3.0), Stage("lna", 15.0, 1.0, nf_db=2.0, iip3_dbm=-5.0)])
    assert two[-1].nf_db == pytest.approx(one.nf_db + 3.0)
    assert two[-1].iip3_dbm == pytest.approx(one.iip3_dbm + 3.0)
    assert two[0].iip3_dbm == LINEAR


PLAN = [Stage("filter", -2.0), Stage("lna", 16.0, 1.0), Stage("mixer", -3.0, 4.0), Stage("channel", -1.0)]


def test_the_image_doubles_the_noise_of_all_that_comes_before_the_mixer():
    """F = 2 F1 + (F_ssb - 2) / G, for an amplifier that amplifies the image as the signal (Razavi, section 6.1.1)."""
    lna = Stage("lna", 15.0, 1.0, nf_db=2.0, iip3_dbm=-5.0)
    mixer = Stage("mixer", -6.0, 1.0, nf_db=10.0, iip3_dbm=10.0, image_db=0.0)
    whole = levels([lna, mixer])[-1]
    assert ratio(whole.nf_db) == pytest.approx(2 * ratio(2.0) + (10.0 - 2.0) / ratio(15.0))
    assert 1.0 + sum(parts([lna, mixer])) + 1.0 == pytest.approx(ratio(whole.nf_db))  # the source's own image is one
    assert levels([lna, replace(mixer, image_db=-300.0)])[-1].nf_db == pytest.approx(
        10 * math.log10(ratio(2.0) + 8.0 / ratio(15.0))
    )


@pytest.mark.parametrize("image_db", [-math.inf, -10.0, 0.0])
@pytest.mark.parametrize(("nf_db", "iip3_dbm"), [(7.0, -15.0), (9.0, -5.0)])
def test_the_budget_comes_back_as_the_whole(nf_db, iip3_dbm, image_db):
    plan = [replace(stage, image_db=image_db) if stage.name == "mixer" else stage for stage in PLAN]
    whole = levels(allotted(plan, nf_db, iip3_dbm, "mine"))[-1]
    assert whole.nf_db == pytest.approx(nf_db)
    assert whole.iip3_dbm == pytest.approx(iip3_dbm)


def test_passive_stages_have_the_noise_of_their_loss_and_no_intercept():
    passive = allotted(PLAN, 6.0, -15.0, "mine")[0]
    assert passive.nf_db == pytest.approx(2.0) and passive.iip3_dbm == LINEAR


def test_no_other_allotment_takes_less_power():
    """A general optimizer over all n_i and d_i, with the power sum of c / (n d), ends at the closed form."""
    shares = np.array([1.0, 4.0, 0.3])
    stages = [Stage(str(place), 10.0, share) for place, share in enumerate(shares)]
    gains = 10.0 ** np.arange(3)
    found = allotted(stages, 5.0, -10.0, "mine")
    n = np.array([(ratio(s.nf_db) - 1) / g for s, g in zip(found, gains, strict=True)])
    d = np.array([g / ratio(s.iip3_dbm) for s, g in zip(found, gains, strict=True)])
    totals = n.sum(), d.sum()
    assert totals == pytest.approx((ratio(5.0) - 1, ratio(10.0)))

    def power(x):
        parts = np.exp(x).reshape(2, 3)
        parts /= parts.sum(axis=1, keepdims=True)
        return float(np.sum(shares / (parts[0] * totals[0] * parts[1] * totals[1])))

    best = minimize(
        power, np.zeros(6), method="Nelder-Mead", options={"maxiter": 20000, "xatol": 1e-10, "fatol": 1e-12}
    )
    assert float(np.sum(shares / (n * d))) == pytest.approx(best.fun, rel=1e-6)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (
            [Stage("filter", -7.0), Stage("lna", 16.0, 1.0)],
            "mine: losses and image alone have a noise figure of 7.00 dB, of 6",
        ),
        ([Stage("filter", -1.0)], "mine: no stage has a share of noise and distortion"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(stages, message):
    with pytest.raises(ConfigError, match=message):
        allotted(stages, 6.0, -15.0, "mine")
