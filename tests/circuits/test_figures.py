"""The numbers that a figure draws are those that were measured."""

import numpy as np
import pytest

from genrf.circuits.figures import panels
from genrf.circuits.measure import decibel, noise_figure
from genrf.core.problem import Design
from tests.circuits.process import problem
from tests.circuits.test_export import VALUES

pytestmark = pytest.mark.ngspice


@pytest.fixture(scope="module")
def design():
    surveyed = problem().survey(VALUES)
    return Design("000042", problem(), VALUES, surveyed.metrics, rank=1, curves=surveyed.curves)


def figure(design, title):
    return next(panel for panel in panels(design.problem, [design]) if panel.title == title).figure


def test_gain_and_reflection_are_the_magnitudes_in_decibel(design):
    (trace,) = figure(design, "Gain")["data"]
    np.testing.assert_allclose(trace["y"], decibel(design.curves["wide"]["S_2_1"]))
    assert trace["x"][0] == pytest.approx(0.6) and trace["legendgroup"] == design.id
    names = [trace["name"] for trace in figure(design, "Reflection")["data"]]
    assert names == ["1 S11", "1 S22"]


def test_limits_are_shaded_within_the_band(design):
    shapes = figure(design, "Gain")["layout"]["shapes"]
    assert {"type": "rect", "x0": 2.4, "x1": 2.4835, "y0": 15.0, "y1": -60.0} in shapes
    assert figure(design, "Noise figure")["layout"]["shapes"][0]["y0"] == 2.5


def test_the_noise_figure_is_drawn_over_the_band(design):
    (trace,) = figure(design, "Noise figure")["data"]
    np.testing.assert_allclose(trace["y"], noise_figure(design.curves["noise"]["inoise_spectrum"]))
    assert (trace["x"][0], trace["x"][-1]) == (2.4, 2.4835)


def test_the_smith_chart_draws_normalised_impedances(design):
    trace = figure(design, "Smith chart")["data"][0]
    z = np.asarray(trace["real"]) + 1j * np.asarray(trace["imag"])
    s11 = design.curves["wide"]["S_1_1"]
    assert np.abs((z - 1) / (z + 1)).max() <= np.abs(s11).max() + 1e-12
    assert np.min(np.abs(s11[:, None] - (z - 1) / (z + 1)), axis=0).max() < 1e-12


def test_a_design_without_curves_is_left_out():
    assert panels(problem(), [Design("1", problem(), VALUES, {}, rank=1)]) == []
