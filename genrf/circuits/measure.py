"""Every number that a reader sees of an amplifier, defined once: formula, unit, source, and how ngspice computes it.

Each measure is told twice, in numpy for the search and in ngspice's own vector language (nutmeg) for the exported
test bench, so that the one checks the other.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from genrf.circuits.testbench import Waveforms
from genrf.core.spec import Metric

BOLTZMANN = 1.380649e-23  # J/K, exact in the SI since 2019
T0 = 290.0  # K, the standard noise temperature of IEEE (Haus et al. 1960), whatever the circuit's own
Z0 = 50.0  # ohm
_WITH_ZERO = ("dB", "dBm", "deg")  # units of which zero is a value as any other
SOURCE = 4.0 * BOLTZMANN * T0 * Z0  # V^2/Hz of 50 ohm at 290 K

S = Complex[np.ndarray, "n 2 2"]


@dataclass(frozen=True)
class Measure:
    """One metric: which analyses it reads, its value from their waveforms, and how ngspice comes to it.

    `nutmeg` are the lines that leave it in `result`, after its analyses in their order, the last one's vectors at hand
    and those of any as `<analysis>.<vector>`; empty where nutmeg cannot say it. `ocean` are the lines of Cadence's
    OCEAN, which leave it in `result` too and read all vectors so; empty where those of nutmeg can be translated.
    `agreement` is by how much these may differ from `value`, as `agrees` has it.
    """

    metric: Metric
    analyses: tuple[str, ...]
    value: Callable[..., float]
    nutmeg: str = ""
    ocean: str = ""
    agreement: float = 1e-6

    def agrees(self, found: float, wanted: float, least: float = 0.0) -> bool:
        """Whether two values differ by `agreement` at most, or by `least` where that is more.

        A share of the value; of decibels and degrees, which have zeros of their own, the difference; of ratios, which
        may be 0 or thousands, either.
        """
        within = max(self.agreement, least)
        if self.metric.unit in _WITH_ZERO:
            return abs(found - wanted) <= within
        return math.isclose(found, wanted, rel_tol=within, abs_tol=0.0 if self.metric.unit else within)


def scattering(sp: Mapping[str, np.ndarray], ports: Sequence[int] = (1, 2)) -> S:
    """The vectors of an `.sp` analysis as one matrix per frequency, of some of its ports."""
    matrix: S = np.array([[sp[f"S_{i}_{j}"] for j in ports] for i in ports]).transpose(2, 0, 1)
    return matrix


def decibel(x: np.ndarray) -> Float[np.ndarray, "..."]:
    """20 log10 of a magnitude; 0 becomes -6000 dB rather than minus infinity."""
    return np.asarray(20.0 * np.log10(np.maximum(np.abs(x), 1e-300)))


def noise_figure(inoise: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Noise figure in dB for a source of 50 ohm at 290 K.

    `inoise` in V/sqrt(Hz) is all noise of the circuit referred to the source's electromotive force. The ports of
    ngspice are noiseless in `.noise`, so that it holds neither source nor load: F = 1 + inoise^2 / (4 k T0 Z0).
    Source: Haus et al., IRE standards on methods of measuring noise, Proc. IRE 48 (1960) 60.
    """
    return 10.0 * np.log10(1.0 + inoise**2 / SOURCE)


def rollett(s: S) -> Float[np.ndarray, "n"]:
    """Rollett's stability factor K; together with |Delta| < 1, K > 1 is unconditional stability.

    Source: Rollett, IRE Trans. CT-9 (1962) 29.
    """
    (s11, s12), (s21, s22) = s[:, 0].T, s[:, 1].T
    margin = 1.0 - np.abs(s11) ** 2 - np.abs(s22) ** 2 + np.abs(s11 * s22 - s12 * s21) ** 2
    return np.asarray(margin / np.maximum(2.0 * np.abs(s12 * s21), 1e-300), dtype=float)


def edwards_mu(s: S) -> Float[np.ndarray, "n"]:
    """Distance from the centre of the Smith chart to the nearest unstable load; mu > 1 alone is stability.

    Source: Edwards and Sinsky, IEEE Trans. MTT-40 (1992) 2303.
    """
    (s11, s12), (s21, s22) = s[:, 0].T, s[:, 1].T
    loop = s12 * s21
    distance = np.abs(s22 - (s11 * s22 - loop) * s11.conj()) + np.abs(loop)
    return np.asarray((1.0 - np.abs(s11) ** 2) / np.maximum(distance, 1e-300), dtype=float)


_DELTA = "let delta = s_1_1*s_2_2 - s_1_2*s_2_1\n"
_K = _DELTA + "let result = vecmin((1 - mag(s_1_1)^2 - mag(s_2_2)^2 + mag(delta)^2)/(2*mag(s_1_2*s_2_1)))"
_MU = _DELTA + "let result = vecmin((1 - mag(s_1_1)^2)/(mag(s_2_2 - delta*conj(s_1_1)) + mag(s_1_2*s_2_1)))"


def _common(nutmeg: str) -> str:
    """The same of ports 3 and 4."""
    return re.sub(r"s_(\d)_(\d)", lambda ports: f"s_{int(ports[1]) + 2}_{int(ports[2]) + 2}", nutmeg)


MEASURES: Mapping[str, Measure] = {
    "gain_db": Measure(
        Metric("dB", "lowest transducer gain |S21|^2 in the band, 50 ohm at both ports"),
        ("band",),
        lambda sp: float(decibel(sp["S_2_1"]).min()),
        "let result = vecmin(db(s_2_1))",
    ),
    "gain_ripple_db": Measure(
        Metric("dB", "highest less lowest |S21|^2 in the band"),
        ("band",),
        lambda sp: float(np.ptp(decibel(sp["S_2_1"]))),
        "let result = vecmax(db(s_2_1)) - vecmin(db(s_2_1))",
    ),
    "s11_db": Measure(
        Metric("dB", "highest input reflection |S11|^2 in the band"),
        ("band",),
        lambda sp: float(decibel(sp["S_1_1"]).max()),
        "let result = vecmax(db(s_1_1))",
    ),
    "s22_db": Measure(
        Metric("dB", "highest output reflection |S22|^2 in the band"),
        ("band",),
        lambda sp: float(decibel(sp["S_2_2"]).max()),
        "let result = vecmax(db(s_2_2))",
    ),
    "s12_db": Measure(
        Metric("dB", "highest reverse transmission |S12|^2 in the band"),
        ("band",),
        lambda sp: float(decibel(sp["S_1_2"]).max()),
        "let result = vecmax(db(s_1_2))",
    ),
    "nf_db": Measure(
        Metric("dB", "highest noise figure in the band, source of 50 ohm at 290 K"),
        ("noise",),
        lambda noise: float(noise_figure(noise["inoise_spectrum"]).max()),
        f"let result = vecmax(10*log10(1 + inoise_spectrum^2/(4*{BOLTZMANN!r}*{T0!r}*{Z0!r})))",
    ),
    "k_factor": Measure(
        Metric("", "lowest stability factor K of Rollett over the wide band"),
        ("wide",),
        lambda sp: float(rollett(scattering(sp)).min()),
        _K,
    ),
    "mu": Measure(
        Metric("", "lowest mu of Edwards and Sinsky over the wide band; above 1 is unconditionally stable"),
        ("wide",),
        lambda sp: float(edwards_mu(scattering(sp)).min()),
        _MU,
    ),
    "power_w": Measure(
        Metric("W", "power drawn from the supply, bias reference included"),
        ("op",),
        lambda op: float(-op["vdd"][0] * op["vsupply#branch"][0]),
        "let result = -v(vdd)*vsupply#branch",
    ),
}

COMMON = (3, 4)  # the ports of the common mode, where there are four

COMMON_MODE: Mapping[str, Measure] = {
    "cmrr_db": Measure(
        Metric("dB", "lowest |S21| of the difference over |S21| of the common mode in the band"),
        ("band",),
        lambda sp: float((decibel(sp["S_2_1"]) - decibel(sp["S_4_3"])).min()),
        "let result = vecmin(db(s_2_1) - db(s_4_3))",
    ),
    "k_common": Measure(
        Metric("", "lowest stability factor K of Rollett of the common mode over the wide band"),
        ("wide",),
        lambda sp: float(rollett(scattering(sp, COMMON)).min()),
        _common(_K),
    ),
    "mu_common": Measure(
        Metric("", "lowest mu of Edwards and Sinsky of the common mode over the wide band; above 1 is stable"),
        ("wide",),
        lambda sp: float(edwards_mu(scattering(sp, COMMON)).min()),
        _common(_MU),
    ),
}


def metrics(waveforms: Waveforms, measures: Mapping[str, Measure] = MEASURES) -> dict[str, float]:
    """All measures whose analyses were run."""
    return {
        name: measure.value(*(waveforms[analysis] for analysis in measure.analyses))
        for name, measure in measures.items()
        if waveforms.keys() >= set(measure.analyses)
    }
