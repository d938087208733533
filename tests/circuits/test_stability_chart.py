"""Stability circles against their definition: on them the other port reflects all."""

from types import SimpleNamespace

import numpy as np
import pytest

from genrf.circuits.measure import edwards_mu, scattering
from genrf.circuits.stability_chart import stability_circle, stability_circles
from genrf.core.units import engineering

# A GaAs transistor at 2 GHz, from the example below.
S = np.array([
    [0.894 * np.exp(-1j * np.radians(60.6)), 0.020 * np.exp(1j * np.radians(62.4))],
    [3.122 * np.exp(1j * np.radians(123.6)), 0.781 * np.exp(-1j * np.radians(27.6))],
])  # fmt: skip


def test_it_is_the_one_of_the_textbook():
    """Pozar, Microwave Engineering, example 12.2: loads about 1.363 at 46.7 degrees, sources about 1.132 at 68.5."""
    load, source = stability_circle(S), stability_circle(S[::-1, ::-1])
    assert abs(load[0]) == pytest.approx(1.363, abs=0.005) and load[1] == pytest.approx(0.50, abs=0.005)
    assert np.degrees(np.angle(load[0])) == pytest.approx(46.7, abs=0.3)
    assert abs(source[0]) == pytest.approx(1.132, abs=0.005) and source[1] == pytest.approx(0.199, abs=0.005)
    assert np.degrees(np.angle(source[0])) == pytest.approx(68.5, abs=0.3)


def test_loads_on_the_circle_make_the_input_reflect_all():
    centre, radius = stability_circle(S)
    load = centre + radius * np.exp(1j * np.linspace(0.0, 6.0, 7))
    reflection = S[0, 0] + S[0, 1] * S[1, 0] * load / (1.0 - S[1, 1] * load)
    assert np.abs(reflection) == pytest.approx(1.0)


def test_the_circles_are_at_the_edges_and_the_centre_of_the_band_and_where_mu_is_least():
    """On the band's own grid: the nearest points of the one around it lie beside 2.4, 2.45 and 2.5 GHz."""
    band, wide = np.linspace(2.4e9, 2.5e9, 5), np.geomspace(0.6e9, 10e9, 41)
    curves = {"band": two_ports(band), "wide": two_ports(wide)}
    panel = stability_circles(band, wide, SimpleNamespace(curves=curves))
    names = list(dict.fromkeys(trace["name"] for trace in panel.figure["data"]))
    assert names == ["2.4 GHz", "2.45 GHz", "2.5 GHz", f"{engineering(wide[np.argmin(mu(wide))], 'Hz')}, least mu"]
    around = {**curves, "wide": {name: values[:1] for name, values in curves["band"].items()}}
    panel = stability_circles(band, band[:1], SimpleNamespace(curves=around))
    names = {trace["name"] for trace in panel.figure["data"]}
    assert names == {"2.4 GHz, least mu", "2.45 GHz", "2.5 GHz"}, "one circle for one frequency"


def two_ports(f):
    """An amplifier whose reverse transmission peaks at 5 GHz."""
    ones = np.ones(len(f), complex)
    reverse = 0.05 / (1.0 + (np.log(f / 5e9) / 0.3) ** 2)
    return {"S_1_1": 0.5 * ones, "S_2_1": 4.0 * ones, "S_1_2": reverse * ones, "S_2_2": 0.4j * ones}


def mu(f):
    return edwards_mu(scattering(two_ports(f)))
