"""The source plane of an amplifier: circles of constant noise figure and of available gain, and the best source."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import scattering
from genrf.circuits.noise_parameters import NoiseParameters, circle
from genrf.core.problem import Design

Figure = dict[str, Any]

_ABOVE_DB = (0.1, 0.5, 1.0)  # noise figure over its minimum
_BELOW_DB = (0.5, 1.0, 2.0)  # available gain under its maximum
_TURN = np.exp(1j * np.linspace(0.0, 2.0 * np.pi, 181))
_NOISE, _GAIN = "var(--noise)", "var(--gain)"


def source_plane(designs: Sequence[Design]) -> Figure:
    """Best sources of all designs, and the circles of the first one, at the centre of the band."""
    first = designs[0].curves
    found = parameters(designs[0])
    traces = [
        *(
            _circle(*circle(found, 0, _minimum(found) + above), _NOISE, f"NF {_minimum(found) + above:.2f} dB")
            for above in _ABOVE_DB
        ),
        *_gain_circles(_centre(first["band"])),
        *(_best(design) for design in designs),
    ]
    return {"data": traces, "layout": {"height": 560}}


def parameters(design: Design) -> NoiseParameters:
    """The noise parameters of a surveyed design at the centre of the band."""
    stored = design.curves["noise_parameters"]
    return NoiseParameters(stored["f_min"], stored["rn"], stored["y_opt"])


def _minimum(found: NoiseParameters) -> float:
    return float(10.0 * np.log10(found.f_min[0]))


def _centre(band: Any) -> Complex[np.ndarray, "2 2"]:
    s = scattering(band)
    return np.asarray(s[len(s) // 2])


def _gain_circles(s: Complex[np.ndarray, "2 2"]) -> list[Figure]:
    """Circles of constant available gain below the highest that a 50 ohm grid of sources finds.

    Source: Gonzalez, Microwave Transistor Amplifiers, section 3.7.
    """
    (s11, s12), (s21, s22) = s
    delta = s11 * s22 - s12 * s21
    radius, angle = np.meshgrid(np.linspace(0.0, 0.98, 99), np.angle(_TURN))
    highest = float(np.max(10.0 * np.log10(_available(s, radius * np.exp(1j * angle)))))
    traces = []
    for below in _BELOW_DB:
        gain = 10.0 ** ((highest - below) / 10.0) / abs(s21) ** 2
        c1 = s11 - delta * np.conj(s22)
        bottom = 1.0 + gain * (abs(s11) ** 2 - abs(delta) ** 2)
        k = (1.0 - abs(s11) ** 2 - abs(s22) ** 2 + abs(delta) ** 2) / (2.0 * abs(s12 * s21))
        inside = 1.0 - 2.0 * k * abs(s12 * s21) * gain + abs(s12 * s21) ** 2 * gain**2
        size = float(np.sqrt(max(inside, 0.0)) / abs(bottom))
        traces.append(_circle(complex(gain * np.conj(c1) / bottom), size, _GAIN, f"GA {highest - below:.1f} dB"))
    return traces


def _available(s: Complex[np.ndarray, "2 2"], source: np.ndarray) -> Float[np.ndarray, "..."]:
    (s11, s12), (s21, s22) = s
    out = s22 + s12 * s21 * source / (1.0 - s11 * source)
    gain = (1.0 - np.abs(source) ** 2) * abs(s21) ** 2 / (np.abs(1.0 - s11 * source) ** 2 * (1.0 - np.abs(out) ** 2))
    return np.asarray(np.where(np.abs(out) < 1.0, gain, 1e-30))


def _circle(centre: complex, radius: float, color: str, name: str) -> Figure:
    return {
        "type": "scattersmith", "mode": "lines", "name": name, **ring(centre, radius), "text": name,
        "hovertemplate": "%{text}", "line": {"width": 1.4, "color": color}, "showlegend": True,
    }  # fmt: skip


def _best(design: Design) -> Figure:
    found = parameters(design)
    rank = f"{design.rank}: " if design.rank else ""
    name = f"{rank}NFmin {_minimum(found):.2f} dB, Rn {float(found.rn[0]):.1f} ohm"
    place = plane(found.gamma_opt[:1])
    return {
        "type": "scattersmith", "mode": "markers", "name": name, "legendgroup": design.id, **place, "text": name,
        "hovertemplate": "%{text}", "marker": {"size": 11, "symbol": "x"}, "showlegend": True,
    }  # fmt: skip


def ring(centre: complex, radius: float) -> Figure:
    """A circle of reflections, which the page draws where it passes through the chart."""
    return {"circle": [float(centre.real), float(centre.imag), float(radius)]}


def plane(gamma: Complex[np.ndarray, "n"]) -> Figure:
    """Normalised impedances of reflections; NaN outside the chart."""
    inside = np.abs(gamma) < 1.0 - 1e-9
    z = np.where(inside, (1.0 + gamma) / np.where(inside, 1.0 - gamma, 1.0), np.nan)
    return {"real": z.real, "imag": z.imag}
