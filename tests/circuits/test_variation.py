"""Statistics of dies: spreads as the process states them, and the same dies for the same seed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from genrf.circuits.variation import Die
from genrf.core.errors import ConfigError
from genrf.pipeline.montecarlo import MonteCarloAnalysis
from tests.circuits.pdk import ROOT, needs_pdk
from tests.circuits.pdk import technology as foundry
from tests.circuits.process import problem, technology

DIES = 2000
SPREAD = 4 / math.sqrt(2 * DIES)  # four standard deviations of a standard deviation
NETS = {"d": "d", "g": "g", "s": "0", "b": "0"}


def parameter(kind, drawn, key, process):
    """One instance parameter of a transistor over many dies."""
    found = []
    for number in range(DIES):
        (element,) = (
            e
            for e in process.drawn(Die(3, number)).devices[kind].elements("1", NETS, drawn)
            if e.name.startswith("m") and not e.name.startswith(".")
        )
        found.append(element.parameters[key])
    return np.array(found)


def test_deviates_are_standard_normal_and_independent():
    one = [Die(1, number)("m1.vth0") for number in range(5000)]
    two = [Die(1, number)("m2.vth0") for number in range(5000)]
    assert kstest(one, "norm").pvalue > 0.01
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / math.sqrt(5000)


def test_a_deviate_depends_on_nothing_but_its_name():
    first, second = Die(1, 7), Die(1, 7)
    first("other")
    assert first("m1.vth0") == second("m1.vth0") != Die(2, 7)("m1.vth0")
    assert set(first.deviates) == {"other", "m1.vth0"}


def test_mismatch_of_the_default_process_is_pelgroms():
    """3.5 mV um over the root of twice the area: 3.5e-9 / sqrt(2 * 20 um * 0.13 um) = 1.535 mV."""
    found = parameter("nmos", {"w": 2e-6, "nf": 10.0}, "delvto", technology())
    assert found.std() == pytest.approx(3.5e-9 / math.sqrt(2 * 20e-6 * 0.13e-6), rel=SPREAD)
    assert found.mean() == pytest.approx(0.0, abs=4 * found.std() / math.sqrt(DIES))


def test_threshold_from_die_to_die_has_the_stated_spread():
    cards = [technology().drawn(Die(3, number)).models[0] for number in range(DIES)]
    vth0 = np.array([float(card.partition("vth0=")[2].split()[0]) for card in cards])
    assert (vth0.mean(), vth0.std()) == (pytest.approx(0.395, abs=1e-3), pytest.approx(0.01, rel=SPREAD))


@needs_pdk
def test_mismatch_of_sky130_is_the_librarys_own(monkeypatch):
    """3.356 mV um over the root of the area (sw_mm_vth0 in um), times the model's own factors of l and w."""
    monkeypatch.setenv("PDK_ROOT", str(ROOT))
    found = parameter("nmos", {"w": 2e-6, "nf": 10.0}, "delvto", foundry("sky130"))
    factors = (0.008 * 8 / 0.15 + 0.992) * (0.035 * 7 / 20 + 0.965) * (0.001 * 56 / (20 * 0.15) + 0.999)
    assert found.std() == pytest.approx(3.356e-3 / math.sqrt(20 * 0.15) * factors, rel=SPREAD)


@needs_pdk
def test_mismatch_of_gf180_is_the_librarys_own(monkeypatch):
    """0.7071 * 7.148 mV um over the root of (l - 0.15 um) (w + 0.1 um)."""
    monkeypatch.setenv("PDK_ROOT", str(ROOT))
    found = parameter("nmos", {"w": 2e-6, "nf": 10.0}, "delvto", foundry("gf180mcu"))
    assert found.std() == pytest.approx(0.7071 * 7.148e-3 / math.sqrt(0.13 * 20.1), rel=SPREAD)


@pytest.mark.ngspice
def test_the_same_seed_draws_the_same_dies():
    values = problem().structure.space.decode(np.full(len(problem().structure.space), 0.6))
    first, again = (MonteCarloAnalysis(dies=5, seed=4).run(problem(), values) for _ in range(2))
    other = MonteCarloAnalysis(dies=5, seed=5).run(problem(), values)
    assert first.metrics == again.metrics != other.metrics
    assert len({metrics["nf_db"] for metrics in first.metrics}) == 5


@pytest.mark.ngspice
def test_the_dies_of_a_robust_search_are_judged_nominally():
    sizing = problem()
    robust = type(sizing)(
        sizing.structure, replace(sizing.spec, corners=sizing.corners), sizing.technology, sizing.engine, sizing.kind
    )
    values = sizing.structure.space.decode(np.full(len(sizing.structure.space), 0.6))
    found, wanted = (MonteCarloAnalysis(dies=4).run(one, values) for one in (robust, sizing))
    assert found.margins() == pytest.approx(wanted.margins())


def test_no_dies_are_refused():
    with pytest.raises(ConfigError, match="dies must be at least 1, got 0"):
        MonteCarloAnalysis(dies=0)
