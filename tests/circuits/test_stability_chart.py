"""Stability circles against their definition: on them the other port reflects all."""

import numpy as np
import pytest

from genrf.circuits.stability_chart import stability_circle

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
