"""Where an amplifier's noise comes from: against a resistor by hand, ngspice's noise figure, and cancelled noise."""

import math

import pytest

from genrf.circuits.amplifier_noise import sources
from genrf.circuits.figures import panels
from genrf.circuits.measure import T0, noise_figure
from genrf.circuits.netlist import Element, Netlist
from genrf.circuits.procedure import Setup
from genrf.circuits.simulate.ngspice import NgSpiceEngine
from genrf.core.problem import Design
from tests.circuits.process import problem
from tests.circuits.test_amplifiers import COMMON_GATE
from tests.circuits.test_export import VALUES as CASCODE

pytestmark = pytest.mark.ngspice


def shares(name, values, frequency=2.44e9):
    sizing = problem(name)
    return sources(sizing.setup(values, sizing.technology.at()), frequency)


@pytest.mark.parametrize("temperature", [27.0, 85.0])
def test_a_resistor_in_series_has_its_ohms_over_those_of_the_source(temperature):
    circuit = (Element("r1", ("in", "out"), 30.0), Element("r2", ("out", "0"), 1e12))
    found = sources(Setup(Netlist(circuit, ()), temperature, (1e9, 2e9), NgSpiceEngine()), 1e9)
    assert set(found) == {"source", "r1", "r2"}
    assert float(found["r1"][0] / found["source"][0]) == pytest.approx(30 / 50 * (temperature + 273.15) / T0, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "values", "off_db"),
    [("lna_cascode", CASCODE, 0.05), ("lna_noise_cancelling", {**COMMON_GATE, "nf_2": 40}, 0.15)],
)
def test_together_they_are_the_noise_figure_of_ngspice(name, values, off_db):
    """But for the correlation of gate and channel noise, which counts for more where noise is cancelled."""
    sizing = problem(name)
    band = sizing.bench.survey().analyses["noise"].grid.frequencies()
    seen = noise_figure(sizing.survey(values).curves["noise"]["inoise_spectrum"])
    for place in (0, -1):
        found = shares(name, values, float(band[place]))
        whole = float(sum(found.values())[0] / found["source"][0])
        assert 10 * math.log10(whole) == pytest.approx(seen[place], abs=off_db)


def test_the_noise_that_a_canceller_takes_away_is_that_of_the_matching_transistor():
    """Bruccoleri et al. 2004: with few fingers the common-gate transistor makes most noise, with more hardly any."""
    few, more = ({**COMMON_GATE, "nf_2": fingers} for fingers in (10, 80))
    loud, quiet = (shares("lna_noise_cancelling", values) for values in (few, more))
    assert float(loud["mm1"][0] / loud["source"][0]) > 5 * float(quiet["mm1"][0] / quiet["source"][0])


def test_the_report_lists_them_for_one_design():
    sizing = problem("lna_cascode")
    own = Design("1", sizing, CASCODE, {}, 1, sizing.survey(CASCODE).curves)
    (shown,) = (panel for panel in panels(sizing.bench, {}, [own]) if panel.title == "Sources of noise")
    names, parts = shown.figure["data"][0]["cells"]["values"]
    assert "source" in names and sum(float(part[:-2]) for part in parts) == pytest.approx(100.0, abs=0.5)
    assert not [panel for panel in panels(sizing.bench, {}, [own, own]) if panel.title == "Sources of noise"]
