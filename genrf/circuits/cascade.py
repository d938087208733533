"""Stages one after another: noise and intercept of the whole from those of the stages, and the way back.

All gains are available power gains between matched stages, all powers those available at the input.
Sources: Friis, Noise figures of radio receivers, Proc. IRE 32 (1944) 419, equation 10; the cascaded intercept point:
Razavi, RF Microelectronics, 2nd ed., section 2.2.4, all products taken in phase where one stage gives most of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from genrf.core.errors import ConfigError

LINEAR = math.inf  # dBm, the intercept point of a stage of passive parts


@dataclass(frozen=True)
class Stage:
    """One stage of a cascade. A passive one has the noise figure of its loss and no intercept point.

    `share` is its weight where noise and distortion are shared out; 0 for a passive stage. `ohms` is the resistance
    that its output is loaded with.
    """

    name: str
    gain_db: float
    share: float = 0.0
    ohms: float = 50.0
    nf_db: float = math.nan
    iip3_dbm: float = LINEAR

    @property
    def passive(self) -> bool:
        """Whether it only loses."""
        return self.share == 0.0


@dataclass(frozen=True)
class Level:
    """What a cascade has come to behind a stage."""

    gain_db: float
    nf_db: float
    iip3_dbm: float


def levels(stages: Sequence[Stage]) -> list[Level]:
    """Gain, noise figure by Friis and intercept point behind each stage."""
    found, gain, noise, distortion = [], 1.0, 0.0, 0.0
    for stage in stages:
        noise += (ratio(stage.nf_db) - 1.0) / gain
        distortion += gain / ratio(stage.iip3_dbm)
        gain *= ratio(stage.gain_db)
        found.append(Level(db(gain), db(1.0 + noise), -db(distortion) if distortion else LINEAR))
    return found


def allotted(stages: Sequence[Stage], nf_db: float, iip3_dbm: float, owner: str) -> list[Stage]:
    """The stages with the noise figure and the intercept point that each may have for the whole to have these.

    With the gains before it, stage i adds n_i = (F_i - 1) / G to the noise factor and d_i = G / IIP3_i to the
    reciprocal of the intercept. A stage of a dynamic range IIP3_i / (F_i - 1) takes a power c_i / (n_i d_i), whatever
    the gains; the least power in all is where n_i and d_i are as the cube roots of c_i. c_i are the stages' shares.
    Source: Baltus and Dekker, Optimizing RF front ends for low power, Proc. IEEE 88 (2000) 1546.

    Raises ConfigError when the passive stages alone are noisier, or no stage is active.
    """
    before = [ratio(gain) for gain in accumulate((stage.gain_db for stage in stages), initial=0.0)]
    lossy = [replace(stage, nf_db=-stage.gain_db) if stage.passive else stage for stage in stages]
    spent = sum((ratio(s.nf_db) - 1.0) / g for s, g in zip(lossy, before, strict=False) if s.passive)
    left, roots = ratio(nf_db) - 1.0 - spent, sum(stage.share ** (1.0 / 3.0) for stage in stages)
    if not roots:
        raise ConfigError(f"{owner}: no stage has a share of noise and distortion; give the active ones `share: 1`")
    if left <= 0.0:
        raise ConfigError(
            f"{owner}: the passive stages have a noise figure of {db(1.0 + spent):.2f} dB, of {nf_db:g} dB"
        )

    def active(stage: Stage, gain: float) -> Stage:
        part = stage.share ** (1.0 / 3.0) / roots
        return replace(stage, nf_db=db(1.0 + part * left * gain), iip3_dbm=iip3_dbm + db(gain / part))

    return [s if s.passive else active(s, g) for s, g in zip(lossy, before, strict=False)]


def ratio(decibel: float) -> float:
    """The ratio of powers that so many dB are."""
    return math.inf if decibel == LINEAR else float(10.0 ** (decibel / 10.0))


def db(power_ratio: float) -> float:
    """So many dB a ratio of powers is."""
    return 10.0 * math.log10(power_ratio)
