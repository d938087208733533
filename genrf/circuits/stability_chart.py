"""Stability circles of a two-port on the Smith chart: the sources and loads on the edge of oscillation."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import edwards_mu, scattering
from genrf.circuits.noise_chart import ring
from genrf.core.problem import Design, Panel
from genrf.core.units import engineering

_DASHES = ("solid", "dash", "dot", "dashdot")


def stability_circle(s: Complex[np.ndarray, "2 2"]) -> tuple[complex, float]:
    """Centre and radius, in the load's plane, of the loads by which the input reflects all: |S11'| = 1.

    That of sources is the circle of the two-port turned round. Source: Gonzalez, Microwave Transistor Amplifiers,
    section 3.3.
    """
    (s11, s12), (s21, s22) = s
    delta = s11 * s22 - s12 * s21
    bottom = abs(s22) ** 2 - abs(delta) ** 2
    return complex(np.conj(s22 - delta * np.conj(s11)) / bottom), float(abs(s12 * s21 / bottom))


def stability_circles(band: Float[np.ndarray, "k"], wide: Float[np.ndarray, "n"], design: Design) -> Panel:
    """The circles at the edges and the centre of the band, and at the frequency of the least mu around it."""
    traces, names = list[dict[str, Any]](), list[str]()
    for number, (name, s) in enumerate(_places(band, wide, design).items()):
        circles = [stability_circle(s[::-1, ::-1]), stability_circle(s)]
        names += [name] if any(_crosses(*circle) for circle in circles) else []
        traces += [
            _trace(*circle, subplot, name, _DASHES[number % len(_DASHES)])
            for circle, subplot in zip(circles, ("smith", "smith2"), strict=True)
        ]
    titles = {"smith": {"title": {"text": "sources"}}, "smith2": {"title": {"text": "loads"}}}
    return Panel("Stability circles", {"data": traces, "layout": {"height": 440, **titles}}, _caption(names))


def _places(
    band: Float[np.ndarray, "k"], wide: Float[np.ndarray, "n"], design: Design
) -> dict[str, Complex[np.ndarray, "2 2"]]:
    """The two-port by the name of its frequency. The band's own grid has its edges, that around it may not."""
    inside, around = scattering(design.curves["band"]), scattering(design.curves["wide"])
    found = {engineering(float(band[place]), "Hz"): inside[place] for place in (0, len(band) // 2, len(band) - 1)}
    least = int(np.argmin(edwards_mu(around)))
    name = engineering(float(wide[least]), "Hz")
    lowest = found.pop(name, around[least])
    return {**found, f"{name}, least mu": lowest}


def _crosses(centre: complex, radius: float) -> bool:
    """Whether the circle passes through the chart."""
    return abs(abs(centre) - radius) < 1.0


def _trace(centre: complex, radius: float, subplot: str, name: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scattersmith", "mode": "lines", "subplot": subplot, "name": escape(name), "text": escape(name),
        **ring(centre, radius), "line": {"width": 1.6, "dash": dash, "color": "var(--limit)"},
        "hovertemplate": "%{text}<extra></extra>", "showlegend": subplot == "smith",
    }  # fmt: skip


def _caption(crossing: Sequence[str]) -> str:
    said = (
        f"They pass through the chart at {'; '.join(crossing)}; the side of its centre is the stable one, as long as "
        "neither port gives power back in 50 ohm."
        if crossing
        else "None passes through the chart: at these frequencies no passive source or load makes the amplifier "
        "oscillate."
    )
    return (
        "Sources (left) and loads (right) at which the other port reflects all, at the edges and the centre of the "
        f"band and where mu is least around it, nominally. {said}"
    )
