"""Unconditional stability of a two-port, in its band and outside of it."""

from collections.abc import Iterator, Mapping

import numpy as np

from genrf.circuits.measure import COMMON, S, edwards_mu, rollett, scattering
from genrf.circuits.rules.finding import Finding, Severity
from genrf.core.units import engineering

_UNITY = 1.0  # both mu and K of an unconditionally stable two-port lie above it


def stability(
    frequencies: np.ndarray, sp: Mapping[str, np.ndarray], band: tuple[float, float], severity: Severity
) -> Iterator[Finding]:
    """Where some passive source or load would make the two-port oscillate: the lowest mu and the lowest K.

    mu > 1 alone is unconditional stability; K is what reviewers ask for.
    """
    yield from _unstable(frequencies, scattering(sp), band, severity)
    if "S_4_4" in sp:
        yield from _unstable(frequencies, scattering(sp, COMMON), band, severity, " of the common mode")


def _unstable(
    frequencies: np.ndarray, matrices: S, band: tuple[float, float], severity: Severity, mode: str = ""
) -> Iterator[Finding]:
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    for where, chosen in (("in the band", inside), ("outside of the band", ~inside)):
        for name, values in (("mu" + mode, edwards_mu(matrices)), ("K" + mode, rollett(matrices))):
            if chosen.any() and values[chosen].min() <= _UNITY:
                worst = int(np.flatnonzero(chosen)[values[chosen].argmin()])
                what = f"{name} {where}: lowest at {engineering(float(frequencies[worst]), 'Hz')}"
                yield Finding("stability", "", what, severity, float(values[worst]), _UNITY)
