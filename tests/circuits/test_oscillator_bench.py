"""The oscillator's bench: what it draws from the spec, and a search that ends with an oscillator worth having."""

import math

import numpy as np
import pytest

from genrf.api import parts
from genrf.circuits.netlist import Element
from genrf.circuits.oscillator import Merit, OscillatorBench, TuningRange
from genrf.circuits.phase_noise import PhaseNoise
from genrf.core.errors import ConfigError
from genrf.core.problem import Design
from genrf.core.spec import Goal
from genrf.pipeline.run import design
from tests.circuits.oscillators import F0, SIZES, C, L, problem, tank

pytestmark = pytest.mark.ngspice
CONDITIONS = {"family": "vco", "band": ["4G", "6G"], "outputs": ["outp", "outn"], "tuning": [0.2, 1], "offset": "1M"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": ["out"]}, r"outputs must be two nets, for example \[outp, outn\]"),
        ({"tuning": [1, 0.2]}, r"tuning must be \[low, high\] in V, got \[1, 0.2\]"),
        ({"offset": 0}, "offset must be above 0"),
        ({"cycles": 20}, "spec 'test': cycles must be a whole number from 30 on, got 20"),
        ({"cycles": "many"}, "cycles must be a whole number from 30 on, got 'many'"),
        ({"band": ["6G", "4G"]}, "band must rise"),
        ({"offsett": 1}, "unknown condition 'offsett'; did you mean 'offset'"),
    ],
)
def test_conditions_that_cannot_be_are_named(change, message):
    with pytest.raises(ConfigError, match=message):
        OscillatorBench.read({**CONDITIONS, **change}, "test")


def test_the_first_transient_is_as_long_as_asked():
    assert OscillatorBench.read(CONDITIONS, "test").oscillation.cycles == 100
    assert OscillatorBench.read({**CONDITIONS, "cycles": 30}, "test").oscillation.cycles == 30


def test_the_tuning_range_is_that_of_a_tank_whose_capacitor_follows_the_voltage():
    """C (1 + v / 2) at 0 and at 0.5 V: frequencies apart by sqrt(1.25)."""
    bench = OscillatorBench((0.7 * F0, 1.2 * F0), ("p", "n"), (0.0, 0.5), 1e6)
    varied = TuningRange(bench.oscillation, bench.tuning).measure(tuned_tank())
    assert varied["frequency_high_hz"] == pytest.approx(F0, rel=2e-3)
    assert varied["frequency_high_hz"] / varied["frequency_low_hz"] == pytest.approx(math.sqrt(1.25), rel=1e-3)
    mean = (varied["frequency_high_hz"] + varied["frequency_low_hz"]) / 2
    assert varied["tuning_range"] == pytest.approx((1 - 1 / math.sqrt(1.25)) * F0 / mean, rel=5e-3)
    assert pytest.approx(1 / (2 * math.pi * math.sqrt(L * C))) == F0


def test_the_tuning_curve_is_that_of_the_same_tank():
    bench = OscillatorBench((0.7 * F0, 1.2 * F0), ("p", "n"), (0.0, 0.5), 1e6)
    tuned = TuningRange(bench.oscillation, bench.tuning).curves(tuned_tank())["tuned"]
    np.testing.assert_allclose(tuned["frequency"], F0 / np.sqrt(1 + tuned["voltage"] / 2), rtol=2e-3)
    assert tuned["voltage"][[0, -1]].tolist() == [0.0, 0.5]


NOISY = {"phase_noise": {"mt": np.array([3e-11, 1e-11]), "l1": np.array([1e-11, 0.0])}}
BENCH = OscillatorBench((4e9, 6e9), ("outp", "outn"), (0.2, 1.0), 1e6)
LIMITS = {"phase_noise_dbc_hz": Goal("phase_noise_dbc_hz", maximum=-105.0)}


def oscillating(name, **curves):
    return Design(name, problem("vco_cross_coupled"), SIZES["vco_cross_coupled"], {}, curves=curves)


def test_phase_noise_falls_by_20_db_a_decade_and_by_30_where_it_is_flicker():
    noise, _ = BENCH.panels(LIMITS, [oscillating("1", **NOISY)])
    whole, white, flicker = ({"x": np.array(one["x"]), "y": np.array(one["y"])} for one in noise.figure["data"])
    ends = [0, -1]
    np.testing.assert_allclose(whole["x"][ends], [1e4, 1e7])
    np.testing.assert_allclose(whole["y"][ends], [10 * math.log10(4e-7 + 1e-5), 10 * math.log10(4e-13 + 1e-14)])
    np.testing.assert_allclose(white["y"][ends], [-63.98, -123.98], atol=0.01)
    np.testing.assert_allclose(flicker["y"][ends], [-50.0, -140.0], atol=0.01)
    (limit,) = noise.figure["layout"]["shapes"]
    assert limit["x0"] < 1e6 < limit["x1"] and limit["y0"] == -105.0


def test_the_sources_of_phase_noise_add_up_to_all_of_it():
    _, sources = BENCH.panels({}, [oscillating("1", **NOISY)])
    assert sources.figure["data"][0]["cells"]["values"] == [
        ["mt", "l1"], ["80.0 %", "20.0 %"], ["60.0 %", "20.0 %"], ["20.0 %", "0.0 %"],
    ]  # fmt: skip


def test_beyond_eight_the_sources_are_one_line():
    shares = {f"m{number}": np.array([1e-12, 0.0]) for number in range(20)}
    _, sources = BENCH.panels({}, [oscillating("1", phase_noise=shares)])
    names, whole, *_ = sources.figure["data"][0]["cells"]["values"]
    assert len(names) == 9 and (names[-1], whole[-1]) == ("12 others", "60.0 %")


def test_two_oscillators_have_a_curve_each_and_no_sources():
    (noise,) = BENCH.panels({}, [oscillating("1", **NOISY), oscillating("2", **NOISY), oscillating("3")])
    assert [trace["legendgroup"] for trace in noise.figure["data"]] == ["1", "2"]


def tuned_tank():
    active = Element("bneg", ("p", "n"), flags="i=-6e-3*v(p,n)+1e-3*v(p,n)*v(p,n)*v(p,n)")
    more = Element("cvar", ("p", "n"), flags=f"q='{C / 2!r}*v(tune)*v(p,n)'")
    return tank(active, more, Element("vtune", ("tune", "0"), 0.0), band=(0.7 * F0, 1.2 * F0))


def test_the_figure_of_merit_is_that_of_its_parts(monkeypatch):
    sizing = problem("vco_cross_coupled")
    merit = sizing.bench.procedures[-1]
    assert isinstance(merit, Merit)
    monkeypatch.setattr(PhaseNoise, "measure", lambda self, setup: {"phase_noise_dbc_hz": -110.0})
    setup = sizing.setup(SIZES["vco_cross_coupled"], sizing.technology.at())
    own = sizing.bench.oscillation.measure(setup)
    wanted = 110 + 20 * math.log10(own["frequency_hz"] / 1e6) - 10 * math.log10(own["power_w"] / 1e-3)
    assert merit.measure(setup)["fom_dbc_hz"] == pytest.approx(wanted)


@pytest.mark.slow
def test_a_small_search_finds_an_oscillator_that_keeps_every_limit(tmp_path):
    made = parts("spec=vco_5ghz", "budget=80", "samples=40", "front=1", "designs=1", "cache=none")
    outcome = design(made, tmp_path)
    assert outcome.front
    assert "Sources of phase noise" in (tmp_path / "report.html").read_text()
    best = outcome.designs[0].metrics
    assert best["phase_noise_dbc_hz"] < -105 and 175 < best["fom_dbc_hz"] < 200
