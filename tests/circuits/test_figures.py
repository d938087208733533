"""The numbers that a figure draws are those that were measured."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from genrf.circuits.amplifier import AmplifierBench
from genrf.circuits.figures import panels
from genrf.circuits.intercept_figure import intercepts
from genrf.circuits.intermodulation import TwoTone
from genrf.core.problem import Design
from genrf.core.spec import DesignSpec
from tests.circuits.process import problem
from tests.circuits.test_export import VALUES

CONDITIONS = {"band": ["2.4G", "2.5G"], "stability": ["10M", "20G"]}
GOALS = {
    "gain_db": {"min": 15, "objective": "maximize"},
    "nf_db": {"max": 2.5},
    "s11_db": {"max": -10},
    "k_factor": {"min": 1.1},
}


@dataclass(frozen=True)
class Amplifier:
    """What the figures read of a problem, without a process."""

    spec: DesignSpec = field(default_factory=lambda: DesignSpec("lna", GOALS, CONDITIONS))
    bench: AmplifierBench = field(default_factory=lambda: AmplifierBench.read(CONDITIONS, "lna"))
    structure: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(name="<i>lna"))


def waveforms(bench):
    """A gain of 10 and S12 = 0.01 at all frequencies, S11 = 0.5j, S22 = 0.2; inoise for a noise factor of 2."""
    curves = {}
    for name, analysis in bench.survey().analyses.items():
        if name in ("band", "wide"):
            ones = np.ones(len(analysis.grid.frequencies()), dtype=complex)
            curves[name] = {"S_2_1": 10 * ones, "S_1_2": 0.01 * ones, "S_1_1": 0.5j * ones, "S_2_2": 0.2 * ones}
        if name == "noise":
            # 4 k T0 Z0 at 290 K and 50 ohm
            inoise = np.sqrt(4 * 1.380649e-23 * 290 * 50)
            curves[name] = {"inoise_spectrum": np.full(len(analysis.grid.frequencies()), inoise)}
    optimum = {"f_min": np.array([1.5]), "rn": np.array([10.0]), "y_opt": np.array([0.01 + 0j])}
    return {**curves, "noise_parameters": optimum}


@pytest.fixture(scope="module")
def drawn():
    amplifier = Amplifier()
    designs = [Design(f"00000{i}", amplifier, {}, {}, i, waveforms(amplifier.bench)) for i in (1, 2)]
    return {
        panel.title: panel
        for panel in panels(amplifier.bench, amplifier.spec.goals, [*designs, Design("3", amplifier, {}, {}, 3)])
    }


def on(figure, axis):
    return [trace for trace in figure["data"] if trace["yaxis"] == axis]


def test_s_parameters_are_drawn_in_decibel_each_on_its_own_axes(drawn):
    figure = drawn["S-parameters"].figure
    assert [trace["legendgroup"] for trace in on(figure, "y")] == ["000001", "000002"]
    expected = {"y": 20.0, "y2": 20 * np.log10(0.5), "y3": 20 * np.log10(0.2), "y4": -40.0}  # S21, S11, S22, S12
    for axis, decibel in expected.items():
        np.testing.assert_allclose(on(figure, axis)[0]["y"], decibel)
    assert on(figure, "y")[0]["x"][0] == pytest.approx(0.6e9)  # a quarter of the band's lower edge


def test_the_spec_forbids_areas_within_the_band(drawn):
    shapes = drawn["S-parameters"].figure["layout"]["shapes"]
    (gain,) = [s for s in shapes if s["yref"] == "y"]
    assert (gain["x0"], gain["x1"], gain["y1"]) == (2.4e9, 2.5e9, 15.0)
    (match,) = [s for s in shapes if s["yref"] == "y2"]
    assert match["y0"] == -10.0
    assert not [s for s in shapes if s["yref"] == "y4"]  # the spec says nothing about S12


def test_the_noise_figure_is_that_of_290_k(drawn):
    figure = drawn["Noise figure"].figure
    np.testing.assert_allclose(figure["data"][0]["y"], 10 * np.log10(2))
    assert len(figure["data"][0]["x"]) == len(figure["data"][0]["y"])
    assert figure["layout"]["shapes"][0]["y0"] == 2.5


def test_the_smith_chart_draws_normalised_impedances(drawn):
    data = drawn["Input and output match"].figure["data"]
    input_ = next(t for t in data if t["subplot"] == "smith" and t.get("legendgroup") == "000001")
    # (1 + 0.5j)/(1 - 0.5j) = 0.6 + 0.8j
    np.testing.assert_allclose(input_["real"], 0.6)
    np.testing.assert_allclose(input_["imag"], 0.8)
    output = next(t for t in data if t["subplot"] == "smith2" and t.get("legendgroup") == "000001")
    np.testing.assert_allclose(output["real"], 1.5)  # 1.2/0.8


def test_the_circle_of_the_limit_has_its_radius(drawn):
    assert drawn["Input and output match"].figure["data"][0]["circle"] == [0.0, 0.0, pytest.approx(10 ** (-10 / 20))]


def test_outside_the_smith_chart_nothing_is_drawn():
    amplifier = Amplifier()
    curves = waveforms(amplifier.bench)
    curves["wide"]["S_1_1"] = curves["wide"]["S_1_1"] * 3
    found = panels(amplifier.bench, amplifier.spec.goals, [Design("1", amplifier, {}, {}, 1, curves)])
    assert np.isnan(found[2].figure["data"][1]["real"]).all()


def test_stability_is_rollett_and_edwards(drawn):
    figure = drawn["Stability"].figure
    # by hand: Delta = 0.1j - 0.1, K = (1 - 0.25 - 0.04 + 0.02)/(2 * 0.1)
    np.testing.assert_allclose(on(figure, "y")[0]["y"], 3.65)
    # mu = (1 - 0.25)/(|0.2 - Delta conj(0.5j)| + 0.1), and Delta conj(0.5j) = 0.05 + 0.05j
    np.testing.assert_allclose(on(figure, "y2")[0]["y"], 0.75 / (abs(0.15 - 0.05j) + 0.1))
    assert any(s.get("y1") == 1.1 and s["yref"] == "y" for s in figure["layout"]["shapes"])
    assert "10 MHz to 40 GHz" in drawn["Stability"].caption


def test_names_are_escaped(drawn):
    assert drawn["S-parameters"].figure["data"][0]["name"] == "1 &lt;i&gt;lna"


def test_designs_without_curves_are_left_out():
    amplifier = Amplifier()
    assert panels(amplifier.bench, amplifier.spec.goals, [Design("1", amplifier, {}, {}, 1)]) == []


@pytest.mark.ngspice
def test_a_surveyed_circuit_is_drawn_on_its_own_grids():
    surveyed = problem().survey(VALUES)
    design = Design("000042", problem(), VALUES, surveyed.metrics, 1, surveyed.curves)
    figures = [panel.figure for panel in problem().panels([design])]
    assert len(figures) == 8
    for trace in (trace for figure in figures for trace in figure["data"] if trace["type"] == "scatter"):
        assert len(trace["x"]) == len(trace["y"])


def test_the_best_source_and_circles_of_noise_are_drawn_in_the_source_plane(drawn):
    """Y = 10 mS is z = 2; NFmin is 10 log 1.5 = 1.76 dB, and the circle of 1 dB more passes where F = 1.89."""
    data = drawn["Source match for noise and gain"].figure["data"]
    best = next(trace for trace in data if trace["mode"] == "markers")
    assert (best["real"][0], best["imag"][0]) == (pytest.approx(2.0), pytest.approx(0.0))
    assert best["name"] == "1: NFmin 1.76 dB, Rn 10.0 ohm"
    circle = next(trace for trace in data if trace["name"] == "NF 2.76 dB")
    u, v, radius = circle["circle"]
    gamma = u + 1j * v + radius * np.exp(1j * np.linspace(0.0, 6.0, 50))
    y = 0.02 * (1 - gamma) / (1 + gamma)
    factor = 1.5 + 10.0 / y.real * np.abs(y - 0.01) ** 2
    assert factor == pytest.approx(1.5 * 10**0.1, rel=1e-9)


def curve(panel, mode, place):
    trace = [one for one in panel.figure["data"] if one["mode"] == mode][place]
    return list(trace["x"]), list(trace["y"])


def test_slopes_of_one_and_three_meet_in_the_intercept_of_small_tones():
    """At an intercept of -5 dBm in, 11 dBm out, tones of -40 dBm give -24 dBm and products of 11 - 3 * 35 dBm."""
    amplifier = Amplifier()
    curves = {**waveforms(amplifier.bench), "small_tones": {"iip3_dbm": -5.0, "oip3_dbm": 11.0}}
    (panel,) = intercepts([Design("1", amplifier, {}, {}, 1, curves)])
    assert curve(panel, "markers+text", 0) == ([-5.0], [11.0])
    (x, one), (_, three) = curve(panel, "lines", 0), curve(panel, "lines", 1)
    assert x[0] == -40.0 and (one[0], three[0]) == (-24.0, -94.0)
    assert "no transient has confirmed" in panel.caption
    assert panel.figure["data"][-1]["text"] == ["IIP3 -5 dBm"]


def test_the_verified_intercept_and_the_tones_go_before_those_of_small_signals():
    amplifier = Amplifier()
    swept = {name: np.array([-30.0, -25.0]) for name in ("level_dbm", "carrier_dbm", "product_dbm")}
    curves = {**waveforms(amplifier.bench), "small_tones": {"iip3_dbm": -5.0, "oip3_dbm": 11.0}, "two_tone": swept}
    (panel,) = intercepts([Design("1", amplifier, {}, {"iip3_dbm": -6.0, "oip3_dbm": 10.0}, 1, curves)])
    assert curve(panel, "markers+text", -1) == ([-6.0], [10.0]) and curve(panel, "markers", 0)[0] == [-30.0, -25.0]
    assert "as transients give them" in panel.caption
    assert intercepts([Design("1", amplifier, {}, {}, 1, waveforms(amplifier.bench))]) == []


def test_a_verified_intercept_without_its_tones_is_said_to_be_verified():
    amplifier = Amplifier()
    curves = {**waveforms(amplifier.bench), "small_tones": {"iip3_dbm": -5.0, "oip3_dbm": 11.0}}
    (panel,) = intercepts([Design("1", amplifier, {}, {"iip3_dbm": -6.0, "oip3_dbm": 10.0}, 1, curves)])
    assert "through the verified intercept" in panel.caption and "transient" not in panel.caption


@pytest.mark.ngspice
def test_an_amplifier_whose_spec_asks_for_none_shows_its_intercept_too():
    """The reference is two tones in a transient."""
    sizing = problem("lna_cascode")
    found = sizing.survey(VALUES)
    design = Design("1", sizing, VALUES, found.metrics, 1, found.curves)
    assert "iip3_dbm" not in found.metrics
    (panel,) = [one for one in sizing.panels([design]) if one.title == "Third-order intercept"]
    (level,), _ = curve(panel, "markers+text", 0)
    tones = TwoTone().measure(sizing.setup(VALUES, sizing.technology.at()))
    assert level == pytest.approx(tones["iip3_dbm"], abs=0.5)
