"""Every number that is read of a filter, defined once: in numpy for the search and in nutmeg for the exported bench."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.measure import MEASURES, Measure, decibel
from genrf.circuits.testbench import Grid
from genrf.core.spec import Metric

Wave = Mapping[str, np.ndarray]

_DELAY = """\
let last = length(s_2_1) - 1
let turned = s_2_1[1,last]*conj(s_2_1[0,last-1])
let delay = -ph(turned)/(2*pi*real(frequency[1] - frequency[0]))
"""


def group_delay(s21: Complex[np.ndarray, "n"], step: float) -> Float[np.ndarray, "n-1"]:
    """Group delay -d(phase)/d(omega) in s between neighbours of a grid with a `step` in Hz.

    The phase from one point to the next must turn by less than half a turn: 1 / (2 step) is the longest delay told.
    """
    return np.asarray(-np.angle(s21[1:] * s21[:-1].conj()) / (2.0 * np.pi * step))


def rejection(band: Wave, *stops: Wave) -> float:
    """Lowest attenuation over all stop bands in dB, relative to the least insertion loss in the pass band."""
    return float(decibel(band["S_2_1"]).max() - max(decibel(stop["S_2_1"]).max() for stop in stops))


@lru_cache(16)  # asked for with every design; a handful of benches in a process
def measures(band: Grid, stops: tuple[str, ...]) -> Mapping[str, Measure]:
    """All measures; the analysis `band` lies on its grid, the stop bands' analyses are named."""
    step = (band.stop - band.start) / (band.points - 1)

    def delays(sp: Wave) -> Float[np.ndarray, "n-1"]:
        return group_delay(sp["S_2_1"], step)

    return {
        "insertion_loss_db": Measure(
            Metric("dB", "highest insertion loss in the pass band, 50 ohm at both ports"), ("band",),
            lambda sp: -float(decibel(sp["S_2_1"]).min()), "let result = -vecmin(db(s_2_1))",
        ),
        "ripple_db": Measure(
            Metric("dB", "highest less least insertion loss in the pass band"), ("band",),
            lambda sp: float(np.ptp(decibel(sp["S_2_1"]))), "let result = vecmax(db(s_2_1)) - vecmin(db(s_2_1))",
        ),
        "rejection_db": Measure(
            Metric("dB", "lowest attenuation over the stop bands, relative to the least insertion loss"),
            ("band", *stops), rejection, _rejection_by_nutmeg(stops),
            ocean=_rejection_by_ocean(stops),
        ),
        "s11_db": MEASURES["s11_db"],
        "s22_db": MEASURES["s22_db"],
        "group_delay_s": Measure(
            Metric("s", "highest group delay in the pass band"), ("band",),
            lambda sp: float(delays(sp).max()), _DELAY + "let result = vecmax(delay)",
        ),
        "delay_variation_s": Measure(
            Metric("s", "highest less lowest group delay in the pass band"), ("band",),
            lambda sp: float(np.ptp(delays(sp))), _DELAY + "let result = vecmax(delay) - vecmin(delay)",
        ),
    }  # fmt: skip


def _rejection_by_ocean(stops: tuple[str, ...]) -> str:
    """OCEAN takes the maximum of two numbers at least."""
    passed, *past = (f"ymax(dB20({name}.S_2_1))" for name in ("band", *stops))
    most = past[0] if len(past) == 1 else f"max({' '.join(past)})"
    return f"result = {passed} - {most}"


def _rejection_by_nutmeg(stops: Sequence[str]) -> str:
    """Over the stop bands by name; nutmeg takes the maximum of one vector only."""
    passed = "let passed = vecmax(db(band.s_2_1))\nlet result = 1e6"
    each = (
        f"let past = passed - vecmax(db({stop}.s_2_1))\nlet result = (result + past - abs(result - past))/2"
        for stop in stops
    )
    return "\n".join([passed, *each])
